"""What other rooms are told of a notification."""

from datetime import datetime
from datetime import UTC
from decimal import Decimal
from megalis.portal.awards.events import Holder
from megalis.portal.awards.events import LotNotified
from megalis.portal.awards.interfaces import ILotNotified


DAY = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)


def test_a_notified_lot_names_its_consultation_its_holders_and_its_date():
    holder = Holder("Armor Voirie", "73282932000074", amount=Decimal("185000.50"), date=DAY)
    event = LotNotified("consultation", "2", [holder], Decimal("185000.50"), DAY, "lecture")
    assert ILotNotified.providedBy(event)
    assert (event.object, event.lot, event.holders, event.date, event.how) == (
        "consultation",
        "2",
        (holder,),
        DAY,
        "lecture",
    )
