"""The list of workspaces, a new one, its home, its settings, its search, its archive."""

from functools import cached_property
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.interfaces import IInnerSearch
from megalis.portal.kernel.lanes import instant_of
from megalis.portal.organisations import people
from megalis.portal.organisations.browser import base
from megalis.portal.organisations.digests import rules as digests
from megalis.portal.theme.words import plural
from megalis.portal.workspaces import calendars
from megalis.portal.workspaces import create
from megalis.portal.workspaces import exporting
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import section
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from Products.Five.browser import BrowserView
from zExceptions import NotFound


FEED = 20
DATES = 4
OPEN = "megalis: Open workspace"


class Spaces(base.Page):
    """``/espaces``: one's own, and those one may know of."""

    page_title = "Espaces de travail"
    page_intro = "Préparer ensemble, entre communes, avec des entreprises : documents, tâches, calendrier, décisions, pages et forums."
    plural = staticmethod(plural)

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def url(self):
        return self.context.absolute_url()

    @property
    def may_open(self):
        return self.may(OPEN) and self.person is not None

    @property
    def operates(self):
        return self.may("megalis: Operate the platform")

    @cached_property
    def mine(self):
        return [self.row(espace) for espace in section.mine(self.person)] if self.person else []

    @cached_property
    def others(self):
        """Those one is no member of: readable, or to be asked for."""
        known = {row["uid"] for row in self.mine}
        is_agent = self.person is not None and self.person.kind == people.AGENT
        found = []
        for brain in api.portal.get_tool("portal_catalog").unrestrictedSearchResults(
            portal_type="Espace", sort_on="sortable_title"
        ):
            if brain.UID in known:
                continue
            espace = brain._unrestrictedGetObject()
            if not espace.archived_at and rules.is_listed(espace.visibility, is_agent, False):
                found.append(self.row(espace))
        return found

    def row(self, espace):
        userid = self.person.userid if self.person else ""
        leader = people.get(next(iter(membership.leaders(espace)), "")) if espace.members else None
        role = membership.role_of(espace, userid)
        return {
            "uid": IUUID(espace),
            "title": espace.title,
            "text": espace.description,
            "url": espace.absolute_url(),
            "members": len(espace.members),
            "leader": leader.fullname if leader else "",
            "role": rules.BY_KEY[role].title if role else "",
            "visibility": rules.VISIBILITIES[espace.visibility].partition(" :")[0],
            "archived": bool(espace.archived_at),
            "readable": role is not None or espace.visibility == rules.PUBLIC,
            "asked": userid in espace.asks,
            "latest": instant_of(espace.activity.last()) if espace.activity.last() else None,
        }

    def do_demander(self):
        espace = uuidToObject(self.field("espace"), unrestricted=True) if self.field("espace") else None
        is_agent = self.person is not None and self.person.kind == people.AGENT
        if self.person is None or espace is None or espace.portal_type != "Espace":
            raise Refusal("espace.inconnu", "Cet espace n’existe pas : rechargez la page.", 404)
        if espace.archived_at or not rules.is_listed(espace.visibility, is_agent, False):
            raise Refusal("espace.inconnu", "Cet espace n’existe pas : rechargez la page.", 404)
        membership.ask(espace, self.person)
        self.done(f"Votre demande est envoyée aux animateurs de « {espace.title} ».")


class Operations(base.Page):
    """``/espaces/@@exploitation-espaces``: how much room each workspace takes, and may take."""

    page_title = "Place des espaces de travail"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@exploitation-espaces"

    @property
    def rows(self):
        brains = api.portal.get_tool("portal_catalog").unrestrictedSearchResults(portal_type="Espace")
        found = [brain._unrestrictedGetObject() for brain in brains]
        return [
            {
                "uid": IUUID(espace),
                "title": espace.title,
                "members": len(espace.members),
                "used": espace.used(),
                "quota": espace.quota // 1_000_000,
                "archived": bool(espace.archived_at),
            }
            for espace in sorted(found, key=lambda item: -item.used())
        ]

    def do_regler(self):
        espace = uuidToObject(self.field("espace"), unrestricted=True) if self.field("espace") else None
        text = self.field("mo")
        if espace is None or espace.portal_type != "Espace":
            raise Refusal("espace.inconnu", "Cet espace n’existe plus : rechargez la page.", 404)
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000 and len(text) < 8):
            raise Refusal(
                "espace.place", f"« {text[:20]} » n’est pas une place en Mo : un nombre de 1 à 1 000 000.", 422
            )
        espace.quota = int(text) * 1_000_000
        self.done(f"« {espace.title} » a {text} Mo.")


class New(base.Page):
    """``/espaces/@@nouvel-espace``."""

    page_title = "Nouvel espace de travail"
    visibilities = tuple(rules.VISIBILITIES.items())
    settings = False

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@nouvel-espace"

    def value(self, name, default=""):
        return self.field(name) if self.request.method == "POST" else default

    def do_enregistrer(self):
        made = create.espace(self.person, self.field("titre"), self.field("texte"), self.field("visibilite"))
        service.happened(made, self.person, "espace", "a ouvert l’espace", "")
        self.done("L’espace est ouvert. Invitez maintenant ses membres.", f"{made.absolute_url()}/@@membres")


