"""The questions of a form: the rules of the model, then the page on which staff compose it."""

from collective.easyform.api import get_schema
from megalis.portal.editorial.surveys import answers
from megalis.portal.editorial.surveys import fields
from megalis.portal.editorial.surveys import seeds
from megalis.portal.formats.refusal import Refused
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import words
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import status
from zope.schema import getFieldsInOrder
from zope.schema.interfaces import IDate
from zope.schema.interfaces import ISet

import pytest
import transaction


MODEL = seeds.model(seeds.line("nom", "Votre nom"), seeds.choice("sujet", "Sujet", ("Un", "Deux")))
EXOTIC = (
    '<model xmlns="http://namespaces.plone.org/supermodel/schema"><schema>'
    '<field name="note" type="zope.schema.Float"><title>Note</title><min>1.0</min></field>'
    '<fieldset name="f"><field name="nom" type="zope.schema.TextLine"><title>Nom</title></field></fieldset>'
    "</schema></model>"
)


def names(model):
    return [item.name for item in fields.read(model)]


def code_of(function, *values, **more):
    with pytest.raises(Refused) as refused:
        function(*values, **more)
    return refused.value.code


def test_a_question_of_each_kind_is_added_and_read_again():
    model = MODEL
    for rank, kind in enumerate(fields.KINDS):
        model, name = fields.add(model, kind, f"Question n° {rank}", "Aide", rank % 2, "Rouge\nVert\n\n")
        item = fields.read(model)[-1]
        assert (item.name, item.kind, item.help, item.required) == (name, kind, "Aide", bool(rank % 2))
        assert item.values == (("Rouge", "Vert") if kind in fields.LISTED else ())
    assert len(set(names(model))) == 2 + len(fields.KINDS)


def test_an_address_is_named_so_that_answers_check_it_and_no_other_question_is():
    model, name = fields.add(MODEL, fields.EMAIL, "Où vous écrire")
    assert name == "courriel"
    model, again = fields.add(model, fields.EMAIL, "Autre adresse")
    _model, line = fields.add(model, fields.LINE, "Courriel ou téléphone")
    assert again.startswith("courriel") and not line.startswith("courriel")
    with pytest.raises(Refused):
        answers.check({again: "pas une adresse"}, 0)
    assert answers.check({line: "02 96 00 00 00"}, 0)


def test_questions_are_moved_reworded_and_removed():
    model = fields.move(MODEL, "sujet", -1)
    assert names(model) == ["sujet", "nom"]
    assert names(fields.move(model, "sujet", -1)) == ["sujet", "nom"]
    model = fields.change(model, "sujet", "Objet", "Un seul", False, "A\nB\nC")
    assert fields.read(model)[0] == fields.Question("sujet", fields.CHOICE, "Objet", "Un seul", False, ("A", "B", "C"))
    assert names(fields.remove(model, "sujet")) == ["nom"]


def test_what_other_screens_made_keeps_what_is_not_told_here():
    assert [item.kind for item in fields.read(EXOTIC)] == [fields.OTHER, fields.LINE]
    model = fields.move(fields.change(EXOTIC, "note", "Votre note", "", True), "nom", -1)
    assert names(model) == ["nom", "note"]
    assert "<min>1.0</min>" in model


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("inconnu", "Titre"), "champ.genre"),
        ((fields.LINE, " "), "champ.titre.vide"),
        ((fields.LINE, "x" * 5_000), "champ.titre.longueur"),
        ((fields.LINE, "votre NOM"), "champ.double"),
        ((fields.LINE, "Titre", "x" * 301), "champ.aide.longueur"),
        ((fields.CHOICE, "Titre", "", False, "Seul"), "champ.choix"),
        ((fields.CHOICE, "Titre", "", False, "Un\nun"), "champ.choix"),
        ((fields.BOXES, "Titre", "", False, "x" * 121 + "\ny"), "champ.choix"),
        ((fields.BOXES, "Titre", "", False, "\n".join(map(str, range(51)))), "champ.choix"),
    ],
)
def test_a_question_written_badly_is_refused_with_its_code(values, code):
    assert code_of(fields.add, MODEL, *values) == code


def test_what_the_form_cannot_do_without_stays():
    assert code_of(fields.remove, MODEL, "nom", ("nom",)) == "champ.necessaire"
    assert fields.read(fields.change(MODEL, "nom", "Nom", required=False, needed=("nom",)))[0].required
    assert code_of(fields.remove, fields.remove(MODEL, "nom"), "sujet") == "champ.dernier"
    assert code_of(fields.move, MODEL, "absent", 1) == "champ.inconnu"
    many = seeds.model(*(seeds.line(f"n{rank}", f"N {rank}") for rank in range(fields.MOST)))
    assert code_of(fields.add, many, fields.LINE, "Une de trop") == "champ.nombre"


def test_markup_in_a_question_stays_text():
    model, _name = fields.add(MODEL, fields.CHOICE, "<b>Gras</b> & co", "", False, "<script>\n]]>")
    assert fields.read(model)[-1].title == "<b>Gras</b> & co"
    assert fields.read(model)[-1].values == ("<script>", "]]>")


# the page


