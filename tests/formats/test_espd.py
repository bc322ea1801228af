"""The DUME: a company's response in the words of a buyer, whatever its version, and the request a buyer publishes."""

from datetime import date
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.cli import main
from megalis.portal.formats.espd import reading
from megalis.portal.formats.espd import taxonomy
from megalis.portal.formats.espd import writing
from megalis.portal.formats.refusal import Refused
from tests.formats.dume import ANSWERS
from tests.formats.dume import CRITERIA
from tests.formats.dume import response

import dataclasses
import json
import pytest


REQUEST = writing.Request(
    "a" * 32, "2026-VOI-1", "Voirie 2026", "", "appel-offres-ouvert", "travaux", datetime(2026, 2, 2, 9, tzinfo=UTC),
    "Commune d’exemple", "21290189600010", "https://portail.exemple.bzh/c", ("1", "2"), "Trois références", "Achats",
    "marches@exemple.bzh",
)  # fmt: skip


@pytest.mark.parametrize("ns", ["-2", "-X"])
def test_a_response_says_who_answers_and_what(ns):
    found = reading.read(response(ns=ns))
    assert (found.operator.name, found.operator.role) == ("Charpentes du Léon", "Mandataire du groupement")
    assert (found.reference, found.version, found.issued, found.lots) == (
        "2026-1",
        "3.3.0",
        date(2026, 3, 12),
        ("LOT-1",),
    )
    told = {item.code: (item.family, item.title, item.met) for item in found.criteria}
    assert told == {
        "crime-org": ("exclusion", "Participation à une organisation criminelle", True),
        "tax-pay": ("exclusion", "Paiement des impôts et taxes", False),
        "trade-regist": ("selection", "Inscription au registre du commerce", True),
        "gen-year-to": ("selection", "Chiffre d’affaires annuel", True),
    }
    (turnover,) = [item for item in found.criteria if item.code == "gen-year-to"]
    assert [(a.kind, a.value, a.depth) for a in turnover.answers] == [
        ("oui-non", "oui", 0), ("montant", "450000 EUR", 1), ("période", "du 01/01/2025 au 31/12/2025", 1),
    ]  # fmt: skip


def test_what_a_buyer_should_read_first_is_told():
    codes = [item.code for item in reading.read(response()).warnings]
    assert codes == ["dume.exclusion"]
    lost = {**ANSWERS, "trade": ("indicator", "false")}
    del lost["crime"]
    found = reading.read(response(name="", reference="", answers=lost))
    assert [item.code for item in found.warnings] == [
        "dume.operateur", "dume.reference", "dume.sans-reponse", "dume.exclusion", "dume.selection",
    ]  # fmt: skip
    assert "Participation à une organisation criminelle" in found.warnings[2].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "dume.vide"),
        (b"%PDF-1.4", "dume.xml"),
        (b"<a/>", "dume.racine"),
        (response(root="QualificationApplicationRequest"), "dume.demande"),
        (b'<ESPDResponse xmlns="urn:grow"/>', "dume.version"),
        (response(criteria=()), "dume.criteres"),
        (response(criteria=CRITERIA * 126), "dume.criteres"),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "dume.dtd"),
        (b"<a>" + b"<b/>" * 300_000 + b"</a>", "dume.elements"),
        (b"<a>" + b" " * (8 * 1024 * 1024) + b"</a>", "dume.taille"),
    ],
)
def test_what_is_no_response_is_refused_in_words(data, code):
    with pytest.raises(Refused) as refused:
        reading.read(data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_reading_down(data):
    with pytest.raises(Refused):
        reading.read(data)


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=3))
def test_no_damage_to_a_good_file_does_either(place, noise):
    data = bytearray(response())
    data[place : place + len(noise)] = noise
    try:
        reading.read(bytes(data))
    except Refused as refused:
        assert refused.code.startswith("dume.")


def test_a_request_asks_all_grounds_for_exclusion_and_what_fits_the_nature():
    root = etree.fromstring(writing.write(REQUEST))
    assert root.findtext("{*}ContractFolderID") == "2026-VOI-1"
    assert root.findtext("{*}ProcedureCode") == "open"
    codes = [node.text for node in root.iterfind("{*}TenderingCriterion/{*}CriterionTypeCode")]
    asked = {row.code for row in taxonomy.ROWS if row.family == taxonomy.EXCLUSION}
    assert set(codes) == asked | {*writing.SELECTION, *writing.OF_NATURE["travaux"]}
    assert [node.text for node in root.iterfind("{*}ProcurementProjectLot/{*}ID")] == ["LOT-1", "LOT-2"]
    keys = [node.text for node in root.iterfind(".//{*}TenderingCriterionProperty/{*}ID")]
    assert len(keys) == len(set(keys)), "each property has its own name"
    assert writing.write(REQUEST) == writing.write(REQUEST), "the same consultation makes the same file"


def test_a_response_to_our_request_reads_back():
    root = etree.fromstring(writing.write(REQUEST))
    data = etree.tostring(root).replace(b"QualificationApplicationRequest", b"QualificationApplicationResponse")
    answers = b"".join(
        b'<cac:TenderingCriterionResponse xmlns:cac="%s" xmlns:cbc="%s"><cbc:ValidatedCriterionPropertyID>%s'
        b"</cbc:ValidatedCriterionPropertyID><cac:ResponseValue><cbc:ResponseIndicator>false</cbc:ResponseIndicator>"
        b"</cac:ResponseValue></cac:TenderingCriterionResponse>"
        % (writing.CAC.encode(), writing.CBC.encode(), node.findtext("{*}ID").encode())
        for node in root.iterfind(".//{*}TenderingCriterionProperty")
        if node.findtext("{*}ValueDataTypeCode") == "INDICATOR"
    )
    found = reading.read(
        data.replace(b"</QualificationApplicationResponse>", answers + b"</QualificationApplicationResponse>")
    )
    assert all(item.met for item in found.family(taxonomy.EXCLUSION))
    assert {item.met for item in found.family(taxonomy.SELECTION)} == {False}


@pytest.mark.parametrize("name", ["reference", "title", "buyer"])
def test_a_request_that_says_nothing_of_its_buyer_is_not_made(name):
    with pytest.raises(Refused) as refused:
        writing.write(dataclasses.replace(REQUEST, **{name: " "}))
    assert (refused.value.code, refused.value.value) == ("dume.absent", name)


def test_signs_that_xml_cannot_bear_do_not_stop_a_request():
    data = writing.write(dataclasses.replace(REQUEST, title="Voirie\x00\x0b & <réseaux>", conditions="\ud800"))
    assert etree.fromstring(data).findtext(".//{*}ProcurementProject/{*}Name") == "Voirie & <réseaux>"


def test_the_command_checks_a_dume_before_it_is_sealed(tmp_path, capsys):
    good, bad = tmp_path / "dume.xml", tmp_path / "autre.xml"
    good.write_bytes(response())
    bad.write_bytes(b"<a/>")
    assert main(["check", "dume", str(good), str(bad)]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["valid"], first["operateur"], first["exclusion"]) == (True, "Charpentes du Léon", 2)
    assert [item["code"] for item in first["warnings"]] == ["dume.exclusion"]
    assert second["errors"][0]["code"] == "dume.racine"


def test_every_criterion_has_one_name_one_identifier_one_code():
    for field in ("id", "code", "title"):
        values = [getattr(row, field) for row in taxonomy.ROWS]
        assert len(values) == len(set(values)), field
