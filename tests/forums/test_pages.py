"""The pages of forums, in a browser: ask, answer, quote, join, moderate; and what is typed badly."""

from io import BytesIO
from megalis.portal.forums import access
from megalis.portal.forums import create
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.kernel import attached
from megalis.portal.workspaces import create as spaces
from megalis.portal.workspaces import rules as space_rules
from plone import api
from tests.actes.test_pages import post
from tests.forums.conftest import ask
from tests.forums.conftest import furnish_forum
from tests.forums.conftest import say
from tests.forums.conftest import WRITES
from tests.organisations.conftest import status

import html
import pytest
import transaction


ANNE, BOB, CHIEF = "acheteurs@a.exemple.fr", "administrateurs@b.exemple.fr", "valideurs@a.exemple.fr"


@pytest.fixture
def world(functional_portal):
    found = furnish_forum(functional_portal)
    transaction.commit()
    return found


def words(browser):
    return html.unescape(browser.contents).replace("\xa0", " ")


def test_a_question_is_asked_answered_with_a_quotation_and_marked_solved(world, browse):
    anne = browse(ANNE)
    anne.open(f"{world.site.absolute_url()}/espace-agent")
    anne.getLink("Commande publique").click()
    anne.getLink("Nouveau sujet").click()
    values = {"titre": "Seuil des MAPA", "texte": "Quel seuil ?\n\n- travaux\n- services", "faire": "publier"}
    post(anne, anne.url, values, [("fichiers", "Note.pdf", b"%PDF-1.4")])
    assert "<ul><li>travaux</li><li>services</li></ul>" in anne.contents
    assert "Votre sujet est ouvert." in words(anne)
    bob = browse(BOB)
    bob.open(world.forum.absolute_url())
    bob.getLink("Seuil des MAPA").click()
    bob.getLink("Citer").click()
    field = bob.getControl("Votre réponse")
    assert field.value.startswith("> Agent acheteurs :\n> Quel seuil ?")
    field.value += "Voyez l’article R. 2122-8."
    bob.getControl("Publier la réponse").click()
    assert "<blockquote>" in bob.contents
    bob.getLink("Note.pdf").click()
    assert bob.contents == b"%PDF-1.4"
    assert "sandbox" in bob.headers["content-security-policy"]
    anne.open(world.forum.absolute_url())
    assert "Nouveau" in words(anne)
    anne.getLink("Seuil des MAPA").click()
    anne.getControl("Retenir cette réponse").click()
    assert "Réponse retenue" in words(anne)
    anne.open(world.forum.absolute_url())
    assert "Résolu" in words(anne)


def test_what_is_typed_badly_is_said_and_stays_typed(world, browse):
    anne = browse(ANNE)
    anne.open(f"{world.forum.absolute_url()}/@@nouveau-sujet")
    anne.getControl("Titre").value = "a" * 5_000
    anne.getControl("Votre message").value = "Bonjour"
    anne.getControl("Ouvrir le sujet").click()
    assert status(anne) == 422
    assert "5000 signes, 150 au plus" in words(anne)
    assert anne.getControl("Votre message").value == "Bonjour"
    anne.getControl("Titre").value = "Liens"
    anne.getControl("Votre message").value = " ".join(f"https://x{n}.example/" for n in range(200))
    anne.getControl("Ouvrir le sujet").click()
    assert "200 liens, 20 au plus" in words(anne)
    values = {"titre": "Dessin", "texte": "Un dessin", "faire": "publier"}
    page = f"{world.forum.absolute_url()}/@@nouveau-sujet"
    post(anne, page, values, [("fichiers", "a.svg", b"<svg onload='x'/>")])
    assert "contient un script" in words(anne)
    post(anne, page, values, [("fichiers", "vide.pdf", b"")])
    assert "« vide.pdf » est vide" in words(anne)
    transaction.begin()
    assert service.subjects(world.forum) == []


