"""What the Trésor's answers come to, the tables they are laid over, and the life they give a flow."""

from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import labels
from megalis.portal.formats.pes import lifecycle
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source
from megalis.portal.formats.pes import states
from megalis.portal.formats.pes import tables
from megalis.portal.formats.refusal import Refused
from tests.formats import pes_flows as flows

import io
import pytest


@pytest.fixture
def flux(tmp_path):
    """Two bordereaux; the second has two pièces, of two lines and of sixty."""
    many = "".join(flows.line(number, "1.00") for number in range(1, 61))
    second = flows.piece("0003", flows.line(1) + flows.line(2)) + flows.piece(4, many)
    path = tmp_path / "flux.xml"
    path.write_bytes(flows.flow(flows.bordereau(7) + flows.bordereau(8, second, amount="80.00", count=2)))
    return reading.read(source.look(path))[0]


@pytest.fixture
def stored(flux):
    stream = io.BytesIO()
    return stream, tables.write(flux, stream)


def elements(tmp_path, text, version=2):
    path = tmp_path / "acquit.xml"
    path.write_bytes(flows.acquit(text, version))
    return acquit.read(source.look(path))[0].elements


def told(domain=5, state=1, bordereau=7, more="", exercice=2026):
    place = f'<NumBord V="{bordereau}"/><ExerciceBord V="{exercice}"/>' if bordereau else ""
    return f'<ElementACQUIT><DomaineAck V="{domain}"/><EtatAck V="{state}"/>{place}{more}</ElementACQUIT>'


ERROR = '<Erreur><NumAnoAck V="ERREUR_AUTRE"/><LibelleAnoAck V="Compte absent"/></Erreur>'
ON_LINE = f'<DetailPiece><NumPiece V="3"/><DetailLigne><NumLigne V="2"/>{ERROR}</DetailLigne></DetailPiece>'


def test_tables_give_back_every_row_by_pages_of_fifty(flux, stored):
    stream, (first, second) = stored
    assert [len(first.pages), len(second.pages)] == [1, 2]
    assert (second.pieces, second.lignes, second.rangees, second.somme) == (2, 62, 62, 80)
    rows = [row for page in (1, 2) for row in tables.read(stream, second, page)]
    assert [(row.rang, row.ligne.numero) for row in rows[:3]] == [(0, "1"), (0, "2"), (1, "1")]
    assert [row.ligne.montant_ht for row in rows] == [
        line.montant_ht for piece in flux.bordereaux[1].pieces for line in piece.lignes
    ]
    assert rows[0].ligne.tiers == flux.bordereaux[1].pieces[0].lignes[0].tiers
    assert tables.read(stream, first, 1)[0].piece.references[0].unique == "PJ1"
    assert tables.read(stream, second, 3) == [] and tables.read(stream, second, 0) == []


def test_a_piece_that_runs_over_two_pages_is_found_and_goes_on(stored):
    stream, (_first, second) = stored
    last = tables.grouped(tables.read(stream, second, 2))
    assert [(rank, piece.numero, len(piece.lignes)) for rank, piece in last] == [(1, "4", 12)]
    assert tables.page_of(stream, second, "004") == 1
    assert tables.page_of(stream, second, "99") == 1


def test_a_piece_without_lines_has_a_row(tmp_path):
    path = tmp_path / "flux.xml"
    path.write_bytes(flows.flow(flows.bordereau(7, flows.piece(1, " "), amount="0.00")))
    stream = io.BytesIO()
    (tete,) = tables.write(reading.read(source.look(path))[0], stream)
    (row,) = tables.read(stream, tete, 1)
    assert row.ligne is None and tables.grouped([row])[0][1].lignes == ()


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", acquit.UNANSWERED),
        (told(0, 1, ""), acquit.ACCEPTED),
        (told(0, 1, "") + told(state=0), acquit.REFUSED),
        (told(), acquit.ACCEPTED),
        (told() + told(bordereau=8, state=0), acquit.MIXED),
        (told(0, 0, "") + told(), acquit.REFUSED),
        (told() + told(4, 0, "", '<IdUnique V="PJ1"/>'), acquit.MIXED),
        (told() + told(3, 0), acquit.REFUSED),
    ],
)
def test_a_flow_is_accepted_refused_or_mixed(tmp_path, text, expected):
    assert outcome.whole(elements(tmp_path, text)) == expected


