"""Messages of @CTES: what is written is read back, what is sent follows the schema, what is received is never lost."""

from datetime import date
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes.latin import latin1
from megalis.portal.formats.actes.latin import lost
from megalis.portal.formats.refusal import Refused
from pathlib import Path
from tests.formats.actes_samples import ACTE
from tests.formats.actes_samples import any_message
from tests.formats.actes_samples import ENVELOPPE
from tests.formats.actes_samples import MESSAGES

import dataclasses
import os
import pytest
import re


SAMPLES = sorted(Path(os.environ.get("MEGALIS_REFERENTIELS", "absent"), "actes", "samples").glob("*.xml"))
CODED = re.compile(r"actes\.[a-z-]+")
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><Acte>&b;</Acte>'
)


def codes(caught):
    return {item.code for item in caught.value.findings}


@pytest.mark.parametrize("kind", MESSAGES)
def test_each_message_is_written_and_read_back(kind, referentiels):
    referentiels("actes")
    data = codec.build(MESSAGES[kind])
    assert data.startswith(b"<?xml version='1.0' encoding='ISO-8859-1'?>")
    received = codec.parse(data)
    assert received.message == MESSAGES[kind]
    assert received.warnings == ()
    assert received.schema


def test_every_root_of_the_official_schema_that_is_a_message_is_known(referentiels):
    tree = etree.parse(referentiels("actes/actesv1_1.xsd"))
    roots = {item.get("name") for item in tree.getroot().findall("{http://www.w3.org/2001/XMLSchema}element")}
    parts = {"IDSGAR", "IDPref", "IDSousPref", "IDCL", "Referent", "FormulairesEnvoyes"}
    assert set(model.ROOTS) == roots - parts
    assert {model.code_of(MESSAGES[code]) for code in model.CODES} == set(model.CODES)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
@pytest.mark.parametrize("root", sorted(model.ROOTS))
def test_any_message_comes_back_as_it_was(root, data):
    message = data.draw(any_message(model.ROOTS[root]))
    written = codec.build(message)
    received = codec.parse(written)
    assert received.message == message
    assert received.warnings == ()
    assert codec.build(received.message) == written


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_sample_is_read_and_written_again(path):
    received = codec.parse(path.read_bytes())
    again = codec.parse(codec.build(received.message, strict=False))
    assert again.message == received.message
    told = {item.code for item in received.warnings}
    assert told == ({"actes.matiere"} if "1-3" in path.name else set())


def test_there_are_samples_to_read(referentiels):
    referentiels("actes/samples")
    assert len(SAMPLES) >= 7


def test_a_real_acknowledgement_says_what_agents_need(referentiels):
    path = referentiels("actes/samples/006-210600235-20180522-684-AI-1-2_5279.xml")
    message = codec.parse(path.read_bytes()).message
    assert (message.id_acte, message.date_reception) == ("006-210600235-20180522-684-AI", date(2018, 5, 28))
    assert message.acte.objet == "Contrat à durée déterminée - Jean Dupont"


def test_an_anomaly_that_the_schema_refuses_is_read_with_a_warning(referentiels):
    referentiels("actes")
    data = codec.build(MESSAGES["anomalie"]).replace(b">005<", b">999<").replace(b"SIREN inconnu", b"ODT-VERIF-17")
    received = codec.parse(data)
    assert (received.message.nature, received.message.detail) == ("999", "ODT-VERIF-17")
    assert {item.code for item in received.warnings} == {"actes.schema"}
    assert received.warnings[0].line == 2
    with pytest.raises(codec.MessageRefused) as caught:
        codec.build(received.message)
    assert codes(caught) == {"actes.schema"}


def test_what_is_missing_or_wrong_in_a_received_message_is_told_and_the_rest_kept():
    data = codec.build(MESSAGES["1-2"])
    data = re.sub(rb' actes:DateReception="[^"]*"', b' actes:DateReception="hier"', data)
    data = re.sub(
        rb"<actes:ClassificationDateVersionEnCours>.*?</actes:ClassificationDateVersionEnCours>", b"<Autre/>", data
    )
    received = codec.parse(data)
    assert received.message.date_reception is None
    assert received.message.classification_en_cours is None
    assert received.message.acte == ACTE
    assert {"actes.valeur", "actes.absent", "actes.element-inconnu"} <= {item.code for item in received.warnings}


