"""What the rooms beside that of consultations hold while everybody walks: acts, accounts, articles, purchases in common, spaces."""

from datetime import date
from datetime import timedelta
from megalis.portal.actes import outcome
from megalis.portal.actes import service as acts
from megalis.portal.editorial import items as articles
from megalis.portal.editorial import workflow as editorial
from megalis.portal.editorial.kinds import BY_TYPE
from megalis.portal.editorial.newsletter import issues
from megalis.portal.formats.actes import model as actes_model
from megalis.portal.forums import create as forums
from megalis.portal.forums import service as discussions
from megalis.portal.forums.rules import Rights
from megalis.portal.groupings import service as buying
from megalis.portal.groupings import surveying
from megalis.portal.helios import service as deposits
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.trainings import service as trainings
from megalis.portal.trainings.partners import service as chambers
from megalis.portal.workspaces import create as spaces
from megalis.portal.workspaces import membership as spacers
from megalis.portal.workspaces import service as chores
from megalis.portal.workspaces.rules import Rights as SpaceRights
from plone import api
from plone.uuid.interfaces import IUUID
from tests.actes.conftest import a_pdf
from tests.actes.conftest import Upload
from tests.formats import pes_flows
from tests.trainings.conftest import session_in


LOGINS = {
    "visitor": None,
    "administrateur": "administrateurs@a.exemple.fr",
    "acheteur": "acheteurs@a.exemple.fr",
    "valideur": "valideurs@a.exemple.fr",
    "porteur": "porteurs@a.exemple.fr",
    "lecteur": "lecteurs@a.exemple.fr",
    "secretaire": "secretaire@a.exemple.fr",
    "comptable": "comptable@a.exemple.fr",
    "neighbour": "administrateurs@b.exemple.fr",
    "boss": "gerant@toitures.exemple.fr",
    "bidder": "offres@toitures.exemple.fr",
    "rival": "rival@ardoises.exemple.fr",
    "operator": "exploitant@megalis.exemple.fr",
    "webmestre": "webmestre@megalis.exemple.fr",
    "manager": None,
}
CONVENTION = {
    "title": "Papier des communes",
    "scope": "Papier",
    "functioning": "Le coordonnateur passe et signe.",
    "mission": "passation-signature",
    "commission": "sans",
    "start": date(2026, 1, 1),
    "end": date(2028, 12, 31),
}
ACT = "Subvention canari au patronage"
FLOW = "FLUXCANARI"
ARTICLE = "Annonce canari du nouveau service"
SUBJECT = "Sujet canari du forum"
TASK = "Tâche canari de l’espace"


class Rooms:
    """Half of ``scene.Life``: each method furnishes one room of the world that Life lives in."""

    def acts(self):
        """A draft, and an act that the préfecture has received and the register shows."""
        world = self.world
        values = {"date_decision": date(2026, 3, 16), "nature": 1, "matiere": "8.4", "papier": False}
        world.act = acts.draft(world.a, {**values, "numero": "D1", "objet": ACT}, world.secretary)
        acts.add_piece(world.act, Upload("deliberation.pdf", a_pdf()))
        world.published_act = acts.draft(world.a, {**values, "numero": "D2", "objet": "Acte publié"}, world.secretary)
        acts.add_piece(world.published_act, Upload("deliberation.pdf", a_pdf()))
        world.published_act.identifier = "022-212202782-20260316-D2-DE"
        for name in ("poste", "controle", "envoi", "transmis"):
            acts.move(world.published_act, name)
        receipt = actes_model.ARActe(world.published_act.identifier, date(2026, 3, 16), None, date(2026, 1, 1))
        acts.move(world.published_act, "", message=receipt)
        outcome.publish(world.published_act, world.secretary)

    def forum(self):
        """A forum of agents, and a subject in it."""
        world = self.world
        world.forum = forums.forum(world.site["forums"], "Commande publique", audience="agents")
        rights = Rights(writes=True)
        agent = people.get(world.acheteurs)
        world.sujet = discussions.open_subject(world.forum, agent, rights, SUBJECT, "<p>Bonjour</p>")[0]

    def accounts(self):
        """A flow that waits to be sent."""
        world = self.world
        world.flow = deposits.deposit(world.a, Upload("flux.xml", pes_flows.flow(nomfic=FLOW)), world.accountant)

    def articles(self):
        """A draft nobody but the writers may see, a piece of news and an event that are out."""
        world, now = self.world, clock.now()
        draft = {"title": ARTICLE, "text": ARTICLE}
        world.draft_article = articles.create(world.site, BY_TYPE["Actualite"], draft, world.webmaster)
        world.letter = issues.create(world.site, "Lettre à venir", world.webmaster)
        dates = {"start": now + timedelta(days=5), "end": now + timedelta(days=5, hours=2), "location": "Rennes"}
        for name, kind, values in (("article", "Actualite", {}), ("event", "Evenement", dates)):
            item = articles.create(
                world.site, BY_TYPE[kind], {"title": "Paru", "text": "Paru.", **values}, world.webmaster
            )
            with api.env.adopt_user(user=api.user.get(userid=world.webmaster)):
                editorial.fire(item, "soumettre")
                editorial.fire(item, "publier")
            setattr(world, name, item)

    def buying_together(self):
        """A grouping whose member has accepted, its survey in preparation."""
        world = self.world
        made = buying.create(world.a, CONVENTION, world.acheteurs)
        buying.invite(made, world.b, world.acheteurs)
        buying.act(made, IUUID(world.b), "accepter", world.other)
        surveying.paste(made, "1;Papier;ramette;3,20")
        return made

    def training(self):
        """A session an agent enrolled in, that was held since."""
        world = self.world
        world.session = session_in(world.site["formations"]["publier-et-ouvrir"], 10)
        trainings.enrol(world.session, people.get(world.acheteurs))
        world.programme = chambers.new_programme(
            chambers.new_partner(world.site["partenaires"], {"title": "Chambre de métiers"}),
            {"title": "40 entreprises artisanales", "target": 40},
        )
        chambers.add_person(chambers.partner_of(world.programme), LOGINS["lecteur"])
        chambers.enrol(world.programme, world.place.siret, "", "", world.lecteurs)

    def space(self):
        """A workspace that an agent leads, where one of another commune works and a company reads."""
        world = self.world
        leader = people.get(world.acheteurs)
        world.space = spaces.espace(leader, "Achat de sel")
        for userid, role in ((world.other, "contributeurs"), (world.boss, "lecteurs")):
            spacers.set_role(world.space, userid, role, leader.userid)
        rights = SpaceRights(works=True)
        values = {"title": TASK, "html": "", "who": None, "due": None}
        world.task = chores.save_task(world.space, rights, leader, values)
