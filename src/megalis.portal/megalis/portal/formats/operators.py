"""How companies are numbered: a SIRET in France, a VAT number elsewhere in the Union, their own number beyond.

Contracts and notices are told with these three. Beyond the Union the number bears its country before it: ``CH-CHE123456789``.
"""

from megalis.portal.formats import countries
from megalis.portal.formats import siren
from megalis.portal.formats.refusal import Refused

import re


_VAT = re.compile(
    "(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
    "(?=(?:[A-Z+*]*[0-9]){5})[0-9A-Z+*]{5,12}"
)
_PREFIXED = re.compile(r"\s*([A-Za-z]{2})\s*-\s*(\S.*)", re.S)
_BEYOND = re.compile("(?=.*[0-9])[0-9A-Z]{2,30}")


def number(text):
    """Return the SIRET (14 digits), VAT number (``BE0403170701``) or foreign number (``CH-CHE123456789``) that was typed.

    A company of the Union that the directory knows as ``BE-0403170701`` is told by its VAT number. Refused ``siret.*``, or
    ``operateur.numero`` for a French VAT number: its company has a SIRET.
    """
    found = _foreign(text)
    if found:
        return found
    if re.match(r"[A-Z]", _bare(text)):
        raise Refused(
            "operateur.numero",
            f"« {str(text)[:30]} » n’est ni un SIRET, ni un numéro de TVA d’un autre pays de l’Union comme BE0403170701, ni un "
            "numéro d’un pays tiers précédé de ses deux lettres comme CH-CHE123456789. Une entreprise française donne les 14 "
            "chiffres de son SIRET.",
            str(text)[:40],
        )
    return siren.siret(text)


def known(text):
    """Return a number that stands already as it is told: a foreign one in its form, any other unchanged."""
    return _foreign(text) or str(text or "")


def _foreign(text):
    """Return the number of a foreign company as it is kept, "" when the text is none."""
    prefixed = _PREFIXED.fullmatch(str(text or ""))
    where = countries.find(prefixed[1]) if prefixed else None
    if where is not None and where.code != "FR":
        own = _bare(prefixed[2])
        if where.area != countries.UNION:
            return f"{where.code}-{own}" if _BEYOND.fullmatch(own) and not _VAT.fullmatch(_bare(text)) else ""
        vat = own if own.startswith(where.nuts) else f"{where.nuts}{own}"
        return vat if _VAT.fullmatch(vat) else ""
    plain = _bare(text)
    return plain if _VAT.fullmatch(plain) else ""


def is_foreign(text):
    """Tell whether a text is the number of a company of another country."""
    return bool(_foreign(text))


def company(text):
    """Return what all numbers of one company share: its SIREN, or its number abroad; "" of nothing."""
    plain = _bare(text)
    return _foreign(text) or (plain[:9] if plain.isdigit() else plain)


def country(text):
    """Return the ``countries.Country`` that a number tells, France for a SIRET; None of anything else."""
    found = _foreign(text)
    if found:
        return countries.find(found[:2])
    return countries.FRANCE if re.fullmatch("[0-9]{9}(?:[0-9]{5})?", _bare(text)) else None


def worded(text):
    """Return a number as a sentence names it: ``SIRET 55210055400013``, ``TVA BE0403170701``, ``n° CH-CHE123456789``."""
    found = _foreign(text)
    return f"SIRET {text}" if not found else f"n° {found}" if "-" in found else f"TVA {found}"


def _bare(text):
    return re.sub(r"[\s.-]", "", str(text or "")).upper()


def kind_of(text):
    """Return how essential data call a number: ``SIRET``, ``TVA`` or ``HORS-UE``."""
    found = _foreign(text)
    return "SIRET" if not found else "HORS-UE" if "-" in found else "TVA"
