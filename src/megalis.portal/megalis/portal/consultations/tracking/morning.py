"""The reminders of the morning: one mail an agent, each date told once, however often the worker is stopped.

The first round after seven o'clock looks at the dates of all consultations, notes which steps are told, and leaves what
each agent is to be told, in one transaction; the rounds that follow send, some agents a round, in the transaction that
takes them off. What is committed was queued, what is not is done again.
"""

from BTrees.OOBTree import OOBTree
from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.tracking import reminding
from megalis.portal.consultations.tracking import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.theme import mail
from persistent.mapping import PersistentMapping
from plone.app.uuid.utils import uuidToObject
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


STATE = "megalis.rappels"
BATCH = 100  # agents a round
KEPT = timedelta(days=30)  # how long a told step is remembered, long after no date can call for it again
STORED = (phase.PUBLIEE, phase.DECIDEE, phase.NOTIFIEE)
SHOWN = 40
ENTRY = """
{{title{0}}}

{{facts{0}}}

=> {{url{0}}} Ouvrir
"""
MORE = "Et {more} de plus, que le suivi de vos collectivités montre toutes."
FOOT = """
Vous recevez ce message parce que vous préparez ou suivez ces consultations. Il ne part qu’une fois par date.

-> {manage} Choisir mes rappels
"""


def _state(site):
    annotations = IAnnotations(site)
    found = annotations.get(STATE)
    if found is None:
        found = annotations[STATE] = PersistentMapping(day=None, told=OOBTree(), queue=OOBTree(), choices=OOBTree())
    return found


def choice_of(site, userid):
    """Return the reminding.Choice of an agent."""
    kept = IAnnotations(site).get(STATE)
    return (kept["choices"].get(userid) if kept is not None else None) or reminding.Choice()


def choose(site, userid, choice):
    """Keep what an agent wants to be reminded of."""
    _state(site)["choices"][userid] = choice


def tick(event):
    """Plan the morning when its hour has come, send what is planned (IWorkerTick)."""
    site, now = event.site, event.now
    kept = IAnnotations(site).get(STATE)
    day = reminding.turn(now)
    if kept is None or kept["day"] is None:
        _state(site)["day"] = day  # the reminders of a new site begin the next morning
    elif kept["day"] < day:
        plan(site, now)
    elif kept["queue"]:
        send(site, now)


def plan(site, now):
    """Note what each agent is to be told this morning; return how many reminders there are."""
    state = _state(site)
    state["day"] = reminding.turn(now)
    for key in [key for key, at in state["told"].items() if now - at > KEPT]:
        del state["told"][key]
    count = 0
    for brain in api.find_everywhere(review_state=STORED, simulation=False):
        steps = [
            (due, step)
            for due, step in _due_steps(brain, now)
            if _mark(brain.UID, due, step) not in state["told"]
        ]  # fmt: skip
        if not steps:
            continue
        collectivite = uuidToObject(brain.buyer_uid, unrestricted=True)
        if collectivite is None:
            continue
        for due, step in steps:
            state["told"][_mark(brain.UID, due, step)] = now
            count += 1
            for userid in sorted(_wanting(site, collectivite, brain, due, step)):
                entry = (due.at, brain.Title, brain.getURL(), collectivite.title, brain.reference, due.kind, step)
                state["queue"][userid] = (*state["queue"].get(userid, ()), entry)
    return count


def _due_steps(brain, now):
    state = phase.phase(brain.review_state, brain.deadline, now)
    for due in reminding.moments(state, brain.deadline or None, getattr(brain, "milestones", None)):
        step = reminding.step_of(due, now)
        if step is not None:
            yield due, step


def _mark(uid, due, step):
    return f"{uid}|{due.kind}|{clock.rfc3339(due.at)}|{step}"


def _wanting(site, collectivite, brain, due, step):
    found = set()
    for role in reminding.ROLES[due.kind]:
        found |= membership.holders(collectivite, role)
    return {
        userid
        for userid in found
        if people.is_active(userid) and choice_of(site, userid).wants(step, brain.Creator == userid)
    }


def send(site, now):
    """Queue the mails of the next agents; return how many."""
    queue = _state(site)["queue"]
    done = 0
    for userid in list(queue)[:BATCH]:
        entries = queue[userid]
        del queue[userid]
        person = people.get(userid)
        if person is not None and person.active and person.email:
            _write(person, entries, now)
            done += 1
    return done


def _write(person, entries, now):
    """Queue the mail of one agent."""
    told = [
        {
            "title": title,
            "sentence": reminding.sentence(rules.Due(kind, at), step, now),
            "facts": f"{buyer}, référence {reference}",
            "url": f"{url}/@@gestion",
        }
        for at, title, url, buyer, reference, kind, step in sorted(entries)
    ]
    values, parts = {}, []
    for rank, entry in enumerate(told[:SHOWN]):
        parts.append(ENTRY.format(rank))
        values |= {
            f"title{rank}": entry["title"],
            f"facts{rank}": f"{entry['sentence']}. {entry['facts']}.",
            f"url{rank}": entry["url"],
        }
    if len(told) > SHOWN:
        parts.append(MORE)
        values["more"] = len(told) - SHOWN
    parts.append(FOOT)
    values["manage"] = f"{getSite().absolute_url()}/@@mes-rappels"
    text, rich = mail.render("\n\n".join(parts), **values)
    return outbox.queue_mail(person.email, reminding.subject(told), text, rich, about=person.userid)
