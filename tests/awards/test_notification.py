"""From the decision to the notification of each lot: several holders, the standstill, dates settled once, others told once."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from megalis.portal.awards import analysis
from megalis.portal.awards import deciding
from megalis.portal.awards import entering
from megalis.portal.awards import judgements
from megalis.portal.awards import notification
from megalis.portal.awards import steps
from megalis.portal.awards.interfaces import ILotNotified
from megalis.portal.awards.rules import bid
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.meeting import INotificationDates
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import people
from megalis.portal.upgrades.v20261126060 import settle_notifications
from plone import api
from tests.awards.scene import Awarding
from tests.awards.scene import NAMES
from tests.awards.scene import SIRETS
from tests.awards.test_analysis import by_name
from tests.awards.test_analysis import edit
from tests.awards.test_analysis import fill
from zope.component import getGlobalSiteManager

import pytest
import transaction


DAY = timedelta(days=1)


@pytest.fixture
def told():
    """The events of notified lots, as another room hears them."""
    heard = []
    manager = getGlobalSiteManager()
    manager.registerHandler(heard.append, (ILotNotified,))
    yield heard
    manager.unregisterHandler(heard.append, (ILotNotified,))


def award(scene, lot="", rank=0, others=(), **more):
    """Award a lot to a company of the scene, and to ``others`` with it."""
    taken = {
        "decision": "attribue",
        "winner": NAMES[rank],
        "winner_siret": SIRETS[rank],
        "amount": 120_000,
        "reason": "",
        "holders": tuple({"name": NAMES[item], "siret": SIRETS[item]} for item in others),
        **more,
    }
    workflow.decide(scene.consultation, {lot: taken})


def write_to_holder(scene, name):
    """Send the notification to one holder, as the page does."""
    found = next(pair for pair in letters.winners(scene.consultation) if pair[0].name == name)
    values = {"lots": letters.awarded(scene.consultation, found[1])}
    sheet = {"signataire": "La maire"}
    sender = people.get(scene.buyer)
    return letters.send(scene.consultation, sender, letters.NOTIFICATION, [(*found, values)], sheet).deliveries[0]


def code(function, *values, **more):
    with pytest.raises((Refused, workflow.Refused)) as refused:
        function(*values, **more)
    return refused.value.code


class TestTheDateOfALot:
    def test_it_is_the_reading_of_the_letter_and_others_are_told_once(self, scene, told):
        award(scene, rank=1)
        workflow.fire(scene.consultation, "decider")
        delivery = write_to_holder(scene, NAMES[1])
        assert consultations.state(scene.consultation) == "notifiee" and told == []
        clock.set_for_tests(delivery.available + 2 * DAY)
        messages.read(scene.consultation, delivery, scene.companies[1].userid)
        notification.settle(scene.consultation)
        (event,) = told
        assert (event.object, event.lot, event.how) == (scene.consultation, "", "lecture")
        assert event.date == delivery.first_read and event.amount == Decimal(120_000)
        (holder,) = event.holders
        assert (holder.name, holder.siret, holder.company) == (NAMES[1], SIRETS[1], scene.companies[1].company)
        assert holder.deposit and holder.amount == Decimal(120_000)
        assert journal.count(scene.consultation, "notification") == 1

    def test_unread_it_counts_from_the_day_the_letter_was_made_available(self, scene, told):
        award(scene)
        workflow.fire(scene.consultation, "decider")
        delivery = write_to_holder(scene, NAMES[0])
        for days, count in ((3, 0), (14, 0), (16, 1), (17, 1)):
            clock.set_for_tests(delivery.available + days * DAY)
            notification.settle_due(WorkerTick(scene.portal, clock.now()))
            assert len(told) == count, days
        assert (told[0].date, told[0].how) == (delivery.available, "presomption")

    def test_handed_over_otherwise_the_step_itself_is_the_statement(self, scene, told):
        award(scene)
        workflow.fire(scene.consultation, "decider")
        workflow.fire(scene.consultation, "notifier")
        (event,) = told
        assert event.how == "constat" and abs(event.date - clock.now()) < timedelta(minutes=1)

    def test_of_several_holders_it_is_that_of_the_last(self, scene, told):
        scene.consultation.framework = "avec"
        award(scene, rank=0, others=(2,))
        workflow.fire(scene.consultation, "decider")
        assert [item.name for item, _lots in letters.winners(scene.consultation)] == [NAMES[0], NAMES[2]]
        assert [item.name for item, _lots in letters.rejected(scene.consultation)] == [NAMES[1]]
        first, second = write_to_holder(scene, NAMES[0]), write_to_holder(scene, NAMES[2])
        messages.read(scene.consultation, first, scene.companies[0].userid)
        assert told == []
        dates = INotificationDates(scene.consultation)
        assert dates.of("") == [first.first_read, None]
        clock.set_for_tests(second.available + 5 * DAY)
        messages.read(scene.consultation, second, scene.companies[2].userid)
        assert dates.of("") == [first.first_read, second.first_read]
        (event,) = told
        assert event.date == second.first_read
        assert [(item.name, item.date) for item in event.holders] == [
            (NAMES[0], first.first_read),
            (NAMES[2], second.first_read),
        ]

    def test_a_holder_without_an_account_is_stated_by_an_agent(self, as_agents, told):
        scene = Awarding(as_agents, lots=("1", "2")).analyse()
        award(scene, "1")
        award(scene, "2", winner="Papeterie du Port", winner_siret="")
        workflow.fire(scene.consultation, "decider")
        delivery = write_to_holder(scene, NAMES[0])
        messages.read(scene.consultation, delivery, scene.companies[0].userid)
        assert [event.lot for event in told] == ["1"]
        assert steps.unsettled(scene.consultation) == ["2"]
        (party,) = notification.parties(scene.consultation)["2"]
        clock.set_for_tests(clock.now() + 4 * DAY)
        received = clock.now() - DAY
        state = notification.state_handed
        assert code(state, scene.consultation, "2", party.key, None, "A") == "notification.date"
        assert code(state, scene.consultation, "2", party.key, clock.now() + DAY, "A") == "notification.avenir"
        assert code(state, scene.consultation, "2", party.key, clock.now() - 30 * DAY, "A") == "notification.avant"
        assert code(state, scene.consultation, "2", "zz", received, "A") == "notification.titulaire"
        state(scene.consultation, "2", party.key, received, "A")
        assert [(event.lot, event.date, event.how) for event in told[1:]] == [("2", received, "constat")]
        assert code(state, scene.consultation, "2", party.key, received, "A") == "notification.fait"

    def test_what_was_notified_before_dates_were_kept_is_settled_by_the_upgrade(self, scene, told):
        award(scene)
        workflow.fire(scene.consultation, "decider")
        workflow.fire(scene.consultation, "notifier")
        at = told.pop().date
        del scene.consultation.__annotations__[notification.store.KEY]
        clock.set_for_tests(clock.now() + 90 * DAY)
        for _twice in range(2):
            settle_notifications(None)
        (event,) = told
        assert (event.how, event.date.replace(microsecond=0)) == ("constat", at.replace(microsecond=0))

    def test_a_consultation_without_any_award_tells_nobody(self, scene, told):
        nothing = {"decision": "infructueux", "winner": "", "winner_siret": "", "amount": None, "reason": ""}
        workflow.decide(scene.consultation, {"": nothing})
        workflow.fire(scene.consultation, "decider")
        workflow.fire(scene.consultation, "notifier")
        assert told == []


class TestTheChoice:
    def test_the_first_of_the_ranking_is_proposed_and_two_tied_are_not(self, scene):
        assert deciding.proposal(analysis.lines(scene.consultation, "")) is None
        fill(scene.consultation, prices=(100_000, 120_000, 110_000), marks=(40, 10, 20))
        lines = analysis.lines(scene.consultation, "")
        first = next(line for line in lines if line.rank == 1)
        assert deciding.proposal(lines)["bid"] == first.key
        fill(scene.consultation)
        assert deciding.proposal(analysis.lines(scene.consultation, "")) is None

    def test_an_accord_cadre_is_proposed_to_the_first_of_the_ranking_each_with_its_amount(self, scene):
        fill(scene.consultation, prices=(100_000, 120_000, 110_000), marks=(40, 10, 20))
        lines = bid.ordered(analysis.lines(scene.consultation, ""))
        offered = deciding.proposal(lines, 2)
        assert (offered["bid"], offered["others"]) == (lines[0].key, (lines[1].key,))
        assert deciding.proposal(lines)["others"] == ()
        taken = deciding.taken_of(lines[0], [lines[1]])
        held = decisions.holders_of({"decision": "attribue", **taken})
        assert [(item["name"], item["amount"]) for item in held] == [(NAMES[0], 100_000), (NAMES[2], 110_000)]
        alone = decisions.holders_of({"decision": "attribue", **deciding.taken_of(lines[0])})
        assert [item["amount"] for item in alone] == [100_000]

    def test_without_any_bid_it_is_infructueux(self):
        assert deciding.proposal([])["decision"] == "infructueux"

    def test_another_than_the_first_needs_a_reason_and_one_set_aside_is_refused(self, scene):
        fill(scene.consultation, prices=(100_000, 120_000, 110_000), marks=(40, 10, 20))
        rows = by_name(scene.consultation)
        lines = list(rows.values())
        assert code(deciding.check_choice, rows[NAMES[1]], lines, "", "") == "decision.rang"
        deciding.check_choice(rows[NAMES[1]], lines, "La première s’est désistée", "")
        entering.keep(scene.consultation, "", [edit(rows[NAMES[2]], standing="irreguliere", reason="x")], "A")
        rows = by_name(scene.consultation)
        assert code(deciding.check_choice, rows[NAMES[2]], list(rows.values()), "x", "") == "decision.ecartee"

    def test_a_low_price_is_asked_about_before_it_wins(self, scene):
        fill(scene.consultation, marks=(10, 10, 40))
        rows = by_name(scene.consultation)
        assert code(deciding.check_choice, rows[NAMES[2]], list(rows.values()), "", "") == "decision.prix-bas"
        for state, refused in (("demandee", True), ("justifiee", False)):
            entering.keep(scene.consultation, "", [edit(by_name(scene.consultation)[NAMES[2]], low=state)], "A")
            rows = by_name(scene.consultation)
            values = (rows[NAMES[2]], list(rows.values()), "", "")
            if refused:
                assert code(deciding.check_choice, *values) == "decision.prix-bas"
            else:
                deciding.check_choice(*values)

    def test_a_member_of_a_group_counts_in_the_lots_a_company_may_win(self, as_agents):
        scene = Awarding(as_agents, lots=("1", "2"), max_lots_won=1, award_rule="Au choix").analyse()
        award(scene, "1", rank=0)
        with pytest.raises(workflow.Refused) as refused:
            award(scene, "2", rank=1, members=((NAMES[0], SIRETS[0]),))
        assert refused.value.code == "decision.trop-de-lots"
        award(scene, "2", rank=1)


class TestWhatTheRejectedAreTold:
    def test_their_rank_their_score_and_the_bid_that_was_preferred(self, scene):
        fill(scene.consultation, prices=(100_000, 120_000, 110_000), marks=(40, 10, 20))
        award(scene)
        workflow.fire(scene.consultation, "decider")
        loser = next(item for item in recipients.depositors(scene.consultation) if item.name == NAMES[1])
        found = judgements.BidJudgement(scene.consultation).told(loser, "")
        assert (found["rank"], found["score"]) == ("3", "60/100")
        assert found["reason"] == (
            "Votre offre est classée 3e avec 60 points (Prix : 50/60, Technique : 10/40). L’offre de Charpentes du Léon "
            "obtient 100 points (Prix : 60/60, Technique : 40/40)."
        )

    def test_why_their_bid_was_set_aside(self, scene):
        line = by_name(scene.consultation)[NAMES[1]]
        edits = [edit(line, standing="irreguliere", reason="Délai non respecté.")]
        entering.keep(scene.consultation, "", edits, "A")
        loser = next(item for item in recipients.depositors(scene.consultation) if item.name == NAMES[1])
        found = judgements.BidJudgement(scene.consultation).told(loser, "")
        assert found == {"rank": "", "score": "", "reason": "Offre irrégulière. Délai non respecté."}


def read(browser):
    return " ".join(unescape(browser.contents).split())


class TestOnThePages:
    def test_a_small_commune_goes_from_three_bids_to_the_notification(self, pages, visit):
        """The whole road of a MAPA of one lot, each page reached from the one before."""
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@gestion")
        agent.getLink("Analyser les offres").click()
        for rank, (price, mark) in enumerate(((100_000, 40), (120_000, 10), (110_000, 20))):
            agent.getControl(name=f"montant.{rank}").value = str(price)
            agent.getControl(name=f"note.{rank}.1").value = str(mark)
        agent.getControl("Enregistrer").click()
        agent.getLink("Décider").click()
        assert "Proposée par l’analyse" in read(agent)
        agent.getControl("Arrêter la décision").click()
        assert "La décision est arrêtée" in read(agent), read(agent)
        assert "2 candidats écartés à informer" in read(agent)
        agent.getLink("Notifier").click()
        agent.getLink("Écrire aux candidats écartés").click()
        assert "L’offre de Charpentes du Léon obtient 100 points" in read(agent)
        agent.getControl("Envoyer").click()
        agent.open(f"{pages.consultation.absolute_url()}/@@attribution")
        agent.getLink("Notifier", index=0).click()
        agent.getLink("Notifier par courrier au titulaire").click()
        agent.getControl("Envoyer et notifier").click()
        transaction.begin()
        (message,) = (item for item in messages.sent(pages.consultation) if item.kind == letters.NOTIFICATION)
        messages.read(pages.consultation, message.deliveries[0], pages.companies[0].userid)
        transaction.commit()
        agent.open(f"{pages.consultation.absolute_url()}/@@attribution")
        assert "première lecture du courrier" in read(agent), read(agent)
        assert "100 000 €" in read(agent)
        visitor = visit(pages.companies[2].userid)
        visitor.open(pages.consultation.absolute_url())
        assert f"à {NAMES[0]}, 100 000 € HT" in read(visitor)

    def test_who_is_about_to_win_with_a_candidature_nobody_examined_is_named(self, pages, visit):
        agent = visit(pages.buyer)
        fill(pages.consultation, marks=(40, 10, 20))
        lines = analysis.lines(pages.consultation, "")
        place = next(rank for rank, line in enumerate(lines) if line.rank == 1)
        transaction.commit()
        agent.open(f"{pages.consultation.absolute_url()}/@@decision")
        assert "Candidature à examiner" not in read(agent), "no candidature was asked for apart"
        pages.consultation.envelopes = ("candidature", "offre")
        transaction.commit()
        agent.reload()
        text = read(agent).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
        found = text.partition("Candidature à examiner")[2][:120]
        assert found.startswith(f" avant d’attribuer (R. 2144-3) : {lines[place].name}."), found
        agent.getLink("L’examiner dans l’analyse").click()
        agent.getControl(name=f"candidature.{place}").value = ["1"]
        agent.getControl("Enregistrer").click()
        agent.open(f"{pages.consultation.absolute_url()}/@@decision")
        assert "Candidature à examiner" not in read(agent)

    def test_a_low_price_about_to_win_is_told_where_one_decides(self, pages, visit):
        agent = visit(pages.buyer)
        fill(pages.consultation, marks=(10, 10, 40))
        transaction.commit()
        agent.open(f"{pages.consultation.absolute_url()}/@@decision")
        assert "Prix bas à faire justifier avant d’attribuer (L. 2152-6)" in read(agent)
        transaction.begin()
        justified = edit(by_name(pages.consultation)[NAMES[2]], low="justifiee")
        entering.keep(pages.consultation, "", [justified], "A")
        transaction.commit()
        agent.reload()
        assert "Prix bas à faire justifier" not in read(agent)

    def test_the_standstill_is_counted_and_held(self, functional_portal, visit):
        with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "PorteurDeCle"]):
            scene = Awarding(functional_portal, procedure="appel-offres-ouvert", estimated_value=9_000_000).analyse()
            award(scene)
            workflow.fire(scene.consultation, "decider")
            transaction.commit()
        agent = visit(scene.buyer)
        agent.open(f"{scene.consultation.absolute_url()}/@@notifier")
        assert "11 jours pleins (16 quand l’information n’est pas électronique)" in read(agent)
        agent.getControl(name="sole_candidate").value = True
        agent.getControl("Notifier").click()
        assert "suspension.candidats" in read(agent) and NAMES[1] in read(agent)
        agent.open(f"{scene.consultation.absolute_url()}/@@notifier")
        informed = clock.paris(clock.now())
        agent.getControl(name="informed_at").value = f"{informed:%Y-%m-%dT%H:%M}"
        agent.getControl("Garder la date seulement").click()
        day = clock.french_date(informed + 12 * DAY, weekday=False)
        assert f"Notification possible à partir du <strong>{clock.DAYS[(informed + 12 * DAY).weekday()]} {day}" in read(
            agent
        )
        agent.getControl(name="sur_papier").value = True
        agent.getControl("Garder la date seulement").click()
        assert clock.french_date(informed + 17 * DAY, weekday=False) in read(agent)
        agent.getControl("Notifier").click()
        assert "standstill" in read(agent) and agent.headers["status"].startswith("422")
        clock.set_for_tests()

    def test_another_agent_changed_the_decision_meanwhile(self, pages, visit):
        url = f"{pages.consultation.absolute_url()}/@@decision"
        one, two = visit(pages.buyer), visit(pages.buyer)
        one.open(url)
        two.open(url)
        for agent, name in ((one, "Société A"), (two, "Société B")):
            agent.getControl("Décision", index=0).value = ["attribue"]
            agent.getControl("Titulaire", index=0).value = name
            agent.getControl("Garder la décision").click()
        assert "decision.conflit" in read(two)
        assert two.getControl("Titulaire", index=0).value == "Société B"
        transaction.begin()
        assert consultations.decisions(pages.consultation)[""]["winner"] == "Société A"
