"""Official schemas and code lists: which are installed, from when, and what goes unchecked without them."""

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from megalis.portal.kernel import settings


KNOWN = {
    "cpv": ("Codes CPV 2008 en français", "Sans elle, seuls les intitulés des divisions et des codes courants."),
    "eforms-sdk": ("SDK eForms", "Sans lui, un avis importé n’est contrôlé que par nos règles de structure."),
    "decp": ("Données essentielles", "Sans elles, l’export n’est pas confronté au schéma officiel."),
    "actes": ("Schémas ACTES", "Sans eux, les messages ne sont contrôlés que par nos règles."),
    "pes": ("Schémas PES", "Sans eux, les flux ne sont contrôlés que par nos règles."),
    "seda": ("Schéma SEDA 2.1", "Sans lui, un versement aux archives n’est contrôlé que par nos règles."),
}


@dataclass(frozen=True)
class Referentiel:
    """One row of the control panel: ``versions`` are folder names, ``since`` the date of the newest file or None."""

    name: str
    title: str
    without: str
    versions: tuple
    since: datetime | None


def find(name):
    """Return the newest installed folder of the référentiel ``name`` (by version in its name), or None."""
    versions = _folders(name)
    return versions[-1] if versions else None


def _folders(name):
    root = settings.referentiels()
    if root is None:
        return []
    found = [
        path for path in root.iterdir() if path.is_dir() and (path.name == name or path.name.startswith(f"{name}-"))
    ]
    return sorted(
        found, key=lambda path: [int(part) if part.isdigit() else 0 for part in path.name.split("-")[-1].split(".")]
    )


def installed():
    """Return one Referentiel a known name, installed or not."""
    rows = []
    for name, (title, without) in KNOWN.items():
        folders = _folders(name)
        since = max((path.stat().st_mtime for path in folders), default=None)
        rows.append(
            Referentiel(
                name=name,
                title=title,
                without=without,
                versions=tuple(path.name for path in folders),
                since=datetime.fromtimestamp(since, UTC) if since else None,
            )
        )
    return rows
