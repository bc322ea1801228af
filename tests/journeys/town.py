"""The collectivité of a journey and the companies that answer it, made by the rooms' own functions.

The pages where accounts are opened and invitations answered are those of ``test_one_consultation``; the other journeys
begin with people who are there.
"""

from datetime import timedelta
from megalis.portal.consultations import api as consultations
from megalis.portal.deposits import service
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.organisations import create
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone.uuid.interfaces import IUUID
from tests.deposits.scene import bid
from tests.deposits.scene import Scene
from tests.deposits.two_phases import SIRENS
from tests.journeys.people import PASSWORD

import transaction


BUYER, VALIDATOR, HOLDER = "yann@mairie.example", "soizic@mairie.example", "gwenael@mairie.example"
DEPUTY = "nolwenn@mairie.example"
COMPANIES = ("Granit d’Armor", "Ardoises du Léon", "Charpentes du Trégor")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Town:
    """A collectivité, its agents, a deputy's key, some companies; ``bidders``: a Depositor each."""

    def __init__(self, name, siret, department="29", city="", companies=COMPANIES):
        self.town = create.collectivite(name, siret, department=department)
        if city:
            self.town.city = city
        self.people = {}
        for address, fullname, roles in (
            (BUYER, "Yann Kermarrec", ["acheteurs"]),
            (VALIDATOR, "Soizic Prigent", ["valideurs"]),
            (HOLDER, "Gwenaël Le Bihan", ["porteurs"]),
            (DEPUTY, "Nolwenn Cadiou", ["porteurs"]),
        ):
            self.people[address] = people.create("agent", address, fullname, PASSWORD)
            membership.add(self.town, self.people[address], roles)
        Scene.add_key(self, self.people[DEPUTY], "suppleant")
        self.bidders = [self.company(rank, title) for rank, title in enumerate(companies)]

    def company(self, rank, title):
        siret = numbers.siret_of(SIRENS[rank])
        company = create.entreprise(title, siret[:9])
        create.etablissement(company, siret, head_office=True)
        userid = people.create("entreprise", self.login(rank), f"Répondant {rank}", PASSWORD)
        membership.add(company, userid, ["e-repondants"])
        return Depositor(userid, IUUID(company), siret, title, self.login(rank))

    @staticmethod
    def login(rank):
        return f"offres{rank}@entreprise.example"


def make_pdf(folder, name):
    """Write a small whole PDF; return its path."""
    path = folder / name
    path.write_bytes(pdf.build(path.stem, [pdf.paragraph(path.stem)]))
    return path


def consultation_of(server, ending):
    """Return the newest consultation whose reference ends so, as the server keeps it."""
    server.look()
    found = [brain for brain in consultations.find_everywhere() if brain.reference.endswith(ending)]
    return max(found, key=lambda brain: brain.created)._unrestrictedGetObject()


def deposit(server, consultation, depositor, *plis):
    """Deposit for a company that no browser plays."""
    server.look()
    demand, tails = bid(consultation, depositor, *plis)
    service.finish(consultation, depositor, demand, tails, clock.now())
    transaction.commit()


def pass_deadline(server, consultation):
    clock.set_for_tests(consultation.deadline + timedelta(seconds=12))
    server.work()


def later(server, **time):
    """Let some time pass, and the worker with it."""
    clock.set_for_tests(clock.now() + timedelta(**time))
    server.work()
