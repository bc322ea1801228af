"""Behind nginx as it is documented: which certificate of an agent reaches the portal, and that nobody forges one."""

from contextlib import contextmanager
from megalis.portal.organisations.signin import certificates
from tests.proxy import Authority
from tests.proxy import Nginx
from tests.proxy import pem
from threading import Thread
from types import SimpleNamespace
from urllib.parse import quote
from wsgiref.simple_server import make_server
from wsgiref.simple_server import WSGIRequestHandler

import pytest


class Silent(WSGIRequestHandler):
    def log_message(self, *_words):
        pass


def portal(environ, start_response):
    """Answer with the owner of the certificate that the portal would believe in, and what the proxy says of the visitor."""
    found = certificates.presented(SimpleNamespace(environ=environ))
    seen = (
        f"{found.owner if found else '-'} {environ.get('HTTP_X_FORWARDED_PROTO')} {environ.get('HTTP_X_FORWARDED_FOR')}"
    )
    start_response("200 OK", [("Content-Type", "text/plain; charset=iso-8859-1")])
    return [seen.encode("latin-1")]


@contextmanager
def listening():
    with make_server("127.0.0.1", 0, portal, handler_class=Silent) as served:
        thread = Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{served.server_port}"
        finally:
            served.shutdown()
            thread.join(10)


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """nginx that trusts a root and the two authorities under it, the last of which took one certificate back."""
    folder = tmp_path_factory.mktemp("nginx")
    root = Authority("Racine RGS")
    middle = Authority("Autorité nationale", root)
    authority, stranger = Authority("Autorité de Bretagne", middle), Authority("Autorité inconnue")
    issued = {
        "Annie Le Goff": authority.certify(folder, "Annie Le Goff"),
        "périmé": authority.certify(folder, "Périmé", days=-1),
        "révoqué": authority.certify(folder, "Révoqué"),
        "étranger": stranger.certify(folder, "Annie Le Goff"),
    }
    authority.revoked.append(issued["révoqué"][1])
    chain = (root, middle, authority)
    lists = b"".join(one.revocations() for one in chain)
    with listening() as backend, Nginx(folder, backend, chain, lists) as running:
        running.shown = {owner: path for owner, (path, _made) in issued.items()}
        yield running


def forged(folder):
    """Return what nginx would hand on, had it verified this certificate."""
    _path, made = Authority("Autorité de Bretagne").certify(folder, "Le Maire")
    return quote(pem(made))


@pytest.fixture(autouse=True)
def asking(monkeypatch):
    monkeypatch.setenv("MEGALIS_CERTIFICATS", "1")


def test_the_certificate_of_an_agent_reaches_the_portal_with_his_address_and_the_scheme(front):
    status, _headers, text = front.ask("/", front.shown["Annie Le Goff"])
    assert (status, text) == (200, "Annie Le Goff https 127.0.0.1")


def test_who_shows_none_is_served_all_the_same(front):
    status, _headers, text = front.ask("/")
    assert (status, text.split()[0]) == (200, "-")


@pytest.mark.parametrize("which", ["périmé", "révoqué", "étranger"])
@pytest.mark.parametrize(("accepts", "kind"), [("text/html", "text/html"), ("application/json", "application/json")])
def test_one_that_does_not_hold_never_reaches_the_portal_and_its_owner_is_told_what_to_do(front, which, accepts, kind):
    status, headers, text = front.ask("/", front.shown[which], headers={"Accept": accepts})
    assert status == 403
    assert headers["Content-Type"].startswith(kind)
    assert "périmé, révoqué" in text.encode("latin-1").decode()


@pytest.mark.parametrize("header", ["X-Certificat-Agent", "x_certificat_agent", "X_Certificat-Agent"])
@pytest.mark.parametrize("shown", [None, "Annie Le Goff"])
def test_a_certificate_that_a_visitor_sends_as_a_header_is_dropped(front, header, shown):
    status, _headers, text = front.ask("/", shown and front.shown[shown], headers={header: forged(front.folder)})
    assert (status, text.split(" https")[0]) == (200, shown or "-")


def test_where_agents_are_asked_for_none_a_forged_header_is_dropped_too(tmp_path):
    with listening() as backend, Nginx(tmp_path, backend) as running:
        status, _headers, text = running.ask("/", headers={"X-Certificat-Agent": forged(tmp_path)})
    assert (status, text.split()[0]) == (200, "-")


def test_past_the_date_of_a_revocation_list_nobody_is_believed(tmp_path):
    root = Authority("Racine RGS")
    path, _made = root.certify(tmp_path, "Annie Le Goff")
    with listening() as backend, Nginx(tmp_path, backend, (root,), root.revocations(days=-1)) as running:
        assert running.ask("/", path)[0] == 403
        assert running.ask("/")[0] == 200


@pytest.mark.parametrize(
    "path", ["/VirtualHostBase/http/x:80/megalis/VirtualHostRoot/", "/_certificat.html", "/_lourd.json"]
)
def test_what_is_not_of_the_portal_is_not_found(front, path):
    assert front.ask(path)[0] == 404


def test_what_is_larger_than_the_portal_takes_is_told_so_before_it_is_sent(front):
    status, _headers, text = front.ask("/", method="POST", headers={"Content-Length": str(161 << 20)}, body=b"x")
    assert (status, "160 Mo" in text) == (413, True)
