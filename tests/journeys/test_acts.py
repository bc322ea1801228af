"""A secretary and her préfecture: an act from its draft to the public register, a request answered, another act cancelled."""

from datetime import timedelta
from megalis.portal.actes import arriving
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.organisations import assurance
from megalis.portal.organisations import membership
from plone import api
from pypdf import PdfReader
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import office  # noqa: F401
from tests.actes.conftest import ready
from tests.journeys import agents
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD

import pytest
import time
import transaction


SECRETARY = "redacteurs-actes@a.exemple.fr"
TITLE = "Tarifs de la cantine pour l’année 2026"


@pytest.fixture
def world(server):
    with api.env.adopt_roles(["Manager"]):
        found = equip(server.site)
        membership.add(found.a, found.redacteurs, {"transmetteurs-actes"})
        found.second = ready(found, "D2026_002", objet="Acte à annuler")
    transaction.commit()
    return found


def make_pdf(folder, name, words):
    path = folder / name
    path.write_bytes(a_pdf(words))
    return path


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
    raise AssertionError("la préfecture n’a pas répondu")


def test_an_act_from_its_draft_to_the_public_register(server, visitor, world, office, tmp_path):  # noqa: F811
    files = [
        make_pdf(tmp_path, "Délibération.pdf", "Le conseil municipal fixe les tarifs de la cantine."),
        make_pdf(tmp_path, "Annexe tarifs.pdf", "Tarifs"),
        make_pdf(tmp_path, "Annexe règlement.pdf", "Règlement"),
    ]
    annie = visitor("Annie")
    annie.home()
    annie.follow("Se connecter")
    annie.type_credentials(SECRETARY, PASSWORD)
    agents.dashboard(annie)
    annie.follow("Nouvel acte")
    annie.shot("acte-nouveau")
    annie.fill("Numéro", "d2026_044")
    annie.fill("Date de décision", f"{clock.paris(clock.now()) - timedelta(days=1):%Y-%m-%d}")
    annie.fill("Objet", TITLE)
    annie.page.get_by_text("Classification entière").click()
    annie.page.get_by_text("7 Finances locales").click()
    annie.shot("acte-matiere")
    annie.click("7.1 Décisions budgétaires", "link")
    assert annie.page.get_by_label("Matière").input_value() == "7.1 Décisions budgétaires"
    assert annie.page.get_by_label("Objet").input_value() == TITLE
    annie.page.get_by_label("Ajouter des fichiers").set_input_files(files)
    annie.submit("Enregistrer et continuer")
    annie.sees("3 fichiers")
    annie.shot("acte-transmettre")
    annie.submit("Transmettre à la préfecture")
    annie.sees("L’acte part")
    annie.shot("acte-parti")
    act = world.registre[world.registre.numbers["D2026_044"]] if server.look() else None
    work_until(server, lambda: act.etat == states.ACQUITTE)
    annie.sees("Acquitté par la préfecture", "Reçu en préfecture")  # the page follows by itself
    annie.page.reload()
    annie.shot("acte-acquitte")
    stamped = annie.download(lambda: annie.page.get_by_role("link", name="copie tamponnée").first.click())
    assert act.identifier in PdfReader(stamped).pages[0].extract_text()
    slip = annie.download(lambda: annie.click("Bordereau d’acquittement (PDF)", "link"))
    assert slip.read_bytes().startswith(b"%PDF")

    annie.follow("Publier")
    annie.shot("acte-publication")
    annie.submit("Publier sur le registre")
    anyone = visitor("habitant")
    anyone.home()
    anyone.go(world.a.absolute_url())
    anyone.follow("Registre des actes")
    anyone.shot("registre-actes")
    anyone.fill("Mots", "cantine")
    anyone.submit("Chercher")
    anyone.follow(TITLE)
    anyone.sees("Exécutoire depuis le", "Annexe 2")
    anyone.shot("acte-public")

    office.letter(act.identifier, "pieces")
    work_until(server, lambda: bool(act.dossier.courriers))
    agents.do_first(annie, "Répondre à la préfecture")
    annie.follow("Répondre")
    annie.sees("Le plan annexé")
    annie.shot("acte-courrier")
    annie.page.get_by_role("radio", name="Transmettre les pièces", exact=True).check()
    annie.page.get_by_label("Documents").set_input_files([make_pdf(tmp_path, "Plan.pdf", "Plan")])
    annie.submit("Envoyer la réponse")
    work_until(server, lambda: act.dossier.courriers[0].etat == states.REPONSE_ACQUITTEE)
    annie.page.reload()
    annie.sees("Pièces reçues par la préfecture")
    annie.shot("acte-courrier-acquitte")

    agents.do_first(annie, "Finir l’acte D2026_002")
    annie.follow("Transmettre")
    annie.submit("Transmettre à la préfecture")
    second = world.second
    work_until(server, lambda: second.etat == states.ACQUITTE)
    annie.page.reload()
    annie.follow("Annuler la transmission")
    annie.shot("acte-annulation")
    annie.submit("Annuler la transmission")
    work_until(server, lambda: second.etat == states.ANNULE)
    annie.page.reload()
    annie.sees("Annulation enregistrée par la préfecture")
    annie.follow("Tous les actes")
    annie.follow("Cette plateforme n’est pas homologuée")
    annie.sees("n’est homologuée ni par la DGCL")
    assert not arriving.orphans(server.look())


