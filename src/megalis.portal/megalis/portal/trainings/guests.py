"""Enrolling without an account: asked by the form, kept aside, done once the link of the mail is followed; forgotten in time."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta
from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import seeds
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.richtext import line
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import rules
from megalis.portal.trainings import letters
from megalis.portal.trainings import links
from megalis.portal.trainings import service
from megalis.portal.trainings.rules import roster


FORM = "formation"  # the form of collective.easyform whose fields are asked
ASKED = "demandes"
NEEDED = seeds.NEEDED[FORM]
SIRET = "siret"
VALID = timedelta(days=2)
AGAIN = timedelta(minutes=10)  # before the same address gets another mail
PACE = 60  # requests an hour, a session
KEPT = timedelta(days=365)  # after the session


@dataclass(frozen=True)
class Demand:
    """A request that waits for its link to be followed; ``more``: (question, answer) pairs."""

    at: datetime
    name: str
    email: str
    where: str
    identifier: str
    more: tuple = ()


def read(values, titles, now):
    """Return the Demand of the form's values; ``titles``: field -> question.

    Refused ``inscription.nom|organisme``, the codes of ``rules.email``, ``formats.siren`` and ``answers.check``; the value of a
    refusal names the field.
    """
    values = answers.check(values, 0)
    siret = answers.shown(values.get(SIRET)).strip()
    more = tuple(
        (titles[name], answers.shown(value))
        for name, value in values.items()
        if name not in (*NEEDED, SIRET) and answers.shown(value)
    )
    return Demand(
        now,
        line(values.get("nom"), 120, "inscription.nom", "Votre nom"),
        rules.email(values.get("courriel")),
        line(values.get("organisme"), 200, "inscription.organisme", "Votre organisme"),
        numbers.siret(siret)[:9] if siret else "",
        more,
    )


def ask(session, demand):
    """Keep a request and send its link; nothing is said of who is enrolled already, his mail alone tells him.

    Refused as ``rules.roster.check_open``, ``inscription.affluence``.
    """
    now = demand.at
    roster.check_open(session.entries, session.state(now))
    kept = facts(session, ASKED)
    known = list(kept.items()) if kept is not None else []
    if sum(1 for _key, one in known if now - one.at < timedelta(hours=1)) >= PACE:
        raise Refused(
            "inscription.affluence", "Beaucoup de demandes arrivent en même temps : recommencez dans une heure."
        )
    recent = next((key for key, one in known if one.email == demand.email and now - one.at < AGAIN), None)
    if recent:  # his mail is on its way: what he typed last stands behind its link
        kept[recent] = replace(demand, at=kept[recent].at)
        return
    key = uuidhex()
    facts_for_write(session, ASKED)[key] = demand
    entry = roster.standing(session.entries, demand.email)
    if entry is not None:
        letters.already(session, entry)
    else:
        letters.confirm(session, demand.email, links.confirmation(session, key))


def asked(session, key, token, now):
    """Return the Demand of a link, None once it was followed, is too old or was never ours."""
    kept = facts(session, ASKED)
    if kept is None or not is_uuidhex(key) or not links.confirms(session, key, token):
        return None
    found = kept.get(key)
    return found if found is not None and now - found.at < VALID else None


def confirm(session, key, demand, now):
    """Enrol who followed the link; return the Entry, seated or waiting. Refused as ``rules.roster.check``."""
    kind, userid = session.module.kind, links.userid(demand.email)
    roster.check(session.entries, kind, kind, userid, session.state(now), demand.email)
    entry = roster.Entry(
        uuidhex(), userid, demand.name, demand.email, demand.where, demand.identifier, kind, now, more=demand.more
    )
    made = service.enter(session, entry)
    del facts(session, ASKED)[key]
    return made


def purge(session, now):
    """Forget the requests nobody confirmed, and who came without an account once the session is long over."""
    kept = facts(session, ASKED)
    for key in [key for key, demand in kept.items() if now - demand.at >= VALID] if kept is not None else ():
        del kept[key]
    if now - session.end >= KEPT and any(one.guest and one.name != roster.ERASED for one in session.entries):
        session.roster.entries = roster.forgotten(session.entries)


def tick(event):
    """The worker forgets what is too old (IWorkerTick)."""
    if event.leisure:
        for session in service.every_session(event.site, everything=True):
            purge(session, event.now)
