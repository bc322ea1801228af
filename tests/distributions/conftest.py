"""A site for the tests of this room, and one made from nothing as a first start makes it."""

from megalis.portal.distributions.megalis import create
from tests.layers import *  # noqa: F403
from zope.component.hooks import setSite

import pytest


CACHE = 30_000  # objects, as an instance has: what the end of a commit needs must still be there


@pytest.fixture
def new_site(functional, tmp_path, monkeypatch):
    """A site made by ``create.main`` without demonstration, with everything committed."""
    monkeypatch.setenv("MEGALIS_VAR", str(tmp_path))
    app = functional["app"]
    app._p_jar.db().setCacheSize(CACHE)
    create.main(app, demo=False)
    site = app["megalis"]
    setSite(site)
    yield site
    setSite(functional["portal"])
