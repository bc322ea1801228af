"""``megalis check acte``: the verdict on an archive, an envelope or a message, recognised by what it holds.

What a collectivité sends is judged as the préfecture will judge it; what a préfecture sent is read, and its departures
from the schema are warnings. Signatures are those of the files a message of a collectivité names; a detached one is verified
with the file it signs, which only an archive holds.
"""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats import cms
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
    signatures = [item for message in listed for item in _signatures(message, found, warnings)]
    extra = {
        "kind": ARCHIVE,
        "messages": [model.code_of(message) for message in listed],
        "signatures": signatures,
    }
    wrong = [item for item in signatures if item["status"] in (cms.INVALID, cms.EXPIRED)]
    errors = [*found.errors, *(Finding("actes.signature", _told(item), path=item["file"]) for item in wrong)]
    return Verdict(tuple(errors), tuple(warnings), extra)


def _told(item):
    return f"La signature de « {item['file'][:80]} » ne vaut pas : {item['reason'][0].lower()}{item['reason'][1:]}"


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
    signatures = list(_signatures(message, told, told.warnings))
    return Verdict(tuple(told.errors), tuple(told.warnings), extra | {"signatures": signatures})


def _signatures(message, found, warnings):
    """Yield a JSON object a signature: ``file``, ``status`` (valid, invalid, expired, absent), signer, date, reason."""
    if not model.code_of(message) or model.sender_of(message) == model.PREFECTURE:
        return
    files = model.files_of(message)
    apart = [item.nom for item in files if item.nom in found.signatures]
    signed = {name: over for name in apart if (over := _over(name, [item.nom for item in files], found))}
    for item in files:
        if item.nom in apart:
            if item.nom not in signed:
                yield {
                    "file": item.nom,
                    "status": cms.INVALID,
                    "reason": "Elle n’est celle d’aucun fichier de cet acte.",
                }
            continue
        verdicts = [verdict for over in signed.values() if over[0] == item.nom for verdict in over[1]]
        if item.signature and (isinstance(item.signature, model.SignatureXML) or item.nom not in found.digests):
            warnings.append(
                Finding(
                    "actes.signature-non-verifiee",
                    f"La signature de « {item.nom[:80]} » n’est pas vérifiée : il y faut l’archive, et une signature CMS.",
                    path=item.nom,
                )
            )
            continue
        if item.signature:
            verdicts += cms.verify(item.signature, found.digests[item.nom], datetime.now(UTC))
        yield from (_shown(item.nom, verdict) for verdict in verdicts or (cms.Signature(cms.ABSENT),))


def _over(name, names_of_files, found):
    """Return ``(file, verdicts)`` of the file that a detached signature file signs, or None."""
    now = datetime.now(UTC)
    for other in names_of_files:
        if other != name and other in found.digests:
            verdicts = cms.verify(found.signatures[name], found.digests[other], now)
            if any(verdict.status != cms.INVALID for verdict in verdicts):
                return other, verdicts
    return None


def _shown(name, verdict):
    shown = {"file": name, "status": verdict.status}
    if verdict.signataire:
        shown["signer"] = verdict.signataire
    if verdict.date:
        shown["date"] = verdict.date.isoformat()
    if verdict.raison:
        shown["reason"] = verdict.raison
    return shown
