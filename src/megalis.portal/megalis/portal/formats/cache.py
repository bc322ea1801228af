"""A folder for what is long to make and can be made again; without one that can be written, work is done anew."""

from contextlib import suppress
from pathlib import Path

import os
import tempfile


def folder(name):
    """Return the folder of one kind of cached things, made when needed; a temporary one when it cannot be written.

    In ``MEGALIS_CACHE``, else ``cache`` in ``MEGALIS_VAR``, else ``megalis`` in the user's own cache.
    """
    if os.environ.get("MEGALIS_CACHE"):
        base = Path(os.environ["MEGALIS_CACHE"])
    elif os.environ.get("MEGALIS_VAR"):
        base = Path(os.environ["MEGALIS_VAR"], "cache")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser(), "megalis")
    path = base / name
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(path, os.W_OK):
            return path.absolute()
    except OSError:
        pass
    return _temporary(name)


def _temporary(name, made={}):  # noqa: B006
    if name not in made:
        made[name] = Path(tempfile.mkdtemp(prefix=f"megalis-{name}-"))
    return made[name]


def write(path, text):
    """Write a file that appears whole or not at all, whoever else writes it at the same time."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
