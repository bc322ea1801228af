"""Dates that bind, weeks where they crowd, and what an agent is told of them in the morning: rules as functions."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.tracking import reminding
from megalis.portal.consultations.tracking import rules
from megalis.portal.consultations.tracking.reminding import Choice
from megalis.portal.consultations.tracking.rules import Due

import pytest


NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)  # a Thursday, ten o'clock in Paris
DAY = timedelta(days=1)
DEADLINE = NOW + 4 * DAY
KNOWN = {"questions": NOW - DAY, "opening": DEADLINE + timedelta(hours=2)}


def kinds(state, **milestones):
    return [due.kind for due in rules.dues(state, DEADLINE, milestones or KNOWN)]


def test_each_phase_has_the_dates_that_still_bind_it():
    assert kinds(phase.PUBLIEE) == [rules.QUESTIONS, rules.DEADLINE, rules.OPENING]
    assert kinds(phase.ELABORATION) == [rules.QUESTIONS, rules.DEADLINE, rules.OPENING]
    assert kinds(phase.CLOSE) == [rules.OPENING]
    assert kinds(phase.ANALYSE) == []
    assert kinds(phase.DECIDEE, standstill=NOW) == [rules.STANDSTILL]
    assert kinds(phase.ANNULEE) == []


def test_only_a_contract_that_was_awarded_has_essential_data_to_publish():
    assert kinds(phase.NOTIFIEE, notifiee=NOW, awarded=True) == [rules.DECP]
    assert kinds(phase.NOTIFIEE, notifiee=NOW) == []
    assert kinds(phase.NOTIFIEE, notifiee=NOW, awarded=True, data=True) == []


def test_the_award_notice_binds_from_the_decision_until_it_is_sent():
    assert kinds(phase.DECIDEE, notice=NOW) == kinds(phase.NOTIFIEE, notice=NOW) == [rules.NOTICE]
    assert kinds(phase.ANALYSE, notice=NOW) == kinds(phase.ARCHIVEE, notice=NOW) == []


def test_it_has_thirty_days_from_the_signature_and_forty_eight_for_a_concession():
    signed = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already the second of March in Paris
    assert rules.notice_due(signed).isoformat() == "2026-04-01T23:59:59+02:00"
    assert rules.notice_due(signed, concession=True).isoformat() == "2026-04-19T23:59:59+02:00"


def test_two_months_end_with_the_day_and_on_the_last_day_of_a_shorter_month():
    end = rules.months_after(datetime(2026, 12, 31, 10, 0, tzinfo=UTC), 2)
    assert f"{end:%Y-%m-%d %H:%M:%S%z}" == "2027-02-28 23:59:59+0100"


def test_what_comes_next_is_the_first_date_not_yet_past():
    found = rules.dues(phase.PUBLIEE, DEADLINE, KNOWN)
    assert rules.upcoming(found, NOW) == Due(rules.DEADLINE, DEADLINE)
    assert rules.upcoming(found, NOW + 9 * DAY) is None
    assert rules.awaited(phase.ANALYSE, (), NOW) == "Décision à prendre"
    assert rules.awaited(phase.PUBLIEE, found, NOW) == ""


def test_bids_that_wait_after_the_planned_opening_are_late():
    found = rules.dues(phase.CLOSE, DEADLINE, KNOWN)
    assert not rules.is_late(phase.CLOSE, found, DEADLINE)
    assert rules.is_late(phase.CLOSE, found, KNOWN["opening"])


def test_a_week_begins_on_monday_at_midnight_in_paris_also_when_the_clocks_change():
    found = rules.weeks([], datetime(2026, 3, 28, 9, 0, tzinfo=UTC), 3)
    assert [f"{week.monday:%d/%m %H:%M}" for week in found] == ["23/03 00:00", "30/03 00:00", "06/04 00:00"]
    due = Due(rules.DEADLINE, datetime(2026, 3, 29, 22, 30, tzinfo=UTC))  # Monday, half past midnight in summer time
    assert [week.total for week in rules.weeks([due], datetime(2026, 3, 28, 9, 0, tzinfo=UTC), 3)] == [0, 1, 0]


def test_what_is_past_or_beyond_the_weeks_shown_is_not_counted():
    dues = [Due(rules.DEADLINE, NOW - DAY), Due(rules.DEADLINE, NOW + 200 * DAY), Due(rules.OPENING, NOW + DAY)]
    assert [week.total for week in rules.weeks(dues, NOW, 4)] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("totals", "busy"),
    [
        ([], []),
        ([8], [True]),
        ([4, 0, 0], [False] * 3),
        ([5, 0, 0], [True, False, False]),
        ([10, 0, 20], [False, False, True]),
        ([5, 10, 0], [False, True, False]),
        ([10, 10, 0, 0], [True, True, False, False]),
        ([6, 6, 6, 6], [False] * 4),
        ([6, 9, 6, 6], [False, True, False, False]),
    ],
)
def test_a_week_is_overloaded_from_five_dates_on_and_beside_the_others(totals, busy):
    assert rules.overloaded(totals) == busy


def test_the_overloaded_week_is_the_one_that_crowds():
    crowd = [Due(rules.DEADLINE, NOW + 7 * DAY) for _ in range(8)] + [Due(rules.OPENING, NOW + 14 * DAY)]
    assert [week.busy for week in rules.weeks(crowd, NOW, 3)] == [False, True, False]


@pytest.mark.parametrize(
    ("days", "step"),
    [(20, None), (8, None), (7, reminding.WEEK), (2, reminding.WEEK), (1, reminding.DAY), (0.2, reminding.DAY)],
)
def test_a_date_is_told_a_week_before_then_the_day_before(days, step):
    assert reminding.step_of(Due(rules.DEADLINE, NOW + days * DAY), NOW) == step


def test_what_just_passed_is_told_and_what_passed_long_ago_is_not():
    assert reminding.step_of(Due(rules.DEADLINE, NOW - DAY), NOW) == reminding.PASSED
    assert reminding.step_of(Due(rules.DEADLINE, NOW - 5 * DAY), NOW) is None
    assert reminding.step_of(Due(rules.QUESTIONS, NOW - DAY), NOW) is None


def test_a_standstill_is_told_when_it_is_over_and_not_before():
    assert reminding.step_of(Due(rules.STANDSTILL, NOW + DAY), NOW) is None
    assert reminding.step_of(Due(rules.STANDSTILL, NOW - DAY), NOW) == reminding.ENDED


def test_the_deadline_is_told_once_past_though_the_board_only_waits_for_the_opening():
    assert [due.kind for due in reminding.moments(phase.CLOSE, DEADLINE, KNOWN)] == [rules.DEADLINE, rules.OPENING]


def test_the_morning_begins_at_seven_in_paris():
    assert reminding.turn(datetime(2026, 3, 12, 5, 59, tzinfo=UTC)).day == 11
    assert reminding.turn(datetime(2026, 3, 12, 6, 0, tzinfo=UTC)).day == 12


def test_an_agent_gets_what_he_chose():
    assert Choice().wants(reminding.DAY, mine=False)
    assert not Choice(steps=(reminding.WEEK,)).wants(reminding.DAY, mine=True)
    assert Choice(reminding.MINE).wants(reminding.DAY, mine=True) and not Choice(reminding.MINE).wants("j-1", False)
    assert not Choice(reminding.NONE).wants(reminding.DAY, mine=True)


def test_the_sentences_say_when():
    tomorrow = Due(rules.DEADLINE, NOW + DAY)
    assert reminding.sentence(tomorrow, reminding.DAY, NOW) == "Remise des plis demain, vendredi 13 mars 2026, 10:00"
    week = reminding.sentence(Due(rules.OPENING, NOW + 5 * DAY), reminding.WEEK, NOW)
    assert week.startswith("Ouverture des plis dans 5 jours")
    for kind in (rules.DEADLINE, rules.OPENING, rules.NOTICE, rules.DECP):
        assert "12 mars 2026" in reminding.sentence(Due(kind, NOW), reminding.PASSED, NOW)
    assert "peut être notifié" in reminding.sentence(Due(rules.STANDSTILL, NOW), reminding.ENDED, NOW)


def test_the_subject_starts_with_the_fact():
    one = [{"title": "Voirie", "sentence": "Remise des plis demain, vendredi 13 mars 2026, 10:00"}]
    assert reminding.subject(one) == "Remise des plis demain : Voirie"
    assert reminding.subject(one * 3) == "3 dates à suivre ce matin"
