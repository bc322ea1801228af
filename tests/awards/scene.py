"""A consultation whose bids are opened: three companies, an undivided contract or lots, and the agents of a commune."""

from datetime import timedelta
from megalis.portal.awards import analysis
from megalis.portal.consultations import workflow
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from tests.deposits.scene import bid
from tests.deposits.scene import Scene

import dataclasses
import pytest


NAMES = ("Charpentes du Léon", "Menuiserie de l’Aulne", "Granit d’Armor")
SIRETS = ("44306184100013", "73282932000074", "55208131766522")
FILE = {"prix.pdf": b"%PDF-1.4 prix"}


class Awarding(Scene):
    """A Scene whose consultation is published, answered, closed and opened; ``companies`` are its bidders."""

    def __init__(self, portal, lots=(), bidders=3, in_days=45, answered=None, **changes):
        super().__init__(portal, lots=lots, envelopes=("offre",), in_days=in_days)
        for name, value in changes.items():
            setattr(self.consultation, name, value)
        self.publish()
        self.companies = [
            dataclasses.replace(self.company(siret, name), email=f"marches@entreprise{rank}.example")
            for rank, (siret, name) in enumerate(zip(SIRETS[:bidders], NAMES, strict=False))
        ]
        for rank, company in enumerate(self.companies):
            numbers = (answered or {}).get(rank, lots or (None,))
            plis = ((lot, "offre", FILE) for lot in numbers)
            demand, tails = bid(self.consultation, company, *plis)
            service.finish(self.consultation, company, demand, tails, clock.now())
        clock.set_for_tests(self.consultation.deadline + timedelta(minutes=5))

    def open(self):
        """Open every bid and say that it is intact."""
        opening.start(self.consultation, "offre", self.holder)
        for row in opening.rows(self.consultation):
            if row["etat"] == "a-ouvrir":
                self.find_intact(row)
        return self

    def find_intact(self, row):
        print_ = next(
            item["fingerprint"]
            for item in recipients.gate(self.consultation).recipients
            if item["porteur"] == self.holder
        )
        document = {"nom": "prix.pdf", "taille": 13, "sha256": "0" * 64}
        demand = {"pli": row["pli"], "verdict": "intact", "documents": [document], "fingerprint": print_}
        opening.record_verdict(self.consultation, demand, self.holder, "Agent titulaire")

    def analyse(self):
        """Open, then begin the analysis."""
        self.open()
        workflow.fire(self.consultation, "analyser")
        return self


def edit(line, **values):
    """Return what a form sends of a line, with some values changed."""
    return line.key, line.seen, {**line.values, **values}


def by_name(consultation, lot=""):
    return {line.title: line for line in analysis.lines(consultation, lot)}


def code(function, *values, **more):
    with pytest.raises((Refused, workflow.Refused)) as refused:
        function(*values, **more)
    return refused.value.code
