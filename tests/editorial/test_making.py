"""Forms that staff make: the rules of their dates, then their whole life on our pages."""

from datetime import datetime
from datetime import timedelta
from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import fields
from megalis.portal.editorial.surveys import making
from megalis.portal.editorial.surveys import seeds
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone import api
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import words
from tests.editorial.forms_scene import publish
from tests.editorial.forms_scene import start
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import status

import pytest
import transaction


NOW = datetime(2026, 3, 16, 11, 0, tzinfo=clock.UTC)
HOUR = timedelta(hours=1)


def test_a_form_is_open_from_its_opening_to_its_closing_excluded():
    opens, closes = NOW, NOW + HOUR
    assert making.moment(opens, closes, NOW - timedelta(seconds=1)) == making.BEFORE
    assert making.moment(opens, closes, NOW) == making.OPEN
    assert making.moment(opens, closes, closes - timedelta(seconds=1)) == making.OPEN
    assert making.moment(opens, closes, closes) == making.CLOSED
    assert making.moment(None, None, NOW) == making.OPEN


def test_when_a_form_takes_answers_is_said_in_words():
    assert making.said(None, None, NOW) == ""
    assert making.said(NOW + HOUR, None, NOW) == "Ouvre le lundi 16 mars 2026, 13:00"
    assert making.said(None, NOW + HOUR, NOW) == "Ouvert jusqu’au lundi 16 mars 2026, 13:00"
    assert making.said(None, NOW - HOUR, NOW) == "Fermé depuis le lundi 16 mars 2026, 11:00"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"opens": NOW + HOUR, "closes": NOW + HOUR}, "formulaire.dates", "closes"),
        ({"closes": NOW - HOUR}, "formulaire.fermeture", "closes"),
        ({"kept_days": 0}, "formulaire.duree", "kept_days"),
        ({"kept_days": 1096}, "formulaire.duree", "kept_days"),
        ({"addressee": "nulle part"}, "courriel", "addressee"),
    ],
)
def test_settings_written_badly_are_refused_beside_their_field(values, code, field):
    with pytest.raises(Refused) as refused:
        making.check(values, NOW)
    assert refused.value.code.startswith(code)
    assert refused.value.value == field


def test_a_form_that_is_closed_already_is_still_reworded():
    assert making.check({"title": "Autre", "closes": NOW - HOUR}, NOW, NOW - HOUR)["title"] == "Autre"


def test_each_kind_a_form_starts_from_can_be_read_and_written_again():
    for _label, model in seeds.STARTS.values():
        again, name = fields.add(model, fields.LINE, "Une de plus")
        assert fields.read(again)[-1].name == name
        assert all(item.kind != fields.OTHER for item in fields.read(again))


# the pages


def test_a_writer_makes_a_form_a_reviewer_publishes_it_and_a_visitor_finds_and_fills_it(site, browse):  # noqa: F811
    writer, visitor = browse(EMAILS.writer), browse()
    start(
        writer, site, Remerciement="Vos horaires seront lus en conseil.", **{"Prévenir": "accueil@lannion.exemple.fr"}
    )
    assert "Brouillon enregistré" in words(writer)
    url = writer.url.partition("/@@")[0]
    writer.getControl("Question", index=-1).value = "Quel jour vous convient ?"
    writer.getControl("Réponse attendue").displayValue = ["Un choix dans une liste"]
    writer.getControl("Choix, un par ligne", index=-1).value = "Mardi\nJeudi"
    writer.getControl("Ajouter la question").click()
    visitor.open(f"{site.absolute_url()}/formulaires")
    assert "Enquête sur les horaires" not in words(visitor)
    visitor.open(url)
    assert "Quel jour" not in words(visitor)

    writer.open(url)
    assert "Aperçu" in words(writer)
    writer.getControl(name="form.widgets.note").value = ["Non"]
    writer.getControl(name="form.widgets.quel_jour_vous_convient").value = ["Mardi"]
    writer.getControl("Envoyer").click()
    transaction.begin()
    form = site["formulaires"]["enquete-sur-les-horaires"]
    assert answers.everything(form) == []

    publish(site, browse, url)
    visitor.open(f"{site.absolute_url()}/contact")
    visitor.getLink("Tous les formulaires").click()
    visitor.getLink("Enquête sur les horaires").click()
    visitor.getControl(name="form.widgets.note").displayValue = ["Plutôt oui"]
    visitor.getControl(name="form.widgets.quel_jour_vous_convient").value = ["Jeudi"]
    visitor.getControl("Envoyer").click()
    assert "Vos horaires seront lus en conseil." in words(visitor)
    transaction.begin()
    ((_at, kept),) = answers.everything(form)
    assert kept["quel_jour_vous_convient"] == "Jeudi"
    letters = [
        message.payload for message in outbox.messages(site) if message.payload["to"] == "accueil@lannion.exemple.fr"
    ]
    assert [letter["subject"] for letter in letters] == ["Formulaire : Enquête sur les horaires"]


