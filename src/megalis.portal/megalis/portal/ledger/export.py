"""The journal as one file that anybody verifies: JSON Lines, a header then one line a leaf, streamed both ways.

What is revealed (event and sel) is checked against its leaf and against the rules of a closing: nothing accepted after
the cut, and what is opened is what was closed. Memory does not grow with the number of leaves; it holds one short
record a closed consultation, and the leaves named by openings.
"""

from dataclasses import dataclass
from dataclasses import field
from hashlib import sha256
from megalis.portal.formats import jcs
from megalis.portal.ledger import schema
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.closing import Closings
from megalis.portal.ledger.errors import ExportError
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.tree import Frontier


FORMAT = "megalis.bzh/journal/1"
MAX_LINE = 1024 * 1024


def _format(value):
    return value == FORMAT


def _event(value):
    return isinstance(value, dict) and schema.text(value.get("type"))


schema.EXPECTED.update({_format: f"« {FORMAT} » attendu", _event: "objet avec un « type » attendu"})
HEADER = schema.Shape(
    format=_format,
    origine=schema.text,
    taille=schema.natural,
    checkpoint=schema.text,
    cle_publique=schema.text,
)
LEAF = schema.Shape(i=schema.natural, feuille=schema.digest).maybe(evenement=_event, sel=schema.digest)


@dataclass
class Report:
    """What was verified: the signed head, counts of leaves and of revealed events by type, closings and openings.

    ``previous`` is the older checkpoint the journal was shown to continue, None when none was given.
    """

    checkpoint: Checkpoint
    key: str
    pinned: bool
    previous: Checkpoint | None
    revealed: dict = field(default_factory=dict)
    closings: int = 0
    openings: int = 0

    def lines(self):
        """Return the French sentences of what was checked, one a check."""
        head = self.checkpoint
        known = "clé attendue" if self.pinned else "clé non comparée, aucune clé donnée"
        types = ", ".join(f"{name} {count}" for name, count in sorted(self.revealed.items())) or "aucun"
        lines = [
            f"signature : point de contrôle de {head.origin} signé par {self.key} ({known})",
            f"racine : {head.size} feuille(s) recomptées, racine {head.root.hex()}",
            f"évènements révélés : {sum(self.revealed.values())}, chacun conforme à sa feuille ({types})",
            f"clôtures : {self.closings}, ouvertures : {self.openings}, sans dépôt accepté après la coupe",
        ]
        if self.previous is None:
            lines.append("continuité : non vérifiée, aucun point de contrôle antérieur donné")
        else:
            lines.append(f"continuité : le journal prolonge celui de {self.previous.size} feuille(s)")
        return lines


def write_export(out, checkpoint, verifier, leaves):
    """Write a journal export to the binary file ``out`` in a stream; return the number of leaves.

    ``checkpoint`` is the signed note (str) that ``verifier`` verifies; ``leaves`` yields ``(commitment, event, salt)``
    in order, event and salt None when blinded. Raises ExportError when the leaves do not make the signed root.
    """
    head = open_checkpoint(checkpoint, verifier)
    header = {
        "format": FORMAT,
        "origine": head.origin,
        "taille": head.size,
        "checkpoint": checkpoint,
        "cle_publique": verifier.text,
    }
    out.write(jcs.dumps(header) + b"\n")
    frontier = Frontier()
    for index, (leaf, event, salt) in enumerate(leaves):
        line = {"i": index, "feuille": leaf.hex()}
        if event is not None:
            if commitment(event, salt) != leaf:
                raise ExportError("engagement", f"feuille {index} : l’évènement ne correspond pas à son engagement")
            line.update(evenement=event, sel=salt.hex())
        out.write(jcs.dumps(line) + b"\n")
        frontier.add(sha256(b"\x00" + leaf).digest())
    if (frontier.size, frontier.root()) != (head.size, head.root):
        raise ExportError("racine", f"les {frontier.size} feuilles écrites ne donnent pas la racine signée")
    return frontier.size


