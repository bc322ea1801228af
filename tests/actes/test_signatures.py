"""The signatures of the files of an act are judged when they come, shown, and an altered document does not leave."""

from megalis.portal.actes import arriving
from megalis.portal.actes import service
from megalis.portal.actes import signatures
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.signatures import report
from megalis.portal.transports.outcomes import File
from megalis.portal.transports.outcomes import Incoming
from plone.testing.zope import Browser
from tests.actes.conftest import a_pdf
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit
from tests.actes.conftest import Upload
from tests.formats import signing

import pytest
import transaction


@pytest.fixture
def portal(functional_portal):
    """The worker commits: each test has a database of its own."""
    return functional_portal


@pytest.fixture(scope="module")
def authority():
    return signing.Authority()


@pytest.fixture(scope="module")
def who(authority):
    return authority.issue("Anne Le Bihan")


@pytest.fixture(scope="module")
def signed(who):
    return signing.pades(who, a_pdf())


@pytest.fixture
def trusting(authority, tmp_path, monkeypatch):
    """The operator trusts the authority of the tests."""
    (tmp_path / "crl").mkdir()
    (tmp_path / "autorite.der").write_bytes(signing.der(authority.certificate))
    (tmp_path / "crl" / "autorite.crl").write_bytes(authority.crl())
    monkeypatch.setenv("MEGALIS_CONFIANCE", str(tmp_path))


def verdicts(piece):
    return [(item.indication, item.sub) for item in signatures.reports(piece)]


def test_a_pdf_signed_under_an_authority_that_is_trusted_is_valid_and_names_its_signer(world, signed, trusting):
    acte = ready(world, annexes=0)
    piece = service.add_piece(acte, Upload("signe.pdf", signed))
    assert verdicts(piece) == [(report.PASSED, "")]
    assert signatures.reports(piece)[0].signer == "Anne Le Bihan"
    assert not service.findings(acte)


def test_a_signature_that_cannot_be_settled_is_told_and_keeps_nothing_from_leaving(world, signed):
    acte = ready(world, annexes=0)
    piece = service.add_piece(acte, Upload("signe.pdf", signed))
    assert verdicts(piece) == [(report.INDETERMINATE, report.NO_CERTIFICATE_CHAIN_FOUND)]
    assert not service.findings(acte)


def test_a_document_changed_after_its_signature_does_not_leave_until_it_is_replaced(world, signed):
    acte = ready(world, annexes=0)
    piece = service.add_piece(acte, Upload("altere.pdf", altered(signed)))
    assert verdicts(piece)[0][0] == report.FAILED
    (finding,) = service.findings(acte)
    assert finding.code == "actes.signature-alteree"
    assert "Anne Le Bihan" in finding.message
    with pytest.raises(Refused) as refusal:
        service.transmit(acte, world.transmetteurs)
    assert refusal.value.code == "actes.signature-alteree"
    service.remove_piece(acte, piece.id)
    assert not service.findings(acte)


def test_a_detached_signature_is_judged_against_the_file_it_goes_with_and_again_when_that_one_leaves(world, who):
    acte = ready(world, annexes=0)
    document = acte.pieces[0]
    service.add_piece(acte, Upload("piece-0.pdf.p7s", signing.cades(document.file.data, who)), "99_SE")
    assert verdicts(document) == verdicts(acte.pieces[1])
    assert verdicts(document)[0][0] == report.INDETERMINATE
    other = service.add_piece(acte, Upload("autre.pdf", a_pdf("Autre")))
    assert not verdicts(other)
    service.remove_piece(acte, document.id)
    assert verdicts(acte.pieces[0])[0][0] != report.PASSED


def test_files_without_a_signature_have_no_verdict(world):
    acte = ready(world)
    assert [verdicts(piece) for piece in acte.pieces] == [[], []]


@pytest.fixture
def received(functional_portal, world, office):
    acte = ready(world, annexes=0)
    transmit(world, acte)
    rounds(functional_portal, lambda: acte.etat == states.ACQUITTE)
    return acte


@pytest.fixture
def written(functional_portal, received, tmp_path):
    """Return a function: the bytes of a PDF -> the line of the history of the request for documents that brings it."""

    def write(data):
        name = f"{received.identifier}-3-1_1.pdf"
        message = model.DemandePieceComplementaire(
            received.identifier, service.today(), "Le plan de masse", model.Fichier(name)
        )
        files = []
        for rank, (named, content) in enumerate(
            {name.replace(".pdf", ".xml"): codec.build(message), name: data}.items()
        ):
            path = tmp_path / f"{rank}"
            path.write_bytes(content)
            files.append(File(named, path))
        arriving.receive(functional_portal, Incoming("cle", tuple(files), "Demande"))
        assert not arriving.orphans(functional_portal)
        return next(moment for moment in received.history if moment.code == "3-1")

    return write


def altered(data):
    place = data.index(b"stream") + 20
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_what_the_prefecture_signed_is_judged_when_it_comes_and_shown(
    written, received, signed, trusting, functional_portal
):
    moment = written(signed)
    assert verdicts(moment) == [(report.PASSED, "")]
    transaction.commit()
    browser = Browser(functional_portal.aq_parent)
    browser.addHeader("Authorization", f"Basic redacteurs-actes@a.exemple.fr:{PASSWORD}")
    letter = f"@@courrier?code=3-1&date={service.today().isoformat()}"
    for page in ("@@suivi", letter):
        browser.open(f"{received.absolute_url()}/{page}")
        assert "Signature de Anne Le Bihan" in browser.contents, page


def test_an_altered_letter_of_the_prefecture_is_kept_and_said_to_be_altered(written, signed):
    moment = written(altered(signed))
    assert verdicts(moment)[0][0] == report.FAILED
    assert len(moment.files) == 2


def test_a_letter_that_no_library_reads_is_not_lost(written, signed, monkeypatch):
    def stumble(*args):
        raise RuntimeError("stumbled")

    monkeypatch.setattr(signatures, "verify", stumble)
    assert len(written(signed).files) == 2


def test_an_altered_document_does_not_answer_the_prefecture_and_a_sound_one_does(
    written, received, world, signed, trusting
):
    written(a_pdf("Demande"))
    asked = ("3-1", received.dossier.courriers[0].date, "3-4")
    count = len(received.history)
    with pytest.raises(Refused) as refusal:
        service.answer(received, *asked, [Upload("plan.pdf", altered(signed))], world.transmetteurs)
    assert refusal.value.code == "actes.signature-alteree" and "plan.pdf" in str(refusal.value)
    assert len(received.history) == count
    service.answer(received, *asked, [Upload("plan.pdf", signed)], world.transmetteurs)
    assert verdicts(received.history[-1]) == [(report.PASSED, "")]
