"""The register of paper: what came, beside the electronic deposits; every act about it is an event of the journal."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from megalis.portal.consultations import api
from megalis.portal.consultations.tracking import indexers
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits.paper import evidence
from megalis.portal.deposits.paper import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex


PAPERS = "papier"


@dataclass(frozen=True)
class Paper:
    """One thing received. ``received``: when it arrived, as the agent read it; ``entered``: when he wrote so.

    ``state`` is one of rules.STATES; ``ended`` when it left the first one, by whom, on what ground, with what note.
    """

    id: str
    kind: str
    company: str
    siret: str
    email: str
    lots: tuple
    way: str
    support: str
    description: str
    labelled: bool
    received: datetime
    entered: datetime
    late: bool
    by: str
    state: str = rules.KEPT
    ended: datetime | None = None
    ended_by: str = ""
    ground: str = ""
    note: str = ""

    @property
    def number(self):
        return rules.label_of(self.id)

    @property
    def counts(self):
        """True of a bid that came in time, or of the opened copy of one: a reply of its company."""
        opened = self.kind == rules.COPY and self.state == rules.OPENED
        return not self.late and (opened or (self.kind == rules.BID and self.state != rules.CANCELLED))


def papers(consultation):
    """Return everything received on paper, by hour of arrival."""
    kept = facts(consultation, PAPERS)
    return sorted(kept.values(), key=lambda item: (item.received, item.entered, item.id)) if kept is not None else []


def find(consultation, paper_id):
    """Return the Paper; Refused ``papier.inconnu``."""
    kept = facts(consultation, PAPERS)
    found = kept.get(paper_id) if kept is not None and is_uuidhex(paper_id) else None
    if found is None:
        raise Refused("papier.inconnu", "Cet objet n’est pas au registre : revenez à la liste.", str(paper_id)[:40])
    return found


def is_closed(consultation):
    """True once the closing is in the journal: nothing is opened before."""
    gate = recipients.gate(consultation)
    return gate is not None and gate.closed is not None


def enter(consultation, person, form):
    """Write a thing received into the register; return the Paper.

    ``form``: kind, company, siret, email, lots (list), way, support, description, labelled (bool), received (text).
    Refused: ``papier.*``, ``siret.*``, ``moment.*``.
    """
    now = clock.now()
    if not api.is_public(consultation) or api.state(consultation, now) == "annulee":
        raise Refused(
            "papier.etape", "Cette consultation ne reçoit rien : elle n’est pas publiée, ou elle est annulée."
        )
    kind = rules.choice(form.get("kind"), rules.KINDS, "papier.genre", "ce qui est reçu")
    received = rules.received(form.get("received"), now, consultation.published_at)
    made = Paper(
        id=uuidhex(),
        kind=kind,
        company=rules.line(form.get("company"), "papier.entreprise", "Le nom de l’entreprise", needed=True),
        siret=rules.siret(form.get("siret")),
        email=rules.line(form.get("email"), "papier.courriel", "L’adresse de courriel"),
        lots=rules.lots(form.get("lots") or (), [lot.number for lot in api.lots(consultation)]),
        way=rules.choice(form.get("way"), rules.WAYS, "papier.voie", "comment il est arrivé"),
        support=rules.choice(form.get("support"), rules.SUPPORTS, "papier.support", "le support"),
        description=rules.line(form.get("description"), "papier.description", "La description"),
        labelled=bool(form.get("labelled")) and kind == rules.COPY,
        received=received,
        entered=now.replace(microsecond=0),
        late=rules.is_late(received, consultation.deadline),
        by=person.fullname,
    )
    rules.check_new(made, papers(consultation))
    facts_for_write(consultation, PAPERS)[made.id] = made
    _tell(consultation)
    _record(
        consultation,
        made,
        "enregistrement",
        person,
        recu=clock.rfc3339(made.received),
        hors_delai=made.late,
        lots=list(made.lots),
        voie=made.way,
        support=made.support,
        mention=made.labelled,
        deposant={"nom": made.company, "siret": made.siret},
    )
    return made


def _record(consultation, paper, fact, person, **more):
    event = {
        "type": "papier",
        "consultation": api.uuid(consultation),
        "fait": fact,
        "papier": paper.id,
        "numero": paper.number,
        "genre": paper.kind,
        "agent": person.fullname,
        **more,
    }
    journal.record(consultation, event)


def _tell(consultation):
    if api.workflow_state(consultation) in indexers.AFTER:
        indexers.refresh(consultation)


def _end(consultation, paper, person, state, fact, ground="", note=""):
    now = clock.now().replace(microsecond=0)
    ended = replace(paper, state=state, ended=now, ended_by=person.fullname, ground=ground, note=note)
    facts_for_write(consultation, PAPERS)[paper.id] = ended
    _tell(consultation)
    more = {name: value for name, value in (("motif", ground), ("note", note)) if value}
    _record(consultation, paper, fact, person, **more)
    return ended


def facts_of(consultation, paper):
    """Return what the rule of the backup copy asks about: dict ``closed, late, labelled, intime, attempts, verdicts``."""
    known = evidence.of(consultation, paper.siret)
    return {
        "closed": is_closed(consultation),
        "late": paper.late,
        "labelled": paper.labelled,
        "intime": known.intime,
        "attempts": known.attempts,
        "verdicts": known.verdicts,
    }


def open_copy(consultation, paper, person, ground, note):
    """Write that a backup copy was opened, on which ground; Refused ``copie.*`` when the rule does not allow it."""
    note = rules.line(note, "papier.note", "Le constat", rules.NOTE)
    if paper.kind != rules.COPY:
        raise Refused("copie.genre", "Ce n’est pas une copie de sauvegarde.")
    if paper.state != rules.KEPT:
        raise Refused("copie.etat", f"Cette copie n’est plus fermée : {rules.STATES[paper.state].lower()}.")
    why = rules.copy_refusal(ground, note=note, **facts_of(consultation, paper))
    if why is not None:
        raise Refused(f"copie.{why[0]}", why[1])
    return _end(consultation, paper, person, rules.OPENED, "ouverture", ground, note)


def open_paper(consultation, paper, person, note):
    """Write that a bid, a part or a sample was opened; Refused ``papier.*``."""
    note = rules.line(note, "papier.note", "Le constat", rules.NOTE)
    if paper.kind == rules.COPY:
        raise Refused("papier.copie", "Une copie de sauvegarde ne s’ouvre que pour un motif du code : choisissez-le.")
    why = rules.open_refusal(paper.kind, paper.state, closed=is_closed(consultation), late=paper.late)
    if why is not None:
        raise Refused(f"papier.{why[0]}", why[1])
    return _end(consultation, paper, person, rules.OPENED, "ouverture", note=note)


def destroy_refusal(consultation, paper):
    """Return ``(code, why)`` when a copy may not be destroyed now, else None."""
    opened = is_closed(consultation) and not opening.unfinished(consultation)
    due = rules.due_ground(**facts_of(consultation, paper)) if opened else ""
    return rules.destroy_refusal(paper.kind, paper.state, opened=opened, due=due)


def destroy(consultation, paper, person):
    """Write that a copy was destroyed unread, and why it was not opened; Refused ``copie.*``."""
    why = destroy_refusal(consultation, paper)
    if why is not None:
        raise Refused(f"copie.{why[0]}", why[1])
    known = {name: value for name, value in facts_of(consultation, paper).items() if name != "closed"}
    return _end(consultation, paper, person, rules.DESTROYED, "destruction", note=rules.unopened_reason(**known))


def give_back(consultation, paper, person, note):
    """Write that a thing went back to its company; Refused ``papier.restitution``."""
    note = rules.line(note, "papier.note", "La manière dont il est rendu", rules.NOTE, needed=True)
    if paper.kind == rules.COPY or paper.state not in (rules.KEPT, rules.OPENED) or not is_closed(consultation):
        raise Refused(
            "papier.restitution",
            "Un pli ou un échantillon se restitue après la clôture, une seule fois ; une copie jamais.",
        )
    return _end(consultation, paper, person, rules.RETURNED, "restitution", paper.ground, note)


def cancel(consultation, paper, person, reason):
    """Strike out a line written by mistake: it stays in the register, with the reason. Refused ``papier.*``."""
    reason = rules.line(reason, "papier.note", "Le motif de l’annulation", rules.NOTE, needed=True)
    if paper.state != rules.KEPT:
        raise Refused("papier.etat", f"Cette ligne ne s’annule plus : {rules.STATES[paper.state].lower()}.")
    return _end(consultation, paper, person, rules.CANCELLED, "annulation", note=reason)
