"""Settings of the flows of a collectivité, and the operator's page of flows."""

from functools import cached_property
from megalis.portal.formats.pes import states
from megalis.portal.helios import arriving
from megalis.portal.helios import gateway
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios.browser.base import FOLLOW
from megalis.portal.helios.browser.base import Page
from megalis.portal.organisations import assurance
from megalis.portal.organisations.browser.base import StoredFile
from plone import api


class Settings(Page):
    """``@@pes-reglages``: the server of the accountant, other SIRET, who is told, one person or two."""

    page_title = "Réglages des flux comptables"

    @cached_property
    def kept(self):
        return registres.reglages(self.registre)

    @property
    def levels(self):
        return assurance.known()

    def value(self, name):
        form = self.request.form
        return form.get(name, "") if self.errors else self.kept[name]

    @property
    def may_follow(self):
        return self.may(FOLLOW)

    @property
    def folder(self):
        return self.context.siren

    def do_enregistrer(self):
        registre = registres.of(self.context, make=True)
        values = {name: self.field(name) for name in registres.DEFAULTS}
        values |= {name: bool(values[name]) for name in registres.SWITCHES}
        registres.set_reglages(registre, values, self.userid)
        self.done("Réglages enregistrés.")


class Operations(Page):
    """``@@pes-exploitation``: what is on its way, what is stuck, what came and found no flow."""

    page_title = "Télétransmission des flux comptables"

    @property
    def transport(self):
        found = gateway.transport()
        return found.title if found is not None else ""

    @property
    def counts(self):
        catalog = api.portal.get_tool("portal_catalog")
        shown = (
            states.A_CONTROLER, states.A_TRANSMETTRE, states.EN_ENVOI, states.TRANSMIS, states.SANS_REPONSE,
            states.ENVOI_INCERTAIN, states.ENVOI_REFUSE,
        )  # fmt: skip
        return [
            (rules.state_label(name), len(catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=name)))
            for name in shown
        ]

    @cached_property
    def stuck(self):
        """The flows a person has to look at: (name, collectivité, label, last event), at most 100."""
        catalog = api.portal.get_tool("portal_catalog")
        wanted = (states.SANS_REPONSE, states.ENVOI_INCERTAIN, states.ENVOI_REFUSE)
        found = []
        for brain in catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=wanted, sort_on="modified")[
            :100
        ]:
            flux = brain._unrestrictedGetObject()
            title = registres.collectivite_of(flux).title
            found.append((flux.title, title, rules.state_label(flux.etat), flux.history[-1].words))
        return found

    @cached_property
    def orphans(self):
        return arriving.orphans(api.portal.get())[:100]


class OrphanFile(StoredFile):
    """``@@pes-orphelin``: the file of an answer that found no flow."""

    def chosen(self):
        name = self.request.form.get("id")
        found = next((item for item in arriving.orphans(api.portal.get()) if item.id == name), None)
        return (found.subject, found.file) if found is not None else None
