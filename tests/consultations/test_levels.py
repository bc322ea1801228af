"""Levels of the procédure adaptée, limits on lots, techniques and anonymity: rules in milliseconds."""

from dataclasses import replace
from datetime import date
from megalis.portal.consultations.rules import allotment
from megalis.portal.consultations.rules import anonymity
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules.bands import Band

import pytest


LAW = laws.shipped()
DAYS = (date(2007, 5, 14), date(2024, 5, 14), date(2026, 2, 2), date(2026, 4, 1))
SPRING = LAW.threshold("collectivite", date(2026, 4, 1))
OTHERS = tuple(band for band in bands.defaults(SPRING) if band.nature != "services")
SMALL = Band("services", 0, 60_000, "Petit achat")
MIDDLE = Band("services", 60_000, 90_000, "MAPA", ("profil",), 15)
HIGH = Band("services", 90_000, None, "MAPA publié", ("profil", "jal"), 21, bands.TWO, bands.LONG)


def codes(findings):
    return [finding.code for finding in findings]


def judged(*services):
    return codes(bands.findings((*OTHERS, *services), SPRING))


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("buyer", laws.BUYERS)
def test_the_levels_made_from_the_law_are_never_refused_by_it(day, buyer):
    row = LAW.threshold(buyer, day)
    assert bands.findings(bands.defaults(row), row) == []


@pytest.mark.parametrize(
    "nature, amount, label",
    [
        ("services", 0, "Petit achat"),
        ("services", 59_999, "Petit achat"),
        ("services", 60_000, "MAPA"),
        ("services", 90_000, "MAPA avec avis publié"),
        ("travaux", 99_999, "Petit achat"),
        ("travaux", 100_000, "MAPA avec avis publié"),
    ],
)
def test_a_commune_that_deliberated_nothing_has_the_levels_of_the_law(nature, amount, label):
    assert bands.band_of(bands.defaults(SPRING), nature, amount).label == label


def test_levels_of_ones_own_are_accepted_when_they_cover_all_and_ask_enough():
    assert judged(SMALL, MIDDLE, HIGH) == []
    assert judged(replace(SMALL, high=25_000), replace(MIDDLE, low=25_000), HIGH) == []
    assert judged(Band("services", 0, None, "Tout", ("profil", "boamp"))) == []


@pytest.mark.parametrize(
    "services, expected",
    [
        ((), ["niveaux.aucun"]),
        ((MIDDLE, HIGH), ["niveaux.trou"]),
        ((SMALL, HIGH), ["niveaux.trou"]),
        ((SMALL, replace(MIDDLE, high=80_000), HIGH), ["niveaux.trou"]),
        ((SMALL, MIDDLE), ["niveaux.trou"]),
        ((SMALL, replace(MIDDLE, low=59_999), HIGH), ["niveaux.recouvrement"]),
        ((SMALL, replace(MIDDLE, high=None), HIGH), ["niveaux.recouvrement", "niveaux.publicite"]),
        ((SMALL, MIDDLE, replace(HIGH, high=300_000)), ["niveaux.seuil", "niveaux.publicite", "niveaux.publicite"]),
        ((SMALL, MIDDLE, replace(HIGH, supports=("profil",))), ["niveaux.publicite"]),
        ((SMALL, MIDDLE, replace(HIGH, supports=("boamp",))), ["niveaux.publicite"]),
        ((SMALL, replace(MIDDLE, supports=()), HIGH), ["niveaux.publicite"]),
        ((replace(SMALL, high=60_001), replace(MIDDLE, low=60_001), HIGH), ["niveaux.publicite"]),
        ((SMALL, MIDDLE, replace(HIGH, label=" ")), ["niveaux.nom"]),
        ((SMALL, MIDDLE, replace(HIGH, min_days=-1)), ["niveaux.delai"]),
        ((SMALL, MIDDLE, replace(HIGH, min_days=181)), ["niveaux.delai"]),
        ((SMALL, MIDDLE, replace(HIGH, supports=("profil", "jal", "tam-tam"))), ["niveaux.choix"]),
        ((SMALL, MIDDLE, replace(HIGH, circuit="trois")), ["niveaux.choix"]),
    ],
)
def test_gaps_overlaps_and_levels_looser_than_the_law_are_refused(services, expected):
    assert judged(*services) == expected


