"""From an amount and a nature to what a buyer should begin: a procedure, a level, a form, the first date that would do."""

from dataclasses import dataclass
from datetime import date
from megalis.portal.consultations import legal
from megalis.portal.consultations import levels
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import thresholds
from megalis.portal.kernel import clock


@dataclass(frozen=True)
class Proposal:
    """``dispensed``: neither publicity nor competition is due, a direct purchase is lawful; ``first`` may be None."""

    procedure: str
    band: bands.Band | None
    supports: tuple
    days: int
    first: date | None
    advised: int | None
    long_form: bool
    dispensed: bool
    row: laws.Procedure
    threshold: laws.Threshold


def propose(collectivite, nature, amount, now=None):
    """Return the Proposal of a purchase of a nature (key of laws.NATURES) and an amount (whole euros)."""
    now = now or clock.now()
    day = clock.paris(now).date()
    law = legal.current()
    threshold = law.threshold(levels.buyer_kind(collectivite), day)
    name = thresholds.proposed(threshold, nature, amount)
    row = law.procedure(name, day)
    band = None
    if name == thresholds.MAPA:
        band = bands.band_of(levels.bands_of(collectivite, threshold), nature, amount)
        band = bands.strengthened(band, threshold) if band is not None else None
    demanded = thresholds.demanded(threshold, nature, amount)
    supports = band.supports if band is not None else tuple(group[0] for group in demanded)
    days = max(row.min_days or 0, band.min_days if band is not None else 0)
    return Proposal(
        procedure=name,
        band=band,
        supports=supports,
        days=days,
        first=procedures.first_date(now, days) if days else None,
        advised=row.advised_days,
        long_form=band is None or band.form == bands.LONG,
        dispensed=not demanded,
        row=row,
        threshold=threshold,
    )
