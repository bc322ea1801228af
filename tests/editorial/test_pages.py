"""The pages of the room as people meet them: desk, home, letter, forms, search, what is lost."""

from datetime import timedelta
from lxml import etree
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import workflow
from megalis.portal.editorial.newsletter import issues
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone import api
from tests.editorial.conftest import acting
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import png
from tests.editorial.conftest import publish
from tests.editorial.conftest import words
from tests.editorial.conftest import write
from urllib.parse import urlencode

import io
import json
import pytest
import re
import transaction


def test_a_press_release_is_written_with_its_picture_and_bad_input_is_said(site, staff, browse):
    browser = browse(EMAILS.writer)
    browser.open(f"{site.absolute_url()}/redaction-nouveau?genre=Communique")
    browser.getControl(name="form.widgets.title").value = "x" * 5000
    browser.getControl(name="form.widgets.image").add_file(io.BytesIO(b"<svg><script/></svg>"), "image/png", "port.png")
    browser.getControl("Enregistrer le brouillon").click()
    assert browser.headers["Status"].startswith("422") and "Texte trop long" in words(browser)
    browser.getControl(name="form.widgets.title").value = "Le portail ouvre"
    browser.getControl(name="form.widgets.text").value = "Bonjour <script>alert(1)</script> **Bretagne**."
    browser.getControl(name="form.widgets.image").add_file(io.BytesIO(b"<svg><script/></svg>"), "image/png", "port.png")
    browser.getControl("Enregistrer le brouillon").click()
    assert browser.headers["Status"].startswith("422") and "dessin SVG" in words(browser)
    browser.getControl(name="form.widgets.image").add_file(io.BytesIO(png()), "image/png", "port.png")
    browser.getControl(name="form.widgets.image_alt").value = "La rade de Brest"
    browser.getControl("Enregistrer le brouillon").click()
    assert "Brouillon enregistré" in words(browser)
    browser.getControl("Proposer à la relecture").click()
    assert "Proposé à la relecture" in words(browser)
    reader = browse(EMAILS.reviewer)
    reader.open(f"{site.absolute_url()}/redaction")
    assert "Ce qui m’attend (1)" in words(reader)
    reader.getLink("Le portail ouvre").click()
    reader.getControl("Publier maintenant").click()
    assert "C’est publié" in words(reader)
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/communiques/le-portail-ouvre")
    page = words(visitor)
    assert "srcset" in page and 'alt="La rade de Brest"' in page and "<strong>Bretagne</strong>" in page
    assert "alert(1)" not in page and "og:title" in page and "NewsArticle" in page


def test_the_preview_is_what_the_page_will_be_and_keeps_nothing(site, staff, browse):
    writer = browse(EMAILS.writer)
    writer.addHeader("X-Requested-With", "test")
    address = f"{site.absolute_url()}/redaction-rendu"
    writer.post(address, urlencode({"texte": "## Titre\n\n**Bon**<script>alert(1)</script>"}))
    assert json.loads(writer.contents)["html"].startswith("<h2>Titre</h2><p><strong>Bon</strong>")
    assert "alert" not in writer.contents
    writer.post(address, urlencode({"texte": "x" * 60_001}))
    assert writer.headers["Status"].startswith("422") and "60000 au plus" in writer.contents
    writer.open(address)
    assert writer.headers["Status"].startswith("405")
    visitor = browse()
    visitor.addHeader("X-Requested-With", "test")
    visitor.post(address, "texte=x")
    assert "/login" in visitor.url or visitor.headers["Status"][:3] in ("401", "403")


def test_what_is_not_published_is_nobodys(site, staff, browse):
    write(site, staff.writer, title="Secret canari")
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/actualites/secret-canari")
    assert "Secret canari" not in visitor.contents
    for path in ("actualites", "@@actualites.atom", "recherche?q=canari", "sitemap.xml", "redaction", ""):
        visitor.open(f"{site.absolute_url()}/{path}")
        assert "Secret canari" not in visitor.contents and "secret-canari" not in visitor.contents


def test_whoever_opens_a_list_first_has_the_clock_publish(site, staff, browse):
    item = write(site, staff.writer, title="À neuf heures")
    with acting(staff.reviewer):
        workflow.fire(item, "soumettre")
        workflow.fire(item, "programmer", effective=clock.now() + timedelta(hours=1))
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/actualites")
    assert "À neuf heures" not in words(visitor)
    clock.set_for_tests(clock.now() + timedelta(hours=1, seconds=2))
    try:
        visitor.open(f"{site.absolute_url()}/actualites")
        assert "À neuf heures" in words(visitor)
    finally:
        clock.set_for_tests()


def test_the_webmaster_composes_the_home_page(site, staff, browse):
    publish(site, staff, title="Une nouvelle")
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction-accueil")
    browser.getControl("Masquer S’exercer").click()
    browser.open(f"{site.absolute_url()}/")
    assert "Une nouvelle" in words(browser) and "Déposer un pli d’essai" not in words(browser)
    assert "Entrer comme entreprise" in words(browser) and len(browser.contents.encode()) < 60_000


