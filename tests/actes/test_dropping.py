"""Acts dropped by a software become drafts once, whatever else lies in the folder."""

from megalis.portal.actes import dropping
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import WorkerTick
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import mails
from tests.formats.test_actes_depot import packed
from tests.formats.test_actes_depot import sheet

import json
import os
import pytest
import transaction


@pytest.fixture
def world(functional_portal, tmp_path, monkeypatch):
    found = equip(functional_portal)
    found.portal = functional_portal
    settings = {**registres.reglages(found.registre), "diffusion": "mairie@a.exemple.fr"}
    registres.set_reglages(found.registre, settings)
    transaction.commit()
    monkeypatch.setenv("MEGALIS_ACTES_DEPOT", str(tmp_path))
    found.folder = tmp_path / found.a.siren
    found.folder.mkdir()
    round_(found)
    return found


def round_(world, leisure=True):
    transaction.begin()
    dropping.work(WorkerTick(world.portal, clock.now(), leisure))
    transaction.commit()


def drop(world, name, data):
    (world.folder / "entree" / name).write_bytes(data)


def report(world, name):
    return json.loads((world.folder / "sortie" / f"{name}.rapport.json").read_text())


def names(world, place):
    return sorted(path.name for path in (world.folder / place).iterdir())


def whole(**more):
    return packed([("acte.json", sheet(**more)), ("acte.pdf", a_pdf()), ("plan.pdf", a_pdf("Plan"))]).getvalue()


def test_an_archive_becomes_a_whole_draft_whose_transmission_is_asked_for(world):
    drop(world, "D7.zip", whole(demander=True))
    round_(world)
    told = report(world, "D7.zip")
    assert (told["resultat"], told["a_completer"]) == ("brouillon", [])
    acte = world.registre[told["acte"]]
    assert [piece.name for piece in acte.pieces] == ["acte.pdf", "plan.pdf"]
    assert acte.submitted_at is not None
    assert acte.etat == states.BROUILLON
    assert "D7.zip" in acte.history[1].words
    assert names(world, "traites") == ["D7.zip"]
    assert names(world, "entree") == []


def test_a_pdf_alone_is_a_draft_to_complete_under_a_number_that_is_free(world):
    service.draft(world.a, {"numero": "D012", "nature": 1}, "")
    transaction.commit()
    drop(world, "2026-03-17_D012.pdf", a_pdf())
    round_(world)
    told = report(world, "2026-03-17_D012.pdf")
    assert told["numero"] == "D012_2"
    assert told["a_completer"]


def test_the_same_file_again_changes_nothing_even_when_the_move_was_cut_short(world):
    drop(world, "D7.zip", whole())
    round_(world)
    drop(world, "encore.zip", whole())
    os.rename(world.folder / "traites" / "D7.zip", world.folder / "entree" / "D7.zip")
    before = (world.folder / "entree" / "D7.zip").read_bytes()
    (world.folder / "entree" / "encore.zip").write_bytes(before)
    round_(world)
    assert report(world, "encore.zip")["resultat"] == "deja-recu"
    assert len(world.registre.objectIds()) == 1


def test_a_file_whose_act_was_given_up_is_taken_again(world):
    data = whole()
    drop(world, "D7.zip", data)
    round_(world)
    service.abandon(world.registre[report(world, "D7.zip")["acte"]], "")
    transaction.commit()
    drop(world, "D7-bis.zip", data)
    round_(world)
    assert report(world, "D7-bis.zip")["resultat"] == "brouillon"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.txt", b"bonjour", "actes.depot-format"),
        ("a.zip", b"PK rien", "actes.depot-zip"),
        ("a.pdf", b"%PDF-1.4 rien", "actes.pdf-illisible"),
        ("a.pdf", b"", "actes.fichier-vide"),
        ("a.zip", whole(matiere="99.9"), "actes.matiere-inconnue"),
        ("a.zip", whole(date_decision="2126-01-01"), "actes.date-future"),
        ("a.zip", packed([("acte.json", sheet()), ("a.exe", b"MZ")]).getvalue(), "actes.format"),
    ],
)
def test_a_bad_file_goes_aside_with_its_reason_and_those_concerned_are_told(world, name, data, code):
    drop(world, name, data)
    round_(world)
    assert report(world, name)["code"] == code
    assert names(world, "rejets") == [name]
    assert not world.registre.objectIds()
    assert not world.registre.numbers.get("D2026_7")
    assert [mail["to"] for mail in mails(world.portal)] == ["mairie@a.exemple.fr"]


def test_a_number_that_is_taken_is_refused_and_the_others_are_read(world):
    service.draft(world.a, {"numero": "D2026_7", "nature": 1}, "")
    transaction.commit()
    drop(world, "a.zip", whole())
    drop(world, "b.zip", whole(numero="D2026_8"))
    round_(world)
    assert report(world, "a.zip")["code"] == "actes.numero-double"
    assert report(world, "b.zip")["resultat"] == "brouillon"


def test_links_and_files_being_written_are_never_read(world, tmp_path):
    outside = tmp_path / "secret.pdf"
    outside.write_bytes(a_pdf())
    os.symlink(outside, world.folder / "entree" / "lien.pdf")
    drop(world, "a.zip.part", whole())
    drop(world, ".b.zip", whole())
    round_(world)
    assert report(world, "lien.pdf")["code"] == "actes.depot.lien"
    assert outside.exists()
    assert names(world, "entree") == [".b.zip", "a.zip.part"]
    assert not world.registre.objectIds()


def test_a_file_is_not_moved_when_its_draft_was_not_kept(world):
    drop(world, "D7.zip", whole())
    transaction.begin()
    dropping.work(WorkerTick(world.portal, clock.now(), True))
    transaction.abort()
    assert names(world, "entree") == ["D7.zip"]
    round_(world)
    assert names(world, "traites") == ["D7.zip"]
    assert len(world.registre.objectIds()) == 1


def test_the_folder_of_no_collectivite_is_left_alone(world):
    other = world.folder.parent / "999999999"
    other.mkdir()
    round_(world)
    assert not list(other.iterdir())
