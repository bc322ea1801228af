"""Files that appear whole or not at all: written beside, linked into place, never overwriting."""

from contextlib import contextmanager
from contextlib import suppress
from megalis.portal.sealing.errors import ExistsError
from megalis.portal.sealing.errors import SourceError
from pathlib import Path

import errno
import os
import secrets
import shutil
import stat


NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


def _refuse_existing(path):
    if os.path.lexists(path):
        raise ExistsError(f"« {path} » existe déjà : rien n’est jamais écrasé, choisissez un autre nom")


def _temporary(path):
    return path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.partiel")


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
    target = Path(target)
    _refuse_existing(target)
    temporary = _temporary(target)
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600 if private else 0o666)
    try:
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

    ``target`` is created, or may exist as long as none of the new names is taken in it (ExistsError).
    """
    target = Path(target)
    if os.path.lexists(target) and not target.is_dir():
        raise ExistsError(f"« {target} » existe et n’est pas un dossier : choisissez un autre nom")
    temporary = _temporary(target.absolute())
    os.mkdir(temporary, 0o700)
    try:
        yield temporary
        if target.is_dir():
            _move_into(temporary, target)
        else:
            os.rename(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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


@contextmanager
def opened_source(path):
    """Open a regular file for unbuffered reading; SourceError when it is missing, unreadable or something else."""
    try:
        stream = open(path, "rb", buffering=0)  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"« {path} » ne peut pas être lu : {error.strerror}") from error
    with stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise SourceError(f"« {path} » n’est pas un fichier ordinaire : donnez le fichier lui-même")
        yield stream
