"""The closed lists of the room: legal categories of public bodies, departments, countries, sizes of companies."""

from importlib.resources import files
from zope.i18n.locales import locales
from zope.interface import provider
from zope.schema.interfaces import IVocabularyFactory
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary

import csv
import functools
import io


# INSEE, catégories juridiques, niveau III, in the part that public buyers of a region have.
LEGAL_CATEGORIES = (
    ("7210", "Commune et commune nouvelle"),
    ("7220", "Département"),
    ("7229", "Autre collectivité territoriale"),
    ("7230", "Région"),
    ("7331", "Établissement public local d’enseignement"),
    ("7340", "Pôle métropolitain"),
    ("7343", "Communauté urbaine"),
    ("7344", "Métropole"),
    ("7345", "Syndicat intercommunal à vocation multiple (SIVOM)"),
    ("7346", "Communauté de communes"),
    ("7348", "Communauté d’agglomération"),
    ("7353", "Syndicat intercommunal à vocation unique (SIVU)"),
    ("7354", "Syndicat mixte fermé"),
    ("7355", "Syndicat mixte ouvert"),
    ("7357", "Pôle d’équilibre territorial et rural (PETR)"),
    ("7361", "Centre communal d’action sociale"),
    ("7362", "Caisse des écoles"),
    ("7364", "Établissement d’hospitalisation"),
    ("7366", "Établissement public local social et médico-social"),
    ("7367", "Centre intercommunal d’action sociale (CIAS)"),
    ("7371", "Office public d’habitation à loyer modéré"),
    ("7372", "Service départemental d’incendie et de secours (SDIS)"),
    ("7373", "Établissement public local culturel"),
    ("7378", "Régie d’une collectivité locale à caractère administratif"),
    ("7379", "Autre établissement public administratif local"),
    ("7381", "Organisme consulaire"),
    ("7382", "Établissement public national ayant fonction d’administration centrale"),
    ("7389", "Établissement public national à caractère administratif"),
    ("7383", "Établissement public à caractère scientifique, culturel et professionnel"),
    ("4110", "Établissement public national à caractère industriel ou commercial"),
    ("4140", "Établissement public local à caractère industriel ou commercial"),
    ("4150", "Régie d’une collectivité locale à caractère industriel ou commercial"),
    ("5515", "Société anonyme d’économie mixte à conseil d’administration"),
    ("7410", "Groupement d’intérêt public (GIP)"),
    ("9220", "Association déclarée"),
)
ARRONDISSEMENTS = {
    "22": ("Dinan", "Guingamp", "Lannion", "Saint-Brieuc"),
    "29": ("Brest", "Châteaulin", "Morlaix", "Quimper"),
    "35": ("Fougères-Vitré", "Redon", "Rennes", "Saint-Malo"),
    "56": ("Lorient", "Pontivy", "Vannes"),
}
SIZES = (
    ("0", "Aucun salarié"),
    ("1-9", "De 1 à 9 salariés"),
    ("10-49", "De 10 à 49 salariés"),
    ("50-249", "De 50 à 249 salariés"),
    ("250-4999", "De 250 à 4 999 salariés"),
    ("5000", "5 000 salariés et plus"),
)


def size_of(headcount):
    """Return the key of the size of a company of ``headcount`` (int) people."""
    for limit, key in ((0, "0"), (9, "1-9"), (49, "10-49"), (249, "50-249"), (4999, "250-4999")):
        if headcount <= limit:
            return key
    return "5000"


@functools.cache
def departments():
    """Return the French departments as ((code, name), …), in the order of their codes."""
    text = files("megalis.portal.formats").joinpath("data/departements.csv").read_text("utf-8")
    return tuple((row["code"], row["nom"]) for row in csv.DictReader(io.StringIO(text)))


def department_name(code):
    """Return ``Ille-et-Vilaine (35)``, or the code alone when unknown, or an empty text."""
    name = dict(departments()).get(code)
    return f"{name} ({code})" if name else code or ""


@functools.cache
def countries():
    """Return ((ISO 3166 alpha-2 code, French name), …), France first, then by name."""
    names = locales.getLocale("fr", None, None).displayNames.territories
    found = [
        (code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in ("ZZ", "QO")
    ]
    return (("FR", "France"), *sorted((item for item in found if item[0] != "FR"), key=lambda item: item[1].casefold()))


def _vocabulary(pairs):
    return SimpleVocabulary([SimpleTerm(value, value, title) for value, title in pairs])


@provider(IVocabularyFactory)
def legal_categories_vocabulary(context):
    return _vocabulary((code, f"{title} ({code})") for code, title in LEGAL_CATEGORIES)


@provider(IVocabularyFactory)
def departments_vocabulary(context):
    return _vocabulary((code, f"{code} {name}") for code, name in departments())


@provider(IVocabularyFactory)
def countries_vocabulary(context):
    return _vocabulary(countries())


@provider(IVocabularyFactory)
def sizes_vocabulary(context):
    return _vocabulary(SIZES)
