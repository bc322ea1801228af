"""A site for the tests of this room, with two communes, their agents, a company, and a consultation to play with."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from hashlib import sha256
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.rules import suites
from megalis.portal.deposits import keys
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.sealing.keys import generate
from plone import api as plone_api
from plone.protect.authenticator import createToken
from plone.testing.zope import Browser
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from zope.interface import alsoProvides

import io
import pytest
import transaction


UTC = UTC
NOW = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANSWER = bytes(32)
PDF = b"%PDF-1.4\n" + b"reglement " * 200
MARK = b"%PDF-1.4\n plan "


@pytest.fixture(autouse=True)
def real_time_again():
    yield
    clock.set_for_tests(None)


def at(instant):
    clock.set_for_tests(instant)


def give_keys(collectivite, holder, roles=("titulaire", "secours"), drilled=NOW):
    """Register proved keys, as the room of keys would after a drill."""
    for role in roles:
        key = keys.Key(str(generate().recipient), role, holder, role, drilled)
        key.challenge = (sha256(ANSWER).digest(), clock.now() + timedelta(minutes=5))
        facts_for_write(collectivite, keys.KEYS)[key.id] = key
        keys.prove(collectivite, key, ANSWER, holder)
        key.last_drill = drilled


COMPLETE = {
    "description": "Réfection de la voirie communale et des réseaux",
    "procedure": "procedure-adaptee",
    "nature": "travaux",
    "cpv": "45233140",
    "places": ("FRH01",),
    "criteria": ({"name": "Prix", "weight": 60}, {"name": "Valeur technique", "weight": 40}),
    "contact_email": "marches@a.exemple.fr",
    "questions_deadline": DEADLINE - timedelta(days=8),
    "deadline": DEADLINE,
    "planned_opening": DEADLINE + timedelta(hours=2),
    "estimated_value": 180000,
}
LOTS = ({"number": "1", "title": "Terrassement"}, {"number": "2", "title": "Enrobés bitumineux"})


GUEST = "voiles@exemple.fr"  # invited where there is no publicity


def complete_draft(collectivite, reference="2026-VOI-01", pieces=True, lots=LOTS, **fields):
    """Return a draft that lacks nothing but keys."""
    draft = create.draft(collectivite, reference, "Programme de voirie 2026", lots=lots, **{**COMPLETE, **fields})
    if pieces:
        create.piece(draft, io.BytesIO(PDF), "RC.pdf", "Règlement", "reglement")
    if draft.relation == suites.DIRECT:
        invitations.invite(draft, "Voiles du Trieux", GUEST)
    return draft


def publish(world, consultation):
    """Submit as the buyer and publish as the validator."""
    with plone_api.env.adopt_user(userid(world.acheteurs)):
        workflow.fire(consultation, "soumettre")
    with plone_api.env.adopt_user(userid(world.valideurs)):
        workflow.fire(consultation, "publier")
    return consultation


def userid(value):
    return plone_api.portal.get_tool("portal_membership").getMemberById(value).getUserName()


def as_agent(name):
    return plone_api.env.adopt_user(userid(name))


def equip(site):
    """The world of the organisations' tests, with one more agent next door and keys for commune ``a``."""
    found = furnish(site)
    membership.add(found.b, found.other, {"valideurs", "lecteurs"})
    found.nobody = people.create("agent", "ailleurs@c.exemple.fr", "Agent sans rôle", found.password)
    give_keys(found.a, found.porteurs)
    return found


@pytest.fixture
def world(portal):
    at(NOW)
    return equip(portal)


@pytest.fixture
def draft(world):
    return complete_draft(world.a)


@pytest.fixture
def published(world, draft):
    return publish(world, draft)


def stock(world):
    """Publish a consultation whose dossier has a piece for both lots, one for each, and names with accents."""
    draft = complete_draft(world.a)
    create.piece(draft, io.BytesIO(MARK * 50_000), "Plans d’été é.pdf", "Plans", "plans", lots=("2",))
    create.piece(draft, io.BytesIO(b"%PDF-1.4 cctp 1"), "CCTP.pdf", "CCTP lot 1", "cctp", lots=("1",))
    return publish(world, draft)


@pytest.fixture
def stocked(world):
    return stock(world)


@pytest.fixture
def served(functional_portal):
    """The world with a stocked consultation ``published``, committed, for tests that speak HTTP."""
    at(NOW)
    found = equip(functional_portal)
    found.portal = functional_portal
    found.published = stock(found)
    transaction.commit()
    return found


@pytest.fixture
def browser(functional):
    """Return a function: e-mail (or None), password -> a browser that has signed in, or of nobody."""

    def open_as(login=None, password=None):
        found = Browser(functional["app"])
        found.handleErrors = True
        found.raiseHttpErrors = False
        if login:
            found.addHeader("Authorization", f"Basic {login}:{password}")
        return found

    return open_as


@pytest.fixture
def visit(portal, http_request):
    """Return a function: consultation, view, headers and form -> (status, headers, body) for a visitor.

    ``token`` puts our own page's token into the form; a token is worth something for its own visitor only.
    """
    alsoProvides(http_request, IMegalisLayer)

    def go(context, name, path=(), method="GET", user=None, headers=None, token=False, **form):
        from AccessControl.SpecialUsers import nobody

        request = http_request
        request.form.clear()
        request.form.update(form)
        request.method = request.environ["REQUEST_METHOD"] = method
        request.other.pop("megalis.person", None)
        for key in [key for key in request.environ if key.startswith("HTTP_") and key != "HTTP_HOST"]:
            del request.environ[key]
        for key, value in (headers or {}).items():
            request.environ[f"HTTP_{key.upper().replace('-', '_')}"] = value
        response = request.response
        response.setStatus(200)
        for key in ("content-range", "content-length", "etag", "location", "content-disposition"):
            response.headers.pop(key, None)
        account = as_agent(user) if user else plone_api.env.adopt_user(user=nobody.__of__(portal.acl_users))
        with account:
            if token:
                request.form["_authenticator"] = createToken()
            view = context.restrictedTraverse(f"@@{name}")
            for step in path:
                view = view.publishTraverse(request, step)
            body = view()
            body = body if isinstance(body, (bytes, str)) else b"".join(body)
        return response.getStatus(), response.headers, body

    return go
