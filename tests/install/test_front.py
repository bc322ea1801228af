"""The front publishes one site at `/`, refuses Zope's management, dresses every answer and owns up to a busy database."""

from datetime import UTC
from importlib import import_module
from megalis.portal.kernel import pace
from megalis.portal.kernel import wsgi
from threading import Barrier
from threading import BrokenBarrierError
from threading import Thread
from wsgiref.util import setup_testing_defaults
from zExceptions import NotFound
from ZODB.POSException import ConflictError

import json
import pytest


def call(path="/", app=None, front=None, **environ):
    """Send one request through a front; return (status, headers as dict, body, environ as the application saw it)."""
    seen = {}

    def zope(inner, start_response):
        seen.update(inner)
        start_response("200 OK", [("Content-Type", "text/html"), ("X-Powered-By", "Zope")])
        return [b"page"]

    request = {"PATH_INFO": path, "HTTP_HOST": "portail.example:8080", **environ}
    setup_testing_defaults(request)
    answer = {}

    def start_response(status, headers, exc_info=None):
        answer["status"] = status
        answer["headers"] = headers

    body = b"".join((front or wsgi.Front(app or zope))(request, start_response))
    return answer["status"], dict(answer["headers"]), body, seen


@pytest.mark.parametrize("path", ["", "/", "/consultations", "/a/@@manage-portlets"])
def test_the_site_is_at_the_root(path):
    status, _headers, _body, seen = call(path)
    assert status == "200 OK"
    assert seen["PATH_INFO"] == f"/megalis{path or '/'}"
    assert seen[wsgi.ADDRESS] == ("http", "portail.example", "8080")


@pytest.mark.parametrize(
    ("host", "scheme", "expected"),
    [
        ("Portail.Example", "http", "portail.example:80"),
        ("portail.example", "https", "portail.example:443"),
        ("[::1]:8080", "http", "[::1]:8080"),
        ("", "http", None),
        ("portail.example/../x", "http", None),
        ("portail.example:99999", "http", None),
        ("a b", "http", None),
        ("-a", "http", None),
    ],
)
def test_an_address_is_a_name_and_a_port(host, scheme, expected):
    assert wsgi.address(host, scheme) == expected


def test_https_seen_by_the_proxy_makes_https_links():
    _status, headers, _body, seen = call("/", HTTP_HOST="portail.example", **{"wsgi.url_scheme": "https"})
    assert seen[wsgi.ADDRESS] == ("https", "portail.example", "443")
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "path",
    [
        "/acl_users",
        "/a/b/acl_users/x",
        "/manage",
        "/manage_main",
        "/collectivites/manage_workspace",
        "/portal_catalog/manage_catalogView",
        "/Control_Panel",
        "/_vh_x/consultations",
        "/VirtualHostRoot",
        "/a/VirtualHostBase/http/x:80",
        "/VirtualHostBase/http/portail.example:80/VirtualHostRoot/manage",
        "/VirtualHostBase/http/portail.example:80/autre/VirtualHostRoot/",
        "/VirtualHostBase/http/portail.example:80/megalis/VirtualHostRoot/acl_users",
        "/VirtualHostBase/http",
    ],
)
def test_management_is_not_there(path):
    status, _headers, body, seen = call(path)
    assert status == "404 Not Found"
    assert seen == {}
    assert "introuvable" in body.decode()


def test_a_path_already_rewritten_into_the_site_is_kept():
    path = "/VirtualHostBase/https/portail.example:443/megalis/VirtualHostRoot/login"
    assert call(path)[3]["PATH_INFO"] == path


def test_management_answers_in_development():
    front = wsgi.front(lambda environ, start: (start("200 OK", []), [environ["PATH_INFO"].encode()])[1], {}, zmi="on")
    assert call("/portal_catalog/manage_main", front=front)[2].endswith(b"/megalis/portal_catalog/manage_main")


def test_a_foreign_host_is_refused_where_names_are_set(monkeypatch):
    monkeypatch.setenv("MEGALIS_HOSTS", "portail.example")
    front = wsgi.front(lambda environ, start: (start("200 OK", []), [b""])[1], {})
    assert call("/", front=front)[0] == "200 OK"
    assert call("/", front=front, HTTP_HOST="pirate.example")[0] == "400 Bad Request"


def test_every_answer_says_what_a_page_may_do():
    for path in ("/", "/manage"):
        headers = call(path)[1]
        policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert policy["frame-ancestors"] == "'self'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Server-Timing"].startswith("app;dur=")
        assert "X-Powered-By" not in headers


