"""What may be joined: pictures that a browser draws and that run nothing, documents of known kinds; sizes bounded."""

from io import BytesIO
from megalis.portal.formats.refusal import Refused
from PIL import Image


MAX_PICTURE = 8_000_000
MAX_DOCUMENT = 30_000_000
MAX_PIXELS = 40_000_000
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
DOCUMENTS = {
    "pdf": "application/pdf",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "csv": "text/csv",
    "txt": "text/plain",
    "zip": "application/zip",
}


def _weight(name, data, limit):
    if not data:
        raise Refused("fichier.vide", f"« {name} » est vide : vérifiez le fichier sur votre poste.", name)
    if len(data) > limit:
        raise Refused(
            "fichier.lourd",
            f"« {name} » pèse {len(data) / 1e6:.1f} Mo ; la limite est {limit // 1_000_000} Mo. Réduisez-le.".replace(".", ",", 1),
            name,
        )  # fmt: skip


def picture(name, data):
    """Return the media type of a picture, told by its bytes and not by its name.

    Refused ``fichier.vide``, ``fichier.lourd``, ``image.genre`` (SVG among them: it may hold a program), ``image.grande``.
    """
    _weight(name, data, MAX_PICTURE)
    known = "JPEG, PNG, WebP ou GIF"
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<svg", b"<?xml", b"<!doctype")):
        raise Refused(
            "image.genre",
            f"« {name} » est un dessin SVG, qui peut contenir un programme : donnez une image {known}.",
            name,
        )
    try:
        with Image.open(BytesIO(data), formats=tuple(PICTURES)) as found:
            kind, (wide, high) = found.format, found.size
            if wide * high > MAX_PIXELS:
                raise Refused(
                    "image.grande",
                    f"« {name} » fait {wide} × {high} points ; la limite est 40 millions. Réduisez-la.",
                    name,
                )
            found.verify()
    except Refused:
        raise
    except Exception as error:  # whatever the decoder says of bytes that are no picture
        raise Refused("image.genre", f"« {name} » n’est pas une image {known} : convertissez-la.", name) from error
    return PICTURES[kind]


def document(name, data):
    """Return the media type of a document, told by its extension; Refused ``fichier.vide|lourd|genre``."""
    _weight(name, data, MAX_DOCUMENT)
    extension = name.rpartition(".")[2].lower()
    if extension not in DOCUMENTS:
        raise Refused(
            "fichier.genre", f"« {name} » n’est pas d’un genre admis : {', '.join(DOCUMENTS)}. Convertissez-le.", name
        )
    if extension == "pdf" and not data.lstrip()[:5] == b"%PDF-":
        raise Refused("fichier.genre", f"« {name} » n’est pas un PDF malgré son nom : enregistrez-le de nouveau.", name)
    return DOCUMENTS[extension]
