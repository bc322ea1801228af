"""An accountant and the Trésor: a signed flow is read as tables, sent, and its mixed acknowledgement comes back line by line."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from megalis.portal.formats.pes import states
from megalis.portal.helios import arriving
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.ledger.checkpoint import open_note
from megalis.portal.organisations import membership
from megalis.portal.transports.simulator import scenario as scenarios
from plone import api
from pypdf import PdfReader
from tests.formats import pes_flows as flows
from tests.helios.conftest import a_flow
from tests.helios.conftest import CLERK
from tests.helios.conftest import equip
from tests.helios.conftest import office  # noqa: F401
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD

import pytest
import time
import transaction


@pytest.fixture
def world(server):
    with api.env.adopt_roles(["Manager"]):
        found = equip(server.site)
        membership.add(found.a, found.clerk, {"transmetteurs-pes"})
    transaction.commit()
    return found


def work_until(server, done):
    """Give the worker rounds until ``done()``."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        server.work()
        server.look()
        if done():
            return
        for message in outbox.due(server.site, clock.now() + timedelta(hours=1)):
            message.next_try = clock.now()
        transaction.commit()
        time.sleep(0.05)
    raise AssertionError("le Trésor n’a pas répondu")


def signed(nomfic):
    """Return a flow whose two bordereaux are signed."""
    return flows.sign(flows.sign(a_flow(nomfic, dematerialisee=1), "B7"), "B8")


def test_a_signed_flow_from_its_deposit_to_its_mixed_acknowledgement(server, visitor, world, office, tmp_path):  # noqa: F811
    path = tmp_path / "mandats-novembre.xml"
    path.write_bytes(signed("NOVEMBRE [mixte]"))
    wrong = tmp_path / "faux.xml"
    wrong.write_bytes(a_flow("FAUX", bordereaux=flows.bordereau(9, amount="11.00")))
    anne = visitor("Anne")
    anne.home()
    anne.follow("Se connecter")
    anne.type_credentials(CLERK, PASSWORD)
    anne.follow("Déposer un flux")
    anne.shot("flux-deposer")
    anne.page.get_by_label("Flux PES").set_input_files([wrong])
    anne.submit("Déposer et contrôler")
    anne.sees("Ce flux ne peut pas partir", "annonce 11\N{NO-BREAK SPACE}€")
    anne.shot("flux-a-corriger")
    anne.follow("Tous les flux")
    anne.follow("Déposer un flux")
    anne.page.get_by_label("Flux PES").set_input_files([path])
    anne.submit("Déposer et contrôler")
    anne.sees("Prêt à partir", "Anne Le Bihan", "Maire", "Valable")
    anne.shot("flux-depose")

    anne.follow("Bordereau 8/2026")
    anne.sees("Mandat ordinaire 3", "Fournitures d'été", "Le Goff é fils")
    anne.shot("flux-bordereau")
    anne.follow("Revenir au flux")
    anne.follow("Bordereau 7/2026")
    address = anne.page.get_by_role("link", name="facture.pdf").get_attribute("href")
    shown = anne.context.request.get(address)
    assert (shown.status, shown.headers["content-type"], shown.body()) == (200, "application/pdf", flows.PDF)
    assert shown.headers["content-disposition"].startswith("inline")
    anne.follow("Revenir au flux")

    anne.follow("Transmettre")
    anne.shot("flux-transmettre")
    anne.submit("Transmettre au Trésor")
    anne.sees("Le flux part")
    server.look()
    flux = next(item for item in world.registre.objectValues() if item.nomfic.startswith("NOVEMBRE"))
    work_until(server, lambda: flux.etat == states.MIXTE)
    anne.sees("1 anomalie", "Accepté en partie")  # the page follows by itself
    anne.page.reload()
    anne.sees("Bordereau 8/2026, pièce 3, ligne 2", "Compte absent")
    anne.shot("flux-mixte")
    rows = anne.page.get_by_role("table", name="2 bordereaux").get_by_role("row")
    assert "Accepté" in rows.nth(1).inner_text() and "Refusé" in rows.nth(2).inner_text()

    anne.follow("Bordereau 8/2026, pièce 3, ligne 2")
    lines = anne.page.get_by_role("table", name="Lignes du bordereau").get_by_role("row")
    assert "Refusé avec son bordereau" in lines.nth(1).inner_text()
    assert "Compte absent" in lines.nth(2).inner_text()
    anne.shot("flux-lignes")
    anne.follow("Revenir au flux")
    anne.follow("Toutes, à emporter")
    anne.shot("flux-anomalies")

    path.write_bytes(signed("DECEMBRE [retour]"))
    anne.follow("Revenir au flux")
    anne.follow("Tous les flux")
    anne.shot("flux-suivi")
    anne.follow("Déposer un flux")
    anne.page.get_by_label("Flux PES").set_input_files([path])
    anne.submit("Déposer et contrôler")
    anne.follow("Transmettre")
    anne.submit("Transmettre au Trésor")
    work_until(server, lambda: len(world.registre.retours) == 1)
    anne.page.reload()
    anne.sees("Accepté par le Trésor")
    anne.follow("Tous les flux")
    anne.follow("Retours du Trésor")
    anne.sees("Non lu", "1 payée, 1 rejetée")
    anne.shot("flux-retours")
    anne.page.locator("table a").first.click()
    anne.sees("Soldé, payé", "Rejeté")
    anne.shot("flux-retour")
    anne.submit("Marquer comme lu")
    anne.follow("Flux comptables")
    anne.follow("Statistiques")
    anne.sees("acceptés en partie")
    anne.shot("flux-statistiques")
    assert not arriving.orphans(server.look())


