"""What the room keeps beside a consultation: its method, the rows of the analysis, signed documents, dates of notification.

Reading makes nothing: a row exists once an agent wrote in it. Each row is an object of its own, so that two agents who
work on two bids at one instant never wait for each other.
"""

from Acquisition import aq_base
from BTrees.OOBTree import OOBTree
from decimal import Decimal
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import scoring
from persistent import Persistent
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.attribution"
METHOD = {
    "formula": scoring.INVERSE,
    "scale": "poids",
    "price": None,  # rank of the criterion the formula scores; None: the first whose name says price
    "ratio": lowprice.RATIO,
    "against": lowprice.EITHER,
    "options": False,  # compared prices count the options
}


class Award(Persistent):
    """``rows``: (lot, key) -> Row; ``notified``: lot -> dict; ``handed``: (lot, holder) -> dict; ``late``: deposit -> dict."""

    def __init__(self):
        self.method = PersistentMapping()
        self.rows = OOBTree()
        self.notified = OOBTree()
        self.handed = OOBTree()
        self.late = OOBTree()
        self.signed = ()


class Row(Persistent):
    """What was written of a bid on a lot; ``values`` is replaced as a whole, never changed in place."""

    def __init__(self, values, by, at):
        self.values = values
        self.by = by
        self.at = at


def of(consultation):
    """Return the Award of a consultation, or None while nothing was ever written."""
    annotations = getattr(aq_base(consultation), "__annotations__", None)
    return annotations.get(KEY) if annotations is not None else None


def for_write(consultation):
    """Return the Award, made when absent."""
    found = of(consultation)
    if found is None:
        found = IAnnotations(consultation)[KEY] = Award()
    return found


def method(consultation):
    """Return the method of the analysis as a dict with the keys of METHOD."""
    found = of(consultation)
    return {**METHOD, **(found.method if found is not None else {})}


def rows(consultation, lot):
    """Return ``{key: Row}`` of what was written about a lot."""
    found = of(consultation)
    if found is None:
        return {}
    return {key: row for (_lot, key), row in found.rows.items((lot, ""), (lot, "\uffff"))}


def compared(values, options):
    """Return the price that is compared (Decimal or None) of a row's values."""
    price = values.get("amount")
    if price is None:
        return None
    return price + (values.get("options") or Decimal(0)) if options else price