def test_who_wrote_a_form_does_not_publish_it_nor_change_it_once_published(site, browse):  # noqa: F811
    reviewer = browse(EMAILS.reviewer)
    start(reviewer, site)
    url = reviewer.url.partition("/@@")[0]
    reviewer.open(f"{url}/@@redaction-fiche")
    reviewer.getControl("Proposer à la relecture").click()
    assert "quatre yeux" in words(reviewer)
    webmaster = browse(EMAILS.webmaster)
    webmaster.open(f"{url}/@@redaction-fiche")
    webmaster.getControl("Publier maintenant").click()
    writer = browse(EMAILS.writer)
    writer.open(f"{url}/@@redaction-questions")
    assert "un relecteur change ses questions" in words(writer)
    assert "Ajouter la question" not in words(writer)
    model = site["formulaires"]["enquete-sur-les-horaires"].fields_model
    writer.open(f"{url}/@@redaction-fiche")
    token = writer.getControl(name="_authenticator", index=0).value
    writer.post(
        f"{url}/@@redaction-questions", f"faire=ajouter&question=Forc%C3%A9e&genre=ligne&_authenticator={token}"
    )
    assert status(writer) == 403
    transaction.begin()
    assert site["formulaires"]["enquete-sur-les-horaires"].fields_model == model
    writer.open(f"{url}/@@redaction-modifier")
    assert "Titre" not in words(writer)


def test_a_form_without_a_question_is_not_proposed(site, browse):  # noqa: F811
    writer = browse(EMAILS.writer)
    start(writer, site, start_="Sans question encore")
    assert "Aucune question encore" in words(writer)
    writer.getLink("sa fiche").click()
    assert "ajoutez au moins une question" in words(writer)


def test_a_form_waits_for_its_opening_and_says_when_it_closed(site, browse):  # noqa: F811
    webmaster, visitor = browse(EMAILS.webmaster), browse()
    start(webmaster, site)
    url = webmaster.url.partition("/@@")[0]
    webmaster.open(f"{url}/@@redaction-fiche")
    webmaster.getControl("Proposer à la relecture").click()
    webmaster.getControl("Publier maintenant").click()
    now = clock.now()
    webmaster.getLink("Modifier").click()
    webmaster.getControl("Ouverture").value = f"{clock.paris(now + timedelta(days=1)):%Y-%m-%dT%H:%M}"
    webmaster.getControl("Fermeture").value = f"{clock.paris(now - timedelta(days=1)):%Y-%m-%dT%H:%M}"
    webmaster.getControl(name="form.buttons.save").click()
    assert status(webmaster) == 422
    webmaster.getControl("Fermeture").value = f"{clock.paris(now + timedelta(days=2)):%Y-%m-%dT%H:%M}"
    webmaster.getControl(name="form.buttons.save").click()
    assert "Modifications enregistrées" in words(webmaster)
    visitor.open(url)
    assert "Ce formulaire ouvrira le" in words(visitor)
    with pytest.raises(LookupError):
        visitor.getControl("Envoyer")
    try:
        clock.set_for_tests(now + timedelta(days=1, hours=1))
        visitor.open(url)
        assert "Ouvert jusqu’au" in words(visitor)
        visitor.getControl(name="form.widgets.note").value = ["Non"]
        clock.set_for_tests(now + timedelta(days=3))
        visitor.getControl("Envoyer").click()
        assert "Ce formulaire est fermé depuis le" in words(visitor)
        assert "Merci" not in words(visitor)
        transaction.begin()
        assert answers.everything(site["formulaires"]["enquete-sur-les-horaires"]) == []
        visitor.open(f"{site.absolute_url()}/formulaires")
        assert "Enquête sur les horaires" not in words(visitor)
    finally:
        clock.set_for_tests()


