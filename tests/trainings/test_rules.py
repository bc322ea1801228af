"""The rules of training, without a site: dates, seats, the waiting list, presence, opinions, counts."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import figures
from megalis.portal.trainings.rules import counting
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions

import pytest


NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
DAY = date(2026, 4, 14)


def code_of(function, *values):
    try:
        function(*values)
    except Refused as refused:
        return refused.code
    return ""


def typed(day=DAY, start="9:00", end="12:00"):
    return {"day": day, "start": start, "end": end}


def somebody(name, at=NOW, kind="agent"):
    return roster.Entry(name, name, name.title(), f"{name}@a.fr", "Saint-Brieuc", "212202782", kind, at)


def filled(*names, seats=2):
    entries = ()
    for rank, name in enumerate(names):
        entries, _made = roster.enrol(entries, somebody(name, NOW + timedelta(minutes=rank)), seats)
    return entries


def test_the_dates_of_a_session_are_sorted_and_kept_in_utc():
    found = sessions.spans([typed(start="14:00", end="17:00"), typed()], NOW)
    assert found[0] == (datetime(2026, 4, 14, 7, tzinfo=UTC), datetime(2026, 4, 14, 10, tzinfo=UTC))
    assert found[1][0] > found[0][1]
    assert sessions.hours(found) == 6
    assert sessions.french_hours(3.5) == "3 h 30"
    assert sessions.days(found) == ["mardi 14 avril 2026, de 09:00 à 12:00 et de 14:00 à 17:00"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "session.dates"),
        ([typed(start="9h")], "heure"),
        ([typed(start="25:00")], "heure"),
        ([typed(end="8:00")], "session.fin"),
        ([typed(start="6:00", end="23:00")], "session.longue"),
        ([typed(day=date(2026, 3, 15))], "session.passee"),
        ([typed(day=date(2031, 3, 15))], "session.lointaine"),
        ([typed(), typed(start="11:00", end="13:00")], "session.chevauche"),
        ([typed(day=date(2026, 3, 29), start="2:30", end="5:00")], "heure.inexistante"),
        ([typed(day=DAY + timedelta(days=n)) for n in range(11)], "session.nombre"),
    ],
)
def test_dates_no_session_can_have_are_refused(rows, code):
    assert code_of(sessions.spans, rows, NOW) == code


def test_a_session_that_has_begun_may_be_corrected_without_moving_it():
    found = sessions.spans([typed()], NOW)
    later = NOW + timedelta(days=60)
    assert code_of(sessions.spans, [typed()], later, found) == ""
    assert code_of(sessions.spans, [typed(start="8:00")], later, found) == "session.passee"


def test_enrolment_ends_with_a_day_or_with_the_start():
    starts = sessions.spans([typed()], NOW)[0][0]
    ends = sessions.closing(date(2026, 4, 10), starts, NOW)
    assert ends == datetime(2026, 4, 10, 22, tzinfo=UTC)
    assert sessions.last_day(ends, starts) == date(2026, 4, 10)
    assert sessions.closing(None, starts, NOW) == sessions.closing(DAY, starts, NOW) == starts
    assert sessions.last_day(starts, starts) == DAY
    assert code_of(sessions.closing, date(2026, 4, 15), starts, NOW) == "limite.tardive"
    assert code_of(sessions.closing, date(2026, 3, 15), starts, NOW) == "limite.passee"


@pytest.mark.parametrize(
    ("seats", "taken", "code"),
    [(12, 3, ""), (0, 0, "places.nombre"), (501, 0, "places.nombre"), (2, 3, "places.prises")],
)
def test_seats_are_bounded_and_never_fewer_than_people(seats, taken, code):
    assert code_of(sessions.seats, seats, taken) == code


def test_the_state_of_a_session_follows_the_clock():
    spans = sessions.spans([typed()], NOW)
    closes = sessions.closing(date(2026, 4, 10), spans[0][0], NOW)

    def at(instant, taken=0, cancelled=None):
        return sessions.state(spans, closes, 2, taken, cancelled, instant)

    assert at(NOW) == sessions.OPEN
    assert at(NOW, taken=2) == sessions.FULL
    assert at(closes) == sessions.CLOSED
    assert at(spans[0][0]) == sessions.RUNNING
    assert at(spans[0][1]) == sessions.OVER
    assert at(NOW, cancelled=(NOW, "Grève")) == sessions.CANCELLED


def test_who_comes_after_the_last_seat_waits_and_moves_up_when_one_is_given_up():
    entries = filled("anne", "bob", "chloe", "denis")
    assert [one.userid for one in roster.seated(entries)] == ["anne", "bob"]
    assert roster.place_of(entries, roster.of(entries, "denis")) == 2
    entries, gone, promoted = roster.cancel(entries, "anne", 2, NOW)
    assert gone.state == roster.CANCELLED
    assert [one.userid for one in promoted] == ["chloe"]
    assert roster.place_of(entries, roster.of(entries, "denis")) == 1
    assert roster.of(entries, "anne") is None


def test_nobody_moves_up_once_the_session_has_begun():
    entries, _gone, promoted = roster.cancel(filled("anne", "bob", "chloe"), "anne", 2, NOW, False)
    assert promoted == ()
    assert len(roster.seated(entries)) == 1


def test_somebody_who_comes_while_others_wait_does_not_pass_them():
    entries = filled("anne", "bob", "chloe")
    entries = tuple(one for one in entries if one.userid != "anne")
    entries, made = roster.enrol(entries, somebody("eve"), 2)
    assert made.state == roster.WAITING


@pytest.mark.parametrize(
    ("kind", "wanted", "userid", "state", "code"),
    [
        ("agent", "agent", "eve", sessions.OPEN, ""),
        ("agent", "agent", "eve", sessions.FULL, ""),
        ("entreprise", "agent", "eve", sessions.OPEN, "inscription.profil"),
        ("exploitant", "agent", "eve", sessions.OPEN, "inscription.profil"),
        ("agent", "agent", "anne", sessions.OPEN, "inscription.deja"),
        ("agent", "agent", "eve", sessions.CLOSED, "inscription.close"),
        ("agent", "agent", "eve", sessions.RUNNING, "inscription.passee"),
        ("agent", "agent", "eve", sessions.OVER, "inscription.passee"),
        ("agent", "agent", "eve", sessions.CANCELLED, "inscription.annulee"),
    ],
)
def test_who_may_enrol(kind, wanted, userid, state, code):
    assert code_of(roster.check, filled("anne"), kind, wanted, userid, state) == code


def test_who_gave_up_may_come_back_at_the_end():
    entries, _gone, _promoted = roster.cancel(filled("anne", "bob"), "anne", 2, NOW)
    assert code_of(roster.check, entries, "agent", "agent", "anne", sessions.OPEN) == ""


def test_presence_is_marked_date_by_date_once_begun_and_holds_the_enrolment():
    spans = sessions.spans([typed(), typed(start="14:00", end="17:00")], NOW)
    starts = [begins for begins, _ends in spans]
    noon = datetime(2026, 4, 14, 11, tzinfo=UTC)
    entries = filled("anne", "bob", "chloe")
    assert code_of(roster.attend, entries, {"anne": {1}}, 2, starts, noon) == "presence.future"
    assert code_of(roster.attend, entries, {"anne": {7}}, 2, starts, noon) == "presence.date"
    entries = roster.attend(entries, {"anne": {0}, "chloe": {0}}, 2, starts, noon)
    assert [one.userid for one in roster.came(entries)] == ["anne"]  # chloe waits: she has no seat
    assert code_of(roster.cancel, entries, "anne", 2, NOW) == "inscription.presente"
    assert roster.came(roster.attend(entries, {}, 2, starts, noon)) == []


def test_an_opinion_is_asked_once_of_who_came():
    entries = filled("anne", "bob")
    assert code_of(roster.evaluated, entries, "anne") == "evaluation.absent"
    entries = roster.attend(entries, {"anne": {0}}, 1, [NOW - timedelta(hours=1)], NOW)
    entries = roster.evaluated(entries, "anne")
    assert code_of(roster.evaluated, entries, "anne") == "evaluation.deja"


def opinion(mark, comment=""):
    return evaluation.read(dict.fromkeys(evaluation.QUESTIONS, str(mark)), comment)


def test_opinions_are_summed_without_names_from_three_on():
    assert evaluation.totals([opinion(4), opinion(1, "Trop long")]) == evaluation.Totals(2)
    found = evaluation.totals([opinion(4), opinion(1, "Trop long"), opinion(4, "Clair")])
    assert found.rows[0][1] == (2, 0, 0, 1)
    assert found.mean == 3
    assert found.comments == ("Clair", "Trop long")


@pytest.mark.parametrize("mark", ["", "0", "5", "²", "quatre"])
def test_a_mark_that_is_none_is_refused(mark):
    assert code_of(opinion, mark) == "evaluation.note"


def test_a_comment_too_long_is_refused():
    assert code_of(opinion, 4, "a" * 5_000) == "evaluation.commentaire.longueur"


def came(userid, at, kind="agent", profile="acheteurs", where="Saint-Brieuc"):
    return counting.Came(userid, kind, "212202782", where, profile, at)


def test_each_agent_counts_once_at_his_first_training():
    january, march = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    rows = [
        came("anne", march),
        came("anne", january, profile="actes"),
        came("bob", march, where="Lannion"),
        came("patron", march, "entreprise", "entreprises", "Toitures"),
    ]
    periods = figures.months(NOW, 3)
    assert counting.by_month(rows, periods) == [1, 0, 1]
    assert dict(counting.by_profile(rows))["Acheteurs"] == 2
    assert counting.by_place(rows) == (("Lannion", 1), ("Saint-Brieuc", 1), ("Toitures", 1))
    assert counting.share(375, 1500) == 25
    assert counting.share(3000, 1500) == 100
