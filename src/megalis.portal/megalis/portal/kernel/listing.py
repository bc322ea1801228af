"""A list on paper: landscape pages drawn line by line, the head of the table on each, as many rows as people can read.

Drawn straight on the canvas: the tables of the library measure every cell of every row again on each page.
"""

from io import BytesIO
from itertools import islice
from megalis.portal.formats import tables
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings
from reportlab.lib.pagesizes import A4
from reportlab.lib.pagesizes import landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth


LISTED = 5_000  # rows: beyond, nobody reads on paper
SIZE = landscape(A4)
LEFT, TOP, FLOOR = 20 * mm, SIZE[1] - 20 * mm, 18 * mm
WIDE = SIZE[0] - 2 * LEFT
FONT, BOLD, POINTS, LEADING, PAD = "Helvetica", "Helvetica-Bold", 8, 10, 4
LONGEST_WORD, LONGEST_LINE = 34 * mm, 95 * mm
MOST_LINES = 40  # of one cell: a row always holds on a page
FIGURES = (tables.NUMBER, tables.AMOUNT)


def listing(title, columns, rows, note=""):
    """Return the bytes of a PDF of a list; ``columns`` are ``formats.tables.Column``, ``note`` says whose it is.

    A list longer than ``LISTED`` says so, and where the rest is.
    """
    rows = iter(rows)
    cells = [
        [
            pdf.letters(tables.shown(column.kind, value))
            for column, value in zip(columns, row, strict=True)
            if column.paper
        ]
        for row in islice(rows, LISTED)
    ]
    columns = [column for column in columns if column.paper]
    left = sum(1 for _row in rows)
    out = BytesIO()
    canvas = pdf.Numbered(out, pagesize=SIZE, lang="fr")
    canvas.setTitle(pdf.letters(title))
    canvas.setAuthor(pdf.letters(settings.operator_name()))
    _Sheet(canvas, columns, cells).draw(
        title, f"{note}. {count(len(cells), left)}" if note else count(len(cells), left)
    )
    canvas.save()
    return out.getvalue()


def count(shown, left):
    """Return how many rows the list has, in words."""
    total = f"{shown + left:,}".replace(",", "\u00a0")
    words = f"{total} lignes" if shown + left > 1 else f"{total} ligne"
    if left:
        words += f" ; ce document montre les {shown} premières, le CSV et le classeur les ont toutes"
    return words + "."


def column_widths(titles, cells, total=WIDE):
    """Return the widths of columns in points: what they hold, none under its longest word, ``total`` at most together."""
    least, wanted = [], []
    for rank, heading in enumerate(titles):
        texts = [row[rank] for row in cells[:400]]
        words = [stringWidth(word, BOLD, POINTS) for word in heading.split()]
        words += [min(stringWidth(word, FONT, POINTS), LONGEST_WORD) for text in texts for word in text.split()]
        lines = [min(stringWidth(text, FONT, POINTS), LONGEST_LINE) for text in texts]
        floor = max(words, default=0) + 2 * PAD + 1
        least.append(floor)
        wanted.append(max(floor, max(lines, default=0) + 2 * PAD + 1))
    spare = total - sum(least)
    if spare <= 0:
        return [width * total / sum(least) for width in least]
    asked = [want - floor for want, floor in zip(wanted, least, strict=True)]
    if sum(asked) <= spare:
        return wanted
    return [floor + more * spare / sum(asked) for floor, more in zip(least, asked, strict=True)]


def folded(text, font, width):
    """Return the lines of a text in a column; what is too long for one line is cut where it must."""
    if stringWidth(text, font, POINTS) <= width and "\n" not in text:
        return (text,)
    found = []
    for line in simpleSplit(text, font, POINTS, width):
        while stringWidth(line, font, POINTS) > width and len(line) > 1:
            fit = max(1, int(len(line) * width / stringWidth(line, font, POINTS)))
            while fit > 1 and stringWidth(line[:fit], font, POINTS) > width:
                fit -= 1
            found.append(line[:fit])
            line = line[fit:]
        found.append(line)
    return found if len(found) <= MOST_LINES else [*found[: MOST_LINES - 1], "(…)"]


class _Sheet:
    def __init__(self, canvas, columns, cells):
        self.canvas = canvas
        self.cells = cells
        self.titles = [pdf.letters(column.title) for column in columns]
        self.right = [column.kind in FIGURES for column in columns]
        self.widths = column_widths(self.titles, cells)
        self.made = clock.french(clock.now(), seconds=True)

    def draw(self, title, note):
        canvas = self.canvas
        pdf.head_and_foot(canvas, SIZE, self.made)
        canvas.setFillColor(pdf.INK)
        canvas.setFont(BOLD, 18)
        y = TOP - 18
        for line in simpleSplit(pdf.letters(title), BOLD, 18, WIDE):
            canvas.drawString(LEFT, y, line)
            y -= 22
        canvas.setFillColor(pdf.SOFT)
        canvas.setFont(FONT, 8.5)
        for line in simpleSplit(pdf.letters(note), FONT, 8.5, WIDE):
            canvas.drawString(LEFT, y, line)
            y -= 12
        y = self.head(y)
        for row in self.cells:
            lines = [folded(text, FONT, width - 2 * PAD) for text, width in zip(row, self.widths, strict=True)]
            height = max(map(len, lines)) * LEADING + 2 * PAD
            if y - height < FLOOR:
                canvas.showPage()
                pdf.head_and_foot(canvas, SIZE, self.made)
                y = self.head(TOP)
            y = self.row(y, height, lines, FONT)
        canvas.showPage()

    def head(self, y):
        lines = [folded(text, BOLD, width - 2 * PAD) for text, width in zip(self.titles, self.widths, strict=True)]
        height = max(map(len, lines), default=1) * LEADING + 2 * PAD
        self.canvas.setFillColor(pdf.FOAM)
        self.canvas.rect(LEFT, y - height, sum(self.widths), height, stroke=0, fill=1)
        return self.row(y, height, lines, BOLD)

    def row(self, y, height, cells, font):
        canvas = self.canvas
        canvas.setFillColor(pdf.INK)
        canvas.setFont(font, POINTS)
        x = LEFT
        for lines, width, right in zip(cells, self.widths, self.right, strict=True):
            for rank, line in enumerate(lines):
                base = y - PAD - LEADING * rank - POINTS
                if right:
                    canvas.drawRightString(x + width - PAD, base, line)
                else:
                    canvas.drawString(x + PAD, base, line)
            x += width
        canvas.setStrokeColor(pdf.RULE)
        canvas.setLineWidth(0.4)
        canvas.line(LEFT, y - height, x, y - height)
        return y - height
