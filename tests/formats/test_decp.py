"""Essential data: written as the official schemas ask, read back equal, refused with reasons and never a traceback."""

from decimal import Decimal
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from itertools import repeat
from lxml import etree
from megalis.portal.cli import main
from megalis.portal.formats import decp
from megalis.portal.formats.decp import reading
from megalis.portal.formats.refusal import Refused
from tests.formats.decp import concession
from tests.formats.decp import CONCESSIONS
from tests.formats.decp import contract
from tests.formats.decp import CONTRACTS

import copy
import json
import jsonschema
import pytest
import re
import tracemalloc


CODE = re.compile(r"decp\.[a-z-]+")
FULL = contract(
    subcontracting=True,
    subcontracts=(
        decp.Subcontract(
            1, contract().holders[0], 4, contract().notified, Decimal("1000.5"), "Ferme", contract().published
        ),
    ),
    subcontract_changes=(decp.SubcontractChange(1, contract().published, contract().published, 5),),
    modifications=(
        decp.Modification(1, contract().published, contract().published, months=8),
        decp.Modification(2, contract().published, contract().published, amount=Decimal(130000)),
    ),
)


@pytest.fixture(scope="module")
def folder(referentiels):
    return referentiels("decp")


@pytest.fixture(scope="module")
def official(folder):
    """Return the official JSON schema as a validator."""
    return jsonschema.Draft7Validator(json.loads((folder / "schema_decp_v2.0.3.json").read_bytes()))


@pytest.fixture(scope="module")
def official_xml(folder):
    """Return the official XML schema."""
    return etree.XMLSchema(etree.parse(str(folder / "schema_decp_v2.0.2.xsd")))


def as_json(*contracts, concessions=()):
    return b"".join(decp.json_chunks(contracts, concessions))


def as_xml(*contracts, concessions=()):
    return b"".join(decp.xml_chunks(contracts, concessions))


def codes(data):
    verdict = decp.read(data)[1]
    assert all(CODE.fullmatch(item.code) and item.message for item in (*verdict.errors, *verdict.warnings))
    return [item.code for item in verdict.errors]


def test_official_examples_are_valid(folder):
    for name in ("marches_avec_modifications.json", "concessions.json", "Contrat-concession.xml"):
        records, verdict = decp.read((folder / name).read_bytes())
        assert verdict.valid and len(records) == 2, name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(CONTRACTS, max_size=2), st.lists(CONCESSIONS, max_size=2))
def test_what_is_written_keeps_the_official_schemas_and_comes_back_equal(
    official, official_xml, contracts, concessions
):
    data = as_json(*contracts, concessions=concessions)
    official.validate(json.loads(data))
    assert decp.read(data)[0] == [*contracts, *concessions]
    data = as_xml(*contracts, concessions=concessions)
    official_xml.assertValid(etree.fromstring(data))
    records, verdict = decp.read(data)
    assert verdict.errors == ()
    assert records == [*contracts, *concessions]


