"""Open Contracting Data Standard (OCDS 1.1): consultations as releases and records, one ocid a consultation."""

from megalis.portal.formats.ocds.merging import merge
from megalis.portal.formats.ocds.model import Amendment
from megalis.portal.formats.ocds.model import Award
from megalis.portal.formats.ocds.model import Cancellation
from megalis.portal.formats.ocds.model import Change
from megalis.portal.formats.ocds.model import Contract
from megalis.portal.formats.ocds.model import Document
from megalis.portal.formats.ocds.model import Lot
from megalis.portal.formats.ocds.model import Organisation
from megalis.portal.formats.ocds.model import Process
from megalis.portal.formats.ocds.packages import Package
from megalis.portal.formats.ocds.packages import record
from megalis.portal.formats.ocds.packages import record_chunks
from megalis.portal.formats.ocds.packages import release_chunks
from megalis.portal.formats.ocds.releases import ocid
from megalis.portal.formats.ocds.releases import releases


__all__ = [
    "Amendment",
    "Award",
    "Cancellation",
    "Change",
    "Contract",
    "Document",
    "Lot",
    "Organisation",
    "Package",
    "Process",
    "merge",
    "ocid",
    "record",
    "record_chunks",
    "release_chunks",
    "releases",
]
