"""A consultation's life on a real site, with people in their real roles."""

from datetime import timedelta
from datetime import UTC
from itertools import count
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import reached
from megalis.portal.consultations import workflow
from megalis.portal.consultations.events import IConsultationPublished
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.consultations.rectifying import NewPiece
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from Products.CMFCore.WorkflowCore import WorkflowException
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import give_keys
from tests.consultations.conftest import NOW
from tests.consultations.conftest import PDF
from tests.consultations.conftest import publish
from tests.consultations.conftest import SECOND
from zope.component import getGlobalSiteManager

import io
import pytest


def refused(consultation, transition, user, reason=""):
    with as_agent(user), pytest.raises(workflow.Refused) as caught:
        workflow.fire(consultation, transition, reason)
    return [finding.code for finding in caught.value.findings]


def fire(consultation, transition, user, reason=""):
    with as_agent(user):
        workflow.fire(consultation, transition, reason)


@pytest.fixture
def told():
    """Whatever the room announces while the test runs."""
    heard = []
    manager = getGlobalSiteManager()
    manager.registerHandler(heard.append, (IConsultationPublished,))
    yield heard
    manager.unregisterHandler(heard.append, (IConsultationPublished,))


def test_a_draft_begins_in_elaboration_with_its_own_address(world, draft):
    assert api.state(draft) == "elaboration"
    assert draft.getId() == "2026-voi-01"
    assert api.buyer(draft) is not None
    assert [lot.number for lot in api.lots(draft)] == ["1", "2"]


def test_the_buyer_submits_the_validator_publishes(world, draft, told):
    publish(world, draft)
    assert api.state(draft) == "publiee"
    assert abs(draft.published_at - NOW) < timedelta(minutes=5)
    assert draft.version == 1
    assert [event.object.getId() for event in told] == [draft.getId()]
    event = journal.events(draft, "publication")[0]
    assert event["version_dce"] == api.dce_version(draft)
    assert event["echeance"] == "2026-03-16T11:00:00Z"


def test_the_buyer_cannot_publish(world, draft):
    fire(draft, "soumettre", world.acheteurs)
    with as_agent(world.acheteurs), pytest.raises(WorkflowException):
        workflow.fire(draft, "publier")
    assert api.state(draft) == "a-valider"


def test_the_validator_sends_back_with_a_reason_that_the_journal_keeps(world, draft):
    fire(draft, "soumettre", world.acheteurs)
    assert refused(draft, "refuser", world.valideurs) == ["motif.absent"]
    fire(draft, "refuser", world.valideurs, "Il manque le plan de masse")
    assert api.state(draft) == "elaboration"
    assert journal.events(draft, "transition")[-1]["motif"] == "Il manque le plan de masse"


def test_publication_without_keys_is_refused(world):
    draft = complete_draft(world.b)
    fire(draft, "soumettre", world.other)
    codes = refused(draft, "publier", world.other)
    assert codes and all(code.startswith("cle") for code in codes)
    give_keys(world.b, world.other, ("titulaire",))
    assert refused(draft, "publier", world.other)
    give_keys(world.b, world.other, ("suppleant",))
    fire(draft, "publier", world.other)
    assert api.state(draft) == "publiee"


def test_publication_with_a_drill_of_more_than_sixty_days_is_refused(world):
    draft = complete_draft(world.b)
    give_keys(world.b, world.other, drilled=NOW - timedelta(days=61))
    fire(draft, "soumettre", world.other)
    assert refused(draft, "publier", world.other)


def test_publication_with_a_deadline_in_the_past_is_refused(world, draft):
    fire(draft, "soumettre", world.acheteurs)
    at(DEADLINE)
    assert "deadline.passee" in refused(draft, "publier", world.valideurs)
    assert api.state(draft) == "a-valider"


def test_an_incomplete_draft_is_not_even_submitted(world):
    draft = complete_draft(world.a, "2026-VOI-02", pieces=False)
    assert refused(draft, "soumettre", world.acheteurs) == ["dce.vide"]
    assert api.state(draft) == "elaboration"