def test_a_line_that_is_wrong_refuses_its_bordereau_and_only_it_bears_the_anomaly(tmp_path, flux, stored):
    stream, (_first, second) = stored
    found = elements(tmp_path, told() + told(bordereau=8, state=0, more=ON_LINE))
    heads = outcome.heads(flux.bordereaux, found)
    assert [outcome.shown(heads[index]) for index in (0, 1)] == [acquit.ACCEPTED, outcome.WITH_BORDEREAU]
    shown = [piece for _rank, piece in tables.grouped(tables.read(stream, second, 1))]
    pieces, lines = outcome.rows(second.bordereau(shown), found)
    assert outcome.shown(lines[0, 1]) == acquit.REFUSED
    assert [error.libelle for error in lines[0, 1].erreurs] == ["Compte absent"]
    assert outcome.shown(lines[0, 0]) == outcome.shown(pieces[1]) == outcome.WITH_BORDEREAU
    (anomaly,) = outcome.anomalies(found)
    assert (anomaly.lieu, anomaly.domaine, anomaly.bloquante) == ("Bordereau 8/2026, pièce 3, ligne 2", "dépense", True)


def test_an_anomaly_that_refuses_nothing_is_shown_as_a_remark(tmp_path, flux):
    found = elements(tmp_path, told(more=ERROR))
    assert outcome.shown(outcome.heads(flux.bordereaux, found)[0]) == outcome.REMARKED
    assert not outcome.anomalies(found)[0].bloquante


def test_the_first_version_is_laid_over_the_same_lines(tmp_path, flux, stored):
    stream, (_first, second) = stored
    more = '<NumPiece V="3"/><NumLigne V="2"/><NumAnoAck V="ERREUR_AUTRE"/><LibelleAnoAck V="Compte absent"/>'
    found = elements(tmp_path, told(bordereau=8, state=0, more=more), version=1)
    shown = [piece for _rank, piece in tables.grouped(tables.read(stream, second, 1))]
    _pieces, lines = outcome.rows(second.bordereau(shown), found)
    assert [place for place, answer in lines.items() if answer.erreurs] == [(0, 1)]


def test_what_two_acknowledgements_say_is_laid_together_and_a_refusal_stays(tmp_path, flux):
    both = [*elements(tmp_path, told(state=0)), *elements(tmp_path, told() + told(bordereau=8))]
    assert outcome.whole(both) == acquit.MIXED
    heads = outcome.heads(flux.bordereaux, both)
    assert [heads[index].etat for index in (0, 1)] == [acquit.REFUSED, acquit.ACCEPTED]


def test_a_refusal_without_a_reason_is_an_anomaly_all_the_same(tmp_path):
    (found,) = outcome.anomalies(elements(tmp_path, told(4, 0, "", '<IdUnique V="PJ1"/>')))
    assert (found.lieu, found.libelle) == ("Pièce jointe PJ1", "Refusé sans motif donné")


def test_attachments_are_answered_by_their_identifier(tmp_path, flux):
    found = outcome.attachments(flux.pieces_jointes, elements(tmp_path, told(4, 0, "", '<IdUnique V="PJ1"/>')))
    assert found["PJ1"].etat == acquit.REFUSED


def test_every_state_shows_as_a_code_that_software_knows_and_every_way_leads_somewhere():
    assert {etat.code for etat in states.ETATS.values()} <= set(states.public_codes())
    assert set(lifecycle.TRANSITIONS) == set(states.ETATS)
    for ways in lifecycle.TRANSITIONS.values():
        assert all(target in states.ETATS for target, _effects in ways.values())


def test_what_a_person_may_not_do_is_refused_and_an_answer_never_is():
    with pytest.raises(Refused) as refusal:
        lifecycle.advance(states.TRANSMIS, "transmission")
    assert refusal.value.code == "pes.transition"
    for etat in states.ETATS:
        suite = lifecycle.answered(etat, acquit.MIXED)
        expected = etat if etat in lifecycle.NEVER_LEFT else states.MIXTE
        assert suite.etat == expected
        assert lifecycle.answered(etat, acquit.MIXED, known=True) == lifecycle.Suite(etat, (), lifecycle.TWICE)


@pytest.mark.parametrize(
    "domaine, code, expected",
    [
        ("depense", "05", labels.PAID), ("depense", "04", labels.REJECTED), ("depense", "02", labels.TAKEN),
        ("recette", "05", labels.CANCELLED), ("recette", "03", labels.TAKEN), ("depense", "77", ""), ("depense", "", ""),
    ],
)  # fmt: skip
def test_the_state_of_a_piece_in_a_return_is_said_in_words(domaine, code, expected):
    assert labels.retour(domaine, code)[0] == expected


def test_an_iban_is_recognised_and_cannot_be_copied():
    assert labels.iban("FR76 1234 5678 9012 3456 7890 123") == "FR76 … 0123"
    assert labels.iban("") == ""


def test_the_head_of_a_flow_is_read_without_the_rest(tmp_path):
    path = tmp_path / "flux.xml"
    data = flows.flow()
    path.write_bytes(data[: len(data) // 2])
    assert reading.head(source.look(path)).key == ("FLUX1", "123")
