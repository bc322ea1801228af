"""The register of deposits: a projection of the journal's events, for its page, its tables and other programs."""

from functools import cached_property
from megalis.portal.deposits import documents
from megalis.portal.deposits import naming
from megalis.portal.deposits import rules
from megalis.portal.deposits.grouping import store as grouping
from megalis.portal.formats import jcs
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal


LATE = b'"hors_delai":true'  # in canonical bytes, these stand for that member only
STATES = {"recu": "Reçu", "remplace": "Remplacé", "retire": "Retiré"}
COLUMNS = (
    Column("Rang", NUMBER),
    Column("Numéro"),
    Column("Reçu le (Paris)", INSTANT),
    Column("État"),
    Column("Hors délai"),
    Column("Opérateur économique"),
    Column("SIRET"),
    Column("Enveloppes"),
    Column("Octets", NUMBER),
)


class Deposits:
    """The deposits of a consultation, oldest first; ``named`` when bidders may be named to its agents.

    ``late`` of them came too late; ``refused`` is how many were sent and not received.

    Rows are made when they are asked for: a page of a hundred among ten thousand costs a hundred.
    """

    def __init__(self, consultation, named):
        self.consultation = consultation
        self.named = named
        self._found, self._states, self.late, self.refused = journal.made(
            consultation, "depots", lambda: self._read(consultation)
        )

    @staticmethod
    def _read(consultation):
        found, said, refused = [], [], 0
        for _id, kind, data, _salt in journal.raw(consultation, "depot", "retrait-pli", "refus"):
            if kind == "refus":
                refused += jcs.peek(data, "acte") == "depot"
                continue
            said.append(
                {
                    "type": kind,
                    "depot": jcs.peek(data, "depot"),
                    "hors_delai": LATE in data,
                    "remplace": jcs.peek(data, "remplace"),
                }
            )
            if kind == "depot":
                found.append(data)
        return found, rules.deposit_states(said), sum(event["hors_delai"] for event in said), refused

    @cached_property
    def _names(self):
        return naming.Naming(self.consultation)

    @cached_property
    def _groupings(self):
        return grouping.shown(self.consultation) if self.named else {}

    def __len__(self):
        return len(self._found)

    def rows(self, start=0, stop=None):
        """Return rows as dicts: ``rank, deposit, number, received`` (aware), ``late, state, name, siret, plis, lots, size``."""
        return [self._row(rank, jcs.loads(data)) for rank, data in enumerate(self._found[start:stop], start + 1)]

    def _row(self, rank, event):
        name, siret = self._names.of_event(event) if self.named else ("", "")
        joint = self._groupings.get(event["depot"])
        return {
            "rank": rank,
            "deposit": event["depot"],
            "number": event["numero"],
            "received": clock.from_rfc3339(event["recu"]),
            "late": event["hors_delai"],
            "state": self._states[event["depot"]],
            "name": name,
            "siret": siret,
            "grouping": grouping.said(joint) if joint else "",
            "plis": [documents.envelope_title(row) for row in event["plis"]] if self.named else [],
            "lots": list(dict.fromkeys(row["lot"] for row in event["plis"] if row["lot"])) if self.named else [],
            "size": sum(row["taille"] for row in event["plis"]),
        }


def cells(row):
    """Return the cells of a row, in the order of COLUMNS."""
    return (
        row["rank"], row["number"], row["received"], STATES[row["state"]], "oui" if row["late"] else "non",
        " ; ".join(filter(None, (row["name"], row["grouping"]))), row["siret"], " | ".join(row["plis"]), row["size"],
    )  # fmt: skip


def may_name(consultation, now=None):
    """Tell whether bidders may be named to the buyer's agents: after the deadline only."""
    return consultation.deadline is not None and (now or clock.now()) >= consultation.deadline