def test_a_reference_serves_once_in_a_collectivite_and_again_next_door(world, draft):
    with pytest.raises(Refused) as caught:
        complete_draft(world.a)
    assert caught.value.code == "reference.double"
    assert complete_draft(world.b).reference == draft.reference


def test_a_reference_changed_into_another_one_stops_the_publication(world, draft):
    other = complete_draft(world.a, "2026-VOI-03")
    other.reference = draft.reference
    other.reindexObject()
    assert refused(other, "soumettre", world.acheteurs) == ["reference.double"]


@pytest.mark.parametrize("shift, expected", [(-1, "publiee"), (0, "close"), (1, "close")])
def test_whoever_looks_at_the_second_of_the_deadline_sees_it_closed(world, published, shift, expected):
    assert api.state(published, DEADLINE + shift * SECOND) == expected


def test_a_key_holder_opens_after_the_deadline_and_never_before(world, published):
    assert refused(published, "ouvrir", world.porteurs) == ["ouverture.avant-cloture"]
    at(DEADLINE + SECOND)
    with as_agent(world.acheteurs), pytest.raises(WorkflowException):
        workflow.fire(published, "ouvrir")
    fire(published, "ouvrir", world.porteurs)
    assert api.state(published) == "ouverture"


def test_from_opening_to_the_archive_every_lot_gets_its_decision(world, published):
    at(DEADLINE + SECOND)
    fire(published, "ouvrir", world.porteurs)
    fire(published, "analyser", world.acheteurs)
    assert refused(published, "decider", world.valideurs) == ["decision.absente", "decision.absente"]
    workflow.decide(published, {"1": {"decision": "attribue", "winner": "Société A", "amount": 90000}})
    assert refused(published, "decider", world.valideurs) == ["decision.absente"]
    with pytest.raises(workflow.Refused) as caught:
        workflow.decide(published, {"2": {"decision": "sans-suite", "reason": ""}})
    assert caught.value.code == "decision.motif"
    with pytest.raises(workflow.Refused) as caught:
        workflow.decide(published, {"7": {"decision": "infructueux"}})
    assert caught.value.code == "decision.lot"
    workflow.decide(published, {"2": {"decision": "infructueux"}})
    fire(published, "decider", world.valideurs)
    fire(published, "notifier", world.valideurs)
    fire(published, "archiver", world.acheteurs)
    assert api.state(published) == "archivee"
    steps = [event["etape"] for event in journal.events(published, "transition")]
    assert steps == ["a-valider", "ouverture", "analyse", "decidee", "notifiee", "archivee"]


def test_a_formal_contract_waits_eleven_days_before_it_is_notified(world):
    draft = complete_draft(world.a, "2026-AO-1", procedure="appel-offres-ouvert", lots=())
    publish(world, draft)
    at(DEADLINE + SECOND)
    fire(draft, "ouvrir", world.porteurs)
    fire(draft, "analyser", world.acheteurs)
    workflow.decide(draft, {"": {"decision": "attribue", "winner": "Société A", "amount": 90000}})
    fire(draft, "decider", world.valideurs)
    assert refused(draft, "notifier", world.valideurs) == ["information.absente"]
    draft.informed_at = clock.now()
    assert refused(draft, "notifier", world.valideurs) == ["standstill"]
    at(DEADLINE + timedelta(days=12))
    fire(draft, "notifier", world.valideurs)
    assert api.state(draft) == "notifiee"


class Withdrawer:
    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, lots=()):
        return [("offres@toitures.exemple.fr", "Chargé d’offres"), ("OFFRES@toitures.exemple.fr", "")]


@pytest.fixture
def withdrawer():
    manager = getGlobalSiteManager()
    manager.registerSubscriptionAdapter(Withdrawer, (IConsultation,), IAudience)
    yield
    manager.unregisterSubscriptionAdapter(Withdrawer, (IConsultation,), IAudience)


def mails(site):
    return [message.payload for message in outbox.messages(site) if message.kind == "mail"]


