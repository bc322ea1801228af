"""A notice as a legal-notices newspaper (journal d’annonces légales) prints it: plain text, its length, its price.

The unit of the tariff has been the character since 2022 for most notices (arrêté of 19 November 2021 on the tariff of
legal notices, amended each year: rates by department), and remains the line of a newspaper's own contract for others. Rates
are therefore rows with their source, given by the operator: none is written here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from decimal import ROUND_HALF_UP
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.short_notice import short_of
from megalis.portal.formats.short_notice import ShortNotice
from zoneinfo import ZoneInfo

import re
import textwrap


LINE, CHARACTER = "ligne", "caractere"
UNITS = (LINE, CHARACTER)
# The reference line of the tariff by line: forty characters.
WIDTH = 40
MIN_WIDTH, MAX_WIDTH = 20, 200
CENT = Decimal("0.01")
PARIS = ZoneInfo("Europe/Paris")
_TITLES = {
    "initial": "AVIS D’APPEL PUBLIC À LA CONCURRENCE",
    "rectificatif": "AVIS RECTIFICATIF",
    "annulation": "AVIS D’ANNULATION",
}
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Rate:
    """What a newspaper asks from a day on: ``price`` euros without tax a ``unit``, for the notices of a department.

    ``newspaper`` is '' for the tariff all follow, ``department`` '' for all. ``width`` counts the characters of a line,
    ``minimum`` the units that are always paid, ``fixed`` what is added once; ``vat`` in percent. ``source`` names the text.
    """

    since: date
    unit: str
    price: Decimal
    source: str
    department: str = ""
    newspaper: str = ""
    width: int = WIDTH
    minimum: int = 0
    fixed: Decimal = Decimal(0)
    vat: Decimal = Decimal(20)

    def __post_init__(self):
        amounts = (self.price, self.fixed, self.vat)
        if self.unit not in UNITS or not self.source.strip() or self.minimum < 0:
            message = f"Le tarif du {self.since:%d/%m/%Y} n’a pas une unité ({', '.join(UNITS)}) et une source."
            raise Refused("jal.tarif-forme", message, self.unit)
        if any(not amount.is_finite() or amount < 0 for amount in amounts) or not self.price:
            message = f"Le tarif du {self.since:%d/%m/%Y} a un prix nul ou négatif : corrigez-le."
            raise Refused("jal.tarif-prix", message, self.price)
        check_width(self.width)


@dataclass(frozen=True, slots=True)
class Quote:
    """The length of a text and what it costs: ``units`` paid, amounts rounded to the cent."""

    lines: int
    characters: int
    units: int
    net: Decimal
    vat: Decimal
    gross: Decimal
    rate: Rate


def text(notice, departments=()):
    """Return the plain text of a notice (eForms ``Notice`` or ``ShortNotice``), one idea a line, ending without newline."""
    short = notice if isinstance(notice, ShortNotice) else short_of(notice, departments)
    parts = [_TITLES[short.kind], _buyer(short.buyer), _said("Objet", short.title)]
    if short.kind == "initial":
        parts += _call(short)
    else:
        parts += [_said("Référence", short.reference), _said("Avis initial", short.previous), short.changes]
        if short.kind == "rectificatif":
            parts += [_deadline(short), _said("Dossier et renseignements", short.documents_url)]
    parts.append(_said("Envoi à la publication", short.sent and _day(short.sent.astimezone(PARIS))))
    return "\n".join(filter(None, map(clean, parts)))


def _call(short):
    yield _said("Référence", short.reference)
    yield short.description
    yield _said("Lieu", short.place)
    yield _said("Procédure", short.procedure + (", accord-cadre" if short.framework else ""))
    if short.reserved:
        yield "Participation réservée (articles L. 2113-12 à L. 2113-16 du Code de la commande publique)."
    for lot in short.lots:
        yield _said(f"Lot n° {lot.number}", lot.title)
    if short.duration is not None:
        start = f", à compter du {_day(short.start)}" if short.start else ""
        yield _said("Durée", f"{short.duration} {short.duration_unit}{start}")
    yield _said("Critères", " ; ".join(map(_criterion, short.criteria)))
    if short.variants is not None:
        yield _said("Variantes", "autorisées" if short.variants else "non autorisées")
    yield _deadline(short)
    yield _said("Questions jusqu’au", short.question_deadline and _moment(short.question_deadline))
    yield _said("Dossier et renseignements", short.documents_url)
    if short.submission_url != short.documents_url:
        yield _said("Dépôt des plis", short.submission_url)
    if short.review:
        yield _said("Recours", _address(short.review))


def _buyer(buyer):
    return "\n".join(filter(None, (_address(buyer), ", ".join(filter(None, (buyer.email, buyer.url))))))


def _address(item):
    town = " ".join(filter(None, (item.postcode, item.city)))
    phone = f"tél. {item.phone}" if item.phone else ""
    return ", ".join(filter(None, (item.name, item.street, town, phone)))


def _deadline(short):
    return _said("Date limite de réception", short.deadline and _moment(short.deadline))


def _criterion(item):
    if item.weight is None:
        return item.name
    number = format(item.weight.normalize(), "f").replace(".", ",")
    return f"{item.name} ({number} %)" if item.percent else f"{item.name} ({number} points)"


def _said(name, value):
    return f"{name} : {value}" if value else ""


def _day(value):
    return f"{'1er' if value.day == 1 else value.day} {_MONTHS[value.month - 1]} {value.year}"


def _moment(value):
    local = value.astimezone(PARIS)
    seconds = f" min {local:%S} s" if local.second else ""
    return f"{_day(local)} à {local:%H} h {local:%M}{seconds}"


def clean(words):
    """Return words as plain lines: no mark that is not seen, one space between two words, no empty line."""
    lines = (" ".join(line.split()) for line in _UNSEEN.sub("", words).splitlines())
    return "\n".join(filter(None, lines))


def check_width(width):
    """Return the width of a column in characters; raise ``Refused`` (``jal.largeur``) beyond what is printed."""
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        message = f"Une ligne de {width} caractères ne s’imprime pas : de {MIN_WIDTH} à {MAX_WIDTH}."
        raise Refused("jal.largeur", message, width)
    return width


def lines(words, width=WIDTH):
    """Return the lines of a text set in a column of ``width`` characters; a word longer than it is cut."""
    check_width(width)
    wrapper = textwrap.TextWrapper(width, break_on_hyphens=False)
    return [line for paragraph in clean(words).split("\n") for line in wrapper.wrap(paragraph)]


def characters(words):
    """Return how many characters a text has: letters, digits, marks and the spaces between words; line ends do not count."""
    return len(clean(words).replace("\n", ""))


def rate_of(rates, day, department="", newspaper=""):
    """Return the ``Rate`` in force on a day: the newspaper's own before that of all, the department's before that of all.

    Raise ``Refused`` (``jal.tarif``) when no row answers.
    """
    fit = [
        item
        for item in rates
        if item.since <= day and item.department in ("", department) and item.newspaper in ("", newspaper)
    ]
    if not fit:
        where = f"le département {department}" if department else "ce journal"
        message = f"Aucun tarif connu pour {where} au {day:%d/%m/%Y} : ajoutez-le avec sa source."
        raise Refused("jal.tarif", message, department or newspaper)
    return max(fit, key=lambda item: (bool(item.newspaper), bool(item.department), item.since))


def quote(words, rate):
    """Return the ``Quote`` of a text at a ``Rate``; an empty text is refused (``jal.vide``)."""
    count, long = characters(words), len(lines(words, rate.width))
    if not count:
        raise Refused("jal.vide", "L’annonce est vide : rédigez l’avis avant d’en demander le prix.")
    units = max(long if rate.unit == LINE else count, rate.minimum)
    net = _cents(units * rate.price + rate.fixed)
    vat = _cents(net * rate.vat / 100)
    return Quote(long, count, units, net, vat, net + vat, rate)


def _cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)
