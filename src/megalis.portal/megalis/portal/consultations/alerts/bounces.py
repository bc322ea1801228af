"""Messages that came back: refused at once by the other side, or returned later as a delivery report (RFC 3464).

Reports are read from a Maildir that the operator names (``MEGALIS_BOUNCES``), where his mail server puts what is sent to
the platform's own address. Anything else goes to its ``cur``, for a person to read.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email import policy
from megalis.portal.consultations.alerts import store
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from pathlib import Path
from zope.component.hooks import getSite

import logging
import os
import re


logger = logging.getLogger("megalis.alerts")

MAX_REPORT = 1_000_000  # bytes
PER_ROUND = 100
UNKNOWN = re.compile(r"5\.1\.(?:1|2|3|6|10)")  # no such mailbox, domain or address


@dataclass(frozen=True)
class Report:
    """A failed delivery: ``message`` the id of our outbox message, ``status`` (``5.1.1``), ``permanent`` address."""

    message: str
    status: str
    permanent: bool


def read_report(data):
    """Return the Report in the bytes of a mail, or None: not a report, not of ours, or only a delay."""
    mail = message_from_bytes(data, policy=policy.default)
    if mail.get_content_type() != "multipart/report":
        return None
    status, original = "", ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload():
                if str(block.get("Action", "")).strip().lower() == "failed":
                    status = str(block.get("Status", "")).strip()[:20]
        elif kind == "message/rfc822":
            original = str(part.get_payload(0).get("Message-ID", ""))
        elif kind == "text/rfc822-headers":
            original = str(message_from_bytes(part.get_payload(decode=True) or b"").get("Message-ID", ""))
    number = re.search(r"\.([0-9a-f]{32})@", original)
    if not status.startswith("5.") or number is None:
        return None
    return Report(number[1], status, bool(UNKNOWN.match(status)))


def given_up(event):
    """Count a message of an alert that was refused at once (outbox.GivenUp)."""
    if event.message.about:
        store.bounced(getSite(), event.message.about, event.permanent)


def tick(event):
    """Read the reports that came (IWorkerTick); each is struck off once it counted."""
    place = os.environ.get("MEGALIS_BOUNCES")
    if not place or not event.leisure or not (Path(place) / "new").is_dir():
        return
    sent = facts(event.site, outbox.DONE) or {}
    for path in sorted((Path(place) / "new").iterdir())[:PER_ROUND]:
        report = read_report(path.read_bytes()) if path.stat().st_size <= MAX_REPORT else None
        message = sent.get(report.message) if report is not None else None
        if message is None:
            path.rename(Path(place) / "cur" / f"{path.name}:2,")
            continue
        if message.about:
            store.bounced(event.site, message.about, report.permanent)
        message.error = f"revenu : {report.status}"
        path.unlink()
