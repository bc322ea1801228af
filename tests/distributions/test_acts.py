"""Acts of the demonstration: the published ones went to a préfecture and came back; the home page shows them while they stand."""

from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.distributions.megalis import demo_actes
from megalis.portal.editorial.home import HomeView
from megalis.portal.formats.actes import states
from megalis.portal.kernel import outbox
from plone import api
from tests.actes.conftest import cheap_passwords  # noqa: F401
from tests.actes.conftest import equip
from tests.actes.conftest import office  # noqa: F401

import pytest
import transaction


OBJECTS = [objet for _numero, _nature, _matiere, objet, _title, _annexes in demo_actes.PUBLISHED]


@pytest.fixture
def filled(cheap_passwords, functional_portal):  # noqa: F811
    with api.env.adopt_roles(["Manager"]):
        world = equip(functional_portal)
        demo_actes.fill([world.a], world.redacteurs)
        transaction.commit()
        yield world


def shown(portal, count=5):
    return [row["title"] for row in HomeView(portal, portal.REQUEST).acts(count)]


def test_acts_of_the_demonstration_are_acknowledged_then_published(functional_portal, filled, office, monkeypatch):  # noqa: F811
    portal = functional_portal
    monkeypatch.setenv("MEGALIS_ACTES_SIMULATEUR", "1")
    outbox.queue_mail("maire@exemple.fr", "Bonjour", "Bonjour")
    assert demo_actes.publish(portal) == len(OBJECTS)
    acts = [acte for acte in registres.of(filled.a).objectValues() if acte.objet in OBJECTS]
    assert {acte.etat for acte in acts} == {states.ACQUITTE}
    assert all(acte.identifier and acte.published_at for acte in acts)
    assert len(office.receptions()) == len(OBJECTS)
    assert [message.state for message in outbox.messages(portal) if message.kind == "mail"][-1] == "a-envoyer"
    assert outbox.paused(portal) == {}
    assert sorted(shown(portal)) == sorted(OBJECTS)
    assert {row["buyer"] for row in HomeView(portal, portal.REQUEST).acts(5)} == {filled.a.title}
    assert len(shown(portal, 2)) == 2
    outcome.withdraw(acts[0], "Publié par erreur.")
    assert acts[0].title not in shown(portal)
    assert len(shown(portal)) == len(OBJECTS) - 1


def test_acts_that_are_made_up_never_leave_for_a_real_prefecture(functional_portal, filled, office):  # noqa: F811
    assert demo_actes.publish(functional_portal) == 0
    assert list(office.receptions()) == []
    assert outbox.waiting(functional_portal) == 0
