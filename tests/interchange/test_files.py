"""Files dropped by a software are read once, whatever is among them, and what is new is written for it."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import INotificationDates
from megalis.portal.consultations.rules import transitions
from megalis.portal.deposits import closing
from megalis.portal.deposits import opening
from megalis.portal.interchange import dropping
from megalis.portal.interchange import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import dropping as folders
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import WorkerTick
from plone import api
from tests.formats.interchange import MARCO
from tests.formats.interchange import NEUTRAL
from tests.formats.interchange import SIS
from tests.interchange.test_road import PDF
from tests.interchange.test_road import published
from zope.component import getGlobalSiteManager

import json
import os
import pytest
import transaction
import zipfile


REF = NEUTRAL["reference_externe"]


@pytest.fixture
def folder(town, tmp_path, monkeypatch):
    """The folder of commune ``a``; ``round_()`` is the worker's."""
    monkeypatch.setenv("MEGALIS_INTERCHANGE", str(tmp_path))
    found = tmp_path / town.a.siren
    found.mkdir()
    round_(town)
    return found


def round_(town, leisure=True):
    transaction.begin()
    dropping.work(WorkerTick(town.site, clock.now(), leisure))
    transaction.commit()


def drop(folder, name, data):
    folders.write(folder / "entree" / name, data)


def report(folder, name):
    return json.loads((folder / "sortie" / f"{name}.rapport.json").read_text())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("name", "data"), [("envoi.xml", SIS), ("envoi.csv", MARCO), ("envoi.json", json.dumps(NEUTRAL).encode())]
)
def test_a_file_is_read_reported_and_moved(town, folder, name, data):
    drop(folder, name, data)
    round_(town)
    found = report(folder, name)
    assert (found["recues"], found["refusees"]) == (1, 0)
    assert found["consultations"][0]["resultat"] == "creee"
    assert names(folder / "entree") == []
    assert names(folder / "traites") == [name]
    assert store.find(town.a, REF)[1].title == NEUTRAL["objet"]
    drop(folder, name, data)
    round_(town)
    assert report(folder, name)["consultations"][0]["resultat"] == "inchangee"
    assert names(folder / "traites") == [f"1-{name}", name]


def test_an_archive_brings_the_consultation_with_its_pieces(town, folder):
    with zipfile.ZipFile(folder / "entree" / "envoi.part", "w") as archive:
        archive.writestr("consultation.xml", SIS)
        archive.writestr("RC.pdf", PDF)
        archive.writestr("dce/../CCTP-lot2.pdf", PDF + b"2")
        archive.writestr("intruse.pdf", PDF)
    round_(town)
    assert names(folder / "entree") == ["envoi.part"], "a file that is being written is left alone"
    os.rename(folder / "entree" / "envoi.part", folder / "entree" / "envoi.zip")
    round_(town)
    found = report(folder, "envoi.zip")
    assert [row.get("code", row.get("resultat")) for row in found["pieces"]] == ["recue", "recue", "echange.piece"]
    assert [p.filename for p in consultations.pieces(store.find(town.a, REF)[1])] == ["CCTP-lot2.pdf", "RC.pdf"]
    assert names(folder / "rejets") == ["envoi.zip"], "one piece was refused: somebody has to look"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xml", b"<a>", "echange.xml"),
        ("a.xml", b"<!DOCTYPE a><a/>", "echange.dtd"),
        ("a.json", b"\xff\xfe", "echange.json"),
        ("a.csv", b"RIEN;x", "echange.marco"),
        ("a.exe", b"MZ", "echange.format"),
        ("a.zip", b"PK\x03\x04", "echange.zip"),
        ("sans-extension", b"x", "echange.format"),
    ],
)
def test_a_bad_file_goes_aside_with_its_reason(town, folder, name, data, code):
    drop(folder, name, data)
    drop(folder, "z-bon.xml", SIS)
    round_(town)
    assert report(folder, name)["code"] == code
    assert names(folder / "rejets") == [name]
    assert names(folder / "traites") == ["z-bon.xml"], "the others are read all the same"


def test_a_record_refused_among_others_sends_the_file_aside_and_keeps_the_others(town, folder):
    rows = [NEUTRAL, {**NEUTRAL, "reference_externe": "B", "reference": "2026-B", "objet": ""}]
    drop(folder, "deux.json", json.dumps({"consultations": rows}).encode())
    round_(town)
    found = report(folder, "deux.json")
    assert (found["recues"], found["refusees"]) == (1, 1)
    assert found["consultations"][1]["erreurs"][0]["champ"] == "objet"
    assert names(folder / "rejets") == ["deux.json"]
    assert sorted(store.records(town.a)) == [REF]


