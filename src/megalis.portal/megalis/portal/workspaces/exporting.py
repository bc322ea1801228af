"""A workspace as one ZIP archive, written while it is sent: no copy of it is ever made, in memory or on disk."""

from html import escape
from megalis.portal.formats import joined
from megalis.portal.formats import richtext
from megalis.portal.formats import tables
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import DATE
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel import clock
from megalis.portal.kernel import ics
from megalis.portal.kernel.interfaces import IInnerFiles
from megalis.portal.kernel.lanes import instant_of
from megalis.portal.workspaces import calendars
from megalis.portal.workspaces import rules
from pathlib import Path
from zipfile import ZIP_DEFLATED
from zipfile import ZIP_STORED
from zipfile import ZipFile
from zipfile import ZipInfo
from zope.interface import implementer
from ZPublisher.Iterators import IUnboundStreamIterator


CHUNK = 1 << 16
PAGE = '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>{html}</body></html>'


class _Pipe:
    """What ZipFile writes to and the web server reads from; it cannot seek, so sizes follow the data."""

    def __init__(self):
        self.parts = []
        self.at = 0

    def write(self, data):
        self.parts.append(bytes(data))
        self.at += len(data)
        return len(data)

    def flush(self):
        pass

    def tell(self):
        raise OSError("a stream")

    def take(self):
        found, self.parts = b"".join(self.parts), []
        return found


def zipped(parts):
    """Yield the bytes of an archive of ``(path, instant, Path or bytes)``."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        for path, at, data in parts:
            local = clock.paris(at)
            info = ZipInfo(path, (max(local.year, 1980), *local.timetuple()[1:6]))
            whole = isinstance(data, bytes)
            info.compress_type = ZIP_DEFLATED if whole else ZIP_STORED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=not whole) as out:
                if whole:
                    out.write(data)
                else:
                    with data.open("rb") as source:
                        while block := source.read(CHUNK):
                            out.write(block)
                            yield pipe.take()
            yield pipe.take()
    yield pipe.take()


@implementer(IUnboundStreamIterator)
class Stream:
    """The archive as Zope sends it, part after part."""

    def __init__(self, parts):
        self._bytes = zipped(parts)

    def __iter__(self):
        return self

    def __next__(self):
        while not (found := next(self._bytes)):
            pass
        return found


def parts(espace):
    """Return the ``(path, instant, Path or bytes)`` of a workspace: all is read now, files are opened as they are sent."""
    return [*_documents(espace), *_pages(espace), *_lists(espace), *_inside(espace)]


def _inside(espace):
    """What stands in the workspace and is not its own: forums, told by their room."""
    for item in espace.objectValues():
        files = IInnerFiles(item, None)
        if files is not None:
            yield from files()


def _names(espace):
    """Return ``{folder id: path}``, each part safe and told apart from its neighbours."""
    found, taken = {"": ""}, {}
    parents = espace.parents
    for folder in sorted(parents, key=lambda key: len(rules.path_of(parents, key))):
        above = found.get(parents[folder], "")
        used = taken.setdefault(above, set())
        name = joined.free_name(joined.clean_name(espace.folders[folder].title), used)
        used.add(name)
        found[folder] = f"{above}{name}/"
    return found


def _documents(espace):
    names, taken = _names(espace), {}
    for document in sorted(espace.documents.values(), key=lambda item: item.at):
        folder = f"Documents/{names.get(document.folder, '')}"
        used = taken.setdefault(folder, set())
        name = joined.free_name(document.title, used)
        used.add(name)
        yield f"{folder}{name}", document.last.at, Path(document.last.file.blob.committed())
        stem, _dot, tail = name.rpartition(".")
        for version in document.versions[:-1]:
            former = f"Documents/Versions/{names.get(document.folder, '')}{stem} v{version.number}.{tail}"
            yield former, version.at, Path(version.file.blob.committed())


def _pages(espace):
    for page in espace.pages.values():
        html = PAGE.format(title=escape(page.title), html=page.last.html)
        yield f"Pages/{page.id}.html", page.last.at, html.encode()


TASKS = (
    Column("Tâche"),
    Column("État"),
    Column("Qui"),
    Column("Pour le", DATE),
    Column("Détail"),
    Column("Créée le", INSTANT),
    Column("Par"),
)
DECISIONS = (
    Column("Numéro"),
    Column("Intitulé"),
    Column("État"),
    Column("Date", DATE),
    Column("Termes"),
    Column("Proposée par"),
)
COMMENTS = (Column("À propos de"), Column("Quand", INSTANT), Column("Qui"), Column("Commentaire"))
FACTS = (Column("Quand", INSTANT), Column("Qui"), Column("Quoi"))


def _lists(espace):
    now = clock.now()
    tasks = [
        (t.title, rules.TASK_STATES[t.state], t.who_name, t.due, richtext.plain(t.html), t.at, t.name)
        for t in sorted(espace.tasks.values(), key=lambda item: item.at)
    ]
    decisions = [
        (d.number, d.title, rules.DECISION_STATES[d.state], d.day, richtext.plain(d.html), d.name)
        for d in espace.decisions.values()
    ]
    things = (espace.documents, espace.tasks, espace.dates, espace.decisions)
    comments = [
        (thing.title, comment.at, comment.name, richtext.plain(comment.html))
        for held in things
        for thing in held.values()
        for _key, comment in thing.comments.items()
    ]
    facts = [(instant_of(key), fact.name, fact.words) for key, fact in espace.activity.items()]
    yield "Taches.csv", now, b"".join(tables.csv_chunks(TASKS, tasks))
    yield "Decisions.csv", now, b"".join(tables.csv_chunks(DECISIONS, decisions))
    yield "Commentaires.csv", now, b"".join(tables.csv_chunks(COMMENTS, comments))
    yield "Activite.csv", now, b"".join(tables.csv_chunks(FACTS, facts))
    yield "Calendrier.ics", now, ics.calendar(calendars.entries(espace), now, espace.title)
