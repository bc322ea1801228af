"""A commune that may send, two agents for it, and a préfecture that answers on this machine by the real protocols."""

from datetime import date
from io import BytesIO
from megalis.portal.actes import arriving
from megalis.portal.actes import gateway
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes.parts import Matiere
from megalis.portal.kernel import numbering
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pdf
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.transports.simulator.prefecture import CLASSIFICATION
from megalis.portal.transports.simulator.prefecture import Prefecture
from plone import api
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD
from zope.annotation.interfaces import IAnnotations

import pytest
import time
import transaction


DECIDED = date(2026, 3, 16)


class Upload(BytesIO):
    """A file as Zope gives an uploaded one."""

    def __init__(self, filename, data):
        super().__init__(data)
        self.filename = filename


def a_pdf(words="Le conseil municipal décide."):
    return pdf.build("Délibération", [pdf.paragraph(words)])


def in_force():
    """Return the bytes of a 7-2 of the date the simulated préfecture is at."""
    known = classification.builtin()

    def grown(branch):
        below = tuple(grown(item) for item in known.below(branch.code))
        return Matiere(int(branch.code.rpartition(".")[2]), branch.libelle, below)

    tree = tuple(grown(item) for item in known.below())
    return codec.build(model.RetourClassification(CLASSIFICATION, tuple(known.natures.values()), tree), strict=False)


def values(numero="D2026_001", **more):
    kept = {"date_decision": DECIDED, "nature": 1, "matiere": "8.4", "objet": "Aménagement du bourg", "papier": False}
    return {"numero": numero, **kept, **more}


def equip(site):
    """The world of the organisations’ tests, with two agents for acts and a register that may send."""
    found = furnish(site)
    for key in ("redacteurs-actes", "transmetteurs-actes"):
        email = f"{key}@a.exemple.fr"
        userid = people.create("agent", email, f"Agent {key}", PASSWORD)
        membership.add(found.a, userid, {key})
        setattr(found, key.partition("-")[0], userid)
    found.registre = registres.of(found.a, make=True)
    settings = {**registres.DEFAULTS, "arrondissement": "4", "nature": "31", "courriel": "mairie@a.exemple.fr"}
    registres.set_reglages(found.registre, settings)
    registres.keep_classification(found.registre, in_force())
    return found


@pytest.fixture
def world(portal):
    return equip(portal)


def numbers_from_1(portal):
    """Forget the numbers drawn by the tests before: what is recorded does not depend on who ran."""
    IAnnotations(portal)[numbering.KEY].clear()
    transaction.commit()


def ready(world, numero="D2026_001", annexes=1, **more):
    """Return a draft that lacks nothing."""
    acte = service.draft(world.a, values(numero, **more), world.redacteurs)
    for rank in range(1 + annexes):
        service.add_piece(acte, Upload(f"piece-{rank}.pdf", a_pdf()))
    return acte


@pytest.fixture
def acte(world):
    return ready(world)


@pytest.fixture
def office(tmp_path):
    """A préfecture; whatever is sent while the test lasts goes there."""
    with Prefecture(tmp_path / "prefecture") as running:
        transport = running.transport(maildir=True)
        gateway.set_for_tests(transport)
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


def transmit(world, acte):
    with as_agent(world.transmetteurs):
        service.transmit(acte, world.transmetteurs)


def as_agent(userid):
    login = api.portal.get_tool("portal_membership").getMemberById(userid).getUserName()
    return api.env.adopt_user(login)


def mails(site):
    return [message.payload for message in outbox.messages(site) if message.kind == "mail"]
