"""Secrets of the operator, in files outside the database: a dump of the database holds none of them.

No bid can be opened with them: they sign the journal and salt pseudonyms.
"""

from megalis.portal.kernel import settings
from pathlib import Path

import os
import re


_cache = {}


def _place():
    return Path(os.environ.get("MEGALIS_SECRETS") or settings.var() / "secrets")


def folder():
    """Return the folder of secrets (``MEGALIS_SECRETS``), made when absent, readable by its owner only."""
    path = _place()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def given(name, variable):
    """Return the text of a secret others gave the operator: of the environment variable, else of the file ``name``; or "".

    Such a secret is never written by the platform, nor shown by any page.
    """
    value = os.environ.get(variable, "").strip()
    if value:
        return value
    try:
        return (_place() / name).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def secret(name, make):
    """Return the bytes of the secret ``name``, made once by ``make() -> bytes`` and kept in a file of mode 0600.

    Safe when two processes ask first at the same time: the file is linked into place, the loser reads the winner's.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"nom de secret refusé : {name!r}")
    path = _place() / name
    if (value := _cache.get(path)) is not None:
        return value
    folder()
    if not path.exists():
        draft = path.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(make())
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    _cache[path] = path.read_bytes()
    return _cache[path]