def test_only_administration_screens_may_run_inline_scripts():
    assert "'unsafe-inline'" not in wsgi.STRICT.split("style-src")[0]
    for path in ("/@@site-controlpanel", "/@@usergroup-userprefs"):
        assert "script-src 'self' 'unsafe-inline'" in call(path)[1]["Content-Security-Policy"]
    for path in (
        "/consultations",
        "/collectivites/rennes/@@cles",
        "/collectivites/rennes/c1/@@ouverture",
        "/@@modifier",
    ):
        assert call(path)[1]["Content-Security-Policy"] == wsgi.STRICT


def test_a_page_that_sets_its_own_policy_keeps_it():
    def zope(environ, start_response):
        start_response("200 OK", [("content-security-policy", "default-src 'none'")])
        return [b""]

    headers = call("/", app=zope)[1]
    assert headers["content-security-policy"] == "default-src 'none'"
    assert "Content-Security-Policy" not in headers


def test_the_time_of_arrival_is_stamped_in_utc():
    received = call("/")[3]["megalis.received"]
    assert received.tzinfo == UTC


def test_a_busy_database_is_a_503_to_retry():
    def busy(environ, start_response):
        raise ConflictError("database conflict error")

    status, headers, body, _seen = call("/consultations", app=busy)
    assert status == "503 Service Unavailable"
    assert headers["Retry-After"] == "2"
    assert headers["Cache-Control"] == "no-store"
    assert "Réessayez dans quelques secondes" in body.decode()
    assert "conflict" not in body.decode()


@pytest.mark.parametrize("asker", [{"REQUEST_METHOD": "PUT"}, {"HTTP_ACCEPT": "application/json"}])
def test_a_program_gets_the_503_as_json(asker):
    def busy(environ, start_response):
        raise ConflictError

    status, headers, body, _seen = call("/c/@@depot-partie", app=busy, **asker)
    assert (status[:3], headers["Content-Type"]) == ("503", "application/json")
    assert json.loads(body)["code"] == "occupe"


def test_an_unforeseen_error_shows_nothing_of_itself(caplog):
    def broken(environ, start_response):
        raise RuntimeError("mot de passe: secret")

    status, _headers, body, _seen = call("/x", app=broken)
    assert status == "500 Internal Server Error"
    assert b"secret" not in body and b"Traceback" not in body
    assert "secret" in caplog.text


def test_an_error_after_the_answer_began_is_not_covered_up():
    def broken(environ, start_response):
        start_response("200 OK", [])
        raise NotFound("late")

    with pytest.raises(NotFound):
        call("/x", app=broken)


def test_head_gets_no_body():
    assert call("/manage", REQUEST_METHOD="HEAD")[2] == b""


def test_monitors_may_ask_for_the_head_of_the_home_page_only():
    status, headers, body, seen = call("/", REQUEST_METHOD="HEAD")
    assert (status, headers["Content-Type"], body) == ("200 OK", "text/html", b"")
    assert seen["REQUEST_METHOD"] == "GET"
    assert call("/c1/@@dce", REQUEST_METHOD="HEAD")[3]["REQUEST_METHOD"] == "HEAD"


def test_a_taken_port_is_said_in_plain_words():
    bound = wsgi.listening("127.0.0.1:0")
    try:
        port = bound.getsockname()[1]
        with pytest.raises(SystemExit, match=f"impossible d’écouter sur 127.0.0.1:{port}"):
            wsgi.listening(f"127.0.0.1:{port}")
    finally:
        bound.close()


@pytest.mark.parametrize(
    ("path", "together"),
    [("/achats/x/@@a-son-tour", 1), ("/achats/x/a-son-tour", 1), ("/achats/x", 2)],
)
def test_what_a_room_said_is_answered_one_after_the_other_and_other_pages_do_not_wait(path, together):
    inside, seen, both = [], [], Barrier(2)

    def zope(_environ, start_response):
        inside.append(1)
        try:
            both.wait(timeout=0.3 if together == 1 else 10)
        except BrokenBarrierError:
            both.reset()
        seen.append(len(inside))
        inside.pop()
        start_response("200 OK", [])
        return []

    pace.in_turn("a-son-tour")
    front = wsgi.Front(zope)
    threads = [Thread(target=call, args=(path,), kwargs={"front": front}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(seen) == 2
    assert max(seen) == together


@pytest.mark.parametrize("name", ["depot-finaliser", "inscription-session", "confirmer-inscription"])
def test_deposits_and_enrolments_are(name):
    for module in ("deposits.browser.api", "trainings.browser.session"):
        import_module(f"megalis.portal.{module}")
    assert pace.turn(f"@@{name}") is pace.turn(name)


def test_what_breaks_gives_its_turn_back():
    pace.in_turn("a-son-tour")

    def broken(*_words):
        raise ValueError("cassé")

    front = wsgi.Front(broken)
    assert call("/x/@@a-son-tour", front=front)[0].startswith("500")
    assert call("/x/@@a-son-tour", front=front)[0].startswith("500")
