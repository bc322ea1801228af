"""What is done with modules and sessions; every function refuses before it writes, and tells who has to know."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.richtext import line
from megalis.portal.kernel import clock
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.trainings import letters
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions
from plone.dexterity.utils import createContentInContainer


PLACE = "formations"
REMINDER = timedelta(days=3)
REASON = 500


def catalogue(site):
    """Return the place of the modules, or None on a site that has none yet."""
    return site.get(PLACE)


def catalogue_of(session):
    """Return the place of the modules around a session."""
    return aq_parent(aq_inner(session.module))


def modules(site, everything=False):
    """Return the modules, those offered to the public unless ``everything``, in the order of the profiles."""
    place = catalogue(site)
    found = place.objectValues() if place is not None else ()
    return [item for item in found if everything or item.offered]


def sessions_of(module):
    """Return the sessions of a module, soonest first."""
    return sorted(module.objectValues(), key=lambda item: (item.start, item.getId()))


def every_session(site, everything=False):
    """Return all sessions, soonest first."""
    found = [item for module in modules(site, everything) for item in module.objectValues()]
    return sorted(found, key=lambda item: (item.start, item.getId()))


def coming(site, now):
    """Return the sessions that are neither over nor cancelled."""
    return [item for item in every_session(site) if not item.cancelled and item.end > now]


def new_session(module, values):
    """Return a new session of a module; ``values`` were checked (``rules.sessions``)."""
    name = f"session-{uuidhex()[:8]}"
    made = createContentInContainer(module, "SessionFormation", checkConstraints=False, id=name, title=module.title)
    _write(made, values)
    made.reindexObject()
    return made


def _write(session, values):
    for name, value in values.items():
        setattr(session, name, value)
    entitle(session)


def entitle(session):
    """Name a session by its module and its first day."""
    session.title = f"{session.module.title}, {session.crumb_title}"


def change_session(session, values, now):
    """Change a session; who has a seat is told of other dates or another place, who waits moves up into new seats.

    Refused ``session.annulee`` once it is cancelled.
    """
    if session.cancelled:
        raise Refused("session.annulee", "Cette session est annulée : faites-en une autre.")
    moved = any(values.get(name, getattr(session, name)) != getattr(session, name) for name in ("spans", "place"))
    later = values["spans"][0][0] > session.start
    _write(session, values)
    session.reindexObject()
    if later and session.reminded:
        session.reminded = False
    if moved and session.end > now:
        for entry in (*roster.seated(session.entries), *roster.waiting(session.entries)):
            letters.changed(session, entry)
    _move_up(session, now)


def _move_up(session, now):
    if session.start <= now:
        return
    session.roster.entries, promoted = roster.promote(session.entries, session.seats, now)
    for entry in promoted:
        letters.promoted(session, entry)


def call_off(session, reason, now):
    """Cancel a session; Refused ``session.motif``, ``session.annulee``, ``session.passee``."""
    reason = line(reason, REASON, "session.motif", "Le motif")
    state = session.state(now)
    if state == sessions.CANCELLED:
        raise Refused("session.annulee", "Cette session est déjà annulée.")
    if state == sessions.OVER:
        raise Refused("session.passee", "Cette session est passée : elle ne s’annule plus.")
    session.cancelled = (now, reason)
    session.reindexObject()
    for entry in (*roster.seated(session.entries), *roster.waiting(session.entries)):
        letters.called_off(session, entry, reason)


def enrol(session, person, now=None):
    """Enrol a person; return the Entry, seated or waiting. Refused as ``rules.roster.check``."""
    now = now or clock.now()
    state = session.state(now)
    roster.check(session.entries, person.kind, session.module.kind, person.userid, state, person.email)
    where, identifier = organisation_of(person)
    entry = roster.Entry(uuidhex(), person.userid, person.fullname, person.email, where, identifier, person.kind, now)
    made = enter(session, entry)
    remember(session, person.userid)
    return made


def enter(session, entry):
    """Write who enrols into the roster and tell him; return the Entry, seated or waiting."""
    session.roster.entries, made = roster.enrol(session.entries, entry, session.seats)
    if made.state == roster.SEATED:
        letters.enrolled(session, made)
    else:
        letters.waits(session, made, roster.place_of(session.entries, made))
    return made


def organisation_of(person):
    """Return ``(name, identifier)`` of the organisation a person comes from; Refused ``inscription.sans``."""
    if person.entreprise is not None:
        return person.entreprise.title, person.entreprise.identifier
    if person.collectivites:
        return person.collectivites[0].title, person.collectivites[0].identifier
    raise Refused(
        "inscription.sans",
        "Votre compte n’est rattaché à aucune collectivité ni entreprise : demandez à y être invité, puis inscrivez-vous.",
    )


def remember(session, userid):
    """Have a person's own page find the session."""
    people = catalogue_of(session).people
    key = (session.module.getId(), session.getId())
    known = people.get(userid, ())
    if key not in known:
        people[userid] = (*known, key)


def own(site, userid):
    """Return (session, Entry) of all that a person enrolled in and did not give up, the latest first."""
    place = catalogue(site)
    found = []
    for module_id, session_id in place.people.get(userid, ()) if place is not None else ():
        session = place[module_id].get(session_id) if module_id in place else None
        entry = roster.of(session.entries, userid) if session is not None else None
        if entry is not None:
            found.append((session, entry))
    return sorted(found, key=lambda pair: pair[0].start, reverse=True)


def give_up(session, key, now=None, by_staff=False):
    """Give up an enrolment; who waits moves up while the session has not begun. Refused as ``rules.roster.cancel``."""
    now = now or clock.now()
    if not by_staff and session.start <= now:
        raise Refused("inscription.passee", "La session a commencé : prévenez l’organisateur.")
    promotes = session.start > now and not session.cancelled
    session.roster.entries, gone, promoted = roster.cancel(session.entries, key, session.seats, now, promotes)
    letters.given_up(session, gone, by_staff)
    for entry in promoted:
        letters.promoted(session, entry)
    return gone, promoted


def attend(session, presence, now=None):
    """Note who came; who came for the first time is told his certificate is ready, once the session is over."""
    now = now or clock.now()
    before = {entry.id for entry in roster.came(session.entries)}
    starts = [begins for begins, _ends in session.spans]
    session.roster.entries = roster.attend(session.entries, presence, len(session.spans), starts, now)
    found = roster.came(session.entries)
    for entry in found:
        if entry.id not in before:
            letters.after(session, entry)
    return len(found)


def evaluate(session, entry, values, comment):
    """Keep what a person thought, apart from his name. Refused as ``rules.evaluation.read``, ``rules.roster.evaluated``."""
    if entry is None:
        raise Refused("evaluation.absent", "Vous n’êtes pas inscrit à cette session : il n’y a pas d’avis à donner.")
    made = evaluation.read(values, comment)
    session.roster.entries = roster.evaluated(session.entries, entry.id)
    session.evaluations[uuidhex()] = made


def tick(event):
    """Remind who comes in a few days (IWorkerTick)."""
    if not event.leisure:
        return
    for session in coming(event.site, event.now):
        if session.reminded or not event.now < session.start <= event.now + REMINDER:
            continue
        session.reminded = True
        for entry in roster.seated(session.entries):
            if event.now - (entry.since or entry.at) > timedelta(days=1):
                letters.reminder(session, entry)
