"""Buttons that people press seldom: keep a document to oneself and give it back, drop a task, refuse a decision, leave."""

from megalis.portal.workspaces import documents
from tests.workspaces.conftest import furnish_space
from tests.workspaces.conftest import Upload
from tests.workspaces.conftest import WORKS
from tests.workspaces.test_pages import ANNE
from tests.workspaces.test_pages import BOB
from tests.workspaces.test_pages import shut
from tests.workspaces.test_pages import words

import pytest
import transaction


@pytest.fixture
def world(functional_portal):
    found = furnish_space(functional_portal)
    transaction.commit()
    return found


def test_a_document_is_kept_to_oneself_then_given_back_or_freed_by_who_leads(world, browse):
    documents.add(world.espace, WORKS, world.bob, Upload("Plan.pdf"))
    transaction.commit()
    bob, anne = browse(BOB), browse(ANNE)
    for person in (bob, anne):
        person.open(f"{world.espace.absolute_url()}/@@documents")
        person.getLink("Plan.pdf").click()
    bob.getControl("Réserver").click()
    anne.reload()
    with pytest.raises(LookupError):
        anne.getControl("Déposer la version")
    anne.getControl("Libérer").click()
    assert anne.getControl("Déposer la version")
    bob.reload()
    bob.getControl("Réserver").click()
    assert bob.getControl("Déposer la version")


def test_who_leaves_reads_no_more(world, browse):
    bob = browse(BOB)
    bob.open(world.espace.absolute_url())
    bob.getControl("Quitter l’espace").click()
    assert "Vous avez quitté « Achat de sel »." in words(bob).replace("\xa0", " ")
    bob.open(world.espace.absolute_url())
    assert shut(bob)
    transaction.begin()
    assert world.other not in world.espace.members


def test_the_last_who_leads_may_not_leave(world, browse):
    anne = browse(ANNE)
    anne.open(world.espace.absolute_url())
    anne.getControl("Quitter l’espace").click()
    transaction.begin()
    assert world.acheteurs in world.espace.members
    assert "animateur" in words(anne)
