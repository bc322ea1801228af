"""What follows a consultation by invitation, in a whole site: who is let in, what is handed out, what the origin becomes."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import dossiers
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import codes
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.restricted import selection
from megalis.portal.consultations.restricted.tasks import AgentTasks
from megalis.portal.deposits import documents
from megalis.portal.deposits import letters
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import depositor_of
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from plone import api
from tests.deposits.scene import bid
from tests.deposits.two_phases import AGENTS
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import PRICES
from tests.deposits.two_phases import SIRENS
from tests.deposits.two_phases import TwoPhases

import json
import pytest
import re


@pytest.fixture
def manager(portal):
    with api.env.adopt_roles(["Manager"]):
        yield portal
    clock.set_for_tests()


@pytest.fixture
def scene(manager):
    """Three candidates; the third is rejected for lot 1, its only one."""
    found = TwoPhases(manager)
    found.apply(("1", "candidature", PAPER), ("2", "candidature", PAPER))
    found.apply(("1", "candidature", PAPER))
    found.apply(("1", "candidature", PAPER))
    found.open("candidature")
    return found


@pytest.fixture
def selected(scene):
    scene.select((scene.companies[2], "1", "Effectif insuffisant."))
    return scene


@pytest.fixture
def offers(selected):
    selected.offers = selected.follow("phase-2", 26)
    return selected


def as_company(depositor):
    return api.env.adopt_user(user=api.user.get(userid=depositor.userid))


def sees(depositor, content):
    with as_company(depositor):
        return bool(api.user.has_permission("View", obj=content))


def mails_to(portal, email):
    return [m.payload for m in reversed(outbox.messages(portal)) if m.payload.get("to") == email]


def code_in(mail):
    return re.search(r"\b([A-Z2-8]{4}(?:-[A-Z2-8]{4}){2})\b", mail["text"])[1]


def refusal_of(call, *args, kind=Refused, **more):
    with pytest.raises(kind) as caught:
        call(*args, **more)
    return caught.value


class TestSelection:
    def test_candidatures_are_told_lot_by_lot(self, scene):
        assert [(row["name"], row["lot"]) for row in selection.rows(scene.consultation)] == [
            ("Entreprise 1", "1"),
            ("Entreprise 2", "1"),
            ("Entreprise 3", "1"),
            ("Entreprise 1", "2"),
        ]

    def test_it_waits_for_the_opening(self, manager):
        found = TwoPhases(manager)
        applicant = found.apply(("1", "candidature", PAPER))
        verdicts = {(applicant.company, "1"): (True, "")}
        assert refusal_of(selection.keep, found.consultation, verdicts).code == "selection.etat"

    def test_it_binds_once_concluded_and_never_changes(self, scene):
        third = scene.companies[2]
        selection.keep(scene.consultation, {(third.company, "1"): (False, "Effectif insuffisant.")})
        assert not consultations.is_rejected(scene.consultation, third.company, "1")
        scene.select((third, "1", "Effectif insuffisant."))
        assert consultations.is_rejected(scene.consultation, third.company, "1")
        again = {(third.company, "1"): (True, "")}
        assert refusal_of(selection.keep, scene.consultation, again).code == "selection.arretee"

    def test_nobody_is_rejected_without_a_reason(self, scene):
        refused = refusal_of(scene.select, (scene.companies[2], "1", " "))
        assert refused.code == "selection.motif" and consultations.selection(scene.consultation)[1] is None

    def test_the_rejected_is_told_why_and_the_journal_keeps_it(self, selected):
        (mail,) = [m for m in mails_to(selected.portal, selected.companies[2].email) if "non retenue" in m["subject"]]
        assert "Effectif insuffisant." in mail["text"]
        told = journal.events(selected.consultation, "selection")
        assert [(event["candidat"]["nom"], event["retenu"]) for event in told] == [
            ("Entreprise 1", True),
            ("Entreprise 2", True),
            ("Entreprise 3", False),
            ("Entreprise 1", True),
        ]
        assert told[2]["motif"] == "Effectif insuffisant."

    def test_a_stranger_is_not_selected(self, scene):
        assert (
            refusal_of(selection.keep, scene.consultation, {("0" * 32, "1"): (True, "")}).code == "selection.inconnue"
        )


class TestSealedForEver:
    """One phase: the candidature is opened before the offer, and rejected."""

    @pytest.fixture
    def one(self, manager):
        found = TwoPhases(manager, "appel-offres-ouvert", ("candidature", "offre"))
        for _rank in range(2):
            found.apply(("1", "candidature", PAPER), ("1", "offre", PRICES))
        found.open("candidature")
        found.select((found.companies[1], "1", "Références insuffisantes."))
        found.open("offre")
        return found

    def pli(self, scene, depositor, envelope):
        rows = opening.rows(scene.consultation)
        return next(row for row in rows if row["deposant_nom"] == depositor.name and row["enveloppe"] == envelope)

    def test_the_offer_of_a_rejected_candidate_is_never_handed_out(self, one):
        row = self.pli(one, one.companies[1], "offre")
        assert row["etat"] == "ecarte"
        refused = refusal_of(opening.hand_out, one.consultation, row["pli"], one.holder, "Agent", kind=Refusal)
        assert (refused.code, refused.status) == ("ecarte", 409) and "définitivement" in refused.message

    def test_nor_after_any_later_step_of_the_procedure(self, one):
        row = self.pli(one, one.companies[1], "offre")
        with api.env.adopt_roles(AGENTS):
            workflow.fire(one.consultation, "analyser")
        assert (
            refusal_of(opening.hand_out, one.consultation, row["pli"], one.holder, "A", kind=Refusal).code == "ecarte"
        )
        one.decide(one.consultation, one.companies[0], ("1", "2"))
        for call in (opening.hand_out,):
            assert refusal_of(call, one.consultation, row["pli"], one.holder, "A", kind=Refusal).code == "ecarte"

    def test_no_verdict_on_it_can_be_recorded(self, one):
        row = self.pli(one, one.companies[1], "offre")
        print_ = opening.holder_key(one.consultation, one.holder)[0]["fingerprint"]
        document = {"nom": "prix.pdf", "taille": 5, "sha256": "0" * 64}
        demand = {"pli": row["pli"], "verdict": "intact", "documents": [document], "fingerprint": print_}
        assert refusal_of(opening.record_verdict, one.consultation, demand, one.holder, "A", kind=Refusal).status == 409

    def test_the_candidature_and_the_offers_of_the_others_are_handed_out(self, one):
        for depositor, envelope in ((one.companies[0], "offre"), (one.companies[1], "candidature")):
            row = self.pli(one, depositor, envelope)
            assert opening.hand_out(one.consultation, row["pli"], one.holder, "Agent").id == row["pli"]

    def test_the_minutes_say_so(self, one):
        results = {
            (r["deposant_nom"], r["enveloppe"]): r["result"] for r in documents.minutes(one.consultation)["rows"]
        }
        assert results["Entreprise 2", "offre"] == "Candidature non retenue, laissé scellé"

    def test_offers_wait_for_a_selection_that_was_begun(self, manager):
        found = TwoPhases(manager, "appel-offres-ouvert", ("candidature", "offre"))
        applicant = found.apply(("1", "candidature", PAPER), ("1", "offre", PRICES))
        found.open("candidature")
        selection.keep(found.consultation, {(applicant.company, "1"): (None, "")})
        assert refusal_of(found.open, "offre", kind=Refusal).code == "selection"
        found.select()
        found.open("offre")


class TestLaunch:
    def test_it_stands_beside_its_origin_prefilled(self, selected):
        made = selected.follow("phase-2", 26, publish=False)
        assert made.aq_parent is not None and consultations.buyer(made) == selected.town
        assert consultations.origin(made) == selected.consultation
        assert consultations.followings(selected.consultation) == [made]
        assert made.reference == f"{selected.consultation.reference}-OFFRES" and made.envelopes == ("offre",)
        assert [lot.number for lot in consultations.lots(made)] == ["1", "2"]
        assert [piece.filename for piece in consultations.pieces(made)] == ["RC.pdf"]

    def test_the_candidates_kept_are_invited_for_the_lots_they_are_kept_for(self, selected):
        made = selected.follow("phase-2", 26, publish=False)
        assert [(guest.name, guest.lots) for guest in invitations.every(made)] == [
            ("Entreprise 1", ("1", "2")),
            ("Entreprise 2", ("1",)),
        ]

    def test_the_rejected_cannot_be_invited(self, selected):
        with api.env.adopt_roles(AGENTS):
            third = {"key": selected.companies[2].company, "email": "x@y.fr"}
            refused = refusal_of(launching.launch, selected.consultation, "phase-2", "R-2", clock.now(), [third])
        assert refused.code == "invites.interdit"

    def test_it_waits_for_the_selection(self, scene):
        assert [f.code for f in launching.refusals(scene.consultation, "phase-2")] == ["suite.selection"]
        assert launching.offered(scene.consultation) == ["complement"]

    def test_twenty_four_days_are_not_enough_to_publish(self, selected):
        made = selected.follow("phase-2", 24, publish=False)
        refused = refusal_of(selected.make_public, made, kind=workflow.Refused)
        assert refused.code == "delai.minimum" and "25" in str(refused)

    def test_holders_do_their_drill_before_it_is_published(self, selected):
        made = selected.follow("phase-2", 26, publish=False)
        for key in selected.keys_of_town():
            key.last_drill = clock.now() - timedelta(days=61)
        with api.env.adopt_roles(AGENTS):
            workflow.fire(made, "soumettre")
            refused = refusal_of(workflow.fire, made, "publier", kind=workflow.Refused)
        assert {finding.code for finding in refused.findings} == {"cle-titulaire-exercice", "cle-suppleant-exercice"}

    def test_a_second_one_waits_for_the_end_of_the_first(self, offers):
        assert [f.code for f in launching.refusals(offers.consultation, "phase-2")] == ["suite.en-cours"]


class TestWhoIsLetIn:
    def test_the_guests_and_the_agents_see_it_nobody_else(self, offers):
        first, second, third = offers.companies
        assert sees(first, offers.offers) and sees(second, offers.offers) and not sees(third, offers.offers)
        with api.env.adopt_user(user=api.user.get(userid=offers.buyer)):
            assert api.user.has_permission("View", obj=offers.offers)
        assert "Anonymous" not in [r["name"] for r in offers.offers.rolesOfPermission("View") if r["selected"]]

    def test_a_draft_is_not_seen_by_its_future_guests(self, selected):
        made = selected.follow("phase-2", 26, publish=False)
        assert not sees(selected.companies[0], made)
        assert mails_to(selected.portal, selected.companies[0].email)[-1]["subject"].startswith("Pli déposé")

    def test_no_search_of_the_public_finds_it(self, offers):
        from megalis.portal.consultations.search import source

        with api.env.adopt_user(user=api.user.get(userid=offers.companies[2].userid)):
            assert not consultations.find(UID=consultations.uuid(offers.offers))
        found = source.snapshot(offers.portal)
        assert "Remise des offres" not in repr([row.title for row in found.rows])

    def test_its_publication_is_blinded_in_the_journal(self, offers):
        while journal.merge(offers.portal):
            pass
        revealed = [reveal[0].decode() for _i, _leaf, reveal in journal.leaves(offers.portal) if reveal]
        assert offers.consultation.reference in " ".join(revealed)
        assert offers.offers.reference not in " ".join(revealed)

    def test_no_one_who_listens_to_publications_hears_of_it(self, selected):
        from megalis.portal.consultations.interfaces import IConsultationPublished
        from zope.component import getGlobalSiteManager

        heard = []
        listen = lambda event: heard.append(event.object)  # noqa: E731
        getGlobalSiteManager().registerHandler(listen, (IConsultationPublished,))
        try:
            selected.follow("phase-2", 26)
        finally:
            getGlobalSiteManager().unregisterHandler(listen, (IConsultationPublished,))
        assert heard == []

    def test_a_guest_deposits_for_his_lots_only(self, offers):
        second = offers.companies[1]
        made = service.parameters(offers.offers, second)
        assert [(row["lot"], row["enveloppe"]) for row in made["enveloppes"]] == [("1", "offre")]
        assert offers.deposit(second, ("1", "offre", PRICES), consultation=offers.offers).state == store.RECEIVED
        demand, tails = bid(offers.offers, second, ("2", "offre", PRICES))
        refused = refusal_of(service.finish, offers.offers, second, demand, tails, clock.now(), kind=Refusal)
        assert (refused.code, refused.status) == ("lot-non-invite", 403)

    def test_who_is_not_invited_is_refused_with_the_remedy(self, offers, http_request):
        with as_company(offers.companies[2]):
            refused = refusal_of(depositor_of, offers.offers, http_request, kind=Refusal)
        assert (refused.code, refused.status) == ("non-invitee", 403) and "code" in refused.message
        http_request.other.pop("megalis.person", None)
        with as_company(offers.companies[0]):
            assert depositor_of(offers.offers, http_request).name == "Entreprise 1"

    def test_it_waits_on_the_guests_dashboard(self, offers):
        first = offers.companies[0]
        with as_company(first):
            company = people.get(first.userid).entreprise
            assert offers.offers.reference in [brain.reference for brain in dossiers.of(company)]


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
