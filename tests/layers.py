"""Plone fixtures for the rooms that need a site: `from tests.layers import *` in their conftest.py.

Kept apart from tests/conftest.py so that the pure rooms start without importing Zope.
"""

from megalis.portal.kernel import clock
from megalis.portal.kernel import counted
from megalis.portal.testing import FUNCTIONAL
from megalis.portal.testing import INTEGRATION
from pytest_plone import fixtures_factory
from zope.pytestlayer import fixture

import pytest


if not hasattr(fixture, "tear_down_unguarded"):
    fixture.tear_down_unguarded = fixture.teardown_layer


def tear_down_once(layer, request):
    """Take down a layer that still stands: each room's conftest brings its own finalizers for the same layers."""
    if layer in request.session.zopelayer_state.current:
        fixture.tear_down_unguarded(layer, request)


fixture.teardown_layer = tear_down_once

globals().update(fixtures_factory(((FUNCTIONAL, "functional"), (INTEGRATION, "integration")), keep_session=False))


@pytest.fixture(autouse=True, scope="session")
def keep_site(request):
    """Set a layer up once for the whole run, and only when some test of the run wants it: 6 seconds a test are saved."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for layer in ("integration", "functional"):
        if layer in wanted:
            request.getfixturevalue(f"{layer}_session")


@pytest.fixture(autouse=True, scope="module")
def its_own_time():
    """Leave the real time to the next file, whatever this one made of it: which file that is, is chance."""
    yield
    clock.set_for_tests()


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    """Forget the figures of the minute before: they are those of another test."""
    counted.forget()


@pytest.fixture
def stop_clock(monkeypatch):
    """Return a function: instant -> the platform’s clock stands at it, however slow the machine is."""
    return lambda instant: monkeypatch.setattr(clock, "now", lambda: instant)
