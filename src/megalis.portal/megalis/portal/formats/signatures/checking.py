"""Is a document well signed? The verdict of ``megalis check signature``: one status a signature, and what refuses the file."""

from dataclasses import replace
from megalis.portal.formats import referentiels
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures import trust
from megalis.portal.formats.signatures.documents import Document
from megalis.portal.formats.signatures.documents import verify
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import Verdict
from pathlib import Path

import os


LISTS = "listes-de-confiance"  # a folder of the référentiels
VALID, INVALID, EXPIRED, EARLY, REVOKED, ABSENT = "valid", "invalid", "expired", "not-yet-valid", "revoked", "absent"
UNTRUSTED, UNCHECKED, INDETERMINATE, MISSING = "untrusted", "revocation-unchecked", "indeterminate", "missing-document"
STATUSES = {
    "": VALID,
    report.FORMAT_FAILURE: INVALID,
    report.HASH_FAILURE: INVALID,
    report.SIG_CRYPTO_FAILURE: INVALID,
    report.NOT_YET_VALID: EARLY,
    report.OUT_OF_BOUNDS_NO_POE: EXPIRED,
    report.REVOKED_NO_POE: REVOKED,
    report.SIGNED_DATA_NOT_FOUND: MISSING,
    report.NO_CERTIFICATE_CHAIN_FOUND: UNTRUSTED,
    report.CERTIFICATE_CHAIN_GENERAL_FAILURE: UNTRUSTED,
    report.TRY_LATER: UNCHECKED,
}
TOLERATED = (
    VALID,
    UNCHECKED,
)  # a revocation list is never fetched: without one, the rest is judged and the file passes


def status(found):
    """Return the status of a Report, a stable word."""
    return STATUSES.get(found.sub, INDETERMINATE)


def known(folder=None):
    """Return the Trust of this machine: ``folder``, else ``MEGALIS_CONFIANCE``, and the EU lists of the référentiels."""
    return trust.load(folder or os.environ.get("MEGALIS_CONFIANCE"), referentiels.find(LISTS))


def check(path, detached=None, folder=None, moment=None):
    """Return the Verdict on the signatures of a document, within it or in a ``detached`` file; OSError when one is unreadable.

    ``moment``: an aware datetime at which the signatures are known to exist; now without it.
    """
    documents = [Document(Path(path).name, Path(path))]
    if detached is not None:
        documents.append(Document(documents[0].name + _ending(Path(detached)), Path(detached)))
    trusted = known(folder)
    reports = verify(documents, trusted, moment)
    if detached is not None:
        real = {documents[1].name: Path(detached).name}
        reports = [replace(found, carrier=real.get(found.carrier, found.carrier)) for found in reports]
    told = [{"status": status(found), **found.as_json()} for found in reports]
    errors = [_finding(found) for found in reports if status(found) not in TOLERATED]
    warnings = [_finding(found) for found in reports if status(found) == UNCHECKED]
    warnings += [Finding("signature.confiance", f"Confiance : {problem}.") for problem in trusted.problems]
    if not trusted.anchors:
        warnings.append(
            Finding(
                "signature.sans-autorite",
                "Aucune autorité de confiance n’est connue ici : aucun certificat ne peut être reconnu. Désignez leur "
                "dossier par --trust ou MEGALIS_CONFIANCE.",
            )
        )
    name = documents[0].name
    if not any(name in (found.document, found.carrier) for found in reports):
        told.append({"status": ABSENT, "document": name})
        errors.append(Finding("signature.absente", f"« {name} » n’est pas signé : {_remedy(detached)}."))
    return Verdict(tuple(errors), tuple(warnings), {"signatures": told})


def _finding(found):
    word = report.CAUSES[found.sub]
    return Finding(f"signature.{status(found)}", f"{found.carrier} : {word}. {found.reason}".strip())


def _ending(path):
    """Return the ending by which a file given as a signature is read as one, whatever its name: both stand side by side."""
    with path.open("rb") as stream:
        start = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    return ".xml" if start.startswith(b"<") else ".p7s"


def _remedy(detached):
    if detached is None:
        return "indiquez sa signature si elle est dans un fichier à part"
    return f"« {Path(detached).name} » ne porte pas la signature de ce document"
