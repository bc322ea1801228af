"""A site for the tests of this room: a commune with agents, a company, and contracts to publish."""

from html import unescape
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import services
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.marches import recording
from megalis.portal.marches.rules import entry
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import TYPES
from plone import api
from plone.protect.authenticator import createToken
from plone.testing.zope import Browser
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import give_keys
from tests.consultations.conftest import NOW as BEGIN
from tests.consultations.conftest import publish
from tests.layers import *  # noqa: F403
from tests.marches.scene import FORM
from tests.marches.scene import HOLDER
from tests.marches.scene import NOW
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD
from zope.interface import alsoProvides

import datetime
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


@pytest.fixture
def notified(world):
    """A consultation of two lots: the first awarded to HOLDER, the second infructueux; notified on 20 April."""
    clock.set_for_tests(BEGIN)
    give_keys(world.a, world.porteurs)
    consultation = publish(world, complete_draft(world.a))
    clock.set_for_tests(DEADLINE + datetime.timedelta(days=1))
    with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "PorteurDeCle"]):
        workflow.fire(consultation, "ouvrir")
        workflow.fire(consultation, "analyser")
        nothing = {"decision": "infructueux", "reason": "", "winner": "", "winner_siret": "", "amount": None}
        won = {"decision": "attribue", "reason": "", "winner": "EDF", "winner_siret": HOLDER, "amount": 90000}
        workflow.decide(consultation, {"1": won, "2": nothing})
        workflow.fire(consultation, "decider")
        workflow.fire(consultation, "notifier")
    clock.set_for_tests(NOW)
    return consultation


@pytest.fixture
def announced(world, notified):
    """The same, whose buyer can be named in a notice; the bulletin is simulated."""
    services.tell(world.site, "boamp", services.SIMULATED, "", "Exploitant")
    town = world.a
    town.street, town.postal_code, town.city, town.phone = "Mairie", "22290", "Plouguerneau", "02 96 00 00 00"
    town.email, town.department = "mairie@a.exemple.fr", "22"
    notified.supports = ("profil", "boamp")
    return notified


@pytest.fixture
def look(world, http_request):
    """Return a function: content, view, role, form (``post`` what is posted) -> (status, words of the page)."""
    alsoProvides(http_request, IMegalisLayer)

    def visit(context, view, role="valideurs", post=None, **form):
        request = http_request
        request.form.clear()
        request.other.pop("megalis.person", None)
        request.response.setStatus(200)
        with api.env.adopt_user(user=api.user.get(userid=getattr(world, role))):
            request.method = "POST" if post is not None else "GET"
            request.form.update({**form, **(post or {})})
            if post is not None:
                request.form["_authenticator"] = createToken()
            body = context.restrictedTraverse(view)()
        return request.response.getStatus(), " ".join(unescape(body or "").replace("\N{NO-BREAK SPACE}", " ").split())

    return visit