def test_script_in_a_rich_text_never_reaches_a_page(world, browse):
    anne = browse(ANNE)
    anne.open(f"{world.forum.absolute_url()}/@@nouveau-sujet")
    anne.getControl("Titre").value = "<script>alert(1)</script>"
    anne.getControl("Votre message").value = '<p>Bon<b onclick="alert(2)">jour</b><script>alert(3)</script></p>'
    anne.getControl(name="forme").value = "html"
    anne.getControl("Ouvrir le sujet").click()
    assert "<p>Bon<strong>jour</strong></p>" in anne.contents
    assert "<script>alert" not in anne.contents
    assert "onclick" not in anne.contents


def test_a_moderator_reads_first_and_says_why_he_takes_off(world, browse):
    world.forum.moderation = rules.BEFORE
    transaction.commit()
    anne = browse(ANNE)
    anne.open(f"{world.forum.absolute_url()}/@@nouveau-sujet")
    anne.getControl("Titre").value = "Question"
    anne.getControl("Votre message").value = "Texte à relire"
    anne.getControl("Ouvrir le sujet").click()
    assert "Un modérateur le lira avant" in words(anne)
    chief = browse(CHIEF)
    chief.open(f"{world.site.absolute_url()}/espace-agent")
    chief.getLink("Relire").click()
    chief.getControl("Publier").click()
    assert "Le message paraît." in words(chief)
    chief.open(world.forum.absolute_url())
    chief.getLink("Question").click()
    chief.getLink("Modérer").click()
    chief.getControl("Motif, lu par tous").value = "Doublon"
    chief.getControl("Retirer le message").click()
    anne.open(world.forum.absolute_url())
    anne.getLink("Question").click()
    assert "Texte à relire" not in words(anne)
    assert "Motif : Doublon" in words(anne)


def test_an_author_corrects_then_deletes_and_the_moderator_still_reads(world, browse):
    sujet = ask(world)
    piece = attached.Attached("Note.pdf", BytesIO(b"%PDF-1.4"))
    service.reply(world.forum, sujet, world.bob, WRITES, "<p>Voyez le seuil de 40 000 euros</p>", [piece])
    transaction.commit()
    page = f"{world.forum.absolute_url()}/@@sujet?id={sujet.id}"
    bob, anne, chief = browse(BOB), browse(ANNE), browse(CHIEF)
    bob.open(page)
    assert len([link for link in bob.contents.split("<a ") if "modifier=" in link]) == 1
    bob.getLink("Modifier").click()
    field = bob.getControl("Votre message")
    assert field.value == "Voyez le seuil de 40 000 euros"
    field.value = "a" * 25_000
    bob.getControl("Enregistrer").click()
    assert "25000 signes, 20000 au plus" in words(bob)
    bob.getControl("Votre message").value = "Voyez le seuil de 60 000 euros"
    bob.getControl("Note.pdf").selected = False
    bob.getControl("Enregistrer").click()
    assert "Votre message est modifié." in words(bob)
    anne.open(page)
    assert "60 000 euros" in words(anne)
    assert "modifié le" in words(anne)
    assert "40 000" not in words(anne)
    assert "Note.pdf" not in words(anne)
    chief.open(page)
    assert "1 version antérieure" in words(chief)
    assert "40 000 euros" in words(chief)
    old = chief.getLink("Note.pdf").url
    anne.open(old)
    assert status(anne) == 404
    bob.open(page)
    bob.getLink("Supprimer").click()
    bob.getControl("Supprimer mon message").click()
    assert "Votre message est supprimé." in words(bob)
    anne.open(page)
    assert "Supprimé par son auteur" in words(anne)
    assert "60 000 euros" not in words(anne)
    chief.open(page)
    assert "60 000 euros" in words(chief)


def test_nobody_changes_the_message_of_another_by_asking_for_it(world, browse):
    sujet = ask(world)
    transaction.commit()
    bob = browse(BOB)
    key = f"{sujet.messages.keys()[0]:016x}"
    page = f"{world.forum.absolute_url()}/@@sujet"
    post(bob, f"{page}?id={sujet.id}", {"modifier": key, "texte": "Pris", "faire": "modifier"}, [])
    assert "Seul l’auteur" in words(bob)
    post(bob, f"{page}?id={sujet.id}", {"message": key, "faire": "supprimer"}, [])
    assert "Seul l’auteur" in words(bob)
    post(
        bob,
        f"{page}?id={sujet.id}",
        {"modifier": "0000000000000001", "texte": "x", "faire": "modifier"},
        [],
    )
    assert status(bob) == 422


