"""Folders the operator shares with the software of a collectivité: files are dropped there, read with care, and put away.

Under the root of a room, a folder a collectivité (its SIREN) with ``entree``, ``sortie``, ``traites`` and ``rejets``. Only plain
files of ``entree`` whose name is that of no temporary file are read, a bounded number at a time; a link is never followed. What
is written appears under its name whole or not at all. Whoever reads moves a file away once its transaction is committed: a crash in
between reads it again, which must change nothing.
"""

from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused
from pathlib import Path

import contextlib
import errno
import json
import logging
import os
import re
import stat


logger = logging.getLogger("megalis.dropping")

IN, OUT, DONE, BAD = "entree", "sortie", "traites", "rejets"
FILES = 50  # of a collectivité a round
LISTED = 2_000  # entries looked at
_SIREN = re.compile(r"[0-9]{9}", re.ASCII)
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Folders:
    """The folders of a collectivité."""

    root: Path

    @property
    def into(self):
        return self.root / IN

    def make(self):
        for name in (IN, OUT, DONE, BAD):
            (self.root / name).mkdir(mode=0o750, exist_ok=True)


def shared(root):
    """Return ``(SIREN, path)`` of the folders of collectivités under ``root``; none when it is not there."""
    if root is None or not root.is_dir():
        return []
    found = sorted(root.iterdir())[:LISTED]
    return [
        (path.name, path) for path in found if _SIREN.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]


def waiting(folder):
    """Return the files to read, oldest name first, FILES at most: no link, no folder, no file being written."""
    found = []
    with os.scandir(folder) as entries:
        for rank, entry in enumerate(entries):
            if rank >= LISTED:
                break
            name = entry.name.casefold()
            if name.startswith((".", "~")) or name.endswith((".tmp", ".part", ".filepart")):
                continue
            found.append(Path(entry.path))
    return sorted(found)[:FILES]


@contextlib.contextmanager
def opened(path, limit, room):
    """Open a plain file; Refused ``<room>.lien``, ``<room>.taille``. A link is never followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused(f"{room}.lien", "C’est un lien : déposez le fichier lui-même.") from error
        raise
    with os.fdopen(descriptor, "rb") as stream:
        kind = os.fstat(stream.fileno())
        if not stat.S_ISREG(kind.st_mode):
            raise Refused(f"{room}.lien", "Ce n’est pas un fichier ordinaire : déposez le fichier lui-même.")
        if kind.st_size > limit:
            raise Refused(f"{room}.taille", f"Le fichier pèse {kind.st_size} octets : {limit} au plus.")
        yield stream


def safe(name):
    """Return a name of plain letters for a file."""
    return _NAME.sub("_", name).lstrip(".")[:120] or "fichier"


def write(path, data):
    """Write a file so that it appears whole under its name."""
    draft = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def move(path, folder):
    """Move a file aside under a name that is free there; what is gone already stays gone."""
    target = folder / safe(path.name)
    rank = 1
    while target.exists() or target.is_symlink():
        target = folder / f"{rank}-{safe(path.name)}"
        rank += 1
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, target)
        logger.info("%s -> %s", path, target)


def report(folders, path, told, good):
    """Write what became of a file in ``sortie`` (``told``: JSON), and put the file away."""
    data = json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    write(folders.root / OUT / f"{safe(path.name)}.rapport.json", data)
    move(path, folders.root / (DONE if good else BAD))
