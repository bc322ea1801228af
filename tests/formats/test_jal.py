"""A notice in a newspaper: its words, its length, its price."""

from datetime import date
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.formats import eforms
from megalis.portal.formats import jal
from megalis.portal.formats import short_notice
from megalis.portal.formats.refusal import Refused
from tests.formats.notices import one_of
from tests.formats.notices import sample

import dataclasses
import pytest


SHORT = short_notice.ShortNotice(
    id="30a9397a-3ff1-45c3-9f50-e961a5b3ba05",
    version="01",
    kind="initial",
    reference="2026-014",
    buyer=short_notice.Contact(
        "Commune de Ploemeur", "21560162600017", "1 place de la Mairie", "56270", "Ploemeur", "Marchés",
        "marches@ploemeur.example", "02 97 00 00 00", "https://marches.example",
    ),
    title="Assurances de la commune",
    description="Contrats de trois ans.\nVisite conseillée.",
    nature="services",
    procedure="Procédure adaptée",
    departments=("56",),
    place="56270 Ploemeur",
    lots=(short_notice.ShortLot("1", "Dommages aux biens"), short_notice.ShortLot("2", "Flotte")),
    duration=36,
    start=date(2027, 1, 1),
    criteria=(
        short_notice.ShortCriterion("Prix", Decimal("50.0")),
        short_notice.ShortCriterion("Valeur technique", Decimal("12.5")),
        short_notice.ShortCriterion("Délai", Decimal(10), False),
        short_notice.ShortCriterion("Environnement"),
    ),
    variants=False,
    deadline=datetime(2026, 12, 3, 11, 0, tzinfo=UTC),
    documents_url="https://marches.example/dce",
    submission_url="https://marches.example/dce",
    review=short_notice.Contact("Tribunal administratif de Rennes", city="Rennes", postcode="35044"),
    sent=datetime(2026, 10, 31, 23, 30, tzinfo=UTC),
)  # fmt: skip
BY_CHARACTER = jal.Rate(date(2026, 1, 1), jal.CHARACTER, Decimal("0.193"), "Arrêté fictif de test", "56")
BY_LINE = jal.Rate(date(2026, 1, 1), jal.LINE, Decimal("4.16"), "Devis du journal", "56", "Le Journal", minimum=10)


def test_the_text_says_what_a_company_must_know():
    assert jal.text(SHORT).split("\n") == [
        "AVIS D’APPEL PUBLIC À LA CONCURRENCE",
        "Commune de Ploemeur, 1 place de la Mairie, 56270 Ploemeur, tél. 02 97 00 00 00",
        "marches@ploemeur.example, https://marches.example",
        "Objet : Assurances de la commune",
        "Référence : 2026-014",
        "Contrats de trois ans.",
        "Visite conseillée.",
        "Lieu : 56270 Ploemeur",
        "Procédure : Procédure adaptée",
        "Lot n° 1 : Dommages aux biens",
        "Lot n° 2 : Flotte",
        "Durée : 36 mois, à compter du 1er janvier 2027",
        "Critères : Prix (50 %) ; Valeur technique (12,5 %) ; Délai (10 points) ; Environnement",
        "Variantes : non autorisées",
        "Date limite de réception : 3 décembre 2026 à 12 h 00",
        "Dossier et renseignements : https://marches.example/dce",
        "Recours : Tribunal administratif de Rennes, 35044 Rennes",
        "Envoi à la publication : 1er novembre 2026",
    ]


def test_the_text_of_a_notice_of_eforms_is_that_of_its_short_notice():
    notice = one_of("E3", lots=2)
    assert jal.text(notice) == jal.text(short_notice.short_of(notice))
    for lot in notice.lots:
        assert f"Lot n° {lot.number} : {lot.title}" in jal.text(notice)
    assert notice.lots[0].documents_url in jal.text(notice)


def test_a_change_says_what_it_changes_and_the_new_deadline():
    base = one_of("E3", lots=2)
    sections = (eforms.Condition("LOT-0001", "Le lot 1 est précisé."),)
    change = eforms.Change(f"{base.notice_id}-01", "update-add", "La date limite est reportée.", sections)
    text = jal.text(dataclasses.replace(base, version="02", change=change))
    assert text.startswith("AVIS RECTIFICATIF\n")
    assert "La date limite est reportée.\nLe lot 1 est précisé." in text
    assert "Date limite de réception : " in text and f"Avis initial : {base.notice_id}-01" in text


