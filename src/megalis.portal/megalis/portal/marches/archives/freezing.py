"""The freeze of a consultation's documents while a dispute runs: nothing of it may be proposed or destroyed."""

from Acquisition import aq_base
from dataclasses import dataclass
from datetime import datetime
from megalis.portal.consultations import workflow
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from plone import api as plone_api


FACTS = "gel"


@dataclass(frozen=True)
class Freeze:
    """One decision: ``on`` or lifted, why, when, by whom."""

    on: bool
    reason: str
    at: datetime
    by: str


def history(consultation):
    """Return the decisions about a consultation, oldest first."""
    kept = facts(aq_base(consultation), FACTS)
    return sorted(kept.values(), key=lambda item: item.at) if kept else []


def of(consultation):
    """Return the Freeze that stands, or None."""
    last = next(reversed(history(consultation)), None)
    return last if last is not None and last.on else None


def decide(consultation, on, reason):
    """Freeze, or lift; refused without a reason or when nothing would change."""
    reason = " ".join(reason.split())[:1000]
    if not reason:
        raise Refused("archives.motif", "Dites pourquoi : le motif du gel, ou de sa levée, reste au journal.")
    if on == (of(consultation) is not None):
        raise Refused("archives.gel", "Ces documents sont déjà gelés." if on else "Ces documents ne sont pas gelés.")
    by = plone_api.user.get_current().getId() or ""
    facts_for_write(consultation, FACTS)[uuidhex()] = Freeze(on, reason, clock.now(), by)
    event = {"type": "gel", **workflow.identity(consultation), "gel": on, "motif": reason}
    journal.record(consultation, event)
    return of(consultation)
