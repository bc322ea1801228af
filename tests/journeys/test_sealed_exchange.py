"""The sealed exchange in browsers, as each role: keys made and drilled, bids deposited, closed, opened and verified."""

from datetime import timedelta
from megalis.portal.cli import main
from megalis.portal.consultations import workflow
from megalis.portal.deposits import keys
from megalis.portal.deposits import simulation
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from pathlib import Path
from plone import api
from tests.deposits.scene import Scene
from tests.journeys.people import sha256_of
from zipfile import ZIP_STORED
from zipfile import ZipFile

import json
import os
import pytest
import re
import transaction


PASSWORD = "phrase de passe longue 42 mer"
PASSPHRASE = "cinq mots que la mer garde"
SIZE = int(os.environ.get("MEGALIS_JOURNEY_BYTES", 20_000_000))
PATIENCE = 120_000 + SIZE // 500  # milliseconds: every part passes through the test, that cuts the network
DEPOSITED = re.compile("Pli déposé le")


class Place(Scene):
    """A collectivité whose keys are still to be made: its agents do it in their browsers."""

    def add_key(self, userid, role):
        return None

    def login(self, userid):
        return api.user.get(userid=userid).getUserName()


@pytest.fixture
def scene(server):
    with api.env.adopt_roles(["Manager"]):
        found = Place(server.site)
        simulation.build(server.site)
        found.bidder = found.company()
        found.second = found.company("55208131700018", "Couvreurs du Trégor")
    found.path = "/" + "/".join(found.consultation.getPhysicalPath()[2:])
    found.town_path = "/" + "/".join(found.town.getPhysicalPath()[2:])
    transaction.commit()
    return found


def make_pdf(path):
    """Write a whole PDF: the page looks at files before it seals them."""
    path.write_bytes(pdf.build(path.stem, [pdf.paragraph(path.stem)]))
    return path


def make_files(folder):
    """Return the two documents of a bid; the offer is large and has no pattern that anything could compress."""
    offer = folder / "mémoire et plans.zip"
    with ZipFile(offer, "w", ZIP_STORED) as archive:
        for rank in range(SIZE // 1_000_000):
            archive.writestr(f"plan {rank}.dwg", os.urandom(1_000_000))
    return make_pdf(folder / "DC1 et DC2.pdf"), offer


def make_key(person, scene, role):
    """Make a key in the key room, keep its file, open it again, have it proved; return the file's path."""
    person.go(f"{scene.town_path}/@@cles")
    person.page.locator(f"input[name=role][value={role}]").check()
    person.page.locator("#phrase-1").fill(PASSPHRASE)
    person.page.locator("#phrase-2").fill(PASSPHRASE)
    key = person.download(lambda: person.click("Créer la clé et enregistrer son fichier"))
    person.page.locator("#cles input[type=file]").set_input_files(key)
    person.page.locator("#cles input[type=password]").first.fill(PASSPHRASE)
    person.click("Rouvrir et publier la clé")
    person.page.get_by_text(re.compile("publiée et prouvée")).wait_for(timeout=60_000)
    person.shot(f"cle-{role}")
    return key


def answer(person, scene, candidacy, offer):
    """Choose lot 1 and the two documents on the deposit page."""
    person.go(f"{scene.path}/@@repondre")
    person.page.locator("input[name=lot][value='1']").check()
    person.page.locator("[id='ajout-1/candidature']").set_input_files(candidacy)
    person.page.locator("[id='ajout-1/offre']").set_input_files(offer)
    person.page.get_by_text("pièce prête").nth(1).wait_for(timeout=60_000)


def present_key(person, scene, key):
    person.go(f"{scene.path}/@@ouverture")
    person.page.locator("#ouverture input[type=file]").set_input_files(key)
    person.page.locator("#ouverture input[type=password]").first.fill(PASSPHRASE)
    person.click("Présenter la clé")
    person.page.locator("#seance").wait_for(timeout=60_000)


def test_a_bid_travels_sealed_from_the_bidder_to_the_deputy_and_every_proof_holds(server, visitor, scene, tmp_path):
    candidacy, offer = make_files(tmp_path)

    titular, deputy = visitor("titulaire"), visitor("suppléant")
    titular.sign_in(scene.login(scene.holder), PASSWORD)
    deputy.sign_in(scene.login(scene.deputy), PASSWORD)
    make_key(titular, scene, "titulaire")
    deputy_key = make_key(deputy, scene, "suppleant")
    server.look()
    assert [key.role for key in keys.active_keys(scene.town)] == ["titulaire", "suppleant"]

    with api.env.adopt_roles(["Manager", "Valideur"]):
        workflow.fire(scene.consultation, "soumettre")
        workflow.fire(scene.consultation, "publier")
    transaction.commit()

    anyone = visitor("visiteur")
    anyone.go(scene.path)
    for key in keys.active_keys(scene.town):
        assert key.fingerprint in anyone.page.content()
    anyone.shot("consultation")

    bidder = visitor("entreprise")
    bidder.sign_in(scene.login(scene.bidder.userid), PASSWORD)
    answer(bidder, scene, candidacy, offer)
    bidder.shot("depot-pieces")
    cut = {"left": 1}

    def cable(route):
        if "offset=8388608" in route.request.url and cut["left"]:
            cut["left"] -= 1
            route.abort("internetdisconnected")
        else:
            route.continue_()

    bidder.context.route("**/@@depot-partie*", cable)
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=PATIENCE)
    assert cut["left"] == 0
    bidder.shot("depot-accuse")
    server.work()
    receipt = bidder.download(lambda: bidder.click("Accusé vérifiable (JSON)"))
    held = json.loads(receipt.read_text("utf-8"))
    assert {row["nom"] for row in held["evenement"]["documents"]} == {candidacy.name, offer.name}

    deputy.go(f"{scene.path}/@@ouverture")
    deputy.sees("restent scellés")

    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=12))
    server.work()
    present_key(deputy, scene, deputy_key)
    for kind in ("candidature", "offre"):
        deputy.page.locator(f"[data-ouvrir={kind}]").click()
        deputy.page.locator("[data-documents]").nth(0 if kind == "candidature" else 1).wait_for(timeout=PATIENCE)
    deputy.shot("ouverture")
    shown = deputy.page.content()
    for path in (candidacy, offer):
        assert sha256_of(path) in shown
    saved = deputy.download(lambda: deputy.click(f"Enregistrer {candidacy.name}"))
    assert sha256_of(saved) == sha256_of(candidacy)
    deputy.page.locator("[data-verser]").click()
    deputy.page.get_by_text(re.compile("versées au dossier")).wait_for(timeout=60_000)

    deputy.go(f"{scene.path}/@@pv-ouverture")
    deputy.sees("Charpentes du Léon")
    assert sha256_of(offer) in deputy.page.content()
    deputy.shot("proces-verbal")
    minutes = deputy.download(lambda: deputy.click("Procès-verbal (PDF)", "link"))
    assert minutes.read_bytes().startswith(b"%PDF-")

    server.work()
    server.work()
    key = journal.signer().verifier.text
    assert main(["receipt", "verify", str(receipt), "--cle", key, str(candidacy), str(offer)]) == 0
    export = anyone_downloads_the_journal(anyone, tmp_path)
    assert main(["journal", "verify", str(export), "--cle", key]) == 0
    held["evenement"]["deposant"]["nom"] = "Un autre"
    forged = tmp_path / "faux.json"
    forged.write_text(json.dumps(held), "utf-8")
    assert main(["receipt", "verify", str(forged), "--cle", key]) == 1


