"""The events of one subject with their proofs: JSON Lines that anybody verifies without the rest of the journal.

A header with the signed checkpoint, then one line an event: its place, its leaf, the path from the leaf to the signed
root, and the event itself with its salt. An event that its reader may not know yet leaves its leaf and its path only.
"""

from dataclasses import dataclass
from dataclasses import field
from megalis.portal.formats import jcs
from megalis.portal.ledger import export
from megalis.portal.ledger import schema
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.errors import ExportError
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import verify_inclusion


FORMAT = "megalis.bzh/extrait/1"
MAX_PATH = 64


def _format(value):
    return value == FORMAT


schema.EXPECTED[_format] = f"« {FORMAT} » attendu"
HEADER = schema.Shape(
    format=_format,
    origine=schema.text,
    taille=schema.natural,
    checkpoint=schema.text,
    cle_publique=schema.text,
    sujet=schema.uuid,
)
LINE = schema.Shape(i=schema.natural, feuille=schema.digest, chemin=schema.Many(schema.digest)).maybe(
    evenement=export._event, sel=schema.digest
)


@dataclass
class Extract:
    """What was verified: the signed head, the journal's key (vkey), the uuid of the subject, counts."""

    checkpoint: Checkpoint
    key: str
    subject: str
    hidden: int = 0
    revealed: dict = field(default_factory=dict)

    @property
    def count(self):
        """How many events the extract holds, revealed or not."""
        return self.hidden + sum(self.revealed.values())


def write_extract(out, subject, checkpoint, verifier, rows):
    """Write an extract to the binary file ``out``; return the number of lines.

    ``rows`` yields ``(index, leaf (32 bytes), path (32-byte hashes), event or None, salt or None)``, the proofs being those
    of the tree of ``checkpoint`` (signed note).
    """
    head = open_checkpoint(checkpoint, verifier)
    header = {
        "format": FORMAT,
        "origine": head.origin,
        "taille": head.size,
        "checkpoint": checkpoint,
        "cle_publique": verifier.text,
        "sujet": subject,
    }
    out.write(jcs.dumps(header) + b"\n")
    count = 0
    for index, leaf, path, event, salt in rows:
        line = {"i": index, "feuille": leaf.hex(), "chemin": [digest.hex() for digest in path]}
        if event is not None:
            line |= {"evenement": event, "sel": salt.hex()}
        out.write(jcs.dumps(line) + b"\n")
        count += 1
    return count


def verify_extract(source, key=None):
    """Verify an extract from a binary file, in a stream, and return an ``Extract``; raises LedgerError.

    ``key``: the journal's public key (Verifier or vkey text) obtained elsewhere.
    """
    key = Verifier.from_text(key) if isinstance(key, str) else key
    lines = export._lines(source)
    first = next(lines, None)
    if first is None:
        raise ExportError("vide", "extrait vide : un en-tête est attendu")
    header = schema.read_json(first, export.MAX_LINE, ExportError)
    schema.check(header, HEADER, "en-tête", ExportError)
    verifier = Verifier.from_text(header["cle_publique"])
    if key is not None and verifier.text != key.text:
        raise ExportError("cle", f"l’extrait porte la clé {verifier.text}, la clé attendue est {key.text}")
    head = open_checkpoint(header["checkpoint"], verifier)
    if (header["origine"], header["taille"]) != (head.origin, head.size):
        raise ExportError("en-tete", "origine ou taille de l’en-tête différentes du point de contrôle signé")
    found = Extract(head, verifier.text, header["sujet"])
    seen = set()
    for rank, line in enumerate(lines, 1):
        event = _read(line, rank, head, seen)
        if event is None:
            found.hidden += 1
        else:
            found.revealed[event["type"]] = found.revealed.get(event["type"], 0) + 1
    return found


def _read(line, rank, head, seen):
    try:
        value = schema.read_json(line, export.MAX_LINE, ExportError)
        schema.check(value, LINE, "ligne", ExportError)
        if ("evenement" in value) != ("sel" in value):
            raise ExportError("schema", "évènement et sel vont ensemble")
        if len(value["chemin"]) > MAX_PATH:
            raise ExportError("schema", f"une preuve compte au plus {MAX_PATH} empreintes")
        if value["i"] in seen:
            raise ExportError("double", f"la feuille {value['i']} figure deux fois")
        seen.add(value["i"])
        leaf = bytes.fromhex(value["feuille"])
        event = value.get("evenement")
        if event is not None and commitment(event, bytes.fromhex(value["sel"])) != leaf:
            raise ExportError("engagement", "l’évènement ne correspond pas à sa feuille : il a été modifié")
        path = [bytes.fromhex(digest) for digest in value["chemin"]]
        verify_inclusion(leaf_hash(leaf), value["i"], head.size, path, head.root)
    except LedgerError as error:
        raise ExportError(error.code, f"évènement {rank} : {error.message}") from error
    return event
