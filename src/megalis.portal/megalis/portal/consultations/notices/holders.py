"""What a form asks of a company that won and of whom a notice cannot speak yet, and what is read from it."""

from functools import cache
from megalis.portal.formats import countries
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import vocabularies


# name: label, help, longest
FIELDS = {
    "number": ("Numéro", "SIRET, ou TVA d’un autre pays de l’Union (BE0403170701), ou CH-CHE123456789.", 40),
    "country": ("Pays", "", 60),
    "postcode": ("Code postal", "", 12),
    "city": ("Ville", "", 100),
    "subdivision": (
        "Subdivision (NUTS)",
        "Hors de France, là où il y en a : BE211. En France, le code postal la donne.",
        5,
    ),
}


@cache
def _names():
    return {code: name for code, name in vocabularies.countries() if countries.find(code) is not None}


def names():
    """Return the French names of the countries, France first."""
    return tuple(_names().values())


def asked_of(organisation, formal):
    """Return ``{name: required}`` of the FIELDS that lack of an organisation, in their order.

    What is known is not asked again. While the country is unknown nobody knows whether it has postcodes or subdivisions.
    """
    where = countries.find(organisation.country)
    abroad = where is None or bool(where.nuts and (where is not countries.FRANCE or organisation.postcode))
    lacking = {
        "number": not organisation.company_id,
        "country": where is None,
        "postcode": formal and not organisation.postcode and (where is None or where.postcode),
        "city": formal and not organisation.city,
        "subdivision": formal and not organisation.nuts and abroad,
    }
    sure = {"number", "country", "city"} if where is None else set(FIELDS)
    return {name: name in sure for name, lacks in lacking.items() if lacks}


def country_of(text):
    """Return the Country of its French name or of its letters; Refused ``pays.forme``."""
    wanted = " ".join(str(text or "").replace("’", "'").split()).casefold()
    named = (code for code, name in _names().items() if name.replace("’", "'").casefold() == wanted)
    return countries.country(next(named, text))


def told_by(known, typed):
    """Return ``(number, postcode, city, country, subdivision)`` of an organisation from what was typed in FIELDS, "" as known.

    The country, in three letters, is that of the number where the number tells one. Refused ``avis.titulaire``, ``pays.*``
    and the codes of ``formats.operators``.
    """
    said = {name: " ".join(typed.get(name, "").split()) for name in FIELDS}
    number = operators.number(said["number"]) if said["number"] else ""
    chosen = country_of(said["country"]) if said["country"] else None
    where = operators.country(number or known.company_id) or countries.find(known.country) or chosen or countries.FRANCE
    if chosen is not None and chosen is not where:
        raise Refused(
            "avis.titulaire",
            f"Le numéro {number} est celui d’une entreprise de ce pays : {_names()[where.code]}. "
            f"Corrigez le numéro ou le pays, « {said['country'][:40]} ».",
            said["country"],
        )
    subdivision = countries.subdivision(where, said["subdivision"])
    return (
        number,
        countries.postcode(where, said["postcode"]),
        said["city"][: FIELDS["city"][2]],
        where.alpha3,
        subdivision,
    )
