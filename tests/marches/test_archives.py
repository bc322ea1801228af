"""Elimination: nothing goes before its time, under a freeze, without a visa or without the administrator's own word."""

from datetime import datetime
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from io import StringIO
from megalis.portal.awards.proofs import store as proofs
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits import store as deposits
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.archives import elimination
from megalis.portal.marches.archives import freezing
from megalis.portal.marches.archives import holdings
from megalis.portal.marches.archives import rules
from plone import api
from pypdf import PdfReader
from tests.deposits.conftest import browse  # noqa: F401
from tests.deposits.scene import bid
from tests.deposits.scene import Scene

import csv
import pytest
import transaction


ROLES = ["Manager", "Acheteur", "Valideur", "PorteurDeCle", "Administrateur"]
DATA = b"%PDF-1.4 prix"
WON, LOST = "44306184100013", "73282932000074"
DAY, YEAR = timedelta(days=1), timedelta(days=366)


@pytest.fixture
def old(functional_portal):
    """A consultation notified in 2026 with the files of two bidders, looked at five years and a day later."""
    with api.env.adopt_roles(ROLES):
        found = Scene(functional_portal, lots=("1",), envelopes=("offre",))
        found.admin = found.agent("administrateurs")
        consultation = found.publish()
        for siret, name in ((WON, "Charpentes du Léon"), (LOST, "Menuiserie de l’Aulne")):
            depositor = found.company(siret, name)
            demand, tails = bid(consultation, depositor, ("1", "offre", {"prix.pdf": DATA}))
            service.finish(consultation, depositor, demand, tails, clock.now())
        clock.set_for_tests(consultation.deadline + timedelta(seconds=12))
        opening.start(consultation, "offre", found.holder)
        document = {"nom": "prix.pdf", "taille": len(DATA), "sha256": sha256(DATA).hexdigest()}
        for deposit in deposits.deposits(consultation):
            (pli,) = deposit.plis
            deposits_verdict(consultation, pli, document)
            filing.file_document(consultation, pli.id, "prix.pdf", BytesIO(DATA), found.holder, "Agent")
        workflow.fire(consultation, "analyser")
        won = {
            "decision": "attribue",
            "winner": "Charpentes du Léon",
            "winner_siret": WON,
            "amount": 84500,
            "reason": "",
        }
        workflow.decide(consultation, {"1": won})
        workflow.fire(consultation, "decider")
        workflow.fire(consultation, "notifier")
        found.notified = clock.now()
        clock.set_for_tests(found.notified + 5 * YEAR + 2 * DAY)
        transaction.commit()
        yield found
    clock.set_for_tests()


def deposits_verdict(consultation, pli, document):
    """Keep what a holder would have found in the pli."""
    facts_for_write(consultation, deposits.VERDICTS)[pli.id] = {"verdict": "intact", "documents": [document]}


def proposed(scene):
    keys = {f"{consultations.uuid(item)}/{holding.sort}" for item, holding in elimination.ready(scene.town)}
    return elimination.propose(scene.town, keys)


def endorsed(scene):
    made = proposed(scene)
    today = clock.paris(clock.now()).date()
    elimination.endorse(made, "Mme Le Bihan", "directrice des archives départementales", today, "AD29-2031-17")
    return made


class TestWhatMayGo:
    def test_only_what_lost_and_has_passed_its_time_is_ready(self, old):
        found = {holding.sort: len(holding.items) for _item, holding in elimination.ready(old.town)}
        assert found == {rules.BIDS: 1, rules.REJECTED: 1}
        kept = {item.sort: item for item in holdings.of(old.consultation)}
        assert len(kept[rules.RETAINED].items) == 2 and not kept[rules.RETAINED].ready
        assert kept[rules.REJECTED].items[0].owner == "Menuiserie de l’Aulne"
        assert kept[rules.REJECTED].items[0].sha256 == sha256(DATA).hexdigest()

    def test_a_day_too_early_nothing_is(self, old):
        clock.set_for_tests(old.notified + 4 * YEAR)
        assert elimination.ready(old.town) == []

    def test_a_freeze_holds_everything_until_it_is_lifted(self, old):
        with pytest.raises(Refused):
            freezing.decide(old.consultation, True, " ")
        freezing.decide(old.consultation, True, "Recours devant le tribunal")
        assert elimination.ready(old.town) == []
        clock.set_for_tests(clock.now() + DAY)
        freezing.decide(old.consultation, False, "Désistement")
        assert len(elimination.ready(old.town)) == 2
        assert [event["gel"] for event in journal.events(old.consultation, "gel")] == [True, False]

    def test_a_winner_without_siret_keeps_every_bid(self, old):
        old.consultation._decisions["1"] = {**old.consultation._decisions["1"], "winner_siret": ""}
        (record,) = store.of_origin(old.portal, consultations.uuid(old.consultation))
        recording.save(record, {name: value for name, value in record.raw.items() if name != "titulaires"})
        kept = {item.sort: item for item in holdings.of(old.consultation)}
        assert rules.REJECTED not in kept and len(kept[rules.RETAINED].items) == 4


