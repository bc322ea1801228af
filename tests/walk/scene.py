"""The site everybody walks over: two collectivités, two companies, and a consultation in each state of its life."""

from datetime import timedelta
from hashlib import sha256
from megalis.portal.actes import registre as registres
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.alerts import store as alerts
from megalis.portal.consultations.basket import store as basket
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges.recipients import Recipient
from megalis.portal.consultations.partners import store as partners
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.search.criteria import Criteria
from megalis.portal.deposits import closing
from megalis.portal.deposits import filing
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.deposits import simulation
from megalis.portal.deposits.depositor import Depositor
from megalis.portal.deposits.grouping import letters
from megalis.portal.deposits.grouping import store as grouping
from megalis.portal.deposits.paper import store as paper
from megalis.portal.deposits.postal import store as postal
from megalis.portal.deposits.vault import store as vault
from megalis.portal.helios import registre as flows
from megalis.portal.kernel import clock
from megalis.portal.organisations import create as organisations
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.trainings import service as trainings
from megalis.portal.trainings.partners import service as chambers
from plone import api
from plone.uuid.interfaces import IUUID
from tests.consultations.conftest import give_keys
from tests.deposits.scene import bid
from tests.organisations.conftest import furnish
from tests.organisations.conftest import PASSWORD
from tests.walk.rooms import LOGINS
from tests.walk.rooms import Rooms

import io


ROLES_OF_A_COLLECTIVITE = ("administrateurs", "acheteurs", "valideurs", "porteurs", "lecteurs")
PDF = b"%PDF-1.4\n" + b"reglement " * 200
PRICES = b"%PDF-1.4 bordereau des prix"

# Words that are nowhere but in one secret thing: whoever reads one reads that thing.
DRAFT = "Passerelle canari du Légué"
RESTRICTED = "Tour canari de la négociation"
VALUE = 187_654
FOLLOWER = "retrait-canari@pecheurs.exemple.fr"
ALERTED = "alerte@canari.exemple.fr"
FILE = "bordereau-canari.pdf"
QUESTION = "Question canari sur la ligne 12"
MESSAGE = "Message canari aux entreprises"
DC1 = "Candidature canari du coffre"
MEMBER = "Membre canari du groupement"
STREET = "12 quai canari"
PARTNER = "Couvreur canari pour les rives"


def furnish_all(site):
    """Return the world of the organisations' tests with all that the other rooms hold, at an hour like today's."""
    today = clock.now()
    clock.set_for_tests(today - timedelta(days=31))
    try:
        with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "PorteurDeCle"]):
            world = furnish(site)
            Life(world).live(today)
            return world
    finally:
        clock.set_for_tests(None)


