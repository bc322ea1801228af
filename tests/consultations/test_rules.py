"""The rules of public procurement, in milliseconds and without a site."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import calendar
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import transitions
from tests.consultations.rules_scene import codes
from tests.consultations.rules_scene import DEADLINE
from tests.consultations.rules_scene import NOW
from tests.consultations.rules_scene import SECOND

import pytest


@pytest.mark.parametrize(
    "shift, expected",
    [(-1, "publiee"), (0, "close"), (1, "close")],
    ids=["a second before", "at the second", "a second after"],
)
def test_a_consultation_closes_at_the_very_second_of_its_deadline(shift, expected):
    assert phase.phase("publiee", DEADLINE, DEADLINE + shift * SECOND) == expected


def test_a_microsecond_before_the_deadline_it_is_still_open():
    assert phase.phase("publiee", DEADLINE, DEADLINE - timedelta(microseconds=1)) == "publiee"


@pytest.mark.parametrize("state", ["elaboration", "a-valider", "ouverture", "analyse", "annulee", "archivee"])
def test_the_clock_decides_only_for_a_published_consultation(state):
    assert phase.phase(state, DEADLINE, DEADLINE + SECOND) == state


@pytest.mark.parametrize("shift, refused", [(-1, True), (0, False), (1, False)])
def test_bids_open_from_the_second_of_the_deadline_and_not_before(shift, refused):
    facts = transitions.Facts("publiee", DEADLINE, DEADLINE + shift * SECOND)
    assert bool(transitions.refusals("ouvrir", facts)) is refused


def test_opening_before_the_deadline_says_that_bids_stay_sealed():
    facts = transitions.Facts("publiee", DEADLINE, NOW)
    assert codes(transitions.refusals("ouvrir", facts)) == ["ouverture.avant-cloture"]


@pytest.mark.parametrize("transition", transitions.ALLOWED)
def test_a_step_out_of_turn_is_refused_from_every_other_phase(transition):
    for current in phase.PHASES:
        if current in transitions.ALLOWED[transition]:
            continue
        state = "publiee" if current == "close" else current
        now = DEADLINE + SECOND if current == "close" else NOW
        assert transitions.refusals(transition, transitions.Facts(state, DEADLINE, now, reason="motif"))


def test_an_unknown_step_is_refused():
    assert codes(transitions.refusals("sauter", transitions.Facts("publiee", DEADLINE, NOW))) == ["transition.inconnue"]


@pytest.mark.parametrize(
    "transition, state", [("refuser", "a-valider"), ("annuler", "publiee"), ("rectifier", "publiee")]
)
def test_sending_back_cancelling_and_rectifying_need_a_reason(transition, state):
    assert codes(transitions.refusals(transition, transitions.Facts(state, DEADLINE, NOW, reason="  "))) == [
        "motif.absent"
    ]
    assert not transitions.refusals(transition, transitions.Facts(state, DEADLINE, NOW, reason="Erreur de plan"))


def test_publication_with_a_deadline_in_the_past_is_refused_even_without_a_checklist():
    facts = transitions.Facts("a-valider", NOW - SECOND, NOW)
    assert codes(transitions.refusals("publier", facts)) == ["deadline.passee"]


def test_a_deadline_at_this_very_second_is_past():
    assert codes(blocking(calendar.deadline_findings(NOW, NOW))) == ["deadline.passee"]
    assert not blocking(calendar.deadline_findings(NOW + SECOND, NOW))


@pytest.mark.parametrize(
    "year, month, day",
    [
        (1961, 4, 2),
        (2000, 4, 23),
        (2008, 3, 23),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2038, 4, 25),
    ],
)
def test_easter_is_where_the_almanac_has_it(year, month, day):
    assert calendar.easter(year) == date(year, month, day)


def test_a_french_year_has_eleven_holidays_moving_ones_included():
    days = calendar.holidays(2026)
    assert len(days) == 11
    assert days[date(2026, 4, 6)] == "lundi de Pâques"
    assert days[date(2026, 5, 14)] == "Ascension"
    assert days[date(2026, 5, 25)] == "lundi de Pentecôte"


@pytest.mark.parametrize(
    "moment, code",
    [
        (datetime(2026, 3, 14, 11, tzinfo=UTC), "deadline.repos"),
        (datetime(2026, 4, 6, 10, tzinfo=UTC), "deadline.repos"),
        (datetime(2026, 3, 16, 20, 59, tzinfo=UTC), "deadline.heure"),
    ],
    ids=["Saturday", "Easter Monday", "nine in the evening"],
)
def test_a_deadline_on_a_day_or_hour_of_rest_is_advised_against_never_refused(moment, code):
    found = calendar.deadline_findings(moment, NOW)
    assert codes(found) == [code]
    assert not blocking(found)


def test_a_rest_day_is_judged_on_the_clocks_of_paris():
    just_saturday = datetime(2026, 3, 13, 23, 30, tzinfo=UTC)
    (finding,) = calendar.deadline_findings(just_saturday, NOW)
    assert finding.code == "deadline.repos" and finding.message.count("samedi") == 1


@pytest.mark.parametrize("days, refused", [(29, True), (30, False), (31, False)])
def test_an_open_tender_gives_thirty_days_not_counting_the_day_of_sending(days, refused):
    found = procedures.time_findings("appel-offres-ouvert", NOW, NOW + timedelta(days=days))
    assert (codes(found) == ["delai.minimum"]) is refused


def test_justified_urgency_brings_an_open_tender_down_to_fifteen_days():
    deadline = NOW + timedelta(days=15)
    assert codes(procedures.time_findings("appel-offres-ouvert", NOW, deadline, True, "Toiture effondrée")) == []
    assert "urgence.motif" in codes(procedures.time_findings("appel-offres-ouvert", NOW, deadline, True, " "))
    assert codes(procedures.time_findings("appel-offres-ouvert", NOW, deadline - timedelta(days=1), True, "x")) == [
        "delai.minimum"
    ]


def test_a_competitive_dialogue_knows_no_urgency():
    found = procedures.time_findings("dialogue-competitif", NOW, NOW + timedelta(days=20), True, "x")
    assert "urgence.impossible" in codes(found)


def test_a_short_mapa_is_only_advised_against():
    found = procedures.time_findings("procedure-adaptee", NOW, NOW + timedelta(days=10))
    assert codes(found) == ["delai.conseille"]
    assert not blocking(found)


def test_every_procedure_of_the_notices_has_a_row_for_2026_and_2027():
    from megalis.portal.formats.eforms import codes as eforms

    for name in eforms.PROCEDURES:
        for day in (date(2026, 1, 1), date(2027, 12, 31)):
            row = procedures.procedure(name, day)
            assert row.start <= day <= row.end
            assert row.source


def test_past_the_table_the_last_row_still_applies_and_says_so():
    later = datetime(2031, 5, 5, 9, tzinfo=UTC)
    found = procedures.time_findings("appel-offres-ouvert", later, later + timedelta(days=40))
    assert codes(found) == ["procedure.table"]
    assert not blocking(found)


def rectify(**changes):
    values = {
        "old": DEADLINE,
        "new": DEADLINE,
        "first_deposit": None,
        "now": NOW,
        "reason": "Plan du lot 2 corrigé",
        "pieces_changed": True,
        "changed": False,
    }
    return codes(rectification.rectification_findings(**{**values, **changes}))


def test_the_deadline_moves_earlier_only_while_nobody_has_deposited():
    earlier = DEADLINE - timedelta(days=2)
    assert rectify(new=earlier) == []
    assert rectify(new=earlier, first_deposit=NOW - SECOND) == ["rectification.avancee"]


def test_the_deadline_may_always_move_later():
    assert rectify(new=DEADLINE + SECOND, first_deposit=NOW - SECOND) == []


@pytest.mark.parametrize("shift, code", [(-1, []), (0, ["rectification.close"]), (1, ["rectification.close"])])
def test_a_closed_consultation_is_not_rectified_from_the_second_of_its_deadline(shift, code):
    assert rectify(now=DEADLINE + shift * SECOND, new=DEADLINE + timedelta(days=9)) == code


@pytest.mark.parametrize("shift, code", [(-1, ["deadline.passee"]), (0, ["deadline.passee"]), (1, [])])
def test_a_deadline_is_not_moved_to_a_second_that_has_come(shift, code):
    assert rectify(new=NOW + shift * SECOND, now=NOW) == code


def test_a_rectification_says_why_and_changes_something():
    assert rectify(reason=" ") == ["rectification.motif"]
    assert rectify(pieces_changed=False) == ["rectification.vide"]


def test_changing_pieces_in_the_last_days_calls_for_more_time():
    assert rectify(now=DEADLINE - timedelta(days=3)) == ["rectification.delai"]
    assert rectify(now=DEADLINE - timedelta(days=6) + SECOND) == ["rectification.delai"]
    assert rectify(now=DEADLINE - timedelta(days=6)) == []


def test_once_a_bid_is_there_a_rectification_that_leaves_the_deadline_is_accepted():
    assert rectify(new=DEADLINE, first_deposit=NOW - SECOND) == []
