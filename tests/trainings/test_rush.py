"""A dozen people who press the button of one session together, through the front and the publisher of an instance."""

from base64 import b64encode
from io import BytesIO
from megalis.portal.kernel.wsgi import Front
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.trainings.rules import roster
from tests.organisations.conftest import PASSWORD
from tests.trainings.conftest import furnish_trainings
from threading import Barrier
from threading import Thread
from urllib.parse import urlencode
from ZPublisher.httpexceptions import HTTPExceptionHandler
from ZPublisher.HTTPRequest import HTTPRequest
from ZPublisher.WSGIPublisher import publish_module

import re
import transaction


MANY = 12


class Person:
    """One agent with his own thread: ``status`` is what he was answered."""

    status = ""

    def __init__(self, app, email, path):
        self.app, self.path = app, path
        self.key = b64encode(f"{email}:{PASSWORD}".encode()).decode()
        page = self.send("GET", path)
        self.token = re.search(r'name="_authenticator"\s+value="([0-9a-f]+)"', page)[1]

    def send(self, method, path, body=b""):
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_ACCEPT": "text/html", "HTTP_AUTHORIZATION": f"Basic {self.key}", "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(), "wsgi.version": (1, 0),
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
        }  # fmt: skip

        def start_response(status, headers, exc_info=None):
            self.status = status

        return b"".join(self.app(environ, start_response)).decode()

    def enrol(self, barrier):
        body = urlencode({"_authenticator": self.token, "faire": "inscrire"}).encode()
        barrier.wait()
        self.send("POST", f"{self.path}/@@inscription-session", body)


def test_a_dozen_people_enrol_at_once_and_none_is_sent_away_nor_starts_again(functional_portal, monkeypatch):
    world = furnish_trainings(functional_portal)
    emails = [f"agent-{rank}@a.exemple.fr" for rank in range(MANY)]
    for email in emails:
        membership.add(world.a, people.create("agent", email, email.partition("@")[0], PASSWORD), {"lecteurs"})
    transaction.commit()
    again = []
    retry = HTTPRequest.retry
    monkeypatch.setattr(HTTPRequest, "retry", lambda request: again.append(request) or retry(request))
    app = Front(HTTPExceptionHandler(publish_module), site=functional_portal.getId())
    path = "/".join(("", *world.session.getPhysicalPath()[2:]))
    crowd = [Person(app, email, path) for email in emails]
    barrier = Barrier(MANY)
    threads = [Thread(target=person.enrol, args=(barrier,)) for person in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [person.status[:3] for person in crowd] == ["303"] * MANY
    assert again == []
    transaction.begin()
    entries = world.session.entries
    assert sorted(entry.email for entry in entries) == sorted(emails)
    assert len(roster.seated(entries)) == world.session.seats
