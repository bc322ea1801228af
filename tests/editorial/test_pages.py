"""The pages of the room as people meet them: desk, home, letter, forms, search, what is lost."""

from datetime import timedelta
from html import unescape
from lxml import etree
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import workflow
from megalis.portal.editorial.newsletter import issues
from megalis.portal.editorial.newsletter import store
from megalis.portal.editorial.surveys import answers
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import WorkerTick
from plone import api
from plone.testing.zope import Browser
from tests.editorial.conftest import acting
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import hire
from tests.editorial.conftest import png
from tests.editorial.conftest import write
from tests.organisations.conftest import PASSWORD
from urllib.parse import urlencode

import io
import json
import pytest
import re
import transaction


@pytest.fixture
def site(functional_portal):
    return functional_portal


@pytest.fixture
def staff(site):
    with api.env.adopt_roles(["Manager"]):
        found = hire(site)
    transaction.commit()
    return found


@pytest.fixture
def browse(functional, site):
    def open_(email=None):
        browser = Browser(functional["app"])
        browser.raiseHttpErrors = False
        browser.addHeader("Accept", "text/html")
        if email:
            browser.addHeader("Authorization", f"Basic {email}:{PASSWORD}")
        return browser

    return open_


def publish(site, staff, **values):
    item = write(site, staff.writer, **values)
    with acting(staff.webmaster):
        workflow.fire(item, "soumettre")
        workflow.fire(item, "publier")
    return item


def text(browser):
    return unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ")


def test_a_press_release_is_written_with_its_picture_and_bad_input_is_said(site, staff, browse):
    browser = browse(EMAILS.writer)
    browser.open(f"{site.absolute_url()}/redaction-nouveau?genre=Communique")
    browser.getControl(name="form.widgets.title").value = "x" * 5000
    browser.getControl(name="form.widgets.image").add_file(io.BytesIO(b"<svg><script/></svg>"), "image/png", "port.png")
    browser.getControl("Enregistrer le brouillon").click()
    assert browser.headers["Status"].startswith("422") and "Texte trop long" in text(browser)
    browser.getControl(name="form.widgets.title").value = "Le portail ouvre"
    browser.getControl(name="form.widgets.text").value = "Bonjour <script>alert(1)</script> **Bretagne**."
    browser.getControl(name="form.widgets.image").add_file(io.BytesIO(b"<svg><script/></svg>"), "image/png", "port.png")
    browser.getControl("Enregistrer le brouillon").click()
    assert browser.headers["Status"].startswith("422") and "dessin SVG" in text(browser)
    browser.getControl(name="form.widgets.image").add_file(io.BytesIO(png()), "image/png", "port.png")
    browser.getControl(name="form.widgets.image_alt").value = "La rade de Brest"
    browser.getControl("Enregistrer le brouillon").click()
    assert "Brouillon enregistré" in text(browser)
    browser.getControl("Proposer à la relecture").click()
    assert "Proposé à la relecture" in text(browser)
    reader = browse(EMAILS.reviewer)
    reader.open(f"{site.absolute_url()}/redaction")
    assert "Ce qui m’attend (1)" in text(reader)
    reader.getLink("Le portail ouvre").click()
    reader.getControl("Publier maintenant").click()
    assert "C’est publié" in text(reader)
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/communiques/le-portail-ouvre")
    page = text(visitor)
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
    assert "À neuf heures" not in text(visitor)
    clock.set_for_tests(clock.now() + timedelta(hours=1, seconds=2))
    try:
        visitor.open(f"{site.absolute_url()}/actualites")
        assert "À neuf heures" in text(visitor)
    finally:
        clock.set_for_tests()


def test_the_webmaster_composes_the_home_page(site, staff, browse):
    publish(site, staff, title="Une nouvelle")
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction-accueil")
    browser.getControl("Masquer S’exercer").click()
    browser.open(f"{site.absolute_url()}/")
    assert "Une nouvelle" in text(browser) and "Déposer un pli d’essai" not in text(browser)
    assert "Entrer comme entreprise" in text(browser) and len(browser.contents.encode()) < 60_000


