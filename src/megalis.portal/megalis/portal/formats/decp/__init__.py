"""Données essentielles de la commande publique (DECP 2.0.3): read, checked and written, in JSON and in XML."""

from megalis.portal.formats.decp.model import Buyer
from megalis.portal.formats.decp.model import Concession
from megalis.portal.formats.decp.model import ConcessionModification
from megalis.portal.formats.decp.model import Contract
from megalis.portal.formats.decp.model import Execution
from megalis.portal.formats.decp.model import Modification
from megalis.portal.formats.decp.model import Operator
from megalis.portal.formats.decp.model import Place
from megalis.portal.formats.decp.model import Subcontract
from megalis.portal.formats.decp.model import SubcontractChange
from megalis.portal.formats.decp.model import Tariff
from megalis.portal.formats.decp.reading import read
from megalis.portal.formats.decp.writing import json_chunks
from megalis.portal.formats.decp.writing import problems
from megalis.portal.formats.decp.writing import xml_chunks


__all__ = [
    "Buyer",
    "Concession",
    "ConcessionModification",
    "Contract",
    "Execution",
    "Modification",
    "Operator",
    "Place",
    "Subcontract",
    "SubcontractChange",
    "Tariff",
    "json_chunks",
    "problems",
    "read",
    "xml_chunks",
]
