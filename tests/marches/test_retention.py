"""How long documents are kept, counted without a site."""

from datetime import date
from itertools import pairwise
from megalis.portal.marches.archives import rules

import pytest


TODAY = date(2036, 6, 1)


@pytest.mark.parametrize(
    ("sort", "start", "until"),
    [
        (rules.REJECTED, date(2026, 4, 20), date(2031, 4, 20)),
        (rules.BIDS, date(2024, 2, 29), date(2029, 2, 28)),
        (rules.RETAINED, date(2026, 4, 20), date(2036, 4, 20)),
        (rules.CONTRACT, date(2026, 4, 20), date(2036, 4, 20)),
        (rules.REJECTED, None, None),
    ],
)
def test_rejected_bids_are_kept_five_years_and_contracts_ten(sort, start, until):
    assert rules.kept_until(sort, start) == until


def test_the_row_of_the_day_names_its_source():
    assert "2009" in rules.rule_of(rules.REJECTED, date(2015, 1, 1)).source
    assert "R. 2184-13" in rules.rule_of(rules.REJECTED, date(2026, 1, 1)).source
    assert all(rule.source and rule.years > 0 for rule in rules.rules())
    assert {rule.sort for rule in rules.rules()} == set(rules.TITLES)


def test_rows_of_a_sort_follow_one_another_without_gap():
    for sort in rules.TITLES:
        rows = [rule for rule in rules.rules() if rule.sort == sort]
        for before, after in pairwise(rows):
            assert (after.first - before.last).days == 1
        assert rows[-1].last is None


def test_documents_go_the_day_after_their_term_unless_frozen_or_kept_for_ever():
    start = date(2026, 4, 20)
    assert not rules.may_go(rules.REJECTED, start, date(2031, 4, 20))
    assert rules.may_go(rules.REJECTED, start, date(2031, 4, 21))
    assert not rules.may_go(rules.REJECTED, start, TODAY, frozen=True)
    assert not rules.may_go(rules.PROCEDURE, start, date(2099, 1, 1))
    assert not rules.may_go(rules.DCE, start, date(2099, 1, 1))
    assert not rules.may_go(rules.REJECTED, None, TODAY)


def test_the_execution_ends_with_the_last_contract_and_only_when_all_is_known():
    first, last = (date(2026, 1, 31), 1), (date(2026, 3, 1), 24)
    assert rules.end_of_execution([first, last], TODAY) == date(2028, 3, 1)
    assert rules.end_of_execution([first, last], date(2027, 1, 1)) is None
    assert rules.end_of_execution([first, (None, 12)], TODAY) is None
    assert rules.end_of_execution([first, (date(2026, 1, 1), "12")], TODAY) is None
    assert rules.end_of_execution([], TODAY) is None
