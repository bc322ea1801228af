"""The world of the organisations' tests, with a forum for agents."""

from megalis.portal.formats import richtext
from megalis.portal.forums import access
from megalis.portal.forums import create
from megalis.portal.forums import service
from megalis.portal.forums.rules import Rights
from megalis.portal.organisations import people
from plone import api
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish

import pytest


WRITES = Rights(writes=True)
LEADS = Rights(writes=True, moderates=True)


def furnish_forum(site, **more):
    """Return the world with ``forum``, and ``anne`` and ``bob`` as people who write in it."""
    found = furnish(site)
    with api.env.adopt_roles(["Manager"]):
        found.forum = create.forum(
            site["forums"], "Commande publique", "Entre acheteurs", **{"audience": "agents", **more}
        )
        access.set_moderators(found.forum, [found.valideurs])
    found.anne, found.bob = people.get(found.acheteurs), people.get(found.other)
    found.chief = people.get(found.valideurs)
    return found


@pytest.fixture
def world(portal):
    return furnish_forum(portal)


def ask(world, title="Seuil des MAPA", text="Quel seuil pour les travaux ?", person=None, rights=WRITES):
    """Return a new Sujet."""
    return service.open_subject(world.forum, person or world.anne, rights, title, richtext.from_text(text))[0]


def say(world, sujet, text="Bonjour", person=None, rights=WRITES):
    """Return the key of a new message."""
    return service.reply(world.forum, sujet, person or world.bob, rights, richtext.from_text(text))
