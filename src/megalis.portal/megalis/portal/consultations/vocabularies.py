"""The choices of the room's forms, in the words of French public buyers."""

from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats.eforms import codes
from zope.interface import implementer
from zope.schema.interfaces import IVocabularyFactory
from zope.schema.vocabulary import SimpleTerm
from zope.schema.vocabulary import SimpleVocabulary


NATURES = {"travaux": "Travaux", "fournitures": "Fournitures", "services": "Services"}

PERMISSIONS = {"not-allowed": "Interdites", "allowed": "Autorisées", "required": "Obligatoires"}

ENVELOPES = {
    "candidature": "Candidature",
    "offre": "Offre",
    "technique": "Offre technique",
    "financiere": "Offre financière",
}

# the four sets a form offers; the law wants the two parts of an offer apart or together, never both
ENVELOPE_SETS = (
    ("candidature", "offre"),
    ("candidature", "technique", "financiere"),
    ("candidature",),
    ("offre",),
)

FORMATS = {
    "pdf": "PDF",
    "odt": "ODT, texte",
    "ods": "ODS, tableur",
    "odp": "ODP, présentation",
    "docx": "DOCX, texte",
    "xlsx": "XLSX, tableur",
    "pptx": "PPTX, présentation",
    "doc": "DOC, texte ancien",
    "xls": "XLS, tableur ancien",
    "rtf": "RTF",
    "txt": "TXT",
    "csv": "CSV",
    "xml": "XML",
    "json": "JSON",
    "zip": "ZIP",
    "jpg": "JPEG",
    "png": "PNG",
    "tif": "TIFF",
    "dwg": "DWG, plan",
    "dxf": "DXF, plan",
    "ifc": "IFC, maquette",
    "p7s": "P7S, signature",
    "p7m": "P7M, signature",
    "mp4": "MP4, vidéo",
}

# a signature is verified after the opening and forbids no deposit: its file comes beside any other
SIGNATURES = ("xml", "p7s", "p7m")


def accepted(formats):
    """Return what a bid may be made of: the formats the buyer chose, and those of signatures; all of them when none is."""
    chosen = tuple(formats or ())
    return chosen and (*chosen, *(name for name in SIGNATURES if name not in chosen))


PIECES = {
    "reglement": "Règlement de la consultation",
    "acte-engagement": "Acte d’engagement",
    "ccap": "Cahier des clauses administratives",
    "cctp": "Cahier des clauses techniques",
    "prix": "Bordereau ou décomposition des prix",
    "plans": "Plans",
    "annexe": "Annexe",
    "autre": "Autre pièce",
}

SIZES = {
    10**8: "100 Mo",
    25 * 10**7: "250 Mo",
    5 * 10**8: "500 Mo",
    10**9: "1 Go",
    2 * 10**9: "2 Go",
    4 * 10**9: "4 Go",
    10 * 10**9: "10 Go",
    20 * 10**9: "20 Go",
}

TABLES = {
    "procedures": codes.PROCEDURES,
    "natures": NATURES,
    "permissions": PERMISSIONS,
    "envelopes": ENVELOPES,
    "formats": FORMATS,
    "pieces": PIECES,
    "sizes": SIZES,
    "supports": thresholds.SUPPORTS,
    "frameworks": techniques.FRAMEWORKS,
}


def vocabulary(table):
    """Return the SimpleVocabulary of a dict of value -> French title, in its order."""
    return SimpleVocabulary([SimpleTerm(value, str(value), title) for value, title in table.items()])


@implementer(IVocabularyFactory)
class Table:
    """A vocabulary that is a fixed table."""

    def __init__(self, name):
        self.name = name

    def __call__(self, context):
        return vocabulary(TABLES[self.name])


procedures = Table("procedures")
natures = Table("natures")
permissions = Table("permissions")
envelopes = Table("envelopes")
formats = Table("formats")
pieces = Table("pieces")
sizes = Table("sizes")


@implementer(IVocabularyFactory)
class Grounds:
    """The grounds that the procedure of a consultation may stand on; all of them elsewhere."""

    def __call__(self, context):
        own = thresholds.OF_PROCEDURE.get(getattr(context, "procedure", None), thresholds.GROUNDS)
        return vocabulary({name: thresholds.GROUNDS[name] for name in own})


grounds = Grounds()
supports = Table("supports")
frameworks = Table("frameworks")
