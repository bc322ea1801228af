"""The register of a collectivité: where it is, and its settings."""

from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios.interfaces import IRegistrePES
from megalis.portal.kernel import journal
from megalis.portal.kernel import keeping
from megalis.portal.organisations import assurance
from plone.dexterity.utils import createContent

import re


NAME = "flux-pes"
DEFAULTS = {
    "destination": "",
    "sirets": "",
    "diffusion": "",
    "deux_personnes": False,
    "assurance": assurance.SESSION,
    "releve": True,
    "automatique": False,
    "conservation": "",  # months the files of a flow that has ended are kept; "" for ever
    "destruction": False,
}
SWITCHES = ("deux_personnes", "releve", "automatique", "destruction")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,6}")
_SERVER = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)


def of(collectivite, make=False):
    """Return the register of a collectivité; None when it has none yet, unless ``make``."""
    found = collectivite.get(NAME) if NAME in collectivite.objectIds() else None
    if found is None and make:
        made = createContent("RegistrePES", id=NAME, title=f"Flux comptables de {collectivite.title}")
        collectivite._setObject(NAME, made)
        found = collectivite[NAME]
    return found


def around(content):
    """Return the register that ``content`` is or stands in."""
    while content is not None and not IRegistrePES.providedBy(content):
        content = getattr(content, "__parent__", None)
    return content


def collectivite_of(content):
    """Return the collectivité of a register or of a flow."""
    return around(content).__parent__


def reglages(registre):
    """Return the settings of a register: a dict with every name of ``DEFAULTS``."""
    kept = registre.reglages if registre is not None else {}
    return {name: kept.get(name, default) for name, default in DEFAULTS.items()}


def listed(text):
    """Return the words of a field where people part them as they like."""
    return tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))


def checked(values):
    """Refuse (``pes.reglage-…``) settings that cannot work."""
    if values["destination"] and not _SERVER.fullmatch(values["destination"]):
        raise Refused(
            "pes.reglage-destination",
            f"« {values['destination'][:40]} » n’est pas un code de serveur : des lettres, des chiffres, « _ », 32 au plus. "
            "Votre comptable vous le donne.",
            values["destination"],
        )
    keeping.check_months(values["conservation"], "pes.reglage-conservation")
    assurance.check_level(values.get("assurance", assurance.SESSION))
    for siret in listed(values["sirets"]):
        if not numbers.is_siret(siret):
            raise Refused(
                "pes.reglage-siret", f"« {siret[:20]} » n’est pas un SIRET (14 chiffres) : vérifiez-le.", siret
            )
    for address in listed(values["diffusion"]):
        if not _EMAIL.fullmatch(address):
            raise Refused(
                "pes.reglage-courriel",
                f"« {address[:80]} » n’est pas une adresse électronique : écrivez-la comme nom@exemple.fr.",
                address,
            )


def set_reglages(registre, values, by=""):
    """Keep settings once they are sound; return the changed names."""
    checked(values)
    before = reglages(registre)
    registre.reglages.update({name: values[name] for name in DEFAULTS if name in values})
    changed = sorted(name for name, value in reglages(registre).items() if before[name] != value)
    if changed:
        journal.record(collectivite_of(registre), {"type": "pes-reglages", "change": changed, "par": by})
    return changed


def is_of(collectivite, registre, siret):
    """Tell whether a SIRET is one the collectivité sends for: its own establishments, and those of its settings."""
    return siret[:9] == collectivite.siren or siret in listed(reglages(registre)["sirets"])
