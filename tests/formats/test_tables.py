"""Lists as CSV and XLSX, read back: what was written, with its type, and never a formula."""

from datetime import date
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.formats import tables
from megalis.portal.formats.tables import Column

import csv
import io
import openpyxl
import pytest
import tracemalloc


COLUMNS = (
    Column("Entreprise"),
    Column("Lots", tables.NUMBER),
    Column("Montant HT", tables.AMOUNT),
    Column("Publiée le", tables.DATE),
    Column("Remise des offres (heure de Paris)", tables.INSTANT, 32),
)
ROW = ("Bâtisseurs d’Armor", 12, Decimal("1234567.5"), date(2026, 3, 16), datetime(2026, 7, 16, 11, 0, 5, tzinfo=UTC))
ATTACKS = ('=HYPERLINK("http://x.example";"voir")', "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1")


def read_csv(columns, rows):
    data = b"".join(tables.csv_chunks(columns, iter(rows)))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def read_xlsx(columns, rows, title="Consultations"):
    data = b"".join(tables.xlsx_chunks(title, columns, iter(rows)))
    return openpyxl.load_workbook(io.BytesIO(data))


def values(book):
    return [row for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_a_row_is_written_as_french_spreadsheets_read_it():
    header, row = read_csv(COLUMNS, [ROW])
    assert header == [column.title for column in COLUMNS]
    assert row == ["Bâtisseurs d’Armor", "12", "1234567,50", "16/03/2026", "16/07/2026 13:00:05"]


def test_cells_of_a_workbook_keep_their_type():
    sheet = read_xlsx(COLUMNS, [ROW]).active
    cells = sheet[2]
    assert [cell.value for cell in cells] == [
        "Bâtisseurs d’Armor", 12, 1234567.5, datetime(2026, 3, 16), datetime(2026, 7, 16, 13, 0, 5),
    ]  # fmt: skip
    assert [cell.data_type for cell in cells] == ["s", "n", "n", "d", "d"]
    assert [cell.number_format for cell in cells] == [
        "General", "#,##0", "#,##0.00\\ [$€-40C]", "dd/mm/yyyy", "dd/mm/yyyy\\ hh:mm:ss",
    ]  # fmt: skip


def test_the_header_is_frozen_and_columns_have_their_width():
    book = read_xlsx(COLUMNS, [ROW])
    sheet = book.active
    assert (sheet.title, sheet.freeze_panes) == ("Consultations", "A2")
    assert [sheet.column_dimensions[letter].width for letter in "ABCDE"] == [24, 12, 18, 12, 32]
    assert all(cell.font.bold for cell in sheet[1])
    assert book.properties.title == "Consultations"


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_is_a_formula(attack):
    columns = (Column(attack), Column("Montant", tables.AMOUNT), Column("Jour", tables.DATE))
    header, row = read_csv(columns, [(attack, attack, attack)])
    assert row == [f"'{attack}"] * 3 and header[0] == f"'{attack}"
    sheet = read_xlsx(columns, [(attack, attack, attack)], attack).active
    kept = attack.replace("\r", "\n")
    assert [(cell.data_type, cell.quotePrefix) for cell in sheet[2]] == [("s", True)] * 3
    assert [str(cell.value).replace("\r", "\n").replace("_x000D_", "\n") for cell in sheet[2]] == [kept] * 3
    assert sheet["A1"].data_type == "s"


def test_an_error_code_is_a_word():
    (cell,) = read_xlsx((Column("Nom"),), [("#N/A",)]).active[2]
    assert (cell.value, cell.data_type) == ("#N/A", "s")


def test_a_negative_number_stays_a_number():
    columns = (Column("Écart", tables.NUMBER), Column("Solde", tables.AMOUNT))
    assert read_csv(columns, [(-3, Decimal("-2.5"))])[1] == ["-3", "-2,50"]
    assert values(read_xlsx(columns, [(-3, Decimal("-2.5"))])) == [(-3, -2.5)]


def test_what_is_not_of_the_kind_of_its_column_is_written_as_text():
    row = (True, "sans objet", float("nan"), "le 16 mars", datetime(2026, 3, 16, 11, 0))
    said = ["oui", "sans objet", "nan", "le 16 mars", "2026-03-16 11:00:00"]
    assert read_csv(COLUMNS, [row])[1] == said
    assert values(read_xlsx(COLUMNS, [row])) == [tuple(said)]


def test_nothing_is_an_empty_cell():
    row = ("", None, None, None, None)
    assert read_csv(COLUMNS, [row])[1] == [""] * 5
    assert values(read_xlsx(COLUMNS, [row, ROW]))[0] == (None,) * 5


def test_a_number_too_long_for_a_spreadsheet_keeps_its_digits():
    number = 21350238800019123
    assert values(read_xlsx((Column("N°", tables.NUMBER),), [(number,)])) == [("21350238800019123",)]


def test_days_before_spreadsheets_are_written_in_words():
    columns = (Column("Jour", tables.DATE),)
    assert values(read_xlsx(columns, [(date(1789, 7, 14),), (date(12, 1, 1),)])) == [("14/07/1789",), ("0012-01-01",)]
    assert read_csv(columns, [(date(1789, 7, 14),), (date(12, 1, 1),)])[1:] == [["14/07/1789"], ["0012-01-01"]]


def test_characters_a_workbook_cannot_hold_are_left_out_and_long_texts_cut():
    columns = (Column("Objet"),)
    rows = [("Voirie\x00\x0b\ud800 neuve",), ("é" * 40_000,)]
    assert [len(text) for (text,) in values(read_xlsx(columns, rows))] == [12, tables.MAX_TEXT]
    assert read_csv(columns, rows)[1] == ["Voirie neuve"]


@pytest.mark.parametrize("title", ["a/b\\c?d*e:f[g]", "'x'", "", "History", "x" * 60, "****"])
def test_any_title_makes_a_sheet(title):
    sheet = read_xlsx((Column("Objet"),), [("x",)], title).active
    assert 1 <= len(sheet.title) <= 31 and values(sheet.parent) == [("x",)]


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    columns = (Column("N°", tables.NUMBER),)
    book = read_xlsx(columns, [(number,) for number in range(7)])
    assert book.sheetnames == ["Consultations", "Consultations 2", "Consultations 3"]
    assert [sheet["A1"].value for sheet in book] == ["N°"] * 3
    assert values(book) == [(number,) for number in range(7)]


def test_the_style_of_a_cell_does_not_leak_into_the_next_rows():
    columns = (Column("Nom"), Column("Nombre", tables.NUMBER))
    rows = [("=1", 1), ("un", Decimal("1.5")), ("#N/A", "texte"), ("+2", None), ("deux", 2)]
    found = [
        [(cell.value, cell.data_type, bool(cell.quotePrefix), cell.number_format) for cell in row]
        for row in read_xlsx(columns, rows).active.iter_rows(min_row=2)
    ]
    assert [row[0][:3] for row in found] == [
        ("=1", "s", True), ("un", "s", False), ("#N/A", "s", False), ("+2", "s", True), ("deux", "s", False),
    ]  # fmt: skip
    assert [(row[1][0], row[1][1]) for row in found] == [(1, "n"), (1.5, "n"), ("texte", "s"), (None, "n"), (2, "n")]
    assert [found[rank][1][3] for rank in (0, 1, 4)] == ["#,##0", "#,##0.##########", "#,##0"]


def test_a_row_of_another_length_is_an_error_and_an_unknown_kind_too():
    with pytest.raises(ValueError, match="shorter"):
        read_csv(COLUMNS, [("x",)])
    with pytest.raises(ValueError, match="money"):
        Column("Montant", "money")


@pytest.mark.parametrize("write", [tables.csv_chunks, lambda *args: tables.xlsx_chunks("Liste", *args)])
def test_a_long_list_takes_the_memory_of_a_row(write):
    def peak(count):
        tracemalloc.start()
        size = sum(map(len, write(COLUMNS, (ROW for _ in range(count)))))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, used

    peak(10)
    (small, one), (large, other) = peak(300), peak(1800)
    assert large > 3 * small
    assert other < one + 300_000


TEXT = st.text(max_size=30)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, st.none() | st.integers(-(10**14), 10**14), st.dates(date(1901, 1, 1))), max_size=5))
def test_any_list_comes_back(rows):
    columns = (Column("Texte"), Column("Nombre", tables.NUMBER), Column("Jour", tables.DATE))
    for (text, number, day), got in zip(rows, read_csv(columns, rows)[1:], strict=True):
        kept = tables._clean(text)
        assert got[0] in (kept, f"'{kept}") and not got[0].startswith(tables._FORMULA)
        assert got[1:] == ["" if number is None else str(number), day.strftime("%d/%m/%Y")]
    book = read_xlsx(columns, rows)
    assert all(cell.data_type in "snd" for row in book.active.iter_rows() for cell in row)
    assert [row[1:] for row in values(book)] == [
        (number, datetime(day.year, day.month, day.day)) for _text, number, day in rows
    ]
