"""PDF documents of the platform (receipts, minutes, registers): one look, made on the server from plain values.

The standard PDF fonts know the letters of Windows-1252; others (rare in names of companies) are written without their
diacritics rather than as black squares.
"""

from io import BytesIO
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.typography import french
from reportlab.graphics.shapes import Drawing
from reportlab.graphics.shapes import Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.pagesizes import landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak
from reportlab.platypus import KeepTogether
from reportlab.platypus import Paragraph
from reportlab.platypus import SimpleDocTemplate
from reportlab.platypus import Spacer
from reportlab.platypus import Table
from reportlab.platypus import TableStyle
from unidecode import unidecode
from xml.sax.saxutils import escape

import segno


INK, SEA, SOFT, RULE, FOAM = (HexColor(color) for color in ("#14213D", "#0B5C7A", "#47536B", "#CDD9DF", "#E8F1F4"))
TITLED = 35 * mm  # a title, the head of its table and a first row
BASE = ParagraphStyle("base", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=INK)
STYLES = {
    "text": BASE,
    "soft": ParagraphStyle("soft", BASE, textColor=SOFT, fontSize=8.5, leading=12),
    "right": ParagraphStyle("right", BASE, alignment=TA_RIGHT),
    "h1": ParagraphStyle("h1", BASE, fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=4 * mm),
    "h2": ParagraphStyle(
        "h2", BASE, fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=5 * mm, spaceAfter=2 * mm
    ),
    "big": ParagraphStyle("big", BASE, fontName="Helvetica-Bold", fontSize=13, leading=18, textColor=SEA),
    "mono": ParagraphStyle("mono", BASE, fontName="Courier", fontSize=7.5, leading=10, wordWrap="CJK"),
    "head": ParagraphStyle("head", BASE, fontName="Helvetica-Bold", fontSize=8.5, leading=11),
}


def letters(text):
    """Return ``text`` with only letters the standard fonts can draw."""
    text = str(text).replace("\u202f", "\u00a0")
    return "".join(char if char.encode("cp1252", "ignore") else unidecode(char) for char in text)


def paragraph(text, style="text"):
    """Return a paragraph of plain text."""
    return Paragraph(escape(french(letters(text))).replace("\n", "<br/>"), STYLES[style])


def space(height=3):
    """Return vertical space in millimetres."""
    return Spacer(1, height * mm)


def facts(rows, width=170):
    """Return a two-column list of (label, value); ``width`` in millimetres."""
    table = Table(
        [[paragraph(label, "soft"), value if hasattr(value, "wrap") else paragraph(value)] for label, value in rows],
        colWidths=[45 * mm, (width - 45) * mm],
    )
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE)]))
    return table


def table(head, rows, widths, mono=(), right=()):
    """Return a table with a repeated head; ``widths`` in millimetres, ``mono`` and ``right`` are column numbers."""
    body = [
        [
            paragraph(cell, "mono" if column in mono else "right" if column in right else "text")
            for column, cell in enumerate(row)
        ]
        for row in rows
    ]
    made = Table([[paragraph(cell, "head") for cell in head], *body], colWidths=[w * mm for w in widths], repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), FOAM),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return made


def qr(text, size=30):
    """Return a QR code of ``text``, ``size`` millimetres wide."""
    rows = list(segno.make(text, error="m").matrix)
    step = size * mm / len(rows)
    drawing = Drawing(size * mm, size * mm)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                drawing.add(Rect(x * step, size * mm - (y + 1) * step, step, step, strokeWidth=0, fillColor=INK))
    return drawing


def together(*flowables):
    """Return flowables that stay on one page: what is signed, with the place to sign."""
    return KeepTogether(list(flowables))


def _titled(story):
    """Return the story with no title left alone at the foot of a page."""
    for flowable in story:
        if getattr(flowable, "style", None) is STYLES["h2"]:
            yield CondPageBreak(TITLED)
        yield flowable


def build(title, story, wide=False):
    """Return the bytes of a PDF of ``story`` (flowables), with the platform's head and numbered foot on each page."""
    out = BytesIO()
    size = landscape(A4) if wide else A4
    made = clock.french(clock.now(), seconds=True)

    def decorate(canvas, document):
        head_and_foot(canvas, size, made)

    document = SimpleDocTemplate(
        out,
        pagesize=size,
        title=letters(title),
        author=letters(settings.operator_name()),
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        lang="fr",
    )
    document.build(
        [paragraph(title, "h1"), *_titled(story)], onFirstPage=decorate, onLaterPages=decorate, canvasmaker=Numbered
    )
    return out.getvalue()


def head_and_foot(canvas, size, made):
    """Draw what every page bears, but its number: who publishes, when it was made."""
    canvas.saveState()
    canvas.setFont("Helvetica-Bold", 9)
    canvas.setFillColor(SEA)
    canvas.drawString(20 * mm, size[1] - 13 * mm, letters(settings.operator_name()))
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(SOFT)
    canvas.drawString(20 * mm, 11 * mm, letters(f"Établi le {made} (heure de Paris)"))
    canvas.restoreState()


class Numbered(Canvas):
    """A canvas whose pages say how many they are: each is kept until the last one is known."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._kept = []

    def showPage(self):
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for state in self._kept:
            self.__dict__.update(state)
            self.setFont("Helvetica", 8)
            self.setFillColor(SOFT)
            self.drawRightString(
                self._pagesize[0] - 20 * mm, 11 * mm, letters(f"page {self._pageNumber} sur {len(self._kept)}")
            )
            super().showPage()
        super().save()