def test_cancelling_needs_a_reason_and_tells_those_who_took_the_dossier_once_each(portal, world, published, withdrawer):
    before = len(mails(portal))
    assert refused(published, "annuler", world.valideurs) == ["motif.absent"]
    fire(published, "annuler", world.valideurs, "Crédits supprimés")
    assert api.state(published) == "annulee"
    sent = mails(portal)[: len(mails(portal)) - before]
    assert [mail["to"] for mail in sent] == ["offres@toitures.exemple.fr"]
    assert sent[0]["subject"].startswith("Consultation annulée")
    assert "Crédits supprimés" in sent[0]["text"]


def test_a_rectification_keeps_the_former_version_and_tells_everyone(portal, world, published, withdrawer):
    old, before = api.pieces(published)[0], api.dce_version(published)
    later = DEADLINE + timedelta(days=7)
    piece = NewPiece(io.BytesIO(PDF + b"v2"), "RC v2.pdf", replaces=old.getId())
    values = {"deadline": later, "planned_opening": later}
    with as_agent(world.valideurs):
        assert rectify(published, "Quantités corrigées", values, [piece]) == 2
    new = api.pieces(published)[0]
    assert (new.filename, new.title, new.kind) == ("RC v2.pdf", "Règlement", "reglement")
    assert [item.filename for item in api.pieces(published, version=1)] == ["RC.pdf"]
    assert api.dce_version(published, 1) == before != api.dce_version(published)
    assert [version["dce"] for version in api.history(published)] == [before, api.dce_version(published)]
    mail = mails(portal)[0]
    assert mail["to"] == "offres@toitures.exemple.fr"
    assert mail["subject"].startswith("Consultation modifiée")
    assert "Quantités corrigées" in mail["text"] and "lundi 23 mars 2026, 12:00:00" in mail["text"]
    assert journal.events(published, "rectification")[0]["echeance"] == "2026-03-23T11:00:00Z"


def test_a_deadline_is_not_brought_forward_once_a_bid_is_there(world, published, monkeypatch):
    earlier = {"deadline": DEADLINE - timedelta(days=2)}
    monkeypatch.setattr(api, "first_deposit", lambda consultation: NOW)
    with as_agent(world.valideurs), pytest.raises(workflow.Refused) as caught:
        rectify(published, "Pressés", earlier)
    assert caught.value.code == "rectification.avancee"
    assert published.deadline == DEADLINE


def test_one_instant_dates_a_step_for_the_journal_and_for_people_however_long_it_takes(world, draft, monkeypatch):
    seconds, told = count(), []
    monkeypatch.setattr(clock, "now", lambda: NOW + SECOND * next(seconds))
    publish(world, draft)
    (event,) = journal.events(draft, "publication")
    assert event["instant"] == clock.rfc3339(draft.published_at)
    monkeypatch.setattr(workflow, "tell_audience", lambda _consultation, _subject, lines, *_lots: told.append(lines))
    fire(draft, "annuler", world.valideurs, "Le besoin a disparu.")
    event = journal.events(draft, "transition")[-1]
    assert clock.french(clock.from_rfc3339(event["instant"]), seconds=True) in " ".join(told[0])


def test_what_dates_the_phases_comes_from_the_journal_and_nowhere_else(world, published, stop_clock):
    from datetime import datetime

    assert reached.of(published) == reached.from_journal(published)
    assert reached.of(published)["publiee"] == published.published_at.replace(microsecond=0)
    later = datetime(2026, 2, 10, 14, 30, 12, 345678, tzinfo=UTC)
    stop_clock(later)
    fire(published, "annuler", world.valideurs, "Le besoin a disparu.")
    assert reached.of(published)["annulee"] == later.replace(microsecond=0)
    assert reached.of(published) == reached.from_journal(published)
    del published._reached  # as a site of before has it
    assert reached.of(published)["annulee"] == later.replace(microsecond=0)


def test_the_public_page_and_the_management_date_the_phases_alike(world, published, portal):
    from datetime import datetime
    from megalis.portal.consultations.browser.manage import Manage
    from megalis.portal.consultations.public.browser import Page

    at(datetime(2026, 2, 10, 14, 30, tzinfo=UTC))
    fire(published, "annuler", world.valideurs, "Le besoin a disparu.")
    shown = []
    for page in (Manage(published, portal.REQUEST), Page(published, portal.REQUEST)):
        with as_agent(world.valideurs):
            shown.append({station["title"]: station["note"] for station in page.stations})
    assert shown[0]["Annulée"] == shown[1]["Annulée"] == "10 février 2026"


