"""What a software drops for one act is read strictly: the sheet, and the files it names, never more."""

from io import BytesIO
from megalis.portal.formats.actes import depot
from megalis.portal.formats.refusal import Refused
from zipfile import ZIP_DEFLATED
from zipfile import ZipFile

import json
import pytest


SHEET = {"numero": "D2026_7", "date_decision": "2026-03-16", "nature": 1, "matiere": "8.4", "objet": "Bourg"}


def packed(members):
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    out.seek(0)
    return out


def sheet(**more):
    return json.dumps({**SHEET, **more}).encode()


def read(stream):
    with depot.opened(stream) as envoi:
        return envoi.fiche, [(item.nom, item.type_pj, envoi.read(item)) for item in envoi.fichiers]


def test_the_sheet_says_the_act_and_names_its_files_in_order():
    files = ["plan.pdf", {"nom": "acte.pdf", "type": "99_DE"}]
    members = [("acte.json", sheet(fichiers=files, papier=True, pour=12)), ("acte.pdf", b"A"), ("plan.pdf", b"P")]
    fiche, found = read(packed(members))
    assert found == [("plan.pdf", "", b"P"), ("acte.pdf", "99_DE", b"A")]
    assert fiche.textes == {**SHEET, "nature": "1", "pour": "12", "papier": "1"}
    assert not fiche.demander


def test_without_a_list_the_files_follow_their_names():
    _fiche, found = read(packed([("b.pdf", b"B"), ("acte.json", sheet()), ("a.pdf", b"A")]))
    assert [name for name, _kind, _data in found] == ["a.pdf", "b.pdf"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "objet JSON"),
        (sheet(numéro="1"), "« numéro » n’est pas un champ"),
        (sheet(objet={"a": 1}), "« objet »"),
        (sheet(papier="oui"), "« papier » est true"),
        (sheet(fichiers="a.pdf"), "liste"),
        (sheet(fichiers=[{"type": "99_DE"}]), "« nom »"),
        (sheet(fichiers=[{"nom": "a.pdf", "type": 3}]), "99_DE"),
        (b" " * (depot.MAX_SHEET + 1), "au plus"),
    ],
)
def test_a_sheet_that_says_anything_else_is_refused_with_what_is_wrong(data, words):
    with pytest.raises(Refused) as refusal:
        depot.sheet(data)
    assert refusal.value.code == "actes.depot-fiche"
    assert words in refusal.value.message


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("a.pdf", b"A")], "acte.json"),
        ([("acte.json", sheet(fichiers=["b.pdf"])), ("a.pdf", b"A")], "manque à l’archive"),
        ([("acte.json", sheet(fichiers=["a.pdf"])), ("a.pdf", b"A"), ("b.pdf", b"B")], "n’est pas dans la fiche"),
        ([("acte.json", sheet(fichiers=["acte.json"]))], "manque à l’archive"),
        ([("acte.json", sheet()), *((f"{rank}.pdf", b"A") for rank in range(501))], "500 au plus"),
    ],
)
def test_an_archive_that_does_not_match_its_sheet_is_refused(members, words):
    with pytest.raises(Refused) as refusal:
        read(packed(members))
    assert refusal.value.code == "actes.depot-zip"
    assert words in refusal.value.message


@pytest.mark.parametrize("cut", [0, 10, -30])
def test_what_is_no_archive_or_half_of_one_is_refused(cut):
    data = packed([("acte.json", sheet()), ("a.pdf", b"A" * 5000)]).getvalue()
    with pytest.raises(Refused) as refusal:
        read(BytesIO(data[:cut]))
    assert refusal.value.code == "actes.depot-zip"


def test_a_file_that_is_damaged_inside_is_refused():
    data = bytearray(packed([("acte.json", sheet()), ("a.pdf", bytes(range(256)) * 40)]).getvalue())
    place = data.index(b"a.pdf") + 40
    data[place : place + 20] = b"\0" * 20
    with pytest.raises(Refused) as refusal:
        read(BytesIO(bytes(data)))
    assert refusal.value.code == "actes.depot-zip"


def test_what_unpacks_to_more_than_an_act_may_weigh_is_given_up_before_it_is_all_read(monkeypatch):
    monkeypatch.setattr(depot, "MAX_BYTES", 3 * depot.STEP)
    stream = packed([("acte.json", sheet()), ("a.pdf", b"\0" * (2 * depot.STEP)), ("b.pdf", b"\0" * (50 * depot.STEP))])
    with pytest.raises(Refused) as refusal:
        read(stream)
    assert refusal.value.code == "actes.taille"
