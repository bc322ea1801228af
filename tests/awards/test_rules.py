"""The rules of the award: scores, ranks, low prices, quorum and votes, what agents type."""

from decimal import Decimal
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import quorum
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.formats.refusal import Refused

import pytest


TWO = scoring.criteria_of(({"name": "Prix des prestations", "weight": 60}, {"name": "Valeur technique", "weight": 40}))


def bids(*rows):
    return [scoring.Bid(key, Decimal(price) if price else None, (None, mark)) for key, price, mark in rows]


class TestScores:
    def test_the_lowest_price_takes_all_the_points_and_the_others_in_inverse_proportion(self):
        found = scoring.judge(TWO, bids(("a", 100_000, Decimal(30)), ("b", 120_000, Decimal(40))))
        assert found["a"].points == (Decimal("60.00"), Decimal("30.00"))
        assert found["b"].points == (Decimal("50.00"), Decimal("40.00"))
        assert found["a"].total == found["b"].total == Decimal("90.00")

    @pytest.mark.parametrize(
        ("formula", "points"),
        [(scoring.INVERSE, "40.00"), (scoring.LINEAR, "30.00"), (scoring.SPREAD, "30.00")],
    )
    def test_each_formula_gives_what_it_says(self, formula, points):
        three = bids(("a", 100, None), ("b", 150, None), ("c", 200, None))
        assert scoring.judge(TWO, three, formula)["b"].points[0] == Decimal(points)

    def test_the_linear_formula_never_goes_under_zero(self):
        assert scoring.judge(TWO, bids(("a", 100, None), ("b", 900, None)), scoring.LINEAR)["b"].points[0] == 0

    def test_one_price_alone_takes_all_the_points_whatever_the_formula(self):
        for formula in (scoring.INVERSE, scoring.LINEAR, scoring.SPREAD):
            assert scoring.judge(TWO, bids(("a", 100, None)), formula)["a"].points[0] == Decimal("60.00")

    def test_a_mark_out_of_twenty_is_brought_to_the_points_of_its_criterion(self):
        (found,) = scoring.judge(TWO, bids(("a", 100, Decimal(15))), scale="20").values()
        assert found.points == (Decimal("60.00"), Decimal("30.00"))

    def test_a_bid_that_is_excluded_no_longer_sets_the_lowest_price(self):
        one, two = bids(("a", 50, Decimal(10)), ("b", 100, Decimal(10)))
        assert scoring.judge(TWO, [one, two])["b"].points[0] == Decimal("30.00")
        out = scoring.Bid("a", Decimal(50), one.marks, standing=False)
        found = scoring.judge(TWO, [out, two])
        assert "a" not in found and found["b"].points[0] == Decimal("60.00")

    def test_without_a_mark_there_is_no_total_and_no_rank(self):
        found = scoring.judge(TWO, bids(("a", 100, None), ("b", 110, Decimal(20))))
        assert (found["a"].total, found["a"].rank) == (None, None)
        assert found["b"].rank == 1

    def test_equal_totals_are_tied_and_the_next_rank_is_left_out(self):
        ranks = scoring.ranked({"a": Decimal(80), "b": Decimal(90), "c": Decimal(80), "d": Decimal(70), "e": None})
        assert ranks == {"b": (1, ()), "a": (2, ("c",)), "c": (2, ("a",)), "d": (4, ())}

    def test_scores_that_differ_beyond_the_hundredth_are_tied(self):
        found = scoring.judge(TWO, bids(("a", "100", Decimal(40)), ("b", "100.001", Decimal(40))))
        assert found["a"].tied == ("b",) and found["b"].rank == 1

    def test_criteria_without_points_give_no_total(self):
        ranked = scoring.criteria_of(({"name": "Prix", "weight": None}, {"name": "Délai", "weight": None}))
        assert not scoring.are_weighted(ranked)
        assert scoring.judge(ranked, bids(("a", 100, Decimal(3))))["a"].total is None

    def test_one_criterion_or_none_needs_no_weight(self):
        assert scoring.criteria_of(()) == (scoring.Criterion("Prix", Decimal(100), True),)
        assert scoring.criteria_of(({"name": "Coût global", "weight": None},))[0].weight == 100

    def test_the_price_is_known_by_its_name_unless_the_agent_says_which(self):
        rows = ({"name": "Valeur technique", "weight": 40}, {"name": "Coût global", "weight": 60})
        assert [item.price for item in scoring.criteria_of(rows)] == [False, True]
        assert [item.price for item in scoring.criteria_of(rows, 0)] == [True, False]
        assert not any(item.price for item in scoring.criteria_of(rows, -1))
        assert not scoring.is_price("Maîtrise des apprixivoisements")

    def test_fifty_bids_are_judged_at_once(self):
        many = [scoring.Bid(str(n), Decimal(1000 + n), (None, Decimal(n % 40))) for n in range(50)]
        found = scoring.judge(TWO, many)
        assert len(found) == 50 and sorted(verdict.rank for verdict in found.values())[0] == 1


