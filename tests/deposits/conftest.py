"""A site for the tests of this room, and the scene most of them play in."""

from megalis.portal.kernel import clock
from plone import api
from tests.deposits.scene import Scene
from tests.layers import *  # noqa: F403

import pytest


@pytest.fixture
def scene(portal):
    """A published consultation, a company as ``bidder``; the clock is right again afterwards."""
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal)
        found.publish()
        found.bidder = found.company()
        yield found
    clock.set_for_tests()
