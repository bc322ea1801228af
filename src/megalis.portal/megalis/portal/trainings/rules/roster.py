"""Who has a seat, who waits for one, who came: values in, values out; the order of arrival decides.

``entries`` is a tuple of Entry, oldest first. Whoever keeps it keeps it whole, in one persistent object, so that two people
who take the last seat at the same instant conflict and the second is looked at again.
"""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from datetime import datetime
from megalis.portal.formats.refusal import Refused
from megalis.portal.trainings.rules import sessions
from megalis.portal.trainings.rules.profiles import WHO


SEATED, WAITING, CANCELLED = "inscrit", "attente", "annule"
STATES = {SEATED: ("ok", "Inscrit"), WAITING: ("soon", "Liste d’attente"), CANCELLED: ("closed", "Annulée")}
MOST_WAITING = 200
GUEST = "invite-"  # begins what stands for the userid of who has no account
ERASED = "Nom effacé"


@dataclass(frozen=True)
class Entry:
    """One person's enrolment. ``where``: name of the organisation, ``identifier``: its SIREN (or foreign number).

    ``present``: ranks of the spans he came to; ``evaluated``: he has said what he thought; ``since``: when the state came;
    ``more``: (question, answer) pairs of who enrolled by the form, without an account.
    """

    id: str
    userid: str
    name: str
    email: str
    where: str
    identifier: str
    kind: str
    at: datetime
    state: str = SEATED
    since: datetime | None = None
    present: frozenset = field(default_factory=frozenset)
    evaluated: bool = False
    more: tuple = ()

    @property
    def guest(self):
        """True for who has no account: what he may do, a link of his mails lets him do."""
        return self.userid.startswith(GUEST)


def seated(entries):
    return [entry for entry in entries if entry.state == SEATED]


def waiting(entries):
    return [entry for entry in entries if entry.state == WAITING]


def of(entries, userid):
    """Return the standing entry of a person, or None."""
    return next((entry for entry in entries if entry.userid == userid and entry.state != CANCELLED), None)


def find(entries, key):
    """Return the entry of an id; Refused ``inscription.inconnue``."""
    found = next((entry for entry in entries if entry.id == key), None)
    if found is None:
        raise Refused("inscription.inconnue", "Cette inscription n’existe plus : rechargez la page.", key)
    return found


def place_of(entries, entry):
    """Return the rank of who waits (1 is next), 0 for who does not."""
    queue = [one.id for one in waiting(entries)]
    return queue.index(entry.id) + 1 if entry.id in queue else 0


def standing(entries, email):
    """Return the standing entry of an address, or None."""
    return next((entry for entry in entries if entry.email == email and entry.state != CANCELLED), None)


def check(entries, kind, wanted, userid, state, email=""):
    """Refuse who may not enrol now: ``inscription.profil``, the codes of ``check_open``, ``inscription.deja``."""
    if kind != wanted:
        raise Refused(
            "inscription.profil",
            f"Ce module est pour : {WHO[wanted].lower()}. Votre compte n’en est pas ; choisissez un autre module.",
            kind,
        )
    check_open(entries, state)
    if of(entries, userid) is not None or (email and standing(entries, email) is not None):
        raise Refused("inscription.deja", "Vous êtes déjà inscrit à cette session : rien n’a changé.")


def check_open(entries, state):
    """Refuse an enrolment that nobody can make now: ``inscription.annulee|passee|close|attente``."""
    if state == sessions.CANCELLED:
        raise Refused("inscription.annulee", "Cette session est annulée : choisissez une autre date.")
    if state in (sessions.RUNNING, sessions.OVER):
        raise Refused("inscription.passee", "Cette session a commencé ou est passée : choisissez une autre date.")
    if state == sessions.CLOSED:
        raise Refused("inscription.close", "Les inscriptions à cette session sont closes : choisissez une autre date.")
    if len(waiting(entries)) >= MOST_WAITING:
        raise Refused("inscription.attente", "La liste d’attente est pleine : choisissez une autre date.")


def enrol(entries, entry, seats):
    """Return ``(entries, entry)``: seated while there is a seat, at the end of the waiting list otherwise."""
    free = len(seated(entries)) < seats and not waiting(entries)
    made = replace(entry, state=SEATED if free else WAITING, since=entry.at)
    return (*entries, made), made


def cancel(entries, key, seats, now, promotes=True):
    """Return ``(entries, entry, promoted)``: the enrolment is given up and, unless it is too late, who waits moves up.

    Refused ``inscription.inconnue``, ``inscription.presente`` for somebody marked as present.
    """
    entry = find(entries, key)
    if entry.state == CANCELLED:
        raise Refused("inscription.inconnue", "Cette inscription est déjà annulée : rechargez la page.", key)
    if entry.present:
        raise Refused("inscription.presente", f"{entry.name} est émargé : corrigez d’abord la présence.", key)
    gone = replace(entry, state=CANCELLED, since=now)
    left = tuple(gone if one.id == key else one for one in entries)
    left, promoted = promote(left, seats, now) if promotes else (left, ())
    return left, gone, promoted


def promote(entries, seats, now):
    """Return ``(entries, promoted)``: the first who wait take the free seats."""
    free = max(0, seats - len(seated(entries)))
    chosen = {entry.id for entry in waiting(entries)[:free]}
    moved = tuple(replace(one, state=SEATED, since=now) if one.id in chosen else one for one in entries)
    return moved, tuple(one for one in moved if one.id in chosen)


def attend(entries, presence, count, ends, now):
    """Return the entries with who came: ``presence`` id -> ranks of spans, of ``count``; who is not named did not come.

    ``ends``: when each span begins; Refused ``presence.future`` for one that has not begun.
    """
    for ranks in presence.values():
        for rank in ranks:
            if not 0 <= rank < count:
                raise Refused("presence.date", "Cette date n’est pas de la session : rechargez la page.", rank)
            if ends[rank] > now:
                raise Refused("presence.future", "On émarge une fois la séance commencée : revenez ce jour-là.", rank)
    return tuple(
        replace(one, present=frozenset(presence.get(one.id, ()))) if one.state == SEATED else one for one in entries
    )


def forgotten(entries):
    """Return the entries without what says who came without an account; how many came, and from where, stays."""
    return tuple(
        replace(one, name=ERASED, email="", more=()) if one.guest and one.name != ERASED else one for one in entries
    )


def came(entries):
    """Return the entries of who came at least once."""
    return [entry for entry in entries if entry.present]


def evaluated(entries, key):
    """Return the entries with one marked as having answered; Refused ``evaluation.absent|deja``."""
    entry = find(entries, key)
    if not entry.present:
        raise Refused("evaluation.absent", "L’avis est demandé à qui est venu : votre présence n’est pas encore notée.")
    if entry.evaluated:
        raise Refused("evaluation.deja", "Vous avez déjà donné votre avis sur cette session : merci.")
    return tuple(replace(one, evaluated=True) if one.id == key else one for one in entries)
