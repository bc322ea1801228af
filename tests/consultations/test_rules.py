"""The rules of public procurement, in milliseconds and without a site."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import calendar
from megalis.portal.consultations.rules import calendar_lines
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.rules import versions

import hashlib
import pytest


UTC = UTC
NOW = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 3, 16, 11, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def codes(findings):
    return [finding.code for finding in findings]


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


def values(**changes):
    base = {
        "reference": "2026-01",
        "title": "Réfection de la voirie",
        "description": "Voirie communale",
        "procedure": "procedure-adaptee",
        "nature": "travaux",
        "cpv": "45233140",
        "places": ("FRH02",),
        "criteria": ({"name": "Prix", "weight": 60}, {"name": "Valeur technique", "weight": 40}),
        "contact_email": "marches@commune.example",
        "questions_deadline": DEADLINE - timedelta(days=8),
        "deadline": DEADLINE,
        "planned_opening": DEADLINE,
        "envelopes": ("candidature", "offre"),
        "accepted_formats": ("pdf",),
        "max_deposit_bytes": 2**31,
        "pieces": (checklist.PieceValues("rc.pdf", "reglement", (), 10),),
    }
    return checklist.Values(**{**base, **changes})


def test_a_complete_consultation_has_nothing_missing():
    assert checklist.findings(values(), NOW) == []


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"reference": " "}, "reference.absente"),
        ({"same_reference": ("Toiture",)}, "reference.double"),
        ({"title": ""}, "objet.absent"),
        ({"nature": ""}, "nature.absente"),
        ({"nature": "fournitures", "procedure": "concession"}, "concession.nature"),
        (
            {"procedure": "concession", "lots": (checklist.LotValues("1", "A", nature="fournitures"),)},
            "concession.nature",
        ),
        ({"cpv": ""}, "cpv.absent"),
        ({"cpv": "4523"}, "cpv.forme"),
        ({"deadline": None}, "deadline.absente"),
        ({"deadline": NOW}, "deadline.passee"),
        ({"questions_deadline": DEADLINE}, "dates.questions"),
        ({"planned_opening": DEADLINE - SECOND}, "dates.ouverture"),
        ({"criteria": ()}, "criteres.absents"),
        ({"criteria": ({"name": "", "weight": None},)}, "criteres.nom"),
        ({"criteria": ({"name": "Prix", "weight": 60}, {"name": "Délai", "weight": None})}, "criteres.poids"),
        ({"envelopes": ()}, "enveloppes.absentes"),
        ({"envelopes": ("offre", "technique", "financiere")}, "enveloppes.offre"),
        ({"envelopes": ("candidature", "technique")}, "enveloppes.paire"),
        ({"accepted_formats": ()}, "formats.absents"),
        ({"pieces": ()}, "dce.vide"),
        ({"pieces": (checklist.PieceValues("rc.pdf", "reglement", (), 0),)}, "dce.fichier-vide"),
        ({"pieces": (checklist.PieceValues("rc.pdf", "reglement", ("9",), 5),)}, "dce.lot"),
        ({"contact_email": ""}, "contact.absent"),
        ({"contact_email": "mairie"}, "contact.adresse"),
        ({"lots": (checklist.LotValues("1", "A"), checklist.LotValues("1", "B"))}, "lots.double"),
        ({"lots": (checklist.LotValues("1", ""), checklist.LotValues("2", "B"))}, "lots.titre"),
        ({"lots": tuple(checklist.LotValues(str(n), "x") for n in range(201))}, "lots.trop"),
    ],
)
def test_what_is_missing_has_a_code_and_a_page_that_mends_it(changes, code):
    found = blocking(checklist.findings(values(**changes), NOW))
    assert code in codes(found)
    assert all(finding.target.startswith("@@") for finding in found)


def test_what_waits_for_the_journal_stands_apart_from_the_keys_and_is_mended_where_notices_leave():
    waits = Missing("avis.embargo", "L’avis n’est pas parti.", "@@publicite")
    drill = Missing("cle.exercice", "Aucun exercice.", "../@@cles")
    found = {
        point.title: (point.target, codes(point.findings)) for point in checklist.points(values(), NOW, (waits, drill))
    }
    assert found["Avis au Journal officiel"] == ("@@publicite", ["avis.embargo"])
    assert found["Clés de chiffrement"] == ("../@@cles", ["cle.exercice"])
    assert "Avis au Journal officiel" not in {point.title for point in checklist.points(values(), NOW)}


@pytest.mark.parametrize("nature", ["travaux", "services"])
def test_works_and_services_may_be_conceded_and_supplies_bought(nature):
    assert checklist.findings(values(procedure="concession", nature=nature), NOW) == []
    assert checklist.findings(values(nature="fournitures"), NOW) == []


def test_a_virus_in_the_dossier_is_told_not_refused_since_the_antivirus_may_be_wrong():
    found = checklist.findings(
        values(pieces=(checklist.PieceValues("rc.pdf", "reglement", (), 5, "Canari.EICAR"),)), NOW
    )
    assert codes(found) == ["dce.virus"] and not blocking(found)


def test_weights_that_do_not_make_a_hundred_are_told_not_refused():
    found = checklist.findings(values(criteria=({"name": "Prix", "weight": 60},)), NOW)
    assert codes(found) == ["criteres.somme"]


def test_criteria_of_the_lots_are_enough():
    lot = checklist.LotValues("1", "A", criteria=({"name": "Prix", "weight": 100},))
    other = checklist.LotValues("2", "B", criteria=({"name": "Prix", "weight": 100},))
    assert checklist.findings(values(criteria=(), lots=(lot, other)), NOW) == []


def test_a_decision_names_its_holder_or_its_reason():
    assert codes(decisions.decision_findings("1", None)) == ["decision.absente"]
    assert codes(decisions.decision_findings("1", "attribue", amount=10)) == ["decision.titulaire"]
    assert codes(decisions.decision_findings("1", "sans-suite")) == ["decision.motif"]
    assert decisions.decision_findings("1", "infructueux") == []
    assert decisions.decision_findings("", "attribue", winner="Société A", amount=10) == []


def test_a_member_of_a_group_without_number_is_asked_for_before_the_lot_is_awarded():
    members = [("Société B", "44306184100013"), ("Société C", "")]
    (found,) = decisions.decision_findings("1", "attribue", winner="Société A", amount=10, members=members)
    assert (found.code, found.level) == ("decision.membre", "blocking") and "Lot 1 : « Société C »" in found.message
    assert decisions.decision_findings("1", "attribue", winner="Société A", amount=10, members=members[:1]) == []


def test_a_formal_contract_is_notified_eleven_full_days_after_telling_the_others():
    informed = datetime(2026, 4, 1, 15, 0, tzinfo=UTC)
    end = decisions.standstill_end(informed, 11)
    assert end == datetime(2026, 4, 12, 22, 0, tzinfo=UTC)
    assert codes(decisions.notification_findings(True, 11, informed, False, end - SECOND)) == ["standstill"]
    assert decisions.notification_findings(True, 11, informed, False, end) == []
    assert codes(decisions.notification_findings(True, 11, None, False, end)) == ["information.absente"]


def test_no_standstill_binds_a_mapa_a_sole_candidate_or_a_procedure_without_award():
    assert decisions.notification_findings(True, None, None, False, NOW) == []
    assert decisions.notification_findings(True, 11, None, True, NOW) == []
    assert decisions.notification_findings(False, 11, None, False, NOW) == []


def test_standstill_ends_at_midnight_of_paris_across_the_change_of_hour():
    informed = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    assert decisions.standstill_end(informed, 11) == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)


def test_the_fingerprint_of_a_dossier_is_that_of_its_sorted_triples():
    pieces = [("b.pdf", 2, "bb"), ("a.pdf", 1, "aa")]
    expected = hashlib.sha256(b'[["a.pdf",1,"aa"],["b.pdf",2,"bb"]]').hexdigest()
    assert versions.dce_hash(pieces) == expected == versions.dce_hash(reversed(pieces))
    assert versions.dce_hash([]) == hashlib.sha256(b"[]").hexdigest()


class TestCalendarLines:
    """What a consultation draws in a calendar, phase by phase."""

    NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)

    def words(self, state, created=None, published=None, deadline=None, reached=()):
        day = timedelta(days=1)

        def at(days):
            return None if days is None else self.NOW + days * day

        instants = {name: at(days) for name, days in dict(reached).items()}
        found = calendar_lines.spans(state, at(created), at(published), at(deadline), instants, self.NOW)
        return [(s.word, s.kind, (s.start - self.NOW).days, (s.end - self.NOW).days) for s in found]

    def test_a_draft_is_under_way_and_its_deadline_is_to_come(self):
        assert self.words("elaboration", -4, None, 30) == [("brouillon", "ph2", -4, 0), ("plis", "ph4", 0, 30)]
        assert self.words("a-valider", -4) == [("brouillon", "ph2", -4, 0)]
        assert self.words("elaboration", -40, None, -1) == [("brouillon", "ph2", -40, 0)]

    def test_an_open_one_awaits_bids_until_its_deadline(self):
        assert self.words("publiee", -40, -30, 3) == [("plis", "ph1", -30, 3)]

    def test_a_closed_one_waits_to_be_opened(self):
        assert self.words("close", -40, -30, -2) == [("plis", "ph3", -30, -2), ("à ouvrir", "ph2", -2, 0)]

    def test_each_phase_ends_where_the_next_begins(self):
        reached = {"publiee": -30, "ouverture": -8, "analyse": -6}
        assert self.words("analyse", -40, -30, -10, reached) == [
            ("plis", "ph3", -30, -10),
            ("à ouvrir", "ph3", -10, -8),
            ("ouverture", "ph3", -8, -6),
            ("analyse", "ph2", -6, 0),
        ]

    def test_a_notified_one_is_over(self):
        reached = {"ouverture": -20, "analyse": -15, "decidee": -9, "notifiee": -2}
        assert [kind for _word, kind, *_days in self.words("notifiee", -60, -50, -20, reached)] == ["ph3"] * 4

    def test_a_cancelled_one_stops_at_its_deadline(self):
        assert self.words("annulee", -60, -50, -20, {"annulee": -10}) == [("plis", "ph3", -50, -20)]
