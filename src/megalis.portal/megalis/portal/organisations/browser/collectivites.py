"""The public directory of the collectivités, the page of each, and the forms of the operator and its administrators."""

from functools import cached_property
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import Column
from megalis.portal.kernel.interfaces import ILinks
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from megalis.portal.organisations import permissions
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.organisations.browser.base import named
from megalis.portal.organisations.browser.base import Page
from megalis.portal.organisations.browser.base import postal_lines
from megalis.portal.organisations.interfaces import ICollectivite
from megalis.portal.organisations.interfaces import IConsultationsOf
from megalis.portal.organisations.interfaces import IPublicPagesOf
from megalis.portal.organisations.vocabularies import ARRONDISSEMENTS
from megalis.portal.organisations.vocabularies import department_name
from megalis.portal.organisations.vocabularies import departments
from megalis.portal.organisations.vocabularies import LEGAL_CATEGORIES
from megalis.portal.theme.export import Exported
from megalis.portal.theme.forms import MegalisAddForm
from megalis.portal.theme.forms import MegalisEditForm
from plone import api
from urllib.parse import urlencode
from z3c.form import button
from z3c.form.field import Fields
from zope.component import getAdapters
from zope.component import queryMultiAdapter

import re


PAGE = 30


class Directory(Page):
    """``/collectivites``: by words of the name and by department, plain GET addresses."""

    door = ""

    @cached_property
    def words(self):
        return self.field("q")[:100]

    @cached_property
    def department(self):
        return self.field("departement")[:3]

    @cached_property
    def found(self):
        """The brains found, by title."""
        query = {"portal_type": "Collectivite", "simulation": False, "sort_on": "sortable_title"}
        terms = re.findall(r"\w+", self.words)
        if terms:
            query["Title"] = " AND ".join(f"{term}*" for term in terms)
        if self.department:
            query["department"] = self.department
        return api.portal.get_tool("portal_catalog")(query)

    @cached_property
    def total(self):
        return len(self.found)

    @cached_property
    def number(self):
        asked = self.field("page")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        return min(max(number, 1), self.last)

    @cached_property
    def last(self):
        return max(1, -(-self.total // PAGE))

    @cached_property
    def rows(self):
        """The rows of this page: dicts title, url, department, description."""
        part = self.found[(self.number - 1) * PAGE : self.number * PAGE]
        return [
            {"title": b.Title, "url": b.getURL(), "department": department_name(b.department), "text": b.Description}
            for b in part
        ]

    @property
    def departments(self):
        """The departments of the list: those of Brittany first, then the others; (code, label, chosen)."""
        ordered = sorted(departments(), key=lambda item: (item[0] not in ARRONDISSEMENTS, item[0]))
        return [(code, f"{name} ({code})", code == self.department) for code, name in ordered]

    @property
    def pages(self):
        """The pages near this one: (number, URL, current)."""
        near = [n for n in range(1, self.last + 1) if n in (1, self.last) or abs(n - self.number) <= 2]
        return [(n, self._url(n), n == self.number) for n in near] if self.last > 1 else []

    def _query(self, number):
        asked = {"q": self.words, "departement": self.department, "page": number if number > 1 else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"?{query}" if query else ""

    def _url(self, number):
        return f"{self.context.absolute_url()}{self._query(number)}"

    @property
    def export_query(self):
        return self._query(1)

    @property
    def may_add(self):
        return self.may(permissions.MANAGE_ORGANISATIONS)


class DirectoryFiles(Exported, Directory):
    """``@@collectivites.csv``, ``.xlsx``, ``.pdf``: what the page finds, all its pages."""

    page_title = "Collectivités"
    list_columns = (
        Column("Collectivité", width=40),
        Column("Département"),
        Column("Présentation"),
        Column("Adresse", paper=False),
    )

    def list_rows(self):
        for brain in self.found:
            yield brain.Title, department_name(brain.department), brain.Description, brain.getURL()


class View(Itself, Page):
    """The public page of a collectivité."""

    @property
    def legal(self):
        return dict(LEGAL_CATEGORIES).get(self.context.legal_category, "")

    @property
    def department(self):
        return department_name(self.context.department)

    @property
    def siret(self):
        return numbers.format_siret(self.context.siret)

    @property
    def address(self):
        return postal_lines(self.context)

    @cached_property
    def consultations(self):
        """The HTML of the public consultations, or an empty text when no room supplies it or there are none."""
        provider = queryMultiAdapter((self.context, self.request), IConsultationsOf)
        return provider() if provider is not None else ""

    @property
    def public_pages(self):
        """The public pages that rooms have of this collectivité: list of (label, URL)."""
        found = sorted(getAdapters((self.context, self.request), IPublicPagesOf))
        return [link for _name, provider in found for link in provider()]

    @property
    def services(self):
        """The tree of services: list of (depth, title, acronym)."""
        return [(depth, service.title, service.acronym) for depth, service in tree(self.context)]

    @property
    def suspended(self):
        return api.content.get_state(self.context, default="active") == "suspendue"

    @property
    def actions(self):
        """What the person here may do: (label, URL), only what is his to do."""
        url = self.context.absolute_url()
        links = []
        if self.may("Modify portal content"):
            links.append(("Modifier la fiche", f"{url}/@@edit"))
        if self.may(permissions.MANAGE_AGENTS):
            links += [("Agents", f"{url}/@@agents"), ("Services", f"{url}/@@services")]
            links.append(("Avis et annonces légales", f"{url}/@@annonces"))
            links.append(("Modèles de courriers", f"{url}/@@courriers-modeles"))
        if self.may(permissions.MANAGE_KEYS):
            links.append(("Clés", f"{url}/@@cles"))
        if self.may("megalis: Manage interchange"):
            links.append(("Interfaces logicielles", f"{url}/@@interfaces-logicielles"))
        for _name, more in sorted(getAdapters((self.context, self.request), ILinks)):
            links += [(words, address) for address, words in more()]
        return links

    @property
    def may_suspend(self):
        return self.may(permissions.MANAGE_ORGANISATIONS)

    def do_suspendre(self):
        self._move("suspendre", "La collectivité est suspendue : elle n’est plus dans l’annuaire.")

    def do_retablir(self):
        self._move("retablir", "La collectivité est de nouveau active.")

    def _move(self, transition, message):
        if not self.may_suspend:
            raise Refused("droit", "Seul l’exploitant peut suspendre ou rétablir une collectivité.")
        try:
            api.content.transition(self.context, transition)
        except api.exc.InvalidParameterError:  # somebody else did it, or the button was pressed twice
            raise Refused("etat", "C’est déjà fait : rechargez la page pour voir l’état de la collectivité.") from None
        self.done(message, self.context.absolute_url())


def tree(content):
    """Yield (depth, service) of the services under ``content``, by title, parents before children."""

    def walk(parent, depth):
        children = [child for child in parent.objectValues() if child.portal_type == "Service" and child.active]
        for child in sorted(children, key=lambda service: service.title.casefold()):
            yield depth, child
            yield from walk(child, depth + 1)

    return walk(content, 0)


SECTIONS = (
    ("Identité", ("title", "description", "siret", "acronym", "legal_category", "department", "arrondissement")),
    ("Coordonnées", ("street", "postal_code", "city", "phone", "email", "website", "logo")),
    ("Plateforme", ("member_since", "external_id")),
)


NAMES = {"title": ("Nom", ""), "description": ("Présentation", "Quelques lignes sur la page publique.")}


class Add(MegalisAddForm):
    """The operator enters a collectivité."""

    portal_type = "Collectivite"
    page_title = "Inscrire une collectivité"
    page_intro = "Ses groupes d’agents sont créés avec elle ; invitez ensuite son premier administrateur."
    button_label = "Inscrire"
    added_message = "La collectivité est inscrite : invitez son premier administrateur."
    sections = SECTIONS

    def make_fields(self):
        return named(NAMES) + Fields(ICollectivite).omit("siren")

    def create(self, data):
        values = {name: value for name, value in data.items() if value is not None}
        try:
            return create.collectivite(values.pop("title"), values.pop("siret"), **values)
        except Refused as refused:
            self.refuse(refused.message, "external_id" if refused.code.startswith("idexterne") else "siret")
            return None

    def next_url(self, created):
        return f"{created.absolute_url()}/@@agents"


class Edit(MegalisEditForm):
    """The page's own data; the SIREN stays, because it names the groups of agents."""

    page_title = "Modifier la fiche"
    sections = (*SECTIONS[:1], SECTIONS[1], SECTIONS[2])

    def make_fields(self):
        fields = named(NAMES) + Fields(ICollectivite).omit("siren")
        operator = api.user.has_permission(permissions.MANAGE_ORGANISATIONS, obj=self.context)
        return fields if operator else fields.omit("siret", "member_since", "external_id")

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        siret = data.get("siret")
        if siret and not siret.startswith(self.context.siren):
            return self.refuse("Ce SIRET n’est pas de cette collectivité : son SIREN ne change jamais.", "siret")
        external = data.get("external_id")
        other = directory.by_external("organismes", external) if external else None
        if other is not None and other != self.context:
            return self.refuse("Cet identifiant externe est déjà donné à une autre collectivité.", "external_id")
        if data.get("siret"):
            data["siret"] = numbers.siret(siret)
        changed = self.apply(data)
        self.redirect(self.next_url(), self.saved_message if changed else self.unchanged_message)
