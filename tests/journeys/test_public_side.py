"""Finding a consultation and taking its dossier, without an account, on a desk and on a phone."""

from datetime import timedelta
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone import api
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import equip
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.journeys.people import NARROW
from tests.journeys.people import sha256_of
from tests.organisations.conftest import cheap_passwords  # noqa: F401

import hashlib
import io
import pytest
import re
import transaction
import zipfile


PLANS = b"%PDF-1.4\n plans " * 5000


@pytest.fixture
def world(server):
    clock.set_for_tests(NOW)
    with api.env.adopt_roles(["Manager"]):
        found = equip(server.site)
        draft = complete_draft(found.a)
        create.piece(draft, io.BytesIO(PLANS), "Plans d’été n° 2.pdf", "Plans", "plans", lots=("2",))
        found.road = publish(found, draft)
        fields = {"nature": "services", "cpv": "71240000", "lots": ()}
        found.study = publish(found, complete_draft(found.a, "2026-ETU-02", **fields))
    found.study.title = "Maîtrise d’œuvre de la halle"
    found.study.reindexObject()
    transaction.commit()
    found.path = "/" + "/".join(found.road.getPhysicalPath()[2:])
    return found


def taken(server, consultation):
    server.look()
    return [(event["portee"], event["mode"]) for event in journal.events(consultation, "retrait")]


def names(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def test_a_stranger_finds_a_consultation_and_takes_its_dossier(server, world, visitor):
    someone = visitor("passant")
    page = someone.go("/consultations")
    someone.sees("2 consultations")
    someone.shot("recherche")
    page.get_by_label(re.compile("^Travaux de construction")).check()
    page.get_by_label(re.compile("^Ouverte")).check()
    someone.submit("Appliquer les filtres")
    someone.sees("1 consultation ouverte", "Programme de voirie 2026")
    assert "etat=ouverte" in page.url and "cpv=45000000" in page.url
    someone.fill("Mots, référence ou acheteur", "scaphandre", exact=True)
    someone.submit("Chercher")
    someone.sees("Rien ne répond à cette recherche")
    someone.shot("recherche-vide")
    someone.follow("Sans « scaphandre »")
    someone.follow("Programme de voirie 2026")

    left = page.locator("[data-echeance]")
    assert re.fullmatch(r"42 jours 1 h 5\d min.*", left.inner_text())
    someone.sees("lundi 16 mars 2026, 12:00:00", "Plans d’été n° 2.pdf", hashlib.sha256(PLANS).hexdigest()[:4])
    someone.shot("consultation")
    whole = someone.download(lambda: someone.click(re.compile("^Tout télécharger"), "link"))
    assert names(whole) == {"RC.pdf", "Plans d’été n° 2.pdf", "SHA256SUMS"}
    single = someone.download(lambda: someone.click("Plans", "link", exact=True))
    assert single.name == "Plans d’été n° 2.pdf"
    assert sha256_of(single) == hashlib.sha256(PLANS).hexdigest()
    page.get_by_label("Choisir Règlement").check()
    chosen = someone.download(lambda: someone.click("Télécharger le choix"))
    assert names(chosen) == {"RC.pdf", "SHA256SUMS"}
    page.get_by_label("Ou les documents d’un lot").select_option("1")
    lot = someone.download(lambda: someone.click("Télécharger ce lot"))
    assert names(lot) == {"RC.pdf", "SHA256SUMS"}
    assert taken(server, world.road) == [(kind, "anonyme") for kind in ("tout", "pieces", "pieces", "lot")]


def test_with_an_address_he_is_in_the_register_and_told_of_changes(server, world, visitor):
    someone = visitor("abonnée")
    someone.go(world.path)
    someone.follow("Donnez une adresse")
    someone.fill("Adresse électronique", "etudes@leon.exemple")
    someone.fill("Entreprise", "Études du Léon", exact=False)
    someone.submit("Me prévenir et télécharger")
    someone.sees("Tout changement de cette consultation sera écrit à")
    someone.shot("dossier-prevenu")
    path = someone.download(lambda: someone.click("Télécharger", "link", exact=True))
    assert path.name == "DCE-2026-VOI-01.zip"
    assert taken(server, world.road) == [("tout", "identifie")]

    with as_agent(world.valideurs):
        later = DEADLINE + timedelta(days=7)
        rectify(world.road, "Quantités corrigées.", {"deadline": later, "planned_opening": later})
    transaction.commit()
    page = someone.go(world.path)
    page.get_by_text("Voir ce qui change").click()
    someone.sees("lundi 16 mars 2026, 12:00:00 → lundi 23 mars 2026, 12:00:00")
    someone.shot("consultation-modifiee")

    agent = visitor("lectrice")
    agent.sign_in("acheteurs@a.exemple.fr", world.password)
    agent.go(f"{world.path}/@@retraits")
    agent.sees("Études du Léon", "etudes@leon.exemple")
    agent.shot("registre-retraits")
    agent.page.locator(".mg-export > summary").click()
    agent.shot("exporter")
    table = agent.download(lambda: agent.click("CSV", "link")).read_text("utf-8-sig")
    assert "Études du Léon" in table


def test_a_page_left_open_says_by_itself_that_the_deadline_has_passed(server, world, visitor):
    someone = visitor("attentif")
    clock.set_for_tests(DEADLINE - timedelta(minutes=10))
    someone.page.clock.install()
    page = someone.go(world.path)
    someone.sees("Ferme bientôt", "Répondre")
    someone.shot("consultation-bientot")
    clock.set_for_tests(DEADLINE)
    page.clock.fast_forward("10:01")
    page.get_by_text("Date limite passée").wait_for()
    page.reload()
    someone.sees("Un pli déposé maintenant serait hors délai.")
    assert page.get_by_role("link", name="Répondre").count() == 0
    someone.shot("consultation-close")
    with as_agent(world.valideurs):
        workflow.fire(world.study, "annuler", "Crédits supprimés")
    transaction.commit()
    someone.go("/" + "/".join(world.study.getPhysicalPath()[2:]))
    someone.sees("Consultation annulée.", "Motif : Crédits supprimés")
    someone.shot("consultation-annulee")


def test_on_a_phone_the_filters_unfold(server, world, visitor):
    someone = visitor("au chantier")
    someone.page.set_viewport_size(NARROW)
    page = someone.go("/consultations")
    choice = page.get_by_label("Services 1 consultation", exact=True)
    assert not choice.is_visible()
    page.get_by_text("Affiner").click()
    choice.check()
    someone.submit("Appliquer les filtres")
    someone.sees("1 consultation de services", "Maîtrise d’œuvre de la halle")
    page.get_by_text("Affiner (1 filtre actif)").wait_for()
    someone.follow("Imprimer")
    someone.sees("Liste à imprimer")
    someone.shot("recherche-papier")
