"""Making consultations, lots and pieces from values: the one way used by forms, imports, duplication and demonstration.

Every function checks what the rules say and raises Refused (``formats.refusal``) with a code before anything is made.
"""

from decimal import Decimal
from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations import gathering
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import files
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import rules as words
from plone.dexterity.utils import createContent
from plone.namedfile.file import NamedBlobFile
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent
from zope.schema import getFieldNames

import hashlib


COPIED = tuple(
    name
    for name in getFieldNames(IConsultation)
    if name
    not in (
        *("reference", "external_id", "published_at", "deadline", "questions_deadline", "planned_opening"),
        "prior_notice",
    )
)
LOT_FIELDS = tuple(getFieldNames(ILot))


def criteria(rows):
    """Return award criteria as kept: a tuple of ``{"name": text, "weight": Decimal or None}``."""
    return tuple(
        {"name": row["name"], "weight": None if row.get("weight") is None else Decimal(str(row["weight"]))}
        for row in rows or ()
    )


def _add(container, portal_type, name, fields):
    content = createContent(portal_type, id=name, **fields)
    container._setObject(name, content)
    return container[name]


def check_reference(collectivite, reference, except_uid=None):
    """Return the reference on one line; Refused ``reference.absente|double``."""
    reference = " ".join(str(reference or "").split())
    taken = gathering.same_reference(collectivite, reference, except_uid)
    for finding in checklist.reference_findings(reference, taken):
        raise Refused(finding.code, finding.message, reference)
    return reference


def draft(collectivite, reference, title, lots=(), **fields):
    """Return a new draft Consultation in a collectivité; one without publicity is restricted to those it invites.

    ``fields`` as in IConsultation; ``lots`` are dicts as in ILot. The id is ``<year>-<reference>`` in plain letters.
    """
    reference = check_reference(collectivite, reference)
    if "criteria" in fields:
        fields["criteria"] = criteria(fields["criteria"])
    fields.setdefault("envelopes", envelopes_for(fields.get("procedure") or "procedure-adaptee"))
    year = str(clock.paris(clock.now()).year)
    slug = words.slug(reference)
    name = slug if slug.startswith(year) else f"{year}-{slug}"
    if name in collectivite:
        name = uuidhex()
    direct = fields.get("procedure") == suites.DIRECT
    kind = "ConsultationRestreinte" if direct else "Consultation"
    content = _add(collectivite, kind, name, {"reference": reference, "title": title, **fields})
    if direct:
        content.relation = suites.DIRECT
    content._v_bulk = True
    for values in lots:
        lot(content, **values)
    content._v_bulk = False
    if lots:
        content.reindexObject()
    return content


def envelopes_for(procedure):
    """Return the envelopes a procedure asks for in its first phase, today."""
    return procedures.procedure(procedure, clock.paris(clock.now()).date()).envelopes


def lot(consultation, number, title, **fields):
    """Return a new Lot; Refused ``lots.numero|double|trop|titre``."""
    number = "".join(str(number or "").split())
    title = " ".join(str(title or "").split())
    check_lot(consultation, number, title)
    if "criteria" in fields:
        fields["criteria"] = criteria(fields["criteria"])
    return _add(consultation, "Lot", uuidhex(), {"number": number, "title": title, **fields})


def check_lot(consultation, number, title, except_id=None):
    """Refuse a lot without number or title, with a number already taken, or one too many."""
    others = [item for item in api.lots(consultation) if item.getId() != except_id]
    if not number or len(number) > 12:
        raise Refused("lots.numero", f"Le numéro de lot « {number[:20]} » ne va pas : de 1 à 12 signes, comme 1 ou 2A.")
    if not title:
        raise Refused("lots.titre", f"Le lot {number} n’a pas d’intitulé : écrivez-le.", number)
    if any(item.number == number for item in others):
        raise Refused("lots.double", f"Le lot {number} existe déjà : donnez un autre numéro.", number)
    if len(others) >= checklist.MAX_LOTS:
        raise Refused("lots.trop", f"Une consultation a {checklist.MAX_LOTS} lots au plus.", number)


