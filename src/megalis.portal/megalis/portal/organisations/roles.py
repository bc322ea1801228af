"""Who may do what in an organisation: the roles, the groups that bear them, and the rule of the last administrator.

A role is given once, as a local role of a group on the organisation; people then join and leave groups, so that a
change of membership never reindexes content and takes effect at the very next request.
"""

from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused

import re


@dataclass(frozen=True)
class Role:
    """``key`` ends the group's id, ``role`` is Zope's name, ``title`` and ``help`` are read by people."""

    key: str
    role: str
    title: str
    help: str


COLLECTIVITE = (
    Role("administrateurs", "Administrateur", "Administrateur", "gère les agents, les services et les clés"),
    Role("acheteurs", "Acheteur", "Acheteur", "prépare les consultations"),
    Role("valideurs", "Valideur", "Valideur", "relit et publie les consultations"),
    Role("porteurs", "PorteurDeCle", "Porteur de clé", "détient une clé et ouvre les plis"),
    Role("redacteurs-actes", "RedacteurActes", "Rédacteur d’actes", "prépare les actes à transmettre"),
    Role("transmetteurs-actes", "TransmetteurActes", "Transmetteur d’actes", "transmet les actes et les publie"),
    Role("redacteurs-pes", "RedacteurPES", "Rédacteur de flux comptables", "dépose les flux PES et prépare leur envoi"),
    Role("transmetteurs-pes", "TransmetteurPES", "Transmetteur de flux comptables", "transmet les flux PES au Trésor"),
    Role("lecteurs", "LecteurCollectivite", "Lecteur", "consulte sans modifier"),
)
ENTREPRISE = (
    Role("e-administrateurs", "AdministrateurEntreprise", "Administrateur", "gère les utilisateurs de l’entreprise"),
    Role("e-repondants", "Repondant", "Répondant", "dépose des plis au nom de l’entreprise"),
)
BY_KEY = {role.key: role for role in COLLECTIVITE + ENTREPRISE}
ADMINISTRATORS = frozenset(("administrateurs", "e-administrateurs"))
AGENTS = "Agents"
INSCRITS = "Inscrits"
EXPLOITANTS = "Exploitants"
EDITORIAL_GROUPS = (("Redacteurs", "Redacteur", "Rédacteurs du site"), ("Relecteurs", "Relecteur", "Relecteurs du site"),
                    ("Webmestres", "Webmestre", "Webmestres"))  # fmt: skip
GLOBAL_GROUPS = ((AGENTS, "Agent", "Agents publics"), (INSCRITS, "Inscrit", "Utilisateurs d’entreprise"),
                 (EXPLOITANTS, "Exploitant", "Exploitants de la plateforme"), *EDITORIAL_GROUPS)  # fmt: skip

_GROUP = re.compile(
    r"^([0-9A-Z-]{3,40}?)-(e-administrateurs|e-repondants|administrateurs|acheteurs|valideurs|porteurs|lecteurs|"
    r"redacteurs-actes|transmetteurs-actes|redacteurs-pes|transmetteurs-pes)$"
)


def group_id(identifier, key):
    """Return the id of the group of role ``key`` in the organisation of SIREN (or foreign identifier) ``identifier``."""
    return f"{identifier}-{BY_KEY[key].key}"


def parse_group(name):
    """Return (identifier, key) of a group id made by ``group_id``, or None."""
    found = _GROUP.match(name or "")
    return (found[1], found[2]) if found else None


def check_known(keys, roles):
    """Return ``keys`` as a frozenset; raise Refused (``role.inconnu``) when one is not among ``roles``."""
    keys = frozenset(keys)
    known = {role.key for role in roles}
    for key in sorted(keys - known):
        raise Refused(
            "role.inconnu", f"Le rôle « {key} » n’existe pas ici : choisissez parmi {', '.join(sorted(known))}.", key
        )
    return keys


def check_administrator_left(administrators, userid, keys):
    """Refuse (``administrateur.dernier``) that ``userid`` keep only ``keys`` when nobody else administers."""
    administrators = set(administrators)
    if userid in administrators and not administrators - {userid} and not ADMINISTRATORS & set(keys):
        raise Refused(
            "administrateur.dernier",
            "C’est le dernier administrateur : donnez d’abord ce rôle à une autre personne, puis recommencez.",
            userid,
        )
