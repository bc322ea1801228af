"""The pages of workspaces, in a browser: open, invite, deposit, take a task, write together; and what is refused."""

from datetime import date
from datetime import timedelta
from megalis.portal.formats import richtext
from megalis.portal.forums import rules as forum_rules
from megalis.portal.forums import service as forums
from megalis.portal.kernel import attached
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.organisations import people
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import service
from tests.actes.test_pages import post
from tests.organisations.conftest import link_in
from tests.organisations.conftest import status
from tests.workspaces.conftest import furnish_space
from tests.workspaces.conftest import WORKS

import html
import io
import json
import pytest
import re
import transaction
import zipfile


ANNE, BOB, CHIEF = "acheteurs@a.exemple.fr", "administrateurs@b.exemple.fr", "gerant@toitures.exemple.fr"
OUTSIDE = "lecteurs@a.exemple.fr"
LONG = "a" * 5_000
PHRASE = "trois mouettes vertes plongent"


@pytest.fixture
def world(functional_portal):
    found = furnish_space(functional_portal)
    transaction.commit()
    return found


def words(browser):
    return " ".join(html.unescape(browser.contents).split())


def shut(browser):
    """Tell whether the door stayed shut."""
    return status(browser) in (401, 403, 404) or "/login" in browser.url


def test_an_agent_opens_a_workspace_from_his_dashboard_and_invites_somebody(world, browse):
    anne = browse(ANNE)
    anne.open(f"{world.site.absolute_url()}/espace-agent")
    anne.getLink("Tous les espaces de travail").click()
    anne.getLink("Nouvel espace").click()
    anne.getControl("Nom de l’espace").value = "Piscine intercommunale"
    anne.getControl("Secret").click()
    anne.getControl("Ouvrir l’espace").click()
    anne.getControl("Adresses électroniques").value = "pas une adresse"
    anne.getControl("Inviter").click()
    assert status(anne) == 422
    anne.getControl("Adresses électroniques").value = f"{BOB}, {OUTSIDE}"
    anne.getControl("Inviter").click()
    assert "2 invitations envoyées" in words(anne)
    transaction.begin()
    sent = [message.payload for message in outbox.messages(world.site) if message.kind == "mail"]
    link = link_in(next(m for m in sent if m["to"] == BOB and "jeton" in m["text"]))
    nobody = browse()
    nobody.open(link)
    assert "Connectez-vous avec le compte" in words(nobody)
    outside = browse(OUTSIDE)
    outside.open(link)
    assert f"L’invitation est pour {BOB}" in words(outside)
    bob = browse(BOB)
    bob.open(link)
    bob.getControl("Rejoindre l’espace").click()
    assert "Vous êtes membre" in words(bob)
    bob.open(link)
    assert "Vous êtes déjà membre" in words(bob)
    bob.open(link + "x")
    assert status(bob) == 404
    outside.open(f"{world.site.absolute_url()}/espaces/piscine-intercommunale")
    assert shut(outside)
    outside.open(f"{world.site.absolute_url()}/espaces")
    assert "Piscine" not in words(outside)


def invited(world, email, role="contributeurs"):
    """Return the link of an invitation as its mail bears it."""
    membership.invite(world.espace, email, role, world.anne)
    sent = [m.payload for m in outbox.messages(world.site) if m.kind == "mail" and m.payload["to"] == email]
    transaction.commit()
    return link_in(sent[-1])


def test_an_agent_without_account_makes_one_from_the_invitation_and_is_in(world, browse):
    link = invited(world, "nouvelle@c.exemple.fr")
    nobody = browse()
    nobody.open(link)
    assert "n’a pas encore de compte" in words(nobody)
    nobody.getLink("Je travaille pour une collectivité").click()
    assert "nouvelle@c.exemple.fr" in words(nobody)
    nobody.getControl("Prénom et nom").value = "Nolwenn Le Gall"
    nobody.getControl("Mot de passe").value = "court"
    nobody.getControl("Le même, une seconde fois").value = "court"
    nobody.getControl("Créer mon compte").click()
    transaction.begin()
    assert people.by_email("nouvelle@c.exemple.fr") is None
    nobody.getControl("Mot de passe").value = PHRASE
    nobody.getControl("Le même, une seconde fois").value = PHRASE
    nobody.getControl("Créer mon compte").click()
    assert "vous êtes membre de « Achat de sel »" in words(nobody)
    newcomer = browse("nouvelle@c.exemple.fr", PHRASE)
    newcomer.open(f"{world.site.absolute_url()}/espace-agent")
    newcomer.getLink("Achat de sel").click()
    assert "Achat de sel" in words(newcomer)
    assert "Tous les espaces de travail" not in words(newcomer)
    transaction.begin()
    userid = people.by_email("nouvelle@c.exemple.fr")
    assert membership.role_of(world.espace, userid) == "contributeurs"
    assert people.get(userid).collectivites == ()
    nobody.open(link)
    assert status(nobody) == 410
    assert "a déjà servi" in words(nobody)


