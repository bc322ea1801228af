"""What the tests of notices on a site share: a service whose answers are written beforehand, a buyer that can be named."""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices.transports import Told
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import equip
from tests.consultations.conftest import NOW

import pytest


BY = "Anne Le Goff"
FORMAL = {
    "procedure": "appel-offres-ouvert",
    "estimated_value": 6_000_000,
    "duration": "24 mois",
    "deadline": NOW + timedelta(days=45),
    "questions_deadline": NOW + timedelta(days=30),
    "planned_opening": NOW + timedelta(days=45, hours=2),
}


class Partner:
    """A service of publication whose answers are written beforehand."""

    def __init__(self):
        self.answers = []
        self.asked = []

    def _next(self, what):
        self.asked.append(what)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def submit(self, notice, version, data, email, **more):
        return self._next(("submit", version))

    def status(self, notice, version, **more):
        return self._next(("status", version))

    def stop(self, notice, version, **more):
        return self._next(("stop", version))


@pytest.fixture
def partner(monkeypatch):
    made = Partner()
    monkeypatch.setattr(services, "client", lambda site, support: made)
    return made


@pytest.fixture
def linked(portal, world):
    """The site whose services are simulated, and whose buyer can be named in a notice."""
    for support in services.CLIENTS:
        services.tell(portal, support, services.SIMULATED, "", BY)
    town = world.a
    town.street, town.postal_code, town.city, town.phone = "Mairie", "22290", "Plouguerneau", "02 96 00 00 00"
    town.email, town.department = "mairie@a.exemple.fr", "22"
    return world


def submitted(world, **fields):
    draft = complete_draft(world.a, **fields)
    with as_agent(world.acheteurs):
        workflow.fire(draft, "soumettre")
    return draft


@pytest.fixture
def mapa(linked):
    return submitted(linked, supports=("profil", "boamp"))


def run(site, seconds=0):
    """Have the worker pass, ``seconds`` later."""
    clock.set_for_tests(clock.now() + timedelta(seconds=seconds))
    outbox.drain(site)


def code_of(call, *args, **named):
    with pytest.raises(Refused) as caught:
        call(*args, **named)
    return caught.value.code


def record(consultation):
    return store.every(consultation)[-1]


RECEIVED = Told(lifecycle.RECEIVED, "id", NOW)
PUBLISHED = Told(lifecycle.PUBLISHED, "id", NOW, "26-100001", date(2026, 2, 3), "https://boamp.example/26-100001")


@pytest.fixture
def mapa_committed(functional_portal):
    at(NOW)
    world = equip(functional_portal)
    for support in services.CLIENTS:
        services.tell(functional_portal, support, services.SIMULATED, "", BY)
    world.a.postal_code, world.a.city = "22290", "Plouguerneau"
    return submitted(world, supports=("profil", "boamp"))