class TestElimination:
    def test_a_list_names_every_file_and_is_not_proposed_twice(self, old):
        made = proposed(old)
        assert made.number.startswith("ELIM-") and made.files == 2
        assert elimination.ready(old.town) == []
        with pytest.raises(Refused):
            elimination.propose(old.town, set())

    def test_nothing_goes_without_a_visa_then_without_the_number(self, old):
        made = proposed(old)
        with pytest.raises(Refused) as refused:
            elimination.carry_out(old.town, made, made.number)
        assert refused.value.code == "archives.etat"
        today = clock.paris(clock.now()).date()
        for name, day, reference, code in (
            ("", today, "AD", "archives.visa"),
            ("Mme Le Bihan", today + DAY, "AD", "archives.visa-date"),
            ("Mme Le Bihan", today - DAY, "AD", "archives.visa-date"),
        ):
            with pytest.raises(Refused) as refused:
                elimination.endorse(made, name, "", day, reference)
            assert refused.value.code == code
        elimination.endorse(made, "Mme Le Bihan", "", today, "AD29")
        with pytest.raises(Refused) as refused:
            elimination.carry_out(old.town, made, "oui")
        assert refused.value.code == "archives.confirmation"
        assert len(old.consultation["plis-ouverts"].objectIds()) == 2

    def test_what_is_destroyed_is_gone_and_its_fingerprints_stay(self, old):
        made = endorsed(old)
        before = made.sha256
        elimination.carry_out(old.town, made, made.number)
        assert made.state == rules.DONE and made.sha256 == before
        (kept,) = old.consultation["plis-ouverts"].objectValues()
        assert deposits.find_deposit(old.consultation, kept.deposit).event["deposant"]["siret"] == WON
        plis = {d.event["deposant"]["siret"]: d.plis[0] for d in deposits.deposits(old.consultation)}
        assert plis[WON].parts and not plis[LOST].parts
        assert plis[LOST].size > 0 and len(plis[LOST].root) == 32
        told = journal.events(old.consultation, "elimination")
        assert {event["sorte"] for event in told} == {rules.BIDS, rules.REJECTED}
        assert sha256(DATA).hexdigest() in [mark for event in told for mark in event["empreintes"]]
        (public,) = journal.events(old.town, "elimination")
        assert (public["empreinte"], public["visa"]) == (before, "AD29-2031-17")
        assert elimination.ready(old.town) == []

    def test_what_administrations_said_of_a_company_goes_with_its_candidature(self, old):
        kept = facts_for_write(old.consultation, proofs.NAME)
        for siret, name in ((WON, "Charpentes du Léon"), (LOST, "Menuiserie de l’Aulne")):
            proof = proofs.Proof(siret[:9], name, "fiscale", "Anne")
            proof.state, proof.piece = proofs.RECEIVED, Attachment(f"fiscale-{siret[:9]}.pdf", DATA + siret.encode())
            kept[proof.id] = proof
        found = {item.sort: {one.name for one in item.items} for item in holdings.of(old.consultation)}
        assert found[rules.REJECTED] == {"prix.pdf", f"fiscale-{LOST[:9]}.pdf"}
        assert f"fiscale-{WON[:9]}.pdf" in found[rules.RETAINED]
        made = endorsed(old)
        elimination.carry_out(old.town, made, made.number)
        assert [proof.siren for proof in proofs.received(old.consultation)] == [WON[:9]]
        gone = proofs.last(old.consultation)[LOST[:9], "fiscale"]
        digest = sha256(DATA + LOST.encode()).hexdigest()
        assert gone.state == proofs.DESTROYED and digest in gone.message
        assert digest in [
            mark for event in journal.events(old.consultation, "elimination") for mark in event["empreintes"]
        ]

    def test_a_freeze_after_the_visa_stops_everything(self, old):
        made = endorsed(old)
        freezing.decide(old.consultation, True, "Contrôle de la chambre régionale des comptes")
        with pytest.raises(Refused) as refused:
            elimination.carry_out(old.town, made, made.number)
        assert refused.value.code == "archives.obstacle" and "gelés" in refused.value.message
        assert made.state == rules.ENDORSED and len(old.consultation["plis-ouverts"].objectIds()) == 2

    def test_a_list_whose_content_changed_is_not_carried_out(self, old):
        made = endorsed(old)
        name = made.lines[-1].items[0].place
        old.consultation["plis-ouverts"]._delObject(name)
        assert any("a changé" in text for text in elimination.obstacles(made))

    def test_a_list_given_up_frees_what_it_named(self, old):
        made = proposed(old)
        elimination.give_up(made, "Tri à refaire")
        assert len(elimination.ready(old.town)) == 2

    def test_a_pli_that_was_eliminated_is_handed_to_nobody(self, old):
        made = endorsed(old)
        elimination.carry_out(old.town, made, made.number)
        lost = next(d for d in deposits.deposits(old.consultation) if d.event["deposant"]["siret"] == LOST)
        with pytest.raises(Refusal) as refused:
            opening.hand_out(old.consultation, lost.plis[0].id, old.holder, "Agent")
        assert refused.value.status in (409, 410)


