"""A validator's leave to give companies less time than the rules ask: written, signed, kept in the journal.

The law has no such leave for its own minimum: whoever gives it answers for it before the judge. It holds for one deadline,
and a shorter one needs another.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import procedures
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal


CODES = ("delai.minimum", "delai.niveau")
LEAST = 20  # signs of a reason that says something


def short(consultation, now=None):
    """Return the finding that a leave would lift (procedures' ``delai.minimum`` or ``delai.niveau``), or None."""
    findings = gathering.checklist_findings(consultation, now or clock.now(), others=False)
    return next((finding for finding in findings if finding.code in CODES), None)


def grant(consultation, reason, userid, name):
    """Give the leave for the deadline of a draft; workflow.Refused when there is nothing to lift or no real reason."""
    if api.state(consultation) not in phase.DRAFTS:
        raise workflow.Refused([Missing("derogation.etat", "Une dérogation se donne avant la publication.")])
    given = consultation.derogation
    if given is not None and short(consultation) is None:
        text = f"{given['by']} a déjà donné cette dérogation : rien n’a changé. Pour en revoir le motif, retirez-la d’abord."
        raise workflow.Refused([Missing("derogation.double", text)])
    if short(consultation) is None:
        text = "Le délai est suffisant, ou la date limite manque : il n’y a rien à déroger."
        raise workflow.Refused([Missing("derogation.inutile", text)])
    reason = " ".join(reason.split())
    if len(reason) < LEAST:
        text = f"Écrivez le motif en une phrase au moins ({LEAST} signes) : il reste au dossier et au journal."
        raise workflow.Refused([Missing("derogation.motif", text)])
    consultation.derogation = {
        "reason": reason,
        "by": name,
        "userid": userid,
        "at": clock.now(),
        "deadline": consultation.deadline,
    }
    days = procedures.days_between(clock.now(), consultation.deadline)
    _tell(consultation, "derogation-delai", name, motif=reason, jours=days)


def withdraw(consultation, name):
    """Take the leave back, before the publication."""
    if consultation.derogation is not None and api.state(consultation) in phase.DRAFTS:
        consultation.derogation = None
        _tell(consultation, "derogation-retiree", name)


def _tell(consultation, fact, name, **more):
    event = {"type": "consultation", **workflow.identity(consultation), "fait": fact, "agent": name, **more}
    if consultation.deadline is not None:
        event["echeance"] = clock.rfc3339(consultation.deadline)
    journal.record(consultation, event)
