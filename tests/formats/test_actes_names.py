"""Names and identifiers of @CTES: what is made follows the rule, what is read says what it says."""

from datetime import date
from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.refusal import Refused
from tests.formats.actes_samples import ACT_ID
from tests.formats.actes_samples import days
from tests.formats.actes_samples import departements
from tests.formats.actes_samples import numbers
from tests.formats.actes_samples import SIREN
from tests.formats.actes_samples import sirens

import pytest
import re


DAY = date(2026, 3, 16)
ABREGES = st.sampled_from(["DE", "AR", "AI", "CC", "BF", "AU"])
SERIALS = st.integers(0, 99_999)


def test_the_names_of_one_sending():
    identifier = names.act_id("35", "213 502 388", DAY, "DEL_42", "DE")
    assert str(identifier) == ACT_ID
    assert names.archive_name("abc", SIREN, DAY, 7) == "abc-EACT--213502388--20260316-7.tar.gz"
    assert names.archive_name("SLO", SIREN, DAY, 7, test=True) == "SLO-TACT--213502388--20260316-7.tar.gz"
    assert names.envelope_name(SIREN, DAY, 7) == "EACT--213502388--20260316-7.xml"
    assert names.message_name(identifier, "1-1") == f"{ACT_ID}-1-1_0.xml"
    assert names.file_name("99_DE", identifier, "1-1", 1, "PDF") == f"99_DE-{ACT_ID}-1-1_1.pdf"
    assert names.classification_name("2A", SIREN) == f"02A-{SIREN}----7-1_0.xml"
    assert names.anomaly_name("EACT--213502388--20260316-7.xml") == "ANO_EACT--213502388--20260316-7.xml"


@pytest.mark.parametrize(
    ("prefecture", "name"),
    [
        (model.Prefecture("035", "3"), "EACT--SPREF0353-213502388-20260316-9.xml"),
        (model.Prefecture("02A"), "EACT--PREF02A-213502388-20260316-9.xml"),
        (model.Prefecture("053", "", True), "EACT--SGAR053-213502388-20260316-9.xml"),
    ],
)
def test_the_name_of_an_envelope_tells_who_answers(prefecture, name):
    assert names.answer_name(prefecture, SIREN, DAY, 9) == name
    said = names.parse_name(name)
    assert said.emetteur in name and (said.siren, said.date, said.serie) == (SIREN, DAY, 9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("044-214400152----1-3_1.xml", ("044", "214400152", "1-3", 1, "", "xml")),
        ("999-1234----7-2_1.xml", ("999", "1234", "7-2", 1, "", "xml")),
        ("006-210600730-20180115-007-AR-1-1_0.xml", ("006", "210600730", "1-1", 0, "", "xml")),
        ("044-214400152-20181106-TEST_DGCL_4-DE-6-2_10.xml", ("044", "214400152", "6-2", 10, "", "xml")),
        ("99_DE-034-213400343-20170101-TEST-DE-1-1_1.pdf", ("034", "213400343", "1-1", 1, "99_DE", "pdf")),
        ("CO_DE-006-210600730-20180115-007-AR-1-1_1.jpg", ("006", "210600730", "1-1", 1, "CO_DE", "jpg")),
    ],
)
def test_real_names_are_read(name, expected):
    said = names.parse_name(name)
    assert (said.departement, said.siren, said.code, said.rang, said.type_pj, said.extension) == expected


@pytest.mark.parametrize(
    "name",
    ["", "acte.pdf", "EACT--213502388--20261316-7.xml", "../EACT--213502388--20260316-7.xml",
     "035-213502388-20260230-A-DE-1-1_0.xml", "EACT--٢١٣٥٠٢٣٨٨--20260316-7.xml", "abc-EACT--213502388--20260316-7.tar"],
)  # fmt: skip
def test_what_follows_no_rule_is_no_name(name):
    assert names.parse_name(name) is None


@given(departements, sirens, days, numbers, ABREGES, SERIALS)
def test_what_is_named_is_read_back(departement, siren, day, numero, abrege, serial):
    identifier = names.act_id(departement, siren, day, numero, abrege)
    assert names.parse_act_id(str(identifier)) == identifier
    assert len(str(identifier)) <= 41
    message = names.parse_name(names.message_name(identifier, "1-1", serial))
    assert (message.act_id, message.rang) == (str(identifier), serial)
    piece = names.parse_name(names.file_name("21_RP", identifier, "1-1", serial, "png"))
    assert (piece.act_id, piece.type_pj, piece.extension) == (str(identifier), "21_RP", "png")
    archive = names.parse_name(names.archive_name("SIC", siren, day, serial))
    assert (archive.siren, archive.date, archive.serie, archive.trigramme) == (siren, day, serial, "SIC")
    envelope = names.envelope_name(siren, day, serial)
    assert names.parse_name(names.anomaly_name(envelope)).anomaly
    for name in (envelope, names.file_name("21_RP", identifier, "1-1", serial, "png")):
        assert names.is_plain(name) and len(name) <= 100


@pytest.mark.parametrize(
    ("rule", "values", "code"),
    [
        (names.number, ["del42"], "actes.numero"),
        (names.number, ["DEL-42"], "actes.numero"),
        (names.number, ["42_"], "actes.numero"),
        (names.number, [""], "actes.numero"),
        (names.number, ["É42"], "actes.numero"),
        (names.departement, ["000"], "actes.departement"),
        (names.departement, ["bretagne"], "actes.departement"),
        (names.act_id, ["35", "213502389", DAY, "A", "DE"], "siren.cle"),
        (names.act_id, ["35", SIREN, "hier", "A", "DE"], "actes.date"),
        (names.act_id, ["35", SIREN, DAY, "A", "délibération"], "actes.nature"),
        (names.parse_act_id, ["035-213502388-20260230-A-DE"], "actes.identifiant"),
        (names.archive_name, ["abcd", SIREN, DAY, 1], "actes.trigramme"),
        (names.envelope_name, [SIREN, DAY, -1], "actes.serie"),
        (names.file_name, ["delib", ACT_ID, "1-1", 1, "pdf"], "actes.type-pj"),
        (names.file_name, ["99_DE", ACT_ID, "1-1", 1, "tar.gz"], "actes.extension"),
    ],
)
def test_a_wrong_part_is_refused_with_its_code(rule, values, code):
    with pytest.raises(Refused) as caught:
        rule(*values)
    assert caught.value.code == code


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_not(text):
    names.parse_name(text)
    assert not names.is_plain(text) or re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._ -]*", text)
