"""A region at the size the press told: ``bin/instance run`` of this file fills an empty site, by the functions pages use.

2007: the release of 4 July 2007, counted on 30 June. 2009: the figures given two years later (340 collectivités, 4,684
consultations, 6,587 companies, 2,335 subscribers, 64,443 dossiers, 660 answers). Where neither counts a thing the other
one's ratio stands (companies with a certificate, consultations online, answers of 2007), and there are as many agents in
2009 as were to be trained. Nothing is stored as a figure: the pages count what is here
(answers once their consultation is decided, as the law wants).
"""

from contextlib import contextmanager
from dataclasses import dataclass
from DateTime import DateTime
from datetime import timedelta
from megalis.portal.consultations.alerts import rules as alert_rules
from megalis.portal.consultations.alerts import store as alerts
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.search import criteria
from megalis.portal.deposits import closing
from megalis.portal.distributions.megalis import create
from megalis.portal.distributions.megalis import making
from megalis.portal.distributions.megalis.progress import Progress
from megalis.portal.formats.eforms import generator
from megalis.portal.formats.eforms.buyers import members
from megalis.portal.formats.eforms.buyers import of
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.worker import site_request
from megalis.portal.organisations import people
from plone import api
from Products.CMFCore import indexing
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import gc
import itertools
import logging
import random
import sys
import transaction


@dataclass(frozen=True)
class Size:
    """How many there are of each; ``days`` since the room opened."""

    days: int
    towns: int
    agents: int
    consultations: int
    online: int
    companies: int
    certificates: int
    alerts: int
    downloads: int
    answers: int


SIZES = {
    "2007": Size(166, 24, 173, 505, 100, 1_021, 42, 408, 1_376, 47),
    "2009": Size(846, 340, 1_500, 4_684, 450, 6_587, 271, 2_335, 64_443, 660),
}
SEED = 20070704
BATCH = 50  # consultations a transaction, as their pieces are files
MORE = 500  # of what is lighter
TRADES = (
    "Menuiserie", "Charpente", "Couverture", "Maçonnerie", "Électricité", "Plomberie", "Peinture", "Serrurerie",
    "Terrassement", "Voirie", "Espaces verts", "Nettoyage", "Imprimerie", "Informatique", "Bureau d’études", "Géomètres",
    "Restauration", "Transports", "Fournitures de bureau", "Signalisation",
)  # fmt: skip
SEARCHES = (
    {}, {"nature": ["travaux"]}, {"nature": ["services"]}, {"nature": ["fournitures"]}, {"q": ["voirie"]},
    {"q": ["école"]}, {"q": ["nettoyage"]}, {"q": ["espaces verts"]},
)  # fmt: skip
SHORTEST, LONGEST = 37, 52  # days a consultation is open
DATES = ("deadline", "questions_deadline", "planned_opening")
IDENTIFIED = 20  # one withdrawal in so many says who he is
ROLES = ("Manager", "Acheteur", "Valideur", "Administrateur", "PorteurDeCle")


class NotEmpty(Exception):
    """There is content already: a region is not mixed with another."""


def fill(site, size, progress, save=transaction.commit):
    """Fill an empty site; ``save`` is called after each batch, ``progress`` with a line of text at each step."""
    towns = sum(not town.simulation for town in site["collectivites"].objectValues())  # the worker makes that one
    companies = len(site["entreprises"].objectIds())
    if towns or companies:
        raise NotEmpty(f"Ce site n’est pas vide. Collectivités : {towns}, entreprises : {companies}.")
    with api.env.adopt_roles(list(ROLES)):
        _Region(site, size, progress, save).fill()