def test_unqualified_attributes_and_another_namespace_are_read():
    data = (
        codec.build(MESSAGES["6-2"])
        .replace(b"actes:", b"")
        .replace(b"xmlns:actes", b"xmlns")
        .replace(b"#v1.1", b"#v1.2")
    )
    received = codec.parse(data)
    assert received.message == MESSAGES["6-2"]
    assert "actes.espace" in {item.code for item in received.warnings}


def test_a_wrong_count_of_annexes_is_told():
    data = codec.build(ACTE).replace(b'actes:Nombre="1"', b'actes:Nombre="3"')
    received = codec.parse(data)
    assert received.message == ACTE
    assert "actes.nombre" in {item.code for item in received.warnings}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "windows-1252", "iso-8859-15"])
def test_other_encodings_are_read(encoding):
    text = codec.build(ACTE).decode("iso-8859-1").replace("ISO-8859-1", encoding)
    data = ("\ufeff" + text if encoding == "utf-16-le" else text).encode(encoding)
    assert codec.parse(data).message == ACTE


def test_a_file_that_lies_about_its_encoding_is_read_and_told():
    latin = codec.build(ACTE)
    liars = (
        latin.replace(b"ISO-8859-1", b"UTF-8"),
        latin.decode("iso-8859-1").encode("utf-8"),
        latin.decode("iso-8859-1").encode("utf-8").replace(b"ISO-8859-1", b"UTF-16"),
    )
    for liar in liars:
        received = codec.parse(liar)
        assert received.message == ACTE
        assert "actes.encodage-faux" in {item.code for item in received.warnings}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "actes.vide"),
        (b"  \n", "actes.vide"),
        (b"pas du xml", "actes.xml"),
        (b"<a><b></a>", "actes.xml"),
        (b"<html/>", "actes.racine"),
        (b"<PES_Aller/>", "actes.racine"),
        (BOMB, "actes.dtd"),
        (b"<!-- x --> <?y z?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "actes.dtd"),
        (BOMB.decode().encode("utf-16"), "actes.dtd"),
        (b"<Acte>" + b"<a>" * 70 + b"</a>" * 70 + b"</Acte>", "actes.profondeur"),
        (b"<Acte>" + b"<a>" * 5000, "actes.profondeur"),
        (b"<Acte>" + b"<a/>" * 700_000 + b"</Acte>", "actes.elements"),
        (b"<Acte>" + b" " * 10_485_760 + b"</Acte>", "actes.taille"),
        (b'<?xml version="1.0" encoding="utf-7"?><Acte/>', "actes.encodage"),
        (b'<?xml version="1.0" encoding="inconnu"?><Acte/>', "actes.encodage"),
        (b"\xff\xfe<\x00A", "actes.encodage"),
        (b"\xff\xfe<\x00A\x00", "actes.xml"),
        (b"<Acte>&inconnue;</Acte>", "actes.xml"),
    ],
)
def test_hostile_xml_is_refused_with_a_code(data, code):
    with pytest.raises(Refused) as caught:
        codec.parse(data)
    assert caught.value.code == code
    assert len(caught.value.message) > 20


def test_a_prolog_made_to_be_slow_is_read_at_once():
    data = b"<!-- -->" * 100_000 + b"<Acte/>"
    assert codec.parse(data).message == model.Acte(date=None)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: b"<Acte>" + data + b"</Acte>"))
