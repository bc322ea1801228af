"""An installed eForms SDK: schemas, business rules and French words of the Publications Office, one folder a version.

The SDK is not part of the package: the operator puts the folder of each version (``eforms-sdk-1.15.1``) in the
référentiels. A notice names the version it was made for (BT OPT-002, ``eforms-sdk-1.15``).
"""

from functools import lru_cache
from lxml import etree
from megalis.portal.formats import referentiels
from megalis.portal.formats import xsd
from megalis.portal.formats.refusal import Refused
from pathlib import Path

import json
import re


PREFIX = "eforms-sdk-"
ROOTS = {
    "ContractNotice": "UBL-ContractNotice",
    "ContractAwardNotice": "UBL-ContractAwardNotice",
    "PriorInformationNotice": "UBL-PriorInformationNotice",
    "BusinessRegistrationInformationNotice": "EFORMS-BusinessRegistrationInformationNotice",
}
REMEDY = (
    "Installez le dossier « eforms-sdk-VERSION » de l’Office des publications (github.com/OP-TED/eForms-SDK) dans les "
    "référentiels (variable MEGALIS_REFERENTIELS)."
)


class Sdk:
    """One installed SDK."""

    def __init__(self, folder):
        self.folder = Path(folder)
        fields = self.folder / "fields" / "fields.json"
        try:
            self.fields_json = json.loads(fields.read_bytes())
        except (OSError, ValueError) as error:
            raise Refused(
                "eforms.sdk-illisible", f"« {self.folder} » n’est pas un SDK eForms complet. {REMEDY}", error
            ) from error
        self.version = self.fields_json["sdkVersion"].removeprefix(PREFIX)
        self.minor = ".".join(self.version.split(".")[:2])

    def schema_of(self, root):
        """Return the ``xsd.Schema`` for the root element of a notice, or None when it is of another kind."""
        name = ROOTS.get(etree.QName(root).localname)
        found = sorted((self.folder / "schemas" / "maindoc").glob(f"{name}*.xsd")) if name else ()
        return xsd.schema(found[0]) if found else None


@lru_cache(maxsize=4)
def open_sdk(folder):
    """Return the ``Sdk`` of a folder, read once; raise ``Refused`` (``eforms.sdk-illisible``)."""
    return Sdk(folder)


def installed():
    """Return the folders of the installed SDK by version, the newest first."""
    return referentiels.versions(PREFIX)


def choose(version=""):
    """Return the installed ``Sdk`` for a notice of ``version`` (``1.15``), else the newest; None when there is none."""
    found = installed()
    minor = ".".join(version.split(".")[:2]) if re.fullmatch(r"[0-9]+\.[0-9]+.*", version) else ""
    same = [folder for number, folder in found.items() if ".".join(number.split(".")[:2]) == minor]
    folders = same or list(found.values())
    return open_sdk(folders[0]) if folders else None
