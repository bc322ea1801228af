"""The charts and indicators of the room, for whoever draws them (``kernel.interfaces.ICharts``, ``IIndicators``)."""

from megalis.portal.consultations.search import html
from megalis.portal.consultations.search import source
from megalis.portal.consultations.statistics import counting
from megalis.portal.consultations.vocabularies import NATURES
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.kernel import figures
from megalis.portal.kernel import journal
from megalis.portal.kernel.figures import Chart
from megalis.portal.kernel.figures import Indicator
from megalis.portal.kernel.figures import RANKS
from megalis.portal.kernel.interfaces import ICharts
from megalis.portal.kernel.interfaces import IIndicators
from weakref import WeakKeyDictionary
from zope.interface import provider


DECIDED = "Sur les consultations décidées."
OPENED = "Sur les consultations dont les plis sont ouverts."

_summaries = WeakKeyDictionary()


def rows_of(snapshot, buyer=None):
    """Return the rows of a picture, or those of one buyer."""
    if buyer is None:
        return [row for row in snapshot.rows if row is not None]
    slug = buyer.getId()
    return [row for row in snapshot.rows if row is not None and row.buyer_slug == slug]


def summary(site, scope):
    """Return the counting.Summary of a scope: once for each picture of the search, and each minute for what is online."""
    picture = source.snapshot(site)
    slug = scope.buyer.getId() if scope.buyer is not None else ""
    key = (slug, scope.public, scope.periods, int(scope.now.timestamp() // 60))
    kept = _summaries.setdefault(picture, {})
    found = kept.get(key)
    if found is None:
        if len(kept) > 50:
            kept.clear()
        found = kept[key] = counting.summary(rows_of(picture, scope.buyer), scope.periods, scope.now, scope.public)
    return found


def tallied(site, scope, kind):
    """Return how many events of a type the journal has in each period."""
    buyer = getattr(scope.buyer, "siret", "") if scope.buyer is not None else ""
    months = journal.tally(site, kind, buyer) if scope.buyer is None or buyer else {}
    return [sum(count for month, count in months.items() if month.startswith(p.key)) for p in scope.periods]


@provider(ICharts)
def charts(site, scope):
    """What is published, how, where, for what answer and how long it takes."""
    found = summary(site, scope)
    note = DECIDED if scope.public else OPENED
    drawn = [
        Chart("publiees", "Consultations publiées", "Période", "consultations", figures.over(scope.periods, found.published)),
        Chart(
            "dossiers", "Dossiers téléchargés", "Période", "téléchargements",
            figures.over(scope.periods, tallied(site, scope, "retrait")),
            note="Chaque retrait d’un dossier, anonyme ou identifié.",
        ),
        Chart(
            "reponses", "Réponses reçues dans les délais", "Période", "réponses",
            figures.over(scope.periods, found.replied), note=f"{note} À la date limite.",
        ),
        Chart(
            "attribution", "Jours de la date limite à la notification", "Période", "jours",
            figures.over(scope.periods, [round(figures.middle(days)) if days else None for days in found.awarded]),
            note="Durée médiane des marchés notifiés dans la période.",
        ),
        Chart(
            "procedures", "Par procédure", "Procédure", "consultations",
            figures.ranked(found.procedures, lambda name: PROCEDURES.get(name, name or "Non précisée")), RANKS,
        ),
        Chart(
            "natures", "Par nature", "Nature", "consultations",
            figures.ranked(found.natures, lambda name: NATURES.get(name, "Non précisée")), RANKS,
        ),
        Chart(
            "nombre-reponses", "Combien de réponses par consultation", "Réponses", "consultations",
            counting.by_replies(found) if found.answered else (), RANKS, note=note,
        ),
    ]  # fmt: skip
    if scope.buyer is None:
        drawn.insert(
            5,
            Chart(
                "departements", "Par département d’exécution", "Département", "consultations",
                figures.ranked(found.departments, html.department_label), RANKS,
                note="Une consultation exécutée dans plusieurs départements compte dans chacun.",
            ),
        )  # fmt: skip
    return drawn


@provider(IIndicators)
def indicators(site, scope):
    """Shares and averages."""
    found = summary(site, scope)
    note = DECIDED if scope.public else OPENED
    average = found.received / found.answered if found.answered else None
    return [
        Indicator("part-mapa", "de procédures adaptées", figures.share(found.mapa, found.total), "%"),
        Indicator("reponses-moyenne", "réponses par consultation", average, "", 1, note),
        Indicator("sans-reponse", "de consultations sans réponse", figures.share(found.without, found.answered), "%", 0, note),
        Indicator(
            "dematerialisees", "de réponses remises par voie électronique",
            figures.share(found.electronic, found.received), "%", 0, f"{note} Les plis remis sur papier comptent aussi.",
        ),
        Indicator(
            "delai-attribution", "de la date limite à la notification", figures.middle(found.days), "jours", 0,
            "Durée médiane des marchés notifiés.",
        ),
    ]  # fmt: skip


def counters(site, scope):
    """Return the counters of one collectivité: list of (key, label, number)."""
    found = summary(site, scope)
    buyer = getattr(scope.buyer, "siret", "") or ""
    downloads = sum(journal.tally(site, "retrait", buyer).values()) if buyer else 0
    return [
        ("consultations", "consultations publiées", found.total),
        ("en-ligne", "consultations en ligne", found.online),
        ("dossiers", "dossiers téléchargés", downloads),
        ("reponses", "réponses reçues dans les délais", found.received),
    ]
