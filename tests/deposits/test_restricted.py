"""What follows a consultation by invitation, in a whole site: who is let in, what is handed out, what the origin becomes."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import dossiers
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import selection
from megalis.portal.deposits import documents
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import depositor_of
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from plone import api
from tests.deposits.restricted_scene import *  # noqa: F403
from tests.deposits.restricted_scene import as_company
from tests.deposits.restricted_scene import mails_to
from tests.deposits.restricted_scene import refusal_of
from tests.deposits.restricted_scene import sees
from tests.deposits.scene import bid
from tests.deposits.two_phases import AGENTS
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import PRICES
from tests.deposits.two_phases import TwoPhases

import pytest


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

    def test_a_guest_is_told_of_a_change_of_his_lots_and_of_no_other(self, offers):
        first, second = (item.email for item in offers.companies[:2])
        told = invitations.Guests(offers.offers)
        assert {email for email, _name in told(("1",))} == {first, second}
        assert {email for email, _name in told(("2",))} == {first}
        assert {email for email, _name in told()} == {first, second}

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
        from megalis.portal.consultations.events import IConsultationPublished
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