def test_links_folders_and_what_is_too_large_are_never_read(town, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(dropping, "MAX_FILE", 100)
    secret = tmp_path / "secret.json"
    secret.write_bytes(json.dumps(NEUTRAL).encode())
    os.symlink(secret, folder / "entree" / "lien.json")
    (folder / "entree" / "dossier.json").mkdir()
    os.mkfifo(folder / "entree" / "tube.json")
    drop(folder, "gros.json", b" " * 101)
    round_(town)
    assert report(folder, "lien.json")["code"] == "echange.lien"
    assert report(folder, "tube.json")["code"] == "echange.lien"
    assert report(folder, "gros.json")["code"] == "echange.taille"
    assert not store.records(town.a)
    assert secret.exists()
    assert names(folder / "entree") == []


def test_a_round_reads_no_more_than_its_share(town, folder, monkeypatch):
    monkeypatch.setattr(folders, "FILES", 2)
    for rank in range(5):
        drop(folder, f"{rank}.json", b"{")
    round_(town)
    assert names(folder / "entree") == ["2.json", "3.json", "4.json"]
    round_(town, leisure=False)
    assert len(names(folder / "entree")) == 3


def test_a_round_that_is_lost_reads_the_file_again(town, folder):
    drop(folder, "envoi.xml", SIS)
    transaction.begin()
    dropping.work(WorkerTick(town.site, clock.now(), True))
    transaction.abort()
    assert names(folder / "entree") == ["envoi.xml"]
    assert names(folder / "sortie") == []
    round_(town)
    assert report(folder, "envoi.xml")["consultations"][0]["resultat"] == "creee"


def test_what_is_new_of_a_register_is_written_once(town, folder):
    drop(folder, "envoi.zip.tmp", b"")
    (folder / "format.txt").write_text("marco\n")
    drop(folder, "envoi.xml", SIS.replace(b'<piece fichier="CCTP-lot2.pdf" libelle="CCTP" type="cctp" lots="2"/>', b""))
    round_(town)
    with zipfile.ZipFile(folder / "entree" / "p.zip", "w") as archive:
        archive.writestr("consultation.xml", SIS)
        archive.writestr("RC.pdf", PDF)
        archive.writestr("CCTP-lot2.pdf", PDF)
    round_(town)
    consultation = published(town, REF)
    withdrawals.record(consultation, withdrawals.scope(consultation, {}), 10)
    transaction.commit()
    journal.merge(town.site)
    transaction.commit()
    round_(town)
    (made,) = [name for name in names(folder / "sortie") if ".retraits." in name]
    assert made == f"{REF}.retraits.0000000000.csv"
    assert b"RET;SIS-2026-0042;" in (folder / "sortie" / made).read_bytes()
    os.remove(folder / "sortie" / made)
    round_(town)
    assert not [name for name in names(folder / "sortie") if ".retraits." in name]
    clock.set_for_tests(clock.now() + timedelta(minutes=1))
    withdrawals.record(consultation, withdrawals.scope(consultation, {}), 10)
    transaction.commit()
    journal.merge(town.site)
    transaction.commit()
    round_(town)
    (made,) = [name for name in names(folder / "sortie") if ".retraits." in name]
    assert made != f"{REF}.retraits.0000000000.csv"


def test_without_a_shared_folder_nothing_happens(town, tmp_path, monkeypatch):
    monkeypatch.delenv("MEGALIS_INTERCHANGE", raising=False)
    round_(town)
    monkeypatch.setenv("MEGALIS_INTERCHANGE", str(tmp_path / "absent"))
    round_(town)
    monkeypatch.setenv("MEGALIS_INTERCHANGE", str(tmp_path))
    (tmp_path / "123456789").mkdir()
    round_(town)
    assert names(tmp_path / "123456789") == [], "no collectivité has this SIREN"


class Dates:
    """INotificationDates of a lot whose holder reads its letter late."""

    read = None

    def __init__(self, consultation):
        pass

    def of(self, lot):
        return [self.read]


def test_results_are_written_as_they_come_and_again_once_the_holder_is_notified(town, folder):
    drop(folder, "envoi.xml", SIS.replace(b'<piece fichier="CCTP-lot2.pdf" libelle="CCTP" type="cctp" lots="2"/>', b""))
    round_(town)
    with zipfile.ZipFile(folder / "entree" / "p.zip", "w") as archive:
        archive.writestr("consultation.xml", SIS)
        archive.writestr("RC.pdf", PDF)
        archive.writestr("CCTP-lot2.pdf", PDF)
    round_(town)
    consultation = published(town, REF)

    def written():
        transaction.commit()
        round_(town)
        found = [folder / "sortie" / name for name in names(folder / "sortie") if ".resultats." in name]
        rows = [json.loads(path.read_bytes())["lignes"] for path in found]
        for path in found:
            path.unlink()
        return [[(row["lot"], row["decision"], row["notification"]) for row in lines] for lines in rows]

    assert written() == []
    clock.set_for_tests(consultation.deadline + timedelta(seconds=11))
    lost = {"decision": "infructueux", "reason": "Aucune offre", "winner": "", "winner_siret": "", "amount": None}
    won = {
        "decision": "attribue",
        "reason": "",
        "winner": "Voiries du Léon",
        "winner_siret": "44306184100013",
        "amount": 9,
    }
    manager, stated = getGlobalSiteManager(), ((IConsultation,), INotificationDates)
    known = manager.adapters.registered(*stated)
    manager.registerAdapter(Dates, *stated)
    try:
        with api.env.adopt_roles(["Manager", "PorteurDeCle", "Acheteur", "Valideur"]):
            closing.close(consultation)
            opening.start(consultation, "offre", town.porteurs)
            workflow.fire(consultation, transitions.ANALYSER)
            workflow.decide(consultation, {"1": lost, "2": won})
            workflow.fire(consultation, transitions.DECIDER)
            assert written() == [[("1", "infructueux", ""), ("2", "attribue", "")]]
            assert written() == []
            consultation.informed_at = clock.now() - timedelta(days=30)
            workflow.fire(consultation, transitions.NOTIFIER)
            assert written() == [[("1", "infructueux", ""), ("2", "attribue", "")]]
            Dates.read = clock.now().replace(microsecond=0) + timedelta(days=3)
            assert written() == [[("1", "infructueux", ""), ("2", "attribue", clock.rfc3339(Dates.read))]]
            assert written() == []
    finally:
        Dates.read = None
        manager.registerAdapter(known, *stated)
