"""The register of what is sent by post: every request with its steps, for its page, its tables and the archive."""

from megalis.portal.deposits.postal import letters
from megalis.portal.deposits.postal import rules
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT


COLUMNS = (
    Column("Demandé le (Paris)", INSTANT), Column("Envoi"), Column("Entreprise"), Column("SIRET"), Column("Adresse"),
    Column("État"), Column("Transporteur"), Column("Suivi"), Column("Expédié le (Paris)", INSTANT),
    Column("Terminé le (Paris)", INSTANT), Column("Note"),
)  # fmt: skip


def cells(item):
    """Return the cells of a Request, in the order of COLUMNS."""
    return (
        item.asked, item.title, item.name, item.siret, ", ".join(letters.lines(item.address)), rules.STATES[item.state],
        item.carrier, item.tracking, item.sent, item.ended, item.note,
    )  # fmt: skip
