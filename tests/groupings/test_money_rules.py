"""The rules of buying together, as plain functions: consolidation, shares, orders, in money and to the cent."""

from decimal import Decimal
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings.rules import calloffs
from megalis.portal.groupings.rules import consolidation
from megalis.portal.groupings.rules import shares
from megalis.portal.groupings.rules.survey import Line
from megalis.portal.groupings.rules.survey import Need
from tests.groupings.rules_scene import code_of
from tests.groupings.rules_scene import PAPER
from tests.groupings.rules_scene import quantities
from tests.groupings.rules_scene import SALT

import pytest


# the consolidation


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(quantities, st.none() | quantities), max_size=8))
def test_totals_are_the_sums_of_what_was_sent(given_needs):
    uids = tuple("abcdefgh")
    answers = {uid: {PAPER.id: Need(*need)} for uid, need in given_needs.items()}
    table = consolidation.consolidate([PAPER], uids, answers)
    row = table.rows[0]
    assert row.total == sum((need[0] for need in given_needs.values()), Decimal(0))
    assert row.value == consolidation.cents(row.total * PAPER.price)
    assert set(table.missing) == set(uids) - set(answers)
    assert all(row.by[uid] is None for uid in table.missing)
    told = [(now, last) for now, last in given_needs.values() if last is not None]
    assert row.before == (sum((last for _now, last in told), Decimal(0)) if told else None)
    assert len(consolidation.fingerprint(table)) == 64


def test_differences_are_told_over_those_who_told_both_years():
    answers = {
        "a": {"a": Need(Decimal(150), Decimal(100)), "b": Need(Decimal(1))},
        "b": {"a": Need(Decimal(50)), "b": Need(Decimal(2))},
    }
    table = consolidation.consolidate([PAPER, SALT], ("a", "b", "c"), answers)
    paper, salt = table.rows
    assert (paper.total, paper.before, paper.change) == (Decimal(200), Decimal(100), Decimal("50.0"))
    assert (salt.before, salt.change) == (None, None)
    assert (paper.told, salt.told) == (1, 0)
    assert table.missing == ("c",)
    assert table.values == {"a": Decimal("575.00"), "b": Decimal("350.00"), "c": None}
    assert table.value == Decimal("925.00") and table.lot_value("1") == Decimal("640.00")


def test_who_asks_for_much_more_than_the_others_is_pointed_out():
    answers = {uid: {"a": Need(Decimal(value))} for uid, value in {"a": 100, "b": 120, "c": 1200}.items()}
    row = consolidation.consolidate([PAPER], ("a", "b", "c"), answers).rows[0]
    assert row.far == ("c",) and row.pointed


def test_a_line_without_a_price_has_no_estimate_and_its_lot_neither():
    bare = Line("z", "1", "Enveloppes", "carton")
    table = consolidation.consolidate([PAPER, bare], ("a",), {"a": {"a": Need(Decimal(1)), "z": Need(Decimal(1))}})
    assert table.rows[1].value is None and table.lot_value("1") is None and table.value is None


def test_the_same_needs_have_the_same_fingerprint_in_any_order():
    one = {"a": {"a": Need(Decimal("1.0"))}, "b": {"a": Need(Decimal(2))}}
    first = consolidation.consolidate([PAPER], ("a", "b"), one)
    second = consolidation.consolidate(
        [PAPER], ("b", "a"), {"b": {"a": Need(Decimal("2.000"))}, "a": {"a": Need(Decimal(1))}}
    )
    assert consolidation.fingerprint(first) == consolidation.fingerprint(second)
    third = consolidation.consolidate([PAPER], ("a", "b"), {"a": {"a": Need(Decimal(1))}, "b": {"a": Need(Decimal(3))}})
    assert consolidation.fingerprint(third) != consolidation.fingerprint(first)


