"""A contract is an act: its buyer, who also prepares acts, makes its draft from the page of the contract."""

from megalis.portal.actes import registre as registres
from megalis.portal.awards import signing
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.kernel import pdf
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.organisations import membership
from tests.awards.conftest import pages  # noqa: F401
from tests.awards.conftest import visit  # noqa: F401
from tests.awards.scene import NAMES
from tests.awards.scene import SIRETS
from urllib.parse import urlencode

import html
import pytest
import re
import transaction


def words(browser):
    return html.unescape(browser.contents).replace("\xa0", " ").replace("\u202f", " ")


@pytest.fixture
def contract(pages):  # noqa: F811
    """The consultation decided, with the signed contract put back, and its contract as the notification makes it."""
    taken = {"decision": "attribue", "winner": NAMES[0], "winner_siret": SIRETS[0], "amount": 9, "reason": ""}
    workflow.decide(pages.consultation, {"": taken})
    workflow.fire(pages.consultation, "decider")
    signed = Attachment("acte-engagement.pdf", pdf.build("Acte d’engagement", [pdf.paragraph("Signé.")]))
    signing.add(pages.consultation, "", (signed,), "tous", "Anne")
    raw = {"id": "2026MAR01", "objet": pages.consultation.title, "dateNotification": "2026-03-16"}
    raw |= {"titulaires": [{"titulaire": {"typeIdentifiant": "SIRET", "id": "44306184100013"}}]}
    town = consultations.buyer(pages.consultation)
    record = recording.add(town, "marche", raw, f"{consultations.uuid(pages.consultation)}/")
    membership.add(town, pages.buyer, {"acheteurs", "valideurs", "porteurs", "redacteurs-actes"})
    transaction.commit()
    pages.town, pages.record = town, record
    return pages


def test_the_draft_says_what_the_contract_says_and_holds_the_documents_that_were_picked(contract, visit):  # noqa: F811
    browser = visit(contract.buyer)
    browser.open(f"{contract.town.absolute_url()}/@@contrat?contrat={contract.record.key}")
    browser.getLink("Transmettre comme acte").click()
    assert "acte-engagement.pdf" in words(browser)
    assert browser.getControl(name="documents").value == ["signes/signes/001-acte-engagement.pdf"]
    browser.getControl("Préparer l’acte").click()
    assert browser.url.endswith("/@@modifier")
    transaction.begin()
    registre = registres.of(contract.town)
    acte = registre[registre.numbers["2026MAR01"]]
    assert (acte.nature, acte.matiere, acte.date_decision.isoformat()) == (4, "1.1", "2026-03-16")
    assert acte.objet.startswith(f"Marché : {contract.consultation.title}, attribué à ")
    assert [piece.name for piece in acte.pieces] == ["001-acte-engagement.pdf"]
    assert acte.prepared_by == contract.buyer
    assert "2026MAR01" in acte.history[1].words


def test_a_document_that_is_not_in_the_file_is_refused_and_nothing_is_made(contract, visit):  # noqa: F811
    browser = visit(contract.buyer)
    browser.open(f"{contract.town.absolute_url()}/@@contrat-prefecture?contrat={contract.record.key}")
    token = re.search(r'name="_authenticator" value="([^"]+)"', browser.contents)[1]
    sent = {"_authenticator": token, "contrat": contract.record.key, "documents": "plis/../secret.pdf"}
    browser.post(f"{contract.town.absolute_url()}/@@contrat-prefecture", urlencode({**sent, "faire": "preparer"}))
    assert browser.headers["status"].startswith("422")
    assert "n’est plus au dossier" in words(browser)
    transaction.begin()
    assert registres.of(contract.town) is None


def test_who_prepares_no_acts_is_not_offered_it_and_who_follows_no_contracts_does_not_see_one(contract, visit):  # noqa: F811
    page = f"{contract.town.absolute_url()}/@@contrat-prefecture?contrat={contract.record.key}"
    reader = contract.agent("acheteurs")
    secretary = contract.agent("redacteurs-actes")
    transaction.commit()
    browser = visit(reader)
    browser.open(f"{contract.town.absolute_url()}/@@contrat?contrat={contract.record.key}")
    assert "Données essentielles" in words(browser)
    assert "Transmettre comme acte" not in words(browser)
    for userid in (reader, secretary):
        browser = visit(userid)
        browser.open(page)
        assert "acte-engagement.pdf" not in words(browser)
    assert store.get(contract.portal, contract.record.key) is not None