class Life(Rooms):
    """Makes the consultations in the order of time; ``world.places`` names all that was made."""

    def __init__(self, world):
        self.world = world
        self.begin = clock.now()

    def live(self, today):
        world = self.world
        self.people()
        draft = self.consultation("brouillon", 60, title=DRAFT)
        submitted = self.consultation("a-valider", 60)
        workflow.fire(submitted, transitions.SOUMETTRE)
        published = self.published("publiee", 60)
        cancelled = self.published("annulee", 60)
        workflow.fire(cancelled, transitions.ANNULER, "Le besoin a disparu.")
        closed, opened, decided = (self.published(name, 30) for name in ("close", "ouverte", "decidee"))
        world.alert, _ = alerts.subscribe(api.portal.get(), ALERTED, Criteria(q="canari"), "quotidienne")
        world.follower = withdrawals.follow(published, FOLLOWER, "Pêcheurs canari")
        withdrawals.record(published, withdrawals.scope(published, {}), 10, world.follower)
        world.question = questions.ask(published, people.get(world.bidder), QUESTION)
        to = Recipient(world.company.title, (LOGINS["bidder"],), IUUID(world.company), world.place.siret)
        basket.follow(published, people.get(world.bidder))
        world.paper = paper.enter(
            published,
            people.get(world.acheteurs),
            {
                "kind": "sauvegarde",
                "company": world.company.title,
                "siret": world.place.siret,
                "lots": ["1"],
                "way": "main",
                "support": "usb",
                "labelled": "1",
            },
        )
        self.joint(published)
        self.posted(published)
        words = ("Charpente", PARTNER, ["1"])
        partners.enter(published, world.company, people.get(world.bidder), *words)
        world.vaulted = vault.add(world.company, world.bidder, "dc1", DC1, "", "DC1.pdf", PDF)
        world.message = messages.send(published, people.get(world.acheteurs), "Visite", MESSAGE, [to])
        messages.read(published, world.message.deliveries[0], world.bidder)
        asked = {"publiee": published, "close": closed, "ouverte": opened, "decidee": decided}
        world.deposits = {name: self.deposit(item) for name, item in asked.items()}
        self.training()
        clock.set_for_tests(today)
        trainings.attend(world.session, {entry.id: {0} for entry in world.session.entries})
        for item in (closed, opened, decided):
            closing.close(item)
        for item in (opened, decided):
            self.open(item)
        workflow.fire(decided, transitions.ANALYSER)
        nothing = {
            "decision": "infructueux",
            "reason": "Aucune offre",
            "winner": "",
            "winner_siret": "",
            "amount": None,
        }
        best = {**nothing, "decision": "attribue", "reason": "Meilleure offre", "winner": world.company.title}
        workflow.decide(decided, {"1": {**best, "amount": 1000}, "2": nothing})
        workflow.fire(decided, transitions.DECIDER)
        world.restricted = self.restricted(opened)
        self.acts()
        self.articles()
        self.forum()
        self.accounts()
        self.space()
        simulation.build(world.site)
        folder = opened["plis-ouverts"]
        world.places = {
            "site": world.site,
            "collectivites": world.site["collectivites"],
            "entreprises": world.site["entreprises"],
            "collectivite": world.a,
            "service": organisations.service(world.a, "Commande publique"),
            "entreprise": world.company,
            "etablissement": world.place,
            "brouillon": draft,
            "a-valider": submitted,
            "publiee": published,
            "annulee": cancelled,
            "close": closed,
            "ouverte": opened,
            "decidee": decided,
            "restreinte": world.restricted,
            "simulation": simulation.room(world.site),
            "lot brouillon": self.child(draft, "Lot"),
            "lot publie": self.child(published, "Lot"),
            "piece brouillon": self.child(draft, "PieceDCE"),
            "piece publiee": self.child(published, "PieceDCE"),
            "registre": registres.of(world.a),
            "rubrique": world.site["actualites"],
            "article brouillon": world.draft_article,
            "article publie": world.article,
            "evenement": world.event,
            "lettre brouillon": world.letter,
            "formulaire": world.site["formulaires"]["contact"],
            "acte brouillon": world.act,
            "acte publie": world.published_act,
            "forums": world.site["forums"],
            "forum": world.forum,
            "registre pes": flows.of(world.a),
            "flux pes": world.flow,
            "groupement": self.buying_together(),
            "formations": world.site["formations"],
            "module": world.session.module,
            "session": world.session,
            "partenaires": world.site["partenaires"],
            "partenaire": chambers.partner_of(world.programme),
            "programme": world.programme,
            "guide": world.site["guides"]["deposer-un-pli"],
            "espaces": world.site["espaces"],
            "espace": world.space,
            "dossier ouvert": folder,
            "fichier ouvert": folder.objectValues()[0],
        }

    def people(self):
        world = self.world
        membership.add(world.b, world.other, set(ROLES_OF_A_COLLECTIVITE))
        world.secretary = people.create("agent", LOGINS["secretaire"], "Secrétaire", PASSWORD)
        membership.add(world.a, world.secretary, {"redacteurs-actes", "transmetteurs-actes"})
        world.accountant = people.create("agent", LOGINS["comptable"], "Comptable", PASSWORD)
        membership.add(world.a, world.accountant, {"redacteurs-pes", "transmetteurs-pes"})
        for town, holder in ((world.a, world.porteurs), (world.b, world.other)):
            give_keys(town, holder, drilled=clock.now())
        world.ardoises = organisations.entreprise("Ardoises du Léon", "443061841")
        organisations.etablissement(world.ardoises, "44306184100013", head_office=True)
        world.webmaster = people.create("agent", LOGINS["webmestre"], "Webmestre", PASSWORD)
        world.site.acl_users.source_groups.addPrincipalToGroup(world.webmaster, "Webmestres")
        world.rival = people.create("entreprise", LOGINS["rival"], "Concurrente", PASSWORD)
        membership.add(world.ardoises, world.rival, {"e-administrateurs", "e-repondants"})

    def consultation(self, name, days, title=None):
        deadline = (self.begin + timedelta(days=days)).replace(microsecond=0)
        made = create.draft(
            self.world.a,
            f"2026-{name}",
            title or f"Consultation {name}",
            lots=({"number": "1", "title": "Terrassement"}, {"number": "2", "title": "Enrobés"}),
            description="Réfection de la voirie communale et des réseaux",
            procedure="procedure-adaptee",
            nature="travaux",
            cpv="45233140",
            places=("FRH01",),
            criteria=({"name": "Prix", "weight": 60}, {"name": "Valeur technique", "weight": 40}),
            contact_email="marches@a.exemple.fr",
            questions_deadline=deadline - timedelta(days=8),
            deadline=deadline,
            planned_opening=deadline + timedelta(hours=2),
            estimated_value=VALUE,
            envelopes=("offre",),
        )
        create.piece(made, io.BytesIO(PDF), "RC.pdf", "Règlement", "reglement")
        return made

    def published(self, name, days):
        made = self.consultation(name, days)
        for step in (transitions.SOUMETTRE, transitions.PUBLIER):
            workflow.fire(made, step)
        return made

    def joint(self, consultation):
        world = self.world
        leader, person = world.company, people.get(world.bidder)
        made = grouping.make(consultation, leader, world.place.siret, person, "solidaire", ["1"])
        asked = ("55208131700018", MEMBER, "groupement@canari.exemple.fr", "Toiture")
        made, member = grouping.ask(consultation, leader, made, person, *asked)
        made, _ = grouping.answer(consultation, made.id, member.id, True, "lien")
        world.grouping = grouping.settle(consultation, leader, made, person, letters.draw)

    def posted(self, consultation):
        world = self.world
        plans = postal.offer(consultation, people.get(world.acheteurs), {"title": "Plans A0", "kind": "plan"})
        where = {"name": "Toitures", "street": STREET, "postal_code": "22300", "city": "Lannion"}
        postal.ask(consultation, people.get(world.bidder), world.company, plans.id, where)

    def restricted(self, origin):
        """A round of negotiation: the company that answered is invited, its rival is not."""
        deadline = (clock.now() + timedelta(days=20)).replace(microsecond=0)
        (guest,) = launching.guests(origin, suites.TOUR)
        invited = [{"key": guest["key"], "email": "invitations@toitures.exemple.fr"}]
        made = launching.launch(origin, suites.TOUR, "2026-restreinte", deadline, invited, title=RESTRICTED)
        for key in keys.all_keys(self.world.a):
            key.last_drill = clock.now()
        for step in (transitions.SOUMETTRE, transitions.PUBLIER):
            workflow.fire(made, step)
        return made

    @staticmethod
    def child(consultation, portal_type):
        return next(item for item in consultation.objectValues() if item.portal_type == portal_type)

    def deposit(self, consultation):
        world = self.world
        depositor = Depositor(world.bidder, IUUID(world.company), world.place.siret, world.company.title)
        demand, tails = bid(consultation, depositor, ("1", "offre", {FILE: PRICES}))
        return service.finish(consultation, depositor, demand, tails, clock.now())[0]

    def open(self, consultation):
        holder = self.world.porteurs
        opening.start(consultation, "offre", holder)
        row = opening.rows(consultation)[0]
        document = {"nom": FILE, "taille": len(PRICES), "sha256": sha256(PRICES).hexdigest()}
        print_ = next(i["fingerprint"] for i in recipients.gate(consultation).recipients if i["porteur"] == holder)
        demand = {"pli": row["pli"], "verdict": "intact", "documents": [document], "fingerprint": print_}
        opening.record_verdict(consultation, demand, holder, "Agent titulaire")
        filing.file_document(consultation, row["pli"], FILE, io.BytesIO(PRICES), holder, "Agent titulaire")
