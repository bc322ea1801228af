"""Notices on a site: who sends them, what forbids it, what comes back."""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations import rectifying
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import delivery
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import simulation
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices.dossier import Notices
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports import Reason
from megalis.portal.consultations.notices.transports import Told
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.notices_scene import *  # noqa: F403
from tests.consultations.notices_scene import BY
from tests.consultations.notices_scene import code_of
from tests.consultations.notices_scene import FORMAL
from tests.consultations.notices_scene import PUBLISHED
from tests.consultations.notices_scene import RECEIVED
from tests.consultations.notices_scene import record
from tests.consultations.notices_scene import run
from tests.consultations.notices_scene import submitted

import pytest


def test_a_notice_is_sent_received_and_published_and_its_history_tells_all(functional_portal, mapa_committed, partner):
    portal, mapa = functional_portal, mapa_committed
    partner.answers = [RECEIVED, RECEIVED, PUBLISHED]
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    assert record(mapa).state == lifecycle.TO_SEND
    run(portal)
    assert record(mapa).state == lifecycle.RECEIVED
    run(portal, 10)
    run(portal, 10)
    made = record(mapa)
    assert (made.state, made.reference, made.published_on) == (lifecycle.PUBLISHED, "26-100001", date(2026, 2, 3))
    assert [row["what"] for row in made.history] == ["Mis en route", "Accusé de réception du service", "Publié"]
    assert partner.asked == [("submit", "01"), ("status", "01"), ("status", "01")]
    run(portal, 3600)
    assert len(partner.asked) == 3


@pytest.mark.parametrize(
    "code, after", [("service.cle", None), ("service.cadence", 7), ("service.panne", None), ("service.page", None)]
)
def test_an_accident_is_written_and_the_notice_asked_for_before_it_leaves_again(
    functional_portal, mapa_committed, partner, code, after
):
    portal, mapa = functional_portal, mapa_committed
    partner.answers = [NotNow(code, "Pas maintenant.", after, "<html>"), None, RECEIVED]
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    run(portal)
    made = record(mapa)
    assert made.state == lifecycle.TO_SEND
    assert "Pas maintenant." in made.history[-1]["detail"]
    (message,) = outbox.messages(portal)
    assert message.state == "a-retenter" and message.error == "Pas maintenant."
    assert message.next_try - clock.now() <= timedelta(seconds=after or 30)
    run(portal, 40)
    assert record(mapa).state == lifecycle.RECEIVED
    assert partner.asked == [("submit", "01"), ("status", "01"), ("submit", "01")]


def test_a_notice_that_had_arrived_in_spite_of_no_answer_is_not_sent_twice(functional_portal, mapa_committed, partner):
    partner.answers = [NotNow("reseau.muet", "Rien."), PUBLISHED]
    sending.send(mapa_committed, "boamp", lifecycle.CALL, BY)
    run(functional_portal)
    run(functional_portal, 40)
    assert record(mapa_committed).state == lifecycle.PUBLISHED
    assert partner.asked == [("submit", "01"), ("status", "01")]


def test_after_the_last_try_it_is_given_up_and_the_same_bytes_leave_again(functional_portal, mapa_committed, partner):
    portal, mapa = functional_portal, mapa_committed
    partner.answers = [NotNow("service.panne", "Panne.") for _rank in range(20)]
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    before = record(mapa).sha256
    for delay in (0, *outbox.DELAYS):
        run(portal, delay + 1)
    assert record(mapa).state == lifecycle.GIVEN_UP
    record(mapa).made = clock.now()
    partner.answers = [RECEIVED]
    sending.resend(mapa, record(mapa).id, BY)
    run(portal)
    assert (record(mapa).state, record(mapa).sha256) == (lifecycle.RECEIVED, before)
    assert len(store.every(mapa)) == 1


def test_a_refused_notice_is_mended_and_sent_anew_under_the_next_version(functional_portal, mapa_committed, partner):
    portal, mapa = functional_portal, mapa_committed
    partner.answers = [Told(lifecycle.REFUSED, reasons=(Reason("BR-1", "Le titre manque."),)), RECEIVED]
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    run(portal)
    assert record(mapa).state == lifecycle.REFUSED
    assert record(mapa).reasons[0].code == "BR-1"
    assert code_of(sending.resend, mapa, record(mapa).id, BY) == "avis.renvoi"
    mapa.title = "Voirie 2026"
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    run(portal)
    assert [(item.version, item.state) for item in store.every(mapa)] == [("01", "refuse"), ("02", "recu")]


def test_a_notice_is_not_sent_twice(mapa, partner):
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    assert code_of(sending.send, mapa, "boamp", lifecycle.CALL, BY) == "avis.double"
    delivery.take(record(mapa), PUBLISHED)
    assert code_of(sending.send, mapa, "boamp", lifecycle.CALL, BY) == "avis.deja-publie"


