"""`megalis check signature`: the status of each signature, one JSON line a document, the exit codes of the other kinds."""

from cryptography.hazmat.primitives import serialization
from datetime import timedelta
from megalis.portal.cli import main
from tests.formats import signing
from tests.formats.signing import DAY
from tests.formats.signing import NOW

import json
import pytest


DATA = b"Bordereau des prix : 12 euros"


@pytest.fixture(scope="module")
def authority():
    return signing.Authority()


@pytest.fixture(scope="module")
def alice(authority):
    return (*authority.issue("Alice Le Goff"), authority.certificate)


@pytest.fixture
def run(authority, tmp_path, capsys, monkeypatch):
    """Return run(files by name, *options) -> (exit code, the line); the authority and its list are trusted."""
    trusted = tmp_path / "confiance"
    (trusted / "crl").mkdir(parents=True)
    (trusted / "racine.pem").write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    (trusted / "crl" / "racine.crl").write_bytes(authority.crl())
    monkeypatch.delenv("MEGALIS_CONFIANCE", raising=False)
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path / "rien"))

    def call(files, *options, trust=trusted):
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        asked = [str(tmp_path / name) for name in files]
        chosen = ["--trust", str(trust)] if trust else []
        status = main(["check", "signature", *asked, "--at", NOW.isoformat(), *chosen, *options])
        (line,) = capsys.readouterr().out.splitlines()
        found = json.loads(line)
        assert found["file"] == asked[0] and found["valid"] is (status == 0)
        return status, found

    return call


def statuses(found):
    return [item["status"] for item in found["signatures"]]


def codes(found):
    return [item["code"] for item in found["errors"]]


def test_a_signed_pdf_is_valid_and_exits_zero(run, alice):
    status, found = run({"acte.pdf": signing.pades(alice)})
    assert (status, statuses(found), found["errors"], found["warnings"]) == (0, ["valid"], [], [])
    (signature,) = found["signatures"]
    assert (signature["signer"], signature["kind"], signature["indication"]) == (
        "Alice Le Goff", "PAdES", "TOTAL-PASSED",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["prix.xlsx.p7s", "signature.p7s", "n’importe quoi"])
def test_a_detached_signature_is_that_of_the_document_whatever_its_name(run, alice, name):
    status, found = run({"prix.xlsx": DATA, name: signing.cades(DATA, alice)})
    assert (status, statuses(found)) == (0, ["valid"])
    assert (found["signatures"][0]["document"], found["signatures"][0]["carrier"]) == ("prix.xlsx", name)


def test_a_detached_xml_signature_too(run, alice):
    assert run({"prix.xlsx": DATA, "jeton.xml": signing.token("prix.xlsx", DATA, alice)})[0] == 0


def test_a_document_changed_afterwards_is_invalid(run, alice):
    status, found = run({"prix.xlsx": b"99 euros", "jeton.p7s": signing.cades(DATA, alice)})
    assert (status, statuses(found), codes(found)) == (1, ["invalid"], ["signature.invalid"])
    assert "document modifié" in found["errors"][0]["message"]


def test_a_certificate_of_the_past_is_expired_one_of_tomorrow_is_not_yet_valid(run, authority):
    old = (*authority.issue("Ancien", NOW - 90 * DAY, NOW - 30 * DAY), authority.certificate)
    early = (*authority.issue("Demain", NOW + DAY, NOW + 30 * DAY), authority.certificate)
    assert statuses(run({"acte.pdf": signing.pades(old)})[1]) == ["expired"]
    assert statuses(run({"acte.pdf": signing.pades(early)})[1]) == ["not-yet-valid"]
    before = (NOW - timedelta(days=60)).isoformat()
    assert statuses(run({"acte.pdf": signing.pades(old)}, "--at", before)[1]) == ["valid"]


def test_a_revoked_certificate_is_told_so(run, authority, tmp_path):
    who = (*authority.issue("Révoquée"), authority.certificate)
    authority.revoked.append((who[1], NOW - 5 * DAY))
    (tmp_path / "confiance" / "crl" / "racine.crl").write_bytes(authority.crl())
    assert statuses(run({"acte.pdf": signing.pades(who)})[1]) == ["revoked"]


def test_a_document_without_signature_is_absent(run):
    status, found = run({"lettre.txt": b"Bonjour"})
    assert (status, found["signatures"]) == (1, [{"status": "absent", "document": "lettre.txt"}])
    assert codes(found) == ["signature.absente"]


def test_a_signature_file_that_is_none_says_so(run):
    status, found = run({"lettre.txt": b"Bonjour", "signature.p7s": b"rien"})
    assert status == 1 and "signature.absente" in codes(found)


def test_without_any_authority_nothing_is_recognised_and_the_remedy_is_said(run, alice):
    status, found = run({"acte.pdf": signing.pades(alice)}, trust=None)
    assert (status, statuses(found)) == (1, ["untrusted"])
    (warning,) = found["warnings"]
    assert warning["code"] == "signature.sans-autorite" and "--trust" in warning["message"]


def test_without_a_revocation_list_the_file_passes_with_a_warning(run, alice, tmp_path):
    (tmp_path / "confiance" / "crl" / "racine.crl").unlink()
    status, found = run({"acte.pdf": signing.pades(alice)})
    assert (status, statuses(found)) == (0, ["revocation-unchecked"])
    assert [item["code"] for item in found["warnings"]] == ["signature.revocation-unchecked"]


def test_a_file_that_is_not_there_is_refused_by_its_name(run, tmp_path, capsys):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    assert main(["check", "signature", str(tmp_path / "a.pdf"), str(tmp_path / "absent.p7s")]) == 1
    found = json.loads(capsys.readouterr().out)
    assert codes(found) == ["fichier"] and "absent.p7s" in found["errors"][0]["message"]


@pytest.mark.parametrize(
    "argv",
    [["signature"], ["signature", "a", "b", "c"], ["signature", "a", "--at", "hier"], ["decp", "a", "--trust", "b"]],
)
def test_usage_exits_two(argv, capsys):
    assert main(["check", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err
