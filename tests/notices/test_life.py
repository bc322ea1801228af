"""The life of a notice and the embargo: what may follow what, and until when the profile waits for the journal."""

from dataclasses import replace
from datetime import date
from datetime import timedelta
from decimal import Decimal
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import drawing
from megalis.portal.consultations.notices import embargo
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.notices import store
from megalis.portal.formats.refusal import Refused
from tests.notices.calls import CALL
from tests.notices.calls import LOTS
from tests.notices.calls import MAPA
from tests.notices.calls import NOW
from tests.notices.test_rules import CASES
from tests.notices.test_rules import outcome

import pytest


CALL_, CHANGE, CANCEL, AWARD = lifecycle.CALL, lifecycle.CHANGE, lifecycle.CANCEL, lifecycle.AWARD


def test_an_answer_that_repeats_or_comes_late_changes_nothing():
    assert lifecycle.after(lifecycle.RECEIVED, lifecycle.RECEIVED) == lifecycle.RECEIVED
    assert lifecycle.after(lifecycle.RECEIVED, lifecycle.SENT) == lifecycle.RECEIVED
    assert lifecycle.after(lifecycle.PUBLISHED, lifecycle.REFUSED) == lifecycle.PUBLISHED
    assert lifecycle.after(lifecycle.GIVEN_UP, lifecycle.PUBLISHED) == lifecycle.GIVEN_UP
    assert lifecycle.after(lifecycle.SENT, lifecycle.PUBLISHED) == lifecycle.PUBLISHED


@pytest.mark.parametrize(
    "kind, lives, code",
    [
        (CALL_, [], ""),
        (CALL_, [(CALL_, "a-envoyer")], "avis.double"),
        (CALL_, [(CALL_, "publie")], "avis.deja-publie"),
        (CALL_, [(CALL_, "refuse")], ""),
        (CALL_, [(CALL_, "abandonne")], ""),
        (CHANGE, [], "avis.sans-origine"),
        (CHANGE, [(CALL_, "refuse")], "avis.sans-origine"),
        (CHANGE, [(CALL_, "recu")], "avis.origine-en-route"),
        (CHANGE, [(CALL_, "publie")], ""),
        (CHANGE, [(CALL_, "publie"), (CHANGE, "envoye")], "avis.double"),
        (CHANGE, [(CALL_, "publie"), (CANCEL, "publie")], "avis.annule"),
        (CANCEL, [(CALL_, "publie"), (CANCEL, "publie")], "avis.annule"),
        (AWARD, [(CALL_, "publie"), (AWARD, "publie")], "avis.deja-publie"),
        (AWARD, [], ""),
    ],
)
def test_what_may_follow_what_on_one_support(kind, lives, code):
    if not code:
        lifecycle.check_send(kind, lives)
        return
    with pytest.raises(Refused) as caught:
        lifecycle.check_send(kind, lives)
    assert caught.value.code == code


# the embargo

HOUR = timedelta(hours=1)


def held(lives, now=NOW, connected=True, supports=("profil", "boamp", "joue")):
    return [(item.code, item.level) for item in embargo.findings(supports, lives, connected, now)]


def test_without_the_journal_there_is_no_embargo():
    assert held([], supports=("profil", "boamp")) == []


def test_the_profile_waits_for_the_journal_to_publish_or_to_have_the_notice_for_48_hours():
    assert held([]) == [("avis.embargo", "blocking")]
    assert held([(CALL_, "a-envoyer", None, None)]) == [("avis.embargo", "blocking")]
    assert held([(CALL_, "recu", NOW - 47 * HOUR, None)]) == [("avis.embargo", "blocking")]
    assert held([(CALL_, "recu", NOW - 48 * HOUR, None)]) == []
    assert held([(CALL_, "publie", NOW - HOUR, NOW)]) == []


def test_a_refusal_or_a_notice_given_up_frees_nothing():
    assert held([(CALL_, "refuse", NOW - 60 * HOUR, None)]) == [("avis.refuse", "blocking")]
    assert held([(CALL_, "abandonne", NOW - 60 * HOUR, None)]) == [("avis.embargo", "blocking")]


def test_a_platform_that_is_not_connected_advises_only():
    assert held([], connected=False) == [("avis.joue-ailleurs", "advice")]


# what was sent, and what is said since


def test_a_later_edit_shows_as_a_difference_with_what_was_said():
    before = rubrics.kept(rubrics.of(CASES["16, two lots"]))
    assert rubrics.changes(before, before) == []
    later = replace(
        CASES["16, two lots"],
        deadline=CALL.deadline + timedelta(days=7),
        lots=(LOTS[0], replace(LOTS[1], title="Béton")),
    )
    found = rubrics.changes(before, rubrics.kept(rubrics.of(later)))
    assert [(item["title"], item["lot"]) for item in found] == [("Date limite", ""), ("Lot 2", "2")]
    assert "au lieu de" in rubrics.sentence(found[0])


def test_the_short_notice_and_the_announcement_say_the_change():
    records = [Standing()]
    for support in ("boamp", "jal"):
        draft = drawing.draw(MAPA, support, CHANGE, records, NOW, "Report", [("", "La date limite change.")])
        assert draft.sendable and draft.version == "02" and draft.previous == "avis-01"
        assert "La date limite change." in draft.text and "Report" in draft.text


class Standing:
    """As much of a record as drawing reads."""

    kind, state, business_id = CALL_, "publie", "avis-01"


