"""The pages of training, in a browser: from the catalogue to the certificate; and what is typed badly."""

from io import BytesIO
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import people
from megalis.portal.trainings import service
from megalis.portal.trainings.rules import roster
from openpyxl import load_workbook
from pypdf import PdfReader
from tests.organisations.conftest import mails
from tests.organisations.conftest import status
from tests.trainings.conftest import furnish_trainings
from tests.trainings.conftest import session_in
from tests.trainings.conftest import STAFF

import html
import pytest
import transaction


ANNE, BOB, CHLOE = "acheteurs@a.exemple.fr", "administrateurs@b.exemple.fr", "lecteurs@a.exemple.fr"
COMPANY = "offres@toitures.exemple.fr"


@pytest.fixture
def world(functional_portal):
    found = furnish_trainings(functional_portal)
    transaction.commit()
    yield found
    clock.set_for_tests()


def words(browser):
    return html.unescape(browser.contents).replace("\xa0", " ")


def subjects(site, email):
    return [mail["subject"] for mail in mails(site) if mail["to"] == email]


def pdf_words(data):
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).replace("\xa0", " ")


def test_anybody_reads_the_five_modules_and_the_dates_to_come_without_an_account(world, browse):
    visitor = browse()
    visitor.open(world.site.absolute_url())
    visitor.getLink("Formations").click()
    for seed in world.catalogue.objectValues():
        assert seed.title in words(visitor)
    assert "2 places sur 2" in words(visitor)
    visitor.getLink("Entreprises", index=1).click()
    assert "Répondre aux marchés publics bretons" in words(visitor)
    assert "Publier une consultation" not in words(visitor)
    visitor.open(f"{world.catalogue.absolute_url()}/@@formations.ics")
    assert visitor.contents.count("BEGIN:VEVENT") == 1
    visitor.open(world.session.absolute_url())
    assert "Agent" not in visitor.contents.split("<main")[1].split("</main")[0].replace("Agents publics", "")
    visitor.getLink("Se connecter pour s’inscrire").click()
    assert visitor.getControl(name="__ac_name")


def test_sessions_are_among_the_dates_of_the_site(world, browse):
    visitor = browse()
    visitor.open(f"{world.site.absolute_url()}/agenda")
    visitor.getLink(f"Formation : {world.module.title}").click()
    assert visitor.url == world.session.absolute_url()
    visitor.open(f"{world.site.absolute_url()}/calendrier-des-services")
    assert f"Formation : {world.module.title}" in words(visitor)
    visitor.open(f"{world.site.absolute_url()}/agenda/@@agenda.ics")
    assert "Formation : " in visitor.contents


def test_the_last_seat_the_waiting_list_and_the_seat_that_becomes_free(world, browse):
    people_ = {name: browse(login) for name, login in (("anne", ANNE), ("bob", BOB), ("chloe", CHLOE))}
    for browser in people_.values():
        browser.open(world.session.absolute_url())
    people_["anne"].getControl("S’inscrire").click()
    people_["bob"].getControl("S’inscrire").click()
    people_["chloe"].getControl("S’inscrire").click()  # her page still showed a seat
    assert "Vous êtes inscrit." in words(people_["bob"])
    assert "en liste d’attente, en position 1" in words(people_["chloe"])
    assert "une session complète ne vous la rendra pas" in words(people_["anne"])
    people_["anne"].getControl("Annuler mon inscription").click()
    assert "Votre inscription est annulée." in words(people_["anne"])
    people_["chloe"].open(f"{world.site.absolute_url()}/espace-agent")
    people_["chloe"].getLink("Mes formations et attestations").click()
    assert "Inscrit" in words(people_["chloe"])
    transaction.begin()
    assert [one.email for one in roster.seated(world.session.entries)] == [BOB, CHLOE]
    title = world.module.title
    assert subjects(world.site, CHLOE) == [f"Liste d’attente : {title}", f"Une place pour vous : {title}"]
    assert subjects(world.site, ANNE) == [f"Inscription confirmée : {title}", f"Inscription annulée : {title}"]


