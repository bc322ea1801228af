"""The ground of ``registers.py`` and ``dossier.py``: run inside an instance, it fills a consultation with facts or with files.

``bin/instance run _registers_scene.py events|files FOLDER``; events are written as the rooms write them.
"""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from pathlib import Path
from plone import api
from tempfile import TemporaryFile
from tests import inside
from tests.deposits import scene

import json
import os
import transaction


PART = 1 << 20
LOTS = tuple(str(number) for number in range(1, 13))


def withdrawn(consultation, rank, people, scopes):
    item = people[rank % len(people)] if rank % 3 else None
    withdrawals.record(consultation, scopes[rank % len(scopes)], 10_000, item)


def scopes_of(consultation):
    """Return what is taken in turn: the whole dossier, the documents of each lot, some documents of two lots."""
    pieces = tuple(consultations.lines(consultation))
    found = [withdrawals.Scope("tout", pieces=pieces)]
    for number in LOTS:
        found.append(withdrawals.Scope("lot", number, tuple(consultations.lines(consultation, lot=number))))
        own = tuple(piece for piece in pieces if set(piece.lots or ()) & {number, LOTS[0]})
        found.append(withdrawals.Scope("pieces", pieces=own))
    return found


def by_lot(consultation):
    """Put a document into the dossier for each lot."""
    for number in LOTS:
        with TemporaryFile() as stream:
            stream.write(b"%PDF-1.4 plan")
            stream.seek(0)
            create.piece(consultation, stream, f"plan-{number}.pdf", f"Plan du lot {number}", "plans", lots=(number,))


def questioned(consultation, rank):
    key = uuidhex()
    said = {**workflow.identity(consultation), "question": key}
    text = f"Question {rank} : l’échelle du plan de masse est-elle la bonne ? " * 6
    siret = f"{rank:014}"
    event = {
        "type": "question",
        **said,
        "entreprise": f"Entreprise {rank}",
        "siret": siret,
        "texte": text,
        "pieces": [],
    }
    journal.record(consultation, event)
    if rank % 2:
        answer = {"portee": "tous", "question_publiee": text, "texte": "Oui. " * 30, "version": 1, "pieces": []}
        journal.record(consultation, {"type": "reponse", **said, **answer}, public=True)


def deposited(consultation, rank, moment):
    plis = [
        {"pli": uuidhex(), "lot": "1", "enveloppe": kind, "taille": 90_000, "racine": "d" * 64, "contexte": "e" * 64}
        for kind in ("candidature", "offre")
    ]
    event = {
        "type": "depot",
        "depot": uuidhex(),
        "numero": f"{rank:012}",
        "operateur": "e-mégalis Bretagne",
        "acheteur": {"siret": "21290189600010", "nom": "Commune de Plougastel-Daoulas"},
        "consultation": {
            "uuid": consultations.uuid(consultation), "reference": consultation.reference, "objet": consultation.title,
        },
        "deposant": {"siret": f"{rank:014}", "nom": f"Entreprise {rank}"},
        "recu": clock.rfc3339(moment),
        "echeance": clock.rfc3339(consultation.deadline),
        "hors_delai": rank % 50 == 0,
        "plis": plis,
        "documents": [
            {"pli": pli["pli"], "nom": f"piece {n}.pdf", "taille": 30_000, "engagement": "f" * 64}
            for pli in plis
            for n in range(3)
        ],
    }  # fmt: skip
    journal.record(consultation, event)


def events(made, asked):
    """Write ``each`` facts of each register, then close."""
    consultation = made.consultation
    people = [withdrawals.Follower(f"veille{n}@essai.example", f"Veille {n}") for n in range(500)]
    for item in people:
        facts_for_write(consultation, withdrawals.FOLLOWERS)[item.id] = item
    scopes = scopes_of(consultation)
    for rank in range(1, asked["each"] + 1):
        withdrawn(consultation, rank, people, scopes)
        questioned(consultation, rank)
        deposited(consultation, rank, clock.now())
        if not rank % 1000:
            transaction.commit()
    consultation.deadline = clock.now() - timedelta(minutes=5)
    transaction.commit()
    while journal.merge(made.portal):
        transaction.commit()


def files(made, asked):
    """Put pieces of random bytes into the dossier, ``bytes`` in all."""
    count = 8
    for rank in range(count):
        path = Path(asked["folder"], f"piece-{rank}.bin")
        with path.open("wb") as out:
            for _ in range(asked["bytes"] // count // PART):
                out.write(os.urandom(PART))
        with path.open("rb") as stream:
            create.piece(made.consultation, stream, f"plans-{rank}.dwg", f"Plans {rank}", "plans")
        transaction.commit()


def make(work):
    """Return the work of a script: the scene made, ``work`` done in it, its address told."""

    def done(site, folder):
        asked = json.loads((folder / "asked.json").read_text())
        with api.env.adopt_roles(["Manager"]):
            made = scene.Scene(site, lots=LOTS if work is events else LOTS[:1])
            if work is files:
                files(made, asked)
            else:
                by_lot(made.consultation)
            made.publish()
            if work is events:
                events(made, asked)
            login = api.user.get(userid=made.buyer).getUserName()
            path = "/" + "/".join(made.consultation.getPhysicalPath()[2:])
            (folder / "scene.json").write_text(json.dumps({"login": login, "consultation": path}))
        transaction.commit()

    return done


if __name__ == "__main__":
    inside.do(app, {"events": make(events), "files": make(files)})  # noqa: F821  given by `bin/instance run`
