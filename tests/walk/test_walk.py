"""Every page of the product as every kind of person: never an error of ours, no door left open, nothing written by a GET.

The pages are found in the registries; ``table.py`` says who may open each. One walk is made, then asked questions.
"""

from tests.walk.table import ACCOUNTS
from tests.walk.table import EVERYBODY
from tests.walk.table import OPERATES
from tests.walk.table import PAGES
from tests.walk.table import SECRETS
from tests.walk.table import SERVICES
from tests.walk.walker import registered
from tests.walk.walking import *  # noqa: F403
from tests.walk.walking import BUDGET
from tests.walk.walking import BY_LINK
from tests.walk.walking import key_of
from tests.walk.walking import lines
from tests.walk.walking import READERS

import pytest


def test_every_page_is_entered_in_the_table():
    """Fails for a new page: say in table.py who may open it, then read what the other tests find."""
    pages = registered()
    assert {page.key for page in pages.values() if not page.method} ^ set(PAGES) == set()
    assert {page.key for page in pages.values() if page.method} ^ SERVICES == set()


def test_everybody_is_really_signed_in(walk):
    assert walk.signed_in == EVERYBODY - {"visitor", "manager"}


def test_every_page_names_a_permission_or_says_why_not():
    for page in registered().values():
        rule = PAGES.get(page.key)
        assert bool(page.permission) != bool(rule and rule.open_to_all), page.key


def test_no_view_hides_the_parent_it_is_found_by():
    """Zope keeps the parent of a view in ``_parent``: a method of that name makes a view its own ancestor."""
    for page in registered().values():
        assert not hasattr(page.factory, "_parent"), page.key


def test_no_page_ever_fails(walk):
    everything = [*walk.answers, *(answer for _key, _url, answer in walk.presses), *walk.stock]
    everything += [answer for row in walk.secrets.values() for answer in row.values()]
    everything += [answer for _page, answer in walk.services]
    assert len(everything) > 2000
    assert lines(answer for answer in everything if answer.status >= 500) == []


def test_each_page_lets_in_those_of_the_table_and_nobody_else(walk):
    wrong = {}
    for (key, place), (tried, let_in) in walk.doors.items():
        expected = PAGES[key].expected(place) & tried
        if let_in != expected:
            wrong[f"{key} at {place}"] = f"too many {sorted(let_in - expected)}, missing {sorted(expected - let_in)}"
    assert wrong == {}


def test_who_is_signed_in_and_refused_is_told_so_where_he_asked(walk):
    """Sent elsewhere, he would read a page that answers 200 to a program, or be asked to sign in again for nothing."""
    refused = [answer for answer in walk.answers if answer.who in walk.signed_in and answer.refused]
    assert len([answer for answer in refused if answer.status == 403]) > 300
    assert lines(answer for answer in refused if answer.status not in (403, 404)) == []
    pages = [answer for answer in walk.answers if answer.who == "visitor" and answer.weight]
    assert lines(answer for answer in pages if answer.status in (401, 403)) == [], "a visitor may still sign in"


def test_each_page_was_seen_by_somebody_unless_nobody_may(walk):
    seen = {key for (key, _place), (_tried, let_in) in walk.doors.items() if let_in}
    may = {key for key, rule in PAGES.items() if rule.who or rule.draft or rule.trial}
    assert may - seen == set()


def test_a_get_writes_nothing_but_the_reads_that_are_counted(walk):
    said = {key for key, rule in PAGES.items() if rule.get_writes}
    assert lines(answer for answer in walk.answers if answer.wrote and answer.page not in said) == []
    confirm = [answer for answer in walk.answers if "confirm-action" in answer.location]
    assert lines(confirm) == [], "these tried to write and were stopped by plone.protect"


@pytest.mark.parametrize("line", SECRETS)
def test_what_is_secret_is_given_to(walk, line):
    got = {who for who, answer in walk.secrets[line].items() if answer.status == 200}
    assert got == SECRETS[line]


@pytest.mark.parametrize("canary", READERS)
def test_no_page_shows_a_secret_to_others(walk, canary):
    everything = [*walk.answers, *walk.stock, *(answer for _key, _url, answer in walk.presses)]
    everything += [answer for row in walk.secrets.values() for answer in row.values()]
    readers = {answer.who for answer in everything if canary in answer.read}
    told = lines(
        answer
        for answer in everything
        if canary in answer.read and answer.who not in READERS[canary] and answer.page != BY_LINK.get(canary)
    )
    assert told == []
    assert readers or canary.startswith("value"), "the canary sings nowhere: the test sees nothing"


def test_a_form_sent_from_another_site_changes_nothing(walk):
    wrong = [answer for _key, _url, answer in walk.presses if answer.wrote]
    assert lines(wrong) == []


def test_each_page_that_writes_refuses_a_demand_without_our_token(walk):
    refused, passed = set(), {}
    for page, target, answer in walk.presses:
        name = key_of(target)
        if answer.status == 403:
            refused.add(page)
            refused.update(key for key in PAGES if key.partition(" ")[2] == name)
        else:
            passed.setdefault(page, []).append(str(answer))
    writes = {key for key, rule in PAGES.items() if rule.writes}
    assert writes - refused == set(), {key: passed.get(key) for key in writes - refused}


def test_only_the_operator_reaches_the_services_of_provisioning(walk):
    for page, answer in walk.services:
        assert not answer.wrote
        if page.name == "@interchange":  # for keys of software alone
            assert answer.status in (401, 403), str(answer)
            continue
        if page.name == "@pes":  # for who handles flows; a demand without our token is refused
            expected = 200 if page.method == "GET" and answer.who in ACCOUNTS else None
            assert answer.status == expected or (expected is None and answer.status in (401, 403)), str(answer)
            continue
        if page.name == "@actes":  # for agents, of a collectivité whose acts they follow: X is none
            assert answer.status == 401 if answer.who == "visitor" else answer.status in (401, 404), str(answer)
            continue
        allowed = answer.who in OPERATES
        expected = {"GET": 404, "PUT": 403, "DELETE": 403} if allowed else {}
        assert answer.status == expected.get(page.method, 401 if answer.who == "visitor" else 403), str(answer)


def test_pages_stay_within_their_budget(walk):
    heavy = [(answer.weight, str(answer)) for answer in walk.answers if answer.weight > BUDGET[answer.who == "visitor"]]
    assert heavy == []
