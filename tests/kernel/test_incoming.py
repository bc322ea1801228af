"""What no view should ever have to meet: typed parameters that are not of their type, bytes that are no text."""

from megalis.portal.kernel import incoming
from megalis.portal.kernel import wsgi
from plone.testing.zope import Browser
from types import SimpleNamespace
from zExceptions import BadRequest

import pytest


def status_of(functional, address, accept="text/html"):
    browser = Browser(functional["app"])
    browser.handleErrors = True
    browser.raiseHttpErrors = False
    browser.addHeader("Accept", accept)
    browser.open(f"{functional['portal'].absolute_url()}{address}")
    return int(browser.headers["status"].split()[0]), browser


@pytest.mark.parametrize(
    "query", ["q:int=abc", "page%3Aint=x", "page:float=", "q:date=zz", "q:required=", "q=%ff%fe", "q:list=a&q:list=%ff"]
)
def test_a_wrong_address_is_told_to_be_one(functional, query):
    status, browser = status_of(functional, f"/consultations?{query}")
    assert status == 400
    assert "Cette demande n’a pas été comprise" in browser.contents


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("q:int=abc", "application/x-www-form-urlencoded"),
        ("q=%ff", "application/x-www-form-urlencoded"),
        (
            '--m\r\nContent-Disposition: form-data; name="q:date"\r\n\r\nzz\r\n--m--\r\n',
            "multipart/form-data; boundary=m",
        ),
        ("--m\r\nContent-Disposition: form-data\r\n\r\nzz", "multipart/form-data; boundary=m"),
        ("rien", "multipart/form-data"),
    ],
)
def test_a_wrong_form_is_told_to_be_one(functional, body, kind):
    browser = Browser(functional["app"])
    browser.handleErrors = True
    browser.raiseHttpErrors = False
    browser.addHeader("Accept", "text/html")
    browser.post(f"{functional['portal'].absolute_url()}/consultations", body, kind)
    assert browser.headers["status"].startswith("400")
    assert "Cette demande n’a pas été comprise" in browser.contents


def test_a_right_one_is_read_once(functional):
    status, browser = status_of(functional, "/consultations?q:list=un&q:list=deux&page:int=1")
    assert status == 200
    assert "« un »" in browser.contents


def asked(environ, form, view=None):
    """Return the event of a request that leads to ``view``."""
    found = {"PUBLISHED": view}
    return SimpleNamespace(request=SimpleNamespace(environ=environ, form=form, get=found.get))


def test_each_value_must_be_text_but_for_a_view_that_reads_bytes():
    environ = {}
    for form in ({"q": "été 💧"}, {"q": ["a", ("b",)], "n": 3, "r": None}):
        incoming.refuse_what_is_no_text(asked(environ, form))
    for form in ({"q": "a\udcff"}, {"q": ["a", ("\ud83d",)]}):
        with pytest.raises(BadRequest):
            incoming.refuse_what_is_no_text(asked(environ, form))
    incoming.refuse_what_is_no_text(asked(environ, form, SimpleNamespace(reads_bytes=True)))


@pytest.mark.parametrize(("path", "expected"), [("/été", None), ("/\xff", 404), ("/a/\xc3", 404), ("/", None)])
def test_a_path_that_is_no_text_leads_nowhere(path, expected):
    given = path.encode().decode("latin-1") if path == "/été" else path
    environ = {"HTTP_HOST": "megalis.exemple", "PATH_INFO": given}
    assert wsgi.Front(None).rewrite(environ, given, "https") == expected
