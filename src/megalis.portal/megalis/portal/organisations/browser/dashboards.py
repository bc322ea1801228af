"""The two doors: for a visitor, what one can do behind; for who is at home there, what waits for him today.

The dashboards know nothing of consultations or bids: rooms hand them tasks and sections (``kernel.interfaces``).
"""

from functools import cached_property
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import IAgentSections
from megalis.portal.kernel.interfaces import IAgentTasks
from megalis.portal.kernel.interfaces import ICompanySections
from megalis.portal.kernel.interfaces import ICompanyTasks
from megalis.portal.kernel.typography import french
from megalis.portal.kernel.typography import page as typeset
from megalis.portal.organisations import directory
from megalis.portal.organisations.browser.account import role_names
from megalis.portal.organisations.browser.base import Page
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zope.component import getAdapters


LEVELS = {"do": (0, "", "À faire"), "soon": (1, "soon", "Bientôt"), "info": (2, "", "À savoir"), "date": (3, "", "")}
DEADLINES = 6


def in_order(tasks):
    """Return the tasks, what must be done first, then by date; those without a date after the others of their level."""
    return sorted(
        tasks, key=lambda task: (LEVELS[task.level][0], task.due is None, task.due or clock.now(), task.title)
    )


def heading(count):
    """Return the sentence over ``count`` things to do."""
    if count == 0:
        return "Aujourd’hui, rien ne vous attend"
    return f"Aujourd’hui, {count} choses vous attendent" if count > 1 else "Aujourd’hui, une chose vous attend"


class Dashboard(Page):
    """One door. Subclasses name the kind of person at home here and the adapters that feed it."""

    kind = ""
    door = ""
    tasks_interface = sections_interface = None
    landing = None
    index = ViewPageTemplateFile("templates/dashboard.pt")

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return self.index() if self.at_home else self.landing()

    @property
    def at_home(self):
        return self.person is not None and self.person.kind == self.kind and self.person.active

    @property
    def elsewhere(self):
        """True when somebody of the other door looks at this one."""
        return self.person is not None

    @property
    def other_home(self):
        return self.site_url + self.person.home

    def _adapters(self, interface):
        return [adapter for _name, adapter in getAdapters((self.person, self.request), interface)]

    @cached_property
    def told(self):
        """All that the rooms say, in order."""
        return in_order(task for supplier in self._adapters(self.tasks_interface) for task in supplier())

    @cached_property
    def tasks(self):
        """What waits: dicts title, url, group, action, badge kind and word, due, first."""
        found = [task for task in self.told if task.level != "date"]
        return [
            {
                "title": french(task.title),
                "url": task.url,
                "group": task.group,
                "action": task.action,
                "due": task.due,
                "kind": "bad" if task.due and task.due < self.now and task.level == "do" else LEVELS[task.level][1],
                "word": LEVELS[task.level][2],
                "first": rank == 0 and task.level == "do",
            }
            for rank, task in enumerate(found)
        ]

    @property
    def crumb_title(self):
        return "Mon espace" if self.at_home else ""

    @property
    def page_title(self):
        if not self.at_home:
            return self.landing_title
        return heading(sum(1 for task in self.tasks if task["word"] != LEVELS["info"][2]))

    @property
    def deadlines(self):
        """The next dates, soonest first: dicts title, url, due."""
        coming = sorted((t for t in self.told if t.due and t.due >= self.now), key=lambda task: task.due)
        return [{"title": french(task.title), "url": task.url, "due": task.due} for task in coming[:DEADLINES]]

    def sections(self, place):
        """The sections rooms supply for ``main`` or ``aside``, in their order: dicts title, html."""
        found = [s for s in self._adapters(self.sections_interface) if getattr(s, "place", "main") == place]
        drawn = ((section.title, section.render()) for section in sorted(found, key=lambda section: section.order))
        return [{"title": title, "html": typeset(html)} for title, html in drawn if html]

    @property
    def places(self):
        """The organisations of the person: dicts title, url, roles, links (label, URL)."""
        return []

    @property
    def first_steps(self):
        """What to do when nothing waits: (label, URL), the first one as a button."""
        return []


