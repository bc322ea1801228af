"""The life of a consultation: rules refuse, the workflow moves, effects follow, the journal tells.

Guards and effects hang on the workflow's own events, so that a transition fired from a page, from REST or from a script
obeys the same rules. The diagram is ``workflow.mmd``; ``close`` is no stored state but the clock's (rules.phase).
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations import events
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import reached
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import transitions
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping
from plone import api as plone_api
from Products.CMFCore.WorkflowCore import WorkflowException
from zope.event import notify


class Refused(WorkflowException):
    """A transition refused by the rules; ``findings`` are the blocking ones, in order."""

    def __init__(self, findings):
        # the workflow tool raises again by calling the class with the first exception
        self.findings = list(getattr(findings, "findings", findings))
        super().__init__(" ".join(finding.message for finding in self.findings))

    @property
    def code(self):
        """The code of the first finding."""
        return self.findings[0].code


def refusals(consultation, transition, reason="", now=None):
    """Return what forbids ``transition`` now (list of Missing), roles apart; empty when it may happen."""
    return transitions.refusals(transition, gathering.facts_of(consultation, transition, reason, now))


def fire(consultation, transition, reason="", **kwargs):
    """Make ``transition`` happen for the current user; raise Refused, or WorkflowException when his role forbids it."""
    tool = plone_api.portal.get_tool("portal_workflow")
    tool.doActionFor(consultation, transition, comment=reason, **kwargs)


def may(consultation, transition):
    """True when the current user's role allows ``transition`` and it is its turn, whatever else it needs."""
    state, relation = api.workflow_state(consultation), consultation.relation
    if transition not in transitions.possible(state, consultation.deadline, clock.now(), relation):
        return False
    tool = plone_api.portal.get_tool("portal_workflow")
    return any(action["id"] == transition for action in tool.listActions(object=consultation))


def decide(consultation, taken):
    """Keep the decisions of lots before they are made final by ``decider``.

    ``taken``: ``{number or "": {"decision", "reason", "winner", "winner_siret", "amount"}}``. Raises Refused on what
    the rules forbid; lots that are not in ``taken`` keep theirs.
    """
    if api.state(consultation) != phase.ANALYSE:
        raise Refused([Missing("decision.etat", "Les décisions se prennent à l’étape de l’analyse.")])
    numbers = gathering.decision_numbers(consultation)
    unknown = [number for number in taken if number not in numbers]
    if unknown:
        raise Refused([Missing("decision.lot", f"Le lot « {unknown[0]} » n’existe pas dans cette consultation.")])
    kept = {number: {**value, "at": clock.now()} for number, value in taken.items() if value.get("decision")}
    found = [
        finding
        for number in kept
        for finding in gathering.decision_findings(consultation, {number: kept[number]})
        if finding.level == "blocking" and finding.code != "decision.absente"
    ]
    found = list(
        dict.fromkeys([*found, *gathering.won_findings(consultation, {**api.decisions(consultation), **kept})])
    )
    if found:
        raise Refused(found)
    store = getattr(consultation, "_decisions", None)
    if store is None:
        store = consultation._decisions = PersistentMapping()
    store.update(kept)


def enforce(consultation, event):
    """Refuse a transition the rules forbid (IBeforeTransitionEvent)."""
    if event.transition is None:
        return
    name = event.transition.id
    found = refusals(consultation, name, event.kwargs.get("comment", ""))
    if name == transitions.RECTIFIER and not found and "version" not in event.kwargs:
        found = [Missing("rectification.formulaire", "Une rectification se fait par son formulaire : @@rectifier.")]
    if found:
        raise Refused(found)


def follow(consultation, event):
    """Write what a transition means: dates, versions, journal, messages, events (IAfterTransitionEvent)."""
    if event.transition is None:
        return
    name = event.transition.id
    reason = event.kwargs.get("comment", "")
    now = clock.now()
    effect = EFFECTS.get(name)
    if effect is not None:
        effect(consultation, now, reason, event.kwargs)
    if name not in (transitions.PUBLIER, transitions.RECTIFIER):
        public = event.new_state.id not in phase.DRAFTS and not api.is_restricted(consultation)
        told = {"etape": event.new_state.id}
        if reason and (event.new_state.id not in phase.DRAFTS or name == transitions.REFUSER):
            told["motif"] = reason
        event = {"type": "transition", **identity(consultation), **told}
        journal.record(consultation, event, public=public, instant=now)
    reached.keep(consultation)
    consultation.reindexObject()


