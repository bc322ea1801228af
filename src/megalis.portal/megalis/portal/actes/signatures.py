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

import logging


logger = logging.getLogger("megalis.actes")


def examine(acte):
    """Verify the signatures among the files of an act and keep the verdicts with each file."""
    pieces = list(acte.pieces)
    if not any(_may_sign(piece) for piece in pieces):
        for piece in pieces:
            if piece.signatures:
                piece.signatures = ()
        return
    names = _apart([(piece.name, piece) for piece in pieces])
    found = verify(
        [Document(name, _place(piece.file)) for name, piece in names.items()], trusted.known(), None, clock.now()
    )
    for name, piece in names.items():
        kept = tuple(item.as_json() for item in found if name in (item.carrier, item.document))
        if kept != piece.signatures:
            piece.signatures = kept


def judged(files):
    """Return the as_json of the Report of each signature among files (name, NamedBlobFile) that came or leave together."""
    documents = [Document(name, _place(file)) for name, file in _apart(files).items()]
    try:
        found = verify(documents, trusted.known(), None, clock.now()) if documents else ()
    except Exception:  # a library that stumbles on a file must not lose what the préfecture wrote
        logger.exception("signatures not read: %s", [item.name for item in documents])
        return ()
    return tuple(item.as_json() for item in found)


def _may_sign(piece):
    return piece.signed or piece.as_sent().extension in sending.SIGNATURE_FORMATS


def _apart(named):
    """Return ``{name: thing}``; two files of one name are told apart, as a detached signature finds its document by name."""
    found = {}
    for rank, (name, thing) in enumerate(named):
        found[name if name not in found else f"{rank + 1}-{name}"] = thing
    return found


def _place(file):
    with file.open() as stream:
        return Path(stream.name)


def reports(piece):
    """Return the Reports of the signatures of a file, or of the files of a Moment."""
    return [report.from_json(value) for value in piece.signatures]


def findings(acte):
    """Return why a signature keeps the act from leaving: each broken one, once."""
    return broken([value for piece in acte.pieces for value in piece.signatures])


def broken(values):
    """Return a Finding of each signature that does not hold, once; ``values``: as_json of Reports."""
    found = {}
    for item in map(report.from_json, values):
        if item.indication == report.FAILED:
            who = f" de {item.signer}" if item.signer else ""
            why = item.reason or report.CAUSES.get(item.sub, "")
            message = (
                f"« {(item.document or item.carrier)[:80]} » : la signature{who} n’est pas valable. {why} "
                "Joignez le fichier tel qu’il a été signé, ou faites-le signer de nouveau."
            )
            found[message] = Finding("actes.signature-alteree", message)
    return list(found.values())
