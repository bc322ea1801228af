"""A holder of another country and one nobody numbered, on the pages of the award."""

from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.rules import decisions
from tests.awards.test_notification import read

import pytest
import transaction


@pytest.fixture
def agent(pages, visit):
    """A buyer's browser on the page of the decision."""
    found = visit(pages.buyer)
    found.open(f"{pages.consultation.absolute_url()}/@@decision")
    return found


def kept(pages):
    transaction.begin()
    return consultations.decisions(pages.consultation).get("")


def write(agent, number):
    agent.getControl("Décision", index=0).value = ["attribue"]
    agent.getControl("Titulaire", index=0).value = "Wegenbouw NV"
    agent.getControl("SIRET ou numéro étranger", index=0).value = number
    agent.getControl("Montant", index=0).value = "120 000"
    agent.getControl("Garder la décision").click()


def test_a_holder_of_another_country_is_decided_on_by_its_number_or_refused_in_words(pages, agent):
    write(agent, "ZZ 123")
    assert agent.headers["status"].startswith("422") and "operateur.numero" in read(agent)
    assert kept(pages) is None
    write(agent, "be 0403.170.701")
    taken = kept(pages)
    assert (taken["winner"], taken["winner_siret"], taken["amount"]) == ("Wegenbouw NV", "BE0403170701", 120_000)
    agent.open(f"{pages.consultation.absolute_url()}/@@decision")
    assert agent.getControl("SIRET ou numéro étranger", index=0).value == "BE0403170701"


def test_a_member_without_number_is_asked_for_by_its_name_before_the_decision_is_settled(pages, agent):
    def told(line):
        agent.open(f"{pages.consultation.absolute_url()}/@@analyse")
        for rank, (price, mark) in enumerate(((100_000, 40), (120_000, 10), (110_000, 20))):
            agent.getControl(name=f"montant.{rank}").value = str(price)
            agent.getControl(name=f"note.{rank}.1").value = str(mark)
        agent.getControl(name="membres.0").value = line
        agent.getControl("Enregistrer").click()
        agent.getLink("Décider").click()
        agent.getControl("Arrêter la décision").click()

    told("Voiries sans numéro ;")
    assert "decision.membre" in read(agent) and "« Voiries sans numéro »" in read(agent).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    told("BE 0403.170.701 ; Wegenbouw NV")
    assert "La décision est arrêtée" in read(agent), read(agent)
    (holder,) = decisions.holders_of(kept(pages))
    assert holder["members"] == (("Wegenbouw NV", "BE0403170701"),)
