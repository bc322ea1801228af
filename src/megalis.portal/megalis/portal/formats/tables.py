"""Any list as a file a spreadsheet opens: CSV for everyone, XLSX with typed cells.

Rows are taken one at a time, so that a list of any length is written with the memory of one row. No cell is ever a
formula: what companies type ends in these files, and a spreadsheet of an agent would run it.

A cell is text, a number, an amount (euros), a day or an aware instant, as its column says; None is an empty cell. A value
of another type than its column's is written as text rather than refused: a list that cannot be exported helps nobody.
"""

from dataclasses import dataclass
from datetime import date
from datetime import datetime
from decimal import Decimal
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from zoneinfo import ZoneInfo

import csv
import io
import re
import tempfile


TEXT, NUMBER, AMOUNT, DATE, INSTANT = "text", "number", "amount", "date", "instant"
KINDS = (TEXT, NUMBER, AMOUNT, DATE, INSTANT)
PARIS = ZoneInfo("Europe/Paris")

# Limits of the XLSX format: rows of a sheet, characters of a cell. One row is the header.
MAX_ROWS = 1_048_575
MAX_TEXT = 32_767
CHUNK = 1 << 14

# The last four are the full-width forms, which spreadsheets of Asian languages take for the others.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET = re.compile(r"[\\/*?:\[\]]")
# A number beyond fifteen digits loses its end in a spreadsheet (a SIRET of fourteen is text anyway).
_EXACT = 10**15
_FORMATS = {
    NUMBER: "#,##0.##########",
    AMOUNT: "#,##0.00\\ [$€-40C]",
    DATE: "dd/mm/yyyy",
    INSTANT: "dd/mm/yyyy\\ hh:mm:ss",
}
_WHOLE = "#,##0"
_WIDTHS = {TEXT: 24, NUMBER: 12, AMOUNT: 18, DATE: 12, INSTANT: 20}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its kind (one of ``KINDS``), its width in characters (0: that of its kind).

    ``paper`` is False for what only a program reads, such as an address: a printed list leaves it out.
    """

    title: str
    kind: str = TEXT
    width: int = 0
    paper: bool = True

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of column: {', '.join(KINDS)}.")


def safe_cell(value):
    """Return a text that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_chunks(columns, rows):
    """Yield the bytes of a CSV file: UTF-8 with its mark, semicolons, decimal commas, as French spreadsheets read."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    stream.write("\ufeff")
    writer.writerow([safe_cell(column.title) for column in columns])
    for row in rows:
        writer.writerow([_written(column.kind, value) for column, value in zip(columns, row, strict=True)])
        if stream.tell() >= CHUNK:
            yield stream.getvalue().encode("utf-8", "replace")
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue().encode("utf-8", "replace")


def _written(kind, value):
    """Return the text of a cell in a CSV file."""
    value = _typed(kind, value)
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%d/%m/%Y %H:%M:%S") if value.year > 999 else value.isoformat(" ")
        case date():
            return value.strftime("%d/%m/%Y") if value.year > 999 else value.isoformat()
        case str():
            return safe_cell(value)
        case _:
            # A negative number starts with a dash and stays a number.
            places = ".2f" if kind == AMOUNT else "f"
            return format(Decimal(str(value)), places).replace(".", ",")


def shown(kind, value):
    """Return the text of a cell on paper: ``1 234,5``, ``16/03/2026 12:00:00``, "" for nothing."""
    value = _typed(kind, value)
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%d/%m/%Y %H:%M:%S")
        case date():
            return value.strftime("%d/%m/%Y")
        case str():
            return value
        case _:
            number = Decimal(str(value))
            text = f"{number:,.2f}" if kind == AMOUNT else f"{number:,f}"
            return text.replace(",", "\u00a0").replace(".", ",")


def _typed(kind, value):
    """Return the value as its column wants it (an instant in Paris, without its zone), or its text."""
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if isinstance(value, str):
        value = _clean(value)
    if value is None or value == "":
        return None
    if kind == INSTANT and isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(PARIS).replace(tzinfo=None, microsecond=0)
    if kind == DATE and isinstance(value, date) and not isinstance(value, datetime):
        return value
    if kind in (NUMBER, AMOUNT) and number and Decimal(str(value)).is_finite():
        return value
    return _said(value)


def _said(value):
    if isinstance(value, bool):
        return "oui" if value else "non"
    return _clean(value)


def write_xlsx(title, columns, rows, stream):
    """Write an XLSX workbook of one sheet to a binary stream; return the number of rows.

    Beyond ``MAX_ROWS`` rows the list goes on in further sheets, each with its header.
    """
    book = Workbook(write_only=True)
    name = _sheet_name(title)
    count, sheet = 0, _Sheet(book, name, columns)
    for row in rows:
        if count and count % MAX_ROWS == 0:
            sheet = _Sheet(book, f"{name[:26]} {count // MAX_ROWS + 1}", columns)
        sheet.append(row)
        count += 1
    book.properties.title = _clean(title)
    book.properties.creator = "megalis.portal"
    book.save(stream)
    return count


def xlsx_chunks(title, columns, rows):
    """Yield the bytes of an XLSX workbook, kept on disk meanwhile when it is large."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as stream:
        write_xlsx(title, columns, rows, stream)
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            yield chunk


