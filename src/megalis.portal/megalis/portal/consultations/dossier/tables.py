"""A register as the files of a dossier: CSV for programs and spreadsheets, PDF for people."""

from megalis.portal.formats.tables import csv_chunks
from megalis.portal.kernel.interfaces import DossierFile
from megalis.portal.kernel.listing import listing


def files(name, title, columns, rows):
    """Yield the DossierFiles ``name.csv`` and ``name.pdf`` of a list of rows."""
    yield DossierFile(f"{name}.csv", lambda stream: written(columns, rows, stream), f"{title} (tableau)")
    yield DossierFile(f"{name}.pdf", listing(title, columns, rows), f"{title} (à lire)")


def written(columns, rows, stream):
    """Write the CSV to a binary stream."""
    for chunk in csv_chunks(columns, rows):
        stream.write(chunk)
