"""Errors: the right status, calm French words, a reference, and never a traceback."""

from html import unescape
from megalis.portal.theme.faults import status_of
from plone.app.testing import TEST_USER_NAME
from plone.app.testing import TEST_USER_PASSWORD
from plone.testing.zope import Browser
from zExceptions import BadRequest
from zExceptions import Forbidden
from zExceptions import NotFound
from zExceptions import Unauthorized
from ZODB.POSException import ConflictError

import json
import pytest
import re


@pytest.fixture
def base(functional):
    return functional["portal"].absolute_url()


@pytest.fixture
def browser(functional):
    site = Browser(functional["app"])
    site.handleErrors = True
    site.raiseHttpErrors = False
    site.addHeader("Accept", "text/html")
    return site


@pytest.mark.parametrize(
    "error, status",
    [
        (NotFound("x"), 404),
        (Unauthorized("x"), 403),
        (Forbidden("x"), 403),
        (BadRequest("x"), 400),
        (ConflictError(), 503),
        (ValueError("x"), 500),
        (KeyError("x"), 500),
    ],
)
def test_status(error, status):
    assert status_of(error) == status


def test_not_found(browser, base):
    browser.open(base + "/rien-ici")
    assert browser.headers["Status"].startswith("404")
    page = unescape(browser.contents)
    assert "Cette page n’existe pas" in page and "Rien n’a été perdu" in page
    assert re.search(r"Référence\s*[0-9A-F]{4}-[0-9A-F]{4}\b", re.sub(r"<[^>]*>", "", page))
    assert page.count("<h1") == 1 and "Traceback" not in page


def test_not_found_for_programs(browser, base, functional):
    program = Browser(functional["app"])
    program.raiseHttpErrors = False
    program.addHeader("Accept", "application/json")
    program.open(base + "/rien-ici")
    answer = json.loads(program.contents)
    assert answer["code"] == "introuvable" and answer["message"] and answer["reference"]


def test_a_program_that_may_not_is_told_so_and_not_sent_to_the_sign_in_page(base, functional):
    program = Browser(functional["app"])
    program.raiseHttpErrors = False
    program.followRedirects = False
    program.addHeader("Accept", "application/json")
    program.open(base + "/@@overview-controlpanel")
    assert program.headers["Status"].startswith("401")
    assert program.headers["WWW-Authenticate"].startswith("Basic ")
    assert json.loads(program.contents)["code"] == "interdit"
    program.addHeader("Sec-Fetch-Site", "same-origin")
    program.open(base + "/@@overview-controlpanel")
    assert "WWW-Authenticate" not in program.headers, "a page of ours must not make the browser ask for a password"
    program.addHeader("Authorization", f"Basic {TEST_USER_NAME}:{TEST_USER_PASSWORD}")
    program.open(base + "/@@overview-controlpanel")
    assert program.headers["Status"].startswith("403")
    assert json.loads(program.contents)["code"] == "interdit"


def test_fault_of_ours(browser, base, monkeypatch):
    from megalis.portal.editorial.pages import Contact

    monkeypatch.setattr(Contact, "contact", property(lambda self: 1 / 0))
    browser.open(base + "/contact")
    assert browser.headers["Status"].startswith("500")
    page = unescape(browser.contents)
    assert "Une erreur de notre côté" in page and "Un pli dont vous avez l’accusé reste déposé." in page
    assert "ZeroDivision" not in page and "division" not in page


def test_the_fault_page_itself_may_fail(browser, base, monkeypatch):
    from megalis.portal.theme.shell import Shell

    monkeypatch.setattr(Shell, "headers", lambda self: 1 / 0)
    browser.open(base + "/contact")
    assert browser.headers["Status"].startswith("500")
    assert "Une erreur de notre côté" in unescape(browser.contents)


def test_closed_door_sends_visitors_to_sign_in(browser, base):
    browser.open(base + "/@@overview-controlpanel")
    assert "/login" in browser.url and "Se connecter" in browser.contents
    assert browser.getControl(name="came_from").value.endswith("/@@overview-controlpanel")


def sign_in(browser, base):
    browser.open(base + "/login")
    browser.getControl(name="__ac_name").value = TEST_USER_NAME
    browser.getControl(name="__ac_password").value = TEST_USER_PASSWORD
    browser.getControl(name="buttons.login").click()
    assert "Se déconnecter" in unescape(browser.contents)


def test_closed_door_tells_those_signed_in_at_its_own_address(browser, base):
    sign_in(browser, base)
    browser.followRedirects = False
    browser.open(base + "/@@overview-controlpanel")
    page = unescape(browser.contents)
    assert browser.headers["Status"].startswith("403")
    assert browser.url == base + "/@@overview-controlpanel"
    assert "Cette page ne vous est pas ouverte" in page and page.count("<h1") == 1
    assert "Se déconnecter" in page, "the page knows who reads it"
    assert browser.headers["Cache-Control"] == "no-store" and "WWW-Authenticate" not in browser.headers
    assert browser.getLink("entrez par le code de son invitation").url.endswith("/consultation-restreinte")


def test_plone_s_own_address_of_a_closed_door_answers_403_too(browser, base):
    browser.open(base + "/insufficient-privileges")
    assert browser.url.startswith(base + "/login"), "a visitor may still sign in"
    sign_in(browser, base)
    browser.open(base + "/insufficient-privileges")
    assert browser.headers["Status"].startswith("403")
    assert "Cette page ne vous est pas ouverte" in unescape(browser.contents)
    browser.open(base + "/require_login")
    assert browser.headers["Status"].startswith("403")


def test_a_closed_door_that_a_view_shuts_answers_403_as_well(browser, base, monkeypatch):
    from megalis.portal.editorial.pages import Contact

    def shut(self):
        raise Unauthorized("fermé")

    monkeypatch.setattr(Contact, "__call__", shut)
    sign_in(browser, base)
    browser.open(base + "/contact")
    assert browser.headers["Status"].startswith("403") and browser.url == base + "/contact"
    assert "Cette page ne vous est pas ouverte" in unescape(browser.contents)


def test_wrong_password_is_told_as_an_alert(browser, base):
    browser.open(base + "/login")
    browser.getControl(name="__ac_name").value = "personne"
    browser.getControl(name="__ac_password").value = "faux"
    browser.getControl(name="buttons.login").click()
    assert 'role="alert"' in browser.contents
    assert browser.getControl(name="__ac_name").value == "personne"
    assert "faux" not in browser.contents


@pytest.mark.parametrize(
    "path, target",
    [
        ("/@@search?SearchableText=pont", "/consultations?q=pont"),
        ("/contact-info", "/contact"),
        ("/accessibility-info", "/accessibilite"),
        ("/@@register", "/inscription"),
    ],
)
def test_stock_addresses_lead_to_ours(browser, base, path, target):
    browser.followRedirects = False
    browser.open(base + path)
    assert browser.headers["Status"].startswith("302")
    assert browser.headers["Location"] == base + target
