"""PAdES: signatures within a PDF, and whether anything was added to it since."""

from datetime import UTC
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures.report import Found
from megalis.portal.formats.signatures.report import Problem

import asyncio


MAX_PDF = 200 * 1024 * 1024
MAX_SIGNATURES = 20
MARK = b"/ByteRange"
BLOCK = 1 << 20


def find(path, name):
    """Return a Found for each signature of the PDF at ``path``; empty when it has none. Problem when it cannot be read."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    with path.open("rb") as stream:
        try:
            reader = PdfFileReader(stream, strict=False)
            if reader.encrypted:
                raise Problem(
                    report.GENERIC, "Le PDF est protégé par un mot de passe : ses signatures ne se lisent pas."
                )
            signatures = reader.embedded_regular_signatures
            if len(signatures) > MAX_SIGNATURES:
                raise Problem(report.FORMAT_FAILURE, f"Plus de {MAX_SIGNATURES} signatures dans ce PDF.")
            crls, ocsps = _revocation(reader) if signatures else ([], [])
            return [_found(signature, name, crls, ocsps) for signature in signatures]
        except (
            PdfError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            IndexError,
            RecursionError,
            OSError,
        ) as error:
            if not _may_be_signed(stream):
                return []
            told = "Le PDF est abîmé : ses signatures ne se lisent pas."
            raise Problem(report.FORMAT_FAILURE, told) from error


def _may_be_signed(stream):
    """Tell whether the bytes hold the mark of a signature, which no PDF may compress: without it a damaged file has none."""
    stream.seek(0)
    kept = b""
    while block := stream.read(BLOCK):
        if MARK in kept + block:
            return True
        kept = (kept + block)[-len(MARK) :]
    return False


def _revocation(reader):
    """Return the revocation lists and answers that the PDF carries (DSS)."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        store = DocumentSecurityStore.read_dss(reader)
    except (NoDSSFoundError, ValueError, TypeError, KeyError):
        return [], []
    lists = [item.get_object().data for item in store.crls[:20]]
    return lists, [item.get_object().data for item in store.ocsps[:20]]


def _found(signature, name, crls, ocsps):
    found = Found("PAdES", "enveloppée", name, name, crls=crls, ocsps=ocsps)
    try:
        _check(signature, found)
    except Problem as problem:
        found.problem = problem
    return found


def _check(signature, found):
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.errors import DisallowedAlgorithmError
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    certificate = signature.signer_cert
    if certificate is not None:
        found.certificate = certificate.dump()
        found.others = [item.dump() for item in signature.other_embedded_certs]
    reported = signature.self_reported_timestamp
    found.claimed = reported.astimezone(UTC) if reported is not None else None
    try:
        nobody = ValidationContext(trust_roots=[], allow_fetching=False)
        status = asyncio.run(async_validate_pdf_signature(signature, signer_validation_context=nobody))
    except DisallowedAlgorithmError as error:
        raise Problem(
            report.CRYPTO_CONSTRAINTS_FAILURE, "La signature emploie un algorithme qui n’est plus sûr."
        ) from error
    except SignatureValidationError as error:
        raise Problem(report.FORMAT_FAILURE, "La signature du PDF est mal formée.") from error
    if certificate is None:
        raise Problem(
            report.NO_SIGNING_CERTIFICATE_FOUND, "Le certificat du signataire n’est pas joint à la signature."
        )
    if not status.intact:
        raise Problem(report.HASH_FAILURE, "Le PDF a été modifié depuis la signature.")
    if not status.valid:
        raise Problem(report.SIG_CRYPTO_FAILURE, "La signature ne correspond pas à la clé du certificat.")
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return
    if status.coverage == SignatureCoverageLevel.ENTIRE_REVISION:
        _later(status, found)
        return
    raise Problem(report.SIG_CONSTRAINTS_FAILURE, "La signature ne couvre qu’une partie du PDF.")


def _later(status, found):
    """What was added after the signature is told; what changes what a reader sees is a modification."""
    from pyhanko.sign.diff_analysis import ModificationLevel

    if status.modification_level in (None, ModificationLevel.OTHER):
        raise Problem(report.HASH_FAILURE, "Le PDF a été complété après la signature par autre chose qu’une signature.")
    found.notes.append("Le PDF a été complété après cette signature (autre signature, champ rempli ou horodatage).")