def test_a_letter_reaches_who_confirmed_once_and_stops_at_one_click(site, staff, browse):
    item = publish(site, staff, title="Une nouvelle")
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/infolettre")
    visitor.getControl(name="courriel").value = "anne@exemple.fr"
    visitor.getControl("M’abonner").click()
    assert "Il reste à confirmer" in text(visitor)
    transaction.begin()
    one = store.everybody(site)[0]
    assert store.active(site) == 0
    visitor.open(issues.link("infolettre-confirmer", one, store.CONFIRM))
    assert store.active(site) == 0
    visitor.getControl("Recevoir la lettre").click()
    transaction.begin()
    assert store.active(site) == 1
    with acting(staff.webmaster):
        issue = issues.create(site, "Lettre de novembre", staff.webmaster)
        issues.change(issue, "Lettre de novembre", "Bonjour.", (api.content.get_uuid(item),), staff.webmaster)
        issues.send(site, issue)
        with pytest.raises(issues.Refused) as refused:
            issues.send(site, issue)
    assert refused.value.code == "lettre.envoyee"
    tick = WorkerTick(site, clock.now())
    for _turn in range(3):
        issues.tick(tick)
    sent = [message for message in outbox.messages(site) if message.payload["to"] == "anne@exemple.fr"]
    assert [message.payload["subject"] for message in sent].count("Lettre de novembre") == 1
    payload = next(message.payload for message in sent if message.payload["subject"] == "Lettre de novembre")
    assert (
        item.absolute_url() in payload["text"]
        and payload["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    )
    transaction.commit()
    visitor.open(issue.absolute_url())
    assert "Une nouvelle" in text(visitor)
    visitor.open(payload["headers"]["List-Unsubscribe"].strip("<>"))
    visitor.getControl("Ne plus la recevoir").click()
    transaction.begin()
    assert store.everybody(site) == []


def test_a_letter_of_many_addresses_goes_on_where_it_stopped(site, staff, monkeypatch):
    item = publish(site, staff)
    monkeypatch.setattr(issues, "BATCH", 2)
    for rank in range(5):
        one, _leaves = store.ask(site, f"a{rank}@exemple.fr")
        store.confirm(site, one)
    with acting(staff.webmaster):
        issue = issues.create(site, "Lettre", staff.webmaster)
        issues.change(issue, "Lettre", "", (api.content.get_uuid(item),), staff.webmaster)
        issues.send(site, issue)
    late, _leaves = store.ask(site, "tard@exemple.fr")
    clock.set_for_tests(clock.now() + timedelta(minutes=1))
    try:
        store.confirm(site, late)
        for _turn in range(5):
            issues.tick(WorkerTick(site, clock.now(), leisure=False))
    finally:
        clock.set_for_tests()
    to = [message.payload["to"] for message in outbox.messages(site) if message.payload["subject"] == "Lettre"]
    assert sorted(to) == [f"a{rank}@exemple.fr" for rank in range(5)]
    assert issues.sending(site, issue)["sent"] == 5 and issues.sending(site, issue)["done"]


def test_a_form_keeps_answers_exports_them_and_forgets_them(site, staff, browse):
    transaction.commit()
    visitor = browse()
    visitor.open(site.absolute_url())
    visitor.getLink("Joindre l’assistance").click()
    visitor.getLink("Écrire par le formulaire").click()
    visitor.getControl(name="form.widgets.nom").value = "Anne"
    visitor.getControl(name="form.widgets.courriel").value = "pas une adresse"
    visitor.getControl(name="form.widgets.sujet").value = ["Autre"]
    visitor.getControl(name="form.widgets.message").value = "Bonjour"
    visitor.getControl("Envoyer").click()
    assert visitor.headers["Status"].startswith("422") and "Cochez la case" in text(visitor)
    visitor.getControl("J’accepte").selected = True
    visitor.getControl("Envoyer").click()
    assert visitor.headers["Status"].startswith("422") and "adresse" in text(visitor)
    visitor.getControl(name="form.widgets.courriel").value = "anne@exemple.fr"
    visitor.getControl("Envoyer").click()
    assert "Merci, c’est envoyé" in text(visitor)
    visitor.open(f"{site.absolute_url()}/formulaires/contact/@@redaction-reponses")
    assert "anne@exemple.fr" not in visitor.contents
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/formulaires/contact/@@reponses.csv")
    assert "anne@exemple.fr" in browser.contents
    transaction.begin()
    form = site["formulaires"]["contact"]
    assert answers.purge(form, clock.now() + timedelta(days=364)) == 0
    assert answers.purge(form, clock.now() + timedelta(days=366)) == 1 and answers.everything(form) == []


def test_a_program_that_fills_what_nobody_sees_is_thanked_and_nothing_is_kept(site, staff, browse):
    transaction.commit()
    robot = browse()
    for name in ("contact", "adhesion", "satisfaction"):
        robot.open(f"{site.absolute_url()}/formulaires/{name}")
        assert 'tabindex="-1"' in robot.contents and 'aria-hidden="true"' in robot.contents
    robot.open(f"{site.absolute_url()}/formulaires/satisfaction")
    robot.getControl(name="form.widgets.role").value = ["Autre"]
    robot.getControl(name="form.widgets.note").value = ["Non"]
    robot.getControl(name="site").value = "https://publicite.exemple.fr"
    robot.getControl("Envoyer").click()
    assert "c’est envoyé" in text(robot)
    transaction.begin()
    assert answers.kept(site["formulaires"]["satisfaction"]) == []


def test_the_webmaster_reads_one_answer_erases_it_then_all_of_them(site, staff, browse):
    form = site["formulaires"]["satisfaction"]
    for rank in range(3):
        answers.keep(
            form, {"role": "Autre", "note": "Non", "message": f"Avis {rank} " + "long " * 60, "ancien": "gardé"}
        )
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction")
    browser.getLink("Formulaires et réponses").click()
    browser.getLink("3 réponses").click()
    key = answers.kept(form)[0][0]
    browser.open(f"{browser.url}?reponse={key}")
    assert "Avis 2 long long" in text(browser) and "gardé" in text(browser)
    browser.getControl("Effacer cette réponse").click()
    assert "La réponse est effacée." in text(browser)
    browser.open(f"{form.absolute_url()}/@@redaction-reponses?reponse={key}")
    assert browser.headers["Status"].startswith("404")
    browser.open(f"{form.absolute_url()}/@@redaction-reponses")
    browser.getControl("Nombre de réponses").value = "3"
    browser.getControl("Effacer toutes").click()
    assert "recopiez le nombre de réponses (2)" in text(browser)
    browser.getControl("Nombre de réponses").value = "2"
    browser.getControl("Effacer toutes").click()
    assert "2 réponses effacées." in text(browser)
    writer = browse(EMAILS.writer)
    writer.open(f"{form.absolute_url()}/@@redaction-reponses")
    assert "Avis" not in text(writer)


def test_the_search_finds_by_service_and_a_lost_page_helps(site, staff, browse):
    item = publish(site, staff, title="Ouverture du guichet maritime")
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/recherche?q=guichet+maritime")
    page = text(visitor)
    assert "1 résultat" in page and item.absolute_url() in page and "Actualités et communiqués (1)" in page
    visitor.open(f"{site.absolute_url()}/recherche?q=guichet&ou=agenda&page=99999999")
    assert "Rien ne répond" in text(visitor)
    visitor.open(f"{site.absolute_url()}/recherche?q=%22%28%2A+AND&ou[]=x")
    assert visitor.headers["Status"].startswith("200")
    visitor.open(f"{site.absolute_url()}/sitemap.xml")
    assert item.absolute_url() in visitor.contents and etree.fromstring(visitor.contents.encode())[0] is not None
    visitor.open(f"{site.absolute_url()}/ancien/guichet-maritime")
    assert visitor.headers["Status"].startswith("404") and "Ouverture du guichet maritime" in text(visitor)


def test_an_old_address_leads_to_the_new_one(site, staff, browse):
    publish(site, staff, title="Guichet")
    transaction.commit()
    browser = browse(EMAILS.webmaster)
    browser.open(f"{site.absolute_url()}/redaction-renvois")
    browser.getControl(name="ancienne").value = "/vieux/guichet"
    browser.getControl(name="nouvelle").value = "/nulle/part"
    browser.getControl("Ajouter le renvoi").click()
    assert "n’existe pas" in text(browser)
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
    assert "n’est pas homologué" in text(visitor)
    browser.getControl("Proposer à la relecture").click()
    browser.getControl("Publier maintenant").click()
    visitor.open(f"{site.absolute_url()}/mentions-legales")
    assert "Nous." in text(visitor) and "n’est pas homologué" not in text(visitor)
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
    assert "M’envoyer un essai" not in text(browser)  # there is nothing in it yet
    browser.getControl("Une nouvelle").selected = True
    browser.getControl("Enregistrer la lettre").click()
    browser.getControl("M’envoyer un essai").click()
    assert f"Un essai part à {EMAILS.webmaster}" in text(browser)
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