def test_a_copy_takes_questions_and_settings_and_lives_its_own_life(site, browse):  # noqa: F811
    writer = browse(EMAILS.writer)
    writer.open(f"{site.absolute_url()}/formulaires/satisfaction/@@redaction-fiche")
    writer.getLink("Faire une copie").click()
    assert writer.getControl("Présentation").value == "Trois questions, sans nom ni adresse."
    writer.getControl("Titre").value = "Avis sur la salle"
    writer.getControl("Enregistrer le brouillon").click()
    writer.getControl("Retirer Vous êtes").click()
    transaction.begin()
    made, model = site["formulaires"]["avis-sur-la-salle"], site["formulaires"]["satisfaction"].fields_model
    assert [item.name for item in fields.read(made.fields_model)] == ["note", "message"]
    assert [item.name for item in fields.read(model)] == ["role", "note", "message"]
    assert api.content.get_state(made) == "brouillon"


def test_a_form_is_deleted_once_withdrawn_and_its_answers_erased(site, browse):  # noqa: F811
    writer, webmaster = browse(EMAILS.writer), browse(EMAILS.webmaster)
    start(writer, site)
    url = writer.url.partition("/@@")[0]
    publish(site, browse, url)
    transaction.begin()
    answers.keep(site["formulaires"]["enquete-sur-les-horaires"], {"note": "Non"})
    transaction.commit()
    webmaster.open(f"{url}/@@redaction-fiche")
    assert "retirez-le d’abord" in words(webmaster)
    webmaster.getControl("Retirer de la publication").click()
    assert "1 réponse y est encore" in words(webmaster)
    token = webmaster.getControl(name="_authenticator", index=0).value
    webmaster.post(f"{url}/@@redaction-fiche", f"faire=supprimer&_authenticator={token}")
    assert status(webmaster) == 422
    webmaster.getLink("1 réponse").click()
    webmaster.getControl("Nombre de réponses").value = "1"
    webmaster.getControl("Effacer toutes").click()
    webmaster.open(f"{url}/@@redaction-fiche")
    webmaster.getControl("Supprimer « Enquête sur les horaires »").click()
    assert "est supprimé" in words(webmaster)
    transaction.begin()
    assert "enquete-sur-les-horaires" not in site["formulaires"]


def test_what_pages_of_the_portal_lead_to_stays_published(site, browse):  # noqa: F811
    webmaster = browse(EMAILS.webmaster)
    webmaster.open(f"{site.absolute_url()}/formulaires/contact/@@redaction-fiche")
    assert words(webmaster).count("Des pages du portail mènent à ce formulaire") >= 3
    token = webmaster.getControl(name="_authenticator", index=0).value
    for sent in ("faire=supprimer", "faire=avancer&passage=retirer"):
        webmaster.post(f"{site.absolute_url()}/formulaires/contact/@@redaction-fiche", f"{sent}&_authenticator={token}")
        assert status(webmaster) == 422
    transaction.begin()
    assert api.content.get_state(site["formulaires"]["contact"]) == "publie"


def test_a_form_is_published_at_the_hour_given(site, browse):  # noqa: F811
    webmaster, visitor = browse(EMAILS.webmaster), browse()
    start(webmaster, site)
    url = webmaster.url.partition("/@@")[0]
    webmaster.open(f"{url}/@@redaction-fiche")
    webmaster.getControl("Proposer à la relecture").click()
    later = clock.now() + timedelta(days=1)
    webmaster.getControl("Paraîtra le").value = f"{clock.paris(later):%Y-%m-%dT%H:%M}"
    webmaster.getControl("Programmer").click()
    visitor.open(f"{site.absolute_url()}/formulaires")
    assert "Enquête sur les horaires" not in words(visitor)
    try:
        clock.set_for_tests(later + timedelta(hours=1))
        visitor.open(f"{site.absolute_url()}/formulaires")
        visitor.getLink("Enquête sur les horaires").click()
        assert "Envoyer" in words(visitor)
    finally:
        clock.set_for_tests()


def test_the_form_of_another_room_keeps_only_its_words_here(site, browse):  # noqa: F811
    webmaster = browse(EMAILS.webmaster)
    webmaster.open(f"{site.absolute_url()}/formulaires/formation/@@redaction-fiche")
    assert "réponses" not in words(webmaster).partition("Et ensuite")[0]
    webmaster.getLink("Modifier").click()
    with pytest.raises(LookupError):
        webmaster.getControl("Fermeture")
    webmaster.getControl("Présentation").value = "Sans compte, en deux minutes."
    webmaster.getControl(name="form.buttons.save").click()
    transaction.begin()
    assert site["formulaires"]["formation"].description == "Sans compte, en deux minutes."