def test_a_company_without_account_is_registered_from_the_invitation(world, browse):
    link = invited(world, "chef@neuve.exemple.fr", "lecteurs")
    nobody = browse()
    nobody.open(link)
    nobody.getLink("Je représente une entreprise").click()
    for label, value in (
        ("SIREN ou SIRET", "123"),
        ("Raison sociale", "Neuve SARL"),
        ("Prénom et nom", "Erwan Kerbrat"),
        ("Mot de passe", PHRASE),
        ("Le même, une seconde fois", PHRASE),
    ):
        nobody.getControl(label).value = value
    nobody.getControl("Créer mon compte").click()
    transaction.begin()
    assert people.by_email("chef@neuve.exemple.fr") is None
    nobody.getControl("SIREN ou SIRET").value = "552100554"
    nobody.getControl("Mot de passe").value = PHRASE
    nobody.getControl("Le même, une seconde fois").value = PHRASE
    nobody.getControl("Créer mon compte").click()
    assert "vous êtes membre de « Achat de sel »" in words(nobody)
    transaction.begin()
    person = people.get(people.by_email("chef@neuve.exemple.fr"))
    assert person.entreprise.title == "Neuve SARL"
    assert membership.role_of(world.espace, person.userid) == "lecteurs"


@pytest.mark.parametrize(("state", "days", "said"), [("annulee", 0, "a été retirée"), ("envoyee", 15, "a expiré")])
@pytest.mark.parametrize("page", ["invitation-espace", "invitation-espace-agent", "invitation-espace-entreprise"])
def test_an_invitation_withdrawn_or_expired_makes_no_account(world, browse, page, state, days, said):
    link = invited(world, "nouvelle@c.exemple.fr").replace("invitation-espace", page)
    [kept] = membership.pending(world.espace)
    kept.state, kept.sent = state, kept.sent - timedelta(days=days)
    transaction.commit()
    nobody = browse()
    nobody.open(link)
    assert status(nobody) == 410
    assert said in words(nobody)
    assert "Créer mon compte" not in words(nobody)


def test_an_invitation_says_whose_it_is_before_a_button_and_leads_a_member_back_to_the_space(world, browse):
    link = invited(world, OUTSIDE)
    other = browse(BOB)
    other.open(link)
    assert f"L’invitation est pour {OUTSIDE}, et vous êtes connecté comme {BOB}" in words(other)
    assert "Rejoindre l’espace</button>" not in words(other)
    outside = browse(OUTSIDE)
    outside.open(link)
    outside.getControl("Rejoindre l’espace").click()
    outside.open(link)
    assert "Vous êtes déjà membre" in words(outside)
    outside.getLink("Ouvrir l’espace").click()
    assert "Activité" in words(outside)


def test_an_agent_asks_to_come_in_and_is_let_in(world, browse):
    outside = browse(OUTSIDE)
    outside.open(f"{world.site.absolute_url()}/espaces")
    outside.getControl("Demander à entrer").click()
    assert "Votre demande attend une réponse" in words(outside)
    anne = browse(ANNE)
    anne.open(f"{world.site.absolute_url()}/espace-agent")
    anne.getLink("Répondre").click()
    anne.getControl("Accepter").click()
    outside.open(world.espace.absolute_url())
    assert "Activité" in words(outside)


