"""What interrupts people: a reload in mid-deposit, a pause, a second tab, a browser without scripts, a key file that is lost."""

from datetime import timedelta
from megalis.portal.deposits import keys
from megalis.portal.deposits import receipts
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from pathlib import Path
from tests.deposits.scene import bid
from tests.journeys.test_sealed_exchange import answer
from tests.journeys.test_sealed_exchange import DEPOSITED
from tests.journeys.test_sealed_exchange import make_files
from tests.journeys.test_sealed_exchange import make_pdf
from tests.journeys.test_sealed_exchange import PASSPHRASE
from tests.journeys.test_sealed_exchange import PASSWORD
from tests.journeys.test_sealed_exchange import published  # noqa: F401  fixture
from tests.journeys.test_sealed_exchange import scene  # noqa: F401  fixture

import json
import os
import pytest
import re
import transaction


HELD = re.compile("offset=8388608")


class Cable:
    """The network of one person, which can be held at the second part of the offer."""

    def __init__(self, person):
        self.routes = []
        self.holding = True
        self.sent = []
        person.context.route("**/@@depot-partie*", self)

    def __call__(self, route):
        self.sent.append(route.request.url)
        if self.holding and HELD.search(route.request.url):
            self.routes.append(route)
        else:
            route.continue_()

    def wait(self, page):
        """Wait until the second part is on its way and held."""
        for _ in range(600):
            if self.routes:
                return
            page.wait_for_timeout(100)
        raise AssertionError("the second part never left")

    def free(self):
        self.holding = False


@pytest.fixture
def bidder(server, visitor, published, tmp_path):  # noqa: F811
    person = visitor("entreprise")
    person.sign_in(published.login(published.bidder.userid), PASSWORD)
    person.files = make_files(tmp_path)
    return person


def begin(person, published):  # noqa: F811
    """Start a deposit and hold it at its second part."""
    person.cable = Cable(person)
    answer(person, published, *person.files)
    person.click("Sceller et déposer")
    person.cable.wait(person.page)


def receive(server, published):  # noqa: F811
    server.look()
    (deposit,) = store.deposits(published.consultation)
    return deposit


def parts_sent(person):
    """Return the addresses of the parts of the offer that left, without what differs from one deposit to another."""
    return [url.rsplit("offset=", 1)[1] for url in person.cable.sent]


def test_a_deposit_cut_by_a_reload_is_taken_up_with_the_same_files_and_the_same_bytes(server, bidder, published):  # noqa: F811
    begin(bidder, published)
    first = re.search("depot=([0-9a-f]{32})", bidder.cable.sent[-1])[1]
    bidder.page.reload()
    bidder.page.get_by_text("Un dépôt commencé attend sa fin").wait_for()
    bidder.shot("depot-reprise")
    bidder.page.locator("#reprise-pieces").set_input_files(bidder.files)
    bidder.page.get_by_text("Toutes les pièces sont là").wait_for()
    bidder.cable.free()
    bidder.click("Reprendre l’envoi")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=120_000)
    deposit = receive(server, published)
    assert deposit.id == first
    assert parts_sent(bidder).count("0") == 1, "the part that was acknowledged did not leave again"


def test_a_file_changed_during_the_reload_is_sealed_again_under_another_key(server, bidder, published):  # noqa: F811
    begin(bidder, published)
    first = re.search("depot=([0-9a-f]{32})", bidder.cable.sent[-1])[1]
    bidder.page.reload()
    bidder.page.get_by_text("Un dépôt commencé attend sa fin").wait_for()
    offer = Path(bidder.files[1])
    data = bytearray(offer.read_bytes())
    data[len(data) // 2] ^= 1
    offer.write_bytes(data)
    bidder.page.locator("#reprise-pieces").set_input_files(bidder.files)
    bidder.cable.free()
    bidder.click("Reprendre l’envoi")
    bidder.page.get_by_role("heading", name="Le pli doit être scellé de nouveau").wait_for(timeout=60_000)
    bidder.page.get_by_text("pièce prête").nth(1).wait_for(timeout=60_000)
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=120_000)
    assert receive(server, published).id != first


