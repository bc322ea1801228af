"""The rules of buying together: units, the survey frozen at a second, sums, shares that make a hundred, orders under a maximum."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings.rules import consolidation
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.rules import units
from megalis.portal.groupings.rules import wording
from megalis.portal.groupings.rules.survey import Line
from megalis.portal.groupings.rules.survey import Lot
from megalis.portal.groupings.rules.survey import Need
from tests.groupings.rules_scene import code_of
from tests.groupings.rules_scene import PAPER
from tests.groupings.rules_scene import quantities
from tests.groupings.rules_scene import SALT

import pytest


NOON = datetime(2026, 6, 1, 10, 0, 0, tzinfo=UTC)


SENT = NOON - timedelta(days=20)


# units


@pytest.mark.parametrize(
    ("typed", "unit", "expected"),
    [
        ("1 250", "ramette", "1250"),
        ("12,5", "t", "12.5"),
        ("300 kg", "t", "0.3"),
        ("2 tonnes", "kg", "2000"),
        ("500 litres", "m3", "0.5"),
        ("3 km", "m", "3000"),
        ("40 m²", "m2", "40"),
        ("2 ans", "mois", "24"),
        ("0", "unite", "0"),
        ("12\u202f000 ramettes", "ramette", "12000"),
    ],
)
def test_a_quantity_is_read_in_the_unit_of_its_line(typed, unit, expected):
    assert units.read(typed, unit) == Decimal(expected)


@pytest.mark.parametrize(
    ("typed", "written"), [("300", "300"), ("1500 kg", "1.5"), ("1000000", "1000000"), ("0,50", "0.5"), ("0", "0")]
)
def test_a_quantity_keeps_no_zero_that_nobody_typed(typed, written):
    assert str(units.read(typed, "t")) == written


@pytest.mark.parametrize(
    ("typed", "unit", "code"),
    [
        ("300 kg", "ramette", "unite.differente"),
        ("3 jours", "mois", "unite.differente"),
        ("3 brouettes", "t", "unite.inconnue"),
        ("beaucoup", "t", "quantite.forme"),
        ("1,2,3", "t", "quantite.forme"),
        ("", "t", "quantite.forme"),
        ("-3", "t", "quantite.forme"),
        ("9" * 14, "t", "quantite.grande"),
        ("9" * 180, "t", "quantite.forme"),
        ("\x00", "t", "quantite.forme"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_code(typed, unit, code):
    assert code_of(units.read, typed, unit) == code


def test_the_mismatch_names_both_units_and_the_remedy():
    with pytest.raises(Refused) as refused:
        units.read("300 kg", "ramette")
    assert "« kg »" in refused.value.message and "ramette" in refused.value.message


@given(quantities, st.sampled_from(sorted(units.UNITS)), st.sampled_from(sorted(units.UNITS)))
def test_what_converts_comes_back(value, one, other):
    try:
        there = units.convert(value, one, other)
    except Refused as refused:
        assert refused.code == "unite.differente" and units.UNITS[one].kind != units.UNITS[other].kind
        return
    assert units.UNITS[one].kind == units.UNITS[other].kind
    # six decimals are kept of the greater unit, so the way back is known to as many of the lesser
    loss = units.UNITS[other].factor / units.UNITS[one].factor * Decimal("0.000001")
    assert abs(units.convert(there, other, one) - value) <= max(loss, Decimal("0.000001"))


@given(st.text(max_size=60))
def test_any_text_is_a_quantity_or_a_refusal(text):
    try:
        assert units.read(text, "t") >= 0
    except Refused as refused:
        assert refused.code.split(".")[0] in ("quantite", "unite")


# the survey


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOON - timedelta(microseconds=1), survey.OPEN),
        (NOON, survey.FROZEN),
        (NOON + timedelta(milliseconds=400), survey.FROZEN),
        (NOON - timedelta(seconds=1), survey.OPEN),
    ],
)
def test_the_survey_is_frozen_at_its_second(now, expected):
    assert survey.state(SENT, NOON, now) == expected


@given(st.integers(-(10**9), 10**9), st.integers(0, 999_999))
def test_the_state_changes_once_and_for_good(microseconds, fraction):
    closes = NOON + timedelta(microseconds=fraction)
    now = NOON + timedelta(microseconds=microseconds)
    frozen = survey.state(SENT, closes, now) == survey.FROZEN
    assert frozen == (survey.to_second(now) >= NOON)
    if frozen:
        assert survey.state(SENT, closes, now + timedelta(seconds=1)) == survey.FROZEN
        assert code_of(survey.check_answerable, SENT, closes, now) == "enquete.figee"
    else:
        survey.check_answerable(SENT, closes, now)


def test_nobody_answers_before_the_sending():
    assert code_of(survey.check_answerable, None, NOON, NOON - timedelta(days=1)) == "enquete.fermee"


def test_a_late_answer_reads_both_hours_to_the_second():
    with pytest.raises(Refused) as refused:
        survey.check_answerable(SENT, NOON, NOON + timedelta(seconds=3))
    assert "12:00:00" in refused.value.message and "12:00:03" in refused.value.message


def test_an_answer_tells_all_that_is_wrong_at_once():
    lines = [PAPER, SALT]
    needs, wrong = survey.read_answer(lines, {"a": "300 kg", "b": ""})
    assert not needs and [(key, refused.code) for key, refused in wrong] == [
        ("a", "unite.differente"),
        ("b", "besoin.absent"),
    ]
    needs, wrong = survey.read_answer(lines, {"a": "120", "b": "500 kg"}, {"a": "100"})
    assert not wrong and needs == {"a": Need(Decimal(120), Decimal(100)), "b": Need(Decimal("0.5"))}
    needs, wrong = survey.read_answer(lines, {"a": "120"}, whole=False)
    assert not wrong and list(needs) == ["a"]


def test_a_survey_that_asks_nothing_or_leaves_no_time_does_not_leave():
    lots, later = [Lot("1", "Papier")], NOON + timedelta(days=10)
    assert code_of(survey.check_sending, lots, [], later, NOON) == "enquete.vide"
    assert code_of(survey.check_sending, [*lots, Lot("2", "Sel")], [PAPER], later, NOON) == "enquete.lot-vide"
    assert code_of(survey.check_sending, lots, [PAPER], None, NOON) == "enquete.date"
    assert code_of(survey.check_sending, lots, [PAPER], NOON + timedelta(hours=23), NOON) == "enquete.delai"
    survey.check_sending(lots, [PAPER], later, NOON)


def test_lots_and_lines_are_checked():
    lots = [Lot("1", "Papier")]
    assert code_of(survey.check_lot, "1", "Autre", lots) == "lots.double"
    assert code_of(survey.check_lot, "", "Autre", lots) == "lots.numero"
    assert code_of(survey.check_lot, "2", " ", lots) == "lots.titre"
    assert survey.check_line("x", "1", " Papier  A3 ", "Ramettes", "4,10 €", lots, []) == Line(
        "x", "1", "Papier A3", "ramette", Decimal("4.10")
    )
    assert code_of(survey.check_line, "x", "9", "Papier", "kg", "", lots, []) == "besoin.lot"
    assert code_of(survey.check_line, "x", "1", "papier a4", "kg", "", lots, [PAPER]) == "besoin.double"
    assert code_of(survey.check_line, "x", "1", "Papier", "brouette", "", lots, []) == "unite.inconnue"
    assert survey.pasted("1 ; Papier ; ramette ; 3,20\n\n1\tEncre\tunité") == [
        ("1", "Papier", "ramette", "3,20"),
        ("1", "Encre", "unité", ""),
    ]
    assert code_of(survey.pasted, "1 ; Papier") == "besoin.ligne"


def test_reminders_follow_their_marks_once_and_never_after_the_end():
    week, days = NOON - timedelta(days=7), NOON - timedelta(days=2)
    assert survey.due_reminder(SENT, NOON, week - timedelta(seconds=1), ()) is None
    assert survey.due_reminder(SENT, NOON, week, ()) == week
    assert survey.due_reminder(SENT, NOON, week + timedelta(days=1), (week,)) is None
    assert survey.due_reminder(SENT, NOON, days, ()) == days  # a worker that was away reminds once
    assert survey.due_reminder(SENT, NOON, NOON, ()) is None
    assert survey.due_reminder(NOON - timedelta(days=2, hours=3), NOON, days, ()) is None  # it was sent the same day
    assert survey.next_look(SENT, NOON, SENT) == week
    assert survey.next_look(SENT, NOON, days) == NOON
    assert survey.next_look(SENT, NOON, NOON) is None


# the convention


WHOLE = {
    "title": "Fournitures", "scope": "Papier", "functioning": "Règles", "mission": "passation", "commission": "sans",
    "start": "2026-01-01", "end": "2028-12-31",
}  # fmt: skip


def test_a_convention_says_what_it_lacks():
    values, found = convention.entered(WHOLE)
    assert not found and not convention.lacking(values)
    values, found = convention.entered({**WHOLE, "scope": "", "mission": "autre"})
    assert not found and convention.lacking(values) == ["le périmètre", "la mission du coordonnateur"]
    assert [item.code for item in convention.entered({**WHOLE, "end": "2025-01-01"})[1]] == ["groupement.dates"]
    assert [item.code for item in convention.entered({**WHOLE, "title": "x" * 301})[1]] == ["groupement.objet"]
    assert convention.entered({**WHOLE, "start": "31/02/2026"})[0]["start"] is None
    for name in WHOLE:
        assert convention.entered({**WHOLE, name: ["a", "b"]})[0][name] in ("", None)


def test_the_stage_follows_the_members():
    invited, accepted, refused, signed = convention.INVITED, convention.ACCEPTED, convention.REFUSED, convention.SIGNED
    assert convention.stage([accepted]) == convention.PREPARING
    assert convention.stage([accepted, refused]) == convention.PREPARING
    assert convention.stage([accepted, invited]) == convention.INVITING
    assert convention.stage([signed, accepted, refused]) == convention.SIGNING
    assert convention.stage([signed, signed, refused]) == convention.WHOLE


@given(st.lists(st.sampled_from(["accepter", "refuser", "signer"]), max_size=6))
def test_nobody_signs_without_having_accepted(acts):
    state, seen = convention.INVITED, []
    for act in acts:
        try:
            state = convention.after(state, act)
        except Refused as refused:
            assert refused.code == "membre.etape"
            continue
        seen.append(act)
    assert (state == convention.SIGNED) == (seen == ["accepter", "signer"])


def test_who_may_be_invited():
    values = convention.entered(WHOLE)[0]
    assert code_of(convention.check_invitation, {**values, "scope": ""}, "b", {}, "a") == "convention.incomplete"
    assert code_of(convention.check_invitation, values, "a", {"a": convention.ACCEPTED}, "a") == "membre.soi"
    assert code_of(convention.check_invitation, values, "b", {"b": convention.INVITED}, "a") == "membre.double"
    assert code_of(convention.check_invitation, values, "c", {"b": convention.SIGNED}, "a") == "convention.signee"
    convention.check_invitation(values, "b", {"b": convention.REFUSED}, "a")
    assert code_of(convention.check_removal, convention.SIGNED, False) == "membre.signe"
    assert code_of(convention.check_removal, convention.ACCEPTED, True) == "membre.coordonnateur"


def test_the_consultation_opens_once_all_signed_and_the_needs_are_frozen():
    table = consolidation.consolidate([PAPER], ("a", "b"), {"a": {"a": Need(Decimal(3))}})
    empty = consolidation.consolidate([PAPER], ("a", "b"), {})
    signed, accepted = convention.SIGNED, convention.ACCEPTED
    assert code_of(convention.check_opening, [signed, accepted], table, True) == "ouverture.signatures"
    assert code_of(convention.check_opening, [signed, signed], table, False) == "ouverture.gel"
    assert code_of(convention.check_opening, [signed, signed], empty, True) == "ouverture.vide"
    convention.check_opening([signed, signed], table, True)


@pytest.mark.parametrize(
    ("states", "sent", "consultation", "code"),
    [
        (["accepte"], None, "", ""),
        (["accepte", "invite", "accepte"], None, "", ""),
        (["accepte", "signe"], None, "", "groupement.signe"),
        (["accepte", "accepte"], object(), "", "groupement.enquete"),
        (["accepte"], None, "uid", "groupement.consultation"),
    ],
)
def test_a_grouping_is_deleted_only_while_it_binds_nobody(states, sent, consultation, code):
    try:
        convention.check_deletion(states, sent, consultation)
    except Refused as refused:
        assert refused.code == code
    else:
        assert code == ""


def test_a_lot_that_was_given_no_name_is_not_named_twice():
    assert wording.lot("1", "Papier") == "Lot 1, Papier"
    assert wording.lot("2", "Lot 2") == "Lot 2"
    assert wording.lot("", "Papier et sel") == "Papier et sel"
