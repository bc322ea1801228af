"""How companies are numbered: a SIRET in France, the VAT number of the Union elsewhere (the two that contracts are told with)."""

from megalis.portal.formats import siren
from megalis.portal.formats.refusal import Refused

import re


_VAT = re.compile(
    "(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
    "(?=(?:[A-Z+*]*[0-9]){5})[0-9A-Z+*]{5,12}"
)


def number(text):
    """Return the SIRET (14 digits) or the VAT number (``BE0403170701``) that a person typed.

    Refused ``siret.*``, or ``operateur.numero`` for a French VAT number: its company has a SIRET.
    """
    plain = _bare(text)
    if _VAT.fullmatch(plain):
        return plain
    if re.match(r"[A-Z]", plain):
        raise Refused(
            "operateur.numero",
            f"« {str(text)[:30]} » n’est ni un SIRET ni un numéro de TVA d’un autre pays, comme BE0403170701 : une entreprise "
            "française donne les 14 chiffres de son SIRET.",
            str(text)[:40],
        )
    return siren.siret(text)


def is_foreign(text):
    """Tell whether a text is the VAT number of another country of the Union."""
    return _VAT.fullmatch(_bare(text)) is not None


def _bare(text):
    return re.sub(r"[\s.-]", "", str(text or "")).upper()


def kind_of(text):
    """Return how essential data call a number: ``SIRET`` or ``TVA``."""
    return "TVA" if is_foreign(text) else "SIRET"