def test_who_a_module_is_not_for_is_told_so_and_cannot_enrol_by_hand(world, browse):
    company = browse(COMPANY)
    company.open(world.session.absolute_url())
    assert "Cette session est pour : agents publics." in words(company)
    with pytest.raises(LookupError):
        company.getControl("S’inscrire")
    company.open(f"{world.site.absolute_url()}/mes-formations")
    own = session_in(world.catalogue["repondre-aux-marches"], 12)
    transaction.commit()
    company.open(own.absolute_url())
    company.getControl("S’inscrire").click()
    assert "Vous êtes inscrit." in words(company)


def test_a_session_that_closed_meanwhile_refuses_in_words(world, browse):
    anne = browse(ANNE)
    anne.open(world.session.absolute_url())
    service.call_off(world.session, "Formateur souffrant", clock.now())
    transaction.commit()
    anne.getControl("S’inscrire").click()
    assert status(anne) == 422
    assert "Cette session est annulée" in words(anne)
    assert "Formateur souffrant" in words(anne)


def test_the_webmaster_makes_a_session_and_bad_dates_are_refused_beside_the_field(world, browse):
    staff = browse(STAFF)
    staff.open(world.module.absolute_url())
    staff.getLink("Nouvelle session").click()
    staff.getControl("Organisateur").value = "GRETA du Finistère"
    staff.getControl("Lieu").value = "Lycée Vauban, Brest"
    year = clock.now().year + 1
    day = staff.getControl(name="form.widgets.spans.0.day")
    day.value = f"{year}-06-15"
    staff.getControl(name="form.widgets.spans.0.start").value = "14:00"
    staff.getControl(name="form.widgets.spans.0.end").value = "9:00"
    staff.getControl("Enregistrer").click()
    assert status(staff) == 422
    assert "la fin vient avant le début" in words(staff)
    staff.getControl(name="form.widgets.spans.0.end").value = "17:00"
    staff.getControl("Places").value = "0"
    staff.getControl("Enregistrer").click()
    assert "donnez un nombre de places de 1 à 500" in words(staff)
    staff.getControl("Places").value = "3"
    staff.getControl("Enregistrer").click()
    assert "La session est enregistrée." in words(staff)
    assert f"15 juin {year}, de 14:00 à 17:00" in words(staff)
    staff.getLink("Modifier la session").click()
    assert staff.getControl(name="form.widgets.spans.0.start").value == "14:00"
    staff.getControl("Lieu").value = "Salle des fêtes, Brest"
    staff.getControl("Enregistrer").click()
    assert "Salle des fêtes, Brest" in words(staff)


def test_a_module_is_edited_and_its_exercise_stays_on_the_portal(world, browse):
    staff = browse(STAFF)
    staff.open(world.module.absolute_url())
    staff.getLink("Modifier le module").click()
    staff.getControl("Adresse de l’exercice").value = "//ailleurs.example/x"
    staff.getControl("Programme").value = "- <script>alert(1)</script>\n- ouvrir"
    staff.getControl("Enregistrer").click()
    assert status(staff) == 422
    assert "donnez une adresse du portail" in words(staff)
    staff.getControl("Adresse de l’exercice").value = "/simulation"
    staff.getControl("Enregistrer").click()
    assert "&lt;script&gt;" in staff.contents
    assert "<script>alert" not in staff.contents
    staff.open(f"{world.catalogue.absolute_url()}/@@nouveau-module")
    staff.getControl("Titre").value = "a" * 5_000
    staff.getControl("Enregistrer").click()
    assert status(staff) == 422