class TestPages:
    @pytest.fixture
    def visit(self, browse, old):  # noqa: F811
        return browse

    def test_an_administrator_leads_an_elimination_by_the_pages(self, old, visit):
        browser = visit(old.admin)
        browser.open(old.town.absolute_url())
        browser.getLink("Archives").click()
        browser.getLink(url="archives.csv").click()
        (_head, *rows) = csv.reader(StringIO(_bytes(browser).decode("utf-8-sig")), delimiter=";")
        assert rows and {row[0] for row in rows} == {old.consultation.reference}
        assert all(datetime.strptime(row[6], "%d/%m/%Y").date() < clock.paris(clock.now()).date() for row in rows)
        browser.goBack()
        for control in browser.getControl(name="choix").controls:
            control.selected = True
        browser.getControl("Faire une liste").click()
        number = browser.url.rpartition("=")[2]
        browser.getLink("PDF").click()
        assert number in PdfReader(BytesIO(_bytes(browser))).pages[0].extract_text()
        browser.goBack()
        browser.getLink("CSV").click()
        assert sha256(DATA).hexdigest() in _bytes(browser).decode("utf-8-sig")
        browser.goBack()
        browser.getControl("Enregistrer le visa").click()
        assert "archives.visa" in browser.contents
        for name, value in (("nom", "Mme Le Bihan"), ("reference", "AD29-17")):
            browser.getControl(name=name).value = value
        browser.getControl(name="date").value = clock.paris(clock.now()).date().isoformat()
        browser.getControl("Enregistrer le visa").click()
        browser.getControl(name="confirmation").value = number
        browser.getControl("Détruire ces fichiers").click()
        transaction.begin()
        assert elimination.get(old.town, number).state == rules.DONE

    def test_a_buyer_freezes_and_eliminates_nothing(self, old, visit):
        browser = visit(old.buyer)
        browser.open(f"{old.consultation.absolute_url()}/@@gestion")
        browser.getLink("Conservation et archives").click()
        browser.getControl(name="motif").value = "Recours"
        browser.getControl("Geler ces documents").click()
        transaction.begin()
        assert freezing.of(old.consultation).reason == "Recours"
        browser.open(f"{old.town.absolute_url()}/@@archives")
        assert "Faire une liste" not in browser.contents


def _bytes(browser):
    return browser.contents if isinstance(browser.contents, bytes) else browser.contents.encode()
