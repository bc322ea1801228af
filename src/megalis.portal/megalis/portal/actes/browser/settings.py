"""Settings of the télétransmission of a collectivité, its classification, and the operator's page."""

from functools import cached_property
from megalis.portal.actes import arriving
from megalis.portal.actes import gateway
from megalis.portal.actes import leaving
from megalis.portal.actes import pace
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes.browser.base import Page
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes import territory
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import assurance
from megalis.portal.organisations.browser.base import StoredFile
from plone import api


LARGEST = 5 * 1024 * 1024


class Settings(Page):
    """``@@actes-reglages``: who sends, who is told, one person or two, and the classification of the préfecture."""

    page_title = "Réglages de la télétransmission"

    @cached_property
    def kept(self):
        return registres.reglages(self.registre)

    @property
    def levels(self):
        return assurance.known()

    def value(self, name):
        form = self.request.form
        return form.get(name, "") if self.errors and name in form else self.kept[name]

    @property
    def departement(self):
        return registres.departement(self.context)

    @property
    def places(self):
        found = territory.arrondissements(self.departement)
        return sorted(found.items()) or [(str(rank), f"Arrondissement {rank}") for rank in range(10)]

    @property
    def kinds(self):
        return sorted(territory.kinds().items())

    regimes = sorted(rules.REGIMES.items(), key=lambda item: item[0] != rules.ON_LINE)

    @property
    def date(self):
        return self.classification.date

    @property
    def asked(self):
        return self.registre.asked if self.registre is not None else None

    def do_enregistrer(self):
        registre = registres.of(self.context, make=True)
        values = {name: self.field(name) for name in registres.DEFAULTS}
        values |= {name: bool(values[name]) for name in registres.SWITCHES}
        if "plages" in registres.set_reglages(registre, values, self.userid):
            pace.wake(api.portal.get())
        self.done("Réglages enregistrés.")

    def do_demander(self):
        leaving.ask_classification(registres.of(self.context, make=True))
        self.done("La classification est demandée à la préfecture ; elle arrive d’ordinaire en quelques minutes.")

    def do_charger(self):
        uploads = self.uploads("fichier")
        if not uploads:
            raise Refused("actes.fichier", "Aucun fichier n’est choisi : prenez le message 7-2 de la préfecture (XML).")
        uploads[0].seek(0)
        data = uploads[0].read(LARGEST + 1)
        if len(data) > LARGEST:
            raise Refused("actes.taille", "Ce fichier pèse plus de 5 Mo : ce n’est pas une classification.")
        changes = registres.keep_classification(registres.of(self.context, make=True), data)
        added, dropped = len(changes.added), len(changes.dropped)
        self.done(f"Classification chargée : {added} matières de plus, {dropped} de moins.")


class Tree(Page):
    """``@@matieres``: the classification as a tree to search, each branch leading to a new act."""

    page_title = "Classification des actes"

    @property
    def q(self):
        return str(self.request.form.get("q", ""))[:100]

    @property
    def found(self):
        return self.classification.search(self.q) if self.q.strip() else []


class Operations(Page):
    """``@@actes-exploitation``: what is on its way, what is stuck, what came and found no act."""

    page_title = "Télétransmission des actes"

    @cached_property
    def classification(self):
        return registres.classification_of(None)

    @property
    def transport(self):
        found = gateway.transport()
        return found.title if found is not None else ""

    @cached_property
    def rhythm(self):
        return pace.rhythm(api.portal.get())

    def value(self, name):
        """What a field of the form shows: what was typed when it was refused, else what is in force."""
        form = self.request.form
        return form.get(name, "") if self.errors else getattr(self.rhythm, name)

    def do_regler(self):
        pace.set_rhythm(api.portal.get(), pace.entered(self.request.form), self.userid)
        self.done("Rythme des envois enregistré.")

    @property
    def counts(self):
        catalog = api.portal.get_tool("portal_catalog")
        shown = (
            states.A_TRANSMETTRE, states.EN_ENVOI, states.TRANSMIS, states.SANS_REPONSE, states.ENVOI_INCERTAIN,
            states.ENVOI_REFUSE, states.ANOMALIE, states.ANNULATION_DEMANDEE,
        )  # fmt: skip
        return [
            (rules.state_label(name), len(catalog.unrestrictedSearchResults(portal_type="Acte", acte_etat=name)))
            for name in shown
        ]

    @property
    def stuck(self):
        """The acts a person has to look at: (title, collectivité, label, url), at most 100."""
        catalog = api.portal.get_tool("portal_catalog")
        wanted = (states.SANS_REPONSE, states.ENVOI_INCERTAIN, states.ENVOI_REFUSE)
        for brain in catalog.unrestrictedSearchResults(portal_type="Acte", acte_etat=wanted, sort_on="modified")[:100]:
            acte = brain._unrestrictedGetObject()
            yield (
                brain.acte_numero,
                registres.collectivite_of(acte).title,
                rules.state_label(acte.etat),
                acte.history[-1].words,
            )

    @cached_property
    def orphans(self):
        return arriving.orphans(api.portal.get())[:100]


class OrphanFile(StoredFile):
    """``@@actes-orphelin``: a file of an answer that found no act."""

    def chosen(self):
        form = self.request.form
        found = next((item for item in arriving.orphans(api.portal.get()) if item.id == form.get("id")), None)
        place = str(form.get("fichier", ""))
        if found is None or not (place.isascii() and place.isdigit() and int(place) < len(found.files)):
            return None
        return found.files[int(place)]
