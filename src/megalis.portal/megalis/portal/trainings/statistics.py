"""What is counted of the sessions of a site: read when somebody looks, never stored."""

from megalis.portal.kernel import figures
from megalis.portal.kernel.interfaces import ICharts
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.trainings import service
from megalis.portal.trainings.rules import counting
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import roster
from zope.interface import implementer


def came(site):
    """Return a counting.Came for every person who came to a session."""
    return [
        counting.Came(e.userid, e.kind, e.identifier, e.where, session.module.profile, session.start)
        for session in service.every_session(site, everything=True)
        for e in roster.came(session.entries)
    ]


def evaluations(site):
    """Return all Evaluations of a site."""
    return [found for session in service.every_session(site, everything=True) for found in session.evaluations.values()]


def satisfaction(site):
    """Return the Totals of all evaluations."""
    return evaluation.totals(evaluations(site))


@implementer(IKeyFigures)
class KeyFigures:
    """The people trained, among the key figures."""

    def __call__(self, site):
        rows = came(site)
        return [
            ("agents-formes", "agents formés", len(counting.first_times(rows))),
            ("entreprises-formees", "entreprises formées", len({r.identifier for r in rows if r.kind == "entreprise"})),
        ]


@implementer(ICharts)
class Charts:
    """Agents trained by period, among the charts of the key figures."""

    def __call__(self, site, scope):
        if scope.buyer is not None:
            return []
        counts = counting.by_month(came(site), scope.periods)
        rows = figures.over(scope.periods, counts)
        note = "Chaque agent compte une fois, à sa première formation."
        return [figures.Chart("agents-formes", "Agents formés", "Période", "agents", rows, note=note)]
