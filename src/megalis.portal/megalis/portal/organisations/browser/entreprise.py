"""A company's own pages: who it is, its établissements; seen by its users and the operator only."""

from functools import cached_property
from itertools import islice
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import create
from megalis.portal.organisations import people
from megalis.portal.organisations import permissions
from megalis.portal.organisations import registration
from megalis.portal.organisations import rules
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.organisations.browser.base import named
from megalis.portal.organisations.browser.base import Page
from megalis.portal.organisations.browser.base import postal_lines
from megalis.portal.organisations.browser.base import to_sign_in
from megalis.portal.organisations.interfaces import IEntreprise
from megalis.portal.organisations.vocabularies import countries
from megalis.portal.organisations.vocabularies import SIZES
from megalis.portal.theme.export import Exported
from megalis.portal.theme.forms import MegalisEditForm
from plone import api
from Products.Five.browser import BrowserView
from urllib.parse import urlencode
from z3c.form.field import Fields
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent


SHOWN = 100


class View(Itself, Page):
    """The company: identity, établissements, people."""

    door = "entreprises"

    @property
    def identifier(self):
        context = self.context
        return numbers.format_siren(context.siren) if context.siren else context.identifier

    @property
    def country(self):
        return dict(countries()).get(self.context.country, self.context.country)

    @property
    def size(self):
        return dict(SIZES).get(self.context.size, "")

    @property
    def address(self):
        return postal_lines(self.context)

    @property
    def may_manage(self):
        return self.may(permissions.MANAGE_COMPANY)

    @property
    def french(self):
        return self.context.country == "FR"

    @property
    def waiting(self):
        """How many people ask to join, for those who may answer."""
        return len(registration.requests(self.context)) if self.may_manage else 0

    @cached_property
    def places(self):
        """The établissements, head office first: dicts siret, number, title, town, head_office."""
        places = [p for p in self.context.objectValues() if p.portal_type == "Etablissement" and p.active]
        places.sort(key=lambda place: (not place.head_office, place.siret))
        return [
            {
                "siret": place.siret,
                "number": numbers.format_siret(place.siret),
                "title": place.title,
                "town": " ".join(filter(None, (place.postal_code, place.city))),
                "head_office": place.head_office,
            }
            for place in places
        ]

    def _managing(self):
        if not self.may_manage:
            raise Refusal("droit", "Seul un administrateur de l’entreprise peut changer ses établissements.", 403)

    def do_ajouter(self):
        self._managing()
        head = bool(self.field("siege"))
        values = {
            "title": self.field("nom"),
            "postal_code": self.field("code_postal")[:10],
            "city": self.field("ville")[:80],
        }
        place = create.etablissement(self.context, self.field("siret"), head_office=head, **values)
        if head:
            self._only_head(place)
        self.done(f"L’établissement {numbers.format_siret(place.siret)} est ajouté.")

    def do_siege(self):
        self._managing()
        place = self._place()
        place.head_office = True
        self._only_head(place)
        self.done(f"Le siège est désormais {numbers.format_siret(place.siret)}.")

    def do_supprimer(self):
        self._managing()
        place = self._place()
        self.context._delObject(place.getId())
        self.done("L’établissement est retiré.")

    def _place(self):
        place = self.context.get(self.field("etablissement"))
        if place is None or place.portal_type != "Etablissement":
            raise Refusal("etablissement", "Cet établissement n’existe plus : rechargez la page.", 404)
        return place

    def _only_head(self, chosen):
        for place in self.context.objectValues():
            if place.portal_type == "Etablissement" and place.head_office and place.getId() != chosen.getId():
                place.head_office = False
                notify(ObjectModifiedEvent(place))
        notify(ObjectModifiedEvent(chosen))


class Edit(MegalisEditForm):
    """The company's identity; its identifier stays, because it names its groups."""

    page_title = "Modifier la fiche de l’entreprise"
    sections = (
        ("Identité", ("title", "legal_form", "naf", "size", "certificate")),
        ("Coordonnées", ("street", "postal_code", "city", "phone", "email")),
    )

    def make_fields(self):
        return named({"title": ("Raison sociale", "")}) + Fields(IEntreprise).omit(
            "identifier", "country", "external_id"
        )

    def apply(self, data):
        if data.get("naf"):
            data["naf"] = rules.naf(data["naf"])
        return super().apply(data)


class Mine(BrowserView):
    """``/mon-entreprise``: to the page of one's own company."""

    def __call__(self):
        person = people.current(self.request)
        if person is None:
            to_sign_in(self.request)
        site = api.portal.get().absolute_url()
        url = person.entreprise.absolute_url() if person.entreprise is not None else f"{site}/espace-entreprise"
        self.request.response.redirect(url, status=302)
        return ""


class Companies(Page):
    """``/entreprises``: the operator's list."""

    page_title = "Entreprises inscrites"

    @property
    def words(self):
        return self.field("q")[:100]

    def matching(self):
        """Yield the companies whose name or identifier holds the words asked."""
        words = self.words.casefold().replace(" ", "")
        for company in self.context.objectValues():
            if words in f"{company.title} {company.identifier}".casefold().replace(" ", ""):
                yield company

    @cached_property
    def rows(self):
        """At most 100 of them, by name."""
        found = [
            {"title": company.title, "url": company.absolute_url(), "identifier": company.identifier}
            for company in islice(self.matching(), SHOWN)
        ]
        return sorted(found, key=lambda row: row["title"].casefold())

    @property
    def export_query(self):
        return f"?{urlencode({'q': self.words})}" if self.words else ""


class CompaniesFiles(Exported, Companies):
    """``@@entreprises.csv``, ``.xlsx``, ``.pdf``: all of them, or those the words asked for."""

    list_columns = (
        Column("Raison sociale", width=40),
        Column("Identifiant"),
        Column("Pays"),
        Column("Commune"),
        Column("Taille"),
        Column("Certificat électronique"),
        Column("Inscrite le", INSTANT),
    )

    def list_rows(self):
        sizes = dict(SIZES)
        for company in sorted(self.matching(), key=lambda company: company.title.casefold()):
            yield (
                company.title, company.identifier, company.country, company.city, sizes.get(company.size, ""),
                bool(company.certificate), company.created().asdatetime(),
            )  # fmt: skip
