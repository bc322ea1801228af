"""``megalis check acte``: the verdict on an archive, an envelope or a message, recognised by what it holds.

What a collectivité sends is judged as the préfecture will judge it; what a préfecture sent is read, and its departures
from the schema are warnings. Signatures are those of the files a message names: ``absent``, or ``non-verifie`` since a
detached signature is verified with the file it signs, not with the message that carries it.
"""

from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import contents
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.codec import ENCODING
from megalis.portal.formats.actes.codec import parse
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import MAX_BYTES
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict
from pathlib import Path


UNKNOWN = "inconnu"
ARCHIVE, ENVELOPE, MESSAGE = "archive", "enveloppe", "message"


def check(path):
    """Return the ``Verdict`` on a file; OSError when it cannot be read."""
    with open(path, "rb") as stream:
        head = stream.read(2)
        stream.seek(0)
        packed = head == archive.GZIP
        try:
            if packed:
                return _archive(stream, Path(path).name)
            return _message(stream.read(MAX_BYTES + 1))
        except Refused as refusal:
            kind = ARCHIVE if packed else UNKNOWN
            message, line = refusal.message, getattr(refusal, "line", 0)
            if refusal.code == "actes.racine" and "PES" in refusal.value:
                message = f"« {refusal.value} » est un flux PES, pas un acte : contrôlez-le par « megalis check pes »."
            return refused(refusal.code, message, line, kind=kind, signatures=[])


def _archive(stream, name):
    found = contents.read(stream)
    warnings = list(found.warnings)
    said = names.parse_name(name)
    if not isinstance(said, names.EnvelopeName) or not said.trigramme:
        warnings.append(
            Finding(
                "actes.nom-archive",
                f"« {name[:80]} » n’est pas le nom d’une archive (TRI-EACT--SIREN--AAAAMMJJ-N.tar.gz) : renommez-la avant "
                "de l’envoyer.",
            )
        )
    listed = [message for message in found.messages.values() if message is not found.envelope]
    extra = {
        "kind": ARCHIVE,
        "messages": [model.code_of(message) for message in listed],
        "signatures": [item for message in listed for item in _signatures(message)],
    }
    return Verdict(tuple(found.errors), tuple(warnings), extra)


def _message(data):
    received = parse(data)
    message = received.message
    told = contents.Contents()
    contents.take(told, "", received)
    if model.sender_of(message) == model.COLLECTIVITE and received.encoding.upper() != ENCODING:
        told.odd("actes.encodage", f"Le message est en « {received.encoding} » : le ministère attend {ENCODING}.")
    if not received.schema:
        told.odd("actes.schema-absent", "Le schéma officiel n’est pas installé : seules nos règles ont été appliquées.")
    code = model.code_of(message)
    extra = {"kind": MESSAGE if code else ENVELOPE, "root": type(message).__name__}
    extra |= {"message": code} if code else {}
    return Verdict(tuple(told.errors), tuple(told.warnings), extra | {"signatures": list(_signatures(message))})


def _signatures(message):
    if not model.code_of(message) or model.sender_of(message) == model.PREFECTURE:
        return
    for item in model.files_of(message):
        yield {"file": item.nom, "status": "non-verifie" if item.signature else "absent"}
