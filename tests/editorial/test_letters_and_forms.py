"""Newsletters and forms as people meet them: sent once, stopped at one click, answers kept, read, forgotten."""

from datetime import timedelta
from megalis.portal.editorial.newsletter import issues
from megalis.portal.editorial.newsletter import store
from megalis.portal.editorial.surveys import answers
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import WorkerTick
from plone import api
from tests.editorial.conftest import acting
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import publish
from tests.editorial.conftest import words

import pytest
import transaction


def test_a_letter_reaches_who_confirmed_once_and_stops_at_one_click(site, staff, browse):
    item = publish(site, staff, title="Une nouvelle")
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/infolettre")
    visitor.getControl(name="courriel").value = "anne@exemple.fr"
    visitor.getControl("M’abonner").click()
    assert "Il reste à confirmer" in words(visitor)
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
    assert "Une nouvelle" in words(visitor)
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
    assert visitor.headers["Status"].startswith("422") and "Cochez la case" in words(visitor)
    visitor.getControl("J’accepte").selected = True
    visitor.getControl("Envoyer").click()
    assert visitor.headers["Status"].startswith("422") and "adresse" in words(visitor)
    visitor.getControl(name="form.widgets.courriel").value = "anne@exemple.fr"
    visitor.getControl("Envoyer").click()
    assert "Merci, c’est envoyé" in words(visitor)
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
    assert "c’est envoyé" in words(robot)
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
    assert "Avis 2 long long" in words(browser) and "gardé" in words(browser)
    browser.getControl("Effacer cette réponse").click()
    assert "La réponse est effacée." in words(browser)
    browser.open(f"{form.absolute_url()}/@@redaction-reponses?reponse={key}")
    assert browser.headers["Status"].startswith("404")
    browser.open(f"{form.absolute_url()}/@@redaction-reponses")
    browser.getControl("Nombre de réponses").value = "3"
    browser.getControl("Effacer toutes").click()
    assert "recopiez le nombre de réponses (2)" in words(browser)
    browser.getControl("Nombre de réponses").value = "2"
    browser.getControl("Effacer toutes").click()
    assert "2 réponses effacées." in words(browser)
    writer = browse(EMAILS.writer)
    writer.open(f"{form.absolute_url()}/@@redaction-reponses")
    assert "Avis" not in words(writer)
