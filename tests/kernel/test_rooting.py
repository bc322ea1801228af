"""Through the front, a request sees the addresses that Zope's own virtual host monster would have given it."""

from io import BytesIO
from megalis.portal.kernel import rooting
from megalis.portal.kernel import wsgi
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from zope.component import provideHandler
from ZPublisher.interfaces import IPubAfterTraversal
from ZPublisher.WSGIPublisher import publish_module

import pytest
import transaction
import zope.component


WORDS = ("URL", "SERVER_URL", "ACTUAL_URL", "VIRTUAL_URL", "VIRTUAL_URL_PARTS", "VirtualRootPhysicalPath", "BASE1")


@pytest.fixture
def portal(functional_portal, functional):
    """A site beside Zope's virtual host monster, as a deployment has it."""
    root = functional_portal.getPhysicalRoot()
    if "virtual_hosting" not in root.objectIds():
        manage_addVirtualHostMonster(root, "virtual_hosting")
        transaction.commit()
    return functional_portal


@pytest.fixture
def seen(portal):
    """The words of the last request that was traversed."""
    found = {}

    def look(event):
        request = event.request
        found.update({word: request.get(word) for word in WORDS})
        found["site"] = portal.absolute_url() if "VirtualRootPhysicalPath" not in request.other else None
        found["parents"] = ["/".join(item.getPhysicalPath()) for item in request["PARENTS"]]
        found["entered"] = len(entered)

    entered = []

    def enter(site, event):
        entered.append(site)

    manager = zope.component.getGlobalSiteManager()
    provideHandler(look, (IPubAfterTraversal,))
    kinds = (zope.component.interfaces.ISite, zope.traversing.interfaces.IBeforeTraverseEvent)
    provideHandler(enter, kinds)
    yield found, entered
    manager.unregisterHandler(look, (IPubAfterTraversal,))
    manager.unregisterHandler(enter, kinds)


def ask(seen, path, **more):
    """Publish ``path``; return what its request saw."""
    found, entered = seen
    found.clear()
    entered.clear()
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "a=1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http",
        **more,
    }
    b"".join(publish_module(environ, lambda *_words: None))
    return dict(found)


@pytest.mark.parametrize("within", ["", "/", "/collectivites", "/collectivites/", "/@@recherche-portail", "/a%20b/é"])
@pytest.mark.parametrize(
    ("scheme", "name", "port"),
    [("http", "portail.example", "8080"), ("https", "portail.example", "443"), ("http", "[::1]", "80")],
)
def test_the_addresses_are_those_of_the_virtual_host_monster(seen, portal, within, scheme, name, port):
    site = portal.getId()
    within = within.encode().decode("latin-1")
    usual = ask(seen, f"/VirtualHostBase/{scheme}/{name}:{port}/{site}/VirtualHostRoot{within}")
    ours = ask(seen, f"/{site}{within}", **{wsgi.ADDRESS: (scheme, name, port)})
    twice, once = usual.pop("entered", None), ours.pop("entered", None)
    assert ours == usual
    if usual:
        assert (twice, once) == (2, 1)


def test_a_request_that_came_otherwise_is_left_alone(portal):
    class Event:
        request = type("Request", (), {"environ": {}})()

    assert rooting.root(portal, Event()) is None
