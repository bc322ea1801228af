"""The way of a consultation as the public sees it: pure functions from dates to stations."""

from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.kernel import clock


STATIONS = (
    ("publiee", "Publiée"),
    ("questions", "Questions"),
    ("remise", "Remise des plis"),
    (phase.OUVERTURE, "Ouverture"),
    (phase.ANALYSE, "Analyse"),
    (phase.DECIDEE, "Décision"),
    (phase.NOTIFIEE, "Notification"),
)
HERE = {
    phase.PUBLIEE: "remise",
    phase.CLOSE: phase.OUVERTURE,
    phase.OUVERTURE: phase.OUVERTURE,
    phase.ANALYSE: phase.ANALYSE,
    phase.DECIDEE: phase.NOTIFIEE,
}
ENDED = (phase.NOTIFIEE, phase.ARCHIVEE)
SPOKEN = {"done": "fait", "here": "étape en cours", "next": "à venir", "bad": "interrompue"}


def day(instant):
    """Return ``16 mars 2026``, "" without an instant."""
    return clock.french_date(instant, weekday=False) if instant else ""


def stations(where, reached, published, questions, deadline, opening, now, decides=True):
    """Return the line as dicts ``title, css, spoken, note``.

    ``where`` is the phase at ``now``; ``reached`` tells when a state of the workflow was come to; the other instants
    may be None. Questions are left out when they have no end of their own, and what follows the analysis where it
    ``decides`` nothing.
    """
    order = [name for name, _title in STATIONS if name != "questions" or questions]
    order = order if decides else [name for name in order if name not in suites.DECIDING]
    cancelled = phase.ANNULEE in reached or where == phase.ANNULEE
    ended = where in ENDED and not cancelled
    place = len(order) if ended else order.index(HERE.get(where, "remise"))
    found = []
    for rank, name in enumerate(order):
        css = "done" if rank < place else "here" if rank == place else "next"
        if cancelled:
            css = "done" if name in reached or name == "publiee" else "next"
        if name == "questions" and now < questions:
            css = "here" if where == phase.PUBLIEE and not cancelled else "next"
        note = _note(name, css, reached, published, questions, deadline, opening, now)
        found.append({"title": dict(STATIONS)[name], "css": css, "spoken": SPOKEN[css], "note": note})
    if cancelled:
        found.append(
            {"title": "Annulée", "css": "bad", "spoken": SPOKEN["bad"], "note": day(reached.get(phase.ANNULEE))}
        )
    return found


def _note(name, css, reached, published, questions, deadline, opening, now):
    if name == "publiee":
        return day(published)
    if name == "questions":
        return (
            f"closes le {day(questions)}" if now >= questions else f"jusqu’au {clock.french(questions, weekday=False)}"
        )
    if name == "remise":
        if not deadline:
            return ""
        return f"close le {day(deadline)}" if now >= deadline else f"jusqu’au {clock.french(deadline, weekday=False)}"
    if name == phase.OUVERTURE and name not in reached:
        return f"prévue le {day(opening)}" if opening and css != "done" else ""
    return day(reached.get(name)) if css == "done" or name in reached else ""


def elapsed(published, deadline, now):
    """Return how far ``now`` is between publication and closing, in per cent with one decimal, from 0 to 100."""
    if not published or not deadline or deadline <= published:
        return 100.0 if deadline and now >= deadline else 0.0
    return round(min(1, max(0, (now - published) / (deadline - published))) * 100, 1)


def days(published, deadline):
    """Return how many tide marks the gauge has: one a day, one a week beyond two months."""
    if not published or not deadline or deadline <= published:
        return 1
    count = max(1, (deadline - published).days)
    return count if count <= 62 else max(1, count // 7)
