"""Write the frozen vectors: `python -m tests.ledger.make_vectors FOLDER`. Everything is deterministic but the token.

The token and its authority are made once; when FOLDER already holds them they are kept.
"""

from megalis.portal.formats import jcs
from megalis.portal.ledger.events import promise_statement
from megalis.portal.ledger.timestamps import request_token
from megalis.portal.ledger.timestamps import verify_token
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.ledger.tsa import Authority
from tests.ledger.world import deposit
from tests.ledger.world import FILES
from tests.ledger.world import ORIGIN
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER
from tests.ledger.world import WITNESS
from tests.ledger.world import World

import json
import sys


HIDDEN = (1, 3, 4, 7)


def files(token):
    """Return {name: bytes} of every vector, ``token`` being the frozen time-stamp token of the receipt."""
    world = World()
    export = world.export(HIDDEN)
    receipt = world.receipt(token=token)
    return {
        "cles.json": pretty(
            {
                "origine": ORIGIN,
                "cle_publique": SIGNER.verifier.text,
                "cle_privee": SIGNER.text,
                "autre_cle_publique": STRANGER.verifier.text,
                "temoin": WITNESS.verifier.text,
            }
        ),
        "arbre.json": pretty(tree_vectors(world)),
        "checkpoint": world.checkpoint().encode(),
        "checkpoint-ancien": world.checkpoint(4).encode(),
        "accuse.json": pretty(receipt),
        "accuse-sans-preuve.json": pretty(world.receipt(proof=False)),
        "accuses-refuses.jsonl": rows(refused_receipts(world, receipt)),
        "journal.jsonl": export,
        "journal-refuses.jsonl": rows(refused_exports(world, export)),
        **{f"documents/{name}": content for name, content in FILES.items()},
    }


def pretty(value):
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def rows(values):
    return b"".join(jcs.dumps(value) + b"\n" for value in values)


def tree_vectors(world):
    """Leaf data, roots, and every proof of the small journal."""
    size = world.tree.size
    return {
        "feuilles": [leaf.hex() for leaf in world.commitments],
        "racines": [world.tree.root(count).hex() for count in range(size + 1)],
        "inclusions": [[digest.hex() for digest in world.tree.inclusion_proof(index)] for index in range(size)],
        "coherences": [[digest.hex() for digest in world.tree.consistency_proof(old)] for old in range(size + 1)],
    }


def refused_receipts(world, receipt):
    other = world.receipt(3)
    event = receipt["evenement"]
    cases = {
        "objet changé": ("engagement", {"evenement": event | {"operateur": "Autre"}}),
        "heure changée": ("engagement", {"evenement": event | {"recu": "2026-03-16T10:30:01Z"}}),
        "hors délai contredit": ("delai", {"evenement": event | {"recu": "2026-03-16T11:00:01Z"}}),
        "promesse d’un autre dépôt": ("promesse", {"promesse": other["promesse"]}),
        "preuve d’un autre dépôt": ("preuve", {"preuve": other["preuve"]}),
        "sel d’un autre dépôt": ("engagement", {"sel": other["sel"]}),
        "clé d’un autre": ("promesse", {"cle_publique": STRANGER.verifier.text}),
        "membre inconnu": ("schema", {"plus": 1}),
        "format inconnu": ("schema", {"format": "megalis.bzh/accuse/2"}),
    }
    for name, (code, change) in cases.items():
        yield {"cas": name, "code": code, "accuse": receipt | change}


def refused_exports(world, export):
    lines = export.decode().splitlines(keepends=True)
    late = deposit(7, "2026-03-16T10:59:00Z")[0]
    blinded = jcs.dumps(json.loads(lines[2]) | {"feuille": "0" * 64}).decode() + "\n"
    cases = {
        "ligne retirée": ("ordre", lines[:4] + lines[5:]),
        "lignes échangées": ("ordre", [*lines[:3], lines[4], lines[3], *lines[5:]]),
        "dernière ligne retirée": ("taille", lines[:-1]),
        "dernière ligne coupée": ("ligne", [*lines[:-1], lines[-1][:-1]]),
        "feuille masquée changée": ("racine", [*lines[:2], blinded, *lines[3:]]),
        "dépôt après la coupe": ("apres-coupe", [World([*world.events, late]).export().decode()]),
    }
    for name, (code, changed) in cases.items():
        yield {"cas": name, "code": code, "export": "".join(changed)}


def statement(receipt):
    promise = receipt["promesse"]
    return promise_statement(bytes.fromhex(receipt["feuille"]), promise["horodatage"], promise["origine"])


def frozen_token(folder):
    return verify_token((folder / "jeton.tsr").read_bytes(), statement(World().receipt()))


def main(folder):
    folder = Path(folder)
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    if not (folder / "jeton.tsr").exists():
        with TemporaryDirectory() as temporary:
            authority = Authority(temporary)
            (folder / "jeton.tsr").write_bytes(request_token(statement(World().receipt()), authority).data)
            (folder / "autorite.pem").write_bytes(authority.roots)
    for name, content in files(frozen_token(folder)).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1])
