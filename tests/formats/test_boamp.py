"""The national short notice: what is written comes back equal, what is not of the format is refused with its place."""

from datetime import date
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats import boamp
from megalis.portal.formats import eforms
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.short_notice import Contact
from megalis.portal.formats.short_notice import short_of
from megalis.portal.formats.short_notice import ShortCriterion
from megalis.portal.formats.short_notice import ShortLot
from megalis.portal.formats.short_notice import ShortNotice
from tests.formats.notices import one_of
from tests.formats.notices import sample
from tests.formats.test_jal import SHORT

import dataclasses
import json
import pytest


WRITERS = (boamp.to_json, boamp.to_xml)


def refused(data):
    with pytest.raises(Refused) as caught:
        boamp.read(data)
    assert len(caught.value.message) > 15
    return caught.value.code


@pytest.mark.parametrize("write", WRITERS)
def test_every_notice_comes_back_equal(write):
    for notice in sample(20):
        short = short_of(notice, ("35", "2A"))
        assert boamp.read(write(short)) == short


@pytest.mark.parametrize("write", WRITERS)
def test_a_change_comes_back_with_what_it_changes(write):
    base = one_of("E3", lots=2)
    change = eforms.Change(f"{base.notice_id}-01", "cancel", "Besoin disparu.\nMerci aux candidats.")
    short = short_of(dataclasses.replace(base, version="02", change=change))
    again = boamp.read(write(short))
    assert again == short
    assert (again.kind, again.previous) == ("annulation", f"{base.notice_id}-01")


def test_the_json_has_the_documented_shape():
    told = json.loads(boamp.to_json(SHORT))
    assert told["format"] == "megalis.bzh/avis-mapa/1"
    assert told["acheteur"]["codePostal"] == "56270"
    assert told["departements"] == ["56"]
    assert told["dateLimite"] == "2026-12-03T11:00:00Z" and told["debut"] == "2027-01-01"
    assert told["criteres"][1] == {"nom": "Valeur technique", "poids": "12.5"}
    assert told["criteres"][2] == {"nom": "Délai", "poids": "10", "pourcentage": False}
    assert "accordCadre" not in told and told["variantes"] is False


