"""Demonstration notices: the same seed gives the same ones, and each makes sense to a buyer."""

from collections import Counter
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from itertools import islice
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats import siren
from megalis.portal.formats import workdays
from megalis.portal.formats.eforms import buyers
from megalis.portal.formats.eforms import thresholds
from megalis.portal.formats.eforms.catalogue import subjects
from megalis.portal.formats.eforms.generator import generate
from megalis.portal.formats.eforms.reading import PARIS
from tests.formats.notices import NOW
from tests.formats.notices import sample

import pytest
import re


def test_same_seed_same_notices_whatever_the_count():
    assert list(generate(5, 7, NOW)) == list(islice(generate(50, 7, NOW), 5))
    assert list(generate(5, 7, NOW)) != list(generate(5, 8, NOW))


def test_the_zone_of_now_does_not_matter():
    assert list(generate(5, 7, NOW.astimezone(PARIS))) == list(generate(5, 7, NOW))
    with pytest.raises(ValueError, match="aware"):
        list(generate(1, 7, datetime(2026, 1, 1)))


def test_identifiers_are_distinct_uuids():
    notices = sample(300)
    ids = [identifier for notice in notices for identifier in (notice.notice_id, notice.procedure_id)]
    assert len(set(ids)) == 600
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in ids)
    assert len({notice.internal_id for notice in notices}) == 300


def test_the_crowd_is_varied():
    notices = sample(300)
    assert set(Counter(notice.subtype for notice in notices)) == {"16", "17", "E3"}
    assert {notice.nature for notice in notices} == {"works", "supplies", "services"}
    assert {len(notice.lots) for notice in notices} >= {1, 2, 3, 4, 5, 7, 8}
    assert max(len(notice.lots) for notice in notices) <= 12
    assert {buyer.nuts for notice in notices for buyer in notice.buyers} == {"FRH01", "FRH02", "FRH03", "FRH04"}
    assert len({notice.buyers[0].name for notice in notices}) > 60
    assert len({notice.title for notice in notices}) > 200
    assert {notice.procedure_fr for notice in notices} >= {"procedure-adaptee", "appel-offres-ouvert"}


def test_texts_are_whole_french_sentences():
    for notice in sample(300):
        texts = [
            notice.title,
            notice.description,
            *(lot.title for lot in notice.lots),
            *(lot.description for lot in notice.lots),
        ]
        for text in texts:
            assert text and "{" not in text and "'" not in text and "None" not in text
            assert not re.search(r"\b(de|que) (le|les) |  | un fois", text), text
        assert len(re.findall(r"[.;]", notice.description)) >= 5
        assert notice.description[-1] == "."
        assert all(line[0].isupper() or line[0] == "É" for line in notice.description.splitlines())


def test_criteria_add_up_to_a_hundred_and_one_is_environmental():
    for notice in sample(300):
        for lot in notice.lots:
            assert sum(criterion.weight for criterion in lot.criteria) == 100
            assert any("environnementale" in criterion.name for criterion in lot.criteria)
            assert lot.criteria[0].type in ("price", "cost")


def test_amounts_decide_on_the_procedure():
    seen = Counter()
    utilities = {subject.cpv for subject in subjects() if subject.utility}
    for notice in sample(300):
        if notice.value is None:
            assert notice.subtype == "E3"
            assert all(lot.value is None for lot in notice.lots)
            continue
        assert sum(lot.value.amount for lot in notice.lots) == notice.value.amount > 0
        counted = notice.framework_maximum.amount if notice.framework_maximum else notice.value.amount
        limit = {"works": 5_404_000}.get(notice.nature, 432_000 if notice.subtype == "17" else 216_000)
        if notice.subtype == "E3":
            if notice.cpv in utilities:
                limit = max(limit, 432_000)
            assert counted < limit
        else:
            assert counted >= limit
        seen[notice.subtype] += 1
    assert min(seen[subtype] for subtype in ("16", "17", "E3")) >= 3