def test_documents_are_deposited_together_versioned_and_exported(world, browse):
    bob = browse(BOB)
    url = world.espace.absolute_url()
    files = [
        ("fichiers", "Plan.pdf", b"%PDF-1"),
        ("fichiers", "a.svg", b"<svg onload='x'/>"),
        ("fichiers", "v.pdf", b""),
    ]
    post(bob, f"{url}/@@documents", {"faire": "deposer", "dossier": ""}, files)
    assert "1 document déposé" in words(bob)
    assert "contient un script" in words(bob)
    assert "« v.pdf » est vide" in words(bob)
    bob.getLink("Plan.pdf").click()
    bob.getControl("Réserver").click()
    anne = browse(ANNE)
    anne.open(bob.url)
    assert "Réservé par <strong>Agent voisin</strong>" in words(anne)
    bob.getControl("Fichier").add_file(io.BytesIO(b"%PDF-22"), "application/pdf", "nouveau.pdf")
    bob.getControl("Ce qui change").value = "échelle"
    bob.getControl("Déposer la version").click()
    assert "2 versions" in words(bob)
    bob.getControl("Votre commentaire").value = "Voici l’échelle."
    bob.getControl("Publier le commentaire").click()
    assert re.search(r"<b>Agent voisin</b>\s+Commune de Lannion", words(bob)), "a name may be that of two people"
    assert "Voici l’échelle." in words(bob)
    bob.open(f"{url}/@@archive.zip")
    names = zipfile.ZipFile(io.BytesIO(bob.contents)).namelist()
    assert "Documents/Plan.pdf" in names
    assert "Documents/Versions/Plan v1.pdf" in names
    chief = browse(CHIEF)
    chief.open(f"{url}/@@documents")
    assert "Déposer des documents" not in words(chief)


def announce(browser, url, **asked):
    """Announce a file as the script of the page does; return ``(status, answer)``."""
    browser.open(f"{url}/@@documents")
    token = re.search(r'data-jeton="([^"]+)"', browser.contents)[1]
    browser.addHeader("X-CSRF-TOKEN", token)
    browser.post(f"{url}/@@deposer", json.dumps(asked), "application/json")
    return status(browser), json.loads(browser.contents)


def test_two_gigabytes_are_refused_before_a_byte_is_sent(world, browse):
    url = world.espace.absolute_url()
    code, answer = announce(browse(BOB), url, nom="film.zip", taille=2_000_000_000)
    assert code == 413
    assert "pèse 2000 Mo, la limite est 100 Mo" in answer["message"]
    assert announce(browse(BOB), url, nom="a.exe", taille=10)[1]["code"] == "fichier.format"
    assert announce(browse(BOB), url, nom="../a.pdf", taille=10) == (200, {"nom": "a.pdf"})
    assert announce(browse(BOB), url, nom=3)[1]["code"] == "annonce"


TITLED = (
    ("@@nouvel-espace", {"titre": LONG, "visibilite": "restreint", "faire": "enregistrer"}),
    ("@@taches", {"titre": LONG, "faire": "creer"}),
    ("@@calendrier", {"titre": LONG, "date": "2099-03-16", "debut": "09:00", "fin": "10:00", "faire": "inscrire"}),
    ("@@decisions", {"titre": LONG, "texte": "Au dépôt", "faire": "proposer"}),
    ("@@pages", {"nom": LONG, "texte": "Texte", "faire": "creer"}),
    ("@@documents", {"titre": LONG, "faire": "dossier"}),
)


@pytest.mark.parametrize(("page", "values"), TITLED, ids=[row[0] for row in TITLED])
def test_a_title_of_five_thousand_signs_is_refused_everywhere_with_its_length(world, browse, page, values):
    anne = browse(ANNE)
    base = world.espace.absolute_url().rsplit("/", 1)[0] if page == "@@nouvel-espace" else world.espace.absolute_url()
    post(anne, f"{base}/{page}", values, [])
    assert status(anne) == 422
    assert "5000 signes, " in words(anne)
    transaction.begin()
    kept = (world.espace.tasks, world.espace.dates, world.espace.decisions, world.espace.pages, world.espace.folders)
    assert not any(len(things) for things in kept)


def test_a_task_is_made_moved_on_the_board_and_seen_on_the_dashboard(world, browse):
    anne = browse(ANNE)
    anne.open(world.espace.absolute_url())
    anne.getLink("Tâches").click()
    anne.getControl("Que faire").value = "Relire le projet"
    anne.getControl("Qui").displayValue = ["Agent voisin, Commune de Lannion"]
    anne.getControl("Pour le").value = "2020-01-01"
    anne.getControl("Créer la tâche").click()
    assert "En retard" in words(anne)
    bob = browse(BOB)
    bob.open(f"{world.site.absolute_url()}/espace-agent")
    bob.getLink("Relire le projet").click()
    bob.open(f"{world.espace.absolute_url()}/@@taches")
    bob.getLink("Tableau").click()
    bob.getControl(name="etat").displayValue = ["Fait"]
    bob.getControl("Déplacer").click()
    assert "vue=tableau" in bob.url
    assert "« Relire le projet » : fait." in words(bob)