def test_the_refusal_of_a_gap_names_both_amounts_and_the_remedy():
    (found,) = bands.findings((*OTHERS, SMALL, HIGH), SPRING)
    assert "60\u202f000" in found.message
    assert "90\u202f000" in found.message
    assert "Prolongez « Petit achat »" in found.message


def test_levels_written_under_an_older_law_get_what_the_new_one_demands_more():
    loose = Band("fournitures", 0, None, "Tout", ("profil",))
    assert bands.strengthened(loose, SPRING).supports == ("profil", "boamp")
    assert bands.strengthened(HIGH, SPRING) is HIGH


def test_a_level_survives_the_form_it_is_kept_in():
    for band in (SMALL, MIDDLE, HIGH):
        assert bands.from_json(bands.to_json(band)) == band


# lots


@pytest.mark.parametrize(
    "count, bid, won, rule, expected",
    [
        (0, None, None, "", []),
        (5, None, None, "", []),
        (5, 3, 2, "Ordre de préférence de l’offre", []),
        (5, 5, 5, "", []),
        (0, 2, None, "", ["lots.limite-offres"]),
        (5, 6, None, "", ["lots.limite-offres"]),
        (5, None, 6, "", ["lots.limite-attribution"]),
        (5, 2, 3, "règle", ["lots.limites"]),
        (5, None, 2, " ", ["lots.regle"]),
    ],
)
def test_limits_on_lots_make_sense_or_are_refused(count, bid, won, rule, expected):
    assert codes(allotment.limit_findings(count, bid, won, rule)) == expected


def test_a_group_of_one_lot_is_advised_against():
    found = allotment.limit_findings(3, None, None, "", (("1", "Clos"), ("2", "Clos"), ("3", "Seul")))
    assert codes(found) == ["lots.groupe"]
    assert "Seul" in found[0].message


@pytest.mark.parametrize(
    "asked, standing, limit, refused",
    [
        (("1", "2"), (), 2, False),
        (("1", "2", "3"), (), 2, True),
        (("3",), ("1", "2"), 2, True),
        (("2",), ("1", "2"), 2, False),
        (("1", "1"), (), 1, False),
        ((None,), (), 1, False),
        (tuple(map(str, range(200))), (), None, False),
    ],
)
def test_the_limit_on_bids_counts_the_lots_of_the_company_not_of_one_sending(asked, standing, limit, refused):
    assert bool(allotment.too_many_bid(asked, standing, limit)) is refused


def test_the_refusal_of_a_deposit_names_the_limit_the_lots_and_those_already_there():
    text = allotment.too_many_bid(("10", "2"), ("1",), 2)
    assert "2 lots au plus" in text
    assert "déjà déposés (1)" in text
    assert "1, 2, 10" in text


A, B = "44306184100047", "55208131766522"


@pytest.mark.parametrize(
    "winners, limit, expected",
    [
        ([("1", "Alpha", A), ("2", "Alpha", A)], None, 0),
        ([("1", "Alpha", A), ("2", "Alpha", A)], 2, 0),
        ([("1", "Alpha", A), ("2", "Alpha", A), ("3", "Alpha", A)], 2, 1),
        ([("1", "Alpha", A), ("2", "Bêta", B)], 1, 0),
        ([("1", "Alpha SAS", A), ("2", "alpha", A[:9] + "00013")], 1, 1),
        ([("1", "Éts. Le Goff", ""), ("2", "ETS LE GOFF", "")], 1, 1),
        ([("1", "Éts. Le Goff", A), ("2", "ETS LE GOFF", "")], 1, 1),
    ],
)
def test_a_company_never_wins_more_lots_than_the_rules_let_it(winners, limit, expected):
    found = allotment.won_findings(winners, limit)
    assert codes(found) == ["decision.trop-de-lots"] * expected


# techniques


FRAMEWORK = LAW.procedure(laws.FRAMEWORK, date(2026, 4, 1))
FRAMEWORK_2007 = LAW.procedure(laws.FRAMEWORK, date(2007, 5, 14))
COMPLETE = techniques.Technique("appel-offres-ouvert", techniques.ORDERS, maximum=800_000, holders=1, months=48)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, []),
        ({"maximum": None}, ["accord-cadre.maximum"]),
        ({"minimum": 900_000}, ["accord-cadre.minimum"]),
        ({"months": None}, ["accord-cadre.duree"]),
        ({"months": 49}, ["accord-cadre.quatre-ans"]),
        ({"months": 49, "months_reason": "Amortissement du matériel"}, []),
        ({"holders": None}, ["accord-cadre.titulaires"]),
        ({"holders": 3}, ["accord-cadre.repartition"]),
        ({"holders": 3, "framework": techniques.CALLS}, []),
        ({"framework": "au-hasard"}, ["accord-cadre.forme"]),
        ({"framework": "", "maximum": None, "months": None, "holders": None}, []),
    ],
)
def test_an_accord_cadre_says_its_maximum_its_duration_and_its_holders(changes, expected):
    assert codes(techniques.findings(replace(COMPLETE, **changes), FRAMEWORK)) == expected


