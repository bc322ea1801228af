"""XAdES of flows: whose, when, over which bordereau; altered, expired and missing are told apart."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from lxml import etree
from megalis.portal.formats.pes import checking
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import signatures
from megalis.portal.formats.pes import source
from megalis.portal.formats.pes import xades
from tests.formats import pes_flows as flows

import pytest
import shutil


NOW = datetime.now(UTC)
TWO = flows.bordereau(7) + flows.bordereau(8, flows.piece(2), exercice=2025)


@pytest.fixture
def verdicts(tmp_path):
    """Return a function: bytes -> [(index of the bordereau or None, Signature)]."""

    def ask(data, now=NOW):
        path = tmp_path / "flux.xml"
        path.write_bytes(data)
        looked = source.look(path)
        flux, _departures = reading.read(looked)
        return signatures.verify(looked, flux, now)

    return ask


def statuses(found):
    return [(index, item.status) for index, item in found]


@pytest.mark.parametrize("version", ["1.1.1", "1.2.2"])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_signature_of_a_bordereau_is_valid_and_tells_who_when_and_under_what(verdicts, version, kind):
    when = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) - timedelta(days=1)
    ((index, found),) = verdicts(flows.sign(flows.flow(), version=version, kind=kind, when=when))
    assert (index, found.status, found.raison, found.remarques) == (0, "valid", "", ())
    assert (found.signataire, found.date, found.role) == ("Anne Le Bihan", when, "Maire")
    assert (found.xades, found.politique, found.cible) == (version, flows.POLICY, "B7")
    assert found.debut < when < found.fin


def test_a_flow_with_signatures_keeps_the_schema(tmp_path, referentiels):
    referentiels("pes")
    path = tmp_path / "flux.xml"
    path.write_bytes(flows.sign(flows.flow(dematerialisee=1)))
    found = checking.check(path)
    assert (found.errors, found.warnings) == ((), ())


def test_one_bordereau_signed_and_the_other_not(verdicts):
    data = flows.sign(flows.flow(TWO), "B8")
    assert statuses(verdicts(data)) == [(0, "absent"), (1, "valid")]


def test_an_altered_bordereau_is_told_from_its_neighbour(verdicts):
    data = flows.sign(flows.sign(flows.flow(TWO), "B7"), "B8")
    assert statuses(verdicts(data)) == [(0, "valid"), (1, "valid")]
    altered = data.replace(b'<IdPce V="2"/>', b'<IdPce V="3"/>')
    found = verdicts(altered)
    assert statuses(found) == [(0, "valid"), (1, "invalid")]
    assert found[1][1].raison == "Le contenu signé a été modifié depuis la signature."
    assert found[1][1].signataire == "Anne Le Bihan"


def test_a_signature_of_the_whole_flow(verdicts):
    data = flows.sign(flows.flow(TWO), "F1")
    assert statuses(verdicts(data)) == [(None, "valid")]
    assert statuses(verdicts(data.replace(b'<NomPJ V="facture.pdf"/><TypePJ', b'<NomPJ V="autre.pdf"/><TypePJ'))) == [
        (None, "invalid")
    ]


def test_a_signature_made_after_the_end_of_the_certificate_is_expired(verdicts):
    ((_index, found),) = verdicts(flows.sign(flows.flow(), expired=True))
    assert found.status == "expired"
    assert "n’était pas valable le" in found.raison


def test_a_certificate_that_ended_since_is_a_remark(verdicts):
    data = flows.sign(flows.flow())
    ((_index, found),) = verdicts(data, NOW + timedelta(days=90))
    assert found.status == "valid" and "a expiré le" in found.remarques[0]


def test_altered_goes_before_expired(verdicts):
    data = flows.sign(flows.flow(), expired=True).replace(b'V="Objet"', b'V="Autre"')
    assert statuses(verdicts(data)) == [(0, "invalid")]


def _of_another(data):
    other = flows.sign(flows.flow(flows.bordereau(amount="99.00")))
    start, end = other.index(b"<ds:Signature "), other.index(b"</ds:Signature>")
    mine = data.index(b"<ds:Signature "), data.index(b"</ds:Signature>")
    return data[: mine[0]] + other[start:end] + data[mine[1] :]


FORGED = {
    "another flow's signature": _of_another,
    "another date": lambda data: data.replace(b"<xad:SigningTime>2", b"<xad:SigningTime>3"),
    "another role": lambda data: data.replace(b">Maire<", b">Adjoint<"),
    "value": lambda data: data.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
    "no value": lambda data: data.replace(b"SignatureValue>", b"SignatureVoid>"),
    "no certificate": lambda data: data.replace(b"X509Certificate>", b"X509Nothing>"),
    "certificate of no sense": lambda data: data.replace(b"<ds:X509Certificate>MII", b"<ds:X509Certificate>AAA"),
    "over another Id": lambda data: data.replace(b'Bordereau Id="B7"', b'Bordereau Id="B9"'),
    "an Id twice": lambda data: data.replace(b"<Piece>", b'<Piece Id="B7">'),
    "xslt": lambda data: data.replace(b"xmldsig#enveloped-signature", b"xslt-19991116"),
    "weak digest": lambda data: data.replace(b"xmlenc#sha256", b"xmldsig-more#md5"),
    "weak method": lambda data: data.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-md5"),
    "two sets of references": lambda data: data.replace(b"<ds:SignatureValue>", b"<ds:SignedInfo/><ds:SignatureValue>"),
    "XAdES 1.3.2": lambda data: data.replace(b"01903/v1.1.1", b"01903/v1.3.2"),
    "policy": lambda data: data.replace(flows.POLICY.encode(), b"1.2.3"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_signature_is_invalid_with_a_reason(verdicts, forgery):
    data = flows.sign(flows.flow())
    forged = FORGED[forgery](data)
    assert forged != data
    ((index, found),) = verdicts(forged)
    assert (index, found.status) == (0, "invalid")
    assert found.raison.endswith(".")


@pytest.mark.parametrize("policy, told", [("1.2.3.4", "n’est pas celle de la DGFiP"), ("", "aucune politique")])
def test_a_policy_that_is_not_the_tresors_is_a_remark(verdicts, policy, told):
    ((_index, found),) = verdicts(flows.sign(flows.flow(), policy=policy))
    assert found.status == "valid" and told in found.remarques[0]


def test_a_bordereau_is_read_as_its_signer_read_it_though_its_encoding_lies(verdicts):
    liar = flows.flow(encoding="UTF-8").replace(b"UTF-8", b"ISO-8859-1", 1)
    signed = flows.sign(liar)
    assert statuses(verdicts(signed)) == [(0, "valid")]


def test_what_is_said_dematerialised_is_signed_and_the_reverse(tmp_path, monkeypatch):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    path = tmp_path / "flux.xml"
    for data, expected in (
        (flows.flow(dematerialisee=1), ["pes.signature-absente"]),
        (flows.sign(flows.flow(dematerialisee=0)), ["pes.signature-inattendue"]),
        (flows.sign(flows.flow(dematerialisee=1)), []),
        (flows.sign(flows.flow(dematerialisee=1), "F1"), []),
        (flows.sign(flows.flow(dematerialisee=1), expired=True), ["pes.signature-expiree"]),
        (flows.sign(flows.flow(dematerialisee=1)).replace(b'V="Objet"', b'V="X"'), ["pes.signature-invalide"]),
    ):
        path.write_bytes(data)
        assert [item.code for item in checking.check(path).errors] == expected


def test_the_signed_sample_altered_is_told_from_the_original(referentiels, tmp_path):
    sample = referentiels("pes") / "samples/PESALR2_25060187900027_190328_001.xml"
    shutil.copy(sample, tmp_path / "flux.xml")
    data = sample.read_bytes()
    (tmp_path / "altere.xml").write_bytes(data.replace(b"GUGLIELMETTI", b"GUGLIELMETTO"))
    good, altered = checking.check(tmp_path / "flux.xml"), checking.check(tmp_path / "altere.xml")
    assert good.valid and good.extra["signatures"][0]["status"] == "valid"
    assert altered.extra["signatures"][0]["status"] == "invalid"
    assert [item.code for item in altered.errors] == ["pes.signature-invalide"]


def test_verifying_leaves_the_document_as_it_was():
    root = etree.fromstring(flows.sign(flows.flow()).replace(b"</ds:Signature>", b"</ds:Signature>\n  "))
    before = etree.tostring(root)
    xades.verify(root.find("PES_DepenseAller/Bordereau"), NOW)
    assert etree.tostring(root) == before