class TestLowPrices:
    PRICES = {"a": Decimal(70), "b": Decimal(100), "c": Decimal(110)}

    def test_a_price_far_under_the_mean_of_the_others_is_flagged(self):
        (found,) = lowprice.suspicions(self.PRICES).items()
        assert found[0] == "a" and found[1].what == lowprice.MEAN
        assert found[1].reference == Decimal(105) and round(found[1].gap, 2) == Decimal("33.33")

    def test_exactly_at_the_ratio_is_not_flagged(self):
        assert lowprice.suspicions({"a": Decimal(80), "b": Decimal(100), "c": Decimal(100)}) == {}

    def test_two_bids_have_no_mean_to_be_compared_with(self):
        assert lowprice.suspicions({"a": Decimal(10), "b": Decimal(100)}) == {}

    def test_the_estimate_flags_even_a_single_bid(self):
        found = lowprice.suspicions({"a": Decimal(70)}, estimate=100)
        assert found["a"].what == lowprice.ESTIMATE and found["a"].gap == 30
        assert lowprice.suspicions({"a": Decimal(70)}, estimate=100, against=lowprice.MEAN) == {}

    def test_the_widest_gap_is_told(self):
        found = lowprice.suspicions(self.PRICES, estimate=300)
        assert {key: item.what for key, item in found.items()} == dict.fromkeys("abc", lowprice.ESTIMATE)

    def test_another_ratio_flags_others(self):
        assert set(
            lowprice.suspicions({"a": Decimal(88), "b": Decimal(100), "c": Decimal(100)}, ratio=Decimal(10))
        ) == {"a"}


def seated(*states):
    roles = (quorum.PRESIDENT, *(quorum.MEMBER,) * 5, *(quorum.SUBSTITUTE,) * 5, quorum.ADVISER)
    states = (*states, *(quorum.ABSENT,) * (len(roles) - len(states)))
    return zip(roles, states, strict=True)


class TestQuorum:
    HERE, AWAY = quorum.PRESENT, quorum.EXCUSED

    def test_more_than_half_of_those_who_vote_must_be_there(self):
        three = quorum.quorum(seated(*(self.HERE,) * 3))
        four = quorum.quorum(seated(*(self.HERE,) * 4))
        assert (three.seats, three.needed) == (6, 4)
        assert not three.reached and four.reached
        assert "quorum non atteint" in three.words

    def test_a_substitute_stands_for_who_is_absent_and_adds_no_voice(self):
        away = (self.HERE, self.HERE, self.HERE, self.AWAY, self.AWAY, self.AWAY)
        assert quorum.quorum(seated(*away, self.HERE)).reached
        full = quorum.quorum(seated(*(self.HERE,) * 11))
        assert full.present == 6

    def test_an_adviser_does_not_count(self):
        found = quorum.quorum([(quorum.PRESIDENT, self.HERE), (quorum.MEMBER, self.AWAY), (quorum.ADVISER, self.HERE)])
        assert (found.present, found.reached) == (1, False)

    def test_convened_again_the_commission_decides_whoever_is_there(self):
        assert quorum.quorum(seated(self.HERE), again=True).reached
        assert not quorum.quorum(seated(), again=True).reached

    def test_a_reglement_may_ask_for_more_and_never_for_less(self):
        assert quorum.quorum(seated(), needed=5).needed == 5
        assert quorum.quorum(seated(), needed=1).needed == 4

    def test_votes_are_those_of_the_voters_who_are_there(self):
        assert quorum.vote_findings(3, 1, 0, 4) == []
        assert [item.code for item in quorum.vote_findings(3, 2, 0, 4)] == ["commission.voix"]
        assert [item.code for item in quorum.vote_findings(5, -1, 0, 4)] == ["commission.voix"]

    def test_a_tie_is_carried_by_the_president_only(self):
        assert quorum.is_carried(3, 2) and not quorum.is_carried(2, 3)
        assert not quorum.is_carried(2, 2) and quorum.is_carried(2, 2, True)

    def test_a_commission_d_appel_d_offres_has_its_members_and_as_many_substitutes(self):
        whole = [quorum.PRESIDENT, *[quorum.MEMBER] * 3, *[quorum.SUBSTITUTE] * 3]
        assert quorum.composition_findings(quorum.CAO, whole) == []
        assert len(quorum.composition_findings(quorum.CAO, [quorum.MEMBER] * 4)) == 3
        assert quorum.composition_findings(quorum.OTHER, [quorum.PRESIDENT]) == []


