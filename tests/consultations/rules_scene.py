"""What the tests of the rules share: an hour, a deadline, the codes of findings."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import checklist


NOW = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


DEADLINE = datetime(2026, 3, 16, 11, 0, 0, tzinfo=UTC)


SECOND = timedelta(seconds=1)


def codes(findings):
    return [finding.code for finding in findings]


def values(**changes):
    base = {
        "reference": "2026-01",
        "title": "Réfection de la voirie",
        "description": "Voirie communale",
        "procedure": "procedure-adaptee",
        "nature": "travaux",
        "cpv": "45233140",
        "places": ("FRH02",),
        "criteria": ({"name": "Prix", "weight": 60}, {"name": "Valeur technique", "weight": 40}),
        "contact_email": "marches@commune.example",
        "questions_deadline": DEADLINE - timedelta(days=8),
        "deadline": DEADLINE,
        "planned_opening": DEADLINE,
        "envelopes": ("candidature", "offre"),
        "accepted_formats": ("pdf",),
        "max_deposit_bytes": 2**31,
        "pieces": (checklist.PieceValues("rc.pdf", "reglement", (), 10),),
    }
    return checklist.Values(**{**base, **changes})