class AgentDashboard(Dashboard):
    """``/espace-agent``."""

    kind = "agent"
    door = "agents"
    tasks_interface = IAgentTasks
    sections_interface = IAgentSections
    landing = ViewPageTemplateFile("templates/landing_agents.pt")
    landing_title = "Agents publics"

    @property
    def places(self):
        found = []
        for collectivite in self.person.collectivites:
            keys = self.person.roles_in(collectivite)
            url = collectivite.absolute_url()
            links = (
                [
                    ("Agents", f"{url}/@@agents"),
                    ("Services", f"{url}/@@services"),
                    ("Niveaux de MAPA", f"{url}/@@niveaux"),
                    ("Avis et annonces légales", f"{url}/@@annonces"),
                    ("Modèles de courriers", f"{url}/@@courriers-modeles"),
                    ("Bourse à la cotraitance", f"{url}/@@cotraitance"),
                ]
                if "administrateurs" in keys
                else []
            )
            if keys & {"administrateurs", "porteurs"}:
                links.append(("Clés", f"{url}/@@cles"))
            if keys & {"acheteurs", "valideurs"}:
                links.insert(0, ("Nouvelle consultation", f"{url}/@@nouvelle-consultation"))
            found.append({"title": collectivite.title, "url": url, "roles": role_names(keys), "links": links})
        return found

    @property
    def writes_site(self):
        """True for who writes the editorial site, a room that needs no collectivité."""
        return self.may("megalis: Write editorial", self.site)

    @property
    def first_steps(self):
        own = [("Rédaction du site", f"{self.site_url}/redaction")] if self.writes_site else []
        return (own + [link for place in self.places for link in place["links"]])[:2]

    @property
    def belongs(self):
        """True for who has a place in a room that needs no collectivité either."""
        return any(getattr(section, "belongs", False) for section in self._adapters(self.sections_interface))

    @property
    def nowhere(self):
        """The sentence for an agent without any role left."""
        if self.person.collectivites or self.writes_site or self.belongs:
            return ""
        return (
            "Votre compte n’a plus de rôle dans aucune collectivité : un administrateur peut vous inviter de nouveau."
        )


class CompanyDashboard(Dashboard):
    """``/espace-entreprise``."""

    kind = "entreprise"
    door = "entreprises"
    tasks_interface = ICompanyTasks
    sections_interface = ICompanySections
    landing = ViewPageTemplateFile("templates/landing_companies.pt")
    landing_title = "Entreprises"

    @property
    def places(self):
        company = self.person.entreprise
        if company is None:
            return []
        keys = self.person.roles_in(company)
        url = company.absolute_url()
        links = [
            ("Mon panier", f"{self.site_url}/mon-panier"),
            ("Mes réponses", f"{self.site_url}/mes-reponses"),
            ("Mes messages", f"{self.site_url}/mes-messages"),
            ("Coffre-fort", f"{url}/@@coffre"),
            ("Fiche de l’entreprise", url),
            ("Consultation restreinte, par code", f"{self.site_url}/consultation-restreinte"),
        ]
        if "e-administrateurs" in keys:
            links.append(("Utilisateurs", f"{url}/@@utilisateurs"))
        return [{"title": company.title, "url": url, "roles": role_names(keys), "links": links}]

    @property
    def first_steps(self):
        return [
            ("Chercher une consultation", f"{self.site_url}/consultations"),
            ("Tester mon poste", f"{self.site_url}/simulation"),
        ]

    @property
    def nowhere(self):
        """The sentence for someone whose company has not let him in, or who has none."""
        if self.person.entreprise is not None:
            return ""
        waiting = directory.entreprise(self.person.waiting) if self.person.waiting else None
        if waiting is not None:
            return (
                f"Votre demande attend la réponse de l’administrateur de {waiting.title}. Vous pourrez déposer des plis dès "
                "qu’il l’aura acceptée ; un message vous préviendra."
            )
        return "Votre compte n’est rattaché à aucune entreprise : demandez à son administrateur de vous inviter à votre adresse."