def test_the_xml_says_the_same_as_the_json():
    root = etree.fromstring(boamp.to_xml(SHORT))
    found = root.findall("{*}lots")
    assert root.tag == "{urn:megalis.bzh:avis-mapa:1}avis"
    assert [(lot.findtext("{*}numero"), lot.findtext("{*}objet")) for lot in found] == [
        ("1", "Dommages aux biens"), ("2", "Flotte"),
    ]  # fmt: skip
    assert root.findtext("{*}variantes") == "false"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": "autre"}, "boamp.format"),
        ({"objet": 5}, "boamp.valeur"),
        ({"objet": "a\x00b"}, "boamp.valeur"),
        ({"objet": None}, "boamp.valeur"),
        ({"inconnu": 1}, "boamp.inconnu"),
        ({"genre": "autre"}, "boamp.code"),
        ({"uniteDuree": "siècles"}, "boamp.code"),
        ({"departements": []}, "boamp.absent"),
        ({"duree": "36"}, "boamp.valeur"),
        ({"duree": True}, "boamp.valeur"),
        ({"duree": -1}, "boamp.valeur"),
        ({"debut": "2027-02-30"}, "boamp.valeur"),
        ({"debut": "20270101"}, "boamp.valeur"),
        ({"dateLimite": "2026-12-03T12:00:00+01:00"}, "boamp.valeur"),
        ({"accordCadre": "oui"}, "boamp.valeur"),
        ({"lots": {}}, "boamp.type"),
        ({"lots": [{}] * 1001}, "boamp.type"),
        ({"lots": [{"numero": "1"}]}, "boamp.absent"),
        ({"lots": [[]]}, "boamp.type"),
        ({"acheteur": "Ville"}, "boamp.type"),
        ({"criteres": [{"nom": "Prix", "poids": "1e3"}]}, "boamp.valeur"),
        ({"criteres": [{"nom": "Prix", "poids": 12.5}]}, "boamp.nombre"),
    ],
)
def test_a_json_that_is_not_of_the_format_is_refused(change, code):
    told = {**json.loads(boamp.to_json(SHORT)), **change}
    assert refused(json.dumps(told).encode()) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "boamp.vide"),
        (b" \n", "boamp.vide"),
        (b"[]", "boamp.format"),
        (b"{", "boamp.json"),
        (b"\xff\xfe{}", "boamp.json"),
        (b"[" * 100_000, "boamp.json"),
        (b'{"format": "megalis.bzh/avis-mapa/1", "objet": "a", "objet": "b"}', "boamp.double"),
        (b'{"format": "megalis.bzh/avis-mapa/1", "duree": NaN}', "boamp.nombre"),
        (b'{"format": "megalis.bzh/avis-mapa/1"}', "boamp.absent"),
        (b" " * (boamp.MAX_BYTES + 1), "boamp.taille"),
        (b"<avis/>", "boamp.format"),
        (b"<avis", "boamp.xml"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><avis>&e;</avis>', "boamp.dtd"),
    ],
)
def test_a_file_that_is_no_notice_is_refused(data, code):
    assert refused(data) == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<objet>Assurances", "<objet a='1'>Assurances", "boamp.inconnu"),
        ("<objet>Assurances de la commune</objet>", "<objet>a</objet><objet>b</objet>", "boamp.double"),
        ("<objet>Assurances de la commune</objet>", "", "boamp.absent"),
        ("<duree>36</duree>", "<duree>trois</duree>", "boamp.valeur"),
        ("<duree>36</duree>", "<duree>٣٦</duree>", "boamp.valeur"),
        ("<variantes>false</variantes>", "<variantes>non</variantes>", "boamp.valeur"),
        ("<duree>36</duree>", "<delai>36</delai>", "boamp.inconnu"),
        ("<duree>36</duree>", "<duree><jours>36</jours></duree>", "boamp.inconnu"),
        ("<duree>36</duree>", "<duree xmlns='urn:x'>36</duree>", "boamp.inconnu"),
        ("<duree>36</duree>", "<duree>36</duree>mois", "boamp.inconnu"),
        ("<acheteur>", "<acheteur>texte", "boamp.inconnu"),
    ],
)
def test_an_xml_that_is_not_of_the_format_is_refused(old, new, code):
    text = boamp.to_xml(SHORT).decode()
    assert old in text
    assert refused(text.replace(old, new, 1).encode()) == code


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("change", [{"title": "a\x00b"}, {"title": "\ud800"}, {"kind": "autre"}, {"duration": -1}])
def test_what_could_not_be_read_back_is_not_written(write, change):
    with pytest.raises(Refused):
        write(dataclasses.replace(SHORT, **change))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
MOMENT = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=UTC))
CONTACT = st.builds(Contact, TEXT, TEXT, TEXT, TEXT)
SHORTS = st.builds(
    ShortNotice,
    TEXT,
    TEXT,
    st.sampled_from(["initial", "rectificatif", "annulation"]),
    TEXT,
    CONTACT,
    TEXT,
    TEXT | st.just(" a\n\tb "),
    TEXT,
    TEXT,
    st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    lots=st.lists(st.builds(ShortLot, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    framework=st.booleans(),
    duration=st.none() | st.integers(0, 10**8),
    start=st.none() | st.dates(date(1000, 1, 1)),
    criteria=st.lists(
        st.builds(ShortCriterion, TEXT, st.none() | st.decimals(0, 10**6, places=3).map(abs), st.booleans()), max_size=3
    ).map(tuple),
    variants=st.none() | st.booleans(),
    deadline=st.none() | MOMENT,
    review=st.none() | CONTACT,
    sent=st.none() | MOMENT,
)


@settings(max_examples=40, deadline=None)
@given(SHORTS)
def test_any_short_notice_comes_back_equal(short):
    assert boamp.read(boamp.to_json(short)) == short
    assert boamp.read(boamp.to_xml(short)) == short


@settings(max_examples=40, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lots", "objet", "acheteur", "nom", "x"]), inner), max_leaves=8), st.sampled_from(sorted(boamp.NAMES.values())))  # fmt: skip
def test_no_json_makes_more_than_a_refusal(value, name):
    told = {**json.loads(boamp.to_json(SHORT)), name: value}
    try:
        again = boamp.read(json.dumps(told).encode())
    except Refused as refusal:
        assert refusal.code.startswith("boamp.")
    else:
        assert boamp.read(boamp.to_json(again)) == again
