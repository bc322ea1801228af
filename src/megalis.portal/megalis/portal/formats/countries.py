"""Countries as companies tell theirs and as notices write them: two letters, three letters, subdivision, postcode or none.

Codes are those of ISO 3166-1; the subdivisions are those of NUTS and of what Eurostat keeps beside it (statistical regions of
candidate countries and of the EFTA). Greece is ``GR`` to ISO, ``EL`` to NUTS and to the tax office.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from megalis.portal.formats.refusal import Refused

import csv
import re


UNION, AREA = "UE", "EEE"


@dataclass(frozen=True, slots=True)
class Country:
    """A country: two and three letters, the prefix of its NUTS codes ("" without), whether addresses bear a postcode.

    ``area`` is UNION, AREA for the rest of the European Economic Area, "" beyond.
    """

    code: str
    alpha3: str
    nuts: str = ""
    postcode: bool = False
    area: str = ""


@cache
def countries():
    """Return every Country by its two letters."""
    text = files("megalis.portal.formats").joinpath("data/pays.csv").read_text("utf-8")
    return {
        row["code"]: Country(row["code"], row["alpha3"], row["nuts"], bool(row["postcode"]), row["area"])
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _by_alpha3():
    return {item.alpha3: item for item in countries().values()}


FRANCE = countries()["FR"]


def find(code):
    """Return the Country of two or three letters (``EL`` for Greece and ``XI`` for Northern Ireland too), or None."""
    value = str(code or "").strip().upper()
    value = {"EL": "GR", "XI": "GB"}.get(value, value)
    return countries().get(value) or _by_alpha3().get(value)


def country(code):
    """Return the Country of a code; Refused ``pays.forme``."""
    found = find(code)
    if found is None:
        raise Refused("pays.forme", f"« {str(code)[:20]} » n’est pas un pays : choisissez-le dans la liste.", code)
    return found


def subdivision(where, text):
    """Return the NUTS 3 code typed for a Country, "" when nothing is; Refused ``pays.subdivision``.

    Which codes exist is for the rules of the notice to say: here their form, and that they are of that country.
    """
    value = "".join(str(text or "").split()).upper()
    if not value:
        return ""
    if not where.nuts:
        raise Refused(
            "pays.subdivision",
            f"« {value[:10]} » : ce pays n’a pas de subdivision NUTS. Laissez ce champ vide.",
            text,
        )
    if not re.fullmatch(f"{where.nuts}[0-9A-Z]{{3}}", value):
        example = {"FR": "FRH03"}.get(where.code, f"{where.nuts}111")
        raise Refused(
            "pays.subdivision",
            f"« {value[:10]} » n’est pas un code NUTS de ce pays : « {where.nuts} », puis trois signes, comme {example}.",
            text,
        )
    return value


def postcode(where, text):
    """Return the postcode typed for a Country; Refused ``pays.code-postal`` where its form is known and not met."""
    value = " ".join(str(text or "").split())
    plain = value.replace(" ", "")
    if where.code == "FR" and value and not re.fullmatch("[0-9]{5}", plain):
        raise Refused("pays.code-postal", f"« {value[:20]} » n’est pas un code postal : cinq chiffres.", text)
    if value and not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z -]{1,11}", value):
        raise Refused(
            "pays.code-postal", f"« {value[:20]} » n’est pas un code postal : lettres et chiffres, douze au plus.", text
        )
    return plain if where.code == "FR" else value
