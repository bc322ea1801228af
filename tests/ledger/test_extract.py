"""The events of one subject with their proofs, and the archive of a consultation, verified without the platform."""

from hashlib import sha256
from hashlib import sha512
from io import BytesIO
from megalis.portal.formats.seda import consultation as seda
from megalis.portal.formats.seda.manifest import write
from megalis.portal.formats.seda.model import Objet
from megalis.portal.ledger import dossier
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.errors import ExportError
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.extract import verify_extract
from megalis.portal.ledger.extract import write_extract
from megalis.portal.ledger.tree import Tree
from tests.ledger.world import CONSULTATION
from tests.ledger.world import moment
from tests.ledger.world import ORIGIN
from tests.ledger.world import OTHER
from tests.ledger.world import salt
from tests.ledger.world import SIGNER
from tests.ledger.world import STRANGER

import json
import pytest
import zipfile


EVENTS = [{"type": "retrait", "rang": rank} for rank in range(21)]


def extract(hidden=(), signer=SIGNER, events=EVENTS):
    """Return the bytes of an extract of every second event."""
    leaves = [(commitment(event, salt(str(rank))), event, salt(str(rank))) for rank, event in enumerate(events)]
    tree = Tree({}, size=0)
    tree.append(leaf for leaf, _event, _salt in leaves)
    note = Checkpoint(ORIGIN, tree.size, tree.root()).sign(signer)
    rows = [
        (rank, leaf, tree.inclusion_proof(rank), *((None, None) if rank in hidden else (event, salt_)))
        for rank, (leaf, event, salt_) in enumerate(leaves)
        if not rank % 2
    ]
    out = BytesIO()
    write_extract(out, CONSULTATION, note, signer.verifier, rows)
    return out.getvalue()


def test_every_event_of_an_extract_is_proved_to_be_in_the_signed_journal():
    found = verify_extract(BytesIO(extract(hidden=(4, 6))), SIGNER.verifier)
    assert (found.count, found.hidden, found.revealed) == (11, 2, {"retrait": 9})
    assert (found.subject, found.checkpoint.size) == (CONSULTATION, 21)


def line_changed(rank, change):
    lines = extract().splitlines(keepends=True)
    value = json.loads(lines[rank])
    change(value)
    lines[rank] = json.dumps(value, separators=(",", ":")).encode() + b"\n"
    return b"".join(lines)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "vide"),
        (extract()[:-1], "ligne"),
        (extract() + extract().splitlines(keepends=True)[3], "double"),
        (line_changed(2, lambda value: value["evenement"].update(rang=99)), "engagement"),
        (line_changed(2, lambda value: value.update(i=3)), "preuve"),
        (line_changed(2, lambda value: value["chemin"].pop()), "preuve"),
        (line_changed(2, lambda value: value.pop("sel")), "schema"),
        (line_changed(2, lambda value: value.update(chemin=["0" * 64] * 65)), "schema"),
        (line_changed(0, lambda value: value.update(taille=20)), "en-tete"),
        (line_changed(0, lambda value: value.update(format="autre")), "schema"),
    ],
)
def test_what_was_changed_in_an_extract_is_found(data, code):
    with pytest.raises(LedgerError) as refused:
        verify_extract(BytesIO(data))
    assert refused.value.code.startswith(code)


def test_an_extract_of_another_journal_is_refused():
    with pytest.raises(ExportError) as refused:
        verify_extract(BytesIO(extract(signer=STRANGER)), SIGNER.verifier)
    assert refused.value.code == "cle"


FILES = {"dce/RC.pdf": b"%PDF-1.4 reglement", "journal/extrait.jsonl": extract(hidden=(2,))}


def pack(path, files=FILES, more=(), uuid=CONSULTATION):
    """Write a dossier of ``files``; ``more`` are members added behind the manifests' back."""
    rows = [(name, len(data), sha256(data).hexdigest(), name) for name, data in files.items()]
    said = {"uuid": uuid, "reference": "2026-T-001", "objet": "École"}
    manifest = dossier.manifest("2026-03-16T11:00:00Z", said, {"siret": "21350238800019", "nom": "Commune"}, rows)
    every = {**files, dossier.MANIFEST: manifest}
    objects = tuple(
        (name, Objet(name, name.rpartition("/")[2], len(data), sha512(data).hexdigest()))
        for name, data in every.items()
    )
    transfer = seda.versement(
        "V-1",
        moment(11, 0),
        "École",
        "2026-T-001",
        [("Tout", objects)],
        "archives-1",
        "21350238800019",
        "21350238800019",
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**every, dossier.TRANSFER: write(transfer), **dict(more)}.items():
            archive.writestr(name, data)
    return path


def codes(verdict):
    return [item.code for item in verdict.errors]


def test_a_whole_dossier_is_valid_and_says_what_it_proves(tmp_path):
    verdict = dossier.check(pack(tmp_path / "d.zip"))
    assert verdict.valid, verdict.errors
    assert verdict.extra == {
        "consultation": "2026-T-001", "fichiers": 2, "evenements": 11, "cle": SIGNER.verifier.text, "accuses": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"dce/ajout.pdf": b"%PDF"}, ["dossier.en-trop", "dossier.seda"]),
        ({"manifest.json": b"{}"}, ["dossier.manifeste"]),
        ({"manifest.json": b"pas du json"}, ["dossier.manifeste"]),
        ({"manifest.xml": b"<!DOCTYPE a><a/>"}, ["dossier.seda.dtd"]),
        ({"manifest.xml": b"<a>"}, ["dossier.seda.xml"]),
        ({"../evil": b"x"}, ["dossier.chemin", "dossier.en-trop", "dossier.seda"]),
    ],
)
def test_what_was_put_into_a_dossier_afterwards_is_found(tmp_path, more, expected):
    path = pack(tmp_path / "d.zip")
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**kept, **more}.items():
            archive.writestr(name, data)
    assert codes(dossier.check(path)) == expected


def test_a_file_changed_or_taken_out_is_found(tmp_path):
    path = pack(tmp_path / "d.zip")
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    del kept["journal/extrait.jsonl"]
    kept["dce/RC.pdf"] = b"%PDF-1.4 Reglement"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            archive.writestr(name, data)
    verdict = dossier.check(path)
    assert codes(verdict) == ["dossier.empreinte", "dossier.absent", "dossier.seda", "dossier.seda"]
    assert [item.code for item in verdict.warnings if "schema" not in item.code] == ["dossier.journal.absent"]


def test_the_proofs_of_another_consultation_do_not_pass(tmp_path):
    assert codes(dossier.check(pack(tmp_path / "d.zip", uuid=OTHER))) == ["dossier.journal.sujet"]


def test_a_receipt_that_is_none_is_refused(tmp_path):
    verdict = dossier.check(pack(tmp_path / "d.zip", {**FILES, "accuses/0001-x.json": b'{"format":"megalis"}'}))
    assert codes(verdict) == ["dossier.accuse"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 coupe", b"du texte"])
def test_what_is_no_archive_is_said_to_be_none(tmp_path, data):
    path = tmp_path / "d.zip"
    path.write_bytes(data)
    assert codes(dossier.check(path)) == ["dossier.zip"]
