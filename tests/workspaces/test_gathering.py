"""The workspace of collectivités that gather around something: who is brought in, who leaves, what stays."""

from megalis.portal.workspaces import rules


A, B = "uid-a", "uid-b"


def test_the_people_of_who_leads_lead_and_the_others_work():
    found = rules.brought({}, {A: {"anne"}, B: {"bob"}}, A, set())
    assert found == {"anne": rules.LEADER, "bob": rules.WORKER}


def test_who_is_there_already_keeps_his_role():
    assert rules.brought({}, {A: {"anne"}, B: {"bob"}}, A, {"anne"}) == {"bob": rules.WORKER}


def test_who_came_with_a_collectivite_leaves_with_it_and_a_guest_stays():
    before = {A: {"anne"}, B: {"bob"}}
    assert rules.brought(before, {A: {"anne"}}, A, {"anne", "bob", "guest"}) == {"bob": None}


def test_who_works_for_two_members_stays_when_one_leaves():
    before = {A: {"anne"}, B: {"anne"}}
    assert rules.brought(before, {A: {"anne"}}, A, {"anne"}) == {}


def test_who_left_by_himself_is_not_brought_back_each_time_something_changes():
    before = {A: {"anne"}, B: {"bob"}}
    assert rules.brought(before, {A: {"anne"}, B: {"bob"}}, A, {"anne"}) == {}
