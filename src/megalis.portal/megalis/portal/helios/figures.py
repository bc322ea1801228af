"""Flows over time: how many left, what became of them, how long the Trésor took; counted from the catalog, nothing stored."""

from decimal import Decimal
from decimal import InvalidOperation
from megalis.portal.formats.pes import states
from megalis.portal.helios import rules
from megalis.portal.kernel import figures
from megalis.portal.kernel.figures import Chart
from megalis.portal.kernel.figures import Indicator
from megalis.portal.kernel.figures import RANKS
from plone import api


HOUR = 3600


def rows(registre):
    """Return (state, ``pes_resume``) of every flow of a register; none without one."""
    if registre is None:
        return []
    catalog = api.portal.get_tool("portal_catalog")
    found = catalog.unrestrictedSearchResults(portal_type="FluxPES", path="/".join(registre.getPhysicalPath()))
    return [(brain.pes_etat, brain.pes_resume) for brain in found]


def counters(kept):
    """Return (key, label, number): deposited, sent, accepted, in part, refused."""
    count = {name: sum(etat == name for etat, _told in kept) for name in states.ETATS}
    return [
        ("flux-deposes", "flux déposés", len(kept)),
        ("flux-transmis", "transmis au Trésor", sum(told["transmis"] is not None for _etat, told in kept)),
        ("flux-acceptes", "acceptés", count[states.ACQUITTE] + count[states.RECU]),
        ("flux-mixtes", "acceptés en partie", count[states.MIXTE]),
        ("flux-refuses", "refusés", count[states.REFUSE]),
        ("flux-attente", "sans acquittement", sum(count[name] for name in states.WAITING)),
    ]


def indicators(kept):
    """Return the share of flows accepted whole, and the hours the Trésor takes."""
    answered = [(etat, told) for etat, told in kept if told["repondu"] is not None and told["transmis"] is not None]
    whole = sum(etat in (states.ACQUITTE, states.RECU) for etat, _told in answered)
    delay = figures.middle([(told["repondu"] - told["transmis"]).total_seconds() for _etat, told in answered])
    value, unit = (delay, "") if delay is None else (delay / HOUR, "h") if delay >= HOUR else (delay / 60, "min")
    return [
        Indicator("part-acceptes", "de flux acceptés en entier", figures.share(whole, len(answered)), "%"),
        Indicator("delai", "de l’envoi à l’acquittement", value, unit, 1, "Durée médiane des flux acquittés."),
    ]


def charts(kept, periods):
    """Return the charts: sent, amounts, refused or accepted in part over periods, and flows by state."""
    sent = [told["transmis"] for _etat, told in kept if told["transmis"] is not None]
    wrong = [told["transmis"] for etat, told in kept if etat in (states.MIXTE, states.REFUSE)]
    totals = {}
    for etat, _told in kept:
        totals[etat] = totals.get(etat, 0) + 1
    return [
        Chart("flux", "Flux transmis", "Période", "flux", figures.over(periods, figures.spread(sent, periods))),
        Chart(
            "montants", "Montants transmis, en milliers d’euros", "Période", "milliers d’euros",
            figures.over(periods, amounts(kept, periods)), note="Montants hors taxe des bordereaux.",
        ),
        Chart(
            "anomalies", "Flux refusés ou acceptés en partie", "Période", "flux",
            figures.over(periods, figures.spread(wrong, periods)),
        ),
        Chart("etats", "Où en sont les flux", "État", "flux", figures.ranked(totals, rules.state_label), RANKS),
    ]  # fmt: skip


def amounts(kept, periods):
    """Return the thousands of euros sent in each period."""
    place, sums = figures.Places(periods), [Decimal(0)] * len(periods)
    for _etat, told in kept:
        rank = place(told["transmis"])
        try:
            amount = Decimal(told["montant"] or 0)
        except InvalidOperation:
            continue
        if rank is not None:
            sums[rank] += amount
    return [int(total / 1000) for total in sums]
