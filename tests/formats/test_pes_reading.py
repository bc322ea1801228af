"""PES flows read as they pass: bordereaux, pièces, lines, tiers, attachments; attachments unpacked under a limit."""

from decimal import Decimal
from lxml import etree
from megalis.portal.formats.pes import attachments
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source
from megalis.portal.formats.refusal import Refused
from tests.formats import pes_flows as flows

import base64
import hashlib
import pytest
import tracemalloc
import zlib


@pytest.fixture
def look(tmp_path):
    """Return a function: bytes -> Source."""

    def write(data):
        path = tmp_path / "flux.xml"
        path.write_bytes(data)
        return source.look(path)

    return write


def read(looked):
    return reading.read(looked)[0]


def test_a_flow_is_read_down_to_its_tiers(look):
    lines = flows.line(1, "10.00") + flows.line(2, "5.50")
    flux = read(look(flows.flow(flows.bordereau(7, flows.piece(3, lines, flows.reference()), "15.50"))))
    assert flux.entete.key == ("FLUX1", "123")
    assert (flux.entete.collectivite, flux.entete.budget) == ("21350238800019", "Commune de Bréal")
    (bordereau,) = flux.bordereaux
    assert (bordereau.domaine, bordereau.numero, bordereau.exercice, bordereau.id) == ("depense", "7", "2026", "B7")
    assert bordereau.montant_ht == bordereau.somme == Decimal("15.50")
    (piece,) = bordereau.pieces
    assert (piece.numero, piece.objet, piece.references[0].unique) == ("3", "Objet", "PJ1")
    assert [line.numero for line in piece.lignes] == ["1", "2"]
    assert piece.lignes[0].tiers[0].nom == "Le Goff é fils"
    (attachment,) = flux.pieces_jointes
    assert (attachment.nom, attachment.mime, attachment.taille) == ("facture.pdf", "application/pdf", len(flows.PDF))
    assert attachment.sha256 == hashlib.sha256(flows.PDF).hexdigest()


def test_the_pass_and_a_tree_tell_the_same(look):
    text = flows.flow("".join(flows.bordereau(number, flows.piece(1) + flows.piece(2)) for number in range(1, 4)))
    flux, tree = read(look(text)), etree.fromstring(text)
    for tag, found in (
        ("Bordereau", flux.bordereaux),
        ("Piece", [piece for item in flux.bordereaux for piece in item.pieces]),
        ("LigneDePiece", [line for item in flux.bordereaux for piece in item.pieces for line in piece.lignes]),
    ):
        assert len(found) == len(list(tree.iter(tag)))
    assert [piece.line for item in flux.bordereaux for piece in item.pieces] == [
        item.sourceline for item in tree.iter("Piece")
    ]
    assert [item.line for item in flux.pieces_jointes] == [item.sourceline for item in tree.iter("PJ")]


def test_what_lies_within_a_piece_does_not_end_it_and_one_outside_a_bordereau_is_not_read(look):
    inner = flows.piece(3).replace("<BlocPiece>", '<Piece><X/></Piece><PJ V="1"/><?note?><BlocPiece>', 1)
    text = flows.flow(flows.bordereau(7, inner + flows.piece(4))).replace(
        b"<PES_PJ>", b"<PES_Marche><Piece/></PES_Marche><PES_PJ>"
    )
    flux = read(look(text))
    assert [piece.numero for piece in flux.bordereaux[0].pieces] == ["3", "4"]
    assert [len(piece.lignes) for piece in flux.bordereaux[0].pieces] == [1, 1]
    assert flux.marches == 1


def test_an_attachment_broken_by_a_comment_is_read_whole(look):
    content = flows.packed(flows.PDF)
    split = f"{content[:40]}<!-- suite --><![CDATA[{content[40:80]}]]>{content[80:]}"
    (attachment,) = read(look(flows.flow(pjs=flows.pj(content=split)))).pieces_jointes
    assert attachment.sha256 == hashlib.sha256(flows.PDF).hexdigest()


def test_figures_of_the_summary(look):
    two = flows.bordereau(7) + flows.bordereau(8, flows.piece(2) + flows.piece(3), "20.00", 2, 2025)
    summary = read(look(flows.flow(two))).summary()
    assert summary["exercices"] == ["2025", "2026"]
    assert [summary[name] for name in ("bordereaux", "pieces", "lignes", "pieces_jointes")] == [2, 3, 3, 1]
    assert summary["montant_ht"] == "30.00"


def test_recettes_are_read_with_their_own_spelling(look):
    text = flows.flow().decode("iso-8859-1")
    for mine, theirs in (("Depense", "Recette"), ("MtBordHT", "MtBordHt"), ("InfoLignePce", "InfoLignePiece")):
        text = text.replace(mine, theirs)
    text = text.replace("LibVir1", "ObjLignePce").replace("<Obj ", "<ObjPce ")
    (bordereau,) = read(look(text.encode("iso-8859-1"))).bordereaux
    assert (bordereau.domaine, bordereau.montant_ht, bordereau.somme) == ("recette", Decimal("10.00"), Decimal("10.00"))
    assert (bordereau.pieces[0].objet, bordereau.pieces[0].lignes[0].libelle) == ("Objet", "Fournitures d'été")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999999999", "-", "9" * 50, ""])