def test_the_sent_bytes_are_frozen_and_a_later_edit_proposes_a_change(linked, partner):
    draft = submitted(linked, supports=("profil", "boamp"))
    made = sending.send(draft, "boamp", lifecycle.CALL, BY)
    frozen = made.data
    draft.title = "Autre objet"
    assert made.data == frozen and b"Autre objet" not in frozen
    assert [row["title"] for row in sending.changed_since(made, sending.facts.call_of(draft))] == ["Objet"]
    assert code_of(sending.send, draft, "boamp", lifecycle.CHANGE, BY, "Erreur") == "avis.origine-en-route"
    delivery.take(made, PUBLISHED)
    assert sending.next_kinds(draft, "boamp") == [lifecycle.CHANGE]
    change = sending.send(draft, "boamp", lifecycle.CHANGE, BY, "Erreur dans l’objet")
    assert (change.version, change.previous) == ("02", made.business_id)
    text = change.data.decode()
    assert "Autre objet" in text and "Erreur dans l’objet" in text and "rectificatif" in text


def test_a_rectification_is_told_to_the_bulletin_with_what_it_changed(linked, partner):
    consultation = publish(linked, complete_draft(linked.a, supports=("profil", "boamp")))
    sending.send(consultation, "boamp", lifecycle.CALL, BY)
    delivery.take(record(consultation), PUBLISHED)
    later = {"deadline": DEADLINE + timedelta(days=7), "planned_opening": DEADLINE + timedelta(days=7, hours=2)}
    with as_agent(linked.valideurs):
        rectifying.rectify(consultation, "Demandes des entreprises", later)
    change = sending.send(consultation, "boamp", lifecycle.CHANGE, BY, "Demandes des entreprises")
    assert "23 mars 2026" in change.data.decode() and change.dossier == 2
    assert code_of(sending.send, consultation, "boamp", lifecycle.CHANGE, BY, "Encore") == "avis.double"
    delivery.take(change, PUBLISHED)
    assert code_of(sending.send, consultation, "boamp", lifecycle.CHANGE, BY, "Encore") == "avis.rien"


def test_a_cancelled_consultation_is_told_cancelled_and_nothing_follows(linked, partner):
    consultation = publish(linked, complete_draft(linked.a, supports=("profil", "boamp")))
    sending.send(consultation, "boamp", lifecycle.CALL, BY)
    delivery.take(record(consultation), PUBLISHED)
    assert code_of(sending.send, consultation, "boamp", lifecycle.CANCEL, BY, "Besoin disparu") == "avis.etape"
    with as_agent(linked.valideurs):
        workflow.fire(consultation, "annuler", "Besoin disparu")
    assert sending.next_kinds(consultation, "boamp") == [lifecycle.CANCEL]
    made = sending.send(consultation, "boamp", lifecycle.CANCEL, BY, "Besoin disparu")
    assert b"annulation" in made.data
    delivery.take(made, PUBLISHED)
    assert sending.next_kinds(consultation, "boamp") == []


@pytest.mark.parametrize(
    "support, kind, reason, code",
    [
        ("joue", lifecycle.CALL, "", "avis.support"),
        ("profil", lifecycle.CALL, "", "avis.support"),
        ("boamp", "zz", "", "avis.genre"),
        ("boamp", lifecycle.CHANGE, "Motif", "avis.sans-origine"),
        ("boamp", lifecycle.AWARD, "", "avis.etape"),
    ],
)
def test_what_may_not_leave_is_refused_with_a_stable_code(mapa, partner, support, kind, reason, code):
    assert code_of(sending.send, mapa, support, kind, BY, reason) == code


def test_a_draft_or_a_closed_consultation_sends_no_call(linked, partner):
    draft = complete_draft(linked.a, supports=("profil", "boamp"))
    assert code_of(sending.send, draft, "boamp", lifecycle.CALL, BY) == "avis.etape"
    publish(linked, draft)
    at(DEADLINE + timedelta(days=1))
    assert code_of(sending.send, draft, "boamp", lifecycle.CALL, BY) == "avis.etape"


def test_without_a_service_the_notice_stays_and_its_publication_elsewhere_is_noted(portal, linked, mapa):
    services.tell(portal, "boamp", services.OFF, "", BY)
    assert code_of(sending.send, mapa, "boamp", lifecycle.CALL, BY) == "avis.service"
    day = date(2026, 2, 1)
    for wrong, code in (
        (("", day, ""), "avis.reference"),
        (("26-1", None, ""), "avis.jour"),
        (("26-1", date(2026, 12, 1), ""), "avis.jour"),
        (("26-1", day, "javascript:alert(1)"), "avis.lien"),
    ):
        assert code_of(sending.declare, mapa, "boamp", lifecycle.CALL, BY, *wrong) == code
    made = sending.declare(mapa, "boamp", lifecycle.CALL, BY, "26-1", day, "https://boamp.example/26-1")
    assert (made.state, made.reference) == (lifecycle.PUBLISHED, "26-1")
    assert code_of(sending.declare, mapa, "boamp", lifecycle.CALL, BY, "26-2", day) == "avis.deja-publie"


