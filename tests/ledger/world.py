"""A small journal with fixed keys and salts: what the tests of the room, and the frozen vectors, are made of."""

from datetime import datetime
from datetime import UTC
from hashlib import sha256
from io import BytesIO
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import Signer
from megalis.portal.ledger.closing import closing_event
from megalis.portal.ledger.closing import opening_event
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.events import document_commitment
from megalis.portal.ledger.events import sign_promise
from megalis.portal.ledger.export import write_export
from megalis.portal.ledger.receipts import build_receipt
from megalis.portal.ledger.receipts import inclusion
from megalis.portal.ledger.tree import Tree


ORIGIN = "journal.exemple.bzh"
SIGNER = Signer(ORIGIN, bytes(range(32)))
STRANGER = Signer(ORIGIN, bytes(range(1, 33)))
WITNESS = Signer("temoin.exemple.bzh", bytes(range(2, 34)))
CONSULTATION = "5a" * 16
OTHER = "6b" * 16
FILES = {"mémoire technique.pdf": b"%PDF-1.7 memoire", "bordereau.xlsx": b"PK bordereau"}


def salt(name):
    return sha256(f"sel {name}".encode()).digest()


def moment(hour, minute, second=0):
    return datetime(2026, 3, 16, hour, minute, second, tzinfo=UTC)


def deposit(number, received, late=False, consultation=CONSULTATION):
    """Return a « depot » event and the salts of its plis."""
    pli = sha256(f"pli {number}".encode()).hexdigest()[:32]
    salts = {pli: salt(f"pli {number}")}
    event = {
        "type": "depot",
        "depot": sha256(f"depot {number}".encode()).hexdigest()[:32],
        "numero": number,
        "operateur": "Opérateur d’exemple",
        "acheteur": {"siret": "21350238800019", "nom": "Commune d’exemple"},
        "consultation": {"uuid": consultation, "reference": "2026-T-001", "objet": "Réfection de l’école"},
        "deposant": {"siret": "73282932000074", "nom": "Société d’exemple"},
        "recu": received,
        "echeance": "2026-03-16T11:00:00Z",
        "hors_delai": late,
        "plis": [
            {
                "pli": pli,
                "lot": "1",
                "enveloppe": "offre",
                "taille": 70000 + number,
                "racine": sha256(f"racine {number}".encode()).hexdigest(),
                "contexte": sha256(f"contexte {number}".encode()).hexdigest(),
            }
        ],
        "documents": [
            {
                "pli": pli,
                "nom": name,
                "taille": len(content),
                "engagement": document_commitment(salts[pli], sha256(content).digest()).hex(),
            }
            for name, content in FILES.items()
        ],
    }
    return event, salts


class World:
    """The events of two consultations; ``leaves`` are (commitment, event, salt) in order, ``hidden`` indexes blinded."""

    def __init__(self, events=None, signer=SIGNER):
        self.signer = signer
        self.events = events if events is not None else default_events()
        self.salts = [salt(f"evenement {index}") for index in range(len(self.events))]
        self.commitments = [commitment(event, self.salts[i]) for i, event in enumerate(self.events)]
        self.tree = Tree({})
        self.tree.append(self.commitments)

    def checkpoint(self, size=None):
        size = self.tree.size if size is None else size
        return Checkpoint(ORIGIN, size, self.tree.root(size)).sign(self.signer)

    def leaves(self, hidden=()):
        for index, leaf in enumerate(self.commitments):
            blind = index in hidden
            yield leaf, None if blind else self.events[index], None if blind else self.salts[index]

    def export(self, hidden=()):
        out = BytesIO()
        write_export(out, self.checkpoint(), self.signer.verifier, self.leaves(hidden))
        return out.getvalue()

    def receipt(self, index=2, token=None, proof=True):
        event = self.events[index]
        promise = sign_promise(self.commitments[index], moment(10, 30, 1), self.signer)
        proof = inclusion(index, self.tree.inclusion_proof(index), self.checkpoint()) if proof else None
        salts = {event["plis"][0]["pli"]: salt(f"pli {event['numero']}")}
        return build_receipt(event, self.salts[index], promise, self.signer.verifier, proof, token, salts)


def default_events():
    """Publication, retrait, two deposits in time, one late, one of another consultation, closing, opening."""
    events = [
        {"type": "publication", "consultation": CONSULTATION, "instant": "2026-02-10T08:00:00Z"},
        {"type": "retrait", "consultation": CONSULTATION, "instant": "2026-02-11T08:00:00Z"},
        deposit(1, "2026-03-16T10:30:00Z")[0],
        deposit(2, "2026-03-16T11:00:00Z")[0],
        deposit(3, "2026-03-16T10:59:59Z", consultation=OTHER)[0],
        deposit(4, "2026-03-16T11:00:01Z", late=True)[0],
    ]
    accepted = [commitment(events[index], salt(f"evenement {index}")) for index in (2, 3)]
    events.append(closing_event(CONSULTATION, 5, accepted, moment(11, 0, 2)))
    events.append({"type": "lecture", "instant": "2026-03-16T11:20:00Z"})
    events.append(opening_event(CONSULTATION, accepted, moment(14, 0), enveloppe="offre"))
    return events
