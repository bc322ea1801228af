"""The periods of a dynamic purchasing system: a company may ask to be admitted as long as it lasts (R. 2162-37 and following).

A period is a public consultation of its own, made of the system's: its candidatures are sealed, opened and selected like any
other's. Who was admitted by one of them is invited to every specific contract; the next period is published before the
former one closes, so that a demand never waits.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import selection
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from persistent.list import PersistentList


WAITING = (*phase.DRAFTS, phase.PUBLIEE)


def technique_of(consultation):
    """Return the technique of purchase of a consultation, as ``suites.technique_of``."""
    return suites.technique_of(consultation.procedure, consultation.framework)


def root_of(consultation):
    """Return the consultation that began the system: this one, when it is no later period."""
    name = consultation.system_name
    return api.buyer(consultation).get(name, consultation) if name else consultation


def every(root):
    """Return the periods of a system, the first one first."""
    home = api.buyer(root)
    return [root, *(home[name] for name in getattr(root, "_periods", ()) if name in home)]


def admitted(root):
    """Return the candidatures that one of the periods admitted, as ``selection.admitted``."""
    found = {}
    for period in every(root):
        for row in selection.admitted(period):
            found[row["candidate"], row["lot"]] = row
    return list(found.values())


def waiting(root):
    """Return the period that is prepared or open, or None."""
    return next((item for item in every(root) if api.state(item) in WAITING), None)


def obstacle(consultation):
    """Return why no period may be opened now, or ""."""
    if technique_of(consultation) != suites.SAD:
        return "Seul un système d’acquisition dynamique a des périodes d’admission."
    if api.is_restricted(consultation) or consultation.system_name:
        return "Une période s’ouvre depuis la consultation qui a créé le système."
    if api.state(consultation) in (phase.ARCHIVEE, phase.ANNULEE):
        return "Ce système a pris fin : il n’admet plus d’entreprise."
    drafted = next((item for item in every(consultation) if api.state(item) in phase.DRAFTS), None)
    if drafted is not None:
        return f"La période {drafted.reference} est en préparation : publiez-la d’abord."
    return ""


def proposed(root):
    """Return the reference that the page proposes for the next period."""
    suffix = f"-P{len(every(root)) + 1}"
    return f"{root.reference[: 60 - len(suffix)]}{suffix}"


def begin(root, reference, deadline):
    """Return the draft of a new period; Refused ``periode.…`` or what ``create.draft`` refuses."""
    why = obstacle(root)
    if why:
        raise Refused("periode.impossible", why)
    made = create.duplicate(root, reference)
    made.deadline = deadline
    made.system_name = root.getId()
    kept = getattr(root, "_periods", None)
    if kept is None:
        kept = root._periods = PersistentList()
    kept.append(made.getId())
    made.reindexObject()
    told = {"type": "consultation", **workflow.identity(root), "fait": "periode", "suite": api.uuid(made)}
    journal.record(root, {**told, "reference_suite": made.reference})
    return made
