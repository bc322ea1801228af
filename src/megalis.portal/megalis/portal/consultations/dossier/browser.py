"""``@@dossier``: the archive of a whole consultation, asked for, made by the worker, then taken; ``@@dossier.zip`` resumes."""

from functools import cached_property
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.dce import sending
from megalis.portal.consultations.dossier import preparing
from megalis.portal.consultations.dossier import store
from megalis.portal.consultations.rules import files
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from pathlib import Path
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from zExceptions import NotFound
from zope.interface import alsoProvides


HELD = 32  # files held open during a download; those beyond are opened when their turn comes
STATES = {
    store.ASKED: ("run", "En préparation"),
    store.READY: ("open", "Prête"),
    store.FAILED: ("bad", "Échec"),
}


class DossierPage(Page):
    """The page: what the archive will hold, and the last ones that were made."""

    page_title = "Archive de la consultation"

    def post(self):
        person = people.current(self.request)
        if person is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’agent.", 403)
        preparing.ask(self.consultation, person)
        self.redirect(f"{self.url}/@@dossier", "L’archive se prépare : elle sera ici dans un instant.")

    @cached_property
    def reads_bids(self):
        return preparing.may_read_bids(self.consultation)

    @cached_property
    def parts(self):
        """What it will hold: list of dicts ``title, folder, files, size``."""
        found = []
        for part in preparing.parts(self.consultation, self.reads_bids):
            count, size = part.weigh()
            found.append({"title": part.title, "folder": part.folder, "files": count, "size": size})
        return found

    @property
    def size(self):
        return sum(part["size"] for part in self.parts)

    @property
    def files(self):
        return sum(part["files"] for part in self.parts) + 2  # the manifests

    @cached_property
    def prepared(self):
        """The last archives: list of dicts ``at, by, badge, size, files, manifest, url, error, bids``."""
        found = []
        for item in store.prepared(self.consultation):
            reachable = item.state == store.READY and (self.reads_bids or not item.bids)
            found.append(
                {
                    "at": item.at,
                    "by": item.fullname,
                    "badge": STATES[item.state],
                    "state": item.state,
                    "size": item.size,
                    "files": len(item.entries),
                    "manifest": item.manifest,
                    "bids": item.bids,
                    "url": f"{self.url}/@@dossier.zip?dossier={item.id}" if reachable else "",
                }
            )
        return found

    @property
    def waiting(self):
        return any(item["state"] == store.ASKED for item in self.prepared)


class Download(BrowserView):
    """``@@dossier.zip?dossier=``: an archive that is ready; a download that was cut goes on where it stopped."""

    def __call__(self):
        consultation = self.context
        item = store.find(consultation, self.request.form.get("dossier"))
        if item is None or item.state != store.READY or (item.bids and not preparing.may_read_bids(consultation)):
            raise NotFound("dossier")
        streams = []
        made = preparing.archive_of(item, lambda entry: opener_of(entry, streams))
        name = files.clean_name(f"dossier-{consultation.reference}.zip")
        if self.request.method == "GET" and not sending.continues(self.request):
            alsoProvides(self.request, IDisableCSRFProtection)  # taking it is an event: this GET writes, and only that
            person = people.current(self.request)
            preparing.tell(consultation, "téléchargée", item, person.fullname if person is not None else "")
        return sending.answer(self.request, made.length, made.etag, name, "application/zip", made.read, streams)


class Slice:
    """A binary stream that begins at ``offset`` of a file."""

    def __init__(self, stream, offset, owned=True):
        self._stream, self._offset, self._owned = stream, offset, owned

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._owned:
            self._stream.close()

    def seek(self, place):
        self._stream.seek(self._offset + place)

    def read(self, size):
        return self._stream.read(size)


def opener_of(entry, streams):
    """Return the function that opens an entry once the database's connection is gone; may hold a file in ``streams``."""
    path = entry.blob.committed()
    held = next((stream for stream in streams if stream.name == path), None)
    if held is None and len(streams) < HELD:
        streams.append(Path(path).open("rb"))  # noqa: SIM115  closed with the answer
        held = streams[-1]
    if held is not None:
        return lambda: Slice(held, entry.offset, owned=False)
    return lambda: Slice(Path(path).open("rb"), entry.offset)
