"""The law of this site: the shipped tables, the rows its operator added, and what applies to a consultation.

A consultation in preparation follows the rows in force today. Once published it keeps those it was published under: a row
added later changes nothing of what companies were told.
"""

from dataclasses import dataclass
from megalis.portal.consultations import api
from megalis.portal.consultations import levels
from megalis.portal.consultations.rules import amending
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


KEY = "megalis.consultations.law"


def rows(table, site=None):
    """Return the rows the site added to a table, oldest first: dicts of a JSON row with ``uid``, ``by`` and ``at``."""
    site = getSite() if site is None else site
    kept = getattr(site, "__annotations__", None)
    kept = kept.get(KEY) if kept is not None else None
    return list(kept.get(table, ())) if kept is not None else []


def current(site=None):
    """Return the rules.law.Law of this site."""
    added = {table: rows(table, site) for table in laws.READERS}
    if not any(added.values()):
        return laws.shipped()
    return laws.shipped().completed(added[laws.PROCEDURES], added[laws.THRESHOLDS])


def add_row(table, row, by, site=None):
    """Add a row (JSON object) to a table; Refused with the codes of ``rules.amending``, all sentences in one."""
    site = getSite() if site is None else site
    found = amending.findings(table, row, current(site))
    if found:
        raise Refused(found[0].code, " ".join(finding.message for finding in found))
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping({name: PersistentList() for name in laws.READERS})
    kept = {**row, "uid": uuidhex(), "by": by, "at": clock.now()}
    annotations[KEY][table].append(kept)
    _tell(site, "ajout", table, kept)
    return kept


def remove_row(table, uid, site=None):
    """Take away a row the site added; Refused ``regle.inconnue``."""
    site = getSite() if site is None else site
    kept = next((row for row in rows(table, site) if row["uid"] == uid), None)
    if kept is None:
        raise Refused("regle.inconnue", "Cette ligne n’existe plus : rechargez la page.")
    IAnnotations(site)[KEY][table].remove(kept)
    _tell(site, "retrait", table, kept)
    return kept


def _tell(site, fact, table, row):
    event = {
        "type": "regle",
        "fait": fact,
        "table": table,
        "ligne": row.get("procedure") or row["buyer"],
        "du": row["from"],
        "au": row["to"],
        "source": row["source"],
    }
    journal.record(site, event)


@dataclass(frozen=True)
class Applied:
    """What applies to a consultation: rows of the law, level of its collectivité, supports the law demands."""

    procedure: laws.Procedure
    threshold: laws.Threshold
    framework: laws.Procedure
    band: bands.Band | None
    demanded: tuple
    amount: int | None
    kept: bool  # as published, and not as of today

    @property
    def below(self):
        """True when the amount is under the threshold from which the times of the procedure bind."""
        bound = self.procedure.bound_by
        limit = self.threshold.formal.get(bound) if bound else None
        return limit is not None and self.amount is not None and self.amount < limit

    @property
    def standstill(self):
        """Days between the information of the rejected and the signature, or None."""
        return None if self.below else self.procedure.standstill

    @property
    def standstill_paper(self):
        """The same when they are told otherwise than by electronic means."""
        return None if self.below else self.procedure.standstill_paper


def amount_of(consultation):
    """Return the amount that thresholds look at: the maximum of an accord-cadre, the estimate, the sum of the lots."""
    estimated = consultation.estimated_value
    if estimated is None:
        values = [lot.estimated_value for lot in api.lots(consultation) if lot.estimated_value is not None]
        estimated = sum(values) if values else None
    return techniques.amount_that_counts(consultation.framework, consultation.framework_maximum, estimated)


def purchase_of(consultation, amount):
    """Return the thresholds.Purchase of a consultation of this amount."""
    return thresholds.Purchase(
        consultation.procedure,
        consultation.nature or "",
        amount,
        consultation.ground or thresholds.AMOUNT,
        tuple(lot.estimated_value for lot in api.lots(consultation) if lot.estimated_value is not None),
    )


def applied(consultation, now=None):
    """Return the Applied of a consultation: kept with it since its publication, else of the law at ``now``."""
    kept = getattr(consultation, "applied_law", None)
    if kept is not None:
        return _rebuilt(kept)
    day = clock.paris(now or clock.now()).date()
    law = current()
    buyer = api.buyer(consultation)
    threshold = law.threshold(levels.buyer_kind(buyer), day)
    amount = amount_of(consultation)
    origin = api.origin(consultation)
    if origin is not None:  # publicity and levels bound its origin; the time and the standstill are its own
        row = suites.demands(consultation.relation, origin.procedure, day, law)
        return Applied(row, threshold, law.procedure(laws.FRAMEWORK, day), None, (), amount, False)
    procedure = law.procedure(consultation.procedure, day)
    purchase = purchase_of(consultation, amount)
    band = None
    if consultation.procedure in (thresholds.MAPA, thresholds.DIRECT):
        band = bands.band_of(levels.bands_of(buyer, threshold), consultation.nature or "", amount)
    if band is not None:
        band = bands.unbound(band) if thresholds.is_excepted(purchase) else bands.strengthened(band, threshold)
    return Applied(
        procedure,
        threshold,
        law.procedure(laws.FRAMEWORK, day),
        band,
        thresholds.demanded_of(threshold, purchase),
        amount,
        False,
    )


def keep(consultation, now):
    """Write with the consultation the rules it is published under."""
    found = applied(consultation, now)
    consultation.applied_law = {
        "procedure": laws.to_json(found.procedure),
        "threshold": laws.to_json(found.threshold),
        "framework": laws.to_json(found.framework),
        "band": bands.to_json(found.band) if found.band is not None else None,
        "demanded": found.demanded,
        "amount": found.amount,
    }


def _rebuilt(kept):
    procedure, threshold, framework = (
        reader(kept[name], kept[name].get("origin", laws.SHIPPED))
        for name, reader in (
            ("procedure", laws.procedure_row),
            ("threshold", laws.threshold_row),
            ("framework", laws.procedure_row),
        )
    )
    band = bands.from_json(kept["band"]) if kept["band"] else None
    demanded = tuple(tuple(group) for group in kept["demanded"])
    return Applied(procedure, threshold, framework, band, demanded, kept["amount"], True)


def law_of(consultation):
    """Return the Law to read for a consultation: the row it was published under, and nothing else, once it is."""
    kept = getattr(consultation, "applied_law", None)
    if kept is None:
        return current()
    found = _rebuilt(kept)
    return laws.Law((found.procedure,), (found.threshold,))


def supports(consultation, found=None):
    """Return the codes of the supports where the notice of a consultation goes.

    Those its agents chose; before they choose, those of its level, else the first that the law takes of each alternative.
    A contract without publicity goes where its award is told.
    """
    if consultation.supports:
        return tuple(consultation.supports)
    found = found or applied(consultation)
    purchase = purchase_of(consultation, found.amount)
    if thresholds.is_excepted(purchase):
        return thresholds.telling_award(found.threshold, purchase)
    if found.band is not None:
        return found.band.supports
    return tuple(group[0] for group in found.demanded)