def test_a_consultation_given_up_needs_neither_deadline_nor_documents():
    base = one_of("E3")
    lots = tuple(dataclasses.replace(lot, deadline=None, documents=()) for lot in base.lots)
    change = eforms.Change(f"{base.notice_id}-01", "cancel", "Besoin disparu.")
    text = jal.text(dataclasses.replace(base, lots=lots, change=change))
    assert text.startswith("AVIS D’ANNULATION\n") and "Besoin disparu." in text and "Dossier" not in text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "avis.titre"),
        ({"buyer_roles": ()}, "avis.acheteur"),
        ({"lots": ()}, "avis.dossier"),
        ({"lots": tuple(dataclasses.replace(lot, deadline=None) for lot in one_of("E3").lots)}, "avis.echeance"),
    ],
)
def test_a_notice_nobody_could_answer_is_refused(change, code):
    with pytest.raises(Refused) as caught:
        jal.text(dataclasses.replace(one_of("E3"), **change))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("postcode", "department"),
    [
        ("35000", "35"), ("97400", "974"), ("20000", "2A"), ("20137", "2A"), ("20200", "2B"), ("98800", "988"),
        ("01000", "01"), ("00123", ""), ("3500", ""), ("350000", ""), ("", ""), ("99999", ""), ("35٠٠٠", ""),
    ],
)  # fmt: skip
def test_a_postcode_tells_its_department(postcode, department):
    assert short_notice.department(postcode) == department


@pytest.mark.parametrize("department", ["035", "96", "00", "X", "20", "3５"])
def test_a_department_that_does_not_exist_is_refused(department):
    with pytest.raises(Refused) as caught:
        short_notice.short_of(one_of("E3"), (department,))
    assert caught.value.code == "avis.departement"


def test_the_price_by_character_counts_letters_marks_and_spaces_but_not_line_ends():
    quote = jal.quote("Objet : voirie\nLieu : Brest", BY_CHARACTER)
    assert (quote.characters, quote.units) == (26, 26)
    assert (quote.net, quote.vat, quote.gross) == (Decimal("5.02"), Decimal("1.00"), Decimal("6.02"))


def test_the_price_by_line_counts_the_lines_of_the_column_and_a_minimum():
    text = jal.text(SHORT)
    quote = jal.quote(text, BY_LINE)
    assert quote.units == quote.lines == len(jal.lines(text, 40)) == 28
    assert quote.net == Decimal("116.48") and quote.gross == Decimal("139.78")
    assert jal.quote("Court.", BY_LINE).units == 10


def test_a_fixed_part_and_another_tax_are_counted():
    rate = dataclasses.replace(BY_LINE, fixed=Decimal("15.5"), vat=Decimal("8.5"), minimum=0)
    quote = jal.quote("Une ligne.", rate)
    assert (quote.net, quote.vat, quote.gross) == (Decimal("19.66"), Decimal("1.67"), Decimal("21.33"))


def test_a_line_as_long_as_the_column_is_one_line_and_a_long_address_is_cut():
    assert len(jal.lines("a" * 40, 40)) == 1
    assert jal.lines("voir https://" + "x" * 60, 40) == ["voir https://" + "x" * 27, "x" * 33]


def test_the_rate_is_the_nearest_to_the_newspaper_the_department_and_the_day():
    old = dataclasses.replace(BY_CHARACTER, since=date(2025, 1, 1), price=Decimal("0.189"))
    everywhere = dataclasses.replace(BY_CHARACTER, department="", price=Decimal("0.2"))
    rates = (BY_LINE, everywhere, BY_CHARACTER, old)
    day = date(2026, 6, 1)
    assert jal.rate_of(rates, day, "56") == BY_CHARACTER
    assert jal.rate_of(rates, day, "56", "Le Journal") == BY_LINE
    assert jal.rate_of(rates, day, "29", "Le Journal") == everywhere
    assert jal.rate_of(rates, date(2025, 12, 31), "56") == old
    with pytest.raises(Refused) as caught:
        jal.rate_of(rates, date(2024, 12, 31), "56")
    assert caught.value.code == "jal.tarif"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": "millimetre"}, "jal.tarif-forme"),
        ({"source": " "}, "jal.tarif-forme"),
        ({"minimum": -1}, "jal.tarif-forme"),
        ({"price": Decimal(0)}, "jal.tarif-prix"),
        ({"price": Decimal("-1")}, "jal.tarif-prix"),
        ({"vat": Decimal("NaN")}, "jal.tarif-prix"),
        ({"width": 5}, "jal.largeur"),
    ],
)
def test_a_rate_that_means_nothing_is_refused(change, code):
    with pytest.raises(Refused) as caught:
        dataclasses.replace(BY_LINE, **change)
    assert caught.value.code == code


def test_an_empty_text_has_no_price():
    with pytest.raises(Refused) as caught:
        jal.quote(" \n\x00\u200b", BY_LINE)
    assert caught.value.code == "jal.vide"


def test_every_generated_notice_has_a_text_a_mail_can_carry():
    for notice in sample(20):
        text = jal.text(notice, ("35",))
        assert text == jal.clean(text) and notice.title.split()[0] in text
        assert all(len(line) <= 40 for line in jal.lines(text, 40))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.integers(20, 200))
def test_setting_a_text_in_a_column_loses_no_character(text, width):
    set_lines = jal.lines(text, width)
    assert all(0 < len(line) <= width for line in set_lines)
    assert "".join("".join(set_lines).split()) == "".join(jal.clean(text).split())
    assert jal.characters(text) == sum(map(len, jal.clean(text).split("\n")))
