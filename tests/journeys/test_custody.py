"""The custody of keys in browsers: a key is lost, a newcomer is given the bids already received, and opens them."""

from datetime import timedelta
from megalis.portal.consultations import workflow
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from pathlib import Path
from plone import api
from tests.journeys.test_sealed_exchange import answer
from tests.journeys.test_sealed_exchange import DEPOSITED
from tests.journeys.test_sealed_exchange import make_key
from tests.journeys.test_sealed_exchange import make_pdf
from tests.journeys.test_sealed_exchange import PASSPHRASE
from tests.journeys.test_sealed_exchange import PASSWORD
from tests.journeys.test_sealed_exchange import present_key
from tests.journeys.test_sealed_exchange import scene  # noqa: F401  a fixture

import hashlib
import re
import transaction


def test_a_newcomer_opens_the_bids_received_before_him(server, visitor, scene, tmp_path):  # noqa: F811
    titular, deputy = visitor("titulaire"), visitor("suppléant")
    titular.sign_in(scene.login(scene.holder), PASSWORD)
    deputy.sign_in(scene.login(scene.deputy), PASSWORD)
    key = make_key(titular, scene, "titulaire")
    make_key(deputy, scene, "suppleant")
    server.look()
    with api.env.adopt_roles(["Manager", "Valideur"]):
        workflow.fire(scene.consultation, "soumettre")
        workflow.fire(scene.consultation, "publier")
    transaction.commit()

    bidder = visitor("entreprise")
    bidder.sign_in(scene.login(scene.bidder.userid), PASSWORD)
    offer = make_pdf(tmp_path / "Offre.pdf")
    answer(bidder, scene, make_pdf(tmp_path / "DC1.pdf"), offer)
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=120_000)
    server.look()
    plis = store.deposits(scene.consultation)[0].plis
    before = [hashlib.sha256(b"".join(pli.read())).hexdigest() for pli in plis]

    deputy.go(f"{scene.town_path}/@@cles")
    deputy.shot("salle-des-cles")
    deputy.page.get_by_role("link", name="Clé perdue ou volée").click()
    deputy.page.locator("input[name=genre][value=perdue]").check()
    deputy.page.locator("#incident-texte").fill("Clé USB restée dans le train.")
    deputy.page.get_by_role("button", name="Déclarer l’incident").click()
    deputy.page.get_by_text("L’incident est déclaré").wait_for()
    deputy.page.get_by_text(re.compile("Aucune marge")).wait_for()
    deputy.shot("incident")
    minutes = deputy.download(lambda: deputy.page.get_by_role("link", name="Constat (PDF)").click())
    assert Path(minutes).read_bytes().startswith(b"%PDF-")

    newcomer = visitor("nouveau")
    server.look()
    with api.env.adopt_roles(["Manager"]):
        userid = scene.agent("porteurs")
    transaction.commit()
    newcomer.sign_in(scene.login(userid), PASSWORD)
    new_key = make_key(newcomer, scene, "suppleant")

    titular.go(f"{scene.town_path}/@@cles")
    titular.page.get_by_role("link", name=re.compile("Donner à une autre clé")).click()
    titular.shot("relais")
    titular.click("Lui donner les plis qui manquent")
    titular.page.locator("#relais input[type=file]").set_input_files(key)
    titular.page.locator("#relais input[type=password]").first.fill(PASSPHRASE)
    titular.click("Donner les plis", exact=True)
    titular.page.get_by_text("peut ouvrir tous les plis").wait_for(timeout=60_000)
    titular.shot("relais-fait")
    server.look()
    plis = store.deposits(scene.consultation)[0].plis
    assert [hashlib.sha256(b"".join(pli.read())).hexdigest() for pli in plis] == before
    assert set(store.relays(scene.consultation)) == {pli.id for pli in plis}

    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=12))
    server.work()
    present_key(newcomer, scene, new_key)
    for rank, kind in enumerate(("candidature", "offre")):
        newcomer.page.locator(f"[data-ouvrir={kind}]").click()
        newcomer.page.locator("[data-documents]").nth(rank).wait_for(timeout=60_000)
    newcomer.shot("ouverture-par-relais")
    server.look()
    verdicts = store.verdicts(scene.consultation)
    assert {verdict["verdict"] for verdict in verdicts.values()} == {"intact"}
    assert len(verdicts) == 2

    newcomer.page.locator("[data-verser]").click()
    newcomer.page.get_by_text(re.compile("versées au dossier")).wait_for(timeout=60_000)
    newcomer.go(f"{scene.path}/plis-ouverts")
    newcomer.shot("plis-ouverts")
    newcomer.page.get_by_role("link", name="Signatures des documents").click()
    newcomer.page.get_by_role("button", name="Vérifier les signatures").click()
    newcomer.page.get_by_text("2 documents sans signature").wait_for(timeout=60_000)
    newcomer.shot("signatures")


CATCH = "window.print = () => { window.printed = document.querySelector('.cle-feuille').innerText; }"


def test_the_key_of_the_safe_is_shared_on_sheets_and_drilled_with_them(server, visitor, scene):  # noqa: F811
    keeper = visitor("gardienne", allow=("feuille sur 2",))
    keeper.sign_in(scene.login(scene.holder), PASSWORD)
    keeper.context.add_init_script(CATCH)
    page = keeper.page
    keeper.go(f"{scene.town_path}/@@cles")
    page.locator("input[name=role][value=secours]").check()
    page.locator("#phrase-1").fill(PASSPHRASE)
    page.locator("#phrase-2").fill(PASSPHRASE)
    key = keeper.download(lambda: keeper.click("Créer la clé et enregistrer son fichier"))
    keeper.click("Imprimer les feuilles de partage")
    page.get_by_text("3 feuilles imprimées").wait_for(timeout=30_000)
    printed = page.evaluate("window.printed")
    sheets = re.findall(r"MEGA LIS- PART -1[0-9A-Z ]+", printed)
    assert len(sheets) == 3
    keeper.shot("partage")
    page.locator("#cles input[type=file]").set_input_files(key)
    page.locator("#cles input[type=password]").first.fill(PASSPHRASE)
    keeper.click("Rouvrir et publier la clé")
    page.get_by_text(re.compile("publiée et prouvée")).wait_for(timeout=60_000)

    def drill(text):
        page.locator("[data-exercice]").first.click()
        page.locator("#cles summary", has_text="coller le texte").first.click()
        page.locator("#cles textarea").fill(text)
        page.locator("#cles form button[type=submit]").click()

    keeper.go(f"{scene.town_path}/@@cles")
    drill(sheets[2])
    page.get_by_text("1 feuille sur 2 nécessaires").wait_for(timeout=30_000)
    keeper.go(f"{scene.town_path}/@@cles")
    drill(f"{sheets[2]}\n{sheets[0]}")
    page.get_by_text("Exercice réussi").wait_for(timeout=60_000)
