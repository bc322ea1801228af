"""`megalis check pes`: a flow, an acknowledgement and a return are told apart by what they hold, and each is judged."""

from megalis.portal.cli import main
from megalis.portal.formats import referentiels as places
from megalis.portal.formats.pes import checking
from megalis.portal.formats.pes import source
from tests.formats import pes_flows as flows

import json
import pytest
import shutil


@pytest.fixture
def verdict(tmp_path):
    """Return a function: bytes -> Verdict."""

    def ask(data):
        path = tmp_path / "flux.xml"
        path.write_bytes(data)
        return checking.check(path)

    return ask


@pytest.fixture
def samples(referentiels):
    return referentiels("pes") / "samples"


def codes(found):
    return [item.code for item in found]


def test_a_good_flow_keeps_the_schema_and_the_rules(verdict, referentiels):
    referentiels("pes")
    found = verdict(flows.flow())
    assert (found.errors, found.warnings) == ((), ())
    assert found.extra["kind"] == "aller" and found.extra["schema"] == "5.17"
    assert found.extra["key"] == ["FLUX1", "123"]
    assert found.extra["summary"]["budget"] == {"code": "00", "libelle": "Commune de Bréal"}
    assert [item["status"] for item in found.extra["signatures"]] == ["absent"]


def test_every_sample_is_read(samples):
    found = {path.name: checking.check(path) for path in sorted(samples.glob("*.xml"))}
    kinds = {name.partition("_")[0]: item.extra["kind"] for name, item in found.items()}
    assert kinds == {"006111": "acquit", "HELIOS": "retour", "PESALR2": "aller", "PES": "aller", "pes": "acquit"}
    refused = {name for name, item in found.items() if not item.valid}
    assert refused == {"HELIOS_SIMU_ALR2_1496987735_826268894.xml"}
    assert codes(found[refused.pop()].errors) == ["pes.idver", "pes.montant-bordereau"]


def test_the_signed_sample_is_valid_signed_and_summed(samples):
    found = checking.check(samples / "PESALR2_25060187900027_190328_001.xml")
    (signature,) = found.extra["signatures"]
    assert (signature["status"], signature["signer"], signature["xades"]) == ("valid", "THOMAS Celine", "1.1.1")
    assert signature["bordereau"] == "11" and signature["policy"] == "1.2.250.1.131.1.5.18.21.1.7"
    assert found.extra["summary"]["pieces_jointes"] == 2 and found.extra["summary"]["montant_ht"] == "4874.40"
    assert codes(found.warnings) == ["pes.signature-remarque"]


def test_the_answers_of_the_tresor_are_read_with_their_departures(samples):
    found = {path.name: checking.check(path) for path in samples.glob("*ACK*")}
    assert [item.extra["summary"]["resultat"] for item in found.values()] == ["mixte", "mixte"]
    assert all(item.valid and codes(item.warnings) == ["pes.schema"] for item in found.values())


def test_what_breaks_the_schema_is_told_with_its_line(verdict, referentiels):
    referentiels("pes")
    data = flows.flow().replace(b"<Exer V=", b"<Exercice V=")
    found = verdict(data)
    assert codes(found.errors) == ["pes.schema"]
    assert "« Exercice »" in found.errors[0].message
    assert b"<Exercice" in data.splitlines()[found.errors[0].line - 1]


def test_a_flow_is_good_that_keeps_an_older_schema(verdict, referentiels, monkeypatch, tmp_path):
    official = referentiels("pes") / "schemas-5.17"
    for version in ("5.17", "5.9"):
        shutil.copytree(official, tmp_path / f"ref/pes/schemas-{version}")
    newest = tmp_path / "ref/pes/schemas-5.17/PES_V2/Class_Enveloppe.xsd"
    newest.write_text(newest.read_text("utf-8").replace('name="NomFic"', 'name="NomDuFichier"'), "utf-8")
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path / "ref"))
    found = verdict(flows.flow())
    assert found.valid and found.extra["schema"] == "5.9"
    found = verdict(flows.flow().replace(b"<Exer V=", b"<Exercice V="))
    assert found.extra["schema"] == "5.17"
    assert any("NomDuFichier" in item.message for item in found.errors)


