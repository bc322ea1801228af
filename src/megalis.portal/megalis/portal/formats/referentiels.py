"""Where the official schemas and code lists are: published by their owners, installed by the operator, never shipped."""

from pathlib import Path

import os
import re


_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def root():
    """Return the folder of the référentiels, or None when there is none.

    ``MEGALIS_REFERENTIELS``, else ``referentiels`` in ``MEGALIS_VAR`` (``instance/var``).
    """
    configured = os.environ.get("MEGALIS_REFERENTIELS")
    path = Path(configured) if configured else Path(os.environ.get("MEGALIS_VAR", "instance/var"), "referentiels")
    return path if path.is_dir() else None


def find(*parts):
    """Return the path of one référentiel, or None when it is not installed."""
    folder = root()
    path = folder.joinpath(*parts) if folder else None
    return path if path and path.exists() else None


def versions(prefix):
    """Return ``{version: folder}`` of the référentiels named ``prefix`` and a version, the newest first."""
    folder = root()
    found = {}
    for path in folder.iterdir() if folder else ():
        version = path.name.removeprefix(prefix)
        if path.name.startswith(prefix) and _VERSION.fullmatch(version) and path.is_dir():
            found[version] = path
    return dict(sorted(found.items(), key=lambda item: numbers(item[0]), reverse=True))


def numbers(version):
    """Return a version as numbers, to be compared: ``1.15.1`` -> ``(1, 15, 1)``."""
    return tuple(int(part) for part in version.split("."))