def anyone_downloads_the_journal(person, folder):
    """Download the export of the public journal page; return its path."""
    answer = person.context.request.get(f"{person.url}/journal-export")
    assert answer.ok, answer.status
    path = Path(folder, "journal.jsonl")
    path.write_bytes(answer.body())
    return path


@pytest.fixture
def published(scene, server):
    """The same place with keys made in Python, published, so that these tests run alone."""
    with api.env.adopt_roles(["Manager", "Valideur"]):
        for userid, role in ((scene.holder, "titulaire"), (scene.deputy, "suppleant")):
            scene.pairs[userid] = Scene.add_key(scene, userid, role)
        workflow.fire(scene.consultation, "soumettre")
        workflow.fire(scene.consultation, "publier")
    transaction.commit()
    return scene


def test_a_second_late_is_said_so_and_kept_sealed(server, visitor, published, tmp_path):
    candidacy, offer = tmp_path / "dc1.pdf", tmp_path / "prix.pdf"
    for path in (candidacy, offer):
        make_pdf(path)
    bidder = visitor("en retard")
    bidder.sign_in(published.login(published.second.userid), PASSWORD)
    answer(bidder, published, candidacy, offer)
    clock.set_for_tests(published.consultation.deadline + timedelta(seconds=1))
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(re.compile("hors délai", re.IGNORECASE)).first.wait_for(timeout=60_000)
    server.look()
    (deposit,) = store.deposits(published.consultation)
    assert deposit.late
    bidder.shot("depot-hors-delai")


def test_a_terminal_deposits_and_the_page_withdraws(server, visitor, published, tmp_path, monkeypatch):
    offer = make_pdf(tmp_path / "prix.pdf")
    monkeypatch.setenv("MEGALIS_PASSWORD", PASSWORD)
    words = ["--compte", published.login(published.second.userid), "--dossier", str(tmp_path / "envoi")]
    assert main(["deposit", server.url + published.path, *words, "--offre", f"1={offer}"]) == 0
    bidder = visitor("terminal")
    bidder.sign_in(published.login(published.second.userid), PASSWORD)
    bidder.go(f"{published.path}/@@mes-depots")
    bidder.shot("mes-depots")
    bidder.page.locator("details summary", has_text="Retirer").first.click()
    bidder.submit("Retirer ce dépôt")
    bidder.sees("est retiré")
    server.look()
    (deposit,) = store.deposits(published.consultation)
    assert deposit.state == store.WITHDRAWN


def test_anyone_tries_the_simulation_room_and_opens_his_bid_at_once(server, visitor, scene, tmp_path):
    offer = tmp_path / "essai.pdf"
    make_pdf(offer)
    person = visitor("curieux")
    person.home()
    person.follow("Tester mon poste")
    person.sees("Ce qu’il faut à votre poste", "d’une version de 2023 ou plus récente", "Aucun certificat")
    person.page.locator("input[name=lot][value='1']").check()
    person.page.locator("[id='ajout-1/offre']").set_input_files(offer)
    person.page.get_by_text("pièce prête").first.wait_for()
    person.click("Sceller et déposer")
    person.page.get_by_text(DEPOSITED).wait_for(timeout=60_000)
    person.click("Ouvrir mon pli d’essai")
    person.page.get_by_text(sha256_of(offer)[:4]).first.wait_for(timeout=60_000)
    assert sha256_of(offer) in person.page.content()
    person.shot("simulation")


def test_a_visitor_who_asks_for_the_opening_is_sent_to_sign_in(server, visitor, scene):
    person = visitor("visiteur")
    person.go(f"{scene.path}/@@registre-depots")
    assert "/login" in person.page.url
