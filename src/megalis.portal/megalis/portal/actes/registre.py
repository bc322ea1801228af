"""The register of a collectivité: where it is, what it was told by the préfecture, how it presents itself in envelopes."""

from datetime import date
from megalis.portal.actes import rules
from megalis.portal.actes.interfaces import IRegistreActes
from megalis.portal.formats.actes import assembly
from megalis.portal.formats.actes import classification as classifications
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes import territory
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import keeping
from megalis.portal.organisations import assurance
from megalis.portal.transports import hours
from plone.dexterity.utils import createContent

import os
import re


NAME = "actes"
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,6}")
# Bytes of a 7-2 -> the Classification they are; a register keeps the bytes, which are evidence.
_read = {}


def of(collectivite, make=False):
    """Return the register of a collectivité; None when it has none yet, unless ``make``."""
    found = collectivite.get(NAME) if NAME in collectivite.objectIds() else None
    if found is None and make:
        made = createContent("RegistreActes", id=NAME, title=f"Actes de {collectivite.title}")
        collectivite._setObject(NAME, made)
        found = collectivite[NAME]
    return found


def around(content):
    """Return the register that ``content`` is or stands in."""
    while content is not None and not IRegistreActes.providedBy(content):
        content = getattr(content, "__parent__", None)
    return content


def collectivite_of(content):
    """Return the collectivité of a register or of an act."""
    return around(content).__parent__


def classification_of(registre):
    """Return the Classification in force: the last one received, else that of the package (which has no date)."""
    data = registre.classification if registre is not None else None
    if data is None:
        return classifications.builtin()
    found = _read.get(data)
    if found is None:
        if len(_read) > 50:
            _read.clear()
        found = _read[data] = classifications.from_message(codec.parse(data).message)
    return found


def keep_classification(registre, data):
    """Keep the classification of the bytes of a 7-2; return its ``Changes``. Raises Refused on what cannot be used."""
    newer = classifications.from_message(codec.parse(data).message)
    before = classification_of(registre)
    registre.classification = data
    told = {"type": "actes-classification", "date": newer.date.isoformat()}
    journal.record(collectivite_of(registre), told)
    return before.changes(newer)


DEFAULTS = {
    "arrondissement": "",
    "nature": "",
    "referent": "",
    "telephone": "",
    "courriel": "",
    "diffusion": "",
    "plages": "",
    "publication": rules.ON_LINE,
    "publication_acte": "",
    "publication_date": "",
    "deux_personnes": False,
    "assurance": assurance.SESSION,
    "conservation": "",  # months the files of an act are kept once it is archived, or was given up; "" for ever
    "destruction": False,
}
SWITCHES = ("deux_personnes", "destruction")


def reglages(registre):
    """Return the settings of a register: a dict with every name of ``DEFAULTS``."""
    kept = registre.reglages if registre is not None else {}
    return {name: kept.get(name, default) for name, default in DEFAULTS.items()}


def regime_words(registre):
    """Return how the acts of a register are made public when it is not on line, and what voted it; "" otherwise."""
    kept = reglages(registre)
    if kept["publication"] == rules.ON_LINE:
        return ""
    day = date.fromisoformat(kept["publication_date"])
    how = rules.REGIMES[kept["publication"]].lower()
    return f"Actes rendus publics par {how}, selon la délibération {kept['publication_acte']} du {day:%d/%m/%Y}."


def departement(collectivite):
    """Return the département in three characters, from the collectivité’s own sheet; "" when it says none."""
    code = collectivite.department or ""
    if not code and collectivite.postal_code:
        code = (
            collectivite.postal_code[:3] if collectivite.postal_code.startswith("97") else collectivite.postal_code[:2]
        )
    try:
        return names.departement(code) if code else ""
    except Refused:
        return ""


def set_reglages(registre, values, by=""):
    """Keep settings once they are sound; Refused ``actes.reglage-…`` otherwise."""
    collectivite = collectivite_of(registre)
    known = territory.arrondissements(departement(collectivite))
    if not re.fullmatch("[0-9]", values["arrondissement"]) or (known and values["arrondissement"] not in known):
        raise Refused(
            "actes.reglage-arrondissement",
            "Choisissez l’arrondissement : la préfecture ou la sous-préfecture qui contrôle vos actes en dépend.",
            values["arrondissement"],
        )
    if values["nature"] not in territory.kinds():
        raise Refused(
            "actes.reglage-nature",
            "Choisissez la nature de la collectivité, celle de votre convention.",
            values["nature"],
        )
    for name in ("courriel", "diffusion"):
        for address in filter(None, re.split(r"[\s,;]+", values[name])):
            if not _EMAIL.fullmatch(address):
                raise Refused(
                    "actes.reglage-courriel",
                    f"« {address[:80]} » n’est pas une adresse électronique : écrivez-la comme nom@exemple.fr.",
                    address,
                )
    keeping.check_months(values.get("conservation", ""), "actes.reglage-conservation")
    assurance.check_level(values.get("assurance", assurance.SESSION))
    hours.windows(values.get("plages", ""))
    found = rules.regime_findings({**DEFAULTS, **values}, values["nature"], clock.paris(clock.now()).date())
    if found:
        raise Refused(found[0].code, " ".join(item.message for item in found))
    before = reglages(registre)
    registre.reglages.update({name: values[name] for name in DEFAULTS if name in values})
    changed = sorted(name for name, value in reglages(registre).items() if before[name] != value)
    if changed:
        journal.record(collectivite, {"type": "actes-reglages", "change": changed, "par": by})
    return changed


def ready(registre):
    """Tell whether the register may send: its place and its nature are known."""
    kept = reglages(registre)
    return bool(departement(collectivite_of(registre)) and kept["arrondissement"] and kept["nature"])


def sender(registre):
    """Return the ``model.Collectivite`` of the envelopes; Refused ``actes.reglages`` until the settings are there."""
    if not ready(registre):
        raise Refused(
            "actes.reglages",
            "Les réglages de télétransmission ne sont pas complets : un administrateur les remplit sur la page « Réglages ».",
        )
    kept, collectivite = reglages(registre), collectivite_of(registre)
    return model.Collectivite(collectivite.siren, departement(collectivite), kept["arrondissement"], kept["nature"])


def expediteur(registre):
    """Return the ``assembly.Expediteur``: the operator’s trigram and address of return come from the deployment."""
    kept = reglages(registre)
    referent = model.Referent(kept["referent"] or "Secrétariat", kept["telephone"] or "", kept["courriel"] or "")
    returns = (os.environ.get("MEGALIS_ACTES_RETOUR", "actes@megalis.test"),)
    test = os.environ.get("MEGALIS_ACTES_PRODUCTION") != "1"
    return assembly.Expediteur(sender(registre), referent, returns, trigram(), test)


def trigram():
    """Return the operator’s trigram, that the ministry gives at homologation."""
    return os.environ.get("MEGALIS_ACTES_TRIGRAMME", "MGB")


def warned(registre):
    """Return the addresses that are told of answers besides the depositor."""
    return tuple(filter(None, re.split(r"[\s,;]+", reglages(registre)["diffusion"])))
