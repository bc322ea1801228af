"""What is looked at inside a PDF before it leaves, and the stamped copy made of it afterwards.

A stamp is written as an incremental update: the bytes of the original stay first and whole, so that a signature in it still
holds over what was signed.
"""

from io import BytesIO
from megalis.portal.formats.verdict import Finding
from megalis.portal.kernel.pdf import letters
from pypdf import PdfReader
from pypdf import PdfWriter
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

import logging


logger = logging.getLogger("megalis.actes")

MAX_PAGES = 5000
WIDTH, LINE = 62 * mm, 3.4 * mm
INK = HexColor("#0B5C7A")


def look(data, name):
    """Return ``(findings, remarks, signed)`` of the bytes of a PDF: what refuses it, what is told, whether it is signed.

    Codes: ``actes.pdf-verrouille``, ``actes.pdf-illisible``, ``actes.pdf-vide``. What a signature is worth is judged with
    the other files of the act (``actes.signatures``).
    """
    shown = name[:80]
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            message = f"« {shown} » est protégé par un mot de passe : enregistrez-le sans protection, la préfecture ne l’ouvrirait pas."
            return [Finding("actes.pdf-verrouille", message)], [], False
        pages = len(reader.pages)
        if not pages:
            return [Finding("actes.pdf-vide", f"« {shown} » n’a aucune page : choisissez le bon fichier.")], [], False
        if pages > MAX_PAGES:
            return [Finding("actes.pdf-illisible", f"« {shown} » a {pages} pages, {MAX_PAGES} au plus.")], [], False
        reader.pages[0].get_contents()
        signed = _signed(reader)
    except Exception as error:  # the library raises anything on a damaged file
        logger.info("unreadable PDF %r: %s", shown, error)
        message = f"« {shown} » est abîmé : il ne s’ouvre pas. Refaites le PDF, puis ajoutez-le de nouveau."
        return [Finding("actes.pdf-illisible", message)], [], False
    return [], [], signed


def _signed(reader):
    form = reader.root_object.get("/AcroForm")
    fields = form.get_object().get("/Fields", ()) if form is not None else ()
    kinds = (field.get_object() for field in fields)
    return any(field.get("/FT") == "/Sig" and field.get("/V") is not None for field in kinds)


def stamped(data, lines):
    """Return the bytes of a PDF with ``lines`` in a frame at the top right of each page, or None when it cannot be done.

    The result begins with ``data``, byte for byte.
    """
    try:
        writer = PdfWriter(BytesIO(data), incremental=True)
        marks = {}
        for page in writer.pages:
            size, place = _seen(page)
            mark = marks.get(size)
            if mark is None:
                mark = marks[size] = PdfReader(BytesIO(_mark(*size, lines))).pages[0]
            page.merge_transformed_page(mark, place)
        out = BytesIO()
        writer.write(out)
    except Exception as error:  # a file odd enough is given back as it came
        logger.warning("stamp refused: %s", error)
        return None
    made = out.getvalue()
    return made if made.startswith(data) else None


def _seen(page):
    """Return ((width, height) of a page as it is shown, what leads from there to its own coordinates): scans are often turned."""
    box, turn = page.cropbox, page.rotation % 360
    left, low, width, height = (float(item) for item in (box.left, box.bottom, box.width, box.height))
    size = (height, width) if turn in (90, 270) else (width, height)
    turns = {
        90: (0, 1, -1, 0, left + width, low),
        180: (-1, 0, 0, -1, left + width, low + height),
        270: (0, -1, 1, 0, left, low + height),
    }
    return size, turns.get(turn, (1, 0, 0, 1, left, low))


def _mark(width, height, lines):
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    tall = LINE * len(lines) + 3 * mm
    box = min(WIDTH, width - 8 * mm)
    left, top = width - box - 4 * mm, height - 4 * mm
    canvas.setFillColor(HexColor("#FFFFFF"))
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    canvas.rect(left, top - tall, box, tall, fill=1)
    canvas.setFillColor(INK)
    canvas.setFont("Helvetica", 7)
    for rank, line in enumerate(lines):
        canvas.drawString(left + 1.5 * mm, top - 1.5 * mm - LINE * (rank + 0.75), letters(line))
    canvas.save()
    return out.getvalue()
