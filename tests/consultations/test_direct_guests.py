"""Sans publicité ni mise en concurrence: who is invited reads and answers; nobody else learns of it."""

from AccessControl import Unauthorized
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.search import source
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone import api as plone_api
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import GUEST
from tests.consultations.conftest import publish
from tests.consultations.law_scene import refused
from tests.consultations.test_direct import SOON
from tests.consultations.test_direct import STUDY
from tests.consultations.test_direct import words

import pytest
import re


FIELDS = {**STUDY, **SOON, "ground": "exclusivite", "estimated_value": 150_000}
TYPED = {"ajouter": "1", "nom": "Toitures du Trégor", "courriel": "gerant@toitures.exemple.fr"}


def missing(draft):
    return [item.code for item in gathering.checklist_findings(draft, clock.now(), True)]


@pytest.fixture
def draft(world):
    return complete_draft(world.a, "2026-EXCLU", **FIELDS)


def test_only_those_invited_read_it_and_they_deposit(world, draft, visit):
    invitations.invite(draft, "Toitures du Trégor", "gerant@toitures.exemple.fr", world.place.siret)
    publish(world, draft)
    with pytest.raises(Unauthorized):
        visit(draft, "view", user=None)
    page = words(re.sub("<[^>]*>", " ", visit(draft, "view", user=world.bidder)[2]))
    assert (
        "Consultation restreinte : Sans publicité ni mise en concurrence. Elle n’est vue que des entreprises invitées."
        in page
    )
    assert "Elle suit la consultation" not in page
    with as_agent(world.bidder):
        assert plone_api.user.has_permission("megalis: Deposit", obj=draft)


def test_no_search_no_journal_of_the_public_names_it(world, draft, portal):
    publish(world, draft)
    assert api.uuid(draft) not in {row.uid for row in source.snapshot(portal).rows}
    assert not plone_api.content.find(portal_type="Consultation", UID=api.uuid(draft))


def test_those_invited_are_written_to_and_the_letter_names_no_other_consultation(world, draft, portal):
    publish(world, draft)
    (mail,) = [item for item in outbox.messages(portal) if item.payload.get("to") == GUEST]
    said = words(mail.payload["text"])
    assert "vous invite à répondre à la consultation restreinte 2026-EXCLU" in said
    assert "(sans publicité ni mise en concurrence)" in said


def test_without_guests_it_is_not_published_and_the_map_leads_to_them(world, draft, visit):
    (invitation,) = invitations.standing(draft)
    invitations.withdraw(draft, invitation, "")
    assert "invites.personne" in missing(draft)
    assert "@@invitations" in visit(draft, "verification", user=world.acheteurs)[2]
    with as_agent(world.acheteurs):
        workflow.fire(draft, "soumettre")
    with as_agent(world.valideurs):
        assert refused(workflow.fire, draft, "publier") == "invites.personne"


def test_guests_are_typed_on_the_page_and_what_is_refused_stays_typed(world, draft, visit):
    asked = {"method": "POST", "user": world.acheteurs, "token": True}
    status, _headers, body = visit(draft, "invitations", **asked, **{**TYPED, "numero": world.place.siret[:-1] + "0"})
    assert status == 422 and 'value="Toitures du Trégor"' in body, words(body)[:800]
    assert len(invitations.standing(draft)) == 1
    assert visit(draft, "invitations", **asked, **TYPED, numero=world.place.siret)[0] in (302, 303)
    guest = next(item for item in invitations.standing(draft) if item.siret)
    assert guest.company and guest.name == "Toitures du Trégor", "its account opens by its number"
    status, _headers, body = visit(draft, "invitations", **asked, **TYPED, numero=world.place.siret)
    assert status == 422 and "est déjà invitée" in words(body)


def test_a_guest_is_invited_to_the_lots_that_are_ticked(world, visit):
    draft = complete_draft(world.a, "2026-LOTS", ground="exclusivite", **{**SOON, "procedure": "sans-publicite"})
    asked = {"method": "POST", "user": world.acheteurs, "token": True}
    visit(draft, "invitations", **asked, **TYPED, **{"lot.2": "1"})
    assert [item.lots for item in invitations.standing(draft) if item.name == "Toitures du Trégor"] == [("2",)]


@pytest.mark.parametrize(
    ("relation", "procedure", "wrong"),
    [
        ("", "sans-publicite", True),
        (suites.DIRECT, "procedure-adaptee", True),
        (suites.DIRECT, "sans-publicite", False),
        ("", "procedure-adaptee", False),
        (suites.TOUR, "sans-publicite", False),
        (suites.PHASE_2, "appel-offres-restreint", False),
    ],
)
def test_what_was_begun_for_all_stays_for_all(relation, procedure, wrong):
    assert [item.code for item in suites.kind_findings(relation, procedure)] == ["procedure.invitation"] * wrong


def test_a_draft_does_not_change_sides_by_its_form_nor_behind_it(world, visit):
    plain = create.draft(world.a, "2026-TOUS", "Programme de voirie 2026", procedure="procedure-adaptee")
    field = {"etape": "objet", "form.widgets.procedure": "sans-publicite", "form.buttons.save": "1"}
    others = {"form.widgets.reference": "2026-TOUS", "form.widgets.title": "Programme de voirie 2026"}
    status, _headers, body = visit(
        plain, "modifier", method="POST", user=world.acheteurs, token=True, **field, **others
    )
    assert "une consultation sans publicité se fait sur invitation" in words(body).casefold(), status
    assert plain.procedure == "procedure-adaptee"
    plain.procedure = "sans-publicite"
    assert "procedure.invitation" in missing(plain)


def test_a_round_of_negotiation_may_follow_it(world, draft):
    assert "suite.origine" not in [item.code for item in launching.refusals(draft, suites.TOUR)]
