"""What agents type, made into the values we keep: codes of places and of the vocabulary, pasted lists of lots."""

from dataclasses import dataclass
from datetime import datetime
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock

import re


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