def _sheet_name(title):
    # A spreadsheet refuses these characters, an apostrophe at an end, more than 31 characters, and "History".
    name = _SHEET.sub(" ", _clean(title)).strip().strip("'")[:31].strip().strip("'")
    return name if name and name.lower() != "history" else "Liste"


class _Sheet:
    """A sheet with its header. A row is written when it is appended, so that one cell a style serves all rows."""

    def __init__(self, book, name, columns):
        self._sheet = book.create_sheet(name)
        self._columns = columns
        self._cells = {}
        self._sheet.freeze_panes = "A2"
        for rank, column in enumerate(columns, 1):
            fit = max(_WIDTHS[column.kind], min(len(column.title) + 2, 40))
            self._sheet.column_dimensions[get_column_letter(rank)].width = column.width or fit
        header = []
        for rank, column in enumerate(columns):
            cell = self._text(("header", rank), column.title)
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            header.append(cell)
        self._sheet.append(header)

    def append(self, row):
        """Write one row."""
        pairs = enumerate(zip(self._columns, row, strict=True))
        self._sheet.append([self._cell(rank, column.kind, value) for rank, (column, value) in pairs])

    def _cell(self, rank, kind, value):
        value = _typed(kind, value)
        if value is None:
            return None
        # A spreadsheet knows no day before 1900, and counts a 29 February that year.
        old = isinstance(value, date) and value.year < 1901
        long = isinstance(value, int | float | Decimal) and abs(value) >= _EXACT
        if isinstance(value, str) or old or long:
            return self._text(rank, _written(kind, value) if old or long else value)
        shown = _WHOLE if kind == NUMBER and value == int(value) else _FORMATS[kind]
        cell = self._cells.get((rank, shown))
        if cell is None:
            cell = self._cells[rank, shown] = WriteOnlyCell(self._sheet)
            cell.number_format = shown
        cell.value = value
        return cell

    def _text(self, rank, text):
        text = _clean(text)[:MAX_TEXT]
        formula = text.startswith(_FORMULA)
        cell = self._cells.get((rank, formula))
        if cell is None:
            cell = self._cells[rank, formula] = WriteOnlyCell(self._sheet)
            if formula:
                # As if typed after an apostrophe: editing the cell keeps it a text.
                cell.quotePrefix = True
        cell.value = text
        # What starts with "=" is a formula for openpyxl, and an error code such as "#N/A" an error: both are words here.
        cell.data_type = "s"
        return cell


def _clean(text):
    return _ILLEGAL.sub("", str(text))
