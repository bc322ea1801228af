"""Notices that are written: valid for the SDK (schemas and business rules), and read back equal."""

from datetime import date
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from functools import cache
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats import cpv
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms.validation import validate
from tests.formats.notices import differences
from tests.formats.notices import one_of
from tests.formats.notices import sample

import dataclasses
import pytest


@pytest.fixture(scope="module")
def sdk(referentiels):
    return referentiels("eforms-sdk-1.15.1")


@cache
def schema(path):
    return etree.XMLSchema(etree.parse(str(path / "schemas" / "maindoc" / "UBL-ContractNotice-2.3.xsd")))


def schema_errors(sdk, data):
    checker = schema(sdk)
    return [] if checker.validate(etree.fromstring(data)) else [str(checker.error_log.last_error)]


def rule_errors(sdk, data):
    verdict = validate(data, sdk)
    return [(item.code, "ERROR") for item in verdict.errors] + [(item.code, "WARN") for item in verdict.warnings]


def test_generated_notices_are_valid_for_the_schemas(sdk):
    assert [error for notice in sample(150) for error in schema_errors(sdk, eforms.write(notice))] == []


@pytest.mark.parametrize(
    ("subtype", "procedure", "lots"),
    [
        ("16", "open", 1),
        ("16", "open", 3),
        ("16", "neg-w-call", 1),
        ("17", "open", 2),
        ("E3", "open", 1),
        ("E3", "open", 8),
    ],
)
def test_each_kind_of_notice_keeps_every_business_rule(sdk, subtype, procedure, lots):
    data = eforms.write(one_of(subtype, procedure, lots))
    assert schema_errors(sdk, data) == []
    assert rule_errors(sdk, data) == []


def test_a_crowd_of_generated_notices_keeps_every_business_rule(sdk):
    broken = {n.internal_id: rule_errors(sdk, eforms.write(n)) for n in sample(40)}
    assert {key: errors for key, errors in broken.items() if errors} == {}


def test_the_rules_see_what_is_wrong(sdk):
    examples = sdk / "examples" / "notices"
    assert len(rule_errors(sdk, (examples / "INVALID_cn_24_stage-1.xml").read_bytes())) > 20
    assert rule_errors(sdk, (examples / "cn_24_FRA_comments.xml").read_bytes()) == []
    lame = dataclasses.replace(one_of("16"), procedure="")
    assert any("105" in rule for rule, _role in rule_errors(sdk, eforms.write(lame)))


def test_rewritten_examples_keep_the_rules_they_kept(sdk):
    for name in (
        "cn_24_FRA_comments.xml",
        "cn_24_minimal.xml",
        "cn_24_open.xml",
        "cn_24_nego_accel.xml",
        "E3_minimal.xml",
    ):
        data = (sdk / "examples" / "notices" / name).read_bytes()
        notice = eforms.parse(data)
        again = eforms.write(notice)
        assert schema_errors(sdk, again) == []
        assert set(rule_errors(sdk, again)) <= set(rule_errors(sdk, data)), name


def test_published_notices_and_examples_come_back_equal(referentiels):
    files = sorted(referentiels("eforms-published").glob("*.xml"))
    files += sorted((referentiels("eforms-sdk-1.15.1") / "examples" / "notices").glob("*.xml"))
    count = 0
    for path in files:
        try:
            notice = eforms.parse(path.read_bytes())
        except eforms.NoticeRefused:
            continue
        again = eforms.write(notice)
        assert differences(notice, eforms.parse(again)) == [], path.name
        assert schema_errors(referentiels("eforms-sdk-1.15.1"), again) == [], path.name
        count += 1
    assert count >= 15


