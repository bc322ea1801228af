"""Files that appear whole or not at all: written beside, linked into place, never overwriting."""

from contextlib import contextmanager
from contextlib import suppress
from megalis.portal.sealing.errors import ExistsError
from megalis.portal.sealing.errors import SourceError
from pathlib import Path

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import time


FORGOTTEN = 60  # seconds a leftover must be still before it is swept: who just began has not locked it yet
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


def _refuse_existing(path):
    if os.path.lexists(path):
        raise ExistsError(f"« {path} » existe déjà : rien n’est jamais écrasé, choisissez un autre nom")


def _temporary(path):
    shown = path.name.encode("utf-8", "surrogateescape")[:80].decode("utf-8", "ignore")
    return path.with_name(f".{shown}.{secrets.token_hex(6)}.partiel")


def _hold(path):
    """Lock ``path`` (file or directory) as long as the descriptor returned is open; None where locks are unknown."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def sweep(target, directory=False):
    """Remove what runs that were killed left of ``target``; return the paths removed.

    A run holds a lock on its own work as long as it lives, so that of another run at the same instant is never touched.
    """
    target = Path(target).absolute()
    if directory:
        target = _workplace(target)
    shown = _temporary(target).name.rsplit(".", 2)[0]
    removed = []
    with suppress(OSError):
        for path in sorted(target.parent.iterdir()):
            if not re.fullmatch(re.escape(shown) + r"\.[0-9a-f]{12}\.partiel", path.name):
                continue
            with suppress(OSError):
                if time.time() - path.lstat().st_mtime < FORGOTTEN or path.is_symlink():
                    continue
                held = _hold(path)
                if held is None:
                    continue
                try:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                finally:
                    os.close(held)
                removed.append(path)
    return removed


def _workplace(target):
    """Return the path beside which a directory is made: inside ``target`` when it exists."""
    return target / "ouverture" if target.is_dir() else _nearest(target) / target.name


def _refuse_no_file(target):
    """A name that ends in a separator, or leads to no name at all, can only be a directory's."""
    text = os.fspath(target)
    if not text or text.endswith(os.sep) or os.path.basename(text) in (".", ".."):
        raise ExistsError(f"« {text} » est le nom d’un dossier : donnez celui du fichier à écrire")


def place(temporary, path):
    """Give the finished file ``temporary`` its name ``path``, atomically; ExistsError when the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise ExistsError(f"« {path} » existe déjà : rien n’est jamais écrasé, choisissez un autre nom") from error
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _refuse_existing(path)
        os.rename(temporary, path)
        return
    os.unlink(temporary)


@contextmanager
def new_file(target, private=False):
    """Open a new unbuffered binary file that becomes ``target`` only if the block ends well.

    ``private`` makes it readable by its owner alone. Raises ExistsError when ``target`` exists.
    """
    _refuse_no_file(target)
    target = Path(target)
    _refuse_existing(target)
    temporary = _temporary(target)
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600 if private else 0o666)
    except OSError as error:
        error.filename = os.fspath(target)
        raise
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with _Whole(descriptor) as stream:
            yield stream
        place(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


class _Whole:
    """An unbuffered binary writer whose ``write`` never stops half-way."""

    def __init__(self, descriptor):
        self._descriptor = descriptor

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self._descriptor)

    def fileno(self):
        return self._descriptor

    def write(self, data):
        view = memoryview(data)
        total = len(view)
        while len(view):
            view = view[os.write(self._descriptor, view) :]
        return total


@contextmanager
def new_directory(target):
    """Give an empty directory whose files appear in ``target`` only if the block ends well.

    ``target`` is created, with its parents, or may exist as long as none of the new names is taken in it (ExistsError).
    The work is done inside it when it exists: it may be another disk, and its parent may not be ours to write to.
    """
    target = Path(target)
    if os.path.lexists(target) and not target.is_dir():
        raise ExistsError(f"« {target} » existe et n’est pas un dossier : choisissez un autre nom")
    there = target.is_dir()
    temporary = _temporary(_workplace(target.absolute()))
    try:
        os.mkdir(temporary, 0o700)
    except OSError as error:
        error.filename = os.fspath(target)
        raise
    held = _hold(temporary)
    try:
        yield temporary
        if there:
            _move_into(temporary, target)
        else:
            _appear(temporary, target.absolute())
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if held is not None:
            os.close(held)


def _nearest(path):
    """Return the nearest parent of ``path`` that exists."""
    return next(parent for parent in path.parents if os.path.lexists(parent))


def _appear(source, target):
    """Give the directory ``source`` its name ``target``; the parents made on the way go again if it cannot."""
    missing = [parent for parent in target.parents if not os.path.lexists(parent)]
    made = []
    try:
        for parent in reversed(missing):
            os.mkdir(parent)
            made.append(parent)
        os.rename(source, target)
    except BaseException:
        for parent in reversed(made):
            with suppress(OSError):
                os.rmdir(parent)
        raise


def _move_into(source, target):
    names = sorted(entry.name for entry in source.iterdir())
    for name in names:
        _refuse_existing(target / name)
    placed = []
    try:
        for name in names:
            if (source / name).is_dir():
                os.rename(source / name, target / name)
            else:
                place(source / name, target / name)
            placed.append(target / name)
    except BaseException:
        for path in placed:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def _without_waiting(path, flags):
    return os.open(path, flags | os.O_NONBLOCK)


@contextmanager
def opened_source(path):
    """Open a regular file for unbuffered reading; SourceError when it is missing, unreadable or something else.

    A named pipe is not waited for.
    """
    try:
        stream = open(path, "rb", buffering=0, opener=_without_waiting)  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"« {path} » ne peut pas être lu : {error.strerror}") from error
    with stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise SourceError(f"« {path} » n’est pas un fichier ordinaire : donnez le fichier lui-même")
        yield stream
