"""Demonstration content, made through the same functions people's pages use: real communes, generated notices.

Consultations come from notices that our own generator writes and our own importer reads. The demonstration keys are
made here, which a real deployment never does: they are left, under a passphrase, in ``var/cles-demo``, so that a visitor
can open the bids of the closed consultation.
"""

from contextlib import suppress
from datetime import date
from datetime import timedelta
from decimal import Decimal
from megalis.portal.awards import analysis
from megalis.portal.awards import entering
from megalis.portal.awards import store as award_store
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import create as consultation_create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.library import models
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.rules.thresholds import BOAMP
from megalis.portal.deposits import opening
from megalis.portal.deposits.recipients import gate
from megalis.portal.distributions.megalis import beside
from megalis.portal.distributions.megalis import demo_actes
from megalis.portal.distributions.megalis import demo_contracts
from megalis.portal.distributions.megalis import demo_editorial
from megalis.portal.distributions.megalis import demo_flux
from megalis.portal.distributions.megalis import demo_forums
from megalis.portal.distributions.megalis import demo_groupings
from megalis.portal.distributions.megalis import demo_trainings
from megalis.portal.distributions.megalis import demo_workspaces
from megalis.portal.distributions.megalis import making
from megalis.portal.formats.eforms import generator
from megalis.portal.formats.jal import CHARACTER
from megalis.portal.formats.jal import Rate
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from plone import api
from plone.uuid.interfaces import IUUID

import random


SEED = 20261123
DRAWN = 900  # notices drawn, of which those of the chosen buyers are kept
TOWNS = 8
EACH = 6  # consultations a collectivité
DRAFTS = 1  # of which are left as drafts
SHARING = 3  # collectivités that keep a model; all but the first share theirs
NOTICES = 2  # sent to the simulated BOAMP
COMPANIES = (
    ("Charpentes du Léon", "29019"),
    ("Granit et Voirie d’Armor", "22113"),
    ("Atelier d’architecture des Abers", "29040"),
    ("Nettoyage de l’Ille", "35238"),
    ("Espaces verts du Golfe", "56260"),
)


def fill(site, progress):
    """Fill an empty site; ``progress`` is called with a line of text at each step."""
    rng = random.Random(SEED)  # noqa: S311  repeatable content, no secret is drawn from it
    now = clock.now()
    with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "Administrateur", "PorteurDeCle"]):
        chosen = _chosen(now)
        towns = [making.town(notices[0].buyers[0]) for notices in chosen]
        agents = [making.agents(town, printed=rank == 0) for rank, town in enumerate(towns)]
        demo_actes.fill(towns, agents[0]["secretariat"])
        demo_editorial.fill(site)
        demo_flux.fill(towns, agents[0]["comptabilite"])
        progress(f"{len(towns)} collectivités, leurs agents et leurs clés")
        _operator()
        bidders = [_company(*row, printed=rank == 0) for rank, row in enumerate(COMPANIES)]
        progress(f"{len(bidders)} entreprises")
        published = []
        for town, notices in zip(towns, chosen, strict=True):
            for rank, notice in enumerate(notices):
                found = _consultation(town, notice, rng, now, draft=rank < DRAFTS)
                if found is not None:
                    published.append(found)
            progress(f"{len(published)} consultations publiées")
            making.drill(town)
        for rank, town in enumerate(towns[:SHARING]):
            _model(town, shared=rank > 0)
        _bids(towns[0], published, bidders, now, progress)
        _publicity(site, towns, published, progress)
        _judged(towns[0], bidders, now, progress)
        beside.furnish(towns[0], published, bidders, now, making.at)
        progress(f"{demo_contracts.fill(towns, bidders)} contrats publiés")
        demo_forums.fill(site, towns, making.at)
        demo_workspaces.fill(towns, bidders[0].userid, agents[0]["secretariat"])
        progress("un forum et un espace de travail")
        demo_groupings.fill(towns)
        demo_trainings.fill(site, towns, bidders, making.at)
        while journal.merge(site):
            pass


def _chosen(now):
    """Return lists of notices, one list a buyer: buyers that have both open and closed consultations come first."""
    by_buyer = {}
    for notice in generator.generate(DRAWN, SEED, now):
        by_buyer.setdefault(notice.buyers[0].siret, []).append(notice)

    def mixed(notices):
        over = sum(notice.deadline is not None and notice.deadline < now for notice in notices[:EACH])
        return min(over, 2), len(notices)

    ranked = sorted(by_buyer.values(), key=mixed, reverse=True)
    return [_open_first(notices[:EACH], now) for notices in ranked[:TOWNS]]


def _open_first(notices, now):
    return sorted(notices, key=lambda notice: notice.deadline is None or notice.deadline < now)


def _company(name, insee, printed):
    serial = sum(map(ord, name)) % 9000 + 1000
    return making.company(name, making.luhn(f"90{insee[:2]}{serial}"), printed)


def _operator():
    address = "exploitation@megalis.example"
    making.account("Exploitant de la plateforme", "exploitation", address, people.EXPLOITANT, "Exploitation")


