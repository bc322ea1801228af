"""What a notice says, when it may leave, when the profile may speak: rules in milliseconds, and the SDK as the judge."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from lxml import etree
from megalis.portal.consultations.notices import awarding
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import drawing
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.notices import typed
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import techniques
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms.contests import write_contest
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.formats.refusal import Refused
from tests.notices.calls import CALL
from tests.notices.calls import LOTS
from tests.notices.calls import MAPA
from tests.notices.calls import NOW
from tests.notices.calls import WINNER

import pytest


CALL_, CHANGE, CANCEL, AWARD = lifecycle.CALL, lifecycle.CHANGE, lifecycle.CANCEL, lifecycle.AWARD
FRAMEWORK = {"framework": techniques.ORDERS, "framework_maximum": 900_000, "months": 48}
NETWORK = replace(CALL.buyer, utility="water")
PORT = replace(CALL, procedure="concession", months=60, nature="services", cpv="63721000")
CASES = {
    "16": CALL,
    "16, two lots": replace(CALL, lots=LOTS),
    "16, restricted": replace(CALL, procedure="appel-offres-restreint"),
    "16, negotiated": replace(CALL, procedure="procedure-negociation"),
    "16, dialogue": replace(CALL, procedure="dialogue-competitif"),
    "16, innovation": replace(CALL, procedure="partenariat-innovation"),
    "16, dynamic": replace(CALL, procedure="systeme-acquisition-dynamique"),
    "16, framework": replace(CALL, **FRAMEWORK),
    "16, framework in lots": replace(
        CALL, **{**FRAMEWORK, "framework": techniques.CALLS}, lots=LOTS, framework_holders=3
    ),
    "16, urgent": replace(CALL, urgent=True, urgent_reason="Digue menacée."),
    "17": replace(CALL, buyer=replace(CALL.buyer, utility="water")),
    "20": replace(CALL, procedure="procedure-adaptee", ground="services-sociaux", nature="services", cpv="80000000"),
    "19": replace(CALL, procedure="concession", months=84),
    "19, two lots": replace(CALL, procedure="concession", months=84, lots=LOTS),
    "19, of a network": replace(CALL, procedure="concession", months=84, buyer=replace(CALL.buyer, utility="water")),
    "19, of services": PORT,
    "19, of works and of services": replace(
        CALL, procedure="concession", months=60, lots=(LOTS[0], replace(LOTS[1], nature="services", cpv="63721000"))
    ),
    "16, of services": replace(CALL, nature="services", cpv="71240000"),
    "16, of supplies": replace(CALL, nature="fournitures", cpv="30213000"),
    "17, negotiated": replace(CALL, procedure="procedure-negociation", buyer=NETWORK),
    "17, dialogue": replace(CALL, procedure="dialogue-competitif", buyer=NETWORK),
    "17, restricted": replace(CALL, procedure="appel-offres-restreint", buyer=NETWORK),
    "17, framework in lots": replace(CALL, **FRAMEWORK, lots=LOTS, buyer=NETWORK),
    "17, of services": replace(CALL, nature="services", cpv="71240000", buyer=replace(CALL.buyer, utility="water")),
    "E3": MAPA,
    "E3, of services": replace(MAPA, nature="services", cpv="71240000"),
    "E3, concession of services": replace(PORT, formal=False),
    "E3, of a network": replace(MAPA, buyer=replace(MAPA.buyer, utility="water")),
    "E3, two lots": replace(MAPA, lots=LOTS),
    "E3, framework in lots": replace(MAPA, lots=LOTS, **FRAMEWORK),
}


def broken(sdk, data):
    return [(item.code, item.field, item.message) for item in validate(data, sdk, strict=True).errors]


@pytest.mark.parametrize("case", CASES)
def test_what_a_consultation_says_keeps_every_rule_of_the_sdk(sdk, case):
    call = CASES[case]
    notice = composing.notice_of(call, NOW)
    assert notice.subtype == case.partition(",")[0]
    assert broken(sdk, eforms.write(notice)) == []


def test_a_contest_keeps_every_rule(sdk):
    notice = composing.notice_of(replace(CALL, procedure="concours"), NOW)
    assert notice.subtype == "23"
    assert broken(sdk, write_contest(notice, composing.contest_of(CALL))) == []


def test_a_contest_names_its_jury_and_its_prizes(sdk):
    call = replace(
        CALL, procedure="concours", jury=("Mme Le Goff, architecte", "M. Kerbrat, maire"), jury_binding=True,
        prizes=("20 000 € Prime du lauréat", "8 000,50 € : Deuxième prime"),
    )  # fmt: skip
    data = write_contest(composing.notice_of(call, NOW), composing.contest_of(call))
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    assert [node.text for node in root.iterfind(".//{*}TechnicalCommitteePerson/{*}FamilyName")] == list(call.jury)
    assert [(node[0].text, node[1].text, node[2].text) for node in root.iterfind(".//{*}Prize")] == [
        ("1", "20000", "Prime du lauréat"), ("2", "8000.50", "Deuxième prime"),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["Prime du lauréat", "0 € rien", "€ 20", "-5 € prime", "9" * 40])
def test_a_line_that_is_no_prize_is_refused_in_its_words(line):
    draft = drawing.draw(replace(CALL, procedure="concours", prizes=(line,)), "joue", CALL_, [], NOW)
    assert not draft.sendable and [item.code for item in draft.errors] == ["concours.prime"]
    (rubric,) = [item for item in draft.rubrics if item.findings]
    assert (rubric.key, rubric.page) == ("concours", "@@modifier?etape=procedure"), "beside what mends it"


def test_a_contest_is_read_with_its_jury_and_its_prizes_and_no_change_is_told_of_a_notice_that_left_without():
    call = replace(CALL, procedure="concours", jury=("M. Kerbrat, maire",), prizes=("20 000 € Prime du lauréat",))
    kept = rubrics.kept(rubrics.of(call))
    text = {key: text for key, _lot, _title, text in kept}["concours"]
    assert "M. Kerbrat, maire. Son avis ne lie pas" in text and "20 000 € Prime du lauréat" in text
    before = tuple(row for row in kept if row[0] != "concours")
    assert rubrics.changes(before, kept) == []
    other = rubrics.kept(rubrics.of(replace(call, prizes=("30 000 €",))))
    assert [row["title"] for row in rubrics.changes(kept, other)] == ["Concours"]


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_change_notice_names_the_notice_it_changes_and_the_lots(sdk, cancelled):
    call = CASES["16, two lots"]
    previous = f"{composing.notice_id(call.uid, CALL_)}-01"
    change = composing.change_of(call, previous, "Report", [("", "Date limite"), ("2", "Intitulé")], cancelled)
    assert {item.code for item in change.sections} == {"PROCEDURE", "LOT-0002"}
    assert broken(sdk, eforms.write(composing.notice_of(call, NOW, "02", change))) == []


def outcome(lot, **more):
    told = {
        "decision": decisions.ATTRIBUE,
        "sizes": ("10-49", "", "50-249"),
        "amount": 125_000,
        "holders": (awarding.Holder((awarding.Operator(WINNER, "50-249"),), 180_000),),
        "decided": date(2026, 11, 1),
        "concluded": date(2026, 11, 20),
    }
    return awarding.Outcome(lot, **{**told, **more})


FAILED = {"decision": decisions.INFRUCTUEUX, "holders": (), "amount": None}


@pytest.mark.parametrize(
    "case, outcomes, subtype",
    [
        ("16", [outcome("")], "29"),
        ("16, two lots", [outcome("1"), outcome("2", **FAILED)], "29"),
        ("16, two lots", [outcome("1"), outcome("2", **{**FAILED, "sizes": ()})], "29"),
        ("16, framework", [outcome("")], "29"),
        ("16, framework in lots", [outcome("1"), outcome("2")], "29"),
        ("17", [outcome("")], "30"),
        ("20", [outcome("")], "33"),
        ("E3, two lots", [outcome("1"), outcome("2")], "E4"),
        ("E3, framework in lots", [outcome("1"), outcome("2")], "E4"),
    ],
)
def test_the_decisions_make_an_award_notice_that_keeps_every_rule(sdk, case, outcomes, subtype):
    data = awarding.write(CASES[case], outcomes, NOW)
    assert f">{subtype}</cbc:SubTypeCode>".encode() in data
    assert broken(sdk, data) == []


def test_an_award_notice_wants_the_decision_of_every_lot():
    with pytest.raises(Refused) as caught:
        awarding.award_of(CASES["16, two lots"], [outcome("1")])
    assert caught.value.code == "avis.decision" and "lot 2" in caught.value.message


def test_a_concession_says_what_it_should_bring_in_or_does_not_leave(sdk):
    call = CASES["19, two lots"]
    outcomes = [outcome("1"), outcome("2", **FAILED)]
    said = special.Extra(
        revenues=(("1", Decimal(20_000), Decimal(105_000)),), method="Compte d’exploitation prévisionnel."
    )
    data = awarding.write(call, outcomes, NOW, extra=said)
    assert broken(sdk, data) == []
    assert b">105000</efbc:RevenueUserAmount>" in data
    for extra in (special.NOTHING, replace(said, method=" "), replace(said, revenues=())):
        with pytest.raises(Refused) as caught:
            awarding.write(call, outcomes, NOW, extra=extra)
        assert caught.value.code == "avis.recettes" and "recettes du lot 1" in caught.value.message


def test_the_award_of_a_concession_of_services_keeps_every_rule(sdk):
    said = special.Extra(revenues=(("", Decimal(0), Decimal(5_600_000)),), method="Compte d’exploitation prévisionnel.")
    data = awarding.write(PORT, [outcome("")], NOW, extra=said)
    assert b">32</cbc:SubTypeCode>" in data and broken(sdk, data) == []


def test_a_concession_below_the_threshold_has_no_european_notice():
    assert composing.subtype_of(replace(CALL, procedure="concession", formal=False)) == "E3"


CHANGED = special.Extra(lot="1", cause="add-wss", text="Montant porté à 150 000 €.")


@pytest.mark.parametrize(
    "case, subtype",
    [
        ("16, two lots", "38"),
        ("16, framework in lots", "38"),
        ("E3, two lots", "38"),
        ("17, framework in lots", "39"),
        ("19, two lots", "40"),
    ],
)
def test_a_modification_tells_the_lot_it_changes_and_not_those_that_failed(sdk, case, subtype):
    call = CASES[case]
    previous = f"{composing.notice_id(call.uid, AWARD)}-01"
    outcomes = [outcome("1", **FAILED), outcome("2")]
    data, _key = special.modification(call, outcomes, replace(CHANGED, lot="2"), previous, NOW)
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    assert root.findtext(".//{*}SubTypeCode") == subtype
    assert [node.text for node in root.iterfind("{*}ProcurementProjectLot/{*}ID")] == ["LOT-0002"]
    assert [node.text for node in root.iterfind(".//{*}ModifiedContractIdentifier")] == ["CON-0001"]


def test_a_modification_asks_nothing_of_who_holds_another_lot(sdk):
    stranger = awarding.Holder((awarding.Operator(replace(WINNER, name="Wegenbouw", company_ids=())),), 10)
    outcomes = [outcome("1"), outcome("2", holders=(stranger,))]
    call = CASES["16, two lots"]
    previous = f"{composing.notice_id(call.uid, AWARD)}-01"
    assert broken(sdk, special.modification(call, outcomes, CHANGED, previous, NOW)[0]) == []
    with pytest.raises(Refused) as caught:
        special.modification(call, outcomes, replace(CHANGED, lot="2"), previous, NOW)
    assert caught.value.code == "avis.titulaire" and "Wegenbouw" in caught.value.message


def test_the_grounds_of_a_modification_are_those_of_the_code_and_of_the_list_of_the_sdk(referentiels):
    """L. 2194-1 and L. 3135-1 name six grounds in the same order; their decree gives each its article and some a limit."""
    for procedure, articles, own, limits in (
        (
            "appel-offres-ouvert",
            "R. 2194",
            "fournitures",
            ("(R. 2194-3)", "50 %", "10 %", "15 % en travaux", "R. 2194-9"),
        ),
        ("concession", "R. 3135", "Nouveau concessionnaire", ("(R. 3135-3)", "50 %", "10 %", "R. 3135-9")),
    ):
        found = special.reasons_of(procedure)
        assert [words.rpartition("(")[2] for words in found.values()] == [
            f"{articles}-{n})" for n in (1, 2, 5, 6, 7, 8)
        ]
        assert any(own in words for words in found.values())
        said = special.limits_of(procedure).replace("\N{NO-BREAK SPACE}", " ")
        assert [limit for limit in limits if limit not in said] == []
    assert "fournitures" not in " ".join(found.values()) and "15" not in said, "a concession is of works or services"
    codes = etree.parse(referentiels("eforms-sdk-1.15.1") / "codelists/modification-justification.gc")
    listed = {row.findtext("Value[@ColumnRef='code']/SimpleValue") for row in codes.iter("Row")}
    assert listed == set(special.REASONS)


DONE = special.Extra(
    lot="1", paid=Decimal("131000.50"), penalties=Decimal(250), period="Quatorze mois.", text="Solde de tout compte."
)


@pytest.mark.parametrize("case", ["E3, two lots", "16, two lots", "16, framework in lots", "19, two lots"])
def test_a_contract_that_ended_says_what_was_paid_and_how_long_it_took(sdk, case):
    data, key = special.completion(CASES[case], [outcome("1"), outcome("2", **FAILED)], DONE, NOW)
    assert broken(sdk, data) == []
    assert b">E5</cbc:SubTypeCode>" in data and key.encode() in data
    root = etree.fromstring(data)
    assert [node.text for node in root.iterfind(".//{*}PaidAmount")] == ["131000.50"]
    assert [node.text for node in root.iterfind("{*}ProcurementProjectLot/{*}ID")] == ["LOT-0001"]


@pytest.mark.parametrize(
    "change", [{"lot": "2"}, {"lot": "9"}, {"paid": None}, {"paid": Decimal(-1)}, {"period": " "}, {"text": "x" * 2001}]
)
def test_an_ended_contract_that_says_too_little_is_refused(change):
    with pytest.raises(Refused) as caught:
        special.completion(CASES["E3, two lots"], [outcome("1"), outcome("2", **FAILED)], replace(DONE, **change), NOW)
    assert caught.value.code == "avis.achevement"


def test_findings_stand_beside_the_rubric_that_mends_them(sdk):
    call = replace(CASES["16, two lots"], cpv="", lots=(replace(LOTS[0], title="y" * 450), LOTS[1]))
    data = eforms.write(composing.notice_of(call, NOW))
    found = rubrics.with_findings(rubrics.of(call), validate(data, sdk).errors, etree.fromstring(data), ("1", "2"))
    told = {(item.key, item.lot): [one.code for one in item.findings] for item in found if item.findings}
    assert "BT-21-Lot_length" in told["lots", "1"]
    assert told["cpv", ""] == ["BR-BT-00262-0022"]
    pages = {(item.key, item.lot): rubrics.page_of(item, True) for item in found}
    assert pages["cpv", ""] == "@@modifier?etape=objet" and pages["lots", "1"] == "@@lots"


def test_every_attribute_of_the_model_that_a_rule_may_name_has_a_rubric_or_falls_among_the_others():
    finding = validate(b"<a/>").errors[0]
    (other,) = rubrics.with_findings([], [finding], None)
    assert (other.key, other.findings) == ("autre", [finding])


@pytest.mark.parametrize(
    "text, months, expected",
    [
        ("24 mois", None, (24, "MONTH")),
        ("un an, reconductible tacitement trois fois", None, (1, "YEAR")),
        ("90 jours à compter de l’ordre de service", None, (90, "DAY")),
        ("6 semaines", None, (6, "WEEK")),
        ("2 ans", 48, (48, "MONTH")),
    ],
)
def test_a_duration_is_read_in_the_words_of_the_consultation(text, months, expected):
    found = typed.duration_of(text, months)
    assert (found.number, found.unit) == expected


def test_words_that_say_no_duration_say_none():
    assert [typed.duration_of(text) for text in ("", "à définir", "0 mois", "le mois prochain")] == [None] * 4
    assert typed.renewals_of("1 an reconductible trois fois", None) == 3
    assert typed.renewals_of("1 an", 2) == 2


@pytest.mark.parametrize(
    "said, written",
    [("02 98 04 71 06", "+33 298047106"), ("+33 2 98 04 71 06", "+33 298047106"), ("", ""), ("poste 12", "poste 12")],
)
def test_a_telephone_number_is_written_as_the_journal_wants_it(said, written):
    assert typed.phone(said) == written


def test_identifiers_are_the_same_each_time_and_differ_by_kind():
    assert composing.notice_id(CALL.uid, CALL_) == composing.notice_id(CALL.uid, CALL_)
    assert composing.notice_id(CALL.uid, CALL_) != composing.notice_id(CALL.uid, AWARD)
    assert composing.notice_id(CALL.uid, CALL_)[14] == "4"
