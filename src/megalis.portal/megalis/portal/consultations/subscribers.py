"""What happens by itself when content of the room is made or saved."""

from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations import workflow
from megalis.portal.consultations.interfaces import IPieceDCE
from megalis.portal.consultations.rules import versions
from megalis.portal.kernel import antivirus
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel.journal import EVENTS
from zope.lifecycleevent.interfaces import IObjectRemovedEvent

import logging


logger = logging.getLogger("megalis.consultations")


def consultation_added(consultation, event):
    """Make the journal's place ahead of the first two writers, and tell who began."""
    if facts.facts(consultation, EVENTS) is None:
        facts.prepare(consultation, EVENTS)
        journal.record(consultation, {"type": "consultation", **workflow.identity(consultation), "fait": "creation"})


def file_saved(content, event):
    """Compute the size and SHA-256 of a piece of DCE or of an opened file, reading the blob by blocks."""
    measure(content)
    if IPieceDCE.providedBy(content):
        piece_kept(content)
        if content.file is not None:
            antivirus.ask(content.file._blob, content.sha256)


def piece_kept(piece):
    """Keep the line of a piece that was made or changed."""
    consultation = api.consultation_of(piece)
    if consultation is not None:
        contents.note(consultation, piece)


def child_removed(child, event):
    """Leave out a lot or a piece; nothing to do when its consultation goes with it."""
    consultation = api.consultation_of(event.oldParent)
    if consultation is not None and event.object.aq_base is child.aq_base:
        contents.forget(consultation, child)
        if not IPieceDCE.providedBy(child):
            child_changed(child, event)


def measure(content):
    """Set ``size``, ``sha256`` and ``crc32`` from the blob; a name that is not set is the file's."""
    if content.file is None:
        return
    with content.file.open() as stream:
        content.size, content.sha256, content.crc32 = versions.measures_of(stream)
    if not getattr(content, "filename", None) and content.file.filename:
        content.filename = content.file.filename


def child_changed(child, event):
    """Keep the words of the lots in the consultation's entry of the catalog."""
    consultation = api.consultation_of(child)
    if consultation is None:
        return
    if not IObjectRemovedEvent.providedBy(event):
        contents.note(consultation, child)
    if not getattr(consultation, "_v_bulk", False):
        consultation.reindexObject(idxs=["SearchableText", "cpv", "modified"])