def test_dates_that_do_not_exist_or_are_over_are_refused_with_a_reason(world, browse):
    anne = browse(ANNE)
    year = clock.paris(clock.now()).year + 1
    sunday = next(day for day in range(31, 24, -1) if date(year, 3, day).weekday() == 6)
    anne.open(f"{world.espace.absolute_url()}/@@calendrier")

    def enter(day, start, end):
        anne.getControl("Intitulé").value = "Réunion"
        anne.getControl("Jour").value = day
        anne.getControl("De", index=0).value = start
        anne.getControl("À", index=0).value = end
        anne.getControl("Inscrire").click()
        return words(anne)

    assert "n’existe pas" in enter(f"{year}-03-{sunday}", "02:30", "03:30")
    assert "est passé" in enter("2020-03-16", "09:00", "10:00")
    assert "précède le début" in enter(f"{year}-04-16", "10:00", "09:00")
    assert "1 date inscrite" in enter(f"{year}-04-16", "09:00", "10:00")
    anne.getLink("Abonner mon agenda").click()
    assert f"DTSTART:{year}0416T070000Z" in anne.contents


def test_a_meeting_comes_back_one_of_its_dates_is_cancelled_and_programs_know(world, browse):
    anne = browse(ANNE)
    year = clock.paris(clock.now()).year + 1
    anne.open(f"{world.espace.absolute_url()}/@@calendrier")
    for label, value in (("Intitulé", "Point"), ("Jour", f"{year}-03-15"), ("Nombre de fois", "3")):
        anne.getControl(label).value = value
    anne.getControl("De", index=0).value, anne.getControl("À", index=0).value = "14:00", "15:30"
    anne.getControl("Revient").displayValue = ["Toutes les deux semaines"]
    anne.getControl("Jusqu’au").value = f"{year}-06-30"
    anne.getControl("Inscrire").click()
    assert "la date de fin ou le nombre de fois, pas les deux" in words(anne)
    assert anne.getControl("Revient").displayValue == ["Toutes les deux semaines"]
    anne.getControl("Jusqu’au").value = ""
    anne.getControl("Inscrire").click()
    assert "3 dates inscrites" in words(anne)
    anne.getLink("Point", index=1).click()
    assert "29 mars" in words(anne)
    anne.getControl("Annuler cette date", index=1).click()
    assert "Cette date est annulée" in words(anne)
    anne.getLink("Mettre dans mon agenda").click()
    told = anne.contents.decode() if isinstance(anne.contents, bytes) else anne.contents
    (rule,) = (line.strip() for line in told.splitlines() if line.startswith("RRULE:") and "WEEKLY" in line)
    assert {"FREQ=WEEKLY", "INTERVAL=2"} < set(rule.removeprefix("RRULE:").split(";")) and ";UNTIL=" in rule
    assert f"EXDATE;TZID=Europe/Paris:{year}0329T140000" in told
    anne.open(f"{world.espace.absolute_url()}/@@calendrier")
    assert "29 mars" not in words(anne)
    assert "12 avril" in words(anne)


def test_a_decision_is_proposed_and_adopted_and_a_page_keeps_both_writers(world, browse):
    bob, anne = browse(BOB), browse(ANNE)
    url = world.espace.absolute_url()
    bob.open(f"{url}/@@decisions")
    bob.getControl("Intitulé").value = "Livrer en vrac"
    bob.getControl("Termes").value = "Au dépôt."
    bob.getControl("Proposer").click()
    assert "Adopter" not in words(bob)
    anne.open(f"{url}/@@decisions")
    anne.getControl("Adopter").click()
    assert "Adoptée" in words(anne)
    anne.open(f"{url}/@@pages")
    anne.getControl("Titre").value = "Compte rendu"
    anne.getControl("Texte").value = "Voir [[Suite à écrire]]."
    anne.getControl("Écrire la page").click()
    here = anne.url
    anne.getLink("Modifier").click()
    bob.open(here)
    bob.getLink("Modifier").click()
    bob.getControl("Texte").value = "Texte de Bob"
    bob.getControl("Enregistrer").click()
    anne.getControl("Texte").value = "Texte d’Anne"
    anne.getControl("Enregistrer").click()
    assert status(anne) == 422
    assert "Agent voisin a modifié cette page" in words(anne)
    assert anne.getControl("Texte").value == "Texte d’Anne"
    anne.getControl("Enregistrer").click()
    anne.getLink("Historique").click()
    assert "Texte de Bob" in words(anne)
    assert "Version 3" in words(anne)


