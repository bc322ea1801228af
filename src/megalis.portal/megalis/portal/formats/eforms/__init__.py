"""eForms contract notices (avis de marché): read, written and made up for demonstration.

The format is the one of the eForms SDK of the Publications Office (UBL 2.3 with extensions, regulation (EU) 2019/1780).
"""

from megalis.portal.formats.eforms.awarding import write_award
from megalis.portal.formats.eforms.model import Buyer
from megalis.portal.formats.eforms.model import Change
from megalis.portal.formats.eforms.model import Condition
from megalis.portal.formats.eforms.model import Criterion
from megalis.portal.formats.eforms.model import Document
from megalis.portal.formats.eforms.model import Duration
from megalis.portal.formats.eforms.model import Issue
from megalis.portal.formats.eforms.model import Lot
from megalis.portal.formats.eforms.model import Money
from megalis.portal.formats.eforms.model import Notice
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.model import Organisation
from megalis.portal.formats.eforms.model import Parameter
from megalis.portal.formats.eforms.model import Place
from megalis.portal.formats.eforms.model import Selection
from megalis.portal.formats.eforms.parser import parse
from megalis.portal.formats.eforms.writer import write


__all__ = [
    "Buyer",
    "Change",
    "Condition",
    "Criterion",
    "Document",
    "Duration",
    "Issue",
    "Lot",
    "Money",
    "Notice",
    "NoticeRefused",
    "Organisation",
    "Parameter",
    "Place",
    "Selection",
    "parse",
    "write",
    "write_award",
]
