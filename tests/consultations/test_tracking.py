"""The board of a collectivité and the reminders of its agents, as people meet them."""

from datetime import timedelta
from html import unescape
from lxml import html
from megalis.portal.consultations import workflow
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IEssentialData
from megalis.portal.consultations.tracking import board
from megalis.portal.consultations.tracking import morning
from megalis.portal.consultations.tracking import reminding
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import membership
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import publish
from types import SimpleNamespace

import csv
import io
import pytest


DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def tick(portal):
    morning.tick(WorkerTick(portal, clock.now(), True))


def begin(portal, instant):
    """A site whose reminders begin this morning."""
    at(instant - DAY)
    tick(portal)
    at(instant)


def reminders(portal):
    """{address: text} of the reminders that wait."""
    found = {}
    for message in outbox.messages(portal):
        if "Choisir mes rappels" in message.payload.get("text", ""):
            assert message.payload["to"] not in found, "two mails a morning"
            found[message.payload["to"]] = unescape(message.payload["text"])
    return found


def reminders_of(portal, address):
    """The texts of the reminders to somebody, oldest first."""
    return [
        unescape(message.payload["text"])
        for message in reversed(outbox.messages(portal))
        if message.payload.get("to") == address and "Choisir mes rappels" in message.payload.get("text", "")
    ]


class TestBoard:
    def test_the_agents_see_every_consultation_with_its_next_date(self, world, published, visit):
        complete_draft(world.a, "2026-VOI-02")
        status, _headers, page = visit(world.a, "suivi", user=world.acheteurs)
        assert status == 200
        root = html.fromstring(page)
        rows = [
            " ".join(row.text_content().split())
            for row in root.xpath("//table[.//caption[contains(., '2 cons')]]//tbody/tr")
        ]
        assert len(rows) == 2 and "En élaboration" in rows[0] and "Ouverte" in rows[1]
        assert "Fin des questions" in rows[1]
        assert root.xpath("//*[local-name()='svg'][contains(@class, 'mg-gantt')]//*[@class='mk']")

    def test_a_stranger_does_not(self, world, published, visit):
        from AccessControl import Unauthorized

        for user in (world.other, world.bidder, None):
            with pytest.raises(Unauthorized):
                visit(world.a, "suivi", user=user)

    def test_filters_are_addresses_and_an_unknown_value_filters_nothing(self, world, published, visit):
        with as_agent(world.valideurs):
            mine = complete_draft(world.a, "2026-VOI-02", procedure="appel-offres-ouvert")

        def titles(**form):
            root = html.fromstring(visit(world.a, "suivi", user=world.valideurs, **form)[2])
            return [a.get("href").split("/")[-2] for a in root.xpath("//table//th/a")]

        assert titles(qui="miennes") == titles(agent=mine.Creator()) == titles(etape="elaboration") == [mine.getId()]
        assert titles(procedure="appel-offres-ouvert") == [mine.getId()]
        assert titles(etape="publiee") == [published.getId()]
        assert len(titles(etape="zz", agent="zz", procedure="zz")) == 2
        assert "Rien ne correspond" in visit(world.a, "suivi", user=world.acheteurs, etape="analyse")[2]

    def test_three_hundred_consultations_keep_the_page_in_its_budget(self, world, published, visit):
        one = board.items(world.a, clock.now())[0]
        with as_agent(world.acheteurs):
            view = world.a.restrictedTraverse("@@suivi")
            view.request.form.clear()
            view.all = [one] * 300
            page = view()
            assert len(view.pages) > 3 and len(page.encode()) < 90_000
            assert page.count('<th scope="row"') + page.count('role="rowheader"') >= board.PAGE

    def test_the_week_that_crowds_is_told_in_words_in_the_picture_and_in_the_table(self, world, published, visit):
        def board():
            page = html.fromstring(visit(world.a, "suivi", user=world.acheteurs)[2])
            charge = [
                row.text_content() for row in page.xpath("//table[caption='Dates à venir par semaine']//tbody/tr")
            ]
            drawn = page.xpath("//*[local-name()='svg']//*[local-name()='text'][contains(., '▲')]/text()")
            return " ".join(page.text_content().split()), [" ".join(row.split()) for row in charge], drawn

        words, rows, drawn = board()
        assert "Semaines chargées" not in words and drawn == [] and rows
        for rank in range(2, 6):
            publish(world, complete_draft(world.a, f"2026-VOI-0{rank}"))
        words, rows, drawn = board()
        assert "Semaines chargées" in words and "celle du 16 mars 2026, 10 dates" in words.replace("\u202f", " ")
        assert drawn == ["▲ 5", "▲ 10"], "five questions to answer, then five bids to receive and to open"
        assert next(row for row in rows if row.startswith("16 mars 2026")).endswith("chargée")
        assert not next(row for row in rows if row.startswith("9 mars 2026")).endswith("chargée")

    def test_the_board_leaves_as_a_table_with_all_its_pages(self, world, published, visit):
        status, _headers, body = visit(world.a, "suivi.csv", user=world.lecteurs)
        rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff")), delimiter=";"))
        assert status == 200 and rows[0][0] == "Référence"
        assert rows[1][0] == published.reference and rows[1][6] == "Fin des questions"
        assert visit(world.a, "suivi.pdf", user=world.lecteurs)[2].startswith(b"%PDF")
        assert visit(world.a, "suivi.xlsx", user=world.lecteurs)[2].startswith(b"PK")

    def test_the_catalog_follows_the_dates_that_no_transition_tells(self, world, published):
        brain = world.a.portal_catalog.unrestrictedSearchResults(UID=published.UID())[0]
        assert brain.milestones["opening"] == published.planned_opening and brain.replies is None
        assert "standstill" not in brain.milestones


