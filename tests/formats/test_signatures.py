"""Signatures judged in the words of EN 319 102-1: altered, expired, missing and revoked are told apart, nothing blocks."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from datetime import timedelta
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures import trust
from megalis.portal.formats.signatures.documents import Document
from megalis.portal.formats.signatures.documents import verify
from tests.formats import signing
from tests.formats.signing import DAY
from tests.formats.signing import NOW

import pytest
import subprocess
import xml.etree.ElementTree as plain


@pytest.fixture(scope="module")
def authority():
    return signing.Authority()


@pytest.fixture(scope="module")
def alice(authority):
    return (*authority.issue("Alice Le Goff"), authority.certificate)


@pytest.fixture(scope="module")
def bench(authority, tmp_path_factory):
    """Return a function: files by name, optional moment -> Reports; trusts the authority and has its list."""
    folder = tmp_path_factory.mktemp("confiance")
    pem = authority.certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "racine.pem").write_bytes(pem)
    (folder / "crl").mkdir()

    def run(files, moment=NOW, known=True, crl=True):
        path = folder / "crl" / "racine.crl"
        path.write_bytes(authority.crl()) if crl else path.unlink(missing_ok=True)
        place = tmp_path_factory.mktemp("pli")
        for name, data in files.items():
            (place / name).write_bytes(data)
        return verify(
            [Document(name, place / name) for name in files], trust.load(folder if known else None), moment, NOW
        )

    return run


def verdict(reports):
    (found,) = reports
    return found.indication, found.sub


DATA = b"Bordereau des prix : 12 euros"
XML = b"<acte><prix>12</prix></acte>"


def signed(kind, who):
    """Return the files of one signed document of each kind, the signed document first."""
    return {
        "PAdES": lambda: {"acte.pdf": signing.pades(who)},
        "XAdES enveloppée": lambda: {"acte.xml": signing.xades(XML, who)},
        "XAdES détachée": lambda: {"prix.xlsx": DATA, "prix - jeton.xml": signing.token("prix.xlsx", DATA, who)},
        "CAdES détachée": lambda: {"prix.xlsx": DATA, "prix.xlsx.p7s": signing.cades(DATA, who)},
        "CAdES jointe": lambda: {"prix.xlsx.p7m": signing.cades(DATA, who, detached=False)},
    }[kind]()


KINDS = ("PAdES", "XAdES enveloppée", "XAdES détachée", "CAdES détachée", "CAdES jointe")


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_whole_and_trusted(self, bench, alice, kind):
        (found,) = bench(signed(kind, alice))
        assert (found.indication, found.sub, found.reason) == ("TOTAL-PASSED", "", "")
        assert (found.kind, found.signer, found.issuer) == (kind.split()[0], "Alice Le Goff", "Autorité d’essai")
        assert found.label == ("ok", "Valide")

    def test_of_an_authority_nobody_knows(self, bench, alice, kind):
        assert verdict(bench(signed(kind, alice), known=False)) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")

    def test_without_a_revocation_list(self, bench, alice, kind):
        assert verdict(bench(signed(kind, alice), crl=False)) == ("INDETERMINATE", "TRY_LATER")

    def test_expired_before_the_deposit(self, bench, authority, kind):
        who = (*authority.issue("Ancien", NOW - 90 * DAY, NOW - 30 * DAY), authority.certificate)
        assert verdict(bench(signed(kind, who))) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")

    def test_expired_since_the_deposit(self, bench, authority, kind):
        who = (*authority.issue("Depuis", NOW - 90 * DAY, NOW - DAY), authority.certificate)
        assert verdict(bench(signed(kind, who), moment=NOW - 2 * DAY))[1] in ("", "TRY_LATER")

    def test_not_yet_valid(self, bench, authority, kind):
        who = (*authority.issue("Demain", NOW + DAY, NOW + 30 * DAY), authority.certificate)
        assert verdict(bench(signed(kind, who))) == ("TOTAL-FAILED", "NOT_YET_VALID")

    def test_revoked(self, bench, authority, kind):
        who = (*authority.issue("Révoquée"), authority.certificate)
        authority.revoked.append((who[1], NOW - 5 * DAY))
        (found,) = bench(signed(kind, who))
        assert (found.indication, found.sub) == ("INDETERMINATE", "REVOKED_NO_POE")
        assert "révoqué" in found.reason

    def test_of_a_certificate_for_another_use(self, bench, authority, kind):
        who = (*authority.issue("Serveur", key_encipherment=True), authority.certificate)
        assert verdict(bench(signed(kind, who))) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")

    def test_changed_afterwards(self, bench, alice, kind):
        files = signed(kind, alice)
        name = next(iter(files))
        before = {"PAdES": b"/MediaBox", "XAdES enveloppée": b"<prix>12<"}.get(kind, b"12 euros")
        after = {"PAdES": b"/MediaBax", "XAdES enveloppée": b"<prix>99<"}.get(kind, b"99 euros")
        assert before in files[name]
        files[name] = files[name].replace(before, after, 1)
        (found,) = bench(files)
        assert (found.indication, found.sub) == ("TOTAL-FAILED", "HASH_FAILURE")

    def test_by_a_rogue_authority_of_the_same_name(self, bench, kind):
        rogue = signing.Authority()
        who = (*rogue.issue("Alice Le Goff"), rogue.certificate)
        assert verdict(bench(signed(kind, who)))[0] == "INDETERMINATE"


class TestMissing:
    def test_no_signature_at_all(self, bench):
        assert bench({"prix.xlsx": DATA, "note.xml": XML, "acte.pdf": signing.pdf()}) == []

    def test_the_file_of_a_detached_signature_is_not_there(self, bench, alice):
        for files in (
            {"prix.xlsx.p7s": signing.cades(DATA, alice)},
            {"jeton.xml": signing.token("prix.xlsx", DATA, alice)},
        ):
            assert verdict(bench(files)) == ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND")

    def test_the_certificate_is_not_there(self, bench, alice):
        data = signing.token("prix.xlsx", DATA, alice)
        tree = plain.fromstring(data)
        for info in tree.iter(f"{{{signing.DS}}}X509Data"):
            info.clear()
        files = {"prix.xlsx": DATA, "jeton.xml": plain.tostring(tree)}
        assert verdict(bench(files)) == ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND")


class TestNames:
    def test_a_file_renamed_since_is_found_by_its_digest(self, bench, alice):
        for files in (
            {"autre nom.xlsx": DATA, "prix.xlsx.p7s": signing.cades(DATA, alice)},
            {"autre nom.xlsx": DATA, "jeton.xml": signing.token("prix.xlsx", DATA, alice, v2=True)},
        ):
            (found,) = bench(files)
            assert (found.indication, found.document) == ("TOTAL-PASSED", "autre nom.xlsx")

    def test_a_signature_of_another_file_under_the_right_name_is_a_changed_document(self, bench, alice):
        files = {"prix.xlsx": b"autre", "prix.xlsx.p7s": signing.cades(DATA, alice)}
        assert verdict(bench(files)) == ("TOTAL-FAILED", "HASH_FAILURE")


class TestHostile:
    @pytest.mark.parametrize("name", ["a.p7s", "a.p7m"])
    @pytest.mark.parametrize("data", [b"", b"x", b"\x30\x80", b"\x30\x03\x02\x01\x00", b"-----BEGIN PKCS7-----\nx\n"])
    def test_what_is_no_signature(self, bench, name, data):
        assert verdict(bench({name: data})) == ("TOTAL-FAILED", "FORMAT_FAILURE")

    def test_a_dtd_is_never_read(self, bench):
        data = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a xmlns="http://www.w3.org/2000/09/xmldsig#">&b;</a>'
        assert verdict(bench({"a.xml": data})) == ("TOTAL-FAILED", "FORMAT_FAILURE")

    def test_the_signature_moved_onto_another_document(self, bench, alice):
        """Wrapping: the signed element stays somewhere, the document shown says something else."""
        signed = signing.xades(XML, alice)
        assert verdict(bench({"a.xml": b"<autre><prix>99</prix>" + signed + b"</autre>"}))[0] != "TOTAL-PASSED"

    def test_properties_put_in_from_another_signature_are_not_believed(self, bench, alice):
        one = signing.token("prix.xlsx", DATA, alice)
        later = signing.token("prix.xlsx", DATA, alice, when=NOW - timedelta(days=400))
        start, end = b"<xades:SignedProperties", b"</xades:SignedProperties>"
        forged = one[: one.index(start)] + later[later.index(start) : later.index(end)] + one[one.index(end) :]
        files = {"prix.xlsx": DATA, "jeton.xml": forged}
        assert verdict(bench(files)) == ("TOTAL-FAILED", "HASH_FAILURE")

    def test_a_flipped_signature_value(self, bench, alice):
        data = signing.token("prix.xlsx", DATA, alice)
        place = data.index(b"<ds:SignatureValue>") + 30
        other = b"A" if data[place : place + 1] != b"A" else b"B"
        files = {"prix.xlsx": DATA, "jeton.xml": data[:place] + other + data[place + 1 :]}
        assert verdict(bench(files)) == ("TOTAL-FAILED", "SIG_CRYPTO_FAILURE")

    def test_a_pdf_completed_by_other_content_after_the_signature(self, bench, alice):
        from io import BytesIO
        from pyhanko.pdf_utils import generic
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

        writer = IncrementalPdfFileWriter(BytesIO(signing.pades(alice)))
        writer.root["/Evil"] = generic.TextStringObject("ajouté")
        writer.update_root()
        out = BytesIO()
        writer.write(out)
        assert verdict(bench({"acte.pdf": out.getvalue()})) == ("TOTAL-FAILED", "HASH_FAILURE")

    def test_a_broken_pdf_that_bears_the_mark_of_a_signature(self, bench):
        (found,) = bench({"acte.pdf": b"%PDF-1.7\n/ByteRange" + b"x" * 100})
        assert found.sub == "FORMAT_FAILURE"

    def test_a_broken_pdf_without_that_mark_is_no_signature(self, bench):
        assert bench({"acte.pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"}) == []

    def test_a_mark_that_lies_across_two_blocks_is_seen(self, bench, monkeypatch):
        monkeypatch.setattr("megalis.portal.formats.signatures.pades.BLOCK", 7)
        assert bench({"acte.pdf": b"%PDF-1.7\nabc/ByteRange" + b"x" * 100})


class TestSeveral:
    def test_two_signers_of_a_pdf(self, bench, authority, alice):
        bob = (*authority.issue("Bob Kerjean"), authority.certificate)
        found = bench({"acte.pdf": signing.pades(bob, signing.pades(alice))})
        assert [(item.signer, item.indication) for item in found] == [
            ("Alice Le Goff", "TOTAL-PASSED"),
            ("Bob Kerjean", "TOTAL-PASSED"),
        ]
        assert "complété" in found[0].notes[0]

    def test_a_plain_cms_is_told_from_cades(self, bench, alice):
        made = pkcs7.PKCS7SignatureBuilder().set_data(DATA).add_signer(alice[1], alice[0], hashes.SHA256())
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        (found,) = bench({"prix.xlsx": DATA, "prix.xlsx.p7s": made.sign(serialization.Encoding.DER, options)})
        assert found.indication == "TOTAL-PASSED"
        assert "pas CAdES" in found.notes[0]


class TestTrustedLists:
    def test_a_list_makes_a_certificate_qualified(self, authority, tmp_path):
        operator = signing.Authority("Exploitant de liste")
        who = operator.issue("Signataire de liste")
        (tmp_path / "fr.xml").write_bytes(signing.trusted_list(authority, who))
        found = trust.load(lists=tmp_path)
        assert (found.problems, found.lists) == ([], [("fr.xml", "FR", 1)])
        key, certificate = authority.issue("Qualifiée", qualified=True)
        document = tmp_path / "acte.pdf"
        document.write_bytes(signing.pades((key, certificate, authority.certificate)))
        found.crls.append(authority.crl())
        (told,) = verify([Document("acte.pdf", document)], found, NOW, NOW)
        assert told.indication == "TOTAL-PASSED"
        assert told.level == "signature qualifiée"
        assert told.anchor == "liste de confiance FR, Prestataire d’essai"

    def test_what_is_withdrawn_is_not_trusted(self, authority, tmp_path):
        who = signing.Authority("Liste").issue("Signataire")
        (tmp_path / "fr.xml").write_bytes(signing.trusted_list(authority, who, status="withdrawn"))
        assert trust.load(lists=tmp_path).anchors == {}

    def test_a_list_changed_or_unsigned_or_of_another_signer_is_set_aside(self, authority, tmp_path):
        who = signing.Authority("Liste").issue("Signataire")
        data = signing.trusted_list(authority, who)
        (tmp_path / "fr.xml").write_bytes(data.replace(b"<SchemeTerritory>FR", b"<SchemeTerritory>DE"))
        found = trust.load(lists=tmp_path)
        assert found.anchors == {} and "modifié" in found.problems[0]
        (tmp_path / "fr.xml").write_bytes(data)
        (tmp_path / "signataires").mkdir()
        other = signing.Authority("Autre").certificate
        (tmp_path / "signataires" / "autre.cer").write_bytes(signing.der(other))
        found = trust.load(lists=tmp_path)
        assert found.anchors == {} and "admis" in found.problems[0]

    def test_nothing_is_there(self, tmp_path):
        assert trust.load(tmp_path / "absent", tmp_path / "absent").anchors == {}


def test_openssl_agrees_on_what_is_good_and_what_is_changed(alice, authority, tmp_path):
    (tmp_path / "prix.xlsx").write_bytes(DATA)
    (tmp_path / "s.p7s").write_bytes(signing.cades(DATA, alice))
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "s.p7s", "-content", "prix.xlsx"]
    words += ["-CAfile", "ca.pem", "-purpose", "any", "-attime", str(int(NOW.timestamp()))]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "prix.xlsx").write_bytes(DATA + b"0")
    assert subprocess.run(words, cwd=tmp_path, capture_output=True).returncode != 0


def test_every_cause_has_its_own_words():
    assert len(set(report.CAUSES.values())) == len(report.CAUSES)
    value = report.Report("a", "b", "PAdES", "enveloppée", "TOTAL-PASSED", notes=("x",))
    assert report.from_json(value.as_json()) == value
