"""What the agents' dashboard says of flows, and the counters of the key figures."""

from html import escape
from megalis.portal.formats.pes import states
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.kernel.interfaces import Task
from plone import api
from zope.interface import provider


GROUP = "Flux comptables"
SHOWN = 30
KEYS = {"redacteurs-pes", "transmetteurs-pes"}
STUCK = (states.ENVOI_INCERTAIN, states.ENVOI_REFUSE, states.SANS_REPONSE)


class Tasks:
    """IAgentTasks: flows to transmit, to correct, to take up again; returns to read."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        found = []
        for collectivite in self.person.collectivites:
            keys = set(self.person.roles_in(collectivite)) & KEYS
            registre = registres.of(collectivite)
            if keys and registre is not None:
                found += self._flows(registre, "transmetteurs-pes" in keys)
                found += self._returns(collectivite, registre)
        return found

    def _flows(self, registre, transmits):
        catalog = api.portal.get_tool("portal_catalog")
        path = "/".join(registre.getPhysicalPath())
        query = {"portal_type": "FluxPES", "path": path, "sort_on": ("modified", "rang"), "sort_order": "reverse"}
        for brain in catalog(pes_etat=(states.DEPOSE, *STUCK), **query)[:SHOWN]:
            url = brain.getURL()
            if brain.pes_etat in STUCK:
                yield Task(f"{rules.state_label(brain.pes_etat)} : {brain.Title}", url, None, "do", GROUP, "Reprendre")
            elif brain.pes_resume["erreurs"]:
                yield Task(f"Corriger le flux {brain.Title}", url, None, "soon", GROUP, "Voir")
            elif transmits:
                yield Task(
                    f"Transmettre le flux {brain.Title}", f"{url}/@@transmettre", None, "do", GROUP, "Transmettre"
                )

    def _returns(self, collectivite, registre):
        unread = sum(not item.read_by for item in registre.retours.values())
        if unread:
            words = "1 retour du Trésor à lire" if unread == 1 else f"{unread} retours du Trésor à lire"
            yield Task(words, f"{collectivite.absolute_url()}/@@pes-retours", None, "soon", GROUP, "Lire")


class Section:
    """IAgentSections: the way to the flows of each collectivité, for those who handle them."""

    title = "Comptes et Trésor public"
    order = 31
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section; nothing for who handles no flows."""
        links = []
        for collectivite in self.person.collectivites:
            held = set(self.person.roles_in(collectivite))
            url, title = escape(collectivite.absolute_url()), escape(collectivite.title)
            if held & KEYS:
                links.append(f'<li><a href="{url}/@@pes-suivi">Flux comptables, {title}</a></li>')
                links.append(f'<li><a href="{url}/@@nouveau-flux">Déposer un flux, {title}</a></li>')
            if "administrateurs" in held:
                links.append(f'<li><a href="{url}/@@pes-reglages">Réglages des flux, {title}</a></li>')
        return f'<ul class="mg-links">{"".join(links)}</ul>' if links else ""


@provider(IKeyFigures)
def counted(site):
    """IKeyFigures: flows the Trésor has answered."""
    catalog = api.portal.get_tool("portal_catalog")
    count = len(catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=states.ANSWERED))
    return [("flux-pes", "flux comptables acquittés", count)]