class Settings(Page):
    """``@@reglages``: name, who sees it, archive, forums."""

    page_title = "Réglages de l’espace"
    visibilities = tuple(rules.VISIBILITIES.items())
    settings = True

    @property
    def url(self):
        return f"{self.space_url}/@@reglages"

    def value(self, name, default=""):
        kept = {
            "titre": self.context.title,
            "texte": self.context.description,
            "visibilite": self.context.visibility,
        }
        asked = self.request.method == "POST" and self.field("faire") == "enregistrer"
        return self.field(name) if asked else kept.get(name, default)

    def do_enregistrer(self):
        rules.check_leads(self.rights)
        create.update(self.context, self.field("titre"), self.field("texte"), self.field("visibilite"))
        self.done("Réglages enregistrés.", self.space_url)

    def do_forum(self):
        rules.check_writes(self.rights)
        rules.check_leads(self.rights)
        made = create.forum(self.context, self.field("forum"))
        service.happened(self.context, self.person, "forum", f"a ouvert le forum « {made.title} »", f"/{made.getId()}")
        self.done("Le forum est ouvert.", made.absolute_url())

    def do_archiver(self):
        rules.check_leads(self.rights)
        membership.set_archived(self.context, self.person, True)
        self.done("L’espace est archivé : ses membres le lisent, plus rien n’y change.", self.space_url)

    def do_rouvrir(self):
        rules.check_leads(self.rights)
        membership.set_archived(self.context, self.person, False)
        self.done("L’espace est rouvert.", self.space_url)


class Home(base.Itself, Page):
    """A workspace: what happened, what is to come, what one has to do there."""

    tab = ""

    @cached_property
    def last(self):
        return max(1, -(-len(self.context.activity) // FEED))

    @cached_property
    def page(self):
        text = self.field("page")
        return min(max(int(text), 1), self.last) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    @property
    def feed(self):
        rows = self.context.activity.newest(self.page * FEED)[(self.page - 1) * FEED :]
        return self.facts(rows)

    @property
    def older_url(self):
        return f"{self.space_url}?page={self.page + 1}#activite" if self.page < self.last else ""

    @property
    def my_tasks(self):
        mine = [t for t in self.context.tasks.values() if t.who == self.userid and t.state in (rules.TODO, rules.DOING)]
        return [
            {"title": t.title, "url": f"{self.space_url}{service.task_url(t)}", "due": t.due,
             "late": rules.is_late(t.due, t.state, self.today)}
            for t in rules.in_order(mine, self.today)
        ]  # fmt: skip

    @property
    def dates(self):
        coming = [item for item in calendars.taking_place(self.context) if item.end >= self.now][:DATES]
        return [
            {"title": item.day.title, "url": f"{self.space_url}{calendars.url(item)}", "start": item.start}
            for item in coming
        ]

    def do_suivre(self):
        if self.member is None:
            raise Refusal("espace.membre", "Seuls les membres sont prévenus : demandez à entrer.", 403)
        frequency = self.field("frequence")
        self.member.frequency = digests.check(frequency) if frequency else ""
        self.done("Votre choix est enregistré.")

    def do_quitter(self):
        if self.member is None:
            raise Refusal("espace.membre", "Vous n’êtes pas membre de cet espace.", 403)
        membership.set_role(self.context, self.userid, None, self.userid)
        self.done(f"Vous avez quitté « {self.context.title} ».", f"{self.site_url}/espaces")


KINDS = {
    "document": ("Document", "/@@document?id="),
    "tache": ("Tâche", "/@@tache?id="),
    "evenement": ("Calendrier", "/@@evenement?id="),
    "decision": ("Décision", "/@@decisions#d-"),
    "page": ("Page", "/@@page?titre="),
}


class Search(Page):
    """``@@chercher?q=``: everything in the workspace, messages of its forums included."""

    page_title = "Chercher dans l’espace"

    @property
    def url(self):
        return f"{self.space_url}/@@chercher"

    @property
    def query(self):
        return self.field("q")[:200]

    def thing(self, kind, key):
        kept = {
            "document": "documents",
            "tache": "tasks",
            "evenement": "dates",
            "decision": "decisions",
            "page": "pages",
        }
        return getattr(self.context, kept[kind]).get(key)

    @cached_property
    def rows(self):
        """What is found: dicts title, url, kind, by, at."""
        if not self.query:
            return []
        found = []
        for _key, (kind, key) in self.context.index.find(self.query):
            thing = self.thing(kind, key)
            if thing is not None:
                words, address = KINDS[kind]
                last = thing.last if kind == "page" else thing
                row = {"title": thing.title, "url": f"{self.space_url}{address}{key}", "kind": words}
                found.append({**row, "by": last.name, "at": last.at, "words": ""})
        for item in self.context.objectValues():
            search = IInnerSearch(item, None)
            for row in search(self.query) if search is not None else ():
                found.append({**row, "kind": item.title, "by": row["name"]})
        return sorted(found, key=lambda row: row["at"], reverse=True)


class Archive(BrowserView):
    """``@@archive.zip``: the whole workspace, for its members, sent as it is written."""

    def __call__(self):
        person = people.current(self.request)
        if person is None or membership.role_of(self.context, person.userid) is None:
            raise NotFound("archive.zip")
        response = self.request.response
        response.setHeader("Content-Type", "application/zip")
        response.setHeader("Content-Disposition", f'attachment; filename="{self.context.getId()}.zip"')
        response.setHeader("Cache-Control", "private, no-store")
        response.setHeader("X-Content-Type-Options", "nosniff")
        return exporting.Stream(exporting.parts(self.context))