def test_generated_notices_come_back_equal():
    for notice in sample(150):
        assert differences(notice, eforms.parse(eforms.write(notice))) == []


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp", "Cn"]), min_size=1, max_size=12).filter(
    lambda text: not {"\ufffe", "\uffff"} & set(text)
)
LINE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
TEXT = st.lists(LINE, max_size=3).map("\n".join)
AMOUNT = st.decimals(0, 10**12, places=2).map(lambda number: eforms.Money(abs(Decimal(number)), "EUR"))
MOMENT = st.datetimes(min_value=datetime(1960, 1, 1), max_value=datetime(2190, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
FLAG = st.none() | st.booleans()
PLACE = st.builds(
    eforms.Place, nuts=st.sampled_from(["", "FRH01"]), city=st.just("") | LINE, country=st.just("FRA"), description=TEXT
)
CRITERION = st.builds(
    eforms.Criterion,
    type=st.sampled_from(["price", "cost", "quality"]),
    name=st.just("") | LINE,
    description=TEXT,
    parameters=st.lists(
        st.builds(
            eforms.Parameter,
            kind=st.sampled_from(["weight", "fixed", "threshold"]),
            code=st.sampled_from(["per-exa", "poi-exa", "min-score", "fix-tot"]),
            number=st.decimals(0, 1000, places=2).map(abs),
        ),
        max_size=2,
    ).map(tuple),
)
LOT_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "title": LINE,
        "description": TEXT,
        "note": TEXT,
        "options": TEXT,
        "renewals": TEXT,
        "renewals_max": st.none() | st.integers(0, 99),
        "value": st.none() | AMOUNT,
        "framework_maximum": st.none() | AMOUNT,
        "places": st.lists(PLACE, max_size=3).map(tuple),
        "duration": st.none()
        | st.builds(eforms.Duration, st.integers(0, 9999), st.sampled_from(["DAY", "WEEK", "MONTH", "YEAR"])),
        "start": st.none() | st.dates(date(1960, 1, 1), date(2190, 1, 1)),
        "criteria": st.lists(CRITERION, max_size=4).map(tuple),
        "deadline": st.none() | MOMENT,
        "participation_deadline": st.none() | MOMENT,
        "interest_deadline": st.none() | MOMENT,
        "question_deadline": st.none() | MOMENT,
        "opening": st.none() | MOMENT,
        "gpa": FLAG,
        "auction": FLAG,
        "sme_suitable": FLAG,
        "guarantee_required": FLAG,
        "guarantee": TEXT,
        "e_signature": FLAG,
        "legal_form_required": FLAG,
        "legal_form": TEXT,
        "reserved": st.sampled_from([(), ("none",), ("res-ws", "res-pub-ser")]),
        "conditions": st.lists(st.builds(eforms.Condition, st.just("performance"), TEXT), max_size=3).map(tuple),
        "selection": st.lists(st.builds(eforms.Selection, st.just("slc-stand-other"), TEXT, FLAG), max_size=3).map(
            tuple
        ),
        "objectives": st.lists(st.builds(eforms.Condition, st.just("social-objective:acc-all"), TEXT), max_size=2).map(
            tuple
        ),
    },
)


@settings(max_examples=60, deadline=None)
@given(LINE, TEXT, st.none() | AMOUNT, st.lists(LOT_CHANGES, min_size=1, max_size=3), MOMENT)
def test_any_notice_comes_back_equal(title, description, value, changes, dispatched):
    base = one_of("16", lots=3)
    lots = tuple(dataclasses.replace(lot, **change) for lot, change in zip(base.lots, changes, strict=False))
    notice = dataclasses.replace(
        base, title=title, description=description, value=value, lots=lots, dispatched=dispatched
    )
    assert differences(eforms.parse(eforms.write(notice), cpv.builtin()), notice) == []


def test_changed_notices_touch_points_and_providers_come_back():
    base = one_of("16")
    point = eforms.Organisation(
        "TPO-0001", "Service des marchés", parent="ORG-0001", email="marches@ville.example", city="Brest"
    )
    notice = dataclasses.replace(
        base,
        organisations=(base.organisations[0], point, *base.organisations[1:]),
        buyer_roles=(dataclasses.replace(base.buyer_roles[0], providers=(("ted-esen", "ORG-0002"),)),),
        change=eforms.Change(
            f"{base.notice_id}-01",
            "update-add",
            "Report de la date limite.",
            (eforms.Condition("LOT-0001 LOT-0002", "Date."),),
        ),
        lots=tuple(dataclasses.replace(lot, information_ref="TPO-0001") for lot in base.lots),
        exclusions=(eforms.Condition("exg-crim-part", "Motif."),),
        version="02",
    )
    assert differences(eforms.parse(eforms.write(notice)), notice) == []


def test_other_subtypes_are_not_written():
    with pytest.raises(eforms.NoticeRefused) as caught:
        eforms.write(dataclasses.replace(one_of("16"), subtype="29"))
    assert [issue.code for issue in caught.value.issues] == ["eforms.sous-type"]


def test_characters_xml_forbids_are_left_out():
    notice = dataclasses.replace(one_of("16"), title="Voirie\x00\x0b\ud800 neuve")
    assert eforms.parse(eforms.write(notice)).title == "Voirie neuve"


def test_markup_in_a_text_stays_text():
    notice = dataclasses.replace(
        one_of("16"), title="<b>Voirie</b> & ]]> <!-- -->", description="<script>alert(1)</script>"
    )
    assert differences(eforms.parse(eforms.write(notice)), notice) == []
