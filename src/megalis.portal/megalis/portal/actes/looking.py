"""The look into a file before it is kept with an act or an answer: what may not go is refused at once, what is odd remarked."""

from megalis.portal.actes import pdfs
from megalis.portal.actes.content import Piece
from megalis.portal.formats.actes import sending
from megalis.portal.formats.refusal import Refused
from plone.namedfile.file import NamedBlobFile


def piece(acte, name, data, type_pj):
    """Return the Piece of the bytes of a file once it was looked into; Refused ``actes.format``, ``actes.pdf-…``."""
    extension = name.rpartition(".")[2].lower()
    remarks, signed, seal = [], False, None
    if extension == "pdf":
        found, remarks, signed = pdfs.look(data, name)
        if found:
            raise Refused(found[0].code, found[0].message, name)
    elif extension == "xml" and acte.nature == sending.BUDGET:
        seal = sending.sealed(data)
    elif extension not in (*sending.FORMATS, *sending.SIGNATURE_FORMATS):
        raise Refused(
            "actes.format", f"« {name} » n’est ni PDF, ni JPG, ni PNG : enregistrez-le dans un de ces formats.", name
        )
    file = NamedBlobFile(data=data, filename=name, contentType=_content_type(extension))
    return Piece(name, file, type_pj, data[: sending.HEAD], remarks, signed, seal)


def _content_type(extension):
    known = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}
    return known.get(extension, "application/octet-stream")
