"""A site for the tests of this room: a commune with agents, a company, and contracts to publish."""

from megalis.portal.kernel import clock
from megalis.portal.marches import recording
from megalis.portal.marches.rules import entry
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import TYPES
from plone import api
from plone.testing.zope import Browser
from tests.layers import *  # noqa: F403
from tests.marches.scene import FORM
from tests.marches.scene import NOW
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


@pytest.fixture(autouse=True)
def real_time_again():
    yield
    clock.set_for_tests(None)


def userid(value):
    return api.portal.get_tool("portal_membership").getMemberById(value).getUserName()


@pytest.fixture
def world(portal):
    clock.set_for_tests(NOW)
    return equip(portal)


def equip(site):
    found = furnish(site)
    found.add = lambda place=None, **changed: add(place if place is not None else found.a, **changed)
    return found


def add(place, **changed):
    """Return a new draft of a contract of a collectivité, whole but for ``changed``."""
    form = {**FORM, "acheteur.id": place.siret, **changed}
    return recording.add(place, MARCHE, entry.record(TYPES[MARCHE], form))


@pytest.fixture
def served(functional_portal):
    """The same, committed, for tests that speak HTTP."""
    clock.set_for_tests(NOW)
    found = equip(functional_portal)
    transaction.commit()
    return found


@pytest.fixture
def open_as(functional):
    """Return a function: role of the commune (or None) -> a browser of its agent."""

    def visit(role=None):
        found = Browser(functional["app"])
        found.handleErrors = True
        found.raiseHttpErrors = False
        if role:
            found.addHeader("Authorization", f"Basic {role}@a.exemple.fr:{PASSWORD}")
        return found

    return visit
