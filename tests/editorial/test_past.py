"""What a form was before: each change keeps a version, two of them are compared, a former one is brought back."""

from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import fields
from megalis.portal.editorial.surveys import past
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import words
from tests.editorial.forms_scene import publish
from tests.editorial.forms_scene import start
from tests.organisations.conftest import browse  # noqa: F401

import transaction


def ask(browser, title):
    browser.getControl("Question", index=-1).value = title
    browser.getControl("Ajouter la question").click()


def test_a_form_keeps_versions_that_are_compared_and_brought_back(site, browse):  # noqa: F811
    writer = browse(EMAILS.writer)
    start(writer, site)
    url = writer.url.partition("/@@")[0]
    ask(writer, "Quel jour vous convient ?")
    writer.open(f"{url}/@@redaction-modifier")
    writer.getControl("Remerciement").value = "Vos horaires seront lus en conseil."
    writer.getControl("Enregistrer").click()

    writer.getLink("Comparer les versions").click()
    assert writer.getControl(name="avant").displayOptions == ["3", "2", "1"]
    assert "Vos horaires seront lus en conseil." in words(writer) and "Quel jour" not in words(writer)
    writer.open(f"{url}/@@redaction-comparer?avant=0&apres=1")
    assert "Questions" in words(writer) and "Quel jour vous convient" in words(writer)

    writer.open(f"{url}/@@redaction-fiche")
    page = words(writer)
    assert "Question ajoutée : « Quel jour vous convient ? »" in page and "Version 3 enregistrée" in page
    writer.getControl("Rétablir", index=-1).click()
    assert "Version 1 rétablie." in words(writer)
    transaction.begin()
    form = site["formulaires"]["enquete-sur-les-horaires"]
    assert not form.thanks and "Quel jour vous convient ?" not in [
        item.title for item in fields.read(form.fields_model)
    ]
    assert [entry["number"] for entry in form.past] == [0, 1, 2, 3]


def test_a_form_made_before_versions_were_kept_starts_with_what_it_said(site, browse):  # noqa: F811
    master = browse(EMAILS.webmaster)
    form = site["formulaires"]["contact"]
    assert past.numbers(form) == []
    master.open(f"{form.absolute_url()}/@@redaction-questions")
    ask(master, "À quelle heure vous rappeler ?")
    transaction.begin()
    assert past.numbers(form) == [1, 0]
    assert "rappeler" not in past.at(form, 0)["questions"] and "rappeler" in past.at(form, 1)["questions"]


def test_versions_hold_no_answer_and_are_not_without_end(site, browse):  # noqa: F811
    form = site["formulaires"]["contact"]
    for count in range(past.MOST + 5):
        form.thanks = f"Merci {count}"
        past.keep(form, "somebody")
        past.keep(form, "somebody")  # nothing changed: nothing is kept
    assert len(form.past) == past.MOST and past.numbers(form)[0] == past.MOST + 4
    assert set(form.past[0]["values"]) == set(past.NAMES) and answers.everything(form) == []


def test_a_former_version_of_a_published_form_is_its_reviewers_to_bring_back(site, browse):  # noqa: F811
    writer = browse(EMAILS.writer)
    start(writer, site)
    url = writer.url.partition("/@@")[0]
    ask(writer, "Quel jour vous convient ?")
    publish(site, browse, url)
    writer.open(f"{url}/@@redaction-fiche")
    assert "Rétablir" not in words(writer) and "Comparer les versions" in words(writer)


def test_who_changed_the_questions_of_a_form_does_not_publish_it(site, browse):  # noqa: F811
    writer, reviewer = browse(EMAILS.writer), browse(EMAILS.reviewer)
    start(writer, site)
    url = writer.url.partition("/@@")[0]
    ask(writer, "Quel jour vous convient ?")
    writer.open(f"{url}/@@redaction-fiche")
    writer.getControl("Proposer à la relecture").click()
    reviewer.open(f"{url}/@@redaction-questions")
    ask(reviewer, "À quelle heure ?")
    reviewer.open(f"{url}/@@redaction-fiche")
    assert "la règle des quatre yeux" in words(reviewer)