def test_the_buyer_alone_cannot_rectify(world, published):
    with as_agent(world.acheteurs), pytest.raises(WorkflowException):
        rectify(published, "Motif", {"title": "Autre objet"})


def test_the_dashboard_gives_each_role_its_own_tasks(portal, world, draft):
    from megalis.portal.consultations.browser.dashboard import Section
    from megalis.portal.consultations.browser.dashboard import Tasks
    from megalis.portal.organisations import people

    def titles(userid):
        with as_agent(userid):
            return [task.title for task in Tasks(people.get(userid), portal.REQUEST)()]

    assert titles(world.acheteurs) == ["Demander la validation de « Programme de voirie 2026 »"]
    assert titles(world.valideurs) == []
    fire(draft, "soumettre", world.acheteurs)
    assert titles(world.valideurs) == ["Valider « Programme de voirie 2026 »"]
    fire(draft, "publier", world.valideurs)
    at(DEADLINE)
    assert titles(world.porteurs) == titles(world.other) == []  # the opening is told by the room of deposits
    with as_agent(world.lecteurs):
        shown = Section(people.get(world.lecteurs), portal.REQUEST).render()
    assert "Programme de voirie 2026" in shown and "Close" in shown and "Nouvelle consultation" not in shown
    assert "Calendrier de 1 consultation par étape" in shown and ">plis</text>" in shown
    assert shown.index("<svg") < shown.index("<table")


def test_a_rectification_is_only_made_by_its_form(world, published):
    assert refused(published, "rectifier", world.valideurs, "Erreur") == ["rectification.formulaire"]


def test_the_dossier_is_fingerprinted_whatever_the_order_of_its_files(world, draft):
    one = api.dce_version(draft)
    create.piece(draft, io.BytesIO(b"plan"), "plan.pdf", kind="plans", lots=("2",))
    assert api.dce_version(draft) != one
    assert [piece.filename for piece in api.pieces(draft)] == ["plan.pdf", "RC.pdf"]
    assert [piece.filename for piece in api.pieces(draft, lot="1")] == ["RC.pdf"]


def test_a_piece_knows_its_size_and_hash_and_gets_a_free_name(world, draft):
    import hashlib

    again = create.piece(draft, io.BytesIO(PDF), "C:\\travail\\rc.pdf")
    assert again.filename == "rc (2).pdf"
    assert again.size == len(PDF)
    assert again.sha256 == hashlib.sha256(PDF).hexdigest()


def test_a_piece_for_a_lot_that_does_not_exist_is_refused(world, draft):
    with pytest.raises(Refused) as caught:
        create.piece(draft, io.BytesIO(PDF), "x.pdf", lots=("9",))
    assert caught.value.code == "lots.inconnu"


def test_a_copy_has_the_texts_lots_and_files_and_none_of_the_dates(world, published):
    copy = create.duplicate(published, "2026-VOI-09")
    assert (copy.title, copy.criteria, copy.nature) == (published.title, published.criteria, "travaux")
    assert [lot.title for lot in api.lots(copy)] == ["Terrassement", "Enrobés bitumineux"]
    assert [piece.sha256 for piece in api.pieces(copy)] == [piece.sha256 for piece in api.pieces(published)]
    assert copy.deadline is None and copy.published_at is None
    assert api.state(copy) == "elaboration"


def test_lots_are_read_in_the_order_people_count(world):
    lots = [{"number": number, "title": f"Lot {number}"} for number in ("10", "2", "2A", "1")]
    draft = complete_draft(world.a, "2026-L", lots=lots)
    assert [lot.number for lot in api.lots(draft)] == ["1", "2", "2A", "10"]


def test_two_hundred_lots_and_no_more(world):
    lots = [{"number": str(n), "title": f"Lot {n}"} for n in range(1, 201)]
    draft = complete_draft(world.a, "2026-L200", lots=lots)
    with pytest.raises(Refused) as caught:
        create.lot(draft, "201", "De trop")
    assert caught.value.code == "lots.trop"
