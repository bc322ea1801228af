"""The world of the organisations' tests, with the catalogue, a session with two seats and somebody who organises."""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.trainings import service
from plone import api
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD

import pytest


STAFF = "webmestre@megalis.exemple.fr"


def session_in(module, days, seats=2, hours=3, **more):
    """Return a new session that begins at noon (UTC) in some days."""
    begins = (clock.now() + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)
    values = {"organiser": "GRETA de Vannes", "place": "Lycée Lesage, Vannes", "trainer": "Maëlle Tanguy", "note": ""}
    values |= {"spans": ((begins, begins + timedelta(hours=hours)),), "closes": begins, "seats": seats, **more}
    return service.new_session(module, values)


def furnish_trainings(site):
    """Return the world with ``catalogue``, ``module``, ``session`` (agents) and ``webmaster``."""
    found = furnish(site)
    with api.env.adopt_roles(["Manager"]):
        found.catalogue = site["formations"]
        found.module = found.catalogue["publier-et-ouvrir"]
        found.session = session_in(found.module, 10)
        found.webmaster = people.create("agent", STAFF, "Webmestre", PASSWORD)
        site.acl_users.source_groups.addPrincipalToGroup(found.webmaster, "Webmestres")
    return found


@pytest.fixture
def world(portal):
    return furnish_trainings(portal)
