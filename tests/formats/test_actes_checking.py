"""`megalis check acte`: archive, envelope and message are told apart by what they hold, and each is judged."""

from base64 import b64encode
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from io import BytesIO
from megalis.portal.cli import main
from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import checking
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import contents
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from tests.formats import signatures
from tests.formats.actes_samples import ACT_ID
from tests.formats.actes_samples import ACTE as UNSIGNED
from tests.formats.actes_samples import DAY
from tests.formats.actes_samples import ENVELOPPE
from tests.formats.actes_samples import MESSAGES
from tests.formats.actes_samples import SIREN

import dataclasses
import json
import pytest


NAME = names.archive_name("abc", SIREN, DAY, 1)
ENVELOPE = names.envelope_name(SIREN, DAY, 1)
MESSAGE = f"{ACT_ID}-1-1_0.xml"
PDF = b"%PDF-1.7\n%%EOF"


def signed(acte, signature):
    """Return an act whose only annex has that signature."""
    annexe = dataclasses.replace(acte.annexes[0], signature=signature)
    return dataclasses.replace(acte, annexes=(annexe,))


ACTE = signed(UNSIGNED, b64encode(signatures.sign(PDF)).decode())


def members(**changes):
    """Return the files of a good sending, by name, with some replaced (None: left out)."""
    files = {
        ENVELOPE: codec.build(ENVELOPPE),
        MESSAGE: codec.build(ACTE),
        ACTE.document.nom: PDF,
        ACTE.annexes[0].nom: PDF,
    }
    return {name: data for name, data in (files | changes).items() if data is not None}


@pytest.fixture
def verdict(tmp_path):
    """Return a function: bytes, or the members of an archive -> Verdict."""

    def ask(content, name=NAME):
        if isinstance(content, dict):
            out = BytesIO()
            archive.write(out, content.items())
            content = out.getvalue()
        path = tmp_path / name
        path.write_bytes(content)
        return checking.check(path)

    return ask


def codes(found):
    return [item.code for item in found]


def test_a_good_archive_is_valid(verdict, referentiels):
    referentiels("actes")
    found = verdict(members())
    assert (found.errors, found.warnings) == ((), ())
    assert found.extra["kind"] == "archive" and found.extra["messages"] == ["1-1"]
    assert [item["status"] for item in found.extra["signatures"]] == ["absent", "valid"]
    assert found.extra["signatures"][1]["signer"] == "Anne Le Bihan"


@pytest.mark.parametrize(
    ("signature", "status"),
    [
        (lambda: signatures.sign(b"autre"), "invalid"),
        (lambda: b"pas une signature", "invalid"),
        (lambda: signatures.sign(PDF, expired=True), "expired"),
    ],
)
def test_a_signature_that_does_not_hold_refuses_the_archive(verdict, signature, status):
    acte = signed(ACTE, b64encode(signature()).decode())
    found = verdict(members(**{MESSAGE: codec.build(acte)}))
    assert found.extra["signatures"][1]["status"] == status
    assert codes(found.errors) == ["actes.signature"]


def test_a_signature_file_is_matched_with_the_file_it_signs(verdict):
    name = f"99_SE-{ACT_ID}-1-1_2.p7s"
    acte = dataclasses.replace(ACTE, annexes=(model.Fichier(name),))
    files = members(**{MESSAGE: codec.build(acte), ACTE.annexes[0].nom: None})
    good = verdict(files | {name: signatures.sign(PDF)})
    assert good.valid
    assert [(item["file"], item["status"]) for item in good.extra["signatures"]] == [(ACTE.document.nom, "valid")]
    lost = verdict(files | {name: signatures.sign(b"autre")})
    assert [(item["file"], item["status"]) for item in lost.extra["signatures"]] == [
        (ACTE.document.nom, "absent"),
        (name, "invalid"),
    ]
    assert codes(lost.errors) == ["actes.signature"]


