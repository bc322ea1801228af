"""The proofs asked for a consultation: one fact a question, its document once it came."""

from megalis.portal.awards.proofs import client
from megalis.portal.awards.proofs.kinds import KINDS
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import ICompanyFiles
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import dossier
from megalis.portal.deposits import store as deposits
from megalis.portal.deposits.grouping import store as grouping
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.theme import words
from persistent import Persistent
from zope.component import adapter
from zope.component.hooks import getSite
from zope.interface import implementer


NAME = KIND = "justificatifs"
ASKED, RECEIVED, REFUSED, FAILED, DESTROYED = "demande", "recu", "refuse", "echec", "elimine"
STATES = {
    ASKED: ("run", "Demandé"),
    RECEIVED: ("ok", "Reçu"),
    REFUSED: ("bad", "Refusé par l’administration"),
    FAILED: ("bad", "Sans réponse"),
    DESTROYED: ("closed", "Éliminé"),
}
OPEN = (phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE)
MOST = 200  # companies asked about at once


class Proof(Persistent):
    """A question about a company (``siren``): ``state``, who asked and when, ``piece`` (Attachment) or ``message``."""

    def __init__(self, siren, name, kind, by):
        self.id = uuidhex()
        self.siren, self.name, self.kind, self.by = siren, name, kind, by
        self.at = clock.now()
        self.state = ASKED
        self.answered = None
        self.piece = None
        self.message = ""


def companies(consultation):
    """Return ``{SIREN: name}`` of the French companies that deposited, members of their groups too; {} while they are unknown."""
    if not dossier.may_name(consultation):
        return {}
    joint, found = grouping.shown(consultation), {}
    for deposit in deposits.deposits(consultation):
        if deposit.state != deposits.RECEIVED:
            continue
        members = [(row["nom"], row["siret"]) for row in (joint.get(deposit.id) or {"membres": ()})["membres"]]
        for name, siret in ((deposit.name, deposit.siret), *members):
            if numbers.is_siret(siret or ""):
                found.setdefault(numbers.siren_of(siret), name)
    return found


def last(consultation):
    """Return ``{(SIREN, kind): Proof}``: the last question of each sort about each company."""
    kept = facts(consultation, NAME)
    found = {}
    for proof in sorted(kept.values() if kept is not None else (), key=lambda item: item.at):
        found[proof.siren, proof.kind] = proof
    return found


def received(consultation):
    """Return the Proofs that came, by company then sort."""
    return [proof for _key, proof in sorted(last(consultation).items()) if proof.piece is not None]


def find(consultation, key):
    """Return a Proof that came, or None."""
    kept = facts(consultation, NAME)
    found = kept.get(key) if kept is not None and key else None
    return found if found is not None and found.piece is not None else None


@implementer(ICompanyFiles)
@adapter(IConsultation)
class CompanyFiles:
    """See ICompanyFiles."""

    def __init__(self, consultation):
        self.consultation = consultation

    def found(self):
        return [
            (proof.id, proof.piece.name, proof.name, proof.siren, proof.piece.size, proof.piece.sha256)
            for proof in received(self.consultation)
        ]

    def destroy(self, key):
        proof = find(self.consultation, key)
        if proof is not None:
            proof.message = f"Empreinte SHA-256 {proof.piece.sha256}."
            proof.piece, proof.state, proof.answered = None, DESTROYED, clock.now()


def ask(consultation, wanted, by):
    """Ask all sorts of proofs about companies (SIREN), those under way and those that came apart; return how many questions.

    Refused ``justificatif.*``.
    """
    if not client.is_on():
        raise Refused(
            "justificatif.service", "La plateforme n’est pas reliée aux administrations : demandez-le à son exploitant."
        )
    if api.state(consultation) not in OPEN:
        raise Refused("justificatif.etape", "Les justificatifs se demandent de l’ouverture des plis à la notification.")
    known = companies(consultation)
    if not wanted or not set(wanted) <= set(known):
        raise Refused("justificatif.entreprise", "Choisissez une entreprise qui a répondu : rechargez la page.")
    if len(wanted) > MOST:
        raise Refused("justificatif.nombre", f"{len(wanted)} entreprises à la fois : {MOST} au plus.")
    before, kept = last(consultation), facts_for_write(consultation, NAME)
    path = "/".join(consultation.getPhysicalPath())
    made = []
    for number in dict.fromkeys(wanted):
        for kind in KINDS:
            standing = before.get((number, kind))
            if standing is not None and standing.state in (ASKED, RECEIVED):
                continue
            proof = Proof(number, known[number], kind, by)
            kept[proof.id] = proof
            subject = f"{KINDS[kind].title}, {known[number]}"
            outbox.queue(
                KIND, {"subject": subject, "consultation": path, "justificatif": proof.id}, about=api.uuid(consultation)
            )
            made.append(proof)
    if made:
        tell(consultation, "demandés", made[0], by, f"{len(made)} pour {words.plural(len(set(wanted)), 'entreprise')}")
    return len(made)


def tell(consultation, fact, proof, by="", detail=""):
    """Write in the journal what became of a question."""
    event = {"type": "justificatif", **workflow.identity(consultation), "fait": fact, "genre": proof.kind}
    if detail:
        event["detail"] = detail
    else:
        event |= {"entreprise": proof.name, "siren": proof.siren}
    if by:
        event["par"] = by
    if proof.piece is not None:
        event["piece"] = proof.piece.told()
    journal.record(consultation, event)


@implementer(IOutboxHandler)
class Handler:
    """Asks one question."""

    title = "Justificatifs demandés aux administrations"

    def send(self, site, message):
        consultation = site.unrestrictedTraverse(message.payload["consultation"], None)
        kept = facts(consultation, NAME) if consultation is not None else None
        proof = kept.get(message.payload["justificatif"]) if kept is not None else None
        if proof is None or proof.state != ASKED:
            return
        subject = f"{consultation.reference}, {consultation.title}"
        try:
            found = client.ask(proof.kind, proof.siren, api.buyer(consultation).siret or "", subject)
        except NotNow as error:
            raise outbox.Later(error.message, error.after, failed=True) from error
        proof.answered = clock.now()
        if isinstance(found, client.No):
            proof.state, proof.message = REFUSED, found.message
            tell(consultation, "refusé", proof)
            return
        proof.piece, proof.state = Attachment(found.name, found.data), RECEIVED
        tell(consultation, "reçu", proof)


def given_up(event):
    """Say of a question that its answer will not come (GivenUp)."""
    message = event.message
    if message.kind != KIND:
        return
    consultation = getSite().unrestrictedTraverse(message.payload["consultation"], None)
    kept = facts(consultation, NAME) if consultation is not None else None
    proof = kept.get(message.payload["justificatif"]) if kept is not None else None
    if proof is not None and proof.state == ASKED:
        proof.state, proof.message, proof.answered = FAILED, message.error, clock.now()
