"""What is typed in a long form is not lost by a click elsewhere: the browser asks first."""

from megalis.portal.kernel import clock
from plone import api
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import equip
from tests.consultations.conftest import NOW
from tests.organisations.conftest import cheap_passwords  # noqa: F401

import pytest
import transaction


@pytest.fixture
def draft(server):
    clock.set_for_tests(NOW)
    with api.env.adopt_roles(["Manager"]):
        world = equip(server.site)
        found = complete_draft(world.a)
    transaction.commit()
    found.password = world.password
    return found


def test_leaving_a_step_that_was_typed_and_not_sent_asks_first(visitor, server, draft):
    agent = visitor("acheteur")
    agent.home()
    agent.follow("Se connecter")
    agent.type_credentials("acheteurs@a.exemple.fr", draft.password)
    address = f"/collectivites/{draft.aq_parent.getId()}/{draft.getId()}/@@modifier?etape=objet"
    page = agent.go(address)
    asked = []
    agent.context.on("dialog", lambda dialog: asked.append(dialog.type))
    page.get_by_role("link", name="Critères", exact=True).first.click()
    page.wait_for_url("**etape=criteres*")
    assert asked == [], "nothing was typed"
    agent.go(address)
    text = page.get_by_label("Description", exact=False).first
    text.fill("Chaussées, trottoirs et réseaux du bourg, en deux tranches.")
    page.get_by_role("link", name="Critères", exact=True).first.click()
    page.wait_for_url("**etape=criteres*")
    assert asked == ["beforeunload"]
    agent.go(address)
    text.fill("Chaussées et trottoirs du bourg.")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url("**@@lots*")
    assert asked == ["beforeunload"], "what is sent is not lost"
    transaction.begin()
    assert draft.description == "Chaussées et trottoirs du bourg."