def test_who_may_change_what_is_published_composes_a_form_that_visitors_then_fill(site, browse):  # noqa: F811
    writer, visitor = browse(EMAILS.reviewer), browse()
    writer.open(f"{site.absolute_url()}/redaction")
    writer.getLink("Formulaires et réponses").click()
    assert "@@redaction-reponses" not in writer.contents
    writer.getLink("3 questions").click()
    writer.getControl("Question", index=-1).value = "Depuis combien de temps ?"
    writer.getControl("Réponse attendue").displayValue = ["Plusieurs choix dans une liste"]
    writer.getControl("Choix, un par ligne", index=-1).value = "Un an"
    writer.getControl("Ajouter la question").click()
    assert status(writer) == 422
    assert "1 choix : donnez-en de 2 à 50" in words(writer)
    assert writer.getControl("Question", index=-1).value == "Depuis combien de temps ?"
    writer.getControl("Choix, un par ligne", index=-1).value = "Un an\nDix ans"
    writer.getControl("Ajouter la question").click()
    assert "Question ajoutée : « Depuis combien de temps ? »." in words(writer)
    writer.getControl("Monter Depuis combien de temps ?").click()
    assert "est maintenant en position 3 sur 4" in words(writer)
    transaction.begin()
    form = site["formulaires"]["satisfaction"]
    found = getFieldsInOrder(get_schema(form))
    assert [name for name, _field in found] == ["role", "note", "depuis_combien_de_temps", "message"]
    assert ISet.providedBy(found[2][1])
    visitor.open(form.absolute_url())
    visitor.getControl(name="form.widgets.role").value = ["Autre"]
    visitor.getControl(name="form.widgets.note").value = ["Non"]
    visitor.getControl("Un an").selected = True
    visitor.getControl("Dix ans").selected = True
    visitor.getControl("Envoyer").click()
    assert "Merci, c’est envoyé" in words(visitor)
    writer.getControl("Retirer Depuis combien de temps ?").click()
    assert "Question retirée" in words(writer)
    transaction.begin()
    ((_at, kept),) = answers.everything(form)
    assert answers.shown(kept["depuis_combien_de_temps"]) == "Dix ans, Un an"


def test_dates_numbers_and_boxes_of_a_form_are_checked_as_they_are_filled(site, browse):  # noqa: F811
    form = site["formulaires"]["satisfaction"]
    model = form.fields_model
    for kind, title in (
        (fields.DATE, "Le jour"),
        (fields.NUMBER, "Combien"),
        (fields.YES, "J’ai lu"),
        (fields.EMAIL, "Adresse"),
    ):
        model, _name = fields.add(model, kind, title, "", kind in (fields.YES, fields.DATE))
    form.fields_model = model
    transaction.commit()
    assert any(IDate.providedBy(field) for _name, field in getFieldsInOrder(get_schema(form)))
    visitor = browse()
    visitor.open(form.absolute_url())
    visitor.getControl(name="form.widgets.role").value = ["Autre"]
    visitor.getControl(name="form.widgets.note").value = ["Non"]
    visitor.getControl("Le jour").value = "demain"
    visitor.getControl("Envoyer").click()
    assert status(visitor) == 422
    visitor.getControl("Le jour").value = "2026-03-16"
    visitor.getControl("Combien").value = "trois"
    visitor.getControl("Envoyer").click()
    assert status(visitor) == 422
    visitor.getControl("Combien").value = "3"
    visitor.getControl("Envoyer").click()
    assert "Cochez la case" in words(visitor)
    visitor.getControl("J’ai lu").selected = True
    visitor.getControl("J’accepte").selected = True  # asked since the form asks for an address
    visitor.getControl("Adresse").value = "nulle part"
    visitor.getControl("Envoyer").click()
    assert "n’est pas une adresse électronique" in words(visitor)
    visitor.getControl("Adresse").value = "anne@exemple.fr"
    visitor.getControl("Envoyer").click()
    transaction.begin()
    ((_at, kept),) = answers.everything(form)
    assert answers.shown(kept["le_jour"]) == "16/03/2026"
    assert (kept["combien"], kept["courriel"]) == (3, "anne@exemple.fr")
    assert "accord_" not in kept


@pytest.mark.parametrize("title", ["Accord", "Accord_", "Site", "Send", "Form", "Context", "Self", "Title", "Class"])
def test_a_question_is_never_taken_for_something_of_the_page(site, browse, title):  # noqa: F811
    for name in ("contact", "formation"):
        form = site["formulaires"][name]
        form.fields_model, _name = fields.add(form.fields_model, fields.LINE, title)
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/formulaires/contact")
    assert status(visitor) == 200
    assert visitor.getControl(title)
    for label, value in (
        ("Votre nom", "Anne"),
        ("Adresse électronique", "anne@exemple.fr"),
        ("Votre message", "Bonjour"),
    ):
        visitor.getControl(label).value = value
    visitor.getControl("Sujet").displayValue = ["Autre"]
    visitor.getControl("J’accepte").selected = True
    visitor.getControl("Envoyer").click()
    assert "Merci, c’est envoyé" in words(visitor)


def test_the_questions_of_an_enrolment_keep_what_it_needs_and_answers_stay_the_webmaster_s(site, browse):  # noqa: F811
    writer = browse(EMAILS.reviewer)
    form = site["formulaires"]["formation"]
    writer.open(f"{form.absolute_url()}/@@redaction-questions")
    assert writer.getControl("Retirer Fonction")
    with pytest.raises(LookupError):
        writer.getControl("Retirer Votre nom")
    writer.open(f"{site.absolute_url()}/formulaires/contact/@@redaction-reponses")
    assert "Réponses :" not in words(writer)
    visitor = browse()
    visitor.open(form.absolute_url())
    assert visitor.url.endswith("/formations")
    visitor.open(f"{form.absolute_url()}/@@redaction-questions")
    assert "Ajouter une question" not in words(visitor)
