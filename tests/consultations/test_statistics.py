"""What the published consultations say together: the counting as a function, the pages as people meet them."""

from datetime import timedelta
from html import unescape
from lxml import html
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.statistics import counting
from megalis.portal.consultations.statistics import suppliers
from megalis.portal.kernel import counted
from megalis.portal.kernel import figures
from megalis.portal.kernel import journal
from megalis.portal.organisations import create
from tests.consultations.alerts_scene import active as subscribe
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from types import SimpleNamespace

import csv
import io
import json
import pytest
import time


DAY = timedelta(days=1)
YEAR = figures.months(NOW)
RELEASE = {
    "collectivites": 2, "agents": 7, "consultations": 2, "en-ligne": 2, "entreprises": 2, "certificats": 1, "alertes": 1,
    "dossiers": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh():
    counted.forget()


def row(review=phase.NOTIFIEE, replies=None, published=-40, deadline=-10, notified=None, procedure="procedure-adaptee"):
    milestones = {phase.NOTIFIEE: NOW + notified * DAY, "awarded": True} if notified is not None else {}
    return SimpleNamespace(
        published=NOW + published * DAY, deadline=NOW + deadline * DAY, procedure=procedure, nature="travaux",
        departments=("22", "35"), replies=replies, milestones=milestones, review=review,
    )  # fmt: skip


def summed(*rows, public=True):
    return counting.summary(rows, YEAR, NOW, public)


class TestCounting:
    def test_nothing_gives_nothing(self):
        found = summed()
        assert (found.total, found.answered, found.days) == (0, 0, []) and found.published == [0] * 12

    def test_a_consultation_counts_in_the_month_it_was_published_in_in_each_department(self):
        found = summed(row(published=-40), row(published=0), row(published=-900))
        assert found.total == 3 and sum(found.published) == 2 and found.published[-1] == 1
        assert found.departments == {"22": 3, "35": 3} and found.mapa == 3

    def test_what_still_receives_bids_is_online_until_the_second_of_the_deadline(self):
        assert summed(row(phase.PUBLIEE, deadline=1), row(phase.PUBLIEE, deadline=0)).online == 1

    def test_the_public_learns_of_replies_once_the_contract_is_decided(self):
        rows = [row(phase.ANALYSE, replies=7), row(phase.DECIDEE, replies=3), row(phase.DECIDEE, replies=0)]
        assert (summed(*rows).received, summed(*rows).answered, summed(*rows).without) == (3, 2, 1)
        assert summed(*rows, public=False).received == 10

    def test_a_consultation_nobody_knows_the_replies_of_is_not_one_without_reply(self):
        assert summed(row(phase.ANNULEE), row(phase.PUBLIEE)).answered == 0

    def test_the_time_to_award_runs_from_the_deadline_to_the_notification(self):
        found = summed(row(deadline=-40, notified=-10), row(deadline=-20, notified=0))
        assert found.days == [30, 20] and figures.middle(found.days) == 25

    def test_what_came_on_paper_is_a_reply_and_not_an_electronic_one(self):
        both, paper = row(replies=4), row(replies=1)
        both.milestones["paper"], paper.milestones["paper"] = 1, 1
        found = summed(both, paper, row(replies=0))
        assert (found.received, found.electronic, found.without) == (5, 3, 1)

    def test_replies_are_told_by_how_many_came(self):
        rows = [row(replies=n) for n in (0, 0, 1, 4, 5, 8, 30)]
        assert counting.by_replies(summed(*rows)) == (
            ("0", 2), ("1", 1), ("2", 0), ("3", 0), ("4 ou 5", 2), ("6 à 10", 1), ("plus de 10", 1),
        )  # fmt: skip


def test_what_is_beyond_a_dozen_ranks_is_summed_as_others():
    found = figures.ranked({str(n): n for n in range(1, 21)}, str, most=5)
    assert found[0] == ("20", 20) and found[-1] == ("Autres", sum(range(1, 17))) and len(found) == 5


def test_years_adjoin_and_end_with_this_one():
    found = figures.years(NOW, 3)
    assert [period.key for period in found] == ["2024", "2025", "2026"]
    assert figures.spread([NOW, NOW - 365 * DAY, NOW + 400 * DAY], found) == [0, 1, 1]


class TestPages:
    def test_the_key_figures_are_counted_for_everybody(self, portal, world, published, visit):
        status, _headers, page = visit(portal, "chiffres-cles")
        page = unescape(page)
        assert status == 200 and len(page.encode()) < 60_000
        root = html.fromstring(page)
        counters = {div.find("dt").text: div.find("dd").text for div in root.xpath("//dl[contains(@class, 'big')]/div")}
        assert counters["consultations publiées"] == "1" and counters["collectivités"] == "2"
        assert counters["entreprises inscrites"] == "1" and counters["dossiers téléchargés"] == "0"
        charts = root.xpath("//figure")
        assert charts and all(figure.xpath(".//table") for figure in charts)

    def test_each_counter_of_the_release_is_there_with_its_number(self, portal, world, published, visit):
        create.entreprise("Ardoises du Léon", "443061841")
        world.company.certificate = True
        world.company.reindexObject()
        subscribe(portal, "a@b.exemple.fr", "q=voirie")
        subscribe(portal, "a@b.exemple.fr", "q=bois")
        publish(world, complete_draft(world.a, "2026-VOI-02"))
        at(published.deadline - DAY)
        complete_draft(world.a, "2026-BROUILLON")
        visit(published, "dce.zip")
        journal.merge(portal)
        counted.forget()
        found = json.loads(visit(portal, "chiffres-cles.json")[2])
        counters = {item["code"]: item["valeur"] for item in found["compteurs"]}
        assert {name: counters[name] for name in RELEASE} == RELEASE
        assert {item["code"]: item["valeur"] for item in found["indicateurs"]}["part-mapa"] == 100
        at(published.deadline)
        counted.forget()
        page = html.fromstring(unescape(visit(portal, "chiffres-cles")[2]))
        shown = {div.find("dt").text: div.find("dd").text for div in page.xpath("//dl[contains(@class, 'big')]/div")}
        assert shown["consultations en ligne"] == "0" and shown["entreprises avec un certificat"] == "1"
        assert shown["agents publics"] == "7" and shown["abonnés aux alertes"] == "1"

    def test_replies_the_share_of_mapa_and_the_time_to_award_are_told_of_a_collectivite_and_of_the_region(
        self, portal, world, published, visit
    ):
        formal = publish(world, complete_draft(world.a, "2026-AO-01", procedure="appel-offres-ouvert"))
        at(published.deadline + DAY)
        with as_agent(world.porteurs):
            workflow.fire(published, "ouvrir")
        with as_agent(world.valideurs):
            workflow.fire(published, "analyser")
            award = {"decision": "attribue", "reason": "", "winner": "Routes SA", "winner_siret": "", "amount": 10}
            workflow.decide(published, {"1": award, "2": award})
            workflow.fire(published, "decider")
            at(published.deadline + 20 * DAY)
            workflow.fire(published, "notifier")
        assert formal.procedure == "appel-offres-ouvert"
        for where, view, user in ((world.a, "statistiques", world.lecteurs), (portal, "statistiques", world.operator)):
            counted.forget()
            found = json.loads(visit(where, f"{view}.json", user=user)[2])
            told = {item["code"]: item["valeur"] for item in found["indicateurs"]}
            assert (told["part-mapa"], told["delai-attribution"], told["sans-reponse"]) == (50, 20, 100), view
            page = unescape(visit(where, view, user=user)[2])
            for words in ("de procédures adaptées", "20\u00a0jours", "Jours de la date limite à la notification"):
                assert words in page, (view, words)
            assert visit(where, f"{view}.csv", user=user)[2].count("Jours de la date limite à la notification")

    def test_a_downloaded_dossier_counts_once_the_journal_is_merged(self, portal, world, published, visit):
        visit(published, "dce.zip")
        journal.merge(portal)
        counted.forget()
        found = json.loads(visit(portal, "chiffres-cles.json")[2])
        assert {item["code"]: item["valeur"] for item in found["compteurs"]}["dossiers"] == 1
        series = {item["code"]: item["valeurs"] for item in found["series"]}
        assert series["dossiers"][-1] == {"libelle": "2026-02", "valeur": 1}
        own = json.loads(visit(world.a, "statistiques.json", user=world.lecteurs)[2])
        assert {item["code"]: item["valeur"] for item in own["compteurs"]}["dossiers"] == 1
        other = json.loads(visit(world.b, "statistiques.json", user=world.other)[2])
        assert {item["code"]: item["valeur"] for item in other["compteurs"]}["dossiers"] == 0

    def test_a_collectivite_sees_its_own_consultations_only(self, portal, world, published, visit):
        publish(world, complete_draft(world.a, "2026-VOI-02"))
        own = json.loads(visit(world.a, "statistiques.json", user=world.acheteurs)[2])
        other = json.loads(visit(world.b, "statistiques.json", user=world.other)[2])
        assert [item["compteurs"][0]["valeur"] for item in (own, other)] == [2, 0]
        assert own["perimetre"] == "Commune de Saint-Brieuc"

    def test_every_figure_leaves_as_a_table_by_year_too(self, portal, world, published, visit):
        rows = list(
            csv.reader(
                io.StringIO(visit(portal, "chiffres-cles.csv", par="annee")[2].removeprefix("\ufeff")), delimiter=";"
            )
        )
        assert rows[0] == ["Chiffre", "Période ou rubrique", "Valeur", "Unité"]
        assert ["Consultations publiées", "2026", "1", "consultations"] in rows
        assert visit(portal, "chiffres-cles.xlsx")[2].startswith(b"PK")
        assert visit(portal, "chiffres-cles.pdf")[2].startswith(b"%PDF")

    def test_the_region_is_for_who_runs_the_platform(self, portal, world, published, visit):
        from AccessControl import Unauthorized

        assert visit(portal, "statistiques", user=world.operator)[0] == 200
        for user in (world.acheteurs, world.bidder, None):
            with pytest.raises(Unauthorized):
                visit(portal, "statistiques", user=user)
        for user in (world.other, world.bidder, None):
            with pytest.raises(Unauthorized):
                visit(world.a, "statistiques", user=user)

    def test_a_period_that_does_not_exist_is_that_of_months(self, portal, world, published, visit):
        page = html.fromstring(visit(portal, "chiffres-cles", par="siecle")[2])
        assert page.xpath("//a[@aria-current='page']/text()") == ["Par mois"]

    def test_without_anything_the_page_says_what_will_be_there(self, portal, world, visit):
        at(NOW)
        page = unescape(visit(world.b, "statistiques", user=world.other)[2])
        assert "Rien à dessiner encore" in page and "None" not in page


def test_the_summary_of_ten_thousand_consultations_is_made_in_a_blink():
    rows = [row(replies=n % 7, published=-n % 700, deadline=30 - n % 700, notified=60 - n % 700) for n in range(10_000)]
    started = time.process_time()
    found = summed(*rows)
    assert found.total == 10_000 and time.process_time() - started < 1


def test_the_rows_of_a_buyer_are_told_by_where_they_stand():
    picture = SimpleNamespace(rows=[SimpleNamespace(buyer_slug="a"), None, SimpleNamespace(buyer_slug="b")])
    assert len(suppliers.rows_of(picture)) == 2
    assert len(suppliers.rows_of(picture, SimpleNamespace(getId=lambda: "b"))) == 1