NASTY = st.sampled_from(
    [None, True, 0, -1, 0.5, 1e300, "", "x" * 17, "x" * 1001, [], {}, "2026-02-30", "SIRET", [1], {"a": 1}]
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_the_official_schema_refuses_is_refused(official, data):
    """A file with one value, at any depth, taken away, added or replaced."""
    value = json.loads(as_json(FULL, concessions=[concession()]))
    holder = value["marches"]
    while True:
        keys = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.integers(0, 4)) == 0:
            break
        holder = holder[key]
    action = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "replace":
        holder[key] = data.draw(NASTY)
    elif action == "remove":
        del holder[key]
    elif isinstance(holder, dict):
        holder["inconnu"] = data.draw(NASTY)
    else:
        holder.append(data.draw(NASTY))
    refused = codes(json.dumps(value).encode())
    assert refused or official.is_valid(value)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_the_official_xml_schema_refuses_is_refused(official_xml, data):
    root = etree.fromstring(as_xml(FULL, concessions=[concession()]))
    nodes = list(root.iter())[1:]
    node = nodes[data.draw(st.integers(0, len(nodes) - 1))]
    action = data.draw(st.sampled_from(["text", "remove", "double", "rename"]))
    if action == "text":
        node.text = data.draw(st.sampled_from(["", "0", "-1", "x" * 17, "2026-02-30", "oui", "1.5", "NaN", "x" * 1001]))
    elif action == "remove":
        node.getparent().remove(node)
    elif action == "double":
        node.addnext(copy.deepcopy(node))
    else:
        node.tag = nodes[data.draw(st.integers(0, len(nodes) - 1))].tag
    data = etree.tostring(root)
    assert codes(data) or official_xml.validate(etree.fromstring(data))


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("id",), "A" * 17, "decp.longueur"),
        (("id",), "", "decp.longueur"),
        (("idAccordCadre",), "B" * 17, "decp.longueur"),
        (("acheteur", "id"), "2135000510001", "decp.forme"),
        (("codeCPV",), "4526", "decp.forme"),
        (("dateNotification",), "2026-02-30", "decp.date"),
        (("datePublicationDonnees",), "16/03/2026", "decp.date"),
        (("montant",), 0, "decp.montant"),
        (("montant",), "125000", "decp.nombre"),
        (("procedure",), "MAPA", "decp.code"),
        (("offresRecues",), 0, "decp.montant"),
        (("marcheInnovant",), "non", "decp.booleen"),
        (("titulaires",), [], "decp.liste"),
        (("modifications", 1, "modification", "id"), 1, "decp.ordre"),
    ],
)
def test_one_wrong_value_is_one_reason_with_its_line(path, value, code):
    document = json.loads(as_json(FULL))
    holder = document["marches"]["marche"][0]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    data = json.dumps(document, indent=1, ensure_ascii=False)
    (error,) = decp.read(data.encode())[1].errors
    assert error.code == code
    named = next(name for name in reversed(path) if isinstance(name, str))
    expected = "modifications" if code == "decp.ordre" else named
    assert f'"{expected}"' in data.splitlines()[error.line - 1]


def test_a_seventeenth_character_is_counted_in_the_message():
    data = as_json(contract()).replace(b'"2026-T-0042"', b'"2026-T-0042-ABCDE"')
    (error,) = decp.read(data)[1].errors
    assert error.message == "« id » a 17 caractères, le maximum est 16 : raccourcissez « 2026-T-0042-ABCDE »."
    with pytest.raises(Refused) as caught:
        as_json(contract(id="2026-T-0042-ABCDE"))
    assert caught.value.code == "decp.longueur"


