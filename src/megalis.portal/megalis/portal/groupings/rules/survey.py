"""The survey of needs: what is asked, until when, what makes an answer whole, when to remind.

The survey is frozen by the clock, at a second: no write makes it so, whoever looks first finds it so.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings.rules import units
from megalis.portal.kernel import clock

import re


PREPARED, OPEN, FROZEN = "preparation", "ouverte", "figee"
LABELS = {PREPARED: "En préparation", OPEN: "Ouverte", FROZEN: "Figée"}
MAX_LOTS, MAX_LINES = 50, 300
LEAST = timedelta(hours=24)
REMINDERS = (timedelta(days=7), timedelta(days=2))  # before the end
QUIET = timedelta(days=1)  # after the sending or a reminder, during which nobody is reminded


@dataclass(frozen=True)
class Lot:
    """``number`` is the text people say; ``title`` what it holds."""

    number: str
    title: str


@dataclass(frozen=True)
class Line:
    """Something to buy: ``unit`` a code of ``units.UNITS``, ``price`` the estimated unit price (euros excluding tax) or None."""

    id: str
    lot: str
    title: str
    unit: str
    price: Decimal | None = None


@dataclass(frozen=True)
class Need:
    """What a member wants of a line, in the unit of the line; ``before``: what it bought last year, None when it did not say."""

    quantity: Decimal
    before: Decimal | None = None


def to_second(instant):
    """Return the instant without its fraction: an answer of 12:00:00.9 came at 12:00:00."""
    return instant.replace(microsecond=0)


def state(sent, closes, now):
    """Return the state at ``now``; ``sent`` is the instant of the sending or None, ``closes`` the end."""
    if sent is None or closes is None:
        return PREPARED
    return FROZEN if to_second(now) >= to_second(closes) else OPEN


def check_answerable(sent, closes, now):
    """Refuse an answer before the sending (``enquete.fermee``) and from the second of the end on (``enquete.figee``)."""
    found = state(sent, closes, now)
    if found == PREPARED:
        raise Refused("enquete.fermee", "L’enquête n’est pas encore envoyée : le coordonnateur vous préviendra.")
    if found == FROZEN:
        raise Refused(
            "enquete.figee",
            f"Les besoins sont figés depuis le {clock.french(closes, seconds=True)} et votre réponse est arrivée le "
            f"{clock.french(now, seconds=True)} : elle ne compte pas, les besoins arrêtés n’ont pas changé.",
        )


def check_reminder(last, now):
    """Refuse a second reminder within a day: ``enquete.relance-recente``."""
    if last is not None and now - last < QUIET:
        raise Refused(
            "enquete.relance-recente",
            f"Un rappel est parti le {clock.french(last)} : le suivant peut partir à partir du {clock.french(last + QUIET)}.",
        )


def check_lot(number, title, known):
    """Return the Lot typed; Refused ``lots.numero|titre|double|trop``. ``known``: the other Lots."""
    number, title = "".join(str(number or "").split()), " ".join(str(title or "").split())
    if not number or len(number) > 12:
        raise Refused(
            "lots.numero", f"Le numéro de lot « {number[:20]} » ne va pas : de 1 à 12 signes, comme 1 ou 2A.", number
        )
    if not title or len(title) > 400:
        raise Refused("lots.titre", f"Le lot {number} a besoin d’un intitulé de 400 signes au plus.", title[:40])
    if any(lot.number == number for lot in known):
        raise Refused("lots.double", f"Le lot {number} existe déjà : donnez un autre numéro.", number)
    if len(known) >= MAX_LOTS:
        raise Refused("lots.trop", f"Une enquête a {MAX_LOTS} lots au plus.", number)
    return Lot(number, title)


def check_line(key, lot, title, unit, price, lots, known):
    """Return the Line typed; Refused ``besoin.lot|titre|double|trop|prix``, ``unite.inconnue``."""
    title = " ".join(str(title or "").split())
    if lot not in {item.number for item in lots}:
        raise Refused("besoin.lot", f"Le lot « {str(lot)[:20]} » n’existe pas : ajoutez-le d’abord.", lot)
    if not title or len(title) > 300:
        raise Refused("besoin.titre", "Dites ce qui est acheté, en 300 signes au plus.", title[:40])
    if any((line.lot, line.title.casefold()) == (lot, title.casefold()) for line in known):
        raise Refused("besoin.double", f"« {title[:60]} » est déjà dans le lot {lot} : une ligne suffit.", title)
    if len(known) >= MAX_LINES:
        raise Refused("besoin.trop", f"Une enquête a {MAX_LINES} lignes au plus.", title)
    text = str(price or "").replace("€", "").strip()
    cost = units.number(text, "Le prix estimé") if text else None
    return Line(key, lot, title, units.unit(unit).code, round(cost, 4) if cost is not None else None)


def pasted(text):
    """Return ``[(lot, title, unit, price)]`` of lines ``lot ; désignation ; unité ; prix`` (tabs do too); ``besoin.ligne``."""
    found = []
    for rank, line in enumerate((line for line in str(text or "").splitlines() if line.strip()), 1):
        cells = [cell.strip() for cell in re.split(r"\t|;", line)]
        if not 3 <= len(cells) <= 4:
            message = f"Ligne {rank}, « {line.strip()[:40]} » : écrivez lot ; désignation ; unité ; prix estimé."
            raise Refused("besoin.ligne", message, line)
        found.append((*cells, "")[:4])
    return found


def check_sending(lots, lines, closes, now):
    """Refuse to send a survey that asks nothing or leaves no time: ``enquete.vide|lot-vide|date|delai``."""
    if not lines:
        raise Refused("enquete.vide", "L’enquête ne demande rien : ajoutez au moins une ligne.")
    empty = [lot.number for lot in lots if not any(line.lot == lot.number for line in lines)]
    if empty:
        raise Refused(
            "enquete.lot-vide", f"Le lot {empty[0]} n’a aucune ligne : ajoutez-en une, ou retirez le lot.", empty[0]
        )
    if closes is None:
        raise Refused("enquete.date", "Donnez le jour et l’heure où les besoins seront figés.")
    if closes - now < LEAST:
        raise Refused(
            "enquete.delai",
            f"Le {clock.french(closes)} laisse moins de 24 heures aux membres : choisissez une date plus lointaine.",
        )


def read_answer(lines, typed, before=None, whole=True):
    """Return ``{line id: Need}`` of texts typed by line id; the ways to be refused are told for all lines at once.

    ``whole``: every line needs its quantity (zero counts); otherwise what is empty is left out. Returns ``(needs,
    [(line id, Refused)])``.
    """
    found, wrong = {}, []
    before = before or {}
    for line in lines:
        text, last = str(typed.get(line.id) or "").strip(), str(before.get(line.id) or "").strip()
        try:
            if not text and not whole:
                continue
            if not text:
                raise Refused("besoin.absent", "La quantité manque : écrivez zéro si vous n’achetez rien.")
            found[line.id] = Need(units.read(text, line.unit), units.read(last, line.unit) if last else None)
        except Refused as refused:
            wrong.append(
                (line.id, Refused(refused.code, f"{line.title} (lot {line.lot}) : {refused.message}", refused.value))
            )
    return found, wrong


def due_reminder(sent, closes, now, done):
    """Return the mark (instant) of the reminder that is due, or None; ``done``: marks already followed.

    A worker that was away reminds once, for the nearest mark passed.
    """
    if state(sent, closes, now) != OPEN:
        return None
    passed = [closes - gap for gap in REMINDERS if sent + QUIET <= closes - gap <= now]
    return passed[-1] if passed and passed[-1] not in done else None


def next_look(sent, closes, now):
    """Return the next instant at which something happens by itself, or None once all did."""
    if sent is None or closes is None:
        return None
    marks = [closes - gap for gap in REMINDERS if sent + QUIET <= closes - gap] + [to_second(closes)]
    return next((mark for mark in marks if mark > now), None)
