"""The files of an act as they are downloaded: as given, stamped, those of its exchange, its bordereau."""

from megalis.portal.organisations.browser.base import StoredFile


class File(StoredFile):
    """``@@fichier``: a file of the act, as it was given or stamped (``forme=tamponne``)."""

    def chosen(self):
        form = self.request.form
        found = next((item for item in self.context.pieces if item.id == form.get("piece")), None)
        if found is None:
            return None
        if form.get("forme") == "tamponne":
            return (found.stamped.filename, found.stamped) if found.stamped is not None else None
        if form.get("forme") == "anonymise":
            return (found.anonymised.filename, found.anonymised) if found.anonymised is not None else None
        return found.name, found.file


class Exchange(StoredFile):
    """``@@echange``: a file of a message, XML or letter, as it came or left."""

    def chosen(self):
        try:
            moment = self.context.history[_rank(self.request.form.get("moment"))]
            return moment.files[_rank(self.request.form.get("fichier"))]
        except (IndexError, ValueError):
            return None


def _rank(text):
    text = str(text or "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError(text)
    return int(text)


class Slip(StoredFile):
    """``@@bordereau.pdf``: the bordereau d'acquittement."""

    def chosen(self):
        slip = self.context.slip
        return (slip.filename, slip) if slip is not None else None
