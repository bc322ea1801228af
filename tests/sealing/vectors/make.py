"""Write a new set of frozen vectors: `python tests/sealing/vectors/make.py NAME.json`; existing sets are never rewritten.

Sealing draws fresh keys and nonces every time, so a vector is what one run gave: an identity, a file, what it holds, and
what an opener must answer. Another implementation can be written against them; ours may never stop reading them.
"""

from megalis.portal import sealing
from megalis.portal.formats import jcs
from megalis.portal.sealing import keys
from megalis.portal.sealing.identities import HybridIdentity
from megalis.portal.sealing.identities import X25519Identity
from pathlib import Path

import base64
import hashlib
import sys
import tempfile


def seed(label):
    return hashlib.sha256(f"megalis.bzh vecteur {label}".encode()).digest()


def context(recipients):
    return {
        "v": 1,
        "profil": "megalis",
        "acheteur": "22350001800013",
        "consultation": "0f" * 16,
        "version_dce": "ab" * 32,
        "lot": "1",
        "enveloppe": "candidature",
        "deposant": "cd" * 32,
        "depot": "1e" * 16,
        "recipients": [keys.fingerprint(str(recipient)) for recipient in recipients],
        "echeance": "2026-03-16T11:00:00Z",
    }


def vector(name, identities, bound, folder):
    documents = {"Lettre de candidature – été.txt": "Réponse au lot 1.\n".encode(), "vide.bin": b""}
    for title, data in documents.items():
        (folder / title).write_bytes(data)
    recipients = [identity.recipient for identity in identities]
    fields = context(recipients) if bound else None
    path = folder / f"{name}.age"
    sealed = sealing.seal([folder / title for title in documents], recipients, fields, path, mtime=1767225600)
    data = path.read_bytes()
    digests, size = sealing.hash_parts(path.open("rb", buffering=0))
    return {
        "nom": name,
        "identites": [identity.secret_text() for identity in identities],
        "destinataires": [str(recipient) for recipient in recipients],
        "empreintes": [recipient.fingerprint for recipient in recipients],
        "contexte": fields,
        "contexte_sha256": sealed.context_hash.hex() if bound else None,
        "sel": sealed.salt.hex(),
        "documents": [
            {**item.as_dict(), "engagement": item.commitment(sealed.salt), "contenu": documents[item.name].decode()}
            for item in sealed.documents
        ],
        "taille": size,
        "racine": sealing.parts_root(digests).hex(),
        "pli": base64.b64encode(data).decode(),
    }


def main(target):
    hybrids = [HybridIdentity(seed(role)) for role in ("titulaire", "secours")]
    classical = X25519Identity(seed("x25519"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [
            vector("hybride", hybrids, True, folder),
            vector("x25519", [classical], True, folder),
            vector("mixte", [hybrids[0], classical], True, folder),
            vector("sans-contexte", [classical], False, folder),
        ]
    wrapped = sealing.wrap_identity(f"{classical.secret_text()}\n", "agrafe cheval pile", work_factor=10)
    challenge = sealing.seal_challenge(hybrids[0].recipient, seed("defi"))
    value = {
        "format": "megalis.bzh/vecteurs/1",
        "plis": found,
        "cle_protegee": {
            "phrase": "agrafe cheval pile",
            "fichier": wrapped.decode(),
            "identite": classical.secret_text(),
        },
        "defi": {"identite": 0, "fichier": base64.b64encode(challenge).decode(), "reponse": seed("defi").hex()},
    }
    with open(target, "xb") as stream:
        stream.write(jcs.dumps(value) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
