"""The law as dated rows: what is due in 2007, in 2024 and in 2026, and what an operator may add."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import amending
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats.eforms.codes import PROCEDURES

import pytest


UTC = UTC
LAW = laws.shipped()
Y2007, Y2024 = date(2007, 5, 14), date(2024, 5, 14)
Y2026, SPRING = date(2026, 3, 31), date(2026, 4, 1)


def codes(findings):
    return [finding.code for finding in findings]


def noon(day):
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


@pytest.mark.parametrize("name", [*PROCEDURES, laws.FRAMEWORK])
@pytest.mark.parametrize("day", [Y2024, Y2026, SPRING, date(2027, 12, 31)])
def test_every_procedure_has_a_row_with_its_source_in_2024_2026_and_2027(name, day):
    row = LAW.procedure(name, day)
    assert LAW.covers(row, day)
    assert row.source
    assert row.phases


@pytest.mark.parametrize("name", [name for name in PROCEDURES if name != "partenariat-innovation"])
def test_every_procedure_that_existed_in_2007_has_a_row_of_the_code_of_2006(name):
    row = LAW.procedure(name, Y2007)
    assert LAW.covers(row, Y2007)
    assert "2006" in row.source or "collectivités territoriales" in row.source


def test_the_innovation_partnership_did_not_exist_in_2007():
    assert not LAW.covers(LAW.procedure("partenariat-innovation", Y2007), Y2007)


@pytest.mark.parametrize(
    "day, procedure, phase, days, electronic, urgent, prior",
    [
        (Y2007, "appel-offres-ouvert", "offres", 52, 40, 15, 22),
        (Y2007, "appel-offres-restreint", "candidatures", 37, 30, 10, None),
        (Y2007, "appel-offres-restreint", "offres", 40, 35, 10, 22),
        (Y2007, "dialogue-competitif", "candidatures", 37, 30, None, None),
        (Y2024, "appel-offres-ouvert", "offres", 35, 30, 15, 15),
        (Y2024, "appel-offres-restreint", "candidatures", 30, None, 15, None),
        (Y2024, "appel-offres-restreint", "offres", 30, 25, 10, 10),
        (Y2026, "appel-offres-ouvert", "offres", 35, 30, 15, 15),
        (Y2026, "procedure-negociation", "candidatures", 30, None, 15, None),
        (Y2026, "procedure-negociation", "offres", 30, 25, 10, 10),
        (Y2026, "systeme-acquisition-dynamique", "candidatures", 30, None, None, None),
        (Y2026, "systeme-acquisition-dynamique", "offres", 10, None, None, None),
        (Y2026, "concession", "candidatures", 30, None, None, None),
        (Y2026, "concession", "offres", 22, 17, None, None),
    ],
)
def test_the_times_of_a_phase_are_those_of_its_year(day, procedure, phase, days, electronic, urgent, prior):
    delay = LAW.procedure(procedure, day).delays[phase]
    assert (delay.days, delay.electronic, delay.urgent, delay.prior) == (days, electronic, urgent, prior)


@pytest.mark.parametrize(
    "day, procedure, standstill, paper",
    [
        (Y2007, "appel-offres-ouvert", 10, 10),
        (Y2024, "appel-offres-ouvert", 11, 16),
        (Y2026, "concession", 11, 16),
        (Y2026, "procedure-adaptee", None, None),
        (Y2026, "marche-subsequent", None, None),
    ],
)
def test_the_standstill_is_that_of_the_procedure_and_the_year(day, procedure, standstill, paper):
    row = LAW.procedure(procedure, day)
    assert (row.standstill, row.standstill_paper) == (standstill, paper)


@pytest.mark.parametrize(
    "day, buyer, nature, dispense, formal",
    [
        (Y2007, "collectivite", "services", 4_000, 210_000),
        (Y2007, "collectivite", "travaux", 4_000, 210_000),
        (Y2007, "etat", "fournitures", 4_000, 135_000),
        (Y2024, "collectivite", "fournitures", 40_000, 221_000),
        (Y2024, "etat", "services", 40_000, 143_000),
        (Y2024, "reseaux", "services", 40_000, 443_000),
        (Y2024, "collectivite", "travaux", 100_000, 5_538_000),
        (Y2026, "collectivite", "fournitures", 40_000, 216_000),
        (Y2026, "collectivite", "travaux", 100_000, 5_404_000),
        (SPRING, "collectivite", "fournitures", 60_000, 216_000),
        (SPRING, "collectivite", "services", 60_000, 216_000),
        (SPRING, "collectivite", "travaux", 100_000, 5_404_000),
        (SPRING, "etat", "services", 60_000, 140_000),
        (SPRING, "reseaux", "services", 60_000, 432_000),
    ],
)
def test_the_thresholds_are_those_of_the_buyer_the_nature_and_the_day(day, buyer, nature, dispense, formal):
    row = LAW.threshold(buyer, day)
    assert LAW.covers(row, day)
    assert (row.dispense[nature], row.formal[nature]) == (dispense, formal)


@pytest.mark.parametrize(
    "day, nature, amount, expected",
    [
        (Y2007, "services", 3_999, ()),
        (Y2007, "services", 4_000, (("profil",),)),
        (Y2007, "services", 90_000, (("profil",), ("boamp", "jal"))),
        (Y2007, "services", 210_000, (("profil",), ("boamp",), ("joue",))),
        (Y2007, "travaux", 5_269_999, (("profil",), ("boamp", "jal"))),
        (Y2026, "fournitures", 39_999, ()),
        (Y2026, "fournitures", 40_000, (("profil",),)),
        (SPRING, "fournitures", 59_999, ()),
        (SPRING, "fournitures", 60_000, (("profil",),)),
        (SPRING, "fournitures", 89_999, (("profil",),)),
        (SPRING, "fournitures", 90_000, (("profil",), ("boamp", "jal"))),
        (SPRING, "fournitures", 215_999, (("profil",), ("boamp", "jal"))),
        (SPRING, "fournitures", 216_000, (("profil",), ("boamp",), ("joue",))),
        (SPRING, "travaux", 99_999, ()),
        (SPRING, "travaux", 100_000, (("profil",), ("boamp", "jal"))),
        (SPRING, "travaux", 5_404_000, (("profil",), ("boamp",), ("joue",))),
    ],
)
def test_the_publicity_due_grows_with_the_amount_to_the_euro(day, nature, amount, expected):
    assert thresholds.demanded(LAW.threshold("collectivite", day), nature, amount) == expected


@pytest.mark.parametrize(
    "day, procedure, nature, amount, ground, expected",
    [
        (SPRING, "procedure-adaptee", "services", 215_999, "montant", []),
        (SPRING, "procedure-adaptee", "services", 216_000, "montant", ["montant.formalisee"]),
        (Y2024, "procedure-adaptee", "services", 216_000, "montant", []),
        (Y2024, "procedure-adaptee", "services", 221_000, "montant", ["montant.formalisee"]),
        (Y2007, "procedure-adaptee", "travaux", 210_000, "montant", ["montant.formalisee"]),
        (SPRING, "procedure-adaptee", "travaux", 5_403_999, "montant", []),
        (SPRING, "procedure-adaptee", "services", 600_000, "services-sociaux", []),
        (SPRING, "procedure-adaptee", "services", 750_000, "services-sociaux", ["montant.social"]),
        (SPRING, "procedure-adaptee", "travaux", 6_000_000, "services-sociaux", ["montant.formalisee"]),
        (SPRING, "procedure-adaptee", "services", 300_000, "services-juridiques", []),
        (SPRING, "procedure-adaptee", "services", 10_000, "urgence", ["fondement.procedure"]),
        (Y2026, "sans-publicite", "services", 50_000, "montant", ["montant.dispense"]),
        (SPRING, "sans-publicite", "services", 50_000, "montant", []),
        (SPRING, "sans-publicite", "services", 60_000, "montant", ["montant.dispense"]),
        (SPRING, "sans-publicite", "services", 300_000, "exclusivite", []),
        (SPRING, "sans-publicite", "services", 99_999, "innovant", []),
        (SPRING, "sans-publicite", "services", 100_000, "innovant", ["montant.innovant"]),
        (SPRING, "appel-offres-ouvert", "services", 100_000, "montant", ["montant.sous-seuil"]),
        (SPRING, "appel-offres-ouvert", "services", 216_000, "montant", []),
        (SPRING, "concession", "services", 5_403_999, "montant", ["montant.concession"]),
        (SPRING, "concession", "services", 5_404_000, "montant", []),
        (SPRING, "marche-subsequent", "services", 900_000, "montant", []),
        (SPRING, "procedure-adaptee", "services", None, "montant", ["montant.absent"]),
    ],
)
def test_an_amount_on_the_wrong_side_of_a_threshold_is_told(day, procedure, nature, amount, ground, expected):
    purchase = thresholds.Purchase(procedure, nature, amount, ground)
    assert codes(thresholds.amount_findings(purchase, LAW.threshold("collectivite", day))) == expected


@pytest.mark.parametrize(
    "procedure, amount, ground, expected",
    [
        ("procedure-adaptee", 300_000, "montant", (("profil",), ("boamp",), ("joue",))),
        ("procedure-adaptee", 300_000, "services-sociaux", (("profil",), ("boamp", "jal"))),
        ("procedure-adaptee", 750_000, "services-sociaux", (("profil",), ("boamp",), ("joue",))),
        ("procedure-adaptee", 300_000, "services-juridiques", (("profil",), ("boamp", "jal"))),
        ("procedure-adaptee", 50_000, "services-sociaux", ()),
        ("sans-publicite", 300_000, "exclusivite", ()),
        ("marche-subsequent", 300_000, "montant", ()),
        ("concession", 300_000, "montant", (("profil",), ("boamp", "jal"))),
        ("concession", 5_404_000, "montant", (("profil",), ("boamp",), ("joue",))),
        ("appel-offres-ouvert", None, "montant", ()),
    ],
)
def test_the_publicity_of_a_purchase_knows_the_exceptions_to_its_amount(procedure, amount, ground, expected):
    purchase = thresholds.Purchase(procedure, "services", amount, ground)
    assert thresholds.demanded_of(LAW.threshold("collectivite", SPRING), purchase) == expected


def test_the_refusal_of_an_amount_names_the_value_the_threshold_the_law_and_the_remedy():
    purchase = thresholds.Purchase("procedure-adaptee", "services", 216_000)
    (found,) = thresholds.amount_findings(purchase, LAW.threshold("collectivite", SPRING))
    assert found.level == "blocking"
    assert "216\u202f000" in found.message
    assert "appel d’offres" in found.message
    assert "2026-2027" in found.source
    assert found.target == "@@modifier?etape=procedure"


@pytest.mark.parametrize(
    "lots, amount, expected",
    [
        ((), 400_000, ["petits-lots.sans-valeur"]),
        ((79_999,), 400_000, []),
        ((80_000,), 400_000, ["petits-lots.taille"]),
        ((40_000, 40_000), 400_000, []),
        ((40_000, 40_001), 400_000, ["petits-lots.part"]),
    ],
)
def test_small_lots_stay_small_and_make_a_fifth_of_the_whole_at_most(lots, amount, expected):
    purchase = thresholds.Purchase("procedure-adaptee", "services", amount, "petits-lots", lots)
    assert codes(thresholds.amount_findings(purchase, LAW.threshold("collectivite", SPRING))) == expected


@pytest.mark.parametrize(
    "sent, days, expected",
    [
        (date(2026, 2, 2), 30, date(2026, 3, 4)),
        (date(2026, 2, 5), 30, date(2026, 3, 9)),  # 7 March is a Saturday
        (date(2026, 4, 1), 30, date(2026, 5, 4)),  # 1 May, then a week-end
        (date(2026, 3, 7), 30, date(2026, 4, 7)),  # Easter Monday
    ],
)
def test_a_time_that_would_end_on_a_day_of_rest_ends_with_the_next_working_day(sent, days, expected):
    assert procedures.first_date(noon(sent), days) == expected


def test_a_deadline_too_near_is_refused_with_the_first_date_that_would_do():
    sent = noon(date(2026, 2, 5))
    (found,) = procedures.time_findings("appel-offres-ouvert", sent, sent + timedelta(days=20))
    assert found.code == "delai.minimum"
    assert "que 20 jours" in found.message
    assert "au moins 30" in found.message
    assert "lundi 9 mars 2026" in found.message
    assert found.source.startswith("R. 2161-2")


def test_the_time_of_the_law_runs_from_the_sending_to_the_official_journal():
    noticed = noon(date(2026, 2, 2))
    published, deadline = noticed + timedelta(days=3), noticed + timedelta(days=30)
    told = procedures.Timing(noticed=noticed)
    assert not blocking(procedures.time_findings("appel-offres-ouvert", published, deadline, timing=told))
    assert codes(blocking(procedures.time_findings("appel-offres-ouvert", published, deadline))) == ["delai.minimum"]
    (found,) = procedures.time_findings("appel-offres-ouvert", published, deadline - timedelta(days=1), timing=told)
    assert "que 29 jours" in found.message and "L’avis étant parti au JOUE le 02/02/2026" in found.message
    assert "mercredi 4 mars 2026" in found.message and found.source.startswith("R. 2161-2")


def test_the_own_time_of_a_level_runs_from_the_publication_on_the_profile():
    noticed = noon(date(2026, 2, 2))
    published, deadline = noticed + timedelta(days=3), noticed + timedelta(days=40)
    told = procedures.Timing(noticed=noticed, level_days=38, level="Formel long")
    (found,) = procedures.time_findings("appel-offres-ouvert", published, deadline, timing=told)
    assert found.code == "delai.niveau" and "que 37 jours" in found.message and "Publiée le 05/02/2026" in found.message


@pytest.mark.parametrize("year, days", [(2007, 40), (2024, 30), (2026, 30)])
def test_the_first_date_that_would_do_is_itself_accepted(year, days):
    for month in range(1, 13):
        sent = noon(date(year, month, 11))
        deadline = noon(procedures.first_date(sent, days))
        assert not blocking(procedures.time_findings("appel-offres-ouvert", sent, deadline))
        early = procedures.time_findings("appel-offres-ouvert", sent, sent + timedelta(days=days - 1))
        assert codes(blocking(early)) == ["delai.minimum"]


@pytest.mark.parametrize(
    "age, expected", [(34, "preinformation.date"), (35, ""), (365, ""), (366, "preinformation.date")]
)
def test_a_prior_notice_counts_from_35_days_to_twelve_months_before(age, expected):
    sent = noon(Y2026)
    timing = procedures.Timing(prior_notice=Y2026 - timedelta(days=age))
    needed, problem = procedures.needed_days(LAW.procedure("appel-offres-ouvert", Y2026), timing, sent)
    assert problem == expected
    assert needed == (30 if expected else 15)


def test_urgency_in_2007_shortened_open_tenders_for_works_only():
    row = LAW.procedure("appel-offres-ouvert", Y2007)
    for nature, expected in (("travaux", (15, "")), ("services", (40, "urgence.impossible"))):
        timing = procedures.Timing(urgent=True, urgent_reason="Digue rompue", nature=nature)
        assert procedures.needed_days(row, timing, noon(Y2007)) == expected


def test_below_its_threshold_a_concession_has_no_minimum_time():
    sent = noon(Y2026)
    soon = sent + timedelta(days=12)
    small = procedures.Timing(below=True)
    assert codes(procedures.time_findings("concession", sent, soon)) == ["delai.minimum"]
    assert codes(procedures.time_findings("concession", sent, soon, timing=small)) == []


def test_the_level_of_the_collectivite_binds_like_the_law_and_says_whose_rule_it_is():
    sent = noon(Y2026)
    timing = procedures.Timing(level_days=21, level="MAPA avec avis publié")
    (found,) = procedures.time_findings("procedure-adaptee", sent, sent + timedelta(days=20), timing=timing)
    assert found.code == "delai.niveau"
    assert "MAPA avec avis publié" in found.message
    assert not procedures.time_findings("procedure-adaptee", sent, sent + timedelta(days=21), timing=timing)


def test_a_validators_leave_makes_a_short_time_advice_for_that_deadline_and_no_shorter_one():
    sent = noon(Y2026)
    deadline = sent + timedelta(days=20)
    timing = procedures.Timing(derogation=procedures.Derogation("Pont coupé", "Anne Le Goff", deadline))
    (found,) = procedures.time_findings("appel-offres-ouvert", sent, deadline, timing=timing)
    assert (found.code, found.level) == ("delai.deroge", "advice")
    assert "Anne Le Goff" in found.message
    assert "Pont coupé" in found.message
    shorter = procedures.time_findings("appel-offres-ouvert", sent, deadline - timedelta(days=1), timing=timing)
    assert codes(shorter) == ["delai.minimum"]


# rows of a site


def procedure_row(**changes):
    row = {**laws.to_json(LAW.procedure("appel-offres-ouvert", Y2026)), "from": "2028-01-01", "to": "2029-12-31"}
    return {**row, "source": "décret à venir", **changes}


def threshold_row(**changes):
    row = {**laws.to_json(LAW.threshold("collectivite", SPRING)), "from": "2028-01-01", "to": "2029-12-31"}
    return {**row, "source": "avis à venir", **changes}


def test_a_row_that_follows_the_last_one_is_accepted_and_applies_from_its_first_day():
    row = procedure_row(delays={"offres": {"days": 40, "electronic": 37}})
    assert amending.findings(laws.PROCEDURES, row, LAW) == []
    law = LAW.completed([row])
    assert law.procedure("appel-offres-ouvert", date(2027, 12, 31)).min_days == 30
    assert law.procedure("appel-offres-ouvert", date(2028, 1, 1)).min_days == 37
    assert law.procedure("appel-offres-ouvert", date(2028, 1, 1)).origin == laws.SITE


def test_a_row_of_the_site_wins_over_the_shipped_one_on_the_days_they_share():
    row = threshold_row(
        **{"from": "2027-07-01", "to": "2027-12-31"}, formal={**threshold_row()["formal"], "services": 200_000}
    )
    assert amending.findings(laws.THRESHOLDS, row, LAW) == []
    law = LAW.completed((), [row])
    assert law.threshold("collectivite", date(2027, 6, 30)).formal["services"] == 216_000
    assert law.threshold("collectivite", date(2027, 7, 1)).formal["services"] == 200_000


def test_a_row_survives_the_form_in_which_a_published_consultation_keeps_it():
    for row in (*LAW.procedures, *LAW.thresholds):
        table = laws.PROCEDURES if isinstance(row, laws.Procedure) else laws.THRESHOLDS
        assert laws.READERS[table](laws.to_json(row)) == row


@pytest.mark.parametrize(
    "table, changes, expected",
    [
        ("procedures", {"from": "2028-01-03"}, "regle.trou"),
        ("procedures", {"from": "1990-01-01", "to": "1995-12-31"}, "regle.trou"),
        ("procedures", {"from": "2029-12-31", "to": "2028-01-01"}, "regle.dates"),
        ("procedures", {"from": "1er janvier"}, "regle.date"),
        ("procedures", {"to": ""}, "regle.date"),
        ("procedures", {"source": "  "}, "regle.source"),
        ("procedures", {"procedure": "tirage-au-sort"}, "regle.nom"),
        ("procedures", {"delays": {"offres": {"days": -1}}}, "regle.nombre"),
        ("procedures", {"delays": {"offres": {"days": 4000}}}, "regle.nombre"),
        ("procedures", {"delays": {"offres": {"days": 20, "electronic": 25}}}, "regle.reduction"),
        ("procedures", {"delays": {"candidatures": {"days": 20}}}, "regle.phases"),
        ("seuils", {"from": "2028-02-01"}, "regle.trou"),
        ("seuils", {"buyer": "martien"}, "regle.nom"),
        ("seuils", {"formal": {"services": 216_000, "fournitures": 216_000}}, "regle.seuil"),
        ("seuils", {"dispense": {"services": 300_000}}, "regle.ordre"),
        ("seuils", {"boamp": {"services": -5}}, "regle.nombre"),
    ],
)
def test_a_row_with_gaps_wrong_dates_or_wrong_numbers_is_refused_with_its_reason(table, changes, expected):
    row = (procedure_row if table == "procedures" else threshold_row)(**changes)
    found = amending.findings(table, row, LAW)
    assert expected in codes(found)
    assert all(finding.level == "blocking" and len(finding.message) > 20 for finding in found)


def test_the_refusal_of_a_gap_says_on_which_day_to_begin():
    (found,) = amending.findings(laws.PROCEDURES, procedure_row(**{"from": "2028-01-03"}), LAW)
    assert "01/01/2028" in found.message


def test_two_rows_of_the_site_never_share_a_day():
    law = LAW.completed([procedure_row()])
    found = amending.findings(laws.PROCEDURES, procedure_row(**{"from": "2029-12-31", "to": "2030-12-31"}), law)
    assert codes(found) == ["regle.recouvrement"]
    assert not amending.findings(laws.PROCEDURES, procedure_row(**{"from": "2030-01-01", "to": "2030-12-31"}), law)
