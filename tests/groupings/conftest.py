"""Two communes that buy together: agents of each role in the coordinator's, a buyer and a validator in the member's."""

from datetime import date
from datetime import datetime
from datetime import UTC
from megalis.portal.groupings import service
from megalis.portal.groupings import surveying
from megalis.portal.kernel import clock
from megalis.portal.organisations import membership
from plone import api
from plone.testing.zope import Browser
from plone.uuid.interfaces import IUUID
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
CLOSES = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
VALUES = {
    "title": "Fournitures de bureau et sel de déneigement",
    "scope": "Papier et sel",
    "functioning": "Le coordonnateur passe et signe.",
    "mission": "passation-signature",
    "commission": "sans",
    "start": date(2026, 5, 1),
    "end": date(2029, 4, 30),
}
MEMBER = "administrateurs@b.exemple.fr"


@pytest.fixture(autouse=True)
def real_time_again():
    yield
    clock.set_for_tests(None)


def equip(site):
    """The world of the organisations' tests; ``other`` holds every role that a grouping wants in ``b``."""
    found = furnish(site)
    membership.add(found.b, found.other, {"valideurs"})
    found.a_uid, found.b_uid = IUUID(found.a), IUUID(found.b)
    return found


def gathered(world, signed=True):
    """Return a grouping of both communes, its convention signed, three lines in two lots."""
    item = service.create(world.a, VALUES, world.acheteurs)
    service.invite(item, world.b, world.acheteurs)
    service.act(item, world.b_uid, "accepter", world.other)
    if signed:
        service.act(item, world.b_uid, "signer", world.other, "La maire de Lannion", "2026-31 du 2 mai 2026")
        service.act(item, world.a_uid, "signer", world.valideurs, "Le maire de Saint-Brieuc")
    surveying.add_lot(item, "1", "Papier")
    surveying.paste(item, "1;Papier A4;ramette;3,20\n1;Papier A3;ramette;6\n2;Sel;t;95")
    return item


def line_ids(item):
    return {line.title: line.id for line in item.lines}


def typed(item, **quantities):
    """Return the texts of an answer, by line id; names of lines with spaces as underscores."""
    known = line_ids(item)
    return {known[name.replace("_", " ")]: text for name, text in quantities.items()}


def answered(world, item):
    """Send the survey, have both communes answer, let the needs be frozen; return the grouping."""
    surveying.send(item, CLOSES, world.acheteurs)
    surveying.send_answer(
        item, world.a_uid, typed(item, Papier_A4="300", Papier_A3="20", Sel="500 kg"), {}, world.acheteurs
    )
    surveying.send_answer(item, world.b_uid, typed(item, Papier_A4="100", Papier_A3="0", Sel="1,5"), {}, world.other)
    clock.set_for_tests(CLOSES)
    return item


@pytest.fixture
def world(portal):
    clock.set_for_tests(NOW)
    return equip(portal)


@pytest.fixture
def served(functional_portal):
    """The same, committed, for tests that speak HTTP."""
    clock.set_for_tests(NOW)
    with api.env.adopt_roles(["Manager"]):
        found = equip(functional_portal)
    transaction.commit()
    return found


@pytest.fixture
def open_as(functional):
    """Return a function: address of an agent -> a browser that has its rights."""

    def visit(login=None):
        found = Browser(functional["app"])
        found.handleErrors = True
        found.raiseHttpErrors = False
        if login:
            found.addHeader("Authorization", f"Basic {login}:{PASSWORD}")
        return found

    return visit


def mails(site):
    from megalis.portal.kernel import outbox

    return [message.payload for message in reversed(outbox.messages(site)) if message.kind == "mail"]