def test_an_amount_that_is_none_is_not_a_number(text):
    found = reading.amount(text)
    assert found is None or found.is_finite()
    assert text == "1e999999999" or found is None


def test_an_attachment_is_extracted(look):
    kept = bytearray()
    looked = look(flows.flow(pjs=flows.pj("PJ0", "a.pdf", flows.packed(b"autre")) + flows.pj()))
    assert reading.extract(looked, "PJ1", kept.extend) == ("facture.pdf", "application/pdf")
    assert kept == flows.PDF
    with pytest.raises(Refused) as refusal:
        reading.extract(looked, "PJ9", kept.extend)
    assert refusal.value.code == "pes.pj-inconnue"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1024 * 1024, 3 * 1024 * 1024 + 1])
def test_any_size_is_unpacked_whatever_the_line_breaks(size):
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    text = flows.packed(data)
    wrapped = "\n  ".join(text[start : start + 77] for start in range(0, len(text), 77))
    assert b"".join(attachments.unpack(wrapped)) == data


def _bomb(megabytes):
    """Return the text of a gzip of zeros, made without holding them."""
    pack, block = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1024 * 1024)
    packed = b"".join(pack.compress(block) for _megabyte in range(megabytes))
    return base64.b64encode(packed + pack.flush()).decode()


def test_an_attachment_that_swells_is_refused_at_its_limit_and_holds_no_memory():
    text = _bomb(200)
    tracemalloc.start()
    with pytest.raises(Refused) as refusal:
        attachments.measure(text, 50 * 1024 * 1024)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.code == "pes.pj-taille" and "50 Mo" in refusal.value.message
    assert peak < 10 * 1024 * 1024


def test_a_claim_of_10_gb_is_not_believed():
    packed = bytearray(base64.b64decode(flows.packed(flows.PDF)))
    packed[-4:] = (2_500_000_000).to_bytes(4, "little")
    with pytest.raises(Refused) as refusal:
        attachments.measure(base64.b64encode(packed).decode())
    assert refusal.value.code == "pes.pj-gzip"


def test_swelling_attachments_share_one_limit(look, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_ONE", 2 * 1024 * 1024)
    monkeypatch.setattr(attachments, "MAX_ALL", 3 * 1024 * 1024)
    bomb = _bomb(4)
    flux = read(look(flows.flow(pjs="".join(flows.pj(f"P{number}", content=bomb) for number in range(5)))))
    assert [item.code for item in flux.pieces_jointes] == ["pes.pj-taille"] * 5
    assert "refusée" in flux.pieces_jointes[0].probleme


@pytest.mark.parametrize("chunk", [200, 999, 5000, 40_000])
def test_a_flow_reads_the_same_whatever_the_slices(look, monkeypatch, chunk):
    pieces = "".join(flows.piece(number, flows.line() * 2, flows.reference()) for number in range(1, 8))
    signed = flows.sign(flows.flow(flows.bordereau(7, pieces) + flows.bordereau(8, pieces), flows.pj() * 3), "B7")
    looked = look(signed)
    whole = read(looked)
    assert [(len(item.pieces), item.lignes, item.signatures) for item in whole.bordereaux] == [(7, 14, 1), (7, 14, 0)]
    monkeypatch.setattr(source, "CHUNK", chunk)
    assert read(looked) == whole


def test_a_file_cannot_forge_the_marks_it_is_read_by(look):
    names = {source.Marked(look(flows.flow()), ("Piece",), ()).name for _reading in range(2)}
    forged = "".join(f"<?{name}?>" for name in names)
    text = flows.flow(flows.bordereau(pieces=flows.piece().replace("<LigneDePiece>", f"{forged}<LigneDePiece>")))
    assert len(names) == 2
    assert read(look(text)).summary() == read(look(flows.flow(flows.bordereau(pieces=flows.piece())))).summary()


def test_pieces_are_forgotten_as_they_pass(look, monkeypatch):
    many = "".join(flows.bordereau(number, flows.piece(number)) for number in range(1, 3001))
    looked = look(flows.flow(many))
    monkeypatch.setattr(source, "MAX_LIVE", 40_000)
    monkeypatch.setattr(source, "CHUNK", 64 * 1024)
    assert len(read(looked).bordereaux) == 3000


def test_an_attachment_is_taken_out_of_a_flow_that_would_not_be_held_whole(tmp_path, monkeypatch):
    pieces = "".join(flows.piece(number) for number in range(1, 400))
    path = tmp_path / "flux.xml"
    path.write_bytes(flows.flow(flows.bordereau(7, pieces, amount="3990.00", count=399) * 3))
    monkeypatch.setattr(source, "CHUNK", 4096)
    monkeypatch.setattr(source, "MAX_LIVE", 2000)
    taken = []
    assert reading.extract(source.look(path), "PJ1", taken.append) == ("facture.pdf", "application/pdf")
    assert b"".join(taken) == flows.PDF
