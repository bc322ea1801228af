"""A flow that has ended is archived as it is, then its files go when their time is over, and never before."""

from datetime import timedelta
from hashlib import sha512
from html import unescape
from io import BytesIO
from lxml import etree
from megalis.portal.consultations.dce import transfer
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import manifest
from megalis.portal.helios import archiving
from megalis.portal.helios import arriving
from megalis.portal.helios import registre as registres
from megalis.portal.helios import service
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import keeping
from plone.testing.zope import Browser
from tests.formats import pes_flows as flows
from tests.helios.conftest import CLERK
from tests.helios.conftest import deposited
from tests.helios.conftest import PASSWORD
from tests.helios.conftest import SENDER
from zipfile import ZipFile

import pytest
import transaction


TOLD = '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="1"/><NumBord V="{}"/><ExerciceBord V="2026"/></ElementACQUIT>'
LONG_AGO = timedelta(days=90)


@pytest.fixture
def portal(functional_portal):
    return functional_portal


def acknowledged(portal, world, tmp_path, nomfic="FLUX1", ago=LONG_AGO):
    """Return a flow that left and was answered a while ago."""
    flux = deposited(world, nomfic)
    for name in ("transmission", "envoi", "transmis"):
        service.move(flux, name)
    path = tmp_path / "ack.xml"
    path.write_bytes(flows.acquit(TOLD.format(7) + TOLD.format(8), nomfic=nomfic))
    arriving.receive(portal, "ack.xml", path)
    flux.answered_at = clock.now() - ago
    return flux


@pytest.fixture
def flux(portal, world, tmp_path):
    return acknowledged(portal, world, tmp_path)


def keep(world, months, **more):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "conservation": months, **more})


def accepted(world, flux):
    archiving.accepted(flux, "SAE-2026-12", keeping.today(), world.sender)


def events(flux, name):
    return [event for event in journal.events(flux, "pes") if event["evenement"] == name]


def refusal_of(work, *args):
    with pytest.raises(Refused) as refusal:
        work(*args)
    return refusal.value.code


def test_its_archive_holds_the_flow_and_its_acknowledgement_described_byte_for_byte(flux):
    made = archiving.make(flux)
    with ZipFile(BytesIO(b"".join(made.archive.read()))) as zipped:
        assert zipped.testzip() is None
        inside = {name: zipped.read(name) for name in zipped.namelist() if name != transfer.TRANSFER}
        assert zipped.read(transfer.TRANSFER) == made.manifest
    root, ns = etree.fromstring(made.manifest), f"{{{manifest.SEDA}}}"
    described = {
        item.findtext(f"{ns}Uri"): (int(item.findtext(f"{ns}Size")), item.findtext(f"{ns}MessageDigest"))
        for item in root.iter(f"{ns}BinaryDataObject")
    }
    assert described == {name: (len(data), sha512(data).hexdigest()) for name, data in inside.items()}
    assert flux.file.data in inside.values() and flux.answers[0].file.data in inside.values()
    titles = [item.text for item in root.iter(f"{ns}Title")]
    assert titles[0] == "Flux comptable FLUX1 en date du 16/03/2026 de Commune de Bréal"
    assert titles[-1].endswith(" : accepté")


@pytest.mark.parametrize("rule", ["", "APP-PES-10"])
def test_it_says_what_the_official_schema_asks_for(flux, monkeypatch, rule):
    monkeypatch.setenv("MEGALIS_ARCHIVES_REGLE_PES", rule)
    official = manifest.official_schema()
    if official is None:
        pytest.skip("référentiel absent : seda-2.1")
    assert not official.findings(etree.fromstring(archiving.make(flux).manifest), "seda")


def test_the_same_flow_gives_the_same_bytes(flux):
    assert b"".join(archiving.make(flux).archive.read()) == b"".join(archiving.make(flux).archive.read())


def test_before_its_answer_there_is_nothing_to_archive_nor_to_destroy(world):
    flux = deposited(world)
    keep(world, "1")
    assert refusal_of(archiving.make, flux) == "seda.acquittement"
    assert refusal_of(archiving.accepted, flux, "SAE-1", keeping.today(), world.sender) == "archives.etat"
    assert refusal_of(archiving.destroy, flux, world.sender) == "archives.obstacle"


def test_files_go_once_archived_and_their_time_over_and_what_identifies_the_flow_stays(world, flux):
    keep(world, "1")
    assert archiving.obstacles(flux) == [
        "Le service d’archives ne l’a pas encore pris en charge : notez ici son accord."
    ]
    accepted(world, flux)
    summary, digest, mark = dict(flux.lecture.summary), flux.sha256, flux.answers[0].sha256
    archiving.destroy(flux, world.sender)
    assert flux.file is None and flux.lecture.rows is None
    assert not flux.lecture.attachments and not flux.answers and not any(moment.files for moment in flux.history)
    assert (flux.lecture.summary, flux.sha256, flux.etat) == (summary, digest, states.ACQUITTE)
    (told,) = events(flux, "destruction")
    assert told["empreintes"] == [digest, mark] and told["reference"] == "SAE-2026-12"
    assert refusal_of(archiving.make, flux) == "seda.detruit"
    assert refusal_of(deposited, world) == "pes.flux-double"