def test_the_maximum_was_not_due_in_2007():
    assert techniques.findings(replace(COMPLETE, maximum=None), FRAMEWORK_2007) == []


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"months": 48, "categories": ("Tri", "Voirie")}, []),
        ({"months": 48}, ["sad.categories"]),
        ({"categories": ("Tri",)}, ["sad.duree"]),
        ({"months": 48, "categories": ("Tri", "tri ")}, ["sad.double"]),
    ],
)
def test_a_dynamic_system_says_its_duration_and_its_categories(changes, expected):
    assert codes(techniques.findings(techniques.Technique(techniques.SAD, **changes), FRAMEWORK)) == expected


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"months": 60}, []),
        ({}, ["concession.duree"]),
        ({"months": 61}, ["concession.cinq-ans"]),
        ({"months": 240, "months_reason": "Station d’épuration"}, []),
    ],
)
def test_a_concession_longer_than_five_years_is_justified(changes, expected):
    assert codes(techniques.findings(techniques.Technique(techniques.CONCESSION, **changes), FRAMEWORK)) == expected


def test_the_maximum_of_an_accord_cadre_counts_for_the_thresholds():
    assert techniques.amount_that_counts(techniques.ORDERS, 800_000, 100_000) == 800_000
    assert techniques.amount_that_counts("", 800_000, 100_000) == 100_000
    assert techniques.amount_that_counts(techniques.ORDERS, None, 100_000) == 100_000


# concours


def test_a_concours_hides_its_bidders_when_something_besides_them_is_judged():
    assert anonymity.is_due(True, ("candidature", "offre"))
    assert anonymity.is_due(True, ("offre",))
    assert not anonymity.is_due(True, ("candidature",))
    assert not anonymity.is_due(False, ("candidature", "offre"))


def test_projects_are_opened_before_the_envelope_that_names_their_authors():
    assert anonymity.opening_order(("candidature", "offre"), True) == ("offre", "candidature")
    assert anonymity.opening_order(("candidature", "technique", "financiere"), True)[-1] == "candidature"
    assert anonymity.opening_order(("candidature", "offre"), False) == ("candidature", "offre")


def test_the_number_of_a_project_is_always_the_same_and_tells_nothing_of_another_consultation():
    assert anonymity.label("a" * 32, "b" * 32) == anonymity.label("a" * 32, "b" * 32)
    assert anonymity.label("a" * 32, "b" * 32) != anonymity.label("c" * 32, "b" * 32)


PROJECTS = ("Projet A", "Projet B", "Projet C")
JURY = ("Anne Le Goff", "Yann Prigent", "Soazig Tanguy")


@pytest.mark.parametrize(
    "ranks, jurors, certified, expected",
    [
        ({"Projet A": 2, "Projet B": 1, "Projet C": 3}, JURY, True, []),
        ({"Projet A": 1, "Projet B": "ecarte", "Projet C": 2}, JURY, True, []),
        ({"Projet A": 1, "Projet B": 2}, JURY, True, ["classement.incomplet"]),
        ({"Projet A": 1, "Projet B": 1, "Projet C": 2}, JURY, True, ["classement.rangs"]),
        ({"Projet A": 1, "Projet B": 3, "Projet C": 4}, JURY, True, ["classement.rangs"]),
        ({**dict.fromkeys(PROJECTS, "ecarte"), "Projet Z": 1}, JURY, True, ["classement.inconnu"]),
        ({"Projet A": 2, "Projet B": 1, "Projet C": 3}, JURY[:2], True, ["classement.jury"]),
        ({"Projet A": 2, "Projet B": 1, "Projet C": 3}, JURY, False, ["classement.signature"]),
    ],
)
def test_a_ranking_is_whole_named_and_signed(ranks, jurors, certified, expected):
    assert codes(anonymity.ranking_findings(PROJECTS, ranks, jurors, certified)) == expected