def test_the_signed_sample_is_read_sent_and_its_acknowledgement_told_line_by_line(
    server,
    visitor,
    world,
    office,  # noqa: F811
    referentiels,
    tmp_path,
):
    sample = referentiels("pes") / "samples" / "PESALR2_25060187900027_190328_001.xml"
    office.scenario = scenarios.Scenario("mixte", tuple(scenarios.ACCOUNTS))
    anne = visitor("Anne")
    anne.home()
    anne.follow("Se connecter")
    anne.type_credentials(CLERK, PASSWORD)
    anne.follow("Déposer un flux")
    anne.page.get_by_label("Flux PES").set_input_files([sample])
    anne.submit("Déposer et contrôler")
    anne.sees("Prêt à partir", "THOMAS Celine", "Valable", "4\N{NARROW NO-BREAK SPACE}874,40\N{NO-BREAK SPACE}€")
    anne.shot("echantillon-depose")
    anne.follow("Bordereau 11")
    anne.sees("Mandat ordinaire 1303")
    pieces = anne.page.get_by_role("link", name="FACAVA2015092432682006500083.pdf")
    shown = anne.context.request.get(pieces.first.get_attribute("href"))
    assert (shown.status, shown.headers["content-type"]) == (200, "application/pdf")
    assert shown.body().startswith(b"%PDF") and PdfReader(BytesIO(shown.body())).pages
    anne.shot("echantillon-bordereau")
    anne.follow("Revenir au flux")
    anne.follow("Transmettre")
    anne.submit("Transmettre au Trésor")
    server.look()
    (flux,) = world.registre.objectValues()
    work_until(server, lambda: flux.etat == states.MIXTE)
    (received,) = office.receptions()
    assert received["sha256"] == sha256(sample.read_bytes()).hexdigest()
    anne.page.reload()
    anne.sees("Accepté en partie", "Compte absent")
    anne.shot("echantillon-mixte")
    anne.follow("Bordereau 11")
    lines = anne.page.get_by_role("table", name="Lignes du bordereau").get_by_role("row")
    assert "Compte absent" in lines.nth(1).inner_text()
    anne.follow("Revenir au flux")

    anne.follow("Déclaration signée")
    anne.sees("n’est homologuée ni par la DGCL")
    anne.shot("homologation")
    note = anne.download(lambda: anne.click("Télécharger la déclaration", "link"))
    said = open_note(note.read_text("utf-8"), journal.signer().verifier)
    assert "n’est homologuée ni par la DGCL" in str(said)
