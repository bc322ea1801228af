"""A concours in browsers: two projects under numbers, a jury's ranking, then the names; and a limit on lots that holds early."""

from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from plone import api
from tests.deposits.scene import Scene
from tests.journeys.people import PATIENCE
from tests.journeys.test_sealed_exchange import DEPOSITED
from tests.journeys.test_sealed_exchange import make_key
from tests.journeys.test_sealed_exchange import make_pdf
from tests.journeys.test_sealed_exchange import PASSWORD
from tests.journeys.test_sealed_exchange import Place
from tests.journeys.test_sealed_exchange import present_key

import re
import transaction


NAMES = ("Atelier Iroise", "Cabinet Armorique")
SLOW = 120_000


def placed(scene):
    scene.path = "/" + "/".join(scene.consultation.getPhysicalPath()[2:])
    scene.town_path = "/" + "/".join(scene.town.getPhysicalPath()[2:])
    transaction.commit()
    return scene


def publish(scene):
    with api.env.adopt_roles(["Manager", "Valideur"]):
        workflow.fire(scene.consultation, "soumettre")
        workflow.fire(scene.consultation, "publier")
    transaction.commit()


def test_the_authors_of_projects_are_named_once_the_jury_has_ranked_them(server, visitor, tmp_path):
    with api.env.adopt_roles(["Manager"]):
        scene = Place(server.site, lots=())
        scene.consultation.procedure = "concours"
        companies = [scene.company("44306184100013", NAMES[0]), scene.company("55208131700018", NAMES[1])]
    placed(scene)
    titular, deputy = visitor("titulaire", allow=("422",)), visitor("suppléant")
    titular.sign_in(scene.login(scene.holder), PASSWORD)
    deputy.sign_in(scene.login(scene.deputy), PASSWORD)
    key = make_key(titular, scene, "titulaire")
    make_key(deputy, scene, "suppleant")
    server.look()
    publish(scene)

    files = [make_pdf(tmp_path / name) for name in ("identite.pdf", "projet.pdf")]
    for company, name in zip(companies, NAMES, strict=True):
        bidder = visitor(name)
        bidder.sign_in(scene.login(company.userid), PASSWORD)
        bidder.go(f"{scene.path}/@@repondre")
        bidder.sees("Concours anonyme.")
        bidder.shot("repondre")
        bidder.page.locator("[id='ajout-/candidature']").set_input_files(files[0])
        bidder.page.locator("[id='ajout-/offre']").set_input_files(files[1])
        bidder.page.get_by_text("pièce prête").nth(1).wait_for(timeout=SLOW)
        bidder.click("Sceller et déposer")
        bidder.page.get_by_text(DEPOSITED).wait_for(timeout=SLOW)
    server.look()
    assert len(store.deposits(scene.consultation)) == 2

    clock.set_for_tests(scene.consultation.deadline + timedelta(minutes=2))
    server.work()
    server.work()
    present_key(titular, scene, key)
    titular.click("Commencer l’ouverture : offre")
    titular.page.get_by_text("2 sur 2").first.wait_for(timeout=SLOW)
    assert not any(name in titular.words() for name in NAMES)
    titular.shot("ouverture-anonyme")
    titular.page.get_by_role("link", name="Enregistrer le classement du jury").first.click()
    titular.page.get_by_label("Membres du jury").wait_for(timeout=PATIENCE)
    for place, rank in ((0, "2"), (1, "1")):
        titular.page.locator(f"#rang-{place}").select_option(rank)
    titular.page.get_by_label("Membres du jury").fill("Anne Le Goff\nYann Prigent")
    titular.page.get_by_label(re.compile("J’atteste")).check()
    titular.submit("Enregistrer le classement")
    titular.sees("trois au moins", "classement.jury")
    titular.shot("classement-refuse")
    titular.page.get_by_label("Membres du jury").fill("Anne Le Goff\nYann Prigent\nSoazig Tanguy")
    titular.submit("Enregistrer le classement")
    titular.sees("L’anonymat est levé", *NAMES)
    titular.shot("classement")

    titular.follow("Ouvrir les candidatures")
    present_key(titular, scene, key)
    titular.click("Commencer l’ouverture : candidature")
    titular.page.get_by_text("2 sur 2").nth(1).wait_for(timeout=SLOW)
    assert all(name in titular.words() for name in NAMES)


def test_a_company_that_chooses_too_many_lots_is_told_before_anything_is_sealed(server, visitor, tmp_path):
    with api.env.adopt_roles(["Manager"]):
        scene = Scene(server.site, lots=("1", "2", "3"), envelopes=("offre",))
        scene.consultation.max_lots_bid = 2
        company = scene.company()
        publish(scene)
    placed(scene)
    bidder = visitor("entreprise")
    bidder.sign_in(api.user.get(userid=company.userid).getUserName(), PASSWORD)
    bidder.go(f"{scene.path}/@@repondre")
    bidder.sees("2 lots au plus par entreprise")
    offer = make_pdf(tmp_path / "offre.pdf")
    for lot in ("1", "2", "3"):
        bidder.page.locator(f"input[name=lot][value='{lot}']").check()
        bidder.page.locator(f"[id='ajout-{lot}/offre']").set_input_files(offer)
    bidder.page.get_by_text("pièce prête").nth(2).wait_for(timeout=SLOW)
    bidder.click("Sceller et déposer")
    bidder.sees(re.compile(r"vous en auriez 3\s: décochez-en 1"), "Rien n’a été envoyé")
    bidder.shot("trop-de-lots")
    server.look()
    assert store.under_way(scene.consultation) == []
    bidder.page.locator("input[name=lot][value='3']").uncheck()
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=SLOW)
