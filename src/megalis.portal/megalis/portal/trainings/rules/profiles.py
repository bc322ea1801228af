"""The five trades modules are made for, and which door their people come by."""

from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused


AGENTS, COMPANIES = "agent", "entreprise"  # kinds of a Person
WHO = {AGENTS: "Agents publics", COMPANIES: "Entreprises"}


@dataclass(frozen=True)
class Profile:
    """``kind``: of the people it is for; ``title``: in the plural, in French."""

    key: str
    title: str
    kind: str


PROFILES = (
    Profile("administrateurs", "Administrateurs de collectivité", AGENTS),
    Profile("acheteurs", "Acheteurs", AGENTS),
    Profile("actes", "Transmission des actes", AGENTS),
    Profile("pes", "Pièces comptables (PES)", AGENTS),
    Profile("entreprises", "Entreprises", COMPANIES),
)
BY_KEY = {profile.key: profile for profile in PROFILES}


def check(key):
    """Return the Profile of a key; Refused ``module.profil``."""
    if key not in BY_KEY:
        raise Refused("module.profil", "Choisissez pour qui est le module dans la liste.", key)
    return BY_KEY[key]
