"""Documents and folders of a workspace: versions that stay, a lock while one person works, room that is counted."""

from megalis.portal.formats import joined
from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import attached
from megalis.portal.kernel import clock
from megalis.portal.kernel import lanes
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.workspaces import content
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service


def url_of(document):
    return f"/@@document?id={document.id}"


def folder_url(folder):
    return f"/@@documents?dossier={folder}" if folder else "/@@documents"


def find(espace, key):
    """Return a Document or None."""
    return espace.documents.get(key) if is_uuidhex(key) else None


def check_folder(espace, key):
    """Return a folder's id ("" is the top); Refused ``dossier.inconnu``."""
    if key and key not in espace.folders:
        raise Refused("dossier.inconnu", "Ce dossier n’existe plus : rechargez la page.")
    return key or ""


def inside(espace, folder):
    """Return ``(folders, documents)`` of a folder, by name."""
    folders = [item for item in espace.folders.values() if item.parent == folder]
    documents = [item for item in espace.documents.values() if item.folder == folder]
    return tuple(sorted(found, key=lambda item: rules.by_name(item.title)) for found in (folders, documents))


def add_folder(espace, rights, title, parent):
    """Return a new folder. Refused ``dossier.*``."""
    rules.check_writes(rights)
    title = richtext.line(title, rules.TITLE, "dossier.titre", "Le nom du dossier")
    rules.check_folder(espace.parents, None, parent)
    if any(item.title.casefold() == title.casefold() for item in inside(espace, parent)[0]):
        raise Refused("dossier.existe", f"Un dossier « {title} » est déjà là.")
    made = content.Folder(title, parent)
    espace.folders[made.id] = made
    return made


def move_folder(espace, rights, folder, parent):
    """Put a folder into another. Refused ``dossier.boucle``, ``dossier.profondeur``."""
    rules.check_writes(rights)
    check_folder(espace, folder)
    rules.check_folder(espace.parents, folder, parent)
    espace.folders[folder].parent = parent


def drop_folder(espace, rights, folder):
    """Delete an empty folder. Refused ``dossier.plein``."""
    rules.check_writes(rights)
    check_folder(espace, folder)
    if any(inside(espace, folder)):
        raise Refused("dossier.plein", "Ce dossier contient encore quelque chose : videz-le d’abord.")
    del espace.folders[folder]


def check_announced(espace, rights, name, size):
    """Refuse a file before its bytes are sent: rights, emptiness, size, kind, room. Return its safe name."""
    rules.check_writes(rights)
    name = joined.clean_name(name)
    joined.check_announced(name, size, rules.FILE.size)
    rules.check_quota(espace.used(), size, espace.quota)
    return name


def add(espace, rights, person, upload, folder=""):
    """Return ``(Document, new)`` of an uploaded file: a name that is there already gets a new version."""
    check_folder(espace, folder)
    name = check_announced(espace, rights, upload.filename, attached.size_of(upload))
    known = next((d for d in inside(espace, folder)[1] if d.title.casefold() == name.casefold()), None)
    if known is not None:
        add_version(espace, rights, person, known, upload)
        return known, False
    made = content.Document(_kept(espace, upload), person, folder)
    espace.documents[made.id] = made
    _index(espace, made)
    service.happened(espace, person, "document", f"a déposé « {made.title} »", url_of(made))
    return made, True


def _kept(espace, upload):
    file = attached.receive(upload, rules.FILE.size)
    rules.check_quota(espace.used(), file.size, espace.quota)
    espace.used.change(file.size)
    return file


def _index(espace, document, gone=False):
    note = " ".join(version.note for version in document.versions)
    espace.index.note(
        lanes.key_of(document.at),
        ("document", document.id),
        None if gone else f"{document.title} {document.name} {note}",
    )


def add_version(espace, rights, person, document, upload, note=""):
    """Return a new Version of a document. Refused ``verrou``, ``document.nature`` and as ``add``."""
    rules.check_writes(rights)
    rules.check_unlocked(document.lock, person.userid, clock.now())
    note = richtext.line(note, rules.NOTE, "document.note", "La note", required=False)
    check_announced(espace, rights, upload.filename, attached.size_of(upload))
    kind = joined.extension(joined.clean_name(upload.filename))
    if kind != joined.extension(document.title):
        raise Refused(
            "document.nature",
            f"Une version de « {document.title} » est un fichier de même extension ; « .{kind} » est un autre document.",
        )
    version = content.Version(document.last.number + 1, _kept(espace, upload), person, note)
    document.versions = (*document.versions, version)
    document.changed = version.at
    if rules.lock_of(document.lock, clock.now()) is not None:
        document.lock = None
    _index(espace, document)
    words = f"a déposé la version {version.number} de « {document.title} »"
    service.happened(espace, person, "document", words, url_of(document))
    return version


def restore(espace, rights, person, document, number):
    """Make an earlier version the last one again, the others staying where they are."""
    rules.check_writes(rights)
    rules.check_unlocked(document.lock, person.userid, clock.now())
    former = version_of(document, number)
    if former is None or former is document.last:
        raise Refused("document.version", "Cette version n’existe pas, ou c’est déjà la dernière.")
    again = content.Version(document.last.number + 1, former.file, person, f"reprise de la version {former.number}")
    document.versions = (*document.versions, again)
    words = f"a repris la version {former.number} de « {document.title} »"
    service.happened(espace, person, "document", words, url_of(document))


def version_of(document, number):
    """Return the Version of a number, or None."""
    return next((item for item in document.versions if str(item.number) == str(number)), None)


def lock(espace, rights, person, document):
    """Keep a document for oneself for some hours. Refused ``verrou``."""
    rules.check_writes(rights)
    now = clock.now()
    rules.check_unlocked(document.lock, person.userid, now)
    document.lock = (person.userid, person.fullname, now + rules.LOCK)


def unlock(espace, rights, person, document):
    """Let others work on a document again: who reserved it, or a leader."""
    rules.check_writes(rights)
    held = rules.lock_of(document.lock, clock.now())
    if held is not None and held[0] != person.userid:
        rules.check_leads(rights)
    document.lock = None


def rename(espace, rights, person, document, title):
    """Give a document another name, of the same kind."""
    rules.check_writes(rights)
    rules.check_unlocked(document.lock, person.userid, clock.now())
    name = joined.clean_name(richtext.line(title, rules.TITLE, "document.nom", "Le nom"))
    if joined.extension(name) != joined.extension(document.title):
        name = f"{name}.{joined.extension(document.title)}"
    document.title = name
    _index(espace, document)


def move(espace, rights, document, folder):
    """Put a document into another folder."""
    rules.check_writes(rights)
    document.folder = check_folder(espace, folder)


def drop(espace, rights, person, document):
    """Delete a document and its versions: who made it, or a leader; the room they took is free again."""
    rules.check_writes(rights)
    if document.by != person.userid:
        rules.check_leads(rights)
    rules.check_unlocked(document.lock, person.userid, clock.now())
    del espace.documents[document.id]
    files = {version.file.id: version.file.size for version in document.versions}
    espace.used.change(-sum(files.values()))
    _index(espace, document, gone=True)
    service.happened(espace, person, "document", f"a supprimé « {document.title} »", "/@@documents")
