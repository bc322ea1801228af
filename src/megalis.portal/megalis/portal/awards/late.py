"""What becomes of bids that came late, and of a procedure that nobody answered.

A late bid is never opened (R. 2143-2, R. 2151-5): it is kept sealed, and its author told so, or it is kept without a word
while the buyer thinks. Nobody's bid is needed to declare that there is none.
"""

from megalis.portal.awards import store
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges.recipients import Recipient
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import transitions
from megalis.portal.deposits import closing
from megalis.portal.deposits import recipients as gates
from megalis.portal.deposits import store as deposits
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone import api as plone_api


KEPT, REJECTED = "conserve", "rejete"
CHOICES = {KEPT: "Conservé scellé", REJECTED: "Rejeté, courrier envoyé"}
BEFORE = (*phase.DRAFTS, phase.PUBLIEE)


def late_deposits(consultation):
    """Return the deposits that came late and were not withdrawn, oldest first; none before the closing."""
    if api.state(consultation) in BEFORE:
        return []
    return [item for item in deposits.deposits(consultation) if item.late and item.state != deposits.WITHDRAWN]


def decisions(consultation):
    """Return ``{deposit id: dict decision, reason, by, at}``."""
    award = store.of(consultation)
    return dict(award.late.items()) if award is not None else {}


def undecided(consultation):
    """Return the late deposits about which nothing is written."""
    kept = decisions(consultation)
    return [item for item in late_deposits(consultation) if item.id not in kept]


def decide(consultation, deposit_id, choice, reason, person, sheet):
    """Keep the decision about a late bid; REJECTED sends its author the letter. Refused ``tardif.*``."""
    found = next((item for item in late_deposits(consultation) if item.id == deposit_id), None)
    if found is None:
        raise Refused("tardif.inconnu", "Ce pli n’est pas de ceux arrivés hors délai : rechargez la page.")
    if choice not in CHOICES:
        raise Refused("tardif.choix", "Choisissez : conservé scellé, ou rejeté avec un courrier.")
    known = decisions(consultation).get(deposit_id)
    if known is not None and known["decision"] == REJECTED:
        raise Refused("tardif.fait", "Ce pli est déjà rejeté et son auteur informé : la décision ne change plus.")
    reason = " ".join(str(reason or "").split())[:2000]
    now = clock.now()
    if choice == REJECTED:
        if not found.email:
            raise Refused(
                "tardif.adresse", f"{found.name} n’a laissé aucune adresse : informez-la par la poste, et notez-le."
            )
        who = Recipient(found.name, (found.email,), found.company, found.siret)
        lots = sorted({pli.lot or "" for pli in found.plis})
        values = {
            "recu": clock.french(found.received, seconds=True),
            "limite": clock.french(consultation.deadline, seconds=True),
            "motif": reason,
        }
        letters.send(consultation, person, letters.LATE, [(who, lots, values)], sheet)
    by = person.fullname
    store.for_write(consultation).late[deposit_id] = {"decision": choice, "reason": reason, "by": by, "at": now}
    event = {"type": "pli-tardif", **workflow.identity(consultation), "depot": deposit_id, "decision": choice}
    journal.record(consultation, {**event, "motif": reason, "par": by}, instant=now)


def may_declare_none(consultation):
    """True when the consultation is closed and no bid in time stands: there is nothing that a key could open."""
    return api.state(consultation) == phase.CLOSE and not in_time(consultation)


def in_time(consultation):
    """Return the deposits that came in time and stand."""
    return [item for item in deposits.deposits(consultation) if not item.late and item.state == deposits.RECEIVED]


def declare_none(consultation, by):
    """Go on to the decision of a consultation that nobody answered in time; Refused ``sans-pli``."""
    if not may_declare_none(consultation):
        raise Refused("sans-pli", "Des plis sont arrivés dans les délais, ou la consultation n’est pas close.")
    now = clock.now()
    closing.close(consultation, now)
    gate = gates.gate(consultation)
    if gate is not None and gate.accepted:
        raise Refused("sans-pli", "Des plis ont été acceptés à la clôture : ouvrez-les d’abord.")
    journal.record(consultation, {"type": "sans-pli", **workflow.identity(consultation), "par": by}, instant=now)
    with plone_api.env.adopt_roles(["Manager", "PorteurDeCle", "Acheteur", "Valideur"]):
        workflow.fire(consultation, transitions.OUVRIR)
        workflow.fire(consultation, transitions.ANALYSER)
