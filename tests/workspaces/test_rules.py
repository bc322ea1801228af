"""The rules of workspaces and of their calendar, without a site."""

from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import hours
from megalis.portal.organisations.digests import rules as digests
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import rules
from types import SimpleNamespace

import pytest


NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
LOCK = ("anne", "Anne", NOW + timedelta(hours=1))


def code_of(function, *values):
    try:
        function(*values)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("rights", "code"),
    [
        (rules.Rights(), "espace.lecture"),
        (rules.Rights(works=True), ""),
        (rules.Rights(leads=True), ""),
        (rules.Rights(True, True, archived=True), "espace.archive"),
    ],
)
def test_who_may_change_something(rights, code):
    assert code_of(rules.check_writes, rights) == code


def test_the_last_leader_neither_leaves_nor_steps_down():
    roles = {"anne": rules.LEADER, "bob": rules.WORKER}
    assert code_of(rules.check_leader_left, roles, "anne", None) == "espace.dernier"
    assert code_of(rules.check_leader_left, roles, "anne", rules.WORKER) == "espace.dernier"
    assert code_of(rules.check_leader_left, roles, "bob", None) == ""
    assert code_of(rules.check_leader_left, roles | {"bob": rules.LEADER}, "anne", None) == ""


@pytest.mark.parametrize(
    ("visibility", "agent", "member", "listed"),
    [
        (rules.PUBLIC, False, False, True),
        (rules.RESTRICTED, True, False, True),
        (rules.RESTRICTED, False, False, False),
        (rules.SECRET, True, False, False),
        (rules.SECRET, False, True, True),
    ],
)
def test_who_knows_that_a_workspace_exists(visibility, agent, member, listed):
    assert rules.is_listed(visibility, agent, member) is listed


@pytest.mark.parametrize(
    ("state", "hours", "code"),
    [
        ("envoyee", 1, ""),
        ("envoyee", 0, "invitation.expiree"),
        ("acceptee", 1, "invitation.servie"),
        ("annulee", 1, "invitation.annulee"),
    ],
)
def test_an_invitation_serves_once_and_not_for_ever(state, hours, code):
    assert code_of(rules.check_invitation, state, NOW + timedelta(hours=hours), NOW) == code


def test_addresses_are_taken_one_a_line_or_parted_by_commas_each_once():
    assert rules.addresses("A@x.fr, b@x.fr\na@x.fr;") == ["a@x.fr", "b@x.fr"]
    assert code_of(rules.addresses, "  ") == "invitation.aucune"
    assert code_of(rules.addresses, " ".join(f"a{n}@x.fr" for n in range(51))) == "invitation.nombre"


def test_there_is_room_up_to_the_quota_and_not_a_byte_more():
    assert code_of(rules.check_quota, 90, 10, 100) == ""
    with pytest.raises(Refused, match="Il reste 10 Mo sur les 100 Mo"):
        rules.check_quota(90_000_000, 10_000_001, 100_000_000)


def test_a_lock_stops_the_others_until_it_ends():
    assert code_of(rules.check_unlocked, LOCK, "bob", NOW) == "verrou"
    assert code_of(rules.check_unlocked, LOCK, "anne", NOW) == ""
    assert code_of(rules.check_unlocked, LOCK, "bob", NOW + timedelta(hours=1)) == ""
    assert code_of(rules.check_unlocked, None, "bob", NOW) == ""


def test_a_folder_goes_neither_into_itself_nor_below_itself_nor_too_deep():
    parents = {"a": "", "b": "a", "c": "b", "z": ""}
    assert code_of(rules.check_folder, parents, "a", "a") == "dossier.boucle"
    assert code_of(rules.check_folder, parents, "a", "c") == "dossier.boucle"
    assert code_of(rules.check_folder, parents, "a", "z") == ""
    assert code_of(rules.check_folder, parents, None, "x") == "dossier.inconnu"
    deep = {str(rank): str(rank - 1) if rank else "" for rank in range(rules.DEPTH)}
    assert code_of(rules.check_folder, deep, None, str(rules.DEPTH - 1)) == "dossier.profondeur"
    assert code_of(rules.check_folder, deep | {"a": "", "b": "a"}, "a", str(rules.DEPTH - 2)) == "dossier.profondeur"


def test_every_state_of_a_task_is_reached_and_left_by_the_table_only():
    assert set(rules.TASK_MOVES) == set(rules.TASK_STATES)
    assert all(target in rules.TASK_STATES for moves in rules.TASK_MOVES.values() for target in moves)
    assert rules.moved(rules.TASK_MOVES, rules.TODO, rules.DONE) == rules.DONE
    assert code_of(rules.moved, rules.TASK_MOVES, rules.DONE, rules.DROPPED) == "tache.etat"
    assert code_of(rules.moved, rules.DECISION_MOVES, rules.ADOPTED, rules.REJECTED, "decision") == "decision.etat"


def test_late_tasks_come_first_and_done_ones_last():
    def task(title, due, state=rules.TODO):
        return SimpleNamespace(title=title, due=due, state=state)

    today = date(2026, 3, 16)
    found = rules.in_order(
        [
            task("faite", today, rules.DONE),
            task("sans date", None),
            task("demain", date(2026, 3, 17)),
            task("hier", date(2026, 3, 15)),
        ],
        today,
    )
    assert [item.title for item in found] == ["hier", "demain", "sans date", "faite"]
    assert rules.is_late(date(2026, 3, 15), rules.TODO, today)
    assert not rules.is_late(date(2026, 3, 15), rules.DONE, today)
    assert not rules.is_late(today, rules.TODO, today)


