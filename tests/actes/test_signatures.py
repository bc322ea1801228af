"""The signatures of the files of an act are judged when they come, shown, and an altered document does not leave."""

from megalis.portal.actes import service
from megalis.portal.actes import signatures
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.signatures import report
from tests.actes.conftest import a_pdf
from tests.actes.conftest import ready
from tests.actes.conftest import Upload
from tests.formats import signing

import pytest


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
    place = signed.index(b"stream") + 20
    altered = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    acte = ready(world, annexes=0)
    piece = service.add_piece(acte, Upload("altere.pdf", altered))
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
