"""What an alert is: how often it speaks, what of a search it keeps, in which words it says what it watches."""

from dataclasses import replace
from datetime import date
from datetime import datetime
from datetime import timedelta
from megalis.portal.consultations.alerts.matching import FACETS
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search import html
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from urllib.parse import parse_qs


IMMEDIATE, DAILY, WEEKLY = "immediate", "quotidienne", "hebdomadaire"
FREQUENCIES = {
    IMMEDIATE: "Dès la publication",
    DAILY: "Chaque jour, à 7 h",
    WEEKLY: "Chaque lundi, à 7 h",
}
HOUR = 7  # of Paris
MONDAY = 0
MAX_BY_ADDRESS = 50
CONFIRM_DAYS = 7
PAUSED_AFTER = 3  # messages refused in a row
WAITING, ACTIVE, PAUSED, BOUNCED = "a-confirmer", "active", "en-pause", "en-echec"
STATES = {
    WAITING: "À confirmer",
    ACTIVE: "Active",
    PAUSED: "En pause",
    BOUNCED: "Arrêtée : messages refusés",
}


def watched(criteria):
    """Return the part of a search that an alert keeps: words, place, nature, procedure, object and buyer.

    State, dates and order say nothing of a consultation that is published today.
    """
    kept = tuple((name, values) for name, values in criteria.facets if name in FACETS)
    return replace(words.Criteria(), q=criteria.q, facets=kept)


def from_query(query):
    """Return the Criteria of a kept address (``?q=…``); what no longer has a meaning is left out."""
    found, _problems = words.parse(parse_qs(query.lstrip("?")))
    return watched(found)


def left_out(criteria):
    """Return what of a search an alert leaves aside, in French words."""
    dropped = [name for name, _values in criteria.facets if name not in FACETS]
    dropped += [
        name for name, value in (("since", criteria.since), ("due", criteria.due_from or criteria.due_to)) if value
    ]
    labels = {"etat": "l’état", "since": "la date de publication", "due": "la date limite"}
    return [labels[name] for name in dropped]


def said(criteria, titles=None):
    """Return a search in French words: ``« voirie », Finistère ou Morbihan, Travaux``; everything when it asks nothing.

    ``titles``: buyer slug -> title.
    """
    parts = [f"« {criteria.q} »"] if criteria.q else []
    for name, values in criteria.facets:
        parts.append(" ou ".join(html.value_label(name, value, titles or {}) for value in values))
    return ", ".join(parts) or "Toutes les consultations"


def frequency(value):
    """Return a known frequency; Refused ``alerte.frequence``."""
    if value not in FREQUENCIES:
        known = ", ".join(FREQUENCIES)
        raise Refused("alerte.frequence", f"« {str(value)[:30]} » n’est pas une fréquence : {known}.", str(value)[:30])
    return value


def last_turn(name, now):
    """Return the last instant at or before ``now`` when alerts of this frequency were due; ``now`` for immediate ones."""
    if name == IMMEDIATE:
        return now
    local = clock.paris(now)
    day = local.date()
    if name == WEEKLY:
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    turn = _at(day)
    if turn > now:
        turn = _at(day - timedelta(days=7 if name == WEEKLY else 1))
    return turn


def _at(day: date):
    return datetime(day.year, day.month, day.day, HOUR, tzinfo=clock.PARIS).astimezone(clock.UTC)


def stale(created, now):
    """True when a subscription that nobody confirmed is to be forgotten."""
    return now - created >= timedelta(days=CONFIRM_DAYS)