def test_presence_certificate_and_opinion(world, browse):
    for userid in (world.acheteurs, world.other):
        service.enrol(world.session, people.get(userid))
    transaction.commit()
    anne = browse(ANNE)
    anne.open(f"{world.session.absolute_url()}/@@attestation.pdf")
    assert status(anne) == 404
    clock.set_for_tests(world.session.end)
    staff = browse(STAFF)
    staff.open(world.session.absolute_url())
    staff.getLink("Feuille d’émargement (PDF)").click()
    assert "Agent voisin" in pdf_words(staff.contents)
    staff.open(f"{world.session.absolute_url()}/@@inscrits")
    key = roster.of(world.session.entries, world.acheteurs).id
    staff.getControl(name="present-0").getControl(value=key).selected = True
    staff.getControl("Enregistrer la présence").click()
    assert "Présence enregistrée : 1 personne" in words(staff)
    anne.open(f"{world.site.absolute_url()}/mes-formations")
    anne.getLink("Attestation (PDF)").click()
    said = pdf_words(anne.contents)
    assert "Agent acheteurs" in said
    assert "3 h sur 3 h" in said
    anne.open(f"{world.site.absolute_url()}/espace-agent")
    anne.getLink("Donner votre avis").click()
    anne.getControl("Envoyer mon avis").click()
    assert "choisissez une réponse" in words(anne)
    for name in ("objectifs", "formateur", "pratique", "accueil"):
        anne.getControl(name=name).value = ["4"]
    anne.getControl("Ce qui vous a manqué").value = "Rien <b>du tout</b>"
    anne.getControl("Envoyer mon avis").click()
    assert "Merci : votre avis est enregistré sans votre nom." in words(anne)
    bob = browse(BOB)
    bob.open(f"{world.session.absolute_url()}/@@attestation.pdf?inscription={key}")
    assert status(bob) == 404  # he did not come, and hers is not his
    transaction.begin()
    (kept,) = world.session.evaluations.values()
    assert kept.comment == "Rien <b>du tout</b>"
    assert world.acheteurs not in repr(kept)


def test_statistics_count_each_agent_once_against_a_target_that_is_set(world, browse):
    service.enrol(world.session, people.get(world.acheteurs))
    clock.set_for_tests(world.session.end)
    service.attend(world.session, {one.id: {0} for one in world.session.entries})
    transaction.commit()
    staff = browse(STAFF)
    staff.open(f"{world.site.absolute_url()}/espace-agent")
    staff.getLink("Statistiques des formations").click()
    assert "sur 1 500 visés" in words(staff)
    assert "<svg" in staff.contents
    staff.getControl("Agents à former").value = "zéro"
    staff.getControl("Enregistrer").click()
    assert status(staff) == 422
    staff.getControl("Agents à former").value = "200"
    staff.getControl("Enregistrer").click()
    assert "sur 200 visés" in words(staff)
    staff.open(f"{world.catalogue.absolute_url()}/@@formations-sessions.xlsx")
    rows = list(load_workbook(BytesIO(staff.contents)).active.values)
    assert rows[1][1] == world.module.title
    assert rows[1][9] == 1
    staff.open(f"{world.session.absolute_url()}/@@inscrits.csv")
    assert "Agent acheteurs" in staff.contents
    anne = browse(ANNE)
    for page in ("@@inscrits", "@@emargement.pdf", "@@inscrits.csv", "@@session-modifier"):
        anne.open(f"{world.session.absolute_url()}/{page}")
        assert status(anne) == 403


def test_the_worker_reminds_once_three_days_before(world):
    service.enrol(world.session, people.get(world.acheteurs))
    before = len(mails(world.site))
    now = world.session.start - service.REMINDER
    for moment in (now - service.REMINDER, now, now):
        service.tick(WorkerTick(world.site, moment))
    sent = mails(world.site)[before:]
    assert [mail["to"] for mail in sent] == [ANNE]
    assert sent[0]["subject"].startswith("Rappel :")


def test_calling_off_tells_everybody_and_dates_that_change_too(world):
    for userid in (world.acheteurs, world.other, world.lecteurs):
        service.enrol(world.session, people.get(userid))
    values = {"spans": world.session.spans, "place": "Ailleurs", "seats": 3}
    service.change_session(world.session, values, clock.now())
    assert subjects(world.site, CHLOE)[-1] == f"Une place pour vous : {world.module.title}"
    assert f"Session modifiée : {world.module.title}" in subjects(world.site, ANNE)
    service.call_off(world.session, "Grève des trains", clock.now())
    for email in (ANNE, BOB, CHLOE):
        assert subjects(world.site, email)[-1] == f"Session annulée : {world.module.title}"


def test_the_target_is_changed_by_who_organises_and_checked(world, browse):
    staff = browse(STAFF)
    staff.open(f"{world.catalogue.absolute_url()}/@@statistiques-formations")
    for wrong in ("0", "douze", "100 001", "0000000000000012"):
        staff.getControl("Agents à former").value = wrong
        staff.getControl("Enregistrer").click()
        assert status(staff) == 422
        assert "donnez un nombre d’agents de 1 à 100000" in words(staff)
    staff.getControl("Agents à former").value = "2 000"
    staff.getControl("Enregistrer").click()
    assert "sur 2 000 visés" in words(staff).replace("\u202f", " ")
