"""The rules of the secure exchanges, without a site."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.deposits import rules

import pytest


NOON = datetime(2026, 3, 16, 11, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class TestDeadline:
    def test_a_second_before_is_in_time(self):
        assert not rules.is_late(NOON - SECOND, NOON)

    def test_the_second_itself_is_late(self):
        assert rules.is_late(NOON, NOON)

    def test_a_second_after_is_late(self):
        assert rules.is_late(NOON + SECOND, NOON)

    def test_the_last_microsecond_before_is_in_time(self):
        assert not rules.is_late(NOON - timedelta(microseconds=1), NOON)


class TestWhatCounts:
    def row(self, pli, received, lot="1", envelope="offre", bidder="b", late=False, withdrawn=False):
        return (pli, bidder, lot, envelope, received, late, withdrawn)

    def test_the_last_pli_of_a_bidder_for_an_envelope_is_the_one_opened(self):
        rows = [self.row("a", NOON), self.row("b", NOON + SECOND)]
        assert rules.counting(rows) == {"b"}

    def test_another_lot_or_envelope_does_not_replace_it(self):
        rows = [self.row("a", NOON), self.row("b", NOON, lot="2"), self.row("c", NOON, envelope="candidature")]
        assert rules.counting(rows) == {"a", "b", "c"}

    def test_a_late_pli_does_not_replace_one_that_came_in_time(self):
        rows = [self.row("a", NOON), self.row("b", NOON + SECOND, late=True)]
        assert rules.counting(rows) == {"a"}

    def test_a_withdrawn_pli_gives_way_to_the_former_one(self):
        rows = [self.row("a", NOON), self.row("b", NOON + SECOND, withdrawn=True)]
        assert rules.counting(rows) == {"a"}

    def test_bidders_do_not_replace_one_another(self):
        rows = [self.row("a", NOON), self.row("b", NOON + SECOND, bidder="c")]
        assert rules.counting(rows) == {"a", "b"}


class TestStates:
    def told(self, *events):
        return rules.deposit_states(events)

    def deposit(self, name, replaces=None, late=False):
        return {"type": "depot", "depot": name, "remplace": replaces, "hors_delai": late}

    def withdrawal(self, name):
        return {"type": "retrait-pli", "depot": name}

    def test_a_deposit_takes_the_place_of_the_one_it_names_and_of_no_other(self):
        told = self.told(self.deposit("a"), self.deposit("b"), self.deposit("c", replaces="a"))
        assert told == {"a": "remplace", "b": "recu", "c": "recu"}

    def test_a_late_deposit_replaces_nothing(self):
        told = self.told(self.deposit("a"), self.deposit("b", replaces="a", late=True))
        assert told == {"a": "recu", "b": "recu"}

    def test_what_was_withdrawn_stays_so_and_what_was_replaced_does_not_come_back(self):
        told = self.told(self.deposit("a"), self.withdrawal("a"), self.deposit("b", replaces="a"))
        assert told == {"a": "retire", "b": "recu"}
        told = self.told(self.deposit("a"), self.deposit("b", replaces="a"), self.withdrawal("b"))
        assert told == {"a": "remplace", "b": "retire"}


def test_the_room_for_ciphertext_is_twelve_per_cent_and_a_mebibyte_an_envelope():
    assert rules.ciphertext_limit(1000, 0) == 1120
    assert rules.ciphertext_limit(0, 3) == 3 * 1024 * 1024


class TestKeys:
    FRESH = NOON - timedelta(days=60)
    STALE = FRESH - SECOND

    def codes(self, *keys):
        return [finding.code for finding in rules.publication_keys(keys, NOON)]

    def test_a_titulaire_and_a_deputy_proved_lately_suffice(self):
        assert self.codes(("titulaire", self.FRESH), ("suppleant", self.FRESH)) == []
        assert self.codes(("titulaire", self.FRESH), ("secours", self.FRESH)) == []

    def test_without_any_key_both_are_missing(self):
        assert self.codes() == ["cle-titulaire", "cle-suppleant"]

    def test_two_titulaires_are_no_deputy(self):
        assert self.codes(("titulaire", self.FRESH), ("titulaire", self.FRESH)) == ["cle-suppleant"]

    def test_a_drill_older_than_sixty_days_does_not_count(self):
        assert self.codes(("titulaire", self.STALE), ("secours", self.FRESH)) == ["cle-titulaire-exercice"]


class TestOpening:
    ASKED = ("candidature", "technique", "financiere")

    def code(self, envelope, opened=(), phase="close", recorded=True):
        found = rules.opening_refusal(envelope, self.ASKED, opened, phase, recorded)
        return found and found[0]

    @pytest.mark.parametrize("phase", ["elaboration", "a-valider", "publiee", "annulee", "archivee"])
    def test_nothing_opens_before_the_deadline_nor_out_of_its_phase(self, phase):
        assert self.code("candidature", phase=phase) == "pas-close"

    def test_nothing_opens_before_the_closing_is_in_the_journal(self):
        assert self.code("candidature", recorded=False) == "cloture"

    def test_candidatures_open_first(self):
        assert self.code("candidature") is None
        assert self.code("technique") == "ordre"
        assert self.code("technique", opened=["candidature"]) is None
        assert self.code("financiere", opened=["candidature"]) == "ordre"

    def test_an_envelope_that_was_not_asked_is_refused(self):
        assert self.code("offre") == "enveloppe"


def test_lots_and_envelopes_make_the_expected_plis():
    assert rules.expected_envelopes((), ("candidature", "offre")) == [(None, "candidature"), (None, "offre")]
    assert rules.expected_envelopes(("1", "2"), ("offre",)) == [("1", "offre"), ("2", "offre")]


def test_the_registration_number_is_read_from_the_deposit_itself():
    assert rules.registration_label("7f3a92c104beaaaaaaaaaaaaaaaaaaaa") == "7F3A-92C1-04BE"
