"""The world of the organisations' tests, with a workspace of two communes and a company."""

from io import BytesIO
from megalis.portal.organisations import people
from megalis.portal.workspaces import create
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from plone import api
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish

import pytest


WORKS = rules.Rights(works=True)
LEADS = rules.Rights(works=True, leads=True)
PDF = b"%PDF-1.4 texte"


class Upload(BytesIO):
    """A file as Zope gives an uploaded one."""

    def __init__(self, filename, data=PDF):
        super().__init__(data)
        self.filename = filename


def furnish_space(site, visibility=rules.RESTRICTED):
    """Return the world with ``espace``: ``anne`` leads it, ``bob`` (another commune) works, ``chief`` (a company) reads."""
    found = furnish(site)
    found.anne, found.bob = people.get(found.acheteurs), people.get(found.other)
    found.chief, found.outside = people.get(found.boss), people.get(found.lecteurs)
    with api.env.adopt_roles(["Manager"]):
        found.espace = create.espace(found.anne, "Achat de sel", "Préparer ensemble", visibility)
        membership.set_role(found.espace, found.other, rules.WORKER, found.anne.userid)
        membership.set_role(found.espace, found.boss, rules.READER, found.anne.userid)
    found.forum = found.espace["discussions"]
    return found


@pytest.fixture
def world(portal):
    return furnish_space(portal)
