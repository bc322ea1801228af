"""The register of acts is permanent; the files of an act go once archived and their time over, those published never."""

from datetime import timedelta
from html import unescape
from megalis.portal.actes import archiving
from megalis.portal.actes import arriving
from megalis.portal.actes import dashboard
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import keeping
from plone.testing.zope import Browser
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit

import pytest
import transaction


@pytest.fixture
def portal(functional_portal):
    return functional_portal


@pytest.fixture
def travel():
    """Return a function that goes some days ahead of now."""
    start = clock.now()
    yield lambda days: clock.set_for_tests(start + timedelta(days=days))
    clock.set_for_tests()


@pytest.fixture
def received(portal, world, office):
    acte = ready(world, annexes=2)
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    return acte


@pytest.fixture
def archived(portal, world, received, travel):
    """An act whose control is over, that an archive service took charge of; 75 days later."""
    travel(75)
    arriving.timers(portal)
    accept(world, received)
    return received


def keep(world, months, **more):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "conservation": months, **more})


def accept(world, acte):
    archiving.accepted(acte, "SAE-2026-12", keeping.today(), world.transmetteurs)


def refusal_of(work, *args):
    with pytest.raises(Refused) as refusal:
        work(*args)
    return refusal.value.code


def events(acte, name):
    return [event for event in journal.events(acte, "acte") if event["evenement"] == name]


def files(acte):
    """Return the names of every file that is left."""
    held = [name for moment in acte.history for name, _file in moment.files]
    return held + [piece.name for piece in acte.pieces if piece.file is not None or piece.anonymised is not None]


def browse(portal, login=None):
    browser = Browser(portal.aq_parent)
    browser.handleErrors, browser.raiseHttpErrors = True, False
    if login:
        browser.addHeader("Authorization", f"Basic {login}@a.exemple.fr:{PASSWORD}")
    return browser


def test_nothing_goes_while_the_control_runs_or_before_it_is_archived(portal, world, received, travel):
    keep(world, "1")
    assert refusal_of(archiving.destroy, received) == "archives.obstacle"
    assert archiving.obstacles(received)[0].startswith("Le contrôle de légalité court jusqu’au")
    assert refusal_of(accept, world, received) == "archives.etat"
    travel(75)
    arriving.timers(portal)
    assert received.etat == states.CONTROLE_ECHU
    travel(400)
    assert archiving.obstacles(received) == [keeping.UNARCHIVED]


def test_an_archived_act_says_so_and_its_files_wait_for_the_time_of_the_collectivite(world, archived, travel):
    assert archived.etat == states.ARCHIVE and "référence SAE-2026-12" in archived.history[-1].words
    travel(400)
    assert archiving.obstacles(archived) == [archiving.KEEPING.endless]
    keep(world, "12")
    assert [words[:32] for words in archiving.obstacles(archived)] == ["Les fichiers se gardent jusqu’au"]
    travel(450)
    assert archiving.obstacles(archived) == []


def test_what_is_not_public_goes_and_the_register_stays(portal, world, archived, travel):
    keep(world, "1")
    travel(120)
    digests, before = {piece.sha256 for piece in archived.pieces}, dashboard.counted(portal)
    archiving.destroy(archived, world.transmetteurs)
    assert files(archived) == [] and archived.slip is not None
    assert archived.etat == states.DETRUIT and archived.dossier.public == 16
    assert dashboard.counted(portal) == before
    assert archived.reception and archived.identifier and archived.sent_at
    assert "1-2" in [moment.code for moment in archived.history]
    (told,) = events(archived, "destruction")
    assert digests <= set(told["empreintes"]) and told["reference"] == "SAE-2026-12"
    assert refusal_of(archiving.make, archived) == "seda.detruit"
    assert refusal_of(service.draft, world.a, {"numero": archived.numero}) == "actes.numero-double"