@pytest.mark.parametrize(("months", "ago"), [("", 900), ("6", 100), ("1", 20)])
def test_files_stay_while_their_time_is_not_over(portal, world, tmp_path, months, ago):
    flux = acknowledged(portal, world, tmp_path, ago=timedelta(days=ago))
    keep(world, months)
    accepted(world, flux)
    assert refusal_of(archiving.destroy, flux, world.sender) == "archives.obstacle"
    assert flux.file is not None


def test_what_the_archive_service_said_has_a_reference_and_a_day_that_can_be(world, flux):
    today = keeping.today()
    for reference, day, code in (
        (" ", today, "archives.reference"),
        ("SAE-1", None, "archives.date"),
        ("SAE-1", today + timedelta(days=1), "archives.date"),
        ("SAE-1", today - timedelta(days=200), "archives.date"),
    ):
        assert refusal_of(archiving.accepted, flux, reference, day, world.sender) == code
    assert flux.archived is None


def test_the_worker_destroys_by_itself_once_a_day_only_where_that_is_wanted(portal, world, tmp_path, flux):
    accepted(world, flux)
    kept = acknowledged(portal, world, tmp_path, "FLUX2")
    given_up = deposited(world, "FLUX3")
    service.abandon(given_up, world.sender)
    given_up.history[-1].at -= LONG_AGO
    keep(world, "1")
    assert archiving.turn(clock.now()) == 0
    keep(world, "1", destruction=True)
    assert archiving.turn(clock.now()) == 0  # its turn of the day is over
    assert archiving.turn(clock.now() + timedelta(days=1)) == 2
    assert flux.destroyed_at and given_up.destroyed_at and not kept.destroyed_at
    assert archiving.turn(clock.now() + timedelta(days=2)) == 0


def test_an_answer_that_comes_after_the_end_changes_nothing_and_is_remarked(portal, world, tmp_path, flux):
    keep(world, "1")
    accepted(world, flux)
    archiving.destroy(flux, world.sender)
    path = tmp_path / "encore.xml"
    path.write_bytes(flows.acquit(TOLD.format(7).replace('EtatAck V="1"', 'EtatAck V="0"')))
    arriving.receive(portal, "encore.xml", path)
    assert flux.etat == states.ACQUITTE and not flux.answers
    assert "détruits, rien n’a changé" in flux.history[-1].words


@pytest.mark.parametrize("value", ["0", "-1", "601", "un an", "²", "9" * 40])
def test_a_time_of_keeping_that_is_none_is_refused(world, value):
    assert refusal_of(keep, world, value) == "pes.reglage-conservation"


def browse(portal, login):
    browser = Browser(portal.aq_parent)
    browser.handleErrors = True
    browser.raiseHttpErrors = False
    browser.addHeader("Authorization", f"Basic {login}:{PASSWORD}")
    return browser


def test_a_sender_archives_notes_and_destroys_from_the_page_of_the_flow(portal, world, flux):
    keep(world, "1")
    transaction.commit()
    browser = browse(portal, SENDER)
    browser.open(flux.absolute_url())
    browser.getLink("Archiver ou détruire").click()
    page = browser.url
    browser.getLink("Télécharger l’archive").click()
    assert browser.headers["content-type"] == "application/zip"
    browser.open(page)
    browser.getControl(name="reference").value = "SAE-7"
    browser.getControl(name="jour").value = keeping.today().isoformat()
    browser.getControl("Noter la prise en charge").click()
    assert "référence SAE-7" in unescape(browser.contents)
    browser.getControl(name="confirmation").value = "autre"
    browser.getControl("Détruire les fichiers").click()
    assert "recopiez le nom du flux" in unescape(browser.contents)
    browser.getControl(name="confirmation").value = "FLUX1"
    browser.getControl("Détruire les fichiers").click()
    assert "détruits" in unescape(browser.contents) and "@@flux" not in browser.contents
    transaction.begin()
    assert flux.destroyed_at is not None
    for name in ("@@flux", "@@piece-jointe?n=0", "@@bordereau?n=0", "@@echange?moment=0&fichier=0"):
        browser.open(f"{flux.absolute_url()}/{name}")
        assert browser.headers["status"].startswith("404"), name


def test_a_clerk_takes_the_archive_and_destroys_nothing(portal, world, flux):
    keep(world, "1")
    accepted(world, flux)
    transaction.commit()
    browser = browse(portal, CLERK)
    browser.open(f"{flux.absolute_url()}/@@archivage")
    assert 'value="detruire"' not in browser.contents
    browser.getLink("Télécharger l’archive").click()
    assert browser.headers["content-type"] == "application/zip"