# the shares


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), quantities, max_size=10))
def test_proposed_shares_sum_to_a_hundred(weights):
    bought = {uid: {PAPER.id: value} for uid, value in weights.items()}
    found, basis = shares.proposed([PAPER], bought)
    if any(weights.values()):
        assert basis == shares.AMOUNTS
        assert sum(found.values()) == 100
        assert all(weights[uid] for uid in found)
    else:
        assert (found, basis) == ({}, shares.BY_HAND)


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 10**6), min_size=1, max_size=10),
    st.decimals(0, 10**9, places=2),
)
@settings(max_examples=200)
def test_an_amount_is_split_to_the_cent(weights, amount):
    parts = shares.apportion(Decimal(100), {uid: Decimal(value) for uid, value in weights.items()}, shares.STEP)
    euros = shares.split(amount, parts)
    assert sum(euros.values()) == amount
    assert all(value >= 0 and value == round(value, 2) for value in euros.values())
    assert all(abs(euros[uid] - amount * parts[uid] / 100) <= Decimal("0.01") for uid in euros)


def test_shares_follow_amounts_then_quantities_then_the_hand():
    bought = {"a": {"a": Decimal(3), "x": Decimal(0)}, "b": {"a": Decimal(1), "x": Decimal(0)}}
    assert shares.proposed([PAPER], bought) == ({"a": Decimal(75), "b": Decimal(25)}, shares.AMOUNTS)
    bare = Line("a", "1", "Papier", "ramette")
    assert shares.proposed([bare], bought) == ({"a": Decimal(75), "b": Decimal(25)}, shares.QUANTITIES)
    assert shares.proposed([bare, Line("x", "1", "Sel", "t")], bought) == ({}, shares.BY_HAND)


def test_typed_shares_must_make_a_hundred():
    names = {"a": "Lannion", "b": "Brest"}
    assert shares.check({"a": "33,3333 %", "b": "66,6667"}, names) == {"a": Decimal("33.3333"), "b": Decimal("66.6667")}
    assert shares.check({"a": "100", "b": ""}, names) == {"a": Decimal(100)}
    assert code_of(shares.check, {"a": "50", "b": "49,9"}, names) == "parts.somme"
    assert code_of(shares.check, {"a": "101", "b": ""}, names) == "parts.grande"
    assert code_of(shares.check, {"z": "100"}, names) == "parts.membre"
    assert code_of(shares.check, {"a": "33,33333", "b": "66,66667"}, names) == "parts.precision"
    assert code_of(shares.check, {"a": "moitié", "b": "50"}, names) == "quantite.forme"


# the orders


@given(st.lists(st.decimals("0.01", 10**5, places=2), max_size=20), st.integers(1, 10**6))
def test_orders_never_pass_the_maximum(amounts, maximum):
    ordered = Decimal(0)
    for value in amounts:
        try:
            calloffs.check(value, ordered, maximum)
        except Refused as refused:
            assert refused.code == "commande.maximum" and ordered + value > maximum
            continue
        ordered += value
    assert ordered <= maximum
    found = calloffs.gauge(ordered, maximum)
    assert (found.level == calloffs.FULL) == (ordered == maximum)
    assert found.left == maximum - ordered


@pytest.mark.parametrize(("ordered", "level"), [("799.99", "ok"), ("800", "soon"), ("999.99", "soon"), ("1000", "bad")])
def test_the_gauge_warns_from_eighty_per_cent(ordered, level):
    assert calloffs.gauge(Decimal(ordered), 1000).level == level


def test_without_a_maximum_nothing_is_gauged():
    assert calloffs.gauge(Decimal(5), None).percent is None
    calloffs.check(Decimal(10**9), Decimal(0), None)


def test_an_order_has_an_amount():
    assert calloffs.amount("1 250,50 €") == Decimal("1250.50")
    assert code_of(calloffs.amount, "0") == "commande.montant"
    assert code_of(calloffs.amount, "12,345") == "commande.montant"
    assert code_of(calloffs.amount, "dix") == "quantite.forme"