class _Region:
    def __init__(self, site, size, progress, save):
        self.site, self.size, self.progress, self._save = site, size, progress, save
        self.rng = random.Random(SEED)  # noqa: S311  repeatable content, no secret is drawn from it
        self.now = clock.now()
        self.opening = self.now - timedelta(days=size.days)

    def fill(self):
        self._places()
        self._companies()
        self._consultations()
        self._alerts()
        self._answers()
        self._downloads()
        self._closings()
        for town in self.towns.values():
            making.drill(town)
        while journal.merge(self.site):
            self.save()
        self.save()
        self.progress("Journal scellé")

    def save(self):
        """Commit what was made and let go of it: a region does not fit in memory."""
        self._save()
        self.site._p_jar.cacheMinimize()
        gc.collect()

    def spread(self, count, until):
        """Return ``count`` instants from the opening of the room to ``until``, in order."""
        span = (until - self.opening).total_seconds()
        return sorted(self.opening + timedelta(seconds=self.rng.random() * span) for _ in range(count))

    def _places(self):
        kinds = {}
        for buyer in members():
            kinds.setdefault(buyer.type, []).append(buyer)
        fewer = {"epci": 5, "commune": self.size.towns}
        first = [item for kind, found in kinds.items() if kind != "commune" for item in found[: fewer.get(kind, 4)]]
        rest = [item for item in members() if item not in first]
        self.buyers = (first + rest)[: self.size.towns]
        self.towns = {}
        each, left = divmod(self.size.agents, self.size.towns)
        joined = self.spread(self.size.towns, self.opening + timedelta(days=30))
        for rank, (buyer, instant) in enumerate(zip(self.buyers, joined, strict=True)):
            with making.at(instant):
                town = making.town(buyer.organisation(), creation_date=DateTime(instant))
                making.agents(town, printed=rank == 0, count=each + (rank < left))
            self.towns[buyer.siret] = town
            if rank % BATCH == BATCH - 1:
                self.save()
        making.account(
            "Exploitant de la plateforme",
            "exploitation",
            "exploitation@megalis.example",
            people.EXPLOITANT,
            "Exploitation",
        )
        self.save()
        self.progress(f"{len(self.towns)} collectivités, {self.size.agents} agents et leurs clés")

    def _companies(self):
        names = ((trade, place) for place in members() for trade in TRADES)
        self.companies = []
        rows = zip(self.spread(self.size.companies, self.now), names, strict=False)
        for rank, (instant, (trade, place)) in enumerate(rows):
            name = f"{trade} {of(place.nom)}"
            with making.at(instant):
                self.companies.append(
                    making.company(
                        name,
                        making.luhn(f"90{rank:06d}"),
                        printed=rank == 0,
                        certificate=rank % (self.size.companies // self.size.certificates) == 0
                        and rank // (self.size.companies // self.size.certificates) < self.size.certificates,
                        creation_date=DateTime(instant),
                    )
                )
            if rank % MORE == MORE - 1:
                self.save()
                self.progress(f"{rank + 1} entreprises")
        self.save()
        self.progress(f"{len(self.companies)} entreprises, dont {self.size.certificates} avec un certificat")

    def _dates(self):
        """Return ``(published, deadline)`` of every consultation, in the order of publication."""
        found, day = [], timedelta(days=1)
        for published in self.spread(self.size.consultations - self.size.online, self.now - SHORTEST * day - 3 * day):
            longest = min(LONGEST, (self.now - published) // day - 1)
            found.append((published, published + self.rng.randint(SHORTEST, longest) * day))
        for _ in range(self.size.online):
            published = self.now - self.rng.random() * (SHORTEST - 1) * day
            found.append((published, published + self.rng.randint(SHORTEST, LONGEST) * day))
        return sorted(found)

    def _consultations(self):
        self.consultations = []
        notices = generator.generate(10 * self.size.consultations, SEED, self.now, among=self.buyers)
        for published, deadline in self._dates():
            with _indexed_once():
                self.consultations.append(self._consultation(notices, published, deadline))
            if len(self.consultations) % BATCH == 0:
                self.save()
                self.progress(f"{len(self.consultations)} consultations publiées")
        self.save()
        self.progress(f"{len(self.consultations)} consultations publiées, dont {self.size.online} en ligne")

    def _consultation(self, notices, published, deadline):
        """Return the next consultation whose publication the rules allow; a draft that they refuse is thrown away."""
        for notice in notices:
            town = self.towns[notice.buyers[0].siret]
            with making.at(published):
                found = making.draft(town, notice, deadline, making.PIECES[:1])
                _move(found, deadline)
                if making.publish(town, found):
                    return found
                api.content.delete(found, check_linkintegrity=False)
        raise ValueError("les avis de démonstration ne suffisent pas")

    def _alerts(self):
        frequencies = [*alert_rules.FREQUENCIES, alert_rules.DAILY, alert_rules.DAILY]
        rows = zip(self.companies, self.spread(self.size.alerts, self.now), strict=False)
        for rank, (company, instant) in enumerate(rows):
            asked, _problems = criteria.parse(self.rng.choice(SEARCHES))
            with making.at(instant):
                alerts.subscribe(self.site, company.email, asked, self.rng.choice(frequencies), trusted=True)
            if rank % MORE == MORE - 1:
                self.save()
        self.save()
        self.progress(f"{self.size.alerts} abonnés aux alertes")

    def _answers(self):
        pairs = zip(
            self.rng.choices(self.consultations, k=self.size.answers),
            self.rng.sample(self.companies, self.size.answers),
            strict=True,
        )
        for rank, (consultation, company) in enumerate(pairs):
            with making.at(self._moment(consultation)):
                making.bid(consultation, company)
            if rank % BATCH == BATCH - 1:
                self.save()
        self.save()
        self.progress(f"{self.size.answers} réponses scellées")

    def _moment(self, consultation):
        """Return an instant at which the consultation was open."""
        begin = consultation.published_at
        until = min(consultation.deadline, self.now) - timedelta(minutes=1)
        return begin + self.rng.random() * (until - begin)

    def _downloads(self):
        weights = [self.rng.paretovariate(1.5) for _ in self.consultations]
        drawn = self.rng.choices(range(len(self.consultations)), weights, k=self.size.downloads)
        done = 0
        for rank, many in itertools.groupby(sorted(drawn)):
            consultation = self.consultations[rank]
            taken = withdrawals.scope(consultation, {})
            octets = sum(piece.size for piece in taken.pieces)
            for instant in sorted(self._moment(consultation) for _ in many):
                with making.at(instant):
                    withdrawals.record(consultation, taken, octets, self._withdrawer(consultation))
                done += 1
                if done % MORE == 0:
                    self.save()
                if done % (20 * MORE) == 0:
                    self.progress(f"{done} dossiers téléchargés")
        self.save()
        self.progress(f"{done} dossiers téléchargés")

    def _withdrawer(self, consultation):
        if self.rng.randrange(IDENTIFIED):
            return None
        company = self.rng.choice(self.companies)
        return withdrawals.follow(consultation, company.email, company.name, company.siret, company.userid)

    def _closings(self):
        over = [found for found in self.consultations if found.deadline < self.now]
        for rank, consultation in enumerate(sorted(over, key=lambda found: found.deadline)):
            with making.at(consultation.deadline + timedelta(minutes=2)):
                closing.close(consultation)
            if rank % BATCH == BATCH - 1:
                self.save()
        self.save()
        self.progress(f"{len(over)} consultations closes")


@contextmanager
def _indexed_once():
    """Index what the block makes at the commit: the questions of its rules would have a draft indexed at each of its steps."""
    queue = indexing.getQueue()
    indexing.processing.add(queue)
    try:
        yield
    finally:
        indexing.processing.discard(queue)


def _move(consultation, deadline):
    """Give a draft another deadline; its other dates keep their distance."""
    later = deadline - consultation.deadline
    for name in DATES:
        instant = getattr(consultation, name, None)
        if instant is not None:
            setattr(consultation, name, instant + later)


def main(app, name):
    """Make the site where there is none, and fill it; return the exit status."""
    # What Plone warns of when any site is made, and of drafts thrown away before they were indexed, tells an operator nothing.
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger("Zope.ZCatalog").setLevel(logging.CRITICAL)
    progress = Progress()
    create.main(app, demo=False)
    app = site_request(app, f"/{create.SITE}")
    setRequest(app.REQUEST)
    site = app[create.SITE]
    setSite(site)
    gc.disable()  # nothing made here is cyclic garbage worth a full collection at each batch of objects
    try:
        fill(site, SIZES[name], progress)
    except NotEmpty as error:
        print(f"{error} Déplacez instance/var pour repartir d’un site vide, et relancez la commande.", file=sys.stderr)
        return 1
    progress("Région remplie : make start la sert")
    return 0


if __name__ == "__main__":
    sys.exit(main(app, sys.argv[-1]))  # noqa: F821  given by `bin/instance run`