def test_a_subject_is_put_under_another_one(world, browse):
    sujet = ask(world)
    other = ask(world, "Autre")
    say(world, sujet)
    transaction.commit()
    chief = browse(CHIEF)
    chief.open(f"{world.forum.absolute_url()}/@@sujet?id={sujet.id}")
    form = chief.getControl("Ranger les messages")
    chief.getControl(name="sous").getControl("Autre").selected = True
    form.click()
    assert chief.url.split("id=")[1].startswith(other.id)
    transaction.begin()
    assert len(other.messages) == 3


def test_a_forum_is_searched_and_reported_and_read_by_its_audience_only(world, browse):
    sujet = ask(world, text="Texte canari")
    say(world, sujet, "Autre")
    transaction.commit()
    bob = browse(BOB)
    bob.open(f"{world.forum.absolute_url()}/@@recherche-forum?q=canari")
    assert "1 message" in words(bob)
    bob.getLink("Seuil des MAPA").click()
    bob.getLink("Signaler").click()
    bob.getControl("Pourquoi").value = "Hors sujet"
    bob.getControl("Prévenir les modérateurs").click()
    assert "les modérateurs sont prévenus" in words(bob)
    bob.open(world.forum.absolute_url())
    bob.getLink("Mon flux Atom").click()
    assert bob.headers["content-type"].startswith("application/atom+xml")
    boss = browse("gerant@toitures.exemple.fr")
    boss.open(world.forum.absolute_url())
    assert status(boss) == 403


def test_an_operator_opens_a_forum_and_names_who_moderates(world, browse):
    operator = browse("exploitant@megalis.exemple.fr")
    operator.open(f"{world.site.absolute_url()}/forums")
    operator.getLink("Nouveau forum").click()
    operator.getControl("Nom du forum").value = "Entreprises"
    operator.getControl("Les entreprises").click()
    operator.getControl("Modérateurs").value = "personne@exemple.fr"
    operator.getControl("Enregistrer").click()
    assert "n’est l’adresse d’aucun compte" in words(operator)
    operator.getControl("Modérateurs").value = CHIEF
    operator.getControl("Enregistrer").click()
    assert "Le forum est ouvert." in words(operator)
    boss = browse("gerant@toitures.exemple.fr")
    boss.open(f"{world.site.absolute_url()}/espace-entreprise")
    boss.getLink("Tous les forums").click()
    boss.getLink("Entreprises", index=-1).click()
    assert "Nouveau sujet" in words(boss)


def test_a_person_sets_how_he_is_told(world, browse):
    anne = browse(ANNE)
    anne.open(world.forum.absolute_url())
    anne.getControl("Être prévenu").displayValue = ["À chaque nouveauté"]
    anne.getControl("Suivre").click()
    anne.getLink("Mes nouvelles par courriel").click()
    assert "à chaque nouveauté" in words(anne)
    anne.getControl("Jamais").click()
    anne.getControl("Enregistrer").click()
    assert "Votre choix est enregistré." in words(anne)


def test_fifty_messages_of_one_author_stay_within_the_weight_of_a_signed_in_page(world, browse):
    words_ = (
        "Un lot unique a été motivé dans le rapport de présentation : même technique partout, chantier continu. " * 3
    )
    sujet = ask(world, text=words_)
    for _rank in range(rules.PAGE - 1):
        say(world, sujet, words_, world.anne)
    transaction.commit()
    page = f"{world.forum.absolute_url()}/@@sujet?id={sujet.id}&page=1"
    for login, offers in ((ANNE, ("Modifier", "Supprimer", "Citer", "Retenir cette réponse")), (CHIEF, ("Modérer",))):
        reader = browse(login)
        reader.open(page)
        for label in offers:
            assert words(reader).count(label) >= rules.PAGE - 1, label
        assert len(reader.contents.encode()) < 90_000
    anne = browse(ANNE)
    anne.open(page)
    anne.getControl("Retenir cette réponse", index=30).click()
    assert "Aller à la réponse retenue" in words(anne)
    transaction.begin()
    assert sujet.solution == sujet.messages.keys()[31]


