"""The ministry: archives go by HTTPS with the certificate of the operator, answers come by e-mail.

Nothing can be asked of it about a sending: only an answer tells that an archive whose outcome is not known was received.
Source: the open implementations of operators: one file in a form, under its own name, taken when the answer is 201 (200 on
the older servers).
"""

from dataclasses import dataclass
from megalis.portal.formats.actes.archive import MAX_ARCHIVE
from megalis.portal.transports import https
from megalis.portal.transports.outcomes import Refusal


@dataclass(frozen=True, slots=True)
class Ministry:
    """``address``: ``https.Address`` of the ministry; ``letters``: ``letters.Mailbox`` or ``letters.Maildir`` of its answers."""

    title = "serveur du ministère, par HTTPS"

    address: https.Address
    letters: object

    def send(self, sending):
        """Send an archive; return its ``Receipt``."""
        with sending.opened() as (_stream, size):
            if size > MAX_ARCHIVE:
                raise Refusal("transport.taille", f"L’archive pèse plus de {MAX_ARCHIVE // 1048576} Mo : allégez-la.")
        return https.post(self.address, sending)

    def fetch(self, folder, limit=100):
        """Yield the ``Incoming`` letters."""
        return self.letters.fetch(folder, limit)

    def acknowledge(self, *incoming):
        """Put away letters that are recorded here."""
        self.letters.acknowledge(*incoming)

    def seen(self, sending):
        """None: the ministry answers no such question."""
        return None
