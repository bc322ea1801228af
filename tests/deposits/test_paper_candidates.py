"""Who applied on paper, in two phases: examined with the others, selected, invited by letter, and answering on paper again."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import rectifying
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import posting
from megalis.portal.consultations.restricted import selection
from megalis.portal.consultations.restricted.tasks import AgentTasks
from megalis.portal.consultations.rules import posting as rules
from megalis.portal.deposits.paper import store as papers
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from plone import api
from pypdf import PdfReader
from tests.deposits.restricted_scene import *  # noqa: F403
from tests.deposits.restricted_scene import code_in
from tests.deposits.restricted_scene import mails_to
from tests.deposits.restricted_scene import refusal_of
from tests.deposits.restricted_scene import sees
from tests.deposits.two_phases import AGENTS
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import SIRENS
from tests.deposits.two_phases import TwoPhases

import io
import pytest
import re


STREET = "Imprimerie du Cap\n3 quai de la Perle\n29000 Quimper"
BY_HAND = {"kind": "pli", "company": "Imprimerie du Cap", "way": "main", "support": "papier", "lots": ["1"]}


def enter(scene, consultation=None, **values):
    """Write a bid on paper into the register."""
    return papers.enter(consultation or scene.consultation, people.get(scene.buyer), {**BY_HAND, **values})


def opened(scene, *bids, consultation=None):
    for bid in bids:
        papers.open_paper(consultation or scene.consultation, bid, people.get(scene.buyer), "")


@pytest.fixture
def mixed(manager):
    """One electronic candidate, one on paper without a number, one on paper whose company has an account."""
    scene = TwoPhases(manager)
    scene.apply(("1", "candidature", PAPER))
    scene.known = scene.company(numbers.siret_of(SIRENS[1]), "Ateliers connus")
    scene.bids = [enter(scene), enter(scene, company="Ateliers connus", siret=scene.known.siret)]
    scene.open("candidature")
    return scene


@pytest.fixture
def invited(mixed):
    """The second phase, published: the printer is invited by letter alone, the known company both ways."""
    opened(mixed, *mixed.bids)
    mixed.select()
    made = launch(mixed)
    mixed.made = mixed.make_public(made)
    mixed.printer = next(item for item in invitations.every(made) if item.name == "Imprimerie du Cap")
    mixed.both = next(item for item in invitations.every(made) if item.name == "Ateliers connus")
    return mixed


def launch(scene, address=STREET, days=26):
    reached = [
        {"key": guest["key"], "email": guest["email"], "address": address if guest["paper"] else ""}
        for guest in launching.guests(scene.consultation, "phase-2")
    ]
    reference, _title = launching.proposed(scene.consultation, "phase-2")
    deadline = (clock.now() + timedelta(days=days)).replace(microsecond=0)
    with api.env.adopt_roles(AGENTS):
        return launching.launch(scene.consultation, "phase-2", reference, deadline, reached)


def text_of(data):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


class TestSelection:
    def test_candidatures_on_paper_stand_beside_the_others(self, mixed):
        rows = selection.rows(mixed.consultation)
        assert [(row["name"], bool(row["paper"])) for row in rows] == [
            ("Ateliers connus", True),
            ("Entreprise 1", False),
            ("Imprimerie du Cap", True),
        ]
        known = rows[0]
        assert known["company"] == mixed.known.company and known["email"], "the address of its account is proposed"

    def test_one_that_is_still_closed_is_not_kept(self, mixed):
        refused = refusal_of(mixed.select)
        assert refused.code == "selection.papier" and mixed.bids[0].number in refused.message
        opened(mixed, *mixed.bids)
        mixed.select()
        assert {row["name"] for row in selection.admitted(mixed.consultation)} == {
            "Ateliers connus",
            "Entreprise 1",
            "Imprimerie du Cap",
        }
        told = [
            event["candidat"]["nom"] for event in journal.events(mixed.consultation, "selection") if "papier" in event
        ]
        assert sorted(told) == ["Ateliers connus", "Imprimerie du Cap"]

    def test_the_verdict_holds_when_the_company_opens_an_account_afterwards(self, manager):
        scene = TwoPhases(manager)
        number = numbers.siret_of(SIRENS[4])
        bid = enter(scene, siret=number)
        scene.open("candidature")
        opened(scene, bid)
        scene.select()
        scene.company(number, "Imprimerie du Cap")
        assert [row["name"] for row in selection.admitted(scene.consultation)] == ["Imprimerie du Cap"]

    def test_a_bid_for_all_the_lots_is_examined_lot_by_lot_and_two_of_one_company_are_one(self, manager):
        scene = TwoPhases(manager)
        enter(scene, lots=[])
        enter(scene, lots=["1"], description="Annexe")
        scene.open("candidature")
        assert [(row["lot"], len(row["paper"])) for row in selection.rows(scene.consultation)] == [("1", 2), ("2", 1)]

    def test_the_rejected_without_an_electronic_address_has_a_letter_with_his_reason(self, mixed):
        opened(mixed, *mixed.bids)
        row = next(row for row in selection.rows(mixed.consultation) if row["name"] == "Imprimerie du Cap")
        verdicts = {(item["candidate"], item["lot"]): (True, "") for item in selection.rows(mixed.consultation)}
        verdicts[row["candidate"], "1"] = (False, "Références absentes.")
        selection.keep(mixed.consultation, verdicts)
        selection.conclude(mixed.consultation, "Agent")
        assert [guest["name"] for guest in launching.guests(mixed.consultation, "phase-2")] == [
            "Ateliers connus",
            "Entreprise 1",
        ]
        (due,) = posting.rejected_by_post(mixed.consultation)
        letter = text_of(posting.rejection_pdf(mixed.consultation, due))
        assert "Références absentes." in letter and "Imprimerie du Cap" in letter


class TestInvitation:
    def test_nobody_is_invited_without_an_address_of_some_sort(self, mixed):
        opened(mixed, *mixed.bids)
        mixed.select()
        refused = refusal_of(launch, mixed, address="")
        assert refused.code == "invites.voie" and "Imprimerie du Cap" in refused.message

    def test_it_waits_for_its_letter_and_the_account_is_written_to_at_once(self, invited):
        assert invitations.label(invited.printer) == "À poster"
        assert sees(invited.known, invited.made) and code_in(mails_to(invited.portal, invited.both.email)[-1])
        assert [
            e["fait"] for e in journal.events(invited.made, "invitation") if e["invite"]["nom"] == "Imprimerie du Cap"
        ] == [
            "ajout",
            "lettre",
        ]
        with api.env.adopt_user(user=api.user.get(userid=invited.buyer)):
            (task,) = [task for task in AgentTasks(people.get(invited.buyer), None)() if "lettre" in task.title]
        assert task.title.startswith("Poster 2 lettres d’invitation")

    def test_the_letter_bears_the_address_the_deadline_and_a_code_that_opens(self, invited):
        letter = text_of(posting.letter(invited.made, invited.printer))
        assert "3 quai de la Perle" in letter and "Date limite" in letter
        code = re.search(r"\b[A-Z2-8]{4}-[A-Z2-8]{4}-[A-Z2-8]{4}\b", letter)[0]
        newcomer = invited.company(numbers.siret_of(SIRENS[4]), "Imprimerie du Cap")
        assert invitations.redeem(code, people.get(newcomer.userid), "") == invited.made and sees(
            newcomer, invited.made
        )

    def test_who_was_sent_a_code_by_mail_keeps_it(self, invited):
        code = code_in(mails_to(invited.portal, invited.both.email)[-1])
        letter = text_of(posting.letter(invited.made, invited.both))
        assert code not in letter and invited.both.email in letter
        assert invitations._of_code(code)[1] is invited.both

    def test_its_dispatch_is_written_once_with_its_day_and_its_number(self, invited):
        posting.note_posted(invited.made, invited.printer, "", "1A 234 567 8901 2")
        assert invitations.label(invited.printer).startswith("Postée le ")
        (told,) = [e for e in journal.events(invited.made, "invitation") if e["fait"] == "poste"]
        assert told["suivi"] == "1A 234 567 8901 2" and "29000 Quimper" in told["adresse"]
        assert refusal_of(posting.note_posted, invited.made, invited.printer, "", "").code == "invites.postee"

    @pytest.mark.parametrize("day", ["2099-01-01", "2001-01-01"])
    def test_it_is_of_a_day_between_the_publication_and_today(self, invited, day):
        assert refusal_of(posting.note_posted, invited.made, invited.printer, day, "").code == "invites.date"
        assert refusal_of(posting.note_posted, invited.made, invited.printer, "hier", "").code == "moment.forme"

    def test_posted_too_late_for_the_time_that_is_owed_is_said(self, invited):
        clock.set_for_tests(clock.now() + timedelta(days=5))
        found = posting.note_posted(invited.made, invited.printer, "", "")
        assert [finding.code for finding in found] == ["invites.delai"]
        row = next(row for row in posting.register(invited.made) if row["name"] == "Imprimerie du Cap")
        assert row["short"] and row["posted"]

    def test_a_deadline_put_off_afterwards_wants_another_letter_with_the_same_code(self, invited):
        first = text_of(posting.letter(invited.made, invited.printer))
        code = re.search(r"\b[A-Z2-8]{4}-[A-Z2-8]{4}-[A-Z2-8]{4}\b", first)[0]
        posting.note_posted(invited.made, invited.printer, "", "")
        assert posting.due(invited.made) == [invited.both]
        clock.set_for_tests(clock.now() + timedelta(hours=1))
        put_off(invited)
        assert invited.printer in posting.due(invited.made)
        again = text_of(posting.letter(invited.made, invited.printer))
        assert code not in again and "vaut toujours" in again
        assert invitations._of_code(code)[1] is invited.printer

    def test_taken_back_it_has_a_letter_that_says_why(self, invited):
        invitations.withdraw(invited.made, invited.printer, "Redressement judiciaire.")
        assert "Redressement judiciaire." in text_of(posting.letter(invited.made, invited.printer))
        assert mails_to(invited.portal, "") == []

    def test_an_answer_on_paper_keeps_the_invitation_and_shows_in_the_register(self, invited):
        bid = enter(invited, consultation=invited.made)
        assert refusal_of(invitations.withdraw, invited.made, invited.printer, "Motif").code == "invites.depot"
        invited.open("offre", invited.made)
        row = next(row for row in posting.register(invited.made) if row["name"] == "Imprimerie du Cap")
        assert row["answer"] == "Reçue sur papier"
        opened(invited, bid, consultation=invited.made)
        assert consultations.paper_candidates(invited.made)[0]["name"] == "Imprimerie du Cap"


def put_off(scene):
    with api.env.adopt_roles(AGENTS):
        later = scene.made.deadline + timedelta(days=7)
        rectifying.rectify(scene.made, "Délai repoussé pour tous.", {"deadline": later})


@pytest.mark.parametrize(
    "address, code",
    [
        ("", "invites.adresse"),
        ("Quimper", "invites.adresse"),
        ("x" * 501, "invites.adresse"),
        ("a\n" * 12, "invites.adresse"),
    ],
)
def test_an_address_to_post_to_has_two_lines_to_eight(address, code):
    assert refusal_of(rules.address, address).code == code


def test_an_address_loses_its_empty_lines_and_spaces():
    assert rules.address("  Imprimerie  du Cap \r\n\r\n 29000   Quimper\n") == "Imprimerie du Cap\n29000 Quimper"