def test_a_moderator_pins_closes_renames_cuts_and_moves_a_subject(world, browse):
    with api.env.adopt_roles(["Manager"]):
        other = create.forum(world.site["forums"], "Autres sujets", "Entre agents", audience="agents")
        access.set_moderators(other, [world.valideurs])
    sujet = ask(world)
    say(world, sujet, "Au fait, pour les services ?")
    transaction.commit()
    chief, anne, late = browse(CHIEF), browse(ANNE), browse(BOB)
    late.open(f"{world.forum.absolute_url()}/@@sujet?id={sujet.id}")
    chief.open(late.url)
    chief.getControl("Épingler").click()
    assert "Le sujet est épinglé." in words(chief)
    chief.getControl("Fermer").click()
    assert "fermé aux réponses" in words(chief)
    late.getControl("Votre réponse").value = "J’écrivais pendant ce temps."
    late.getControl("Publier la réponse").click()
    assert status(late) == 422 and "Ce que vous aviez écrit" in words(late)
    assert "<p>J’écrivais pendant ce temps.</p>" in words(late)
    anne.open(chief.url)
    assert "Ce sujet est fermé aux réponses." in words(anne)
    with pytest.raises(LookupError):
        anne.getControl("Publier la réponse")
    with pytest.raises(LookupError):
        anne.getControl("Épingler")
    chief.getControl("Rouvrir").click()
    chief.getControl("Titre", index=-1).value = "Seuils"
    chief.getControl("Changer", index=-1).click()
    assert "Le titre est changé." in words(chief)
    chief.getLink("Modérer", index=1).click()
    chief.getControl("Titre du nouveau sujet").value = "Et pour les services"
    chief.getControl("Nouveau sujet à partir d’ici").click()
    assert "Un nouveau sujet est ouvert" in words(chief)
    chief.getControl(name="forum").displayValue = ["Autres sujets"]
    chief.getControl("Déplacer").click()
    assert "Le sujet est déplacé." in words(chief)
    assert chief.url.startswith(other.absolute_url())
    transaction.begin()
    assert sujet.title == "Seuils"
    assert sujet.pinned and not sujet.locked
    assert [len(item.messages) for item in service.subjects(world.forum)] == [1]
    assert [item.title for item in service.subjects(other)] == ["Et pour les services"]


def test_a_report_is_put_aside_and_everything_is_marked_read_at_once(world, browse):
    sujet = ask(world)
    transaction.commit()
    bob, chief = browse(BOB), browse(CHIEF)
    bob.open(world.forum.absolute_url())
    transaction.begin()
    say(world, sujet, "Une réponse", world.anne)
    transaction.commit()
    bob.open(world.forum.absolute_url())
    assert "</svg>Nouveau</span>" in bob.contents
    bob.getControl("Tout marquer comme lu").click()
    assert "</svg>Nouveau</span>" not in bob.contents
    bob.getLink("Seuil des MAPA").click()
    bob.getLink("Signaler").click()
    bob.getControl("Pourquoi").value = "Hors sujet"
    bob.getControl("Prévenir les modérateurs").click()
    chief.open(f"{world.forum.absolute_url()}/@@moderation")
    chief.getControl("Classer sans suite").click()
    assert "Classer sans suite" not in words(chief)


def test_a_forum_of_a_workspace_bears_its_name_wherever_it_stands_among_others(world, browse):
    with api.env.adopt_roles(["Manager"]):
        space = spaces.espace(world.chief, "Achat de sel", "Ensemble", space_rules.RESTRICTED)
    sujet = ask(world)
    service.follow(space["discussions"].followers, world.valideurs, "")
    transaction.commit()
    chief = browse(CHIEF)
    chief.open(f"{world.forum.absolute_url()}/@@sujet?id={sujet.id}")
    assert chief.getControl(name="forum").displayOptions == ["Discussions, espace « Achat de sel »"]
    chief.open(f"{world.site.absolute_url()}/espace-agent")
    assert "Discussions, espace « Achat de sel »</a>" in words(chief)
    chief.open(f"{world.site.absolute_url()}/@@mes-nouvelles")
    assert "Discussions, espace « Achat de sel »" in words(chief)
