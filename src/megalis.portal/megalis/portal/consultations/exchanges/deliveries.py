"""The register of what was sent to companies: one row a letter, when it was made available, when it was first read."""

from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER


COLUMNS = (
    Column("Envoi", NUMBER, width=8), Column("Nature"), Column("Objet", width=40), Column("Destinataire"), Column("SIRET"),
    Column("Lots", width=10), Column("Mis à disposition (Paris)", INSTANT), Column("Première lecture (Paris)", INSTANT),
    Column("Réponses", NUMBER, width=10),
)  # fmt: skip


def kind_title(kind):
    """Return the words for the kind of a message."""
    return letters.KINDS[kind].title if kind in letters.KINDS else "Message"


def rows(consultation):
    """Yield the cells of COLUMNS, oldest first, in the order in which the companies were written to."""
    for rank, message in enumerate(reversed(messages.sent(consultation)), 1):
        for _place, delivery in sorted(message.deliveries.items()):
            yield (
                rank, kind_title(message.kind), message.subject, delivery.recipient.name, delivery.recipient.siret,
                ", ".join(delivery.recipient.lots), delivery.available, delivery.first_read, len(delivery.replies),
            )  # fmt: skip
