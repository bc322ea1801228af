"""The site served as in production, and browsers of the people who use it.

The front of ``kernel.wsgi`` stands before Zope, so that addresses, policies and refusals are those of a deployment. The
server runs in this process: ``clock.set_for_tests`` moves its clock, and a test plays the worker when it wants a round.
"""

from megalis.portal.distributions.megalis import structure
from megalis.portal.distributions.megalis.setup import configure
from megalis.portal.kernel import clock
from pathlib import Path
from plone import api
from tests.journeys.people import Visitor
from tests.journeys.server import Server
from tests.layers import *  # noqa: F403

import megalis.portal.theme
import pytest
import re
import transaction


BUILT = Path(megalis.portal.theme.__file__).parent / "static" / "built" / "manifest.json"


@pytest.fixture(scope="session")
def chromium(launch):
    """Chromium for people's journeys; skips by name where the front end is not built."""
    if not BUILT.exists():
        pytest.skip("front end not built: run `make build`")
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def server(functional_portal, functional, monkeypatch):
    """The site of the test, empty but for its places, served at an address of its own."""
    served = Server(functional_portal)
    monkeypatch.setenv("MEGALIS_URL", served.url)
    with api.env.adopt_roles(["Manager"]):
        configure(functional_portal)
        structure.build(functional_portal)
    transaction.commit()
    with served.running():
        yield served
    clock.set_for_tests()


@pytest.fixture
def visitor(chromium, server, request, tmp_path):
    """Return a function: name of a person -> that person's own browser, watched until the end of the test."""
    test = re.sub(r"\W+", "-", request.node.name)[:60]
    met = []

    def meet(name, **options):
        folder = tmp_path / re.sub(r"\W+", "-", name)
        folder.mkdir()
        met.append(Visitor(name, chromium, server.url, folder, test, **options))
        return met[-1]

    yield meet
    complaints = [f"{one.name}: {line}" for one in met for line in one.complaints]
    for one in met:
        one.close()
    assert not complaints, "the pages complained to the console:\n" + "\n".join(complaints)
