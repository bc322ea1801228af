"""A site served over HTTP, the communes of the organisations' tests with keys, and a way to call as a software does."""

from megalis.portal.interchange import keys
from megalis.portal.kernel import clock
from plone import api
from tests.consultations.conftest import give_keys
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import furnish
from urllib.parse import urlsplit

import http.client
import json
import pytest
import transaction


@pytest.fixture
def town(functional_portal):
    """The world of the organisations' tests; ``a`` has a key that reads and writes, ``b`` has one of its own."""
    with api.env.adopt_roles(["Manager"]):
        found = furnish(functional_portal)
        give_keys(found.a, found.porteurs, drilled=clock.now())
        found.key, found.token = keys.make(found.a, "SIS Marchés", keys.SCOPES, 365, "essai")
        found.reader, found.read_only = keys.make(found.a, "Tableau de bord", (keys.READ,), 90, "essai")
        found.neighbour, found.other_token = keys.make(found.b, "MARCO", keys.SCOPES, 365, "essai")
    transaction.commit()
    keys._windows.clear()
    yield found
    clock.set_for_tests(None)


class Answer:
    """What came back: ``status``, ``headers``, ``body`` (bytes), ``json``."""

    def __init__(self, answer):
        self.status, self.headers, self.body, self.reason = answer.status, answer.headers, answer.read(), answer.reason

    @property
    def json(self):
        return json.loads(self.body)


@pytest.fixture
def call(town):
    """Return a function: method, address below ``@interchange``, body, token -> Answer."""
    base = urlsplit(town.site.absolute_url())

    def send(method, address, body=None, token=town.token, kind="application/json", **headers):
        headers = {"Accept": "application/json", **headers}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = kind
            body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        connection = http.client.HTTPConnection(base.netloc)
        connection.request(method, f"{base.path}/@interchange{address}", body, headers)
        answer = Answer(connection.getresponse())
        connection.close()
        transaction.begin()
        return answer

    return send