def _lines(source):
    """Yield the lines of a binary file, each bounded and ended by a newline."""
    while line := source.readline(MAX_LINE + 1):
        if not line.endswith(b"\n"):
            reason = f"plus de {MAX_LINE} octets" if len(line) > MAX_LINE else "fichier coupé avant la fin de la ligne"
            raise ExportError("ligne", f"ligne refusée : {reason}")
        yield line


def _read_header(line, key):
    """Return ``(verifier, checkpoint)`` of the header line."""
    header = schema.read_json(line, MAX_LINE, ExportError)
    schema.check(header, HEADER, "en-tête", ExportError)
    verifier = Verifier.from_text(header["cle_publique"])
    if key is not None and verifier.text != key.text:
        raise ExportError("cle", f"l’export porte la clé {verifier.text}, la clé attendue est {key.text}")
    head = open_checkpoint(header["checkpoint"], verifier)
    if (header["origine"], header["taille"]) != (head.origin, head.size):
        raise ExportError("en-tete", "origine ou taille de l’en-tête différentes du point de contrôle signé")
    return verifier, head


def _read_leaf(line, index):
    try:
        leaf = schema.read_json(line, MAX_LINE, ExportError)
        schema.check(leaf, LEAF, "feuille", ExportError)
        if leaf["i"] != index:
            raise ExportError("ordre", f"numéro {leaf['i']} au lieu de {index}")
        if ("evenement" in leaf) != ("sel" in leaf):
            raise ExportError("schema", "évènement et sel vont ensemble")
        data = bytes.fromhex(leaf["feuille"])
        if "evenement" in leaf and commitment(leaf["evenement"], bytes.fromhex(leaf["sel"])) != data:
            raise ExportError("engagement", "l’évènement révélé ne correspond pas à sa feuille")
    except LedgerError as error:
        raise ExportError(error.code, f"feuille {index} : {error.message}") from error
    return data, leaf.get("evenement")


def verify_export(source, key=None, previous=None):
    """Verify a journal export from the seekable binary file ``source`` and return a ``Report``; raises LedgerError.

    ``key``: the journal's public key (Verifier or vkey text) obtained elsewhere. ``previous``: an older signed
    checkpoint (str) of the same journal, which this one must continue.
    """
    key = Verifier.from_text(key) if isinstance(key, str) else key
    start = source.tell()
    lines = _lines(source)
    first = next(lines, None)
    if first is None:
        raise ExportError("vide", "fichier vide : un en-tête est attendu")
    verifier, head = _read_header(first, key)
    before = open_checkpoint(previous, verifier) if previous is not None else None
    if before is not None and before.size > head.size:
        raise ExportError("recul", f"le journal comptait {before.size} feuilles, l’export n’en a plus que {head.size}")
    report = Report(head, verifier.text, key is not None, before)
    frontier, closings = Frontier(), Closings()
    _check_previous(before, frontier)
    for index, line in enumerate(lines):
        if index >= head.size:
            raise ExportError("taille", f"plus de lignes que les {head.size} feuilles signées")
        data, event = _read_leaf(line, index)
        frontier.add(sha256(b"\x00" + data).digest())
        _check_previous(before, frontier)
        if event is not None:
            report.revealed[event["type"]] = report.revealed.get(event["type"], 0) + 1
            closings.see(index, data, event)
    if frontier.size != head.size:
        raise ExportError("taille", f"{frontier.size} feuilles sur les {head.size} signées : export incomplet")
    if frontier.root() != head.root:
        raise ExportError("racine", "la racine recalculée n’est pas celle du point de contrôle : une feuille diffère")
    if closings.wanted:
        source.seek(start)
        rows = _lines(source)
        next(rows)
        closings.find((index, _read_leaf(line, index)[0]) for index, line in enumerate(rows))
    report.closings, report.openings = closings.closed, closings.opened
    return report


def _check_previous(before, frontier):
    if before is not None and frontier.size == before.size and frontier.root() != before.root:
        raise ExportError(
            "continuite", f"le journal a été réécrit : ses {before.size} premières feuilles ne sont plus les mêmes"
        )
