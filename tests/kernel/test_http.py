"""A request found to be ours is marked once and for itself: no other request gains by it."""

from megalis.portal.kernel.http import JSONView
from megalis.portal.kernel.http import trust
from plone.protect.interfaces import IDisableCSRFProtection
from plone.transformchain.interfaces import DISABLE_TRANSFORM_REQUEST_KEY
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.interface import Interface
from zope.publisher.interfaces import IRequest

import pytest


class IOneLayer(Interface):
    """A marker of requests."""


class IOtherLayer(Interface):
    """Another one."""


class Response:
    def setStatus(self, status):
        self.status = status

    def setHeader(self, name, value):
        pass


@implementer(IRequest)
class Request:
    def __init__(self, *markers):
        self.environ = {}
        self.response = Response()
        if markers:
            alsoProvides(self, *markers)


def marks(request):
    found = (IOneLayer, IOtherLayer, IDisableCSRFProtection)
    return {interface for interface in found if interface.providedBy(request)}


@pytest.mark.parametrize("markers", [(), (IOneLayer,), (IOtherLayer,), (IOneLayer, IOtherLayer)])
def test_a_trusted_request_keeps_its_markers_and_gains_one(markers):
    for _ in range(2):
        request = Request(*markers)
        trust(request)
        assert marks(request) == {*markers, IDisableCSRFProtection}


def test_trust_is_of_one_request_and_not_of_those_like_it():
    trust(Request(IOneLayer))
    assert marks(Request(IOneLayer)) == {IOneLayer}
    assert marks(Request()) == set()


def test_trusting_twice_changes_nothing():
    request = Request(IOneLayer)
    trust(request)
    trust(request)
    assert marks(request) == {IOneLayer, IDisableCSRFProtection}


class Told(JSONView):
    def reply(self):
        return {"dit": True}


def test_a_json_answer_passes_by_the_protection_of_pages_only_once_its_request_is_trusted():
    request = Request(IOneLayer)
    Told(None, request)()
    assert DISABLE_TRANSFORM_REQUEST_KEY not in request.environ
    trust(request)
    Told(None, request)()
    assert request.environ[DISABLE_TRANSFORM_REQUEST_KEY]