def test_without_a_schema_the_rules_still_run_and_say_so(verdict, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    assert places.find("pes") is None
    found = verdict(flows.flow(id_ver=1))
    assert codes(found.errors) == ["pes.idver"] and codes(found.warnings) == ["pes.schema-absent"]


RULES = {
    "idver": flows.flow(id_ver=1),
    "flux-vide": flows.flow("", ""),
    "codcol": flows.flow(codcol=" "),
    "nomfic": flows.flow(nomfic=""),
    "montant-bordereau": flows.flow(flows.bordereau(amount="11.00", pieces=flows.piece(references=flows.reference()))),
    "nombre-pieces": flows.flow(flows.bordereau(count=2)),
    "montant": flows.flow(flows.bordereau(amount="dix")),
    "signature-absente": flows.flow(dematerialisee=1),
    "doublon-bordereau": flows.flow(flows.bordereau() + flows.bordereau().replace('Id="B7"', 'Id="B8"')),
    "doublon-pj": flows.flow(pjs=flows.pj() * 2),
    "pj-base64": flows.flow(pjs=flows.pj(content="@@@@")),
    "pj-gzip": flows.flow(pjs=flows.pj(content="JVBERi0xLjcK")),
    "pj-tronquee": flows.flow(pjs=flows.pj(content=flows.packed(flows.PDF)[:20])),
    "pj-vide": flows.flow(pjs=flows.pj(content=" ")),
    "encodage": flows.flow(encoding="UTF-8"),
    "encodage-faux": flows.flow(encoding="UTF-8").replace(b"UTF-8", b"ISO-8859-1", 1),
}


@pytest.mark.parametrize("code", RULES)
def test_what_the_tresor_would_refuse_is_refused_before(verdict, code, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    assert codes(verdict(RULES[code]).errors) == [f"pes.{code}"]


WARNED = {
    "pj-absente": flows.flow(pjs=""),
    "pj-non-citee": flows.flow(flows.bordereau(pieces=flows.piece())),
    "pj-nom": flows.flow(pjs=flows.pj(nom="autre.pdf")),
}


@pytest.mark.parametrize("code", WARNED)
def test_attachments_and_their_mentions_are_held_against_each_other(verdict, code, referentiels):
    referentiels("pes")
    found = verdict(WARNED[code])
    assert found.valid and codes(found.warnings) == [f"pes.{code}"]


def test_a_mention_of_a_paper_is_not_looked_for(verdict, referentiels):
    referentiels("pes")
    paper = flows.bordereau(pieces=flows.piece(references=flows.reference(support="03")))
    assert verdict(flows.flow(paper, pjs="")).warnings == ()


def test_a_liar_of_utf8_is_read_and_told(verdict, referentiels):
    referentiels("pes")
    found = verdict(flows.flow().replace(b"ISO-8859-1", b"UTF-8", 1))
    assert codes(found.errors) == ["pes.encodage", "pes.encodage-faux"]
    assert found.extra["summary"]["budget"]["libelle"] == "Commune de Bréal"


def test_a_liar_of_latin_1_is_read_and_told(verdict, referentiels):
    referentiels("pes")
    windows = flows.flow().replace(b"Logiciel", "Logiciel à 10 €".encode("cp1252"))
    assert codes(verdict(windows).errors) == ["pes.encodage-faux"]
    found = verdict(flows.flow(encoding="UTF-8").replace(b"UTF-8", b"ISO-8859-1", 1))
    assert found.extra["summary"]["budget"]["libelle"] == "Commune de Bréal"


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
BROKEN = {
    "vide": b" \n",
    "xml": flows.flow()[:-30],
    "dtd": flows.flow().replace(b"<n:PES", BOMB.encode() + b"<n:PES", 1).replace(b'V="FLUX1"', b'V="&b;"'),
    "racine": b"<?xml version='1.0'?><facture/>",
    "encodage": flows.flow().replace(b"ISO-8859-1", b"EBCDIC-CP-FR", 1),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_file_that_is_no_flow_is_refused_with_the_reason(verdict, code):
    found = verdict(BROKEN[code])
    assert codes(found.errors) == [f"pes.{code}"]
    assert found.extra["signatures"] == []


@pytest.mark.parametrize(
    "data", [b"PK\3\4zip", b"%PDF-1.7", b"\0" * 100, b"<", b"<n:PES_Aller/>", b"<a", "<é/>".encode("utf-16"), b"{}"]
)
def test_rubbish_is_refused_without_an_accident(verdict, data):
    assert not verdict(data).valid


@pytest.mark.parametrize("official", [True, False])
def test_a_flow_cut_anywhere_is_refused(verdict, monkeypatch, tmp_path, referentiels, official):
    if official:
        referentiels("pes")
    else:
        monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    data = flows.sign(flows.flow(dematerialisee=1))
    assert all(not verdict(data[:length]).valid for length in range(0, len(data) - 1, 397))


def test_a_departure_from_the_schema_does_not_hide_broken_xml(verdict, referentiels):
    referentiels("pes")
    data = flows.flow().replace(b"<Exer V=", b"<Exercice V=")
    assert codes(verdict(data[:-20]).errors) == ["pes.xml"]


def test_too_big_a_file_and_too_many_elements_are_refused(verdict, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    assert codes(verdict(flows.flow()).errors) == ["pes.taille"]
    monkeypatch.undo()
    monkeypatch.setattr(source, "MAX_LIVE", 20)
    assert codes(verdict(flows.flow()).errors) == ["pes.elements"]


def test_the_command_prints_one_line_a_flow(tmp_path, capsys, referentiels):
    referentiels("pes")
    (tmp_path / "bon.xml").write_bytes(flows.flow())
    (tmp_path / "mauvais.xml").write_bytes(flows.flow(id_ver=1))
    assert main(["check", "pes", str(tmp_path / "bon.xml")]) == 0
    assert main(["check", "pes", str(tmp_path / "mauvais.xml")]) == 1
    good, bad = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert good["valid"] and good["signatures"][0]["status"] == "absent"
    assert bad["errors"] == [
        {
            "code": "pes.idver",
            "message": "La version du bloc des dépenses (IdVer) est « 1 » : elle doit être 2.",
            "line": 5,
        }
    ]


def test_a_message_of_actes_and_a_flow_are_sent_to_each_other(tmp_path, capsys):
    (tmp_path / "flux.xml").write_bytes(flows.flow())
    (tmp_path / "acte.xml").write_bytes(b'<a:Acte xmlns:a="http://www.interieur.gouv.fr/ACTES#v1.1-20040216"/>')
    main(["check", "acte", str(tmp_path / "flux.xml")])
    main(["check", "pes", str(tmp_path / "acte.xml")])
    first, second = [json.loads(line)["errors"][0] for line in capsys.readouterr().out.splitlines()]
    assert "megalis check pes" in first["message"] and "megalis check acte" in second["message"]
