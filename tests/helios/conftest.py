"""A commune that may send its accounts, two agents for it, and a Trésor that answers on this machine by the real protocol."""

from io import BytesIO
from megalis.portal.helios import arriving
from megalis.portal.helios import gateway
from megalis.portal.helios import registre as registres
from megalis.portal.helios import service
from megalis.portal.kernel import outbox
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.transports.simulator.tresor import Tresor
from plone import api
from tests.formats import pes_flows as flows
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import BRIEUC
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD

import pytest
import time


NO_FLOW = b'<?xml version="1.0" encoding="ISO-8859-1"?><facture/>'
CLERK = "redacteurs-pes@a.exemple.fr"
SENDER = "transmetteurs-pes@a.exemple.fr"


class Upload(BytesIO):
    """A file as Zope gives an uploaded one."""

    def __init__(self, data, filename="flux.xml"):
        super().__init__(data)
        self.filename = filename


def a_flow(nomfic="FLUX1", siret=BRIEUC, **options):
    """Return the bytes of a flow of two bordereaux that lacks nothing."""
    two = flows.bordereau(7) + flows.bordereau(8, flows.piece(3, flows.line(1) + flows.line(2)), amount="20.00")
    data = flows.flow(options.pop("bordereaux", two), nomfic=nomfic, **options)
    return data.replace(b"21350238800019", siret.encode())


def equip(site):
    """The world of the organisations’ tests, with two agents for flows and a register that may send."""
    found = furnish(site)
    for key in ("redacteurs-pes", "transmetteurs-pes"):
        userid = people.create("agent", f"{key}@a.exemple.fr", f"Agent {key}", PASSWORD)
        membership.add(found.a, userid, {key})
        setattr(found, {"redacteurs-pes": "clerk", "transmetteurs-pes": "sender"}[key], userid)
    found.registre = registres.of(found.a, make=True)
    registres.set_reglages(found.registre, {**registres.DEFAULTS, "destination": "SERV01"})
    return found


@pytest.fixture
def world(portal):
    return equip(portal)


def deposited(world, nomfic="FLUX1", data=None, **options):
    """Return a flow that was deposited by the clerk."""
    data = a_flow(nomfic, **options) if data is None else data
    return service.deposit(world.a, Upload(data), world.clerk)


@pytest.fixture
def flux(world):
    return deposited(world)


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A Trésor; whatever is sent while the test lasts goes there."""
    monkeypatch.setenv("MEGALIS_PES_SIMULATEUR", "1")
    with Tresor(tmp_path / "tresor") as running:
        gateway.set_for_tests(running.transport())
        yield running
    gateway.set_for_tests()


def rounds(site, until, patience=60):
    """Let the worker’s part of the exchange run until ``until()`` is true; fail after ``patience`` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        outbox.drain(site)
        arriving.read(site, gateway.transport())
        if until():
            return
        for message in outbox.due(site, outbox.clock.now()):
            message.next_try = outbox.clock.now()
        time.sleep(0.02)
    raise AssertionError("rien n’est venu")


def transmit(world, flux):
    with as_agent(world.sender):
        service.transmit(flux, world.sender)


def as_agent(userid):
    login = api.portal.get_tool("portal_membership").getMemberById(userid).getUserName()
    return api.env.adopt_user(login)


def mails(site):
    return [message.payload for message in outbox.messages(site) if message.kind == "mail"]