def test_data_that_are_published_are_no_date_to_come(world, published):
    from megalis.portal.consultations.tracking import indexers
    from zope.component import getGlobalSiteManager

    published._decisions = {"1": {"decision": "attribue"}}
    indexers.refresh(published)
    catalog = world.a.portal_catalog

    def kept():
        return catalog.unrestrictedSearchResults(UID=published.UID())[0].milestones

    assert kept()["awarded"] and "data" not in kept()
    manager = getGlobalSiteManager()
    known = manager.adapters.registered((IConsultation,), IEssentialData)
    done = SimpleNamespace(complete=lambda: True)
    manager.registerAdapter(lambda consultation: done, (IConsultation,), IEssentialData)
    try:
        indexers.refresh(published)
        assert kept()["data"]
    finally:
        manager.registerAdapter(known, (IConsultation,), IEssentialData)  # that of contracts


class TestReminders:
    def test_each_agent_gets_one_mail_a_morning_for_all_his_dates(self, portal, world, published):
        publish(world, complete_draft(world.a, "2026-VOI-02"))
        begin(portal, DEADLINE - DAY)
        tick(portal)
        tick(portal)
        told = reminders(portal)
        assert set(told) == {f"{role}@a.exemple.fr" for role in ("acheteurs", "valideurs", "porteurs")}
        assert told["acheteurs@a.exemple.fr"].count("Remise des plis demain") == 2
        assert told["acheteurs@a.exemple.fr"].count("Ouverture des plis demain") == 2

    def test_nothing_is_told_twice_however_often_the_worker_passes(self, portal, world, published):
        begin(portal, DEADLINE - DAY)
        for _round in range(3):
            tick(portal)
        first = len(reminders(portal))
        at(DEADLINE - DAY + HOUR)
        tick(portal)
        assert len(reminders(portal)) == first
        assert morning.plan(portal, clock.now()) == 0

    def test_a_worker_stopped_for_a_day_tells_what_it_missed_once(self, portal, world, published):
        begin(portal, DEADLINE - 6 * DAY)
        at(DEADLINE + HOUR)
        tick(portal)
        tick(portal)
        text = reminders(portal)["acheteurs@a.exemple.fr"]
        assert "La date limite est passée" in text and "demain" not in text

    def test_each_step_of_the_road_is_told_on_its_morning(self, portal, world):
        formal = {"procedure": "appel-offres-ouvert", "lots": ()}
        tender = publish(world, complete_draft(world.a, "2026-AO-1", **formal))
        mail = "acheteurs@a.exemple.fr"

        def told(instant):
            """What this morning's mail adds."""
            before = reminders_of(portal, mail)
            at(instant)
            tick(portal)
            tick(portal)
            return reminders_of(portal, mail)[len(before) :]

        begin(portal, DEADLINE - 9 * DAY)
        assert "Remise des plis dans 7 jours" in told(DEADLINE - 7 * DAY)[0]
        assert "Remise des plis demain" in told(DEADLINE - DAY)[0]
        assert "La date limite est passée" in told(DEADLINE + HOUR)[0]
        with as_agent(world.porteurs):
            workflow.fire(tender, "ouvrir")
        with as_agent(world.valideurs):
            workflow.fire(tender, "analyser")
            taken = {"decision": "attribue", "reason": "", "winner": "A", "winner_siret": "", "amount": 9}
            workflow.decide(tender, {"": taken})
            workflow.fire(tender, "decider")
        tender.informed_at = clock.now()
        tender.reindexObject()
        assert not [text for text in told(DEADLINE + 5 * DAY) if "suspension" in text]
        (text,) = [text for text in told(DEADLINE + 13 * DAY) if "suspension" in text]
        assert "le marché peut être notifié" in " ".join(text.split())

    def test_a_deadline_that_moved_is_told_anew(self, portal, world, published):
        begin(portal, DEADLINE - DAY)
        assert morning.plan(portal, clock.now()) == 2
        published.deadline = DEADLINE + HOUR
        published.reindexObject()
        assert morning.plan(portal, clock.now()) == 1

    def test_drafts_are_nobodys_reminder(self, portal, world, draft):
        begin(portal, DEADLINE - DAY)
        assert morning.plan(portal, clock.now()) == 0

    def test_a_new_site_does_not_begin_with_a_burst(self, portal, world, published):
        at(DEADLINE - DAY)
        tick(portal)
        tick(portal)
        assert reminders(portal) == {}

    def test_who_wants_none_gets_none_and_who_wants_his_own_gets_his_own(self, portal, world, published):
        with as_agent(world.valideurs):
            mine = publish_by(world, "2026-VOI-02")
        morning.choose(portal, world.acheteurs, reminding.Choice(reminding.NONE))
        morning.choose(portal, mine.Creator(), reminding.Choice(reminding.MINE))
        begin(portal, DEADLINE - DAY)
        tick(portal)
        tick(portal)
        told = reminders(portal)
        assert "acheteurs@a.exemple.fr" not in told
        assert told["valideurs@a.exemple.fr"].count("Remise des plis demain") == 1

    def test_who_left_is_not_written_to(self, portal, world, published):
        begin(portal, DEADLINE - DAY)
        morning.plan(portal, clock.now())
        membership.remove(world.a, world.acheteurs, check=False)
        from megalis.portal.organisations import people

        people.deactivate(world.acheteurs)
        morning.send(portal, clock.now())
        assert "acheteurs@a.exemple.fr" not in reminders(portal)

    def test_an_agent_chooses_on_a_page(self, portal, world, visit):
        status, headers, _page = visit(
            portal, "mes-rappels", method="POST", user=world.acheteurs, token=True,
            faire="choisir", portee="miennes", etapes=["j-1", "passee"],
        )  # fmt: skip
        assert status == 303 and headers["location"].endswith("/espace-agent")
        assert morning.choice_of(portal, world.acheteurs) == reminding.Choice(reminding.MINE, ("j-1", "passee"))

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"portee": "zz", "etapes": ["j-1"]}, "de quelles consultations"),
            ({"portee": "toutes"}, "au moins un moment"),
        ],
    )
    def test_a_choice_that_means_nothing_is_refused_in_words(self, portal, world, visit, form, words):
        status, _headers, page = visit(
            portal, "mes-rappels", method="POST", user=world.acheteurs, token=True, faire="choisir", **form
        )
        assert status == 422 and words in unescape(page)
        assert morning.choice_of(portal, world.acheteurs) == reminding.Choice()

    def test_a_company_has_no_reminders(self, portal, world, visit):
        assert "sont pour les agents" in unescape(visit(portal, "mes-rappels", user=world.bidder)[2])
        assert visit(portal, "mes-rappels", method="POST", user=world.bidder, token=True, faire="choisir")[0] == 403


def publish_by(world, reference):
    """A consultation begun by the validator, published by him too."""
    return publish(world, complete_draft(world.a, reference))
