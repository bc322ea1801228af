"""What follows a consultation, by the pages: a round of negotiation, completed candidatures, one more period of a dynamic system."""

from datetime import timedelta
from html import unescape
from lxml import html
from megalis.portal.awards import meetings
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import invitations
from megalis.portal.deposits import opening
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import clock
from plone import api
from tests.deposits.restricted_scene import mails_to
from tests.deposits.restricted_scene import sees
from tests.deposits.two_phases import PAPER
from tests.deposits.two_phases import PRICES
from tests.deposits.two_phases import SIRENS
from tests.deposits.two_phases import TwoPhases

import pytest
import transaction


@pytest.fixture
def stage(functional_portal):
    """Return a function: what TwoPhases takes, and the plis of each of three companies -> the scene, opened, committed."""

    def make(kind, *args, plis, **fields):
        with api.env.adopt_roles(["Manager"]):
            found = TwoPhases(functional_portal, *args, **fields)
            for _rank in range(3):
                found.apply(*plis)
            found.open(kind)
        transaction.commit()
        return found

    yield make
    clock.set_for_tests()


def read(browser):
    return " ".join(unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ").split())


def in_days(days):
    return f"{clock.paris(clock.now()) + timedelta(days=days):%Y-%m-%dT12:00}"


def made_public(scene, address):
    """The consultation at this address, submitted, published; committed."""
    transaction.begin()
    made = scene.town[address.split("/@@")[0].rpartition("/")[2]]
    with api.env.adopt_roles(["Manager"]):
        scene.make_public(made)
    transaction.commit()
    return made


def test_a_round_of_negotiation_has_its_own_term_its_guests_and_sealed_answers(stage, browse):
    scene = stage("offre", "procedure-negociation", ("offre",), lots=(), plis=[(None, "offre", PRICES)])
    first, second, third = scene.companies
    agent = browse(scene.buyer, f"{scene.consultation.absolute_url()}/@@gestion")
    agent.getLink("Ouvrir un tour de négociation").click()
    assert all(item.name in read(agent) for item in scene.companies)
    rows = {"Entreprise 1": 0, "Entreprise 2": 1, "Entreprise 3": 2}
    agent.getControl(name=f"invite.{rows['Entreprise 3']}").value = []
    agent.getControl("Date limite de remise des plis").value = in_days(8)
    agent.getControl("Créer le brouillon").click()
    assert "Le brouillon est fait" in read(agent), read(agent)
    made = made_public(scene, agent.url)
    assert consultations.origin(made) == scene.consultation and made.envelopes == ("offre",)
    agent.open(f"{made.absolute_url()}/@@gestion")
    agent.getLink("Entreprises invitées").click()
    table = html.fromstring(agent.contents).find(".//table").text_content()
    assert first.name in table and second.name in table and third.name not in table
    assert mails_to(scene.portal, third.email)[-1]["subject"].startswith("Pli déposé")
    assert "Invitation" in mails_to(scene.portal, first.email)[-1]["subject"]
    guest = browse(first.userid, made.absolute_url())
    guest.getLink("Répondre").click()
    assert 'id="depot"' in guest.contents
    stranger = browse(third.userid, made.absolute_url())
    assert made.title not in read(stranger)
    with api.env.adopt_roles(["Manager"]):
        scene.deposit(first, (None, "offre", PRICES), consultation=made)
        assert refuses_to_open(scene, made), "an answer stays sealed until the term of the round"
        scene.open("offre", made)
    assert [row["etat"] for row in opening.rows(made)] == ["a-ouvrir"]


def refuses_to_open(scene, consultation):
    try:
        opening.start(consultation, "offre", scene.holder)
    except Exception as refused:
        return getattr(refused, "code", "") == "pas-close"
    return False


def test_a_completion_asks_one_candidate_for_what_it_lacks(stage, browse):
    scene = stage("candidature", plis=[("1", "candidature", PAPER)])
    first, second, _third = scene.companies
    agent = browse(scene.buyer, f"{scene.consultation.absolute_url()}/@@gestion")
    agent.getLink("Demander des compléments de candidature").click()
    agent.getControl("Date limite de remise des plis").value = in_days(6)
    assert "moins d’entreprises que la procédure" not in read(agent), "the buyer asks whom he wants"
    agent.getControl(name="invite.1").value = ["1"]
    agent.getControl("Créer le brouillon").click()
    draft = agent.url
    assert "invites.demande" in read(agent), "what is asked of each is said before it leaves"
    agent.open(f"{draft.split('/@@')[0]}/@@invitations")
    agent.getControl("Retirer", index=0).click()
    agent.getControl(name="qui").displayValue = [
        words for words in agent.getControl(name="qui").displayOptions if words.startswith(second.name)
    ]
    agent.getControl(name="demande").value = "Le bilan du dernier exercice."
    agent.getControl("Inviter").click()
    assert f"{second.name} est invitée" in read(agent)
    agent.open(draft)
    assert "invites.demande" not in read(agent)
    made = made_public(scene, draft)
    assert [item.name for item in invitations.standing(made)] == [second.name]
    assert "Le bilan du dernier exercice." in mails_to(scene.portal, second.email)[-1]["text"]
    assert sees(second, made) and not sees(first, made) and made.envelopes == ("candidature",)


def test_a_completion_is_told_to_who_answers_it_then_to_who_reads_it_and_is_never_to_be_decided(stage, browse):
    scene = stage("candidature", plis=[("1", "candidature", PAPER)])
    second, home = scene.companies[1], scene.portal.absolute_url()
    with api.env.adopt_roles(["Manager"]):
        made = scene.follow("complement", 5, only=[second], extra={"asked": "Le bilan 2025"}, pieces=False)
    transaction.commit()
    company = browse(second.userid, f"{home}/espace-entreprise")
    assert "Répondre à l’invitation : « " in read(company) and made.title in read(company)
    transaction.begin()
    with api.env.adopt_roles(["Manager"]):
        scene.deposit(second, ("1", "candidature", PAPER), consultation=made)
        scene.open("candidature", made)
        workflow.fire(made, "analyser")
    transaction.commit()
    company.open(f"{home}/espace-entreprise")
    assert "Répondre à l’invitation" not in read(company)
    agent = browse(scene.buyer, f"{home}/espace-agent")
    assert f"Examiner puis archiver : « {made.title} »" in read(agent)
    assert f"Décider lot par lot : « {made.title} »" not in read(agent)
    agent.open(f"{made.absolute_url()}/@@gestion")
    (line,) = html.fromstring(agent.contents).find_class("mg-stations")
    assert "Analyse" in line.text_content() and "Décision" not in line.text_content()
    assert "Sélectionner les candidatures" in read(agent) and made not in meetings.possible(scene.town)


def test_a_completion_whose_origin_is_over_is_only_to_be_put_away(stage, browse):
    scene = stage("candidature", plis=[("1", "candidature", PAPER)])
    with api.env.adopt_roles(["Manager"]):
        made = scene.follow("complement", 5, only=scene.companies[:1], extra={"asked": "Le bilan"}, pieces=False)
        scene.deposit(scene.companies[0], ("1", "candidature", PAPER), consultation=made)
        scene.open("candidature", made)
        workflow.fire(made, "analyser")
        workflow.fire(scene.consultation, "annuler", "Le besoin a disparu.")
    transaction.commit()
    agent = browse(scene.buyer, f"{made.absolute_url()}/@@gestion")
    assert "La consultation d’origine n’attend plus ces pièces" in read(agent)
    assert "Décision" not in html.fromstring(agent.contents).find_class("mg-stations")[0].text_content()


def test_one_more_period_of_a_dynamic_system_is_opened_from_it_and_read_by_everybody(stage, browse):
    plis = [("1", "candidature", PAPER)]
    scene = stage("candidature", "systeme-acquisition-dynamique", plis=plis, months=48)
    agent = browse(scene.buyer, f"{scene.consultation.absolute_url()}/@@gestion")
    agent.getLink("Ouvrir une période d’admission").click()
    assert agent.getControl("Référence").value == f"{scene.consultation.reference}-P2"
    agent.getControl("Référence").value = scene.consultation.reference
    agent.getControl("Date limite des demandes").value = in_days(31)
    agent.getControl("Créer le brouillon").click()
    assert "reference.double" in read(agent) or "sert déjà" in read(agent)
    agent.getControl("Référence").value = f"{scene.consultation.reference}-P2"
    agent.getControl("Créer le brouillon").click()
    assert "Le brouillon est fait, avec le dossier du système" in read(agent), read(agent)
    draft = agent.url
    agent.open(f"{scene.consultation.absolute_url()}/@@periode")
    assert "est en préparation : publiez-la d’abord" in read(agent) and "Créer le brouillon" not in read(agent)
    made = made_public(scene, draft)
    assert [piece.filename for piece in consultations.pieces(made)] == ["RC.pdf"]
    newcomer = scene.company(numbers.siret_of(SIRENS[5]), "Nouvelle venue")
    transaction.commit()
    visitor = browse(newcomer.userid, made.absolute_url())
    assert made.title in read(visitor)
    visitor.getLink("Répondre").click()
    assert 'id="depot"' in visitor.contents
