"""Rules of the basket as pure functions: what may be followed, when a reminder is due, how the list is told."""

from datetime import timedelta
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.refusal import Refused


MOST = 300  # consultations in the basket of one person
REMINDER = timedelta(days=2)
FILTERS = {"": "Toutes", "ouvertes": "Ouvertes", "closes": "Closes"}


def check_follow(public, count):
    """Refuse (``panier.brouillon``, ``panier.trop``) what cannot be put in a basket that holds ``count`` others."""
    if not public:
        raise Refused("panier.brouillon", "Cette consultation n’est pas publiée : elle ne se suit pas encore.")
    if count >= MOST:
        raise Refused(
            "panier.trop",
            f"Votre panier compte déjà {MOST} consultations, le plus qu’il puisse garder : retirez-en, puis recommencez.",
        )


def reminder_due(deadline, told_for, now):
    """Tell whether the reminder of ``deadline`` is to be sent now; ``told_for`` is the deadline last reminded of, or None.

    A deadline that was put off is reminded of again; one already past never is.
    """
    return deadline is not None and now < deadline <= now + REMINDER and told_for != deadline


def is_changed(version, version_followed):
    """Tell whether the dossier was rectified since it was put in the basket."""
    return (version or 1) > version_followed


def kept(rows, wanted):
    """Return the rows (dicts with ``phase``) that a filter of FILTERS keeps; an unknown filter keeps all."""
    if wanted == "ouvertes":
        return [row for row in rows if row["phase"] == phase.PUBLIEE]
    if wanted == "closes":
        return [row for row in rows if row["phase"] != phase.PUBLIEE]
    return list(rows)


def in_order(rows, now):
    """Return the rows (dicts with ``deadline``): those to come first, soonest first, then the past, last first."""
    live = sorted((row for row in rows if row["deadline"] and row["deadline"] > now), key=lambda row: row["deadline"])
    past = sorted(
        (row for row in rows if row not in live), key=lambda row: (row["deadline"] is not None, row["deadline"] or now)
    )
    return live + past[::-1]
