"""What may follow a consultation by invitation: rules alone, without a site."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import transitions
from megalis.portal.formats.eforms import codes as codes_of_law

import pytest


DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RESTRICTED = suites.Stage(
    phase.OUVERTURE, "appel-offres-restreint", envelopes=("candidature",), opened=("candidature",), concluded=True,
    answered=7, admitted=5,
)  # fmt: skip
NEGOTIATED = suites.Stage(
    phase.ANALYSE, "procedure-negociation", envelopes=("offre",), opened=("offre",), answered=3, admitted=3
)


def codes(found):
    return [finding.code for finding in found]


def with_(stage, **changes):
    from dataclasses import replace

    return replace(stage, **changes)


def row(relation="phase-2", procedure="appel-offres-restreint"):
    return suites.demands(relation, procedure, DAY)


def test_every_relation_has_a_row_with_a_source_for_each_procedure():
    for relation in suites.RELATIONS:
        for procedure in codes_of_law.PROCEDURES:
            found = suites.demands(relation, procedure, DAY)
            assert found.source and found.envelopes and len(found.phases) >= 1
            assert found.id == suites.procedure_of(relation, procedure)
    with pytest.raises(KeyError):
        suites.demands("mariage", "autre", DAY)


def test_a_following_keeps_the_standstill_of_its_award_and_a_contract_under_a_framework_has_none():
    assert row().standstill == row("tour", "procedure-negociation").standstill == 11
    assert row("subsequent").standstill is row("specifique", suites.SAD).standstill is None


@pytest.mark.parametrize("days, expected", [(25, []), (24, ["delai.minimum"]), (10, ["delai.minimum"])])
def test_offers_of_a_restricted_call_need_twenty_five_days(days, expected):
    found = suites.time_findings("phase-2", "appel-offres-restreint", NOW, NOW + timedelta(days=days))
    assert codes(found) == expected


@pytest.mark.parametrize("days, reason, expected", [
    (10, "Toiture arrachée", []), (9, "Toiture arrachée", ["delai.minimum"]), (10, " ", ["urgence.motif", "delai.minimum"])
])  # fmt: skip
def test_a_justified_urgency_makes_ten_days_enough(days, reason, expected):
    found = suites.time_findings("phase-2", "appel-offres-restreint", NOW, NOW + timedelta(days=days), True, reason)
    assert codes(found) == expected


def test_a_specific_contract_leaves_ten_days_and_knows_no_urgency():
    assert codes(suites.time_findings("specifique", suites.SAD, NOW, NOW + timedelta(days=9))) == ["delai.minimum"]
    found = suites.time_findings("specifique", suites.SAD, NOW, NOW + timedelta(days=10), True, "Crue")
    assert codes(found) == ["urgence.impossible"]


def test_a_round_of_negotiation_is_only_advised_a_time():
    found = suites.time_findings("tour", "procedure-negociation", NOW, NOW + timedelta(days=2))
    assert [(finding.code, finding.level) for finding in found] == [("delai.conseille", ADVICE)]


def test_the_second_phase_starts_once_the_selection_is_concluded():
    assert suites.launch_findings("phase-2", RESTRICTED) == []


@pytest.mark.parametrize("changes, code", [
    ({"phase": phase.CLOSE, "opened": ()}, "suite.candidatures"),
    ({"concluded": False}, "suite.selection"),
    ({"admitted": 0}, "suite.personne"),
    ({"running": ("phase-2",)}, "suite.en-cours"),
    ({"envelopes": ("candidature", "offre")}, "suite.une-phase"),
    ({"technique": suites.SAD}, "suite.sad"),
])  # fmt: skip
def test_the_second_phase_is_refused_out_of_turn(changes, code):
    assert codes(suites.launch_findings("phase-2", with_(RESTRICTED, **changes))) == [code]


def test_an_open_or_restricted_call_is_never_negotiated():
    for procedure in ("appel-offres-ouvert", "appel-offres-restreint"):
        found = suites.launch_findings("tour", with_(NEGOTIATED, procedure=procedure))
        assert codes(found) == ["suite.negociation"] and found[0].source


@pytest.mark.parametrize("procedure", ["procedure-negociation", "procedure-adaptee", "dialogue-competitif"])
def test_a_round_starts_from_opened_offers(procedure):
    stage = with_(NEGOTIATED, procedure=procedure)
    assert suites.launch_findings("tour", stage) == []
    assert codes(suites.launch_findings("tour", with_(stage, opened=()))) == ["suite.offres"]
    assert codes(suites.launch_findings("tour", with_(stage, running=("tour",)))) == ["suite.en-cours"]


def test_candidatures_are_completed_between_their_opening_and_their_selection():
    assert suites.launch_findings("complement", with_(RESTRICTED, concluded=False)) == []
    assert codes(suites.launch_findings("complement", RESTRICTED)) == ["suite.arretee"]
    early = with_(RESTRICTED, concluded=False, phase=phase.PUBLIEE, opened=())
    assert codes(suites.launch_findings("complement", early)) == ["suite.candidatures"]
    for unread in (with_(early, opened=("candidature",)), with_(early, phase=phase.OUVERTURE)):
        for relation in ("complement", "phase-2"):
            assert codes(suites.launch_findings(relation, unread)) == ["suite.candidatures"], relation


def test_contracts_under_a_framework_have_a_procedure_of_their_own_and_the_rest_that_of_its_origin():
    assert {suites.procedure_of(name, "concession") for name in (suites.SUBSEQUENT, suites.SPECIFIQUE)} == {
        suites.CONTRACT
    }
    others = set(suites.STAGES) | {suites.COMPLEMENT}
    assert {suites.procedure_of(name, "concession") for name in others} == {"concession"}


def test_who_cannot_be_counted_yet_counts_for_nobody():
    bare = suites.Stage(phase.NOTIFIEE, "appel-offres-ouvert", technique=suites.ACCORD_CADRE)
    assert codes(suites.launch_findings("subsequent", bare)) == ["suite.titulaires"]
    asked = suites.Stage(
        phase.OUVERTURE, "appel-offres-restreint", envelopes=("candidature",), opened=("candidature",), concluded=True
    )
    assert codes(suites.launch_findings("phase-2", asked)) == ["suite.personne"]


def test_a_subsequent_contract_needs_a_notified_framework_with_holders():
    framework = suites.Stage(phase.NOTIFIEE, "appel-offres-ouvert", technique=suites.ACCORD_CADRE, holders=3)
    assert suites.launch_findings("subsequent", framework) == []
    assert codes(suites.launch_findings("subsequent", with_(framework, technique=""))) == ["suite.accord-cadre"]
    assert codes(suites.launch_findings("subsequent", with_(framework, phase=phase.DECIDEE))) == ["suite.notification"]
    assert codes(suites.launch_findings("subsequent", with_(framework, holders=0))) == ["suite.titulaires"]


def test_there_is_nothing_to_complete_where_no_candidature_was_asked():
    assert codes(suites.launch_findings("complement", with_(RESTRICTED, opened=()))) == ["suite.candidatures"]
    assert codes(suites.launch_findings("complement", NEGOTIATED)) == ["suite.sans-candidature"]


def test_an_accord_cadre_with_orders_alone_has_no_subsequent_contract():
    for framework, expected in (("bons-de-commande", ""), ("mixte", suites.ACCORD_CADRE), (None, "")):
        assert suites.technique_of("appel-offres-ouvert", framework) == expected
    assert suites.technique_of("systeme-acquisition-dynamique", None) == suites.SAD


def test_a_specific_contract_needs_a_dynamic_system_with_admitted_candidates():
    system = with_(RESTRICTED, technique=suites.SAD)
    assert suites.launch_findings("specifique", system) == []
    assert codes(suites.launch_findings("specifique", RESTRICTED)) == ["suite.pas-sad"]
    assert codes(suites.launch_findings("specifique", with_(system, admitted=0))) == ["suite.admis"]


@pytest.mark.parametrize("invited, possible, reason, code, level", [
    (0, 5, "", "invites.personne", BLOCKING),
    (4, 6, "", "invites.minimum", BLOCKING),
    (4, 6, "Les autres n’ont pas les capacités.", "invites.peu", ADVICE),
    (3, 3, "", "invites.peu", ADVICE),
])  # fmt: skip
def test_five_candidates_are_invited_to_a_restricted_call(invited, possible, reason, code, level):
    found = suites.invited_findings("phase-2", row(), invited, possible, reason)
    assert [(finding.code, finding.level) for finding in found] == [(code, level)]
    assert suites.invited_findings("phase-2", row(), 5, 9) == []


def test_three_are_enough_for_a_negotiation_and_one_for_a_completion():
    assert suites.invited_findings("phase-2", row(procedure="procedure-negociation"), 3, 9) == []
    assert suites.invited_findings("complement", row("complement"), 1, 9) == []


def test_a_selection_says_of_each_candidate_whether_and_why_not():
    rows = [("Ardoises", "1", True, "", ()), ("Granit", "1", False, " ", ()), ("Granit", "", None, "", ())]
    assert codes(suites.selection_findings(rows)) == ["selection.motif", "selection.absente"]
    assert suites.selection_findings([("Granit", "", False, "Chiffre d’affaires trop faible", ())]) == []


def test_no_candidature_on_paper_is_judged_unread():
    (finding,) = suites.selection_findings([("Imprimerie", "1", True, "", ("P-1", "P-2"))])
    assert (
        finding.code == "selection.papier" and "Imprimerie, lot 1" in finding.message and "P-1, P-2" in finding.message
    )


def test_a_late_guest_has_the_time_the_others_were_owed():
    asked = (row(), NOW)
    assert suites.late_guest_findings(*asked, NOW + timedelta(days=26)) == []
    assert codes(suites.late_guest_findings(*asked, NOW + timedelta(days=20))) == ["invites.delai"]
    assert codes(suites.late_guest_findings(*asked, NOW)) == ["invites.clos"]


def test_an_invitation_is_not_taken_back_once_a_bid_has_come():
    asked = (NOW, NOW + timedelta(days=5))
    assert codes(suites.change_findings(*asked, deposited=True)) == ["invites.depot"]
    assert suites.change_findings(*asked) == []


def test_a_completion_says_what_it_asks_of_each():
    guests = [("Ardoises", "Le bilan 2025"), ("Granit", " ")]
    assert codes(suites.document_findings("complement", guests, 0)) == ["invites.demande"]
    assert suites.document_findings("complement", guests, 1) == []
    assert suites.document_findings("phase-2", guests, 0) == []


def test_a_completion_is_put_away_once_read_and_decides_nothing():
    assert transitions.possible(phase.ANALYSE, NOW, NOW, suites.COMPLEMENT) == [
        transitions.ANNULER,
        transitions.ARCHIVER,
    ]
    assert transitions.ARCHIVER not in transitions.possible(phase.ANALYSE, NOW, NOW)
    facts = transitions.Facts(phase.ANALYSE, NOW, NOW, relation=suites.COMPLEMENT)
    assert codes(transitions.refusals(transitions.DECIDER, facts)) == ["transition.etat"]
