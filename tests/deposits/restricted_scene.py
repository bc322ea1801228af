"""What the tests of followings share: a restricted call whose candidatures are selected, then its offers."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone import api
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import TwoPhases

import pytest
import re


@pytest.fixture
def manager(portal):
    with api.env.adopt_roles(["Manager"]):
        yield portal
    clock.set_for_tests()


@pytest.fixture
def scene(manager):
    """Three candidates; the third is rejected for lot 1, its only one."""
    found = TwoPhases(manager)
    found.apply(("1", "candidature", PAPER), ("2", "candidature", PAPER))
    found.apply(("1", "candidature", PAPER))
    found.apply(("1", "candidature", PAPER))
    found.open("candidature")
    return found


@pytest.fixture
def selected(scene):
    scene.select((scene.companies[2], "1", "Effectif insuffisant."))
    return scene


@pytest.fixture
def offers(selected):
    selected.offers = selected.follow("phase-2", 26)
    return selected


def as_company(depositor):
    return api.env.adopt_user(user=api.user.get(userid=depositor.userid))


def sees(depositor, content):
    with as_company(depositor):
        return bool(api.user.has_permission("View", obj=content))


def mails_to(portal, email):
    return [m.payload for m in reversed(outbox.messages(portal)) if m.payload.get("to") == email]


def code_in(mail):
    return re.search(r"\b([A-Z2-8]{4}(?:-[A-Z2-8]{4}){2})\b", mail["text"])[1]


def refusal_of(call, *args, kind=Refused, **more):
    with pytest.raises(kind) as caught:
        call(*args, **more)
    return caught.value