def test_what_is_published_stays_on_line_at_its_address_and_its_original_with_names_goes(
    portal, world, archived, travel
):
    document, annexe, hidden = archived.pieces
    annexe.anonymised = annexe.file
    annexe.anonymised_sha256 = annexe.sha256
    outcome.publish(archived, world.transmetteurs, {document.id, annexe.id})
    keep(world, "1")
    travel(120)
    assert [words[:32] for words in archiving.obstacles(archived)] == ["Un recours est possible jusqu’au"]
    travel(200)
    archiving.destroy(archived, world.transmetteurs)
    transaction.commit()
    assert (annexe.file, annexe.stamped, hidden.file) == (None, None, None)
    visitor = browse(portal)
    visitor.open(archived.absolute_url())
    assert archived.objet in unescape(visitor.contents)
    for piece, forme in ((document, ""), (document, "&forme=original"), (annexe, "")):
        visitor.open(f"{archived.absolute_url()}/@@document?piece={piece.id}{forme}")
        assert visitor.headers["content-type"] == "application/pdf" and visitor.contents[:4] == b"%PDF"


def test_an_act_that_was_given_up_needs_no_archive(world, travel):
    acte = ready(world, "D2026_009")
    service.abandon(acte, world.redacteurs)
    keep(world, "1")
    assert archiving.obstacles(acte)
    travel(40)
    archiving.destroy(acte, world.redacteurs)
    assert files(acte) == [] and acte.destroyed_at and acte.etat == states.ABANDONNE


def letter(acte, kind, day):
    message = kind(acte.identifier, day)
    service.move(acte, "", message=message)


def test_what_came_after_the_transfer_has_to_be_transferred_again(world, archived, travel):
    keep(world, "1")
    travel(80)
    letter(archived, model.CourrierSimple, keeping.today())
    travel(130)
    assert archiving.obstacles(archived)[-1].startswith("L’échange avec la préfecture a continué")
    accept(world, archived)
    assert archiving.obstacles(archived) == []
    assert refusal_of(accept, world, archived) == "archives.faite"


def test_the_worker_destroys_by_itself_what_no_person_has_to_judge(portal, world, archived, travel):
    other = ready(world, "D2026_010")
    service.abandon(other, world.redacteurs)
    travel(76)
    letter(archived, model.DefereTA, keeping.today())
    travel(150)
    accept(world, archived)
    keep(world, "1")
    assert archiving.turn(clock.now()) == 0
    keep(world, "1", destruction=True)
    travel(151)
    assert archiving.turn(clock.now()) == 1
    assert other.destroyed_at and not archived.destroyed_at
    assert "déféré" in archiving.KEEPING.warning(archived) and archiving.obstacles(archived) == []
    travel(152)
    assert archiving.turn(clock.now()) == 0


@pytest.mark.parametrize("value", ["0", "601", "un an", "²"])
def test_a_time_of_keeping_that_is_none_is_refused(world, value):
    assert refusal_of(keep, world, value) == "actes.reglage-conservation"


def test_a_sender_archives_notes_and_destroys_from_the_page_of_the_act(portal, world, received, travel):
    keep(world, "1")
    travel(75)
    arriving.timers(portal)
    transaction.commit()
    browser = browse(portal, "transmetteurs-actes")
    browser.open(f"{received.absolute_url()}/@@suivi")
    browser.getLink("Archiver ou détruire").click()
    browser.getControl(name="reference").value = "SAE-7"
    browser.getControl(name="jour").value = keeping.today().isoformat()
    browser.getControl("Noter la prise en charge").click()
    assert "référence SAE-7" in unescape(browser.contents)
    travel(120)
    browser.reload()
    browser.getControl(name="confirmation").value = "autre"
    browser.getControl("Détruire les fichiers").click()
    assert "recopiez le numéro de l’acte" in unescape(browser.contents).replace("\xa0", " ")
    browser.getControl(name="confirmation").value = received.numero
    browser.getControl("Détruire les fichiers").click()
    assert "ont été détruits" in unescape(browser.contents) and "@@fichier" not in browser.contents
    transaction.begin()
    for address in (f"@@fichier?piece={received.pieces[0].id}", "@@echange?moment=3&fichier=0"):
        browser.open(f"{received.absolute_url()}/{address}")
        assert browser.headers["status"].startswith("404"), address
    browser.open(f"{received.absolute_url()}/@@bordereau.pdf")
    assert browser.headers["content-type"] == "application/pdf"
    reader = browse(portal, "redacteurs-actes")
    reader.open(f"{received.absolute_url()}/@@archivage")
    assert reader.headers["status"].startswith("200") and 'value="detruire"' not in reader.contents
