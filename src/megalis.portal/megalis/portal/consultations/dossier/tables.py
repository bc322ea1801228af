"""A register as the files of a dossier: CSV for programs and spreadsheets, PDF for people."""

from megalis.portal.formats.tables import csv_chunks
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel.interfaces import DossierFile


STEP = 100  # rows of one table of a PDF: laying out a longer one takes the square of its length
MOST = 2_000  # rows in a PDF; beyond, nobody reads it on paper


def files(name, title, columns, rows, widths):
    """Yield the DossierFiles ``name.csv`` and ``name.pdf`` of a list of rows; ``widths`` in millimetres, 250 in all."""
    yield DossierFile(f"{name}.csv", lambda stream: written(columns, rows, stream), f"{title} (tableau)")
    yield DossierFile(f"{name}.pdf", as_pdf(title, columns, rows, widths), f"{title} (à lire)")


def written(columns, rows, stream):
    """Write the CSV to a binary stream."""
    for chunk in csv_chunks(columns, rows):
        stream.write(chunk)


def as_pdf(title, columns, rows, widths):
    """Return the bytes of the PDF; it holds the first MOST rows and says so."""
    head = [column.title for column in columns]
    story = [pdf.paragraph(f"{len(rows)} ligne{'s' if len(rows) > 1 else ''}", "soft"), pdf.space()]
    shown = rows[:MOST]
    for start in range(0, len(shown), STEP):
        story.append(pdf.table(head, [list(map(text, row)) for row in shown[start : start + STEP]], widths))
    if not rows:
        story.append(pdf.paragraph("Rien n’y est inscrit."))
    if len(rows) > MOST:
        story.append(
            pdf.paragraph(f"Les {MOST} premières lignes sont ici ; toutes sont dans le tableau (CSV).", "soft")
        )
    return pdf.build(title, story, wide=True)


def text(value):
    """Return a cell as people read it."""
    if hasattr(value, "astimezone"):
        return f"{clock.paris(value):%d/%m/%Y %H:%M:%S}"
    return "" if value is None else str(value)[:2000]