def test_any_bytes_are_a_message_or_a_refusal(data):
    try:
        codec.parse(data)
    except Refused as refusal:
        assert CODED.fullmatch(refusal.code)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_message_that_was_damaged_is_read_or_refused(data):
    kind = data.draw(st.sampled_from(sorted(MESSAGES)))
    written = bytearray(codec.build(MESSAGES[kind]))
    for _time in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(written) - 1))
        cut = data.draw(st.integers(0, 12))
        written[place : place + cut] = data.draw(st.binary(max_size=6))
    try:
        received = codec.parse(bytes(written))
        codec.build(received.message, strict=False)
    except Refused as refusal:
        assert CODED.fullmatch(refusal.code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"numero": "del 42"}, "actes.numero"),
        ({"numero": "_42"}, "actes.numero"),
        ({"numero": "D" * 16}, "actes.numero"),
        ({"numero": ""}, "actes.absent"),
        ({"objet": ""}, "actes.absent"),
        ({"objet": "x" * 500}, "actes.objet"),
        ({"objet": "un\ndeux"}, "actes.objet"),
        ({"objet": "\u200b"}, "actes.objet"),
        ({"date": None}, "actes.absent"),
        ({"date": "2026-03-16"}, "actes.type"),
        ({"date": date(1789, 7, 14)}, "actes.date"),
        ({"matiere": (8,)}, "actes.matiere"),
        ({"matiere": (8, None, 1)}, "actes.matiere"),
        ({"matiere": (1, 2, 3, 4, 5, 6)}, "actes.matiere"),
        ({"matiere": (0, 4)}, "actes.matiere"),
        ({"nature": 0}, "actes.nature"),
        ({"nature": None}, "actes.absent"),
        ({"document": None}, "actes.absent"),
        ({"document": model.Fichier("../acte.pdf")}, "actes.nom"),
        ({"annexes": (model.Fichier("a.pdf"), model.Fichier("A.PDF"))}, "actes.nom-double"),
        ({"annexes": [model.Fichier("a.pdf")]}, "actes.type"),
        ({"precedent": "035-1-2"}, "actes.identifiant"),
        ({"document": model.Fichier("a.pdf", model.SignatureXML("<a>"))}, "actes.signature"),
        ({"document": model.Fichier("a.pdf", model.SignatureXML("</s><s>"))}, "actes.signature"),
    ],
)
def test_an_act_that_breaks_a_rule_is_not_written(change, code):
    with pytest.raises(codec.MessageRefused) as caught:
        codec.build(dataclasses.replace(ACTE, **change))
    assert code in codes(caught)
    assert caught.value.code == caught.value.findings[0].code


@pytest.mark.parametrize(
    ("part", "change", "code"),
    [
        ("emetteur", {"siren": "213502389"}, "siren.cle"),
        ("emetteur", {"departement": "35"}, "actes.departement"),
        ("emetteur", {"arrondissement": ""}, "actes.absent"),
        ("emetteur", {"arrondissement": "12"}, "actes.arrondissement"),
        ("emetteur", {"nature": "3"}, "actes.collectivite"),
        ("referent", {"email": "pas une adresse"}, "actes.courriel"),
    ],
)
def test_an_envelope_that_breaks_a_rule_is_not_written(part, change, code):
    wrong = dataclasses.replace(getattr(ENVELOPPE, part), **change)
    with pytest.raises(codec.MessageRefused) as caught:
        codec.build(dataclasses.replace(ENVELOPPE, **{part: wrong}))
    assert code in codes(caught)


def test_our_rules_hold_without_the_official_schema(monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))
    assert codec.official_schema() is None
    assert codec.parse(codec.build(ACTE)).schema is False
    with pytest.raises(codec.MessageRefused):
        codec.build(dataclasses.replace(ACTE, numero="del 42"))
    (tmp_path / "actes").mkdir()
    (tmp_path / "actes" / codec.SCHEMA).write_text("<pas-un-schema/>")
    assert codec.official_schema() is None


def test_typography_is_written_with_the_letters_of_the_ministry():
    text = "L’« œuvre » de Châteaulin – 12 €… c’hoar, Ÿ, ﬁn"
    assert latin1(text) == "L'« oeuvre » de Châteaulin - 12 euros... c'hoar, Y, fin"
    data = codec.build(dataclasses.replace(ACTE, objet=text))
    assert b"&#" not in data
    assert codec.parse(data).message.objet == latin1(text)


def test_letters_that_look_like_utf8_are_written_so_that_nobody_guesses_wrong():
    odd = dataclasses.replace(ACTE, objet="Â¡Ã©")
    data = codec.build(odd)
    assert data.isascii() and b"encoding='ISO-8859-1'" in data
    assert codec.parse(data).message == odd and codec.parse(data).warnings == ()


def test_what_no_letter_stands_for_is_shown_as_lost():
    assert latin1("Place 中 ?") == "Place ? ?"
    assert lost("Place 中 ? œ 中") == "中"


@given(st.text())
def test_a_transliterated_text_fits_and_stays(text):
    done = latin1(text)
    done.encode("iso-8859-1")
    assert latin1(done) == done
    assert all(char in "\n\t" or ord(char) >= 32 for char in done)