def test_the_search_finds_by_service_and_a_lost_page_helps(site, staff, browse):
    item = publish(site, staff, title="Ouverture du guichet maritime")
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/recherche?q=guichet+maritime")
    page = words(visitor)
    assert "1 résultat" in page and item.absolute_url() in page and "Actualités et communiqués (1)" in page
    visitor.open(f"{site.absolute_url()}/recherche?q=guichet&ou=agenda&page=99999999")
    assert "Rien ne répond" in words(visitor)
    visitor.open(f"{site.absolute_url()}/recherche?q=%22%28%2A+AND&ou[]=x")
    assert visitor.headers["Status"].startswith("200")
    visitor.open(f"{site.absolute_url()}/sitemap.xml")
    assert item.absolute_url() in visitor.contents and etree.fromstring(visitor.contents.encode())[0] is not None
    visitor.open(f"{site.absolute_url()}/ancien/guichet-maritime")
    assert visitor.headers["Status"].startswith("404") and "Ouverture du guichet maritime" in words(visitor)
    visitor.open(f"{site.absolute_url()}/nulle-part/ouvert")
    assert "Ouverture du guichet maritime" in words(visitor), (
        "the beginning of a word is enough when it tells something"
    )
    visitor.open(f"{site.absolute_url()}/nulle-part/du")
    assert "Ouverture du guichet maritime" not in words(visitor)
    visitor.open(f"{site.absolute_url()}/nulle-part/ouve")
    assert "Ouverture du guichet maritime" not in words(visitor), "four letters begin too many words"


def test_an_old_address_leads_to_the_new_one(site, staff, browse):
    publish(site, staff, title="Guichet")
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction-renvois")
    browser.getControl(name="ancienne").value = "/vieux/guichet"
    browser.getControl(name="nouvelle").value = "/nulle/part"
    browser.getControl("Ajouter le renvoi").click()
    assert "n’existe pas" in words(browser)
    browser.getControl(name="nouvelle").value = "/actualites/guichet"
    browser.getControl("Ajouter le renvoi").click()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/vieux/guichet")
    assert visitor.url.endswith("/actualites/guichet")


def test_staff_rewrite_a_page_of_the_site(site, staff, browse):
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction-pages")
    browser.getControl("Réécrire : Mentions légales").click()
    browser.getControl(name="form.widgets.text").value = "## Éditeur\n\nNous."
    browser.getControl(name="form.buttons.save").click()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/mentions-legales")
    assert "n’est pas homologué" in words(visitor)
    browser.getControl("Proposer à la relecture").click()
    browser.getControl("Publier maintenant").click()
    visitor.open(f"{site.absolute_url()}/mentions-legales")
    assert "Nous." in words(visitor) and "n’est pas homologué" not in words(visitor)
    assert items.state(site["pages"]["mentions-legales"]) == "publie"


@pytest.mark.parametrize("path", ["agenda?mois=2026-13", "agenda?mois=2026-03", "faq", "glossaire", "documents?page=x",
                                  "calendrier-des-services", "infos-agents", "infos-entreprises", "registre-des-traitements",
                                  "infolettre-confirmer?abonne=x&jeton=y", "actualites?page[]=1&pour=<script>"])  # fmt: skip
def test_public_pages_never_fail(site, browse, path):
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/{path}")
    assert (
        visitor.headers["Status"][:3] in ("200", "404")
        and "<script>" not in visitor.contents.split("<main", 1)[1].split("application/ld")[0]
    )


def test_a_letter_is_tried_on_oneself_before_it_leaves(site, staff, browse):
    item = publish(site, staff, title="Une nouvelle")
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction-lettres")
    browser.getControl("Objet").value = "La lettre de mars"
    browser.getControl("Créer la lettre").click()
    assert "M’envoyer un essai" not in words(browser)  # there is nothing in it yet
    browser.getControl("Une nouvelle").selected = True
    browser.getControl("Enregistrer la lettre").click()
    browser.getControl("M’envoyer un essai").click()
    assert f"Un essai part à {EMAILS.webmaster}" in words(browser)
    transaction.begin()
    (message,) = [one for one in outbox.messages(site) if one.payload["subject"] == "La lettre de mars"]
    assert message.payload["to"] == EMAILS.webmaster and item.absolute_url() in message.payload["text"]
    assert issues.sending(site, next(iter(site["infolettre"].objectValues()))) is None


def test_robots_are_led_to_a_map_that_exists(site, staff, browse):
    item = publish(site, staff, title="Une nouvelle")
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/robots.txt")
    address = re.search(r"^Sitemap: (\S+)$", visitor.contents, re.M)[1]
    visitor.open(address)
    assert visitor.headers["Status"].startswith("200")
    assert f"<loc>{item.absolute_url()}</loc>" in visitor.contents


def test_each_rubrique_has_its_feed_or_none_and_never_fails(site, staff, browse):
    visitor = browse()
    for place, _title in kinds.PLACES:
        for name in ("flux.atom", "flux.rss"):
            visitor.open(f"{site.absolute_url()}/{place}/@@{name}")
            assert visitor.headers["Status"].startswith("404" if place == "formulaires" else "200"), place
        visitor.open(f"{site.absolute_url()}/{place}/@@agenda.ics")
        assert visitor.headers["Status"].startswith("404" if place in ("formulaires", "infolettre") else "200"), place


def test_the_issues_that_were_sent_are_a_feed(site, staff, browse):
    item = publish(site, staff, title="Une nouvelle")
    with acting(staff.webmaster):
        issue = issues.create(site, "Lettre de novembre", staff.webmaster)
        issues.change(issue, "Lettre de novembre", "Bonjour.", (api.content.get_uuid(item),), staff.webmaster)
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/infolettre")
    visitor.getLink("Atom").click()
    assert "Lettre de novembre" not in visitor.contents
    with acting(staff.webmaster):
        issues.send(site, issue)
    transaction.commit()
    visitor.reload()
    assert "Lettre de novembre" in visitor.contents
    assert issue.absolute_url() in visitor.contents