def test_a_notice_of_a_mapa_is_short_for_the_bulletin_and_plain_for_a_newspaper():
    assert drawing.form_of(MAPA, "boamp", CALL_) == store.SHORT
    assert drawing.form_of(MAPA, "boamp", AWARD) == store.EFORMS
    assert drawing.form_of(CALL, "boamp", CALL_) == store.EFORMS
    assert drawing.form_of(MAPA, "jal", CALL_) == store.TEXT
    text = drawing.draw(MAPA, "jal", CALL_, [], NOW).text
    assert "Réfection de la voirie" in text and "60 %" in text


@pytest.mark.parametrize(
    "change, code, key",
    [
        ({"documents_url": ""}, "avis.dossier", "dossier"),
        ({"deadline": None}, "avis.echeance", "date-limite"),
        ({"title": " "}, "avis.titre", "objet"),
        ({"departments": ("999",)}, "avis.departement", "lieu"),
    ],
)
def test_what_a_short_notice_lacks_is_told_beside_its_rubric(change, code, key):
    draft = drawing.draw(replace(MAPA, **change), "boamp", CALL_, [], NOW)
    assert [item.code for item in draft.errors] == [code]
    assert [item.key for item in draft.rubrics if item.findings] == [key]


def test_weights_are_points_and_a_ranking_is_an_order():
    weighed = composing.notice_of(CALL, NOW).lots[0].criteria
    assert [item.weight for item in weighed] == [Decimal(60), Decimal(40)]
    ranked = composing.notice_of(replace(CALL, criteria=(("Délai", None), ("Prix", None))), NOW).lots[0].criteria
    assert [(item.type, item.parameters[0].code, item.parameters[0].number) for item in ranked] == [
        ("quality", "ord-imp", 1),
        ("price", "ord-imp", 2),
    ]


# before a call, after a contract


def extra(sort=special.INFORMATION, **more):
    told = {"planned": date(2027, 1, 15), "answers": NOW + timedelta(days=30), **more}
    return special.Extra(sort, **told)


@pytest.mark.parametrize(
    "case, sort, subtype",
    [
        ("16", special.INFORMATION, "4"),
        ("16, two lots", special.INFORMATION, "4"),
        ("16", special.SHORTER, "7"),
        ("16, restricted", special.CALL, "10"),
        ("16", special.MARKET, "E1"),
        ("E3", special.MARKET, "E1"),
        ("E3", special.INFORMATION, "E2"),
    ],
)
def test_prior_information_keeps_every_rule(sdk, case, sort, subtype):
    draft = drawing.draw(CASES[case], "joue", lifecycle.PRIOR, [], NOW, extra=extra(sort))
    assert (draft.subtype, draft.errors) == (subtype, ())


@pytest.mark.parametrize(
    "case, told",
    [
        ("16", extra("zz")),
        ("16", extra(planned=None)),
        ("16", extra(planned=NOW.date())),
        ("16", extra(special.MARKET, answers=None)),
        ("16", extra(special.CALL)),
        ("E3", extra(special.SHORTER)),
    ],
)
def test_prior_information_that_makes_no_sense_is_refused(case, told):
    draft = drawing.draw(CASES[case], "joue", lifecycle.PRIOR, [], NOW, extra=told)
    assert [item.code for item in draft.errors] == ["avis.preinformation"] and not draft.data


DIRECT = replace(CALL, procedure="sans-publicite", ground="urgence")


def test_a_contract_without_call_is_announced_then_awarded_with_its_reason(sdk):
    draft = drawing.draw(DIRECT, "joue", lifecycle.INTENTION, [], NOW, outcomes=[outcome("")])
    assert (draft.subtype, draft.errors) == ("25", ()) and "Urgence impérieuse" in draft.text
    draft = drawing.draw(DIRECT, "joue", AWARD, [], NOW, outcomes=[outcome("")])
    assert (draft.subtype, draft.errors) == ("29", ()) and "Urgence impérieuse" in draft.text
    other = drawing.draw(CALL, "joue", lifecycle.INTENTION, [], NOW, outcomes=[outcome("")])
    assert [item.code for item in other.errors] == ["avis.sous-type"]


class Awarded(Standing):
    kind, notice, business_id = AWARD, "x", f"{composing.notice_id(CALL.uid, AWARD)}-01"


@pytest.mark.parametrize("case, lot", [("16", ""), ("16, two lots", "2"), ("E3", "")])
def test_a_modification_names_the_contract_the_notice_and_the_ground(sdk, case, lot):
    outcomes = [outcome(item.number) for item in CASES[case].lots] or [outcome("")]
    told = special.Extra(lot=lot, cause="add-wss", text="Montant porté à 150 000 €.")
    draft = drawing.draw(CASES[case], "joue", lifecycle.MODIFICATION, [Awarded()], NOW, outcomes=outcomes, extra=told)
    assert (draft.subtype, draft.errors, draft.previous) == ("38", (), Awarded.business_id)


@pytest.mark.parametrize(
    "records, told",
    [
        ([], {"cause": "add-wss", "text": "Plus"}),
        ([Awarded()], {"cause": "zz", "text": "Plus"}),
        ([Awarded()], {"cause": "add-wss", "text": " "}),
        ([Awarded()], {"cause": "add-wss", "text": "x" * 3000}),
        ([Awarded()], {"cause": "add-wss", "text": "Plus", "lot": "9"}),
    ],
)
def test_a_modification_that_says_too_little_is_refused(records, told):
    found = special.Extra(**told)
    draft = drawing.draw(CALL, "joue", lifecycle.MODIFICATION, records, NOW, outcomes=[outcome("")], extra=found)
    assert [item.code for item in draft.errors] == ["avis.modification"]
