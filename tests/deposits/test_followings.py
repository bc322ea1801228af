"""Who is invited and how, how a following ends, and the other things that follow a consultation."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import facts
from megalis.portal.consultations.restricted import codes
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.restricted.tasks import AgentTasks
from megalis.portal.deposits import documents
from megalis.portal.deposits import letters
from megalis.portal.deposits import opening
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.deposits.paper import store as papers
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from plone.uuid.interfaces import IUUID
from tests.deposits.restricted_scene import *  # noqa: F403
from tests.deposits.restricted_scene import as_company
from tests.deposits.restricted_scene import code_in
from tests.deposits.restricted_scene import mails_to
from tests.deposits.restricted_scene import refusal_of
from tests.deposits.restricted_scene import sees
from tests.deposits.scene import PASSWORD
from tests.deposits.two_phases import AGENTS
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import PRICES
from tests.deposits.two_phases import SIRENS
from tests.deposits.two_phases import TwoPhases

import json
import pytest


class TestInvitations:
    def test_each_guest_gets_a_letter_with_a_code_of_his_own(self, offers):
        found = {code_in(mails_to(offers.portal, item.email)[-1]) for item in offers.companies[:2]}
        assert len(found) == 2
        assert not any(code in repr(vars(item)) for code in found for item in invitations.every(offers.offers))

    def test_the_code_opens_the_consultation_to_another_company_nobody_knew(self, selected):
        made = selected.follow("phase-2", 26)
        invitation = invitations.invite(made, "Société nouvelle", "contact@nouvelle.example", lots=("1",))
        newcomer = selected.company(numbers.siret_of(SIRENS[4]), "Société nouvelle")
        assert invitations.of_company(made, newcomer.company) is None
        code = code_in(mails_to(selected.portal, "contact@nouvelle.example")[-1])
        assert invitations.redeem(f" {code.lower()} ", people.get(newcomer.userid), "") == made
        assert sees(newcomer, made) and invitation.state == invitations.OPENED
        assert [e["fait"] for e in journal.events(made, "invitation")][-1] == "code"

    def test_the_code_of_a_company_invited_by_its_number_before_it_had_an_account_opens_to_it_alone(self, selected):
        made = selected.follow("phase-2", 26)
        number = numbers.siret_of(SIRENS[4])
        invitations.invite(made, "Société nouvelle", "contact@nouvelle.example", number, lots=("1",))
        code = code_in(mails_to(selected.portal, "contact@nouvelle.example")[-1])
        other = selected.company(numbers.siret_of(SIRENS[5]), "Une autre")
        assert refusal_of(invitations.redeem, code, people.get(other.userid), "").code == "code.entreprise"
        newcomer = selected.company(number, "Société nouvelle")
        assert invitations.redeem(code, people.get(newcomer.userid), "") == made and sees(newcomer, made)

    def test_a_company_of_another_country_applies_is_invited_and_bids_under_its_own_number(self, manager):
        found = TwoPhases(manager)
        company = create.entreprise("Wegenbouw NV", "BE-0403170701", country="BE")
        userid = people.create("entreprise", "offres@wegenbouw.example", "Jan", PASSWORD)
        membership.add(company, userid, ["e-repondants"])
        abroad = Depositor(
            userid, IUUID(company), company.identifier, company.title, "offres@wegenbouw.example", company
        )
        found.deposit(abroad, ("1", "candidature", PAPER))
        found.open("candidature")
        found.select()
        made = found.follow("phase-2", 26)
        (invitation,) = invitations.standing(made)
        assert invitation.company == abroad.company and sees(abroad, made)
        found.deposit(abroad, ("1", "offre", PRICES), consultation=made)
        assert [(item.company, item.siret) for item in store.deposits(made)] == [(abroad.company, "BE-0403170701")]
        assert directory.company_of("BE0403170701").identifier == company.identifier
        made._decisions = {"1": {"decision": "infructueux", "reason": "", "winner": "", "winner_siret": ""}}
        (outcome,) = facts.outcomes_of(made)
        assert outcome.origins == ("BEL",), "the award notice counts its tender among those of the Union"

    def test_a_code_given_to_a_company_opens_nothing_to_another(self, offers):
        code = code_in(mails_to(offers.portal, offers.companies[0].email)[-1])
        refused = refusal_of(invitations.redeem, code, people.get(offers.companies[2].userid), "")
        assert refused.code == "code.entreprise" and not sees(offers.companies[2], offers.offers)

    def test_five_wrong_codes_close_the_door_for_a_while(self, offers):
        person = people.get(offers.companies[2].userid)
        for _try in range(5):
            assert refusal_of(invitations.redeem, "ABCD-EFGH-JKLM", person, "").code == "code.inconnu"
        good = code_in(mails_to(offers.portal, offers.companies[0].email)[-1])
        assert refusal_of(invitations.redeem, good, person, "").code == "code.verrou"
        assert [e["objet"] for e in journal.events(offers.portal, "verrou")] == ["code d’invitation"]
        clock.set_for_tests(clock.now() + timedelta(minutes=16))
        assert refusal_of(invitations.redeem, good, person, "").code == "code.entreprise"

    def test_a_code_sent_again_voids_the_former(self, offers):
        (first, _second) = invitations.standing(offers.offers)
        old = code_in(mails_to(offers.portal, first.email)[-1])
        invitations.send_again(offers.offers, first)
        assert codes.find(old) is None and codes.find(code_in(mails_to(offers.portal, first.email)[-1]))

    def test_an_invitation_taken_back_shuts_the_door_at_once(self, offers):
        (first, _second) = invitations.standing(offers.offers)
        assert refusal_of(invitations.withdraw, offers.offers, first, " ").code == "invites.motif"
        invitations.withdraw(offers.offers, first, "Redressement judiciaire.")
        assert not sees(offers.companies[0], offers.offers)
        assert "Redressement judiciaire." in mails_to(offers.portal, first.email)[-1]["text"]

    def test_it_stays_once_a_bid_has_come(self, offers):
        offers.deposit(offers.companies[0], ("1", "offre", PRICES), consultation=offers.offers)
        (first, _second) = invitations.standing(offers.offers)
        assert refusal_of(invitations.withdraw, offers.offers, first, "Motif").code == "invites.depot"

    def test_nobody_is_added_when_too_little_time_is_left(self, offers):
        clock.set_for_tests(clock.now() + timedelta(days=3))
        refused = refusal_of(invitations.invite, offers.offers, "Tardive", "t@tardive.example")
        assert refused.code == "invites.delai" and "rectifiez" in refused.message

    def test_the_same_company_is_not_invited_twice(self, offers):
        first = offers.companies[0]
        assert refusal_of(invitations.invite, offers.offers, "X", "x@y.example", first.siret).code == "invites.double"


class TestToTheEnd:
    def test_the_origin_follows_the_decision_and_the_notification(self, offers):
        first, second, _third = offers.companies
        offers.deposit(first, ("1", "offre", PRICES), ("2", "offre", PRICES), consultation=offers.offers)
        offers.deposit(second, ("1", "offre", PRICES), consultation=offers.offers)
        offers.open("offre", offers.offers)
        assert len(opening.rows(offers.offers)) == 3
        offers.decide(offers.offers, first, ("1", "2"))
        origin = offers.consultation
        assert consultations.workflow_state(origin) == "decidee"
        assert consultations.decisions(origin)["2"]["winner"] == first.name
        offers.offers.informed_at = clock.now()
        with api.env.adopt_roles(AGENTS):
            refused = refusal_of(workflow.fire, offers.offers, "notifier", kind=workflow.Refused)
            assert refused.code == "standstill"
            clock.set_for_tests(clock.now() + timedelta(days=12))
            workflow.fire(offers.offers, "notifier")
        assert consultations.workflow_state(origin) == "notifiee"
        results = [m for m in mails_to(offers.portal, first.email) if m["subject"].startswith("Résultat")]
        assert len(results) == 1
        assert [m for m in mails_to(offers.portal, offers.companies[2].email) if m["subject"].startswith("Résultat")]

    def test_the_origin_is_not_decided_while_offers_are_awaited(self, offers):
        with api.env.adopt_roles(AGENTS):
            workflow.fire(offers.consultation, "analyser")
            found = workflow.refusals(offers.consultation, "decider")
        assert "decision.suite" in [finding.code for finding in found]

    def test_a_late_offer_is_kept_sealed_and_an_absent_one_changes_nothing(self, offers):
        first, _second, _third = offers.companies
        clock.set_for_tests(offers.offers.deadline)
        late = offers.deposit(first, ("1", "offre", PRICES), consultation=offers.offers)
        offers.open("offre", offers.offers)
        assert late.late and [row["etat"] for row in opening.rows(offers.offers)] == ["hors-delai"]

    def test_the_minutes_name_the_origin(self, offers):
        assert documents.minutes(offers.offers)["origin"] == ("Remise des offres", offers.consultation.reference)
        assert documents.minutes(offers.consultation)["origin"] is None

    def test_guests_are_told_of_a_cancellation(self, offers):
        with api.env.adopt_roles(AGENTS):
            workflow.fire(offers.offers, "annuler", "Le besoin a disparu.")
        assert "Le besoin a disparu." in mails_to(offers.portal, offers.companies[1].email)[-1]["text"]
        assert letters.standing(offers.offers) == []
        assert launching.refusals(offers.consultation, "phase-2") == []


class TestOtherRelations:
    def test_a_completion_asks_some_for_their_candidature_only(self, scene):
        first, second, _third = scene.companies
        made = scene.follow("complement", 5, only=[second], extra={"asked": "Le bilan 2025"}, pieces=False)
        assert made.envelopes == ("candidature",) and sees(second, made) and not sees(first, made)
        assert "Le bilan 2025" in mails_to(scene.portal, second.email)[-1]["text"]
        assert refusal_of(scene.select).code == "selection.complements"
        scene.deposit(second, ("1", "candidature", PAPER), consultation=made)
        scene.open("candidature", made)
        with api.env.adopt_roles(AGENTS):
            workflow.fire(made, "analyser")
            workflow.fire(made, "archiver")
        scene.select()

    def test_what_is_asked_may_be_written_until_the_invitation_leaves(self, scene):
        made = scene.follow("complement", 5, only=scene.companies[:1], pieces=False, publish=False)
        (invitation,) = invitations.every(made)
        with pytest.raises(workflow.Refused) as caught:
            scene.make_public(made)
        assert [finding.code for finding in caught.value.findings] == ["invites.demande"]
        refused = refusal_of(invitations.change, made, invitation, "pas une adresse", "Le bilan 2025")
        assert (refused.code, invitation.asked) == ("courriel.forme", "")
        invitations.change(made, invitation, "direction@entreprise.example", " Le bilan 2025 ")
        with api.env.adopt_roles(AGENTS):
            workflow.fire(made, "publier")
        assert "Le bilan 2025" in mails_to(scene.portal, "direction@entreprise.example")[-1]["text"]
        assert refusal_of(invitations.change, made, invitation, invitation.email, "").code == "invites.partie"

    def test_who_bid_on_paper_is_asked_and_negotiates_with_the_others(self, manager):
        found = TwoPhases(manager, "procedure-negociation", ("offre",), lots=())
        found.apply((None, "offre", PRICES))
        form = {
            "kind": "pli",
            "company": "Imprimerie du Cap",
            "way": "poste",
            "support": "papier",
            "email": "cap@cap.example",
        }
        agent = people.get(found.buyer)
        papers.enter(found.consultation, agent, form)
        spare = form | {"company": "Sans copie ouverte", "kind": "sauvegarde", "labelled": "1"}
        papers.enter(found.consultation, agent, spare)
        found.open("offre")
        made = found.follow("tour", 8)
        assert sorted(item.name for item in invitations.standing(made)) == ["Entreprise 1", "Imprimerie du Cap"]
        assert code_in(mails_to(found.portal, "cap@cap.example")[-1])

    def test_rounds_follow_one_another_among_those_who_answered(self, manager):
        found = TwoPhases(manager, "procedure-negociation", ("offre",), lots=())
        for _rank in range(3):
            found.apply((None, "offre", PRICES))
        found.open("offre")
        first = found.follow("tour", 8)
        assert first.reference.endswith("-TOUR1") and len(invitations.standing(first)) == 3
        for company in found.companies[:2]:
            found.deposit(company, (None, "offre", PRICES), consultation=first)
        found.open("offre", first)
        second = found.follow("tour", 8, consultation=first)
        assert [item.name for item in invitations.standing(second)] == ["Entreprise 1", "Entreprise 2"]
        found.deposit(found.companies[1], (None, "offre", PRICES), consultation=second)
        found.open("offre", second)
        found.decide(second, found.companies[1], ("",))
        assert [consultations.workflow_state(item) for item in (found.consultation, first, second)] == ["decidee"] * 3

    def test_only_the_holder_of_a_lot_answers_its_subsequent_contract(self, manager):
        found = TwoPhases(manager, "procedure-adaptee", ("offre",))
        found.consultation.framework = "marches-subsequents"
        for lots in (("1", "2"), ("1",)):
            found.apply(*((lot, "offre", PRICES) for lot in lots))
        found.open("offre")
        first, second = found.companies
        with api.env.adopt_roles(AGENTS):
            workflow.fire(found.consultation, "analyser")
            award = {"decision": "attribue", "reason": "", "amount": 1000}
            workflow.decide(
                found.consultation,
                {
                    "1": {**award, "winner": second.name, "winner_siret": second.siret},
                    "2": {**award, "winner": first.name, "winner_siret": first.siret},
                },
            )
            workflow.fire(found.consultation, "decider")
            assert [f.code for f in launching.refusals(found.consultation, "subsequent")] == ["suite.notification"]
            workflow.fire(found.consultation, "notifier")
        with api.env.adopt_roles(AGENTS):
            alone = [guest for guest in launching.guests(found.consultation, "subsequent") if guest["lots"] == ["2"]]
            asked = [{"key": guest["key"], "email": guest["email"]} for guest in alone]
            refused = refusal_of(launching.launch, found.consultation, "subsequent", "X", None, asked, lots=["1"])
            assert refused.code == "suite.lots"
        made = found.follow("subsequent", 12, lots=["1"])  # both ticked: the other holds no lot of it
        assert [(item.name, item.lots) for item in invitations.standing(made)] == [(second.name, ("1",))]
        assert [guest["name"] for guest in launching.open_to(made)] == [second.name]
        assert made.reference.endswith("-MS1") and [lot.number for lot in consultations.lots(made)] == ["1"]
        assert sees(second, made) and not sees(first, made)
        found.deposit(second, ("1", "offre", PRICES), consultation=made)
        found.open("offre", made)
        found.decide(made, second, ("1",))
        assert consultations.workflow_state(found.consultation) == "notifiee"
        with api.env.adopt_roles(AGENTS):
            workflow.fire(made, "notifier")  # no standstill binds a subsequent contract

    def test_the_other_holders_of_a_lot_are_invited_too(self, manager):
        found = TwoPhases(manager, "procedure-adaptee", ("offre",))
        found.consultation.framework = "mixte"
        first, second = (found.apply(("1", "offre", PRICES)) for _rank in range(2))
        stranger = numbers.siret_of(SIRENS[5])
        text = f"{second.siret}\n\n{stranger} ; Société lointaine\n{second.siret}"
        others = launching.read_holders(text)
        assert others == (
            {"name": second.name, "siret": second.siret},
            {"name": "Société lointaine", "siret": stranger},
        )
        assert launching.read_holders(launching.holder_lines({"holders": others})) == others
        assert refusal_of(launching.read_holders, "12345").code.startswith("siret")
        award = {"decision": "attribue", "reason": "", "amount": 1, "winner": first.name, "winner_siret": first.siret}
        found.open("offre")
        with api.env.adopt_roles(AGENTS):
            workflow.fire(found.consultation, "analyser")
            workflow.decide(found.consultation, {"1": {**award, "holders": others}})
        assert [(guest["name"], guest["email"]) for guest in launching.guests(found.consultation, "subsequent")] == [
            (first.name, first.email),
            (second.name, second.email),
            ("Société lointaine", ""),
        ]

    def test_all_who_are_admitted_answer_the_contract_of_a_dynamic_system(self, manager):
        found = TwoPhases(manager, "systeme-acquisition-dynamique", months=48)
        for _rank in range(2):
            found.apply(("1", "candidature", PAPER))
        found.open("candidature")
        found.select((found.companies[1], "1", "Hors objet."))
        assert "specifique" in launching.offered(found.consultation)
        assert "phase-2" not in launching.offered(found.consultation)
        made = found.follow("specifique", 10)
        assert [item.name for item in invitations.standing(made)] == ["Entreprise 1"]
        assert consultations.workflow_state(found.consultation) == "ouverture"

    def test_who_asks_in_a_later_period_is_admitted_too(self, manager):
        found = TwoPhases(manager, "systeme-acquisition-dynamique", months=48)
        first = found.apply(("1", "candidature", PAPER))
        found.open("candidature")
        found.select()
        with api.env.adopt_user(user=api.user.get(userid=found.buyer)):
            wanted = [task.url for task in AgentTasks(people.get(found.buyer), None)()]
        assert wanted == [f"{found.consultation.absolute_url()}/@@periode"]
        with api.env.adopt_roles(AGENTS):
            later = periods.begin(found.consultation, periods.proposed(found.consultation), None)
            refused = refusal_of(periods.begin, found.consultation, "X", None)
        with api.env.adopt_user(user=api.user.get(userid=found.buyer)):
            assert AgentTasks(people.get(found.buyer), None)() == []
        with api.env.adopt_roles(AGENTS):
            assert refused.code == "periode.impossible" and later.reference in refused.message
        later.deadline = (clock.now() + timedelta(days=31)).replace(microsecond=0)
        found.make_public(later)
        system, found.consultation = found.consultation, later
        second = found.apply(("1", "candidature", PAPER))
        found.open("candidature")
        found.select()
        assert {guest["company"] for guest in launching.guests(system, "specifique")} == {first.company, second.company}
        assert [f.code for f in launching.refusals(later, "specifique")] == ["suite.systeme"]
        assert periods.obstacle(later) and not periods.obstacle(system)


def test_a_list_of_values_of_the_catalog_is_answered_whatever_columns_are_asked(offers):
    request = offers.portal.REQUEST
    request.form["name"] = "plone.app.vocabularies.Catalog"
    request.form["query"] = (
        '{"criteria": [{"i": "SearchableText", "o": "plone.app.querystring.operation.string.contains", "v": "scolaire"}]}'
    )
    with as_company(offers.companies[0]):
        answer = json.loads(offers.portal.restrictedTraverse("@@getVocabulary")())
    assert {row["UID"] for row in answer["results"]} == {
        consultations.uuid(offers.consultation),
        consultations.uuid(offers.offers),
    }
