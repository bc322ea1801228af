"""The bidder's receipt, rebuilt at any time from what the deposit kept; proof and time stamp join it when they exist."""

from base64 import b64decode
from megalis.portal.deposits import store
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel import settings
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.ledger.events import promise_statement
from megalis.portal.ledger.receipts import build_receipt
from megalis.portal.ledger.timestamps import http_transport
from megalis.portal.ledger.timestamps import load_roots
from megalis.portal.ledger.timestamps import request_token
from pathlib import Path
from zope.component.hooks import getSite
from zope.interface import implementer


def receipt(deposit):
    """Return the receipt of a Deposit as a JSON object (see ledger.receipts)."""
    site = getSite()
    found = build_receipt(deposit.event, deposit.sel, deposit.promise, journal.signer().verifier)
    found["preuve"] = journal.proof(site, deposit.entry)
    found["jeton"] = deposit.token
    return found


def ask_token(event):
    """Queue a time-stamp request for a deposit just received; without a configured authority nothing is asked."""
    if settings.tsa_url():
        payload = {"consultation": "/".join(event.object.getPhysicalPath()), "depot": event.deposit.id}
        outbox.queue("horodatage", payload, about=event.deposit.id)


@implementer(IOutboxHandler)
class TimestampHandler:
    """Asks the RFC 3161 authority for the token of one deposit; a deposit never waits for it."""

    def send(self, site, message):
        consultation = site.unrestrictedTraverse(message.payload["consultation"])
        deposit = store.find_deposit(consultation, message.payload["depot"])
        promise = deposit.promise
        statement = promise_statement(deposit.commitment, promise["horodatage"], promise["origine"])
        roots = load_roots(Path(settings.tsa_roots()).read_bytes()) if settings.tsa_roots() else ()
        token = request_token(statement, http_transport(settings.tsa_url()), roots)
        deposit.token = token.as_json()


def token_bytes(deposit):
    """Return the DER bytes of the deposit's time-stamp token, or None."""
    return b64decode(deposit.token["tsr"]) if deposit.token else None
