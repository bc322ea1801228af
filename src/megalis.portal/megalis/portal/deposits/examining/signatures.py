"""The signatures of the opened documents of a consultation: asked for by a person, verified at once or by the worker.

The proof of existence of a document is the reception of its bid: certificates are judged at that instant. Results are kept
beside the folder until somebody asks again; they decide nothing.
"""

from collections import Counter
from megalis.portal.consultations import api
from megalis.portal.deposits import filing
from megalis.portal.deposits import naming
from megalis.portal.deposits import store
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures.documents import Document
from megalis.portal.formats.signatures.documents import verify
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel import trusted
from pathlib import Path
from persistent import Persistent
from plone.app.uuid.utils import uuidToObject
from zope.annotation.interfaces import IAnnotations
from zope.interface import implementer


KEY = "megalis.deposits.signatures"
HANDLER = "signatures"
AT_ONCE_BYTES, AT_ONCE_FILES = 8 * 1024 * 1024, 20


class Verification(Persistent):
    """What was asked and found: ``done`` is None while the worker has it; ``plis`` is a tuple of dicts (see ``examine``)."""

    def __init__(self, agent):
        self.agent = agent
        self.asked = clock.now()
        self.done = None
        self.plis = ()
        self.anchors = 0
        self.problems = ()


def last(consultation):
    """Return the last Verification, or None."""
    return IAnnotations(consultation).get(KEY)


def ask(consultation, agent):
    """Verify the signatures of the opened documents: at once when they are few and small, else by the worker.

    Returns the Verification.
    """
    made = IAnnotations(consultation)[KEY] = Verification(agent)
    files = filing.filed(consultation)
    event = {
        "type": "signatures",
        "consultation": api.uuid(consultation),
        "documents": len(files),
        "agent": agent,
    }
    journal.record(consultation, event)
    if len(files) <= AT_ONCE_FILES and sum(item.size for item in files) <= AT_ONCE_BYTES:
        examine(consultation)
    else:
        outbox.queue(HANDLER, {"consultation": api.uuid(consultation)}, about=api.uuid(consultation))
    return made


@implementer(outbox.IOutboxHandler)
class Handler:
    """The worker's part: verifies what was too much for a visit."""

    def send(self, site, message):
        consultation = uuidToObject(message.payload["consultation"], unrestricted=True)
        if consultation is None:
            raise outbox.Undeliverable("la consultation n’existe plus")
        examine(consultation)


def examine(consultation):
    """Verify every opened document, bid by bid, and keep what was found."""
    made = last(consultation)
    known = trusted.known()
    now = clock.now()
    names = naming.Naming(consultation)
    deposits = {deposit.id: deposit for deposit in store.deposits(consultation)}
    plis = []
    for pli, items in _by_pli(filing.filed(consultation)):
        deposit = deposits.get(items[0].deposit)
        documents = [Document(item.title, path_of(item)) for item in items]
        reports = verify(documents, known, deposit.received if deposit is not None else None, now)
        signed = {found.document for found in reports} | {found.carrier for found in reports}
        plis.append(
            {
                "pli": pli,
                "bidder": names.of(deposit)[0] if deposit is not None else "",
                "lot": items[0].lot or "",
                "envelope": items[0].envelope,
                "reports": tuple(found.as_json() for found in reports),
                "unsigned": tuple(item.title for item in items if item.title not in signed),
            }
        )
    made.plis = tuple(plis)
    made.anchors = len(known.anchors)
    made.problems = tuple(known.problems[:50])
    made.done = clock.now()


def path_of(item):
    """Return where the bytes of an opened file are."""
    with item.file.open() as stream:
        return Path(stream.name)


def _by_pli(files):
    found = {}
    for item in files:
        found.setdefault(item.pli, []).append(item)
    return found.items()


def reports(verification):
    """Yield ``(pli dict, Report)`` of every signature found."""
    for pli in verification.plis:
        for value in pli["reports"]:
            yield pli, report.from_json(value)


def tally(verification):
    """Return ``{indication: count}``, and the documents without any signature under ""."""
    counts = Counter(found.indication for _pli, found in reports(verification))
    counts[""] = sum(len(pli["unsigned"]) for pli in verification.plis)
    return counts