def test_a_siret_with_a_bad_key_is_never_published_by_us_and_warned_of_in_a_file():
    bad = decp.Buyer("21350005100011")
    with pytest.raises(Refused) as caught:
        as_json(contract(buyer=bad))
    assert caught.value.code == "decp.acheteur-siret"
    left = []
    data = b"".join(decp.json_chunks([contract(buyer=bad), contract()], refuse=lambda *args: left.append(args)))
    assert decp.read(data)[0] == [contract()]
    ((record, problems),) = left
    assert record.buyer is bad and problems[0][0] == "decp.acheteur-siret"
    verdict = decp.read(data.replace(contract().buyer.siret.encode(), bad.siret.encode()))[1]
    assert verdict.valid and [item.code for item in verdict.warnings] == ["decp.acheteur-siret"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"french_share": Decimal("0.6"), "eu_share": Decimal("0.5")}, "decp.origine"),
        ({"modifications": (FULL.modifications[1], FULL.modifications[0])}, "decp.ordre"),
        ({"title": "x" * 1001}, "decp.longueur"),
        ({"amount": Decimal(0)}, "decp.montant"),
        ({"nature": "Bail"}, "decp.code"),
        ({"holders": ()}, "decp.liste"),
    ],
)
def test_a_record_that_is_wrong_is_not_written(changes, code):
    assert decp.problems(contract(**changes))[0][0] == code
    for write in (as_json, as_xml):
        with pytest.raises(Refused) as caught:
            write(contract(**changes))
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"published": contract().notified.replace(year=2025)}, "decp.dates"),
        ({"advance": False, "advance_rate": Decimal("0.1")}, "decp.avance"),
        ({"subcontracts": FULL.subcontracts}, "decp.sous-traitance"),
        ({"techniques": ("Accord-cadre", "Sans objet")}, "decp.technique"),
        ({"amount": Decimal(10) ** 11}, "decp.montant-improbable"),
    ],
)
def test_what_is_likely_a_mistake_is_a_warning(changes, code):
    verdict = decp.read(as_json(contract(**changes)))[1]
    assert verdict.valid and [item.code for item in verdict.warnings] == [code]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "decp.vide"),
        (b" \n", "decp.vide"),
        (b"bonjour", "decp.json"),
        (b"{", "decp.json"),
        (b"[" * 100_000, "decp.json"),
        (b'{"marches":{"marche":[' + b"1" * 5000 + b"]}}", "decp.json"),
        (b'{"marches":{"marche":[NaN]}}', "decp.json"),
        (b'{"marches":{"marche":[],"marche":[]}}', "decp.json"),
        (b'{"marches":{"marche":[]}}\xff', "decp.json"),
        (b"[]", "decp.racine"),
        (b'{"marches":[]}', "decp.racine"),
        (b'{"marches":{}}', "decp.racine"),
        (b'{"marches":{"marche":{}}}', "decp.type"),
        (b'{"marches":{"marche":[1]}}', "decp.type"),
        (b"<a>", "decp.xml"),
        (b"<a/>", "decp.racine"),
        (b"<html/>", "decp.racine"),
        (b"<!DOCTYPE marches [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><marches>&x;</marches>", "decp.dtd"),
        (b"<marches><autre/></marches>", "decp.inconnu"),
        (b"<marches>" + b"<a>" * 5000, "decp.xml"),
    ],
)
def test_what_is_no_essential_data_is_refused(data, code, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    assert codes(data) == [code]


def test_a_number_too_big_to_hold_is_refused_at_once():
    data = as_json(contract()).replace(b"125000.5", b"1e999999999")
    assert codes(data) == ["decp.nombre"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data):
    assert codes(data)


def test_the_line_of_every_value_is_found():
    text = '{\n"a": [\n1, {"b":\n"]}\\"", "c": null}],\n"d": {}}'
    wanted = {("a",), ("a", 0), ("a", 1, "b"), ("a", 1, "c"), ("d",), ("d", "absent")}
    assert reading.locate(text, wanted) == {
        ("a",): 2, ("a", 0): 3, ("a", 1, "b"): 4, ("a", 1, "c"): 4, ("d",): 5, ("d", "absent"): 5,
    }  # fmt: skip


def test_an_export_of_any_length_takes_the_memory_of_one_record():
    def peak(count):
        tracemalloc.start()
        size = sum(map(len, decp.json_chunks(repeat(FULL, count)))) + sum(
            map(len, decp.xml_chunks(repeat(FULL, count)))
        )
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, memory

    peak(2)
    (small, low), (large, high) = peak(20), peak(400)
    assert large > 15 * small
    assert high < low + 200_000


def test_the_command_checks_both_forms(tmp_path, capsys):
    (tmp_path / "a.json").write_bytes(as_json(FULL))
    (tmp_path / "b.xml").write_bytes(as_xml(FULL, concessions=[concession()]))
    (tmp_path / "c.json").write_bytes(as_json(contract()).replace(b'"2026-T-0042"', b'"2026-T-0042-ABCDE"'))
    assert main(["check", "decp", str(tmp_path / "a.json"), str(tmp_path / "b.xml")]) == 0
    assert main(["check", "decp", *(str(tmp_path / name) for name in ("a.json", "b.xml", "c.json"))]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["valid"] for line in lines] == [True, True, True, True, False]
    assert lines[-1]["errors"][0]["field"] == "id"
