"""Answers of the Trésor, v1 and v2, read and laid over the flow they answer."""

from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import checking
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source
from tests.formats import pes_flows as flows

import pytest


def error(code="ERREUR_AUTRE", text="1971 - Compte absent"):
    return f'<Erreur><NumAnoAck V="{code}"/><LibelleAnoAck V="{text}"/></Erreur>'


def on_bordereau(number, accepted, details="", year=2026, domain=5):
    return (
        f'<ElementACQUIT><DomaineAck V="{domain}"/><EtatAck V="{accepted}"/><NumBord V="{number}"/>'
        f'<ExerciceBord V="{year}"/>{details}</ElementACQUIT>'
    )


def on_attachment(unique, accepted, details=""):
    return (
        f'<ElementACQUIT><DomaineAck V="4"/><EtatAck V="{accepted}"/><IdUnique V="{unique}"/>{details}</ElementACQUIT>'
    )


def on_line(piece, line):
    return (
        f'<DetailPiece><NumPiece V="{piece}"/><DetailLigne><NumLigne V="{line}"/>{error()}</DetailLigne></DetailPiece>'
    )


@pytest.fixture
def answer(tmp_path):
    """Return a function: elements (version) -> Acquit."""

    def ask(elements, version=2):
        path = tmp_path / "acquit.xml"
        path.write_bytes(flows.acquit(elements, version))
        return acquit.read(source.look(path))[0]

    return ask


@pytest.fixture
def flux(tmp_path):
    """A flow of two bordereaux: 7 with pièces 1 (two lines) and 2, 8 with pièce 3; one attachment."""
    seven = flows.piece(1, flows.line(1) + flows.line(2), flows.reference()) + flows.piece(2)
    path = tmp_path / "flux.xml"
    path.write_bytes(flows.flow(flows.bordereau(7, seven, "30.00", 2) + flows.bordereau(8, flows.piece(3))))
    return reading.read(source.look(path))[0]


def states(rows):
    return {key: row.etat for key, row in rows.items()}


def test_the_key_of_an_answer_is_that_of_its_flow(answer, flux):
    assert answer(on_bordereau(7, 1)).entete.key == flux.entete.key


def test_everything_accepted(answer, flux):
    found = answer(on_bordereau(7, 1) + on_bordereau(8, 1) + on_attachment("PJ1", 1))
    assert found.outcome == "accepte"
    merged = acquit.merge(flux, found)
    assert set(states(merged.bordereaux).values()) == {"accepte"} == set(states(merged.pieces).values())
    assert states(merged.pieces_jointes) == {"PJ1": "accepte"}
    assert not (merged.flux or merged.orphans)


def test_one_line_refuses_its_bordereau_and_not_the_other(answer, flux):
    found = answer(on_bordereau("0000007", 0, on_line("01", "02")) + on_bordereau(8, 1) + on_attachment("PJ1", 1))
    assert found.outcome == "mixte"
    merged = acquit.merge(flux, found)
    assert states(merged.bordereaux) == {0: "refuse", 1: "accepte"}
    assert states(merged.pieces) == {(0, 0): "refuse", (0, 1): "refuse", (1, 0): "accepte"}
    told = {key: [item.libelle for item in row.erreurs] for key, row in merged.lignes.items() if row.erreurs}
    assert told == {(0, 0, 1): ["1971 - Compte absent"]}


def test_an_attachment_refused_and_what_is_not_answered(answer, flux):
    merged = acquit.merge(flux, answer(on_attachment("PJ1", 0, error("ERREUR_DOUBLON_PJ", "déjà intégrée"))))
    assert states(merged.bordereaux) == {0: "sans-reponse", 1: "sans-reponse"}
    assert merged.pieces_jointes["PJ1"].etat == "refuse"
    assert merged.pieces_jointes["PJ1"].erreurs == [acquit.Erreur("ERREUR_DOUBLON_PJ", "déjà intégrée")]


def test_a_refusal_is_not_hidden_by_another_answer(answer, flux):
    merged = acquit.merge(flux, answer(on_bordereau(7, 0, error(), domain=3) + on_bordereau(7, 1)))
    assert merged.bordereaux[0].etat == "refuse"
    assert [item.code for item in merged.bordereaux[0].erreurs] == ["ERREUR_AUTRE"]


def test_what_answers_nothing_of_the_flow_is_kept_apart(answer, flux):
    technical = f'<ElementACQUIT><DomaineAck V="0"/><EtatAck V="0"/>{error("ERREUR_SIRET", "SIRET")}</ElementACQUIT>'
    found = answer(technical + on_bordereau(9, 1) + on_bordereau(7, 1, year=2020) + on_attachment("X", 1))
    merged = acquit.merge(flux, found)
    assert [item.erreurs[0].code for item in merged.flux] == ["ERREUR_SIRET"]
    assert [item.bordereau or item.unique for item in merged.orphans] == ["9", "7", "X"]


def test_the_first_version_says_the_same_flat(answer, flux):
    flat = (
        '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/><ExerciceBord V="2026"/><NumBord V="7"/><NumPiece V="1"/>'
        '<NumLigne V="2"/><NumAnoAck V="ERREUR_AUTRE"/><LibelleAnoAck V="1971 - Compte absent"/></ElementACQUIT>'
        '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/><ExerciceBord V="2026"/><NumBord V="8"/><NumPiece V="3"/>'
        '<NumAnoAck V="ERREUR_SIRET"/></ElementACQUIT>'
        '<ElementACQUIT><DomaineAck V="4"/><EtatAck V="0"/><IdUnique V="PJ1"/><NumAnoAck V="ERREUR_TAILLE_PJ"/>'
        "</ElementACQUIT>"
    )
    merged = acquit.merge(flux, answer(flat, version=1))
    assert [item.code for item in merged.lignes[0, 0, 1].erreurs] == ["ERREUR_AUTRE"]
    assert [item.code for item in merged.pieces[1, 0].erreurs] == ["ERREUR_SIRET"]
    assert [item.code for item in merged.pieces_jointes["PJ1"].erreurs] == ["ERREUR_TAILLE_PJ"]
    assert states(merged.bordereaux) == {0: "refuse", 1: "refuse"}


def test_both_versions_keep_their_schema(answer, tmp_path, referentiels):
    referentiels("pes")
    for version, elements in ((2, on_bordereau(7, 0, on_line(1, 2))), (1, on_attachment("PJ1", 1))):
        answer(elements, version)
        found = checking.check(tmp_path / "acquit.xml")
        assert (found.errors, found.warnings) == ((), ())
        assert found.extra["key"] == ["FLUX1", "123"]


def test_the_mixed_sample_tells_each_line(referentiels):
    (path,) = (referentiels("pes") / "samples").glob("*MIX_KO.xml")
    found = acquit.read(source.look(path))[0]
    refused = [element for element in found.elements if element.lignes]
    assert found.outcome == "mixte"
    assert ("20", "1") in refused[0].lignes and refused[0].lignes["20", "1"][0].code == "ERREUR_AUTRE"


def test_an_answer_without_any_element_is_no_answer(answer):
    assert answer("").outcome == "sans-reponse"
