"""The signed documents of an award, given back as they were put there."""

from megalis.portal.awards import signing
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.kernel import pdf
from tests.awards.scene import NAMES
from tests.awards.scene import SIRETS

import transaction


def test_a_signed_document_comes_back_byte_for_byte_to_be_saved_and_no_other_is_there(pages, visit):
    data = pdf.build("Acte d’engagement", [pdf.paragraph("Signé.")])
    taken = {"decision": "attribue", "winner": NAMES[0], "winner_siret": SIRETS[0], "amount": 9, "reason": ""}
    workflow.decide(pages.consultation, {"": taken})
    workflow.fire(pages.consultation, "decider")
    signing.add(pages.consultation, "", (Attachment("acte-engagement.pdf", data),), "tous", "Anne")
    transaction.commit()
    browser = visit(pages.buyer)
    browser.open(f"{pages.consultation.absolute_url()}/@@signature")
    browser.getLink(url="piece=").click()
    assert browser.contents == data
    assert "acte-engagement.pdf" in browser.headers["Content-Disposition"]
    assert browser.headers["Content-Type"] == "application/octet-stream"
    assert browser.headers["X-Content-Type-Options"] == "nosniff"
    browser.open(f"{pages.consultation.absolute_url()}/@@signature?piece={'0' * 32}")
    assert browser.headers["status"].startswith("404")