def test_an_act_is_archived_then_what_is_not_public_goes_and_its_page_stays(server, visitor, world, office):  # noqa: F811
    act = world.second
    with api.env.adopt_roles(["Manager"]):
        service.transmit(act, world.transmetteurs)
        kept = {**registres.reglages(world.registre), "conservation": "1", "assurance": assurance.PASSWORD}
        registres.set_reglages(world.registre, kept)
    transaction.commit()
    work_until(server, lambda: act.etat == states.ACQUITTE)
    with api.env.adopt_roles(["Manager"]):
        outcome.publish(act, world.redacteurs)
    transaction.commit()
    start = clock.now()
    clock.set_for_tests(start + timedelta(days=80))
    arriving.timers(server.site)
    transaction.commit()
    annie = visitor("Annie")
    annie.home()
    annie.follow("Se connecter")
    annie.type_credentials(SECRETARY, PASSWORD)
    annie.follow("Actes, ")
    annie.follow("Acte à annuler")
    annie.follow("Archiver ou détruire")
    annie.sees("pas encore pris en charge")
    annie.shot("acte-archiver")
    assert annie.download(lambda: annie.click("Télécharger l’archive", "link")).read_bytes().startswith(b"PK")
    annie.fill("Référence de la prise en charge", "SAE-2027-031")
    annie.fill("Date de la prise en charge", f"{clock.paris(clock.now()):%Y-%m-%d}")
    annie.submit("Noter la prise en charge")
    annie.sees("référence SAE-2027-031", "Les fichiers se gardent jusqu’au")
    annie.shot("acte-archive")
    clock.set_for_tests(start + timedelta(days=80 + 40))
    annie.home()
    annie.menu("Mon espace")
    if "Se connecter" in annie.words():
        annie.follow("Se connecter")
        annie.type_credentials(SECRETARY, PASSWORD)
    annie.follow("Actes, ")
    annie.follow("Archivés")
    annie.shot("actes-archives")
    annie.follow("Acte à annuler")
    annie.follow("Archiver ou détruire")
    annie.shot("acte-detruire")
    annie.fill("Recopiez le numéro de l’acte", "D2026_002")
    annie.submit("Détruire les fichiers")
    annie.sees("détruits")
    annie.shot("acte-detruit")
    server.look()
    assert act.etat == states.DETRUIT and not any(moment.files for moment in act.history)
    anyone = visitor("habitant")
    anyone.home()
    anyone.follow("Registres des actes")
    anyone.fill("Mots", "annuler")
    anyone.submit("Chercher")
    anyone.follow("Acte à annuler")
    address = anyone.page.get_by_role("link", name="Acte : piece-0.pdf").get_attribute("href")
    assert anyone.context.request.get(address).body().startswith(b"%PDF")
