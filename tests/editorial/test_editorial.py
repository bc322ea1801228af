"""Home and pages: true words, live figures, kind empty states, light answers."""

from datetime import date
from datetime import datetime
from datetime import UTC
from html import unescape
from itertools import pairwise
from lxml import etree
from lxml import html
from megalis.portal.editorial.services import parse
from megalis.portal.editorial.services import parse_all
from megalis.portal.kernel import counted
from megalis.portal.kernel import figures
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.theme import charts
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.testing.zope import Browser
from zope.component import getGlobalSiteManager

import pytest
import re


@pytest.fixture
def base(functional):
    counted.forget()
    return functional["portal"].absolute_url()


@pytest.fixture
def browser(functional):
    site = Browser(functional["app"])
    site.raiseHttpErrors = False
    site.addHeader("Accept", "text/html")
    return site


def test_service_lines():
    service = parse("Contrôle de légalité | annoncé | 2027-01-15 | Avec la préfecture")
    assert service.day == date(2027, 1, 15) and service.badge == ("draft", "Annoncé pour le 15/01/2027")
    assert parse("Marchés | ouvert").badge == ("ok", "En service")


@pytest.mark.parametrize(
    "line", ["", "Marchés", "Marchés | parfait", "Marchés | annoncé | bientôt", " | ouvert", "a | ouvert | | b | c"]
)
def test_bad_service_lines_are_refused_with_the_remedy(line):
    with pytest.raises(ValueError, match=r"écrivez|choisissez"):
        parse(line)
    assert parse_all([line]) == []


def test_bars_are_well_formed_and_in_proportion():
    data = [charts.Bar("janv.", 50), charts.Bar("<févr.>", 100), charts.Bar("mars", 0, True)]
    root = etree.fromstring(charts.bars("t", "Par mois & plus", data))
    heights = [int(r.get("height")) for r in root.iter("rect")]
    assert heights[1] == 2 * heights[0] and len(heights) == 2
    assert root.get("aria-labelledby") == root.find("title").get("id")
    assert [t.text for t in root.iter("text") if t.get("class") == "v"] == ["50", "100", "0"]
    lying = etree.fromstring(charts.rows("t", "x", data))
    widths = [int(r.get("width")) for r in lying.iter("rect")]
    assert widths[1] == 2 * widths[0] and min(widths) > 0
    etree.fromstring(charts.bars("t", "rien", []))


def test_months_begin_at_midnight_in_paris():
    found = figures.months(datetime(2026, 3, 12, tzinfo=UTC))
    assert len(found) == 12
    assert found[0].begin == datetime(2025, 3, 31, 22, tzinfo=UTC) and found[0].key == "2025-04"
    assert found[-1].begin == datetime(2026, 2, 28, 23, tzinfo=UTC) and found[-1].label == "mars 2026"
    assert found[-1].end == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert all(one.end == other.begin for one, other in pairwise(found))
    late = figures.months(datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    assert late[-1].key == "2026-01"


def test_figures_of_several_rooms_are_summed(portal):
    def one(site):
        return [("essai-a", "pièces", 3), ("essai-b", "autres", 1)]

    def two(site):
        return [("essai-a", "pièces", 4)]

    manager = getGlobalSiteManager()
    manager.registerUtility(one, IKeyFigures, name="z-essai-1")
    manager.registerUtility(two, IKeyFigures, name="z-essai-2")
    try:
        found = {key: (label, value) for key, label, value in counted.gathered(portal)}
    finally:
        manager.unregisterUtility(one, IKeyFigures, name="z-essai-1")
        manager.unregisterUtility(two, IKeyFigures, name="z-essai-2")
    assert found["essai-a"] == ("pièces", 7) and found["essai-b"] == ("autres", 1)


def test_home_without_content(browser, base):
    browser.open(base)
    page = unescape(browser.contents)
    assert (
        page.index("<h1")
        < page.index('id="q"')
        < page.index("Entrer comme entreprise")
        < page.index("Dernières consultations")
    )
    assert "Aucune consultation ouverte en ce moment" in page
    assert page.count("<h1") == 1 and len(browser.contents.encode()) < 60_000
    assert "En service" in page and "Annoncé" in page
    assert "mg-crumbs" not in page


@pytest.mark.parametrize(
    "path",
    [
        "aide",
        "aide-entreprise",
        "aide-agent",
        "mentions-legales",
        "donnees-personnelles",
        "accessibilite",
        "contact",
        "sitemap",
    ],
)
def test_pages(browser, base, path):
    browser.open(f"{base}/{path}")
    assert browser.headers["Status"].startswith("200")
    page = unescape(browser.contents)
    title = re.search(r"<h1>([^<]+)</h1>", page)[1]
    assert f"<title>{title} : e-mégalis</title>" in page
    crumbs = html.fromstring(browser.contents).xpath("//ol[@class='mg-crumbs']/li[@aria-current='page']")
    assert [crumb.text_content() for crumb in crumbs] == [title]
    assert "None" not in re.sub(r"<[^>]*>", "", page)
    assert len(browser.contents.encode()) < 60_000


def test_legal_notice_claims_nothing_untrue(browser, base):
    browser.open(base + "/mentions-legales")
    page = unescape(browser.contents)
    assert "n’est pas homologué" in page and "DGCL" in page and "DGFiP" in page
    assert "n’a pas de contrat" in page


def test_services_form_is_for_the_operator(browser, base):
    browser.open(base + "/etat-des-services")
    assert "/login" in browser.url


def test_operator_announces_a_service(functional, base):
    operator = Browser(functional["app"])
    operator.raiseHttpErrors = False
    operator.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
    operator.open(base + "/etat-des-services")
    field = operator.getControl(name="form.widgets.services")
    field.value = "Marchés publics | en vacances"
    operator.getControl(name="form.buttons.save").click()
    assert operator.headers["Status"].startswith("422")
    assert "n’est pas un état connu" in unescape(operator.contents)
    operator.getControl(name="form.widgets.services").value = "Marchés publics | ralenti | | La préfecture tarde"
    operator.getControl(name="form.buttons.save").click()
    operator.open(base)
    page = unescape(operator.contents)
    assert "Ralenti" in page and "La préfecture tarde" in page and "Pièces comptables" not in page


def test_the_token_of_a_signed_in_person_stays_out_of_addresses(browser, base):
    browser.addHeader("Authorization", f"Basic {SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}")
    browser.open(base)
    forms = html.fromstring(browser.contents).xpath("//form")
    reading = [form for form in forms if form.get("method", "get") == "get"]
    writing = [form for form in forms if form.get("method") == "post"]
    assert reading and not any(form.xpath(".//*[@name='_authenticator']") for form in reading)
    assert writing and all(form.xpath(".//*[@name='_authenticator']") for form in writing)
