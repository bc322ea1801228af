"""What the platform knows of a company's electronic sendings: the proof that one began before the deadline, or did not."""

from dataclasses import dataclass
from megalis.portal.deposits import store
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.organisations import people


ABANDONED = "televersements-abandonnes"  # deposit id -> dict siren, debut, dernier, octets
REFUSED_ACTS = frozenset(("depot",))


@dataclass(frozen=True)
class Evidence:
    """``intime``: deposits in time that stand; ``attempts``: begins, before the deadline, of what did not arrive in time;
    ``verdicts``: what was found in the plis of the former."""

    intime: int = 0
    attempts: tuple = ()
    verdicts: tuple = ()


def of(consultation, siret):
    """Return the Evidence about the company of a SIRET (all its établissements); nothing is known without one."""
    number = operators.company(siret)
    if not number:
        return Evidence()
    mine = [deposit for deposit in store.deposits(consultation) if operators.company(deposit.siret) == number]
    good = [deposit for deposit in mine if not deposit.late and deposit.state == store.RECEIVED]
    known = store.verdicts(consultation)
    found = [known[pli.id]["verdict"] for deposit in good for pli in deposit.plis if pli.id in known]
    return Evidence(len(good), tuple(sorted(_begins(consultation, number, mine))), tuple(found))


def _begins(consultation, number, mine):
    """Yield the instants, before the deadline, at which a sending began that did not arrive in time."""
    begins = [getattr(deposit, "started", None) or deposit.received for deposit in mine if deposit.late]
    begins += [entry.started for entry in store.under_way(consultation) if _siren_of(entry.owner) == number]
    kept = facts(consultation, ABANDONED)
    begins += [clock.from_rfc3339(item["debut"]) for item in (kept.values() if kept else ()) if item["siren"] == number]
    begins += [
        clock.from_rfc3339(event["instant"])
        for event in journal.events(consultation, "refus")
        if event["acte"] in REFUSED_ACTS and operators.company(event.get("siret", "")) == number
    ]
    return [instant for instant in begins if instant < consultation.deadline]


def _siren_of(userid):
    person = people.get(userid)
    company = person.entreprise if person is not None else None
    return operators.company(company.identifier) if company is not None else ""


def keep(consultation, entry):
    """Keep the trace of an upload that is forgotten: its parts go, the hour of its begin stays."""
    number = _siren_of(entry.owner)
    if number:
        facts_for_write(consultation, ABANDONED)[entry.deposit] = {
            "siren": number,
            "debut": clock.rfc3339(entry.started),
            "dernier": clock.rfc3339(entry.last),
            "octets": entry.size,
        }