def code(function, *values):
    with pytest.raises(Refused) as refused:
        function(*values)
    return refused.value.code


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("text", "value"), [("185 000,50 €", "185000.50"), ("12\u202f345", "12345"), ("0,01", "0.01"), ("1.5", "1.5")]
    )
    def test_amounts_are_read_as_people_write_them(self, text, value):
        assert typed.money(text) == Decimal(value)

    def test_an_amount_is_shown_as_it_is_read(self):
        for text in ("185\xa0000,50", "12\xa0345", "0,10"):
            assert typed.money_text(typed.money(text)) == text
        assert typed.money_text(None) == ""

    def test_no_amount_is_none(self):
        assert typed.money("  ") is None

    @pytest.mark.parametrize("text", ["-5", "0", "dix", "1e400", "NaN", "1,234", "9" * 15, "1;2"])
    def test_what_is_no_amount_is_refused(self, text):
        assert code(typed.money, text) == "analyse.montant"

    @pytest.mark.parametrize("text", ["41", "-1", "inf", "dix", "1,2345"])
    def test_a_mark_stays_within_its_scale(self, text):
        assert code(typed.mark, text, Decimal(40), "Technique") == "analyse.note"

    def test_a_mark_may_have_decimals(self):
        assert typed.mark("33,125", Decimal(40), "Technique") == Decimal("33.125")
        assert typed.shown(Decimal("33.120")) == "33,12"

    @pytest.mark.parametrize("text", ["0", "100", "", "abc", "NaN"])
    def test_the_ratio_is_a_percentage(self, text):
        assert code(typed.ratio, text) == "analyse.seuil"

    def test_a_group_is_read_line_by_line_and_written_back(self):
        text = "Bâtisseurs du Léon\n443 061 841 00013 ; Charpentes\n\nSans numéro ;"
        found = typed.members(text)
        assert found == (("Bâtisseurs du Léon", ""), ("Charpentes", "44306184100013"), ("Sans numéro", ""))
        assert typed.members(typed.member_lines(found)) == found

    def test_a_foreign_member_is_told_by_its_vat_number_on_either_side(self):
        expected = (("Wegenbouw NV", "BE0403170701"),)
        assert (
            typed.members("BE 0403.170.701 ; Wegenbouw NV") == typed.members("Wegenbouw NV ; be0403170701") == expected
        )
        assert typed.members(typed.member_lines(expected)) == expected

    @pytest.mark.parametrize("line", ["Charpentes ; FR55443061841", "Charpentes ; ZZ123", "Bâtiment35 ; sans"])
    def test_a_member_with_a_number_of_no_country_is_refused(self, line):
        assert code(typed.members, line) == "operateur.numero"

    def test_a_member_with_a_wrong_number_is_refused(self):
        assert code(typed.members, "44306184100014 ; X").startswith("siret")
        assert code(typed.members, "\n".join(f"Membre {n}" for n in range(31))) == "analyse.membres"

    @pytest.mark.parametrize("text", ["0", "-1", "1.5", "premier", "1000"])
    def test_a_rank_is_a_whole_number(self, text):
        assert code(typed.rank, text, "X") == "analyse.rang"