def test_dates_follow_the_clock_given():
    open_ones = 0
    for notice in sample(300):
        closing = notice.deadline
        local = closing.astimezone(PARIS)
        assert workdays.is_working_day(local.date())
        assert notice.dispatched <= NOW
        least = 30 if notice.subtype != "E3" else 17
        assert local.date() - notice.dispatched.astimezone(PARIS).date() > timedelta(days=least)
        assert abs(closing - NOW) < timedelta(days=60)
        open_ones += closing > NOW
        for lot in notice.lots:
            assert lot.question_deadline <= closing - timedelta(days=6)
            assert (lot.deadline is None) == (notice.procedure != "open")
            assert (lot.participation_deadline is None) == (notice.procedure == "open")
    assert 200 < open_ones < 260


def test_codes_and_places_are_known():
    builtin = cpv.builtin()
    for notice in sample(300):
        for lot in notice.lots:
            assert lot.cpv in builtin
            assert (lot.cpv[:2] == "45") == (lot.nature == "works")
            assert all(nuts.departement_of(place.nuts).region == "Bretagne" for place in lot.places)
    assert all(code in builtin for subject in subjects() for code in (subject.cpv, *subject.cpv_additional))
    assert all(sum(part.share for part in subject.parts) == 100 for subject in subjects() if subject.parts)


def test_nothing_made_up_can_reach_anyone():
    for notice in sample(300):
        for organisation in notice.organisations:
            assert organisation.email.endswith(".example")
            assert organisation.phone.startswith("+33 26191")
            assert organisation.contact in ("", "Service de la commande publique")
        assert notice.buyers[0].siret and siren.is_siret(notice.buyers[0].siret)
        assert all(lot.submission_url.startswith("https://marches.megalis.example/") for lot in notice.lots)


def test_the_platform_address_is_the_one_given():
    (notice,) = generate(1, 1, NOW, platform="http://127.0.0.1:8080/megalis/")
    assert notice.lots[0].documents_url.startswith("http://127.0.0.1:8080/megalis/consultations/")


def test_facts_about_buyers():
    rows = buyers.buyers()
    kinds = Counter(row.type for row in rows)
    assert kinds == {"commune": 60, "epci": 19, "departement": 4, "region": 1}
    assert Counter(row.departement for row in rows if row.type == "commune") == {"22": 15, "29": 15, "35": 15, "56": 15}
    assert all(siren.is_siren(row.siren) and siren.is_siret(row.siret) for row in rows)
    assert all(nuts.departement_of(row.code_postal).code == row.departement for row in rows)
    assert len({row.siren for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Rennes", "de Rennes"),
        ("Auray", "d’Auray"),
        ("Étrelles", "d’Étrelles"),
        ("Hennebont", "d’Hennebont"),
        ("Le Verger", "du Verger"),
        ("La Bouëxière", "de La Bouëxière"),
        ("Les Forges", "des Forges"),
        ("Communauté de communes du Pays Fouesnantais", "de la Communauté de communes du Pays Fouesnantais"),
        ("Région Bretagne", "de la Région Bretagne"),
        ("Département du Finistère", "du Département du Finistère"),
    ],
)
def test_french_articles(name, text):
    assert buyers.of(name) == text


def test_thresholds_are_dated():
    assert thresholds.formal_threshold("works", False, date(2025, 12, 31)) == 5_538_000
    assert thresholds.formal_threshold("works", False, date(2026, 1, 1)) == 5_404_000
    assert thresholds.formal_threshold("services", False, date(2026, 1, 1)) == 216_000
    assert thresholds.formal_threshold("supplies", True, date(2027, 6, 1)) == 432_000


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2000, (4, 23)),
        (2008, (3, 23)),
        (2024, (3, 31)),
        (2025, (4, 20)),
        (2026, (4, 5)),
        (2027, (3, 28)),
        (2038, (4, 25)),
    ],
)
def test_easter(year, day):
    assert workdays.easter(year) == date(year, *day)


def test_holidays():
    assert len(workdays.holidays(2026)) == 11
    assert date(2026, 5, 14) in workdays.holidays(2026)
    assert workdays.next_working_day(date(2026, 5, 1)) == date(2026, 5, 4)
    assert not workdays.is_working_day(date(2026, 11, 11))


def test_a_thousand_notices_take_little_time():
    import time

    start = time.process_time()
    assert sum(1 for _notice in generate(1000, 3, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))) == 1000
    assert time.process_time() - start < 5


def test_weights_are_decimals():
    assert isinstance(next(generate(1, 1, NOW)).lots[0].criteria[0].weight, Decimal)
