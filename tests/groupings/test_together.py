"""Around a grouping: the workspace opened with it, the way back from its draft consultation, its deletion while it binds nobody."""

from megalis.portal.groupings import opening
from megalis.portal.groupings import service
from megalis.portal.workspaces import gathering
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service as work
from tests.groupings.conftest import answered
from tests.groupings.conftest import gathered
from tests.groupings.conftest import mails
from tests.groupings.conftest import MEMBER
from tests.groupings.conftest import VALUES
from tests.groupings.test_pages import BUYER
from tests.groupings.test_pages import denied
from tests.groupings.test_pages import status
from tests.groupings.test_pages import visit
from tests.groupings.test_pages import words

import pytest
import transaction


def test_the_workspace_opens_with_the_grouping_and_follows_its_members(world):
    item = service.create(world.a, VALUES, world.acheteurs)
    espace = gathering.of(item)
    assert espace.visibility == rules.SECRET
    assert membership.roles(espace) == {world.acheteurs: rules.LEADER, world.valideurs: rules.LEADER}
    service.invite(item, world.b, world.acheteurs)
    assert world.other not in espace.members
    service.act(item, world.b_uid, "accepter", world.other)
    assert membership.role_of(espace, world.other) == rules.WORKER
    service.act(item, world.b_uid, "refuser", world.other)
    assert world.other not in espace.members
    assert gathering.of(item).getPhysicalPath() == espace.getPhysicalPath()


def test_a_grouping_is_deleted_with_its_empty_workspace_and_who_was_invited_is_told(world):
    item = gathered(world, signed=False)
    espace = gathering.of(item)
    name = espace.getId()
    service.delete(item, world.acheteurs)
    assert item.getId() not in world.a.objectIds()
    assert name not in world.site["espaces"].objectIds()
    [told] = [m for m in mails(world.site) if m["to"] == MEMBER and "abandonné" in m["subject"]]
    assert world.a.absolute_url() in told["text"]


def test_a_workspace_in_which_somebody_wrote_stays_when_its_grouping_goes(world):
    item = gathered(world, signed=False)
    espace = gathering.of(item)
    values = {"title": "Relire la convention", "html": "", "who": None, "due": None}
    person = membership.member(espace, world.other)
    work.save_task(espace, rules.Rights(works=True), person, values)
    service.delete(item, world.acheteurs)
    assert espace.getId() in world.site["espaces"].objectIds()


def test_the_page_of_deletion_asks_first_and_a_signed_grouping_stays(served, open_as):
    item = gathered(served, signed=False)
    transaction.commit()
    assert denied(visit(open_as(MEMBER), item, "@@groupement-supprimer"))
    buyer = visit(open_as(BUYER), item, "@@convention")
    buyer.getLink("Supprimer ce groupement").click()
    assert "Sont prévenus par courriel : Commune de Lannion" in words(buyer)
    service.act(item, served.b_uid, "signer", served.other, "La maire", "2026-31")
    transaction.commit()
    buyer.getControl("Supprimer le groupement").click()
    assert status(buyer) == 422
    assert "Un membre a signé la convention" in words(buyer)
    assert status(visit(buyer, item, "@@groupement-supprimer")) == 409
    assert "Supprimer le groupement" not in words(buyer)
    other = service.create(served.a, VALUES | {"title": "Autre achat"}, served.acheteurs)
    transaction.commit()
    visit(buyer, other, "@@groupement-supprimer")
    buyer.getControl("Supprimer le groupement").click()
    assert "Le groupement « Autre achat » est supprimé." in words(buyer)


def test_a_draft_consultation_leads_back_to_its_grouping_and_the_grouping_to_its_workspace(served, open_as):
    item = answered(served, gathered(served))
    draft = opening.open_consultation(item, "2026-GRP-09")
    transaction.commit()
    buyer = open_as(BUYER)
    buyer.open(f"{draft.absolute_url()}/@@gestion")
    buyer.getLink(f"Groupement de commandes « {item.title} »").click()
    assert buyer.url == item.absolute_url()
    buyer.getLink("Espace de travail du groupement").click()
    assert "Groupement : Fournitures de bureau" in words(buyer)


@pytest.mark.parametrize("login", ["porteurs@a.exemple.fr", "gerant@toitures.exemple.fr"])
def test_the_workspace_is_that_of_its_members_alone(served, open_as, login):
    espace = gathering.of(gathered(served))
    transaction.commit()
    assert denied(visit(open_as(login), espace))
