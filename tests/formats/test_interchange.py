"""What the software of a buyer sends is read into one model, whatever its flavour, and every fault is told with its place."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats.interchange import fields
from megalis.portal.formats.interchange import flavours
from megalis.portal.formats.interchange import marco
from megalis.portal.formats.interchange import model
from megalis.portal.formats.interchange import neutral
from megalis.portal.formats.interchange import sis
from megalis.portal.formats.refusal import Refused
from tests.formats.interchange import JSON
from tests.formats.interchange import MARCO
from tests.formats.interchange import NEUTRAL
from tests.formats.interchange import OF_FLAVOUR
from tests.formats.interchange import SIS

import csv
import io
import json
import jsonschema
import pytest


@pytest.mark.parametrize("name", sorted(OF_FLAVOUR))
def test_each_software_says_the_same_consultation(name):
    (received,) = flavours.FLAVOURS[name].read(OF_FLAVOUR[name])
    assert received.findings == ()
    assert received.external == "SIS-2026-0042"
    found = model.plain(received.values)
    expected = {**NEUTRAL, "pieces": [{**row} for row in NEUTRAL["pieces"]]}
    assert {k: v for k, v in found.items() if v not in ([], "")} | {"pieces": None} == expected | {"pieces": None}
    assert [row["nom"] for row in found["pieces"]] == ["RC.pdf", "CCTP-lot2.pdf"]
    assert found["pieces"][1]["lots"] == ["2"]


def test_the_layout_of_a_document_changes_nothing_and_a_word_does():
    (first,) = neutral.read(JSON)
    (same,) = neutral.read(json.dumps(dict(reversed(NEUTRAL.items()))).encode())
    (other,) = neutral.read(json.dumps({**NEUTRAL, "objet": "Autre"}).encode())
    assert first.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"reference_externe": None}, "echange.champ-absent", "reference_externe"),
        ({"reference_externe": "é/.."}, "echange.reference", "reference_externe"),
        ({"objet": "  "}, "echange.champ-absent", "objet"),
        ({"objet": "x" * 401}, "echange.champ-long", "objet"),
        ({"objet": 5}, "echange.champ-type", "objet"),
        ({"objt": "faute"}, "echange.champ-inconnu", "objt"),
        ({"procedure": "royale"}, "echange.valeur", "procedure"),
        ({"valeur_estimee": -1}, "echange.nombre", "valeur_estimee"),
        ({"valeur_estimee": True}, "echange.champ-type", "valeur_estimee"),
        ({"cpv": "1234"}, "echange.cpv.forme", "cpv"),
        ({"lieux": ["Mars 22"]}, "echange.nuts.forme", "lieux[0]"),
        ({"date_limite": "2026-06-15"}, "echange.instant", "date_limite"),
        ({"date_limite": "demain"}, "echange.instant", "date_limite"),
        ({"date_limite_questions": "2026-07-01T10:00:00Z"}, "echange.dates", "date_limite_questions"),
        ({"date_ouverture": "2026-06-01T10:00:00Z"}, "echange.dates", "date_ouverture"),
        ({"lots": [{"numero": "1", "intitule": "A"}, {"numero": " 1", "intitule": "B"}]}, "echange.lot-double", "lots[1].numero"),
        ({"lots": [{"numero": "1"}]}, "echange.champ-absent", "lots[0].intitule"),
        ({"lots": [{"numero": str(n), "intitule": "A"} for n in range(201)]}, "echange.champ-long", "lots"),
        ({"lots": ["x"]}, "echange.objet", "lots[0]"),
        ({"pieces": [{"nom": "a.pdf"}, {"nom": "A.PDF"}]}, "echange.piece-double", "pieces[1].nom"),
        ({"pieces": [{"nom": "a.pdf", "lots": ["9"]}]}, "echange.lot-inconnu", "pieces[0].lots"),
        ({"pieces": [{"nom": "a.pdf", "sha256": "zz"}]}, "echange.empreinte", "pieces[0].sha256"),
        ({"criteres": [{"nom": "Prix", "points": 60}, {"nom": "Autre"}]}, "echange.criteres", "criteres"),
        ({"criteres": [{"nom": "Prix", "points": 60}]}, "echange.criteres", "criteres"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_code_and_its_place(change, code, field):
    (received,) = neutral.read(json.dumps({**NEUTRAL, **change}).encode())
    assert (code, field) in [(item.code, item.field) for item in received.findings], received.findings
    assert all(item.message.endswith((".", "+01:00.")) for item in received.findings)


def test_several_records_are_judged_one_by_one():
    found = neutral.read(json.dumps({"consultations": [NEUTRAL, {"objet": "seul"}, NEUTRAL]}).encode())
    assert [bool(item.findings) for item in found] == [False, True, False]
    assert [item.line for item in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("flavour", "data", "code"),
    [
        (neutral, b"", "echange.json"),
        (neutral, b"{", "echange.json"),
        (neutral, b'{"a": 1.5}', "echange.json"),
        (neutral, b'{"consultations": []}', "echange.nombre"),
        (neutral, b'{"consultations": 5}', "echange.nombre"),
        (neutral, json.dumps({"consultations": [{}] * 201}).encode(), "echange.nombre"),
        (sis, b"", "echange.vide"),
        (sis, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "echange.dtd"),
        (sis, b"<autre/>", "echange.sis"),
        (sis, b"<echangeMarches/>", "echange.nombre"),
        (sis, b"<echangeMarches>", "echange.xml"),
        (sis, b"<a>" * 70 + b"</a>" * 70, "echange.profondeur"),
        (marco, b"", "echange.marco"),
        (marco, b"\x00\x01", "echange.encodage"),
        (marco, b"AUTRE;x", "echange.marco"),
        (marco, b"LOT;jamais-dite;1;Titre", "echange.marco"),
        (marco, b"CONS;A;r;o\nCONS;A;r;o", "echange.marco"),
        (marco, b"CONS;A" + b";x" * 40, "echange.marco"),
        (marco, b'CONS;A;"pas ferme', "echange.marco"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(flavour, data, code):
    with pytest.raises(Refused) as refused:
        flavour.read(data)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["180.000", "1,234", "cent", "12 345,678", "-5"])
def test_an_amount_that_could_be_read_in_two_ways_is_refused(text):
    data = MARCO.decode("cp1252").replace("180 000,00 €", text).encode("cp1252")
    (received,) = marco.read(data)
    assert [item.field for item in received.findings] == ["valeur_estimee"]


@pytest.mark.parametrize("text", ["31/02/2026 12:00", "15-06-2026", "15/06/26"])
def test_a_date_that_is_none_is_refused_with_its_field(text):
    (received,) = marco.read(MARCO.decode("cp1252").replace("15/06/2026 12:00", text).encode("cp1252"))
    assert [(item.code, item.field) for item in received.findings] == [("echange.instant", "date_limite")]


@given(st.binary(max_size=300), st.sampled_from(sorted(OF_FLAVOUR)))
def test_no_bytes_bring_a_flavour_down(data, name):
    try:
        flavours.FLAVOURS[name].read(data)
    except Refused as refused:
        assert refused.code.startswith("echange.")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda c: st.lists(c, max_size=3) | st.dictionaries(st.sampled_from([*model.CONSULTATION, "x"]), c, max_size=5)))  # fmt: skip
def test_no_document_brings_the_model_down(value):
    received = model.consultation(value)
    assert isinstance(received.findings, tuple)
    assert received.digest


def test_the_schema_accepts_what_the_model_accepts_and_refuses_what_has_no_place():
    schema = model.document_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(NEUTRAL, schema)
    for wrong in ({**NEUTRAL, "objt": 1}, {**NEUTRAL, "procedure": "royale"}, {"objet": "seul"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_every_kind_of_field_has_a_schema():
    assert {field.kind for field in model.CONSULTATION.values()} <= set(fields.KINDS)


ROWS = (
    {
        "instant": "2026-06-15T09:59:59Z", "genre": "depot", "depot": "a" * 32, "numero": "AAAA-1", "entreprise": "=Toitures",
        "siret": "73282932000074", "lots": ["1", "2"], "enveloppes": ["Offre, lot 1"], "octets": 90, "hors_delai": False,
    },
)  # fmt: skip
REGISTER = model.Register("depots", "SIS-1", "2026-1", ROWS, "17", True, "close")


def test_a_register_leaves_as_each_software_reads_it():
    assert json.loads(neutral.write(REGISTER))["lignes"] == list(ROWS)
    root = etree.fromstring(sis.write(REGISTER))
    assert root.find("registre").get("curseur") == "17"
    assert [node.text for node in root.iter("lot")] == ["1", "2"]
    assert root.findtext("registre/ligne/hors_delai") == "non"
    rows = list(csv.reader(io.StringIO(marco.write(REGISTER).decode("utf-8-sig")), delimiter=";"))
    assert rows[1][:3] == ["DEP", "SIS-1", "15/06/2026 11:59:59"]
    assert rows[1][6] == "'=Toitures", "no cell is a formula"
    assert rows[2] == ["FIN", "SIS-1", "1", "17", "suite", ""]


def test_a_difference_names_the_fields_only_that_differ():
    kept = {"objet": "A", "lieux": ("FRH01",), "description": ""}
    assert model.difference(kept, {"objet": "B", "lieux": ["FRH01"], "description": None}) == [
        {"champ": "objet", "tenu": "A", "recu": "B"}
    ]


def test_a_flavour_is_known_by_the_end_of_the_file():
    assert [flavours.of_file(name) for name in ("A.XML", "b.csv", "c.json", "d.exe")] == [sis, marco, neutral, None]
    assert flavours.of_file("xml") is sis
    assert SIS.startswith(b"<?xml")