def test_who_was_removed_while_he_wrote_is_told_and_writes_nothing(world, browse):
    bob = browse(BOB)
    bob.open(f"{world.espace.absolute_url()}/@@taches")
    bob.getControl("Que faire").value = "Trop tard"
    membership.set_role(world.espace, world.other, None, world.anne.userid)
    transaction.commit()
    bob.getControl("Créer la tâche").click()
    assert shut(bob)
    transaction.begin()
    assert not len(world.espace.tasks)


def test_an_archived_workspace_says_so_and_offers_nothing_to_write(world, browse):
    anne = browse(ANNE)
    anne.open(world.espace.absolute_url())
    anne.getLink("Réglages de l’espace").click()
    anne.getControl("Archiver l’espace").click()
    assert "archivé" in words(anne)
    for name in ("@@documents", "@@taches", "@@calendrier", "@@decisions", "@@pages", "@@membres"):
        anne.open(f"{world.espace.absolute_url()}/{name}")
        assert 'name="faire"' not in anne.contents
    anne.open(f"{world.espace.absolute_url()}/@@reglages")
    anne.getControl("Rouvrir l’espace").click()
    anne.open(f"{world.espace.absolute_url()}/@@taches")
    assert "Créer la tâche" in words(anne)


def test_the_operator_gives_room_without_reading_what_is_inside(world, browse):
    operator = browse("exploitant@megalis.exemple.fr")
    operator.open(f"{world.site.absolute_url()}/espaces")
    operator.getLink("Place des espaces").click()
    operator.getControl(name="mo").value = "beaucoup"
    operator.getControl("Changer").click()
    assert "n’est pas une place en Mo" in words(operator)
    operator.getControl(name="mo").value = "500"
    operator.getControl("Changer").click()
    assert "a 500 Mo" in words(operator)
    operator.open(world.espace.absolute_url())
    assert shut(operator)
    transaction.begin()
    assert world.espace.quota == 500_000_000


def test_the_archive_takes_the_talks_along_with_their_files_and_what_is_said_of_documents(world, browse):
    rights = forum_rules.Rights(writes=True, moderates=True)
    pieces = [attached.Attached("Devis.pdf", io.BytesIO(b"%PDF-1.4 devis"))]
    sujet, _key = forums.open_subject(
        world.forum, world.anne, rights, "Sel 1/2", richtext.from_text("Qui <a> un dépôt ?"), pieces
    )
    answer = forums.reply(world.forum, sujet, world.bob, rights, richtext.from_text("Nous."))
    gone = forums.reply(world.forum, sujet, world.bob, rights, richtext.from_text("Hors sujet."))
    forums.solve(sujet, rights, world.anne, answer)
    forums.set_hidden(world.forum, rights, sujet, gone, "retirer", world.anne, "motif")
    decision = service.propose(
        world.espace, WORKS, world.anne, "Donner le tonnage", "<p>Avant mai.</p>", date(2026, 5, 4)
    )
    service.comment(world.espace, WORKS, decision, world.bob, "<p>Douze tonnes.</p>", "/@@decisions")
    transaction.commit()
    bob = browse(BOB)
    bob.open(world.espace.absolute_url())
    assert '/discussions">Discussions</a></li></ul></nav>' in bob.contents, "talks have their tab"
    bob.getLink("Tout exporter").click()
    archive = zipfile.ZipFile(io.BytesIO(bob.contents))
    made = {name: archive.read(name) for name in archive.namelist()}
    page = made["Forums/Discussions/Sel 1-2.html"].decode()
    assert "Qui &lt;a&gt; un dépôt ?" in page and "Fichier joint : 1 Devis.pdf" in page
    assert "Commune de Lannion" in page and "(réponse retenue)" in page and "Hors sujet" not in page
    assert made["Forums/Discussions/Sel 1-2, fichiers/1 Devis.pdf"] == b"%PDF-1.4 devis"
    assert (
        "Donner le tonnage" in made["Commentaires.csv"].decode()
        and "Douze tonnes." in made["Commentaires.csv"].decode()
    )
