"""The official schemas of PES, as the Trésor publishes them each year: several versions are installed side by side.

A flow does not say which one it follows. It is held against the newest, then against the older ones: it is good when
it keeps any of them, and what is told otherwise is what breaks the newest.
"""

from lxml import etree
from megalis.portal.formats import referentiels
from megalis.portal.formats.pes import model
from megalis.portal.formats.xsd import schema

import re


_FOLDER = re.compile(r"schemas-([0-9]+(?:\.[0-9]+)*)")
_V1 = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"


def versions():
    """Return ``{version: folder}``, the newest first."""
    root = referentiels.find("pes")
    found = {}
    for path in root.iterdir() if root else ():
        match = _FOLDER.fullmatch(path.name)
        if match and path.is_dir():
            found[match[1]] = path
    return dict(sorted(found.items(), key=lambda item: referentiels.numbers(item[0]), reverse=True))


def _file(source):
    kind = model.ROOTS.get(source.root)
    if kind == model.ACQUIT:
        return "PES_V2/Rev0/PES_V2_Acquit_Autonome" + (".xsd" if source.namespace == _V1 else "_V2.xsd")
    return {model.ALLER: "PES_V2/Rev0/PES_Aller.xsd", model.RETOUR: "PES_V2/RETOUR/Rev0/PES_Retour.xsd"}[kind]


def of(source):
    """Return ``{version: Schema}`` for a file, the newest first; empty when none is installed or can be read."""
    found = {}
    for version, folder in versions().items():
        path = folder / _file(source)
        try:
            found[version] = schema(str(path))
        except (etree.LxmlError, OSError):
            continue
    return found
