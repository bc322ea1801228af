"""What a form asks of a company that won and of whom a notice cannot speak yet, and what is read from it."""

from functools import cache
from megalis.portal.formats import countries
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import vocabularies


CITY = 100
FIELDS = ("number", "country", "postcode", "city", "subdivision")


@cache
def _names():
    return {code: name for code, name in vocabularies.countries() if countries.find(code) is not None}


def names():
    """Return the French names of the countries, France first."""
    return tuple(_names().values())


def asked_of(organisation):
    """Return what is known already of an organisation, as the fields show it: a dict of FIELDS."""
    where = countries.find(organisation.country) or countries.FRANCE
    return {
        "number": organisation.company_id,
        "country": _names()[where.code],
        "postcode": organisation.postcode,
        "city": organisation.city,
        "subdivision": "" if where is countries.FRANCE else organisation.nuts,
    }


def country_of(text):
    """Return the Country of its French name or of its letters; Refused ``pays.forme``."""
    wanted = " ".join(str(text or "").replace("’", "'").split()).casefold()
    named = (code for code, name in _names().items() if name.replace("’", "'").casefold() == wanted)
    return countries.country(next(named, text))


def told_by(typed):
    """Return ``(number, postcode, city, country, subdivision)`` of what was typed in FIELDS; country in three letters.

    The country is that of the number where the number tells one. Refused ``avis.titulaire``, ``pays.*`` and the codes of
    ``formats.operators``.
    """
    number = operators.number(typed["number"]) if typed["number"].strip() else ""
    chosen = country_of(typed["country"]) if typed["country"].strip() else countries.FRANCE
    where = operators.country(number) or chosen
    if number and where is not chosen and typed["country"].strip():
        raise Refused(
            "avis.titulaire",
            f"« {typed['name']} » : le numéro {number} est celui d’une entreprise de ce pays : {_names()[where.code]}. "
            f"Corrigez le numéro ou le pays, « {typed['country'][:40]} ».",
            typed["country"],
        )
    city = " ".join(typed["city"].split())[:CITY]
    subdivision = countries.subdivision(where, typed["subdivision"])
    return number, countries.postcode(where, typed["postcode"]), city, where.alpha3, subdivision
