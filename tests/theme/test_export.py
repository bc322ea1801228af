"""Any list as a file: the same rows as CSV, workbook and paper, and the charts that have a table behind them."""

from datetime import datetime
from datetime import UTC
from io import BytesIO
from lxml import etree
from lxml import html
from megalis.portal.formats import tables
from megalis.portal.formats.tables import Column
from megalis.portal.kernel import figures
from megalis.portal.kernel import listing
from megalis.portal.kernel.figures import Chart
from megalis.portal.theme import charts
from megalis.portal.theme import export
from megalis.portal.theme import figures as pages
from pypdf import PdfReader

import pytest


COLUMNS = (
    Column("Référence"),
    Column("Objet"),
    Column("Montant", tables.AMOUNT),
    Column("Lots", tables.NUMBER),
    Column("Limite", tables.INSTANT),
)
AT = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)


def rows(count, text="Réfection de la voirie"):
    return [(f"2026-{n:05d}", text, 1234.5, n, AT) for n in range(count)]


def paper(*args, **kwargs):
    return PdfReader(BytesIO(listing.listing(*args, **kwargs)))


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (tables.AMOUNT, 1234567.5, "1\u00a0234\u00a0567,50"),
        (tables.NUMBER, -12, "-12"),
        (tables.NUMBER, 2.5, "2,5"),
        (tables.INSTANT, AT, "16/03/2026 12:00:00"),
        (tables.TEXT, "=1+1", "=1+1"),
        (tables.TEXT, True, "oui"),
        (tables.TEXT, None, ""),
    ],
)
def test_on_paper_a_cell_is_what_people_read(kind, value, words):
    assert tables.shown(kind, value) == words


def test_a_list_on_paper_lies_has_its_head_on_each_page_and_says_how_many_pages_it_has():
    found = paper("Consultations", COLUMNS, rows(120), "Commune de Lannion")
    count = len(found.pages)
    assert count > 1
    for rank, page in enumerate(found.pages, 1):
        text = page.extract_text()
        assert page.mediabox.width > page.mediabox.height
        assert "Référence" in text and f"page {rank} sur {count}" in text and "Établi le" in text
    assert "Commune de Lannion. 120 lignes." in found.pages[0].extract_text()
    assert "2026-00119" in found.pages[-1].extract_text()


def test_what_only_a_program_reads_is_left_out_on_paper():
    text = paper("Liste", (Column("Objet"), Column("Adresse", paper=False)), [("Voirie", "https://x.example/1")])
    shown = text.pages[0].extract_text()
    assert "Voirie" in shown and "Adresse" not in shown and "x.example" not in shown


def test_every_row_is_on_paper_once():
    text = "".join(page.extract_text() for page in paper("Liste", COLUMNS, rows(200)).pages)
    assert [text.count(f"2026-{n:05d}") for n in range(200)] == [1] * 200


def test_a_long_text_is_folded_and_one_without_end_is_cut():
    long = paper("Liste", COLUMNS, rows(3, "mot " * 200))
    assert long.pages[0].extract_text().count("mot") == 600
    wild = paper("Liste", COLUMNS, rows(2, "x" * 5000))
    assert all("2026-0000" in page.extract_text() or "Liste" in page.extract_text() for page in wild.pages)


def test_beyond_what_people_read_the_paper_says_where_the_rest_is(monkeypatch):
    monkeypatch.setattr(listing, "LISTED", 10)
    text = paper("Liste", COLUMNS, rows(25)).pages[0].extract_text()
    assert "25 lignes ; ce document montre les 10 premières" in text and "2026-00010" not in text


def test_an_empty_list_is_a_page_that_says_so():
    assert "0 ligne." in paper("Liste", COLUMNS, []).pages[0].extract_text()


def test_columns_never_run_over_the_page():
    widths = listing.column_widths(["Titre"] * 30, [["valeur assez longue"] * 30])
    assert sum(widths) == pytest.approx(listing.WIDE)


def test_the_menu_offers_each_form_of_the_same_list_with_its_filters():
    found = html.fromstring(export.menu("https://x.example/@@suivi", "?etape=publiee&qui=miennes", "<svg/>"))
    assert [link.get("href") for link in found.xpath("//a")] == [
        f"https://x.example/@@suivi.{name}?etape=publiee&qui=miennes" for name in ("csv", "xlsx", "pdf")
    ]


def test_stacks_rise_from_the_floor_and_what_is_flagged_bears_a_sign_and_not_a_colour_only():
    data = [charts.Stack("01/03", (("k1", 2), ("k2", 1))), charts.Stack("08/03", (("k1", 6),), "chargée")]
    root = etree.fromstring(charts.stacks("s", "Semaines & dates", data))
    bars = [(bar.get("class"), float(bar.get("height")), float(bar.get("y"))) for bar in root.iter("rect")]
    assert bars[0][1] == pytest.approx(2 * bars[1][1], abs=0.2) and bars[1][2] < bars[0][2]
    assert [text.text for text in root.iter("text") if "v" in text.get("class", "")] == ["3", "▲ 6"]


def test_what_several_figures_rest_on_is_said_once():
    assert pages.sentences(["Sur A.", "", None, "Sur A. Le papier aussi.", "Médiane."]) == [
        "Sur A.",
        "Le papier aussi.",
        "Médiane.",
    ]


def test_what_is_not_known_is_not_drawn_as_nothing():
    chart = Chart("j", "Jours", "Mois", "jours", (("févr. 2026", None), ("mars 2026", 12)))
    root = etree.fromstring(pages.draw(chart))
    assert len(list(root.iter("rect"))) == 1
    assert [text.text for text in root.iter("text") if text.get("class") == "v"] == ["12"]
    assert root.find("title").text == "Jours, jours. mars 2026 : 12."


def test_charts_begin_with_what_happened_first_in_any_of_them_and_keep_a_year():
    empty = tuple((str(n), 0) for n in range(23))
    drawn = [
        Chart("a", "A", "Mois", "x", (*empty, ("fin", 3))),
        Chart("b", "B", "Rang", "x", (("un", 1),), figures.RANKS),
    ]
    assert [len(chart.rows) for chart in pages.trimmed(drawn)] == [12, 1]
    early = Chart("c", "C", "Mois", "x", (("0", 0), ("1", 5), *((str(n), 0) for n in range(2, 24))))
    assert [len(chart.rows) for chart in pages.trimmed([drawn[0], early])] == [23, 23]