def test_the_embargo_keeps_a_formal_consultation_off_the_profile_until_the_journal_has_it(
    linked, partner, referentiels
):
    referentiels("eforms-sdk-1.15.1")
    draft = submitted(linked, **FORMAL)
    with as_agent(linked.valideurs), pytest.raises(workflow.Refused) as caught:
        workflow.fire(draft, "publier")
    assert caught.value.code == "avis.embargo"
    made = sending.send(draft, "joue", lifecycle.CALL, BY)
    assert made.subtype == "16"
    with as_agent(linked.valideurs), pytest.raises(workflow.Refused):
        workflow.fire(draft, "publier")
    delivery.take(made, Told(lifecycle.RECEIVED, "id", clock.now()))
    at(clock.now() + timedelta(hours=47, minutes=59))
    with as_agent(linked.valideurs), pytest.raises(workflow.Refused) as caught:
        workflow.fire(draft, "publier")
    assert "au plus tard" in str(caught.value)
    delivery.take(made, PUBLISHED)
    assert store.sent_to_journal(draft) == (made.sent or made.made)
    draft.questions_deadline = made.made + timedelta(days=20)
    draft.deadline = made.made + timedelta(days=29)
    with as_agent(linked.valideurs), pytest.raises(workflow.Refused) as caught:
        workflow.fire(draft, "publier")
    assert caught.value.code == "delai.minimum" and "L’avis étant parti au JOUE le" in str(caught.value)
    draft.deadline = made.made + timedelta(days=31)  # thirty days and more from the sending, twenty-nine from now
    with as_agent(linked.valideurs):
        workflow.fire(draft, "publier")
    assert draft.published_at


def test_a_formal_notice_that_breaks_a_rule_does_not_leave_and_says_where(linked, partner, referentiels):
    referentiels("eforms-sdk-1.15.1")
    draft = submitted(linked, **FORMAL)
    linked.a.siret = ""
    assert code_of(sending.send, draft, "joue", lifecycle.CALL, BY) == "avis.regles"
    made = sending.draft(draft, "joue", lifecycle.CALL)
    assert "BR-BT-00501-0022" in [item.code for item in made.errors]
    (rubric,) = [item for item in made.rubrics if item.key == "acheteur"]
    assert rubric.findings and rubric.page == "../@@annonces"
    assert store.every(draft) == []


def test_without_the_rules_a_formal_notice_does_not_leave(linked, partner, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    sending.drawing.judge.cache_clear()
    draft = submitted(linked, **FORMAL)
    assert code_of(sending.send, draft, "joue", lifecycle.CALL, BY) == "avis.regles"
    sending.drawing.judge.cache_clear()


def test_the_simulators_of_this_process_take_a_notice_to_its_publication(
    functional_portal, mapa_committed, monkeypatch, tmp_path
):
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path))
    simulation.stop()
    try:
        played = simulation.service("boamp").answer.__self__
        played.register.delay = 3600
        sending.send(mapa_committed, "boamp", lifecycle.CALL, BY)
        run(functional_portal)
        assert record(mapa_committed).state == lifecycle.RECEIVED
        played.register.delay = 0
        run(functional_portal, 10)
        assert record(mapa_committed).state == lifecycle.PUBLISHED
    finally:
        simulation.stop()


def test_the_archive_of_the_consultation_holds_the_bytes_that_left_and_their_life(mapa, partner):
    made = sending.send(mapa, "boamp", lifecycle.CALL, BY)
    delivery.take(made, PUBLISHED)
    part = Notices(mapa)
    files = {item.path: item.data for item in part()}
    assert part.weigh() == (2, made.size)
    assert files["01-boamp-marche/avis.xml"] == made.data
    assert b"26-100001" in files["01-boamp-marche/suivi.json"]


def test_prior_information_leaves_before_the_call_and_shortens_its_times(linked, partner, referentiels):
    referentiels("eforms-sdk-1.15.1")
    draft = complete_draft(linked.a, **FORMAL)
    told = sending.special.Extra("delais", date(2026, 3, 20))
    made = sending.send(draft, "joue", lifecycle.PRIOR, BY, extra=told)
    assert (made.subtype, draft.prior_notice) == ("7", date(2026, 2, 2))
    assert code_of(sending.send, draft, "joue", lifecycle.PRIOR, BY, extra=told) == "avis.double"
    delivery.take(made, PUBLISHED)
    with as_agent(linked.acheteurs), pytest.raises(workflow.Refused, match="entre 35 et 365 jours"):
        workflow.fire(draft, "soumettre")
    later = timedelta(days=40)
    at(NOW + later)
    for name in ("deadline", "questions_deadline", "planned_opening"):
        setattr(draft, name, FORMAL[name] + later)
    with as_agent(linked.acheteurs):
        workflow.fire(draft, "soumettre")
    assert sending.next_kinds(draft, "joue") == [lifecycle.CALL]
    assert code_of(sending.send, draft, "joue", lifecycle.MODIFICATION, BY) == "avis.etape"