def test_a_pause_holds_everything_until_it_is_lifted(server, bidder, published):  # noqa: F811
    begin(bidder, published)
    bidder.click("Suspendre")
    bidder.page.get_by_text("suspendu par vous").wait_for()
    bidder.shot("depot-suspendu")
    bidder.cable.free()
    before = len(bidder.cable.sent)
    bidder.page.wait_for_timeout(1500)
    assert len(bidder.cable.sent) == before
    bidder.click("Reprendre l’envoi")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=120_000)
    assert parts_sent(bidder).count("0") == 1
    assert not receive(server, published).late


def test_a_second_tab_does_not_disturb_the_first(server, bidder, published):  # noqa: F811
    begin(bidder, published)
    other = bidder.context.new_page()
    other.goto(bidder.page.url)
    other.get_by_text("Un envoi est en cours dans un autre onglet").wait_for()
    other.close()
    bidder.cable.free()
    for route in bidder.cable.routes:
        route.continue_()
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=120_000)
    assert len(receive(server, published).plis) == 2


def test_a_receipt_taken_again_later_still_proves_each_file(server, bidder, published, tmp_path):  # noqa: F811
    bidder.cable = Cable(bidder)
    bidder.cable.free()
    bidder.files = [make_pdf(tmp_path / name) for name in ("dc1.pdf", "prix.pdf")]
    answer(bidder, published, *bidder.files)
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=60_000)
    deposit = receive(server, published)
    bidder.go(f"{published.path}/@@accuse?depot={deposit.id}")
    bidder.page.get_by_text("porte aussi les sels").wait_for()
    bidder.shot("accuse")
    receipt = json.loads(bidder.download(lambda: bidder.click("Accusé vérifiable (JSON)", "link")).read_text("utf-8"))
    assert set(receipt["sels"]) == {pli.id for pli in deposit.plis}


def test_a_draft_is_there_on_the_next_visit_and_goes_with_the_deposit(server, bidder, published, tmp_path):  # noqa: F811
    """Nothing of it leaves the computer: the platform knows of no deposit, and of no file, before the bid is sealed."""
    bidder.cable = Cable(bidder)
    bidder.cable.free()
    bidder.files = [make_pdf(tmp_path / name) for name in ("dc1.pdf", "prix.pdf")]
    answer(bidder, published, *bidder.files)
    bidder.page.get_by_label("Garder un brouillon sur cet ordinateur").check()
    bidder.sees(re.compile("^Gardé sur cet ordinateur le"))
    assert bidder.cable.sent == []
    bidder.page.close()
    bidder.page = bidder.context.new_page()
    bidder.go(f"{published.path}/@@repondre")
    bidder.sees(re.compile(r"Brouillon du .* retrouvé\s: 2\spièces"))
    bidder.shot("depot-brouillon")
    assert bidder.page.locator("input[name=lot][value='1']").is_checked()
    bidder.click("Sceller et déposer")
    bidder.page.get_by_text(DEPOSITED).wait_for(timeout=120_000)
    bidder.go(f"{published.path}/@@repondre")
    bidder.sees(re.compile("^Aucun brouillon sur cet ordinateur"))
    assert len(receive(server, published).plis) == 2


def test_without_scripts_the_page_gives_the_command_that_deposits(server, visitor, published):  # noqa: F811
    person = visitor("sans script", java_script_enabled=False)
    person.go(f"{published.path}/@@repondre")
    text = person.page.locator("body").inner_text()
    assert "n’exécute pas de script" in text
    person.page.locator("summary", has_text="Déposer depuis un terminal").click()
    command = person.page.locator("#terminal pre").inner_text()
    assert f"megalis deposit {server.url}" in command
    assert "--compte" in command and "--offre 1=offre.pdf" in command
    person.shot("repondre-sans-script")