def test_wiki_links_lead_to_pages_written_or_to_be_written():
    html = rules.linked(
        "<p>Voir [[Compte rendu]] et [[À écrire !]], pas [[<b>]]</p>", lambda name: (f"/{name}", name == "compte-rendu")
    )
    assert html == (
        '<p>Voir <a href="/compte-rendu">Compte rendu</a> et <a href="/a-ecrire" class="mg-new">À écrire !</a>, pas [[<b>]]</p>'
    )


# the calendar


def test_an_hour_the_clocks_jump_over_is_refused_and_one_that_comes_twice_is_the_first():
    with pytest.raises(Refused, match="29/03/2026, 02:30 n’existe pas"):
        hours.instant(date(2026, 3, 29), time(2, 30))
    assert hours.instant(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert agenda.comes_twice(date(2026, 10, 25), time(2, 30))
    assert not agenda.comes_twice(date(2026, 10, 25), time(4, 0))
    assert not agenda.comes_twice(date(2026, 3, 29), time(2, 30))


def test_what_comes_back_keeps_its_hour_in_paris_over_both_changes_of_clocks():
    days = agenda.days(date(2026, 3, 22), agenda.WEEKLY, date(2026, 4, 5))
    assert days == [date(2026, 3, 22), date(2026, 3, 29), date(2026, 4, 5)]
    starts = [agenda.span(day, time(9), time(10))[0] for day in days]
    assert [start.hour for start in starts] == [8, 7, 7]


def test_what_comes_back_every_two_weeks_or_a_number_of_times():
    assert agenda.days(date(2026, 3, 16), agenda.FORTNIGHTLY, date(2026, 4, 13)) == [
        date(2026, 3, 16),
        date(2026, 3, 30),
        date(2026, 4, 13),
    ]
    assert agenda.days(date(2026, 1, 31), agenda.MONTHLY, count=3)[-1] == date(2026, 5, 31)
    assert agenda.days(date(2026, 1, 31), agenda.ONCE, count=3) == [date(2026, 1, 31)]
    assert agenda.count_of(" 12 ") == 12
    assert agenda.count_of("") is None


def test_a_month_without_the_day_is_left_out():
    days = agenda.days(date(2026, 1, 31), agenda.MONTHLY, date(2026, 5, 31))
    assert days == [date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31)]


@pytest.mark.parametrize(
    ("function", "values", "code"),
    [
        (hours.day_of, ("31/02/2026",), "date"),
        (hours.day_of, ("demain",), "date"),
        (hours.hour_of, ("25:00",), "heure"),
        (hours.hour_of, ("midi",), "heure"),
        (agenda.span, (date(2026, 3, 16), time(10), time(9)), "fin"),
        (agenda.span, (date(2026, 3, 16), time(10), time(11), date(2026, 6, 1)), "duree"),
        (agenda.days, (date(2026, 3, 16), "jamais", None), "rythme"),
        (agenda.days, (date(2026, 3, 16), agenda.WEEKLY, None), "rythme.fin"),
        (agenda.days, (date(2026, 3, 16), agenda.WEEKLY, date(2026, 3, 15)), "rythme.fin"),
        (agenda.days, (date(2026, 3, 16), agenda.WEEKLY, date(2026, 5, 15), 4), "rythme.double"),
        (agenda.count_of, ("1",), "rythme.fois"),
        (agenda.count_of, ("54",), "rythme.fois"),
        (agenda.count_of, ("deux",), "rythme.fois"),
        (agenda.days, (date(2026, 3, 16), agenda.WEEKLY, date(2046, 3, 16)), "rythme.nombre"),
        (agenda.check_to_come, (NOW, NOW + timedelta(seconds=1)), "date.passee"),
    ],
)
def test_a_date_typed_badly_is_refused_with_its_code(function, values, code):
    assert code_of(function, *values) == code


def test_titles_are_sorted_as_people_do():
    titles = ["Plan", "Pièce 10", "école", "Pièce 2", "2026", "Étude"]
    assert sorted(titles, key=rules.by_name) == ["2026", "école", "Étude", "Pièce 2", "Pièce 10", "Plan"]


# news by mail


@pytest.mark.parametrize(
    ("now", "turn"),
    [
        (datetime(2026, 3, 16, 6, 0, tzinfo=UTC), datetime(2026, 3, 16, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 16, 5, 59, tzinfo=UTC), datetime(2026, 3, 15, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 29, 5, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 5, 59, tzinfo=UTC), datetime(2026, 10, 24, 5, 0, tzinfo=UTC)),
    ],
)
def test_the_morning_is_seven_o_clock_in_paris_whatever_the_clocks_did(now, turn):
    assert digests.last_turn(now) == turn


def test_news_of_one_place_stand_together_and_of_one_address_once():
    def item(minute, heading, url, words):
        return SimpleNamespace(at=NOW + timedelta(minutes=minute), heading=heading, url=url, words=words)

    groups = digests.grouped(
        [
            item(3, "A", "/1", "trois"),
            item(1, "A", "/1", "un"),
            item(2, "B", "/2", "deux"),
            item(4, "A", "/3", "quatre"),
        ]
    )
    assert [(heading, [i.words for i in items]) for heading, items in groups] == [
        ("A", ["trois", "quatre"]),
        ("B", ["deux"]),
    ]
    assert digests.subject(groups) == "3 nouveautés : 2 lieux"


def test_the_frequency_of_the_place_wins_over_the_habit():
    assert digests.chosen("aucun", "immediat") == "aucun"
    assert digests.chosen("", "immediat") == "immediat"
    assert digests.chosen("", "") == "quotidien"
    assert code_of(digests.check, "souvent") == "frequence"
