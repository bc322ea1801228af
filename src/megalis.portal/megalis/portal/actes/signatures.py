"""The electronic signatures of the files of an act, verified before it leaves: within a PDF, or in a file beside it.

An altered document keeps the act from leaving. What cannot be settled here (an authority nobody told us about, a revocation that
cannot be asked without the network) is told to the agent, and decides nothing.
"""

from megalis.portal.formats.actes import sending
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures.documents import Document
from megalis.portal.formats.signatures.documents import verify
from megalis.portal.formats.verdict import Finding
from megalis.portal.kernel import clock
from megalis.portal.kernel import trusted
from pathlib import Path


def examine(acte):
    """Verify the signatures among the files of an act and keep the verdicts with each file."""
    pieces = list(acte.pieces)
    if not any(_may_sign(piece) for piece in pieces):
        for piece in pieces:
            if piece.signatures:
                piece.signatures = ()
        return
    names = _names(pieces)
    found = verify([Document(name, _path(piece)) for name, piece in names.items()], trusted.known(), None, clock.now())
    for name, piece in names.items():
        kept = tuple(item.as_json() for item in found if name in (item.carrier, item.document))
        if kept != piece.signatures:
            piece.signatures = kept


def _may_sign(piece):
    return piece.signed or piece.as_sent().extension in sending.SIGNATURE_FORMATS


def _names(pieces):
    """Return ``{name: piece}``; two files of one name are told apart, as a detached signature finds its document by name."""
    found = {}
    for rank, piece in enumerate(pieces):
        found[piece.name if piece.name not in found else f"{rank + 1}-{piece.name}"] = piece
    return found


def _path(piece):
    with piece.file.open() as stream:
        return Path(stream.name)


def reports(piece):
    """Return the Reports of the signatures of a file."""
    return [report.from_json(value) for value in piece.signatures]


def findings(acte):
    """Return why a signature keeps the act from leaving: each broken one, once."""
    found = {}
    for piece in acte.pieces:
        for item in reports(piece):
            if item.indication == report.FAILED:
                who = f" de {item.signer}" if item.signer else ""
                why = item.reason or report.CAUSES.get(item.sub, "")
                message = (
                    f"« {item.document[:80] or piece.name[:80]} » : la signature{who} n’est pas valable. {why} "
                    "Joignez le fichier tel qu’il a été signé, ou faites-le signer de nouveau."
                )
                found[message] = Finding("actes.signature-alteree", message)
    return list(found.values())