def _consultation(town, notice, rng, now, draft):
    """Make a consultation of a notice through the importer; publish it, in its past when its deadline is over."""
    deadline = notice.deadline or now + timedelta(days=rng.randint(10, 40))
    published = min(now - timedelta(hours=rng.randint(3, 200)), deadline - timedelta(days=rng.randint(36, 50)))
    with making.at(published):
        consultation = making.draft(town, notice, deadline)
        if draft:
            consultation.reindexObject()
            return None
        return consultation if making.publish(town, consultation) else None


def _model(town, shared):
    """Keep the first draft of a town as a model, and offer it to the others."""
    draft = next(iter(consultations.find_everywhere(buyer_uid=IUUID(town), review_state="elaboration")), None)
    if draft is None:
        return
    consultation = draft._unrestrictedGetObject()
    title = consultation.title.partition(" – ")[0]
    model = models.save(consultation, title, "Achat qui revient.", by=consultation.Creator())
    if shared:
        models.share(town, model, True)


def _publicity(site, towns, published, progress):
    """Connect the simulated bulletins, give each collectivité a newspaper, and have two short notices on their way."""
    for support in services.CLIENTS:
        services.tell(site, support, services.SIMULATED, "", "Démonstration")
    rate = Rate(date(2026, 1, 1), CHARACTER, Decimal("0.193"), "Tarif de démonstration")
    for town in towns:
        identity.add_newspaper(town, "Le Journal de démonstration", "annonces@journal.example", rate, "Démonstration")
    sent = 0
    for consultation in published:
        mine = consultations.buyer(consultation).getId() == towns[0].getId()
        if not mine or sent == NOTICES or lifecycle.CALL not in sending.next_kinds(consultation, BOAMP):
            continue
        if BOAMP in sending.supports(consultation):
            with suppress(Refused):  # what a formal notice lacks is for its agents to see
                sending.send(consultation, BOAMP, lifecycle.CALL, "Direction")
                sent += 1
    progress(f"{sent} avis en route vers le BOAMP simulé")


def _bids(town, published, bidders, now, progress):
    """Have bids wait for their opening in the first collectivité: four in time, one late."""
    mine = [found for found in published if consultations.buyer(found).getId() == town.getId() and found.deadline < now]
    for consultation in mine[:2]:
        moment = consultation.deadline - timedelta(hours=5)
        for rank, bidder in enumerate(bidders[:4]):
            with making.at(moment + timedelta(minutes=17 * rank)):
                making.bid(consultation, bidder)
        with making.at(consultation.deadline + timedelta(minutes=3)):
            making.bid(consultation, bidders[4])
        progress(f"5 plis scellés pour {consultation.reference}, dont un hors délai")


PRICES = (184_500, 201_300, 172_750)
MARKS = (16, 18, 11)  # out of 20


def _judged(town, bidders, now, progress):
    """Have a small contract whose bids are opened and analysed, its decision waiting: the award can be walked from there."""
    documents = {}
    deadline = (now - timedelta(days=2)).replace(hour=11, minute=0, second=0, microsecond=0)
    with making.at(deadline - timedelta(days=25)):
        consultation = consultation_create.draft(
            town,
            f"{clock.paris(deadline).year}-VOIRIE-01",
            "Réfection de la rue du Port et de ses trottoirs",
            description="Terrassement, bordures, enrobés et reprise des réseaux d’eaux pluviales sur 320 mètres.",
            procedure="procedure-adaptee",
            nature="travaux",
            cpv="45233140",
            places=("FRH01",),
            criteria=({"name": "Prix", "weight": 60}, {"name": "Valeur technique", "weight": 40}),
            contact_email=town.email or f"achats@{town.getId()}.example",
            deadline=deadline,
            estimated_value=190_000,
            envelopes=("offre",),
        )
        making.dossier(consultation)
        making.drill(town)
        workflow.fire(consultation, "soumettre")
        workflow.fire(consultation, "publier")
    with making.at(deadline - timedelta(hours=5)):
        for bidder in bidders[: len(PRICES)]:
            making.bid(consultation, bidder, documents)
    making.drill(town)
    holder = next(item for item in gate(consultation).recipients if item["role"] == "titulaire")
    agent = people.get(holder["porteur"])
    for kind in consultation.envelopes:
        opening.start(consultation, kind, agent.userid)
    for row in opening.rows(consultation):
        if row["etat"] == "a-ouvrir":
            verdict = {
                "pli": row["pli"],
                "verdict": "intact",
                "documents": [documents[row["pli"]]],
                "fingerprint": holder["fingerprint"],
            }
            opening.record_verdict(consultation, verdict, agent.userid, agent.fullname)
    workflow.fire(consultation, "analyser")
    buyer = making.agent_name("Acheteur", consultations.buyer(consultation).title)
    entering.set_method(consultation, {**award_store.METHOD, "scale": "20"}, buyer)
    lot = gathering.decision_numbers(consultation)[0]
    edits = []
    for line, price, mark in zip(analysis.lines(consultation, lot), PRICES, MARKS, strict=True):
        criteria = analysis.criteria(consultation, lot)
        marks = tuple(None if item.price else Decimal(mark) for item in criteria)
        edits.append((line.key, line.seen, {"admissible": True, "amount": Decimal(price), "marks": marks}))
    entering.keep(consultation, lot, edits, buyer)
    progress(f"{len(edits)} offres ouvertes et analysées pour {consultation.reference}")
