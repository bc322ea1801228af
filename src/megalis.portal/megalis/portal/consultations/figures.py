"""What was published, taken away and answered, counted for the key figures."""

from megalis.portal.consultations.statistics import suppliers
from megalis.portal.kernel import clock
from megalis.portal.kernel import figures
from megalis.portal.kernel import journal
from megalis.portal.kernel.interfaces import IKeyFigures
from zope.interface import provider


@provider(IKeyFigures)
def counted(site):
    """Return how many consultations were ever published, how many receive bids now, what was downloaded and answered."""
    now = clock.now()
    found = suppliers.summary(site, figures.Scope(figures.months(now), now))
    return [
        ("consultations", "consultations publiées", found.total),
        ("en-ligne", "consultations en ligne", found.online),
        ("dossiers", "dossiers téléchargés", sum(journal.tally(site, "retrait").values())),
        ("reponses", "réponses reçues dans les délais", found.received),
    ]
