"""The whole road of a consultation between a buyer's software and the platform, once for each software."""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.rules import transitions
from megalis.portal.deposits import closing
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.interchange import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from plone import api
from plone.uuid.interfaces import IUUID
from tests.deposits.scene import bid
from tests.interchange.software import Marco
from tests.interchange.software import SisMarches

import pytest
import transaction


PDF = b"%PDF-1.4\n" + b"reglement " * 200


def published(town, external):
    """Publish what came, with dates ahead of today; return the consultation."""
    _record, consultation = store.find(town.a, external)
    deadline = (clock.now() + timedelta(days=40)).replace(microsecond=0)
    consultation.deadline = deadline
    consultation.questions_deadline = deadline - timedelta(days=8)
    consultation.envelopes = ("offre",)
    with api.env.adopt_roles(["Manager", "Valideur"]):
        for step in (transitions.SOUMETTRE, transitions.PUBLIER):
            workflow.fire(consultation, step)
    transaction.commit()
    return consultation


def merged(town):
    while journal.merge(town.site):
        pass
    transaction.commit()


@pytest.mark.parametrize("software", [SisMarches, Marco], ids=["SIS Marchés", "MARCO"])
def test_a_software_sends_its_consultation_and_takes_registers_then_results(town, call, software):
    buyer = software(call)
    assert buyer.push()["resultat"] == "creee"
    assert buyer.push()["resultat"] == "inchangee", "sent twice, it is there once"
    assert buyer.put_piece("RC.pdf", PDF).status == 201
    assert buyer.put_piece("CCTP-lot2.pdf", PDF + b"2").status == 201
    assert buyer.put_piece("RC.pdf", PDF).status == 200

    consultation = published(town, buyer.external)
    assert [lot.number for lot in consultations.lots(consultation)] == ["1", "2"]
    assert [piece.lots for piece in consultations.pieces(consultation)] == [("2",), ()]
    assert buyer.pull("retraits") == []

    item = withdrawals.follow(consultation, "veille@toitures.exemple.fr", town.company.title, town.place.siret)
    withdrawals.record(consultation, withdrawals.scope(consultation, {"lot": "2"}), 10, item)
    withdrawals.record(consultation, withdrawals.scope(consultation, {}), 10)
    questions.ask(consultation, people.get(town.bidder), "Quelle épaisseur d’enrobés ?", "2")
    depositor = Depositor(town.bidder, IUUID(town.company), town.place.siret, town.company.title)
    demand, tails = bid(consultation, depositor, ("2", "offre", {"offre.pdf": PDF}))
    service.finish(consultation, depositor, demand, tails, clock.now())
    transaction.commit()
    assert buyer.pull("retraits") == [], "a fact is told once it has its place in the journal"
    merged(town)
    expected = {"entreprise": town.company.title, "siret": town.place.siret, "lots": ["2"]}
    assert buyer.pull("retraits") == [expected, {"entreprise": "", "siret": "", "lots": []}]
    assert buyer.pull("questions") == [expected]
    assert buyer.pull("depots") == [], "nobody is named before the deadline"
    assert buyer.pull("retraits") == [], "what was taken does not come twice"

    clock.set_for_tests(consultation.deadline + timedelta(seconds=11))
    with api.env.adopt_roles(["Manager", "PorteurDeCle", "Acheteur", "Valideur"]):
        closing.close(consultation)
        opening.start(consultation, "offre", town.porteurs)
        workflow.fire(consultation, transitions.ANALYSER)
        merged(town)
        assert buyer.pull("depots") == [expected]
        assert buyer.results() == ("POU" if buyer.name == "sis" else "PAT", [], None) or buyer.results()[1] == []
        lost = {"decision": "infructueux", "reason": "Aucune offre", "winner": "", "winner_siret": "", "amount": None}
        won = {
            "decision": "attribue",
            "reason": "",
            "winner": town.company.title,
            "winner_siret": town.place.siret,
            "amount": 9,
        }
        workflow.decide(consultation, {"1": lost, "2": won})
        workflow.fire(consultation, transitions.DECIDER)
    transaction.commit()
    step, rows, notified = buyer.results()
    assert (step, notified) == ("PAT", None)
    assert rows == [("1", "infructueux", ""), ("2", "attribue", town.place.siret)]

    consultation.informed_at = clock.now() - timedelta(days=30)
    with api.env.adopt_roles(["Manager", "Valideur"]):
        workflow.fire(consultation, transitions.NOTIFIER)
    transaction.commit()
    step, _rows, notified = buyer.results()
    assert step == "PNO"
    assert notified
    assert buyer.notifications() == ["", notified], "of the lot that has a holder"
    facts = [event["fait"] for event in journal.events(consultation, "interface")]
    assert facts[0] == "consultation reçue"
    assert {
        "pièce reçue",
        "registre des retraits transmis",
        "registre des depots transmis",
        "résultats transmis",
    } <= set(facts)


GROUP = {
    "decision": "attribue", "reason": "", "winner": "Voiries du Léon", "winner_siret": "44306184100013", "form": "solidaire",
    "members": (("Wegenbouw NV", "BE0403170701"), ("Signaux d’Iroise", "73282932000074")), "amount": 95000,
    "winner_amount": 60000, "holders": ({"name": "Granit d’Armor", "siret": "55208131766522", "amount": 35000},),
}  # fmt: skip
LOST = {"decision": "infructueux", "reason": "Aucune offre", "winner": "", "winner_siret": "", "amount": None}


@pytest.mark.parametrize("software", [SisMarches, Marco], ids=["SIS Marchés", "MARCO"])
def test_a_software_takes_every_holder_of_a_lot_and_every_member_of_a_group(town, call, software):
    buyer = software(call)
    buyer.push()
    buyer.put_piece("RC.pdf", PDF)
    buyer.put_piece("CCTP-lot2.pdf", PDF + b"2")
    consultation = published(town, buyer.external)
    clock.set_for_tests(consultation.deadline + timedelta(seconds=11))
    with api.env.adopt_roles(["Manager", "PorteurDeCle", "Acheteur", "Valideur"]):
        closing.close(consultation)
        opening.start(consultation, "offre", town.porteurs)
        workflow.fire(consultation, transitions.ANALYSER)
        workflow.decide(consultation, {"1": LOST, "2": GROUP})
        workflow.fire(consultation, transitions.DECIDER)
    transaction.commit()
    words = "Groupement solidaire : Voiries du Léon (mandataire), Wegenbouw NV, Signaux d’Iroise"
    assert buyer.holders() == [
        ("1", "", "", "", "", []),
        ("2", "Voiries du Léon", "44306184100013", "60000", words, ["BE0403170701", "73282932000074"]),
        ("2", "Granit d’Armor", "55208131766522", "35000", "", []),
    ]
    rows = call("GET", f"/v1/consultations/{buyer.external}/resultats").json["lignes"]
    assert [row["membres"] for row in rows] == [[], ["BE0403170701", "73282932000074"], []]