def test_a_signature_alone_in_its_message_is_told_as_not_verified(verdict):
    found = verdict(codec.build(ACTE))
    assert found.valid and "actes.signature-non-verifiee" in codes(found.warnings)
    assert [item["status"] for item in found.extra["signatures"]] == ["absent"]


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({ENVELOPE: None}, "actes.enveloppe-absente", ""),
        ({ENVELOPE: b"<EnveloppeCLMISILL>"}, "actes.xml", ENVELOPE),
        ({MESSAGE: None}, "actes.message-absent", MESSAGE),
        ({ACTE.document.nom: None}, "actes.fichier-absent", ACTE.document.nom),
        ({ACTE.document.nom: b""}, "actes.fichier-vide", ACTE.document.nom),
        ({ACTE.document.nom: b"PK\3\4"}, "actes.contenu", ACTE.document.nom),
        ({MESSAGE: b"<Acte>"}, "actes.xml", MESSAGE),
        ({MESSAGE: codec.build(MESSAGES["6-1"])}, "actes.nom-message", MESSAGE),
        ({MESSAGE: codec.build(dataclasses.replace(ACTE, numero="AUTRE"))}, "actes.nom-message", MESSAGE),
        ({MESSAGE: codec.build(dataclasses.replace(ACTE, nature=2))}, "actes.nom-message", MESSAGE),
        (
            {"EACT--213502388--20260316-2.xml": codec.build(ENVELOPPE)},
            "actes.enveloppe-double",
            "EACT--213502388--20260316-2.xml",
        ),
    ],
)
def test_an_archive_that_does_not_hold_together_is_refused(verdict, changes, code, where):
    found = verdict(members(**changes))
    assert (found.errors[0].code, found.errors[0].path) == (code, where)
    assert not found.valid


def test_the_siren_is_the_same_on_the_envelope_in_it_and_on_the_messages(verdict):
    other = dataclasses.replace(ENVELOPPE, emetteur=dataclasses.replace(ENVELOPPE.emetteur, siren="243500139"))
    assert codes(verdict(members(**{ENVELOPE: codec.build(other)})).errors) == ["actes.siren", "actes.siren"]


def test_what_is_odd_is_told_and_lets_pass(verdict, referentiels):
    referentiels("actes")
    found = verdict(members(**{"note.pdf": PDF}), "copie.tar.gz")
    assert found.valid
    assert codes(found.warnings) == ["actes.fichier-inconnu", "actes.nom-archive"]


def test_an_answer_of_the_prefecture_is_an_archive_too(verdict, referentiels):
    referentiels("actes")
    name = names.answer_name(model.Prefecture("035", "3"), SIREN, DAY, 9)
    files = {name: codec.build(MESSAGES["reponse"]), f"{ACT_ID}-1-2_1.xml": codec.build(MESSAGES["1-2"])}
    found = verdict(files)
    assert (found.errors, found.warnings) == ((), ())
    assert found.extra["messages"] == ["1-2"]


def test_what_a_prefecture_names_amiss_is_told_and_read(verdict, referentiels):
    data = referentiels("actes/samples/999-1234----7-2_1.xml").read_bytes()
    name = names.answer_name(model.Prefecture("035", "3"), SIREN, DAY, 9)
    envelope = dataclasses.replace(MESSAGES["reponse"], formulaires=(model.Fichier("999-1234----7-2_1.xml"),))
    found = verdict({name: codec.build(envelope), "999-1234----7-2_1.xml": data})
    assert found.valid and found.extra["messages"] == ["7-2"]
    assert codes(found.warnings) == ["actes.siren"]
    letter = {name: codec.build(MESSAGES["reponse"]), f"{ACT_ID}-1-2_1.xml": codec.build(MESSAGES["3-1"])}
    found = verdict(letter)
    assert found.valid
    assert codes(found.warnings) == ["actes.nom-message", "actes.fichier-absent"]


