"""Who is in a programme and what may be followed of it: nothing before the company itself has agreed."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused


ASKED, AGREED, REFUSED = "demande", "accord", "refus"
STATES = {
    ASKED: ("soon", "Accord demandé"),
    AGREED: ("ok", "Accord donné"),
    REFUSED: ("closed", "Accord refusé ou retiré"),
}
STEPS = {
    "account": "Un compte",
    "certificate": "Un certificat",
    "trained": "Une formation suivie",
    "trial": "Un pli d’essai",
    "deposit": "Un pli déposé",
}
TARGET = 10_000


@dataclass(frozen=True)
class Member:
    """A company asked into a programme; ``siret`` as the partner typed it, ``since``: when the state came."""

    siren: str
    siret: str
    name: str
    email: str
    by: str
    at: datetime
    state: str = ASKED
    since: datetime | None = None


def target(value):
    """Return a number of companies; Refused ``programme.objectif``."""
    if not isinstance(value, int) or not 1 <= value <= TARGET:
        raise Refused("programme.objectif", f"« {value} » : donnez un nombre d’entreprises de 1 à {TARGET}.", value)
    return value


def check_new(members, siret):
    """Return the clean SIRET of a company that may be asked; Refused the codes of ``formats.siren``, ``programme.deja|refus``."""
    siret = numbers.siret(siret)
    known = members.get(siret[:9])
    if known is not None and known.state != REFUSED:
        raise Refused(
            "programme.deja", f"L’entreprise {numbers.format_siren(siret[:9])} est déjà dans ce programme.", siret
        )
    if known is not None:
        raise Refused(
            "programme.refus",
            f"L’entreprise {numbers.format_siren(siret[:9])} a refusé : elle seule peut revenir sur sa réponse, par le lien "
            "de son courriel.",
            siret,
        )
    return siret


def answered(member, agrees, now):
    """Return the member with what the company answered; it may change its mind at any time."""
    return replace(member, state=AGREED if agrees else REFUSED, since=now)


def agreed(members):
    return [member for member in members if member.state == AGREED]


def counts(progress):
    """Return (label, how many companies) of each step, of the Progress dicts of companies that agreed."""
    return tuple((label, sum(1 for row in progress if row[key])) for key, label in STEPS.items())
