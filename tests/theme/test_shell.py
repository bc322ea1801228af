"""The shell: one frame for our pages and for Plone's, light, in French, without Plone's machinery for the public."""

from html import unescape
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.testing.zope import Browser

import pytest
import re


@pytest.fixture
def browser(functional):
    site = Browser(functional["app"])
    site.handleErrors = True
    site.raiseHttpErrors = False
    return site


@pytest.fixture
def base(functional):
    return functional["portal"].absolute_url()


@pytest.fixture
def editor(browser):
    browser.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
    return browser


def test_public_page_is_ours(browser, base):
    browser.open(base + "/sitemap")
    html = browser.contents
    assert html.startswith("<!DOCTYPE html>")
    assert "<html" in html and 'lang="fr"' in html
    assert "Aller au contenu" in html
    assert "Heure du serveur" in html
    assert re.search(r'data-serveur="\d{13}"', html)
    assert "Se connecter" in html
    assert len(html.encode()) < 60_000
    assert html.count("<h1") == 1


def test_public_page_carries_nothing_of_plone(browser, base):
    browser.open(base + "/sitemap")
    html = browser.contents
    for word in ("++plone++", "portal-top", "plone-toolbar", "bootstrap", "data-pat-"):
        assert word not in html


def test_style_sheet_is_kept_for_ever(browser, base):
    browser.open(base + "/sitemap")
    address = re.search(r'rel="stylesheet" href="([^"]+)"', browser.contents)[1]
    browser.open(address)
    assert "--ink" in browser.contents
    assert "immutable" in browser.headers["Cache-Control"]
    assert browser.headers["Content-Type"].startswith("text/css")
    font = re.search(r"url\(\.\./([0-9a-f]{16}/fonts/[^)]+)\)", browser.contents)[1]
    browser.open(f"{base}/@@mg-static/{font}")
    assert browser.headers["Content-Type"] == "font/woff2"


@pytest.mark.parametrize("path", ["0/../configure.zcml", "0/nothing.css", "", "0/%2e%2e/shell.py"])
def test_only_listed_files_are_served(browser, base, path):
    browser.open(f"{base}/@@mg-static/{path}")
    assert browser.headers["Status"].startswith("404")


def test_editor_gets_plone_tools_on_stock_pages(editor, base):
    editor.open(base + "/@@overview-controlpanel")
    assert "++plone++" in editor.contents
    assert "edit-zone" in editor.contents
    assert "Se déconnecter" in unescape(editor.contents)


def test_a_page_anybody_may_share_says_what_it_is_and_no_other(browser, base):
    browser.open(base + "/sitemap?jeton=secret")
    assert browser.contents.count('property="og:title"') == 1
    assert f'<meta property="og:url" content="{base}/sitemap" />' in browser.contents
    browser.open(base + "/nulle-part")
    assert browser.headers["Status"].startswith("404") and "og:title" not in browser.contents
    browser.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
    browser.open(base + "/sitemap")
    assert "og:title" not in browser.contents
