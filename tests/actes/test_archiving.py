"""The archive of an act holds everything, describes it as it is, and is the same each time it is asked for."""

from hashlib import sha512
from io import BytesIO
from lxml import etree
from megalis.portal.actes import archiving
from megalis.portal.actes import service
from megalis.portal.consultations.dce import transfer
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import manifest
from plone.testing.zope import Browser
from tests.actes.conftest import a_pdf
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit
from tests.actes.conftest import Upload
from zipfile import ZipFile

import pytest
import transaction


@pytest.fixture
def portal(functional_portal):
    return functional_portal


@pytest.fixture
def discussed(portal, world, office):
    """An act that was acknowledged, then discussed: the préfecture asked for documents and got two of one name."""
    acte = ready(world, annexes=2)
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    office.letter(acte.identifier, "pieces")
    rounds(portal, lambda: acte.dossier.courriers and acte.dossier.courriers[0].etat == states.COURRIER_ACQUITTE)
    uploads = [Upload("plan.pdf", a_pdf("Plan")), Upload("plan.pdf", a_pdf("Coupe"))]
    service.answer(acte, "3-1", acte.dossier.courriers[0].date, "3-4", uploads, world.transmetteurs)
    rounds(portal, lambda: acte.dossier.courriers[0].etat == states.REPONSE_ACQUITTEE)
    transaction.commit()
    return acte


def opened(made):
    return ZipFile(BytesIO(b"".join(made.archive.read())))


def described(data):
    """Return ``{path: (size, sha512)}`` of a manifest."""
    ns = f"{{{manifest.SEDA}}}"
    return {
        item.findtext(f"{ns}Uri"): (int(item.findtext(f"{ns}Size")), item.findtext(f"{ns}MessageDigest"))
        for item in etree.fromstring(data).iter(f"{ns}BinaryDataObject")
    }


def test_it_holds_the_act_its_exchange_and_its_acknowledgement_described_byte_for_byte(discussed):
    made = archiving.make(discussed)
    with opened(made) as zipped:
        assert zipped.testzip() is None
        inside = {name: zipped.read(name) for name in zipped.namelist() if name != transfer.TRANSFER}
        assert zipped.read(transfer.TRANSFER) == made.manifest
    assert described(made.manifest) == {name: (len(data), sha512(data).hexdigest()) for name, data in inside.items()}
    codes = {name.split("/")[1].partition("-")[2] for name in inside if name.startswith("echange/")}
    assert codes == {"1-1", "1-2", "3-1", "3-2", "3-4", "3-5"}
    assert inside["acte/piece-0.pdf"] == discussed.pieces[0].file.data
    assert sum("plan.pdf" in name for name in inside) == 2
    assert any(name.startswith("bordereau/") for name in inside)
    assert len([name for name in inside if name.startswith("annexes/")]) == 2


def test_it_says_what_the_official_schema_asks_for(discussed):
    official = manifest.official_schema()
    if official is None:
        pytest.skip("référentiel absent : seda-2.1")
    made = archiving.make(discussed)
    assert not official.findings(etree.fromstring(made.manifest), "seda")


def test_the_same_act_gives_the_same_bytes_and_a_later_fact_another_archive(discussed, portal, office):
    first, again = archiving.make(discussed), archiving.make(discussed)
    assert first.archive.etag == again.archive.etag
    assert b"".join(first.archive.read()) == b"".join(again.archive.read())
    office.letter(discussed.identifier, "courrier")
    rounds(portal, lambda: len(discussed.dossier.courriers) == 2)
    assert archiving.make(discussed).archive.etag != first.archive.etag


def test_an_act_that_was_refused_first_keeps_the_refusal_in_its_archive(portal, world, office):
    acte = ready(world, objet="Voirie [anomalie]")
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ANOMALIE)
    service.update(acte, {"objet": "Voirie"}, world.redacteurs)
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    with opened(archiving.make(acte)) as zipped:
        codes = [name.split("/")[1].partition("-")[2] for name in zipped.namelist() if name.startswith("echange/")]
    assert {"1-3", "1-2"} <= set(codes)


def test_before_the_acknowledgement_there_is_nothing_to_archive(world, acte):
    with pytest.raises(Refused) as refusal:
        archiving.make(acte)
    assert refusal.value.code == "seda.acquittement"


def test_an_agent_takes_it_from_the_page_of_the_act_and_a_cut_download_goes_on(discussed, portal):
    browser = Browser(portal.aq_parent)
    browser.addHeader("Authorization", f"Basic redacteurs-actes@a.exemple.fr:{PASSWORD}")
    browser.open(f"{discussed.absolute_url()}/@@suivi")
    browser.getLink("Archiver ou détruire").click()
    browser.getLink("Télécharger l’archive").click()
    whole = b"".join(archiving.make(discussed).archive.read())
    assert browser.headers["content-type"] == "application/zip"
    assert browser.headers["content-length"] == str(len(whole))
    etag = browser.headers["etag"]
    browser.addHeader("Range", f"bytes={len(whole) - 1000}-")
    browser.addHeader("If-Range", etag)
    browser.open(f"{discussed.absolute_url()}/@@archive-seda.zip")
    assert browser.headers["status"].startswith("206")
    assert browser.headers["content-length"] == "1000"