@pytest.mark.parametrize("kind", MESSAGES)
def test_each_message_is_recognised(verdict, kind, referentiels):
    referentiels("actes")
    found = verdict(codec.build(MESSAGES[kind]), "n-importe-quoi.bin")
    told = ["actes.signature-non-verifiee"] if kind == "1-1" else []
    assert (found.errors, codes(found.warnings)) == ((), told)
    assert found.extra["kind"] == ("message" if kind[0].isdigit() else "enveloppe")
    assert found.extra.get("message", "") == (kind if kind[0].isdigit() else "")


def test_the_same_departure_is_an_error_on_what_is_sent_and_a_warning_on_what_is_received(verdict, referentiels):
    referentiels("actes")
    sent = codec.build(ACTE).replace(b'actes:CodeNatureActe="1"', b'actes:CodeNatureActe="un"')
    assert set(codes(verdict(sent).errors)) == {"actes.valeur", "actes.schema"}
    received = codec.build(MESSAGES["1-2"]).replace(b'actes:CodeNatureActe="1"', b'actes:CodeNatureActe="un"')
    found = verdict(received)
    assert found.valid
    assert set(codes(found.warnings)) == {"actes.valeur", "actes.schema"}


def test_our_rules_judge_what_the_schema_lets_pass(verdict):
    data = codec.build(ACTE).replace(b"DEL_42", b"del 42")
    assert "actes.numero" in codes(verdict(data).errors)


def test_a_message_in_utf8_is_told(verdict):
    data = codec.build(ACTE).decode("iso-8859-1").replace("ISO-8859-1", "UTF-8").encode()
    found = verdict(data)
    assert found.valid and "actes.encodage" in codes(found.warnings)


def test_without_the_official_schema_the_verdict_says_so(verdict, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    assert codes(verdict(codec.build(MESSAGES["6-1"])).warnings) == ["actes.schema-absent"]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "actes.vide"), (b"\x1f\x8b", "actes.archive-tronquee"), (b"\x1f\x8bxxxxxxxxxxxx", "actes.archive-illisible"),
     (b"%PDF-1.7", "actes.xml"), (b"<html/>", "actes.racine")],
)  # fmt: skip
def test_what_is_neither_is_refused(verdict, data, code):
    assert codes(verdict(data).errors) == [code]


def test_a_pes_flow_is_sent_to_its_own_check(verdict):
    (error,) = verdict(b"<n:PES_Aller xmlns:n='urn:x'/>").errors
    assert "megalis check pes" in error.message


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_archive_gets_a_verdict(verdict, data):
    files = members()
    for name in data.draw(st.lists(st.sampled_from(sorted(files)), max_size=2, unique=True)):
        content = bytearray(files[name])
        for _time in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(content) - 1))
            content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=5))
        files[name] = bytes(content)
    found = verdict(files)
    assert all(item.code.startswith("actes.") or item.code.startswith("siren.") for item in found.errors)


def test_too_many_messages_are_refused(verdict, monkeypatch):
    monkeypatch.setattr(contents, "MAX_MESSAGES_BYTES", 1000)
    assert codes(verdict(members()).errors) == ["actes.archive-messages"]


def test_the_command_prints_one_line_a_file(tmp_path, capsys, referentiels):
    samples = sorted(referentiels("actes/samples").glob("*.xml"))
    (tmp_path / "a.tar.gz").write_bytes(b"\x1f\x8b")
    status = main(["check", "acte", *map(str, samples), str(tmp_path / "a.tar.gz")])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 1
    assert [line["valid"] for line in lines] == [True] * len(samples) + [False]
    assert all({"file", "kind", "valid", "errors", "warnings", "signatures"} <= set(line) for line in lines)
    assert {line.get("message") for line in lines} == {"1-1", "1-2", "1-3", "6-2", "7-2", None}
    assert main(["check", "acte", *map(str, samples)]) == 0