def piece(consultation, upload, filename, title="", kind="autre", lots=(), mimetype=""):
    """Return a new PieceDCE from a binary seekable file; Refused with the codes of ``rules.files`` or ``lots.inconnu``.

    The name is cleaned and made unique among the standing pieces.
    """
    name, _size = check_file(upload, filename)
    lots = check_lots(consultation, lots)
    known = contents.of(consultation)
    name = files.free_of(name, lambda other: known.named(other) is not None)
    fields = {
        "title": " ".join(str(title or "").split()) or name,
        "kind": kind,
        "lots": lots,
        "file": blob(upload, name, mimetype),
    }
    content = createContent("PieceDCE", id=uuidhex(), **fields)
    content.filename = name
    content.since = consultation.version + 1
    consultation._setObject(content.getId(), content)
    return consultation[content.getId()]


def check_file(upload, filename):
    """Return the clean name and the size of an uploaded file; Refused when it may not enter a dossier."""
    name = files.clean_name(filename)
    upload.seek(0, 2)
    size = upload.tell()
    for finding in files.file_findings(name, upload, size):
        raise Refused(finding.code, finding.message, name)
    return name, size


def check_new(consultation, upload, filename):
    """Refuse (``fichier.double``) a file that stands in the dossier under this name already."""
    name, size = check_file(upload, filename)
    same = contents.of(consultation).named(name)
    if same is None or same.size != size:
        return
    upload.seek(0)
    if hashlib.file_digest(upload, "sha256").hexdigest() == same.sha256:
        raise Refused(
            "fichier.double",
            f"« {name} » est déjà au dossier, avec le même contenu : pour d’autres lots, modifiez la pièce.",
            name,
        )


def check_lots(consultation, lots):
    """Return lot numbers as a tuple; Refused ``lots.inconnu``."""
    known = {item.number for item in api.lots(consultation)} if lots else ()
    for number in lots or ():
        if number not in known:
            raise Refused("lots.inconnu", f"Le lot « {number} » n’existe pas dans cette consultation.", number)
    return tuple(lots or ())


def blob(upload, name, mimetype=""):
    """Return a NamedBlobFile of a seekable binary file; the data goes by blocks to the blob."""
    upload.seek(0)
    value = NamedBlobFile(filename=name, contentType=mimetype)
    with value.open("w") as target:
        while block := upload.read(1 << 20):
            target.write(block)
    if not mimetype:
        value.contentType = guess_type(name)
    return value


TYPES = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
    "csv": "text/csv",
    "xml": "application/xml",
    "jpg": "image/jpeg",
    "png": "image/png",
}


def guess_type(name):
    """Return the media type of a file name, ``application/octet-stream`` when it is not a usual one."""
    return TYPES.get(files.extension(name), "application/octet-stream")


def replace_piece(consultation, piece, upload, filename, mimetype=""):
    """Put a new file in the place of a draft's piece; title, kind and lots stay. Refused as ``piece``."""
    name, _size = check_file(upload, filename)
    known = contents.of(consultation)

    def is_taken(other):
        line = known.named(other)
        return line is not None and line.id != piece.getId()

    piece.filename = files.free_of(name, is_taken)
    piece.file = blob(upload, piece.filename, mimetype)
    notify(ObjectModifiedEvent(piece))


def duplicate(consultation, reference, with_pieces=True):
    """Return a new draft with the texts, the lots and (unless told otherwise) the files of a consultation.

    Dates are left empty: they are never those of the former one.
    """
    fields = {name: getattr(consultation, name) for name in COPIED if name != "title"}
    lots = [{name: getattr(item, name) for name in LOT_FIELDS} for item in api.lots(consultation)]
    copy = draft(api.buyer(consultation), reference, consultation.title, lots=lots, **fields)
    copy.guided = consultation.guided
    if with_pieces:
        for item in api.pieces(consultation):
            with item.file.open() as stream:
                piece(copy, stream, item.filename, item.title, item.kind, item.lots, item.file.contentType)
    return copy


def opened_folder(consultation):
    """Return the restricted folder of the opened bids, made when it is first asked for."""
    if api.OPENED_FOLDER not in consultation:
        _add(consultation, "DossierOuvert", api.OPENED_FOLDER, {"title": "Plis ouverts"})
    return consultation[api.OPENED_FOLDER]


def opened_file(consultation, upload, filename, deposit, pli, lot, envelope):
    """Return a new FichierOuvert in the restricted folder, from a binary seekable file; the name is cleaned."""
    name = files.clean_name(filename)
    fields = {"title": name, "deposit": deposit, "pli": pli, "lot": lot, "envelope": envelope}
    content = createContent("FichierOuvert", id=uuidhex(), file=blob(upload, name), **fields)
    folder = opened_folder(consultation)
    folder._setObject(content.getId(), content)
    return folder[content.getId()]
