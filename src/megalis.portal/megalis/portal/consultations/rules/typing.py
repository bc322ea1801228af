"""What agents type, made into the values we keep: codes of places and of the vocabulary, pasted lists of lots."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock

import re
import unicodedata


def page_number(value, last):
    """Return the page an address asks for, from 1 to ``last``; 1 for whatever is no number."""
    text = value if isinstance(value, str) else ""
    return min(max(1, int(text)), max(1, last)) if re.fullmatch(r"[0-9]{1,6}", text) else 1


def near_pages(here, last, around=3):
    """Return the numbers a pager shows: the first, the last, and those around the page it is on."""
    return sorted({1, max(1, last), *range(max(1, here - around), min(last, here + around) + 1)})


def one_of(value, known, otherwise=""):
    """Return the value of a parameter when it is one text among ``known``: an address may hold anything."""
    return value if isinstance(value, str) and value in known else otherwise


def place(text):
    """Return the NUTS code of ``29``, ``FRH02``, a postcode or a commune code; Refused ``nuts.forme``."""
    found = nuts.departement_of(text)
    return found.nuts3 if found is not None else nuts.normalize(text)


def places(texts):
    """Return the NUTS codes of what was typed, each once, in order."""
    return tuple(dict.fromkeys(place(text) for text in texts or () if str(text).strip()))


def cpv_codes(texts):
    """Return the eight-digit codes of what was typed, each once, in order; Refused as ``formats.cpv.normalize``."""
    return tuple(dict.fromkeys(cpv.normalize(text) for text in texts or () if str(text).strip()))


def cpv_suggestions(text, most=5):
    """Return ``[(code, French label)]`` of the codes whose label holds all the words typed, the widest first."""
    words = [fold(word) for word in re.findall(r"\w{3,}", str(text or ""))]
    if not words:
        return []
    nomenclature = cpv.default()
    found = [code for code in nomenclature if all(word in fold(nomenclature.label(code)) for word in words)]
    found.sort(key=lambda code: (len(code.rstrip("0")), code))
    return [(code, nomenclature.label(code)) for code in found[:most]]


def cpv_hint(text, code):
    """Return the end of a message that refuses ``text`` as a CPV code: the codes it may have meant, or ''."""
    if code != "cpv.forme":
        return ""
    found = cpv_suggestions(text)
    return " Peut-être : " + " ; ".join(f"{number} {label}" for number, label in found) + "." if found else ""


def fold(text):
    """Return lower-case letters without accents, to compare words as people type them."""
    return unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().lower()


@dataclass(frozen=True)
class LotLine:
    """A lot as pasted."""

    number: str
    title: str
    cpv: str | None = None
    estimated_value: int | None = None


def amount(text):
    """Return whole euros of ``185 000 €`` or ``185000,00``; None when empty; Refused ``montant.forme``."""
    plain = re.sub(r"[\s\u00a0\u202f€]", "", str(text or "")).replace(",", ".")
    if not plain:
        return None
    try:
        value = float(plain)
    except ValueError:
        value = -1
    if not 0 <= value < 10**12:
        raise Refused("montant.forme", f"« {str(text)[:30]} » n’est pas un montant : écrivez par exemple 185 000.")
    return round(value)


def cents(text):
    """Return the Decimal of ``131 000,50 €``, two decimals at most; None when empty; Refused ``montant.forme``."""
    plain = re.sub(r"[\s\u00a0\u202f€]", "", str(text or "")).replace(",", ".")
    if not plain:
        return None
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", plain):
        raise Refused("montant.forme", f"« {str(text)[:30]} » n’est pas un montant : écrivez par exemple 185 000,50.")
    return Decimal(plain)


def lot_lines(text):
    """Return the LotLine list of pasted lines: ``numéro ; intitulé ; CPV ; valeur`` (tabs do too, as from a sheet).

    Number, CPV and value may be left out: lines are then numbered as they come. Refused ``lots.ligne`` names the line.
    """
    found = []
    for rank, line in enumerate((line for line in str(text or "").splitlines() if line.strip()), 1):
        cells = [cell.strip() for cell in re.split(r"\t|;", line)]
        if len(cells) == 1:
            match = re.match(r"^(?:lot\s*)?(?:n°\s*)?(\d+[A-Za-z]?)\s*[-–:.)]\s*(.+)$", cells[0], re.IGNORECASE)
            cells = [match[1], match[2]] if match else [str(rank), cells[0]]
        number, title, code, value = (*cells, "", "", "")[:4]
        number = re.sub(r"^lot\s*(n°)?\s*", "", number, flags=re.IGNORECASE) or str(rank)
        if not title:
            raise Refused("lots.ligne", f"Ligne {rank} « {line[:60]} » : l’intitulé manque.", line)
        try:
            found.append(LotLine(number, title[:400], cpv.normalize(code) if code else None, amount(value)))
        except Refused as refused:
            raise Refused("lots.ligne", f"Ligne {rank} : {refused.message}", line) from refused
    return found


def moment(text):
    """Return the aware UTC instant of a date and time typed on the clocks of Paris; None when empty.

    Accepts what browsers send (``2026-03-16T12:00``) and what people write (``16/03/2026 12:00``). Refused
    ``moment.forme``, ``moment.inexistant`` (the hour that the change to summer time skips).
    """
    raw = " ".join(str(text or "").split())
    if not raw:
        return None
    for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"):
        try:
            local = datetime.strptime(raw, form).replace(tzinfo=clock.PARIS)
        except ValueError:
            continue
        if not 1900 <= local.year <= 2999:
            break
        instant = local.astimezone(clock.UTC)
        if clock.paris(instant).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise Refused(
                "moment.inexistant", f"« {raw} » n’existe pas : cette nuit-là l’heure passe de 2 h à 3 h.", raw
            )
        return instant
    raise Refused("moment.forme", f"« {raw[:40]} » n’est pas une date et une heure, comme 16/03/2026 12:00.", raw)


def moment_text(instant):
    """Return the value of a ``datetime-local`` input, on the clocks of Paris; "" without an instant."""
    if instant is None:
        return ""
    local = clock.paris(instant)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"
