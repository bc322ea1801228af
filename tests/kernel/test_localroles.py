"""What a person may do on one view says nothing of the next view, wherever in memory it is put."""

from AccessControl import getSecurityManager
from plone import api
from Products.Five.browser import BrowserView

import pytest


class Page(BrowserView):
    __roles__ = ("Editor",)


@pytest.fixture
def folders(integration):
    """Two folders, and a person who edits the first alone."""
    portal = integration["portal"]
    api.user.create(email="lecteur@megalis.example", username="lecteur", password="phrase de passe longue 42 mer")
    with api.env.adopt_roles(["Manager"]):
        own, other = (api.content.create(portal, "Folder", name) for name in ("sien", "autre"))
        api.user.grant_roles(username="lecteur", roles=["Editor"], obj=own)
    with api.env.adopt_user(username="lecteur"):
        yield own, other


def may_see(folder, request):
    """Tell whether the person of the moment may see a page of ``folder``, and where in memory that page was."""
    page = Page(folder, request)
    page.__parent__ = folder
    return getSecurityManager().getUser().allowed(page, Page.__roles__), id(page)


def test_a_page_put_where_an_allowed_page_was_is_judged_for_itself(folders):
    own, other = folders
    request = own.REQUEST
    met = 0
    for _ in range(200):
        allowed, place = may_see(own, request)
        assert allowed
        allowed, again = may_see(other, request)
        assert not allowed
        met += place == again
    assert met, "no page took the place of another: the test says nothing"
