"""The rules of what is received on paper, as plain functions: when a backup copy may be opened or destroyed, hours, lots."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.deposits.paper import rules
from megalis.portal.formats.refusal import Refused

import pytest


NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


FACTS = {"closed": True, "late": False, "labelled": True, "intime": 0, "attempts": (), "verdicts": ()}


def refused(ground, note="trace", **more):
    found = rules.copy_refusal(ground, note=note, **FACTS | more)
    return found[0] if found else None


def test_a_copy_is_opened_when_a_malware_was_found_and_traced():
    assert refused(rules.VIRUS, intime=1) is None
    assert refused(rules.VIRUS, note="", intime=1) == "trace"
    assert refused(rules.VIRUS, intime=0) == "sans-pli"


def test_a_copy_is_opened_when_the_sending_began_in_time_and_did_not_arrive():
    assert refused(rules.TRANSMISSION, attempts=(NOW,)) is None
    assert refused(rules.TRANSMISSION) == "non-commence"
    assert refused(rules.TRANSMISSION, attempts=(NOW,), intime=1) == "pli-complet"


@pytest.mark.parametrize("verdict", ["altere", "illisible", "contexte"])
def test_a_copy_is_opened_when_the_electronic_bid_cannot_be_read(verdict):
    assert refused(rules.UNREADABLE, intime=1, verdicts=("intact", verdict)) is None


def test_a_copy_of_a_bid_that_reads_stays_closed():
    assert refused(rules.UNREADABLE, intime=1, verdicts=("intact",)) == "lisible"
    assert refused(rules.UNREADABLE, intime=1) == "non-ouvert"
    assert refused(rules.UNREADABLE) == "sans-pli"


@pytest.mark.parametrize("ground", list(rules.GROUNDS))
def test_no_ground_opens_a_late_or_unnamed_copy_nor_one_before_the_closing(ground):
    everything = {"intime": 1, "attempts": (NOW,), "verdicts": ("illisible",)}
    assert refused(ground, **everything, late=True) == "hors-delai"
    assert refused(ground, **everything, labelled=False) == "mention"
    assert refused(ground, **everything, closed=False) == "pas-close"


@pytest.mark.parametrize("ground", ["signature", "", None, "pli"])
def test_a_missing_signature_is_no_ground(ground):
    assert refused(ground, intime=1, attempts=(NOW,), verdicts=("illisible",)) == "motif"


def test_late_is_the_rule_of_electronic_bids_to_the_second():
    assert not rules.is_late(NOW - timedelta(seconds=1), NOW)
    assert rules.is_late(NOW, NOW)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-02T10:00:01", "papier.futur"),
        ("2026-01-01T10:00", "papier.avant"),
        ("hier", "moment.forme"),
        ("2025-03-30T02:30", "moment.inexistant"),
    ],
)
def test_an_hour_of_arrival_that_cannot_be_is_refused(text, code):
    with pytest.raises(Refused) as found:
        rules.received(text, NOW, NOW - timedelta(days=20))
    assert found.value.code == code


def test_an_hour_of_arrival_is_read_on_the_clocks_of_paris():
    assert rules.received("2026-03-02T09:59:59", NOW, None) == NOW - timedelta(seconds=1)
    assert rules.received("", NOW, None) == NOW


def test_the_lots_are_those_of_the_consultation():
    assert rules.lots(["2", "1"], ["1", "2", "3"]) == ("1", "2")
    with pytest.raises(Refused) as found:
        rules.lots(["9"], ["1"])
    assert found.value.code == "papier.lot"


def test_a_copy_that_is_to_be_opened_is_not_destroyed():
    assert rules.due_ground(**FACTS) == ""
    assert rules.due_ground(**FACTS | {"intime": 1, "verdicts": ("intact",)}) == ""
    assert rules.due_ground(**FACTS | {"attempts": (NOW,)}) == rules.TRANSMISSION
    assert rules.due_ground(**FACTS | {"intime": 1, "verdicts": ("illisible",)}) == rules.UNREADABLE
    refusal = rules.destroy_refusal(rules.COPY, rules.KEPT, opened=True, due=rules.TRANSMISSION)
    assert refusal[0] == "a-ouvrir" and "pli électronique non parvenu" in refusal[1]


def test_only_a_copy_is_destroyed_and_after_the_bids_are_read():
    assert rules.destroy_refusal(rules.COPY, rules.KEPT, opened=True) is None
    assert rules.destroy_refusal(rules.COPY, rules.KEPT, opened=False)[0] == "trop-tot"
    assert rules.destroy_refusal(rules.COPY, rules.OPENED, opened=True)[0] == "etat"
    assert rules.destroy_refusal(rules.BID, rules.KEPT, opened=True)[0] == "genre"