def test_a_lost_key_file_is_made_up_for_by_the_printed_sheet(server, visitor, scene):  # noqa: F811
    """The sheet bears the key wrapped by its passphrase, never bare; its text alone passes the next drill."""
    person = visitor("titulaire")
    person.sign_in(scene.login(scene.holder), PASSWORD)
    person.page.add_init_script(
        "window.print = () => { window.printed = document.querySelector('.cle-feuille').outerHTML; }"
    )
    person.go(f"{scene.town_path}/@@cles")
    person.page.locator("input[name=role][value=secours]").check()
    for field in ("#phrase-1", "#phrase-2"):
        person.page.locator(field).fill(PASSPHRASE)
    key = person.download(lambda: person.click("Créer la clé et enregistrer son fichier"))
    person.click("Imprimer la feuille")
    printed = person.page.evaluate("window.printed")
    assert "AGE-SECRET-KEY" not in printed and PASSPHRASE not in printed
    assert "<svg" in printed
    sheet = re.search("-----BEGIN AGE ENCRYPTED FILE-----.*-----END AGE ENCRYPTED FILE-----", printed, re.DOTALL)[0]
    person.shot("cle-feuille-a-imprimer")
    person.page.locator("#cles input[type=file]").set_input_files(key)
    person.page.locator("#cles input[type=password]").first.fill(PASSPHRASE)
    person.click("Rouvrir et publier la clé")
    person.page.get_by_text(re.compile("publiée et prouvée")).wait_for(timeout=60_000)
    person.page.locator("#cles-etat").get_by_text("Secours").first.wait_for()
    server.look()
    (made,) = keys.all_keys(scene.town)
    before = made.last_drill

    os.unlink(key)
    person.page.locator("[data-exercice]").first.click()
    person.page.locator("summary", has_text="feuille imprimée").click()
    person.page.locator("#cles textarea").fill(sheet.replace("\n", " "))
    person.page.locator("#cles input[type=password]").first.fill(PASSPHRASE)
    person.page.locator("#cles").get_by_role("button", name="Faire l’exercice").click()
    person.page.get_by_text("Exercice réussi").wait_for(timeout=60_000)
    person.shot("cles-exercice")
    server.look()
    assert keys.all_keys(scene.town)[0].last_drill > before


def test_registers_minutes_journal_and_verification_stand_wide_and_narrow(server, visitor, published, tmp_path):  # noqa: F811
    """Two bidders, one of them late and one withdrawal: what the buyer and anyone reads of it afterwards."""
    offer = ("1", "offre", {"prix é.pdf": b"%PDF-1.4 prix"})
    bidders = (published.bidder, published.second)
    kept = []
    for depositor, at in ((bidders[0], None), (bidders[0], None), (bidders[1], published.consultation.deadline)):
        demand, tails = bid(published.consultation, depositor, offer)
        kept.append(service.finish(published.consultation, depositor, demand, tails, at or clock.now())[0])
    service.withdraw(published.consultation, bidders[0], kept[0].id, clock.now())
    transaction.commit()
    clock.set_for_tests(published.consultation.deadline + timedelta(seconds=12))
    server.work()
    server.work()
    holder = visitor("titulaire")
    holder.sign_in(published.login(published.holder), PASSWORD)
    holder.go(f"{published.path}/@@registre-depots")
    holder.sees("Charpentes du Léon", "Couvreurs du Trégor", "Hors délai", "Retiré")
    holder.shot("registre-depots")
    holder.go(f"{published.path}/@@journal")
    holder.sees("Retrait d’un pli", "Clôture")
    holder.shot("journal-consultation")
    holder.go(f"{published.path}/@@ouverture")
    holder.page.locator("#presenter").wait_for()
    holder.shot("ouverture-cle")
    holder.go(f"{published.path}/@@pv-ouverture")
    holder.shot("pv-ouverture-avant")
    holder.go(f"{published.town_path}/@@cles")
    holder.page.locator("#cle-nouvelle").wait_for()
    holder.shot("cles")
    anyone = visitor("visiteur")
    anyone.go("/journal")
    anyone.shot("journal")
    anyone.go("/verifier")
    receipt = tmp_path / "accuse.json"
    receipt.write_text(json.dumps(receipts.receipt(kept[1])), "utf-8")
    anyone.page.locator("#accuse").set_input_files(receipt)
    anyone.click("Vérifier", exact=True)
    anyone.page.locator("[data-verdict=valable]").wait_for()
    anyone.shot("verifier")