def identity(consultation):
    """Return what every journal event of a consultation says of it."""
    buyer = api.buyer(consultation)
    return {
        "consultation": api.uuid(consultation),
        "reference": consultation.reference,
        "acheteur": getattr(buyer, "siret", "") or "",
    }


def record_version(consultation, now, reason="", changes=()):
    """Keep the new version of the dossier in the consultation's history and tell it to the journal."""
    entry = {
        "version": consultation.version,
        "at": now,
        "reason": reason,
        "dce": api.dce_version(consultation),
        "deadline": consultation.deadline,
        "changes": list(changes),
    }
    kept = getattr(consultation, "_versions", None)
    if kept is None:
        kept = consultation._versions = PersistentList()
    kept.append(entry)
    event = {
        "type": "publication" if consultation.version == 1 else "rectification",
        **identity(consultation),
        "objet": consultation.title,
        "version": consultation.version,
        "version_dce": entry["dce"],
        "echeance": clock.rfc3339(consultation.deadline),
    }
    if reason:
        event["motif"] = reason
    journal.record(consultation, event, public=not api.is_restricted(consultation), instant=now)


def _submitted(consultation, now, reason, kwargs):
    consultation.submitted_by = plone_api.user.get_current().getId() or ""


def _published(consultation, now, reason, kwargs):
    legal.keep(consultation, now)
    consultation.published_at = now
    consultation.version = 1
    for line in api.lines(consultation):
        if not line.since:  # a piece that came by another way than ours
            piece = consultation._getOb(line.id)
            piece.since = 1
            contents.note(consultation, piece)
    record_version(consultation, now)
    told = events.InvitationsOpened if api.is_restricted(consultation) else events.ConsultationPublished
    notify(told(consultation, now))


def _rectified(consultation, now, reason, kwargs):
    consultation.version = kwargs["version"]
    changes = kwargs.get("changes", ())
    record_version(consultation, now, reason, changes)
    tell_audience(
        consultation,
        f"Consultation modifiée : {consultation.title}",
        [
            f"{_buyer_title(consultation)} a modifié la consultation {consultation.reference},",
            f"« {consultation.title} », le {clock.french(now, seconds=True)}.",
            "",
            f"Motif : {reason}",
            *(f"- {change['label']} : {change['before']} → {change['after']}" for change in changes),
            "",
            f"Date limite de remise des plis : {clock.french(consultation.deadline, seconds=True)} (heure de Paris).",
        ],
        rectification.lots_touched(changes),
    )
    notify(events.ConsultationRectified(consultation, now, reason, consultation.version, list(changes)))


def _cancelled(consultation, now, reason, kwargs):
    consultation.cancelled_reason = reason
    tell_audience(
        consultation,
        f"Consultation annulée : {consultation.title}",
        [
            f"{_buyer_title(consultation)} renonce à la consultation {consultation.reference},",
            f"« {consultation.title} », le {clock.french(now, seconds=True)}.",
            "",
            f"Motif : {reason}",
        ],
    )
    notify(events.ConsultationCancelled(consultation, now, reason))


def _opened(consultation, now, reason, kwargs):
    notify(events.ConsultationOpened(consultation, now))


def _decided(consultation, now, reason, kwargs):
    notify(events.ConsultationDecided(consultation, now))


def _notified(consultation, now, reason, kwargs):
    notify(events.ConsultationNotified(consultation, now))


EFFECTS = {
    transitions.SOUMETTRE: _submitted,
    transitions.PUBLIER: _published,
    transitions.RECTIFIER: _rectified,
    transitions.ANNULER: _cancelled,
    transitions.OUVRIR: _opened,
    transitions.DECIDER: _decided,
    transitions.NOTIFIER: _notified,
}


def _buyer_title(consultation):
    buyer = api.buyer(consultation)
    return buyer.title if buyer is not None else "L’acheteur"


def tell_audience(consultation, subject, lines, lots=()):
    """Queue the same short mail, with the address of the consultation, to all who asked to be told; return how many.

    ``lots``: those it is about, empty for all.
    """
    text = "\n".join([*lines, "", consultation.absolute_url(), ""])
    people = api.audience(consultation, lots)
    for address, _name, last in people:
        outbox.queue_mail(
            address,
            " ".join(subject.split()),
            f"{text}\n{last}\n" if last else text,
            sender_name=_buyer_title(consultation),
            reply_to=consultation.contact_email or None,
            about=api.uuid(consultation),
        )
    return len(people)
