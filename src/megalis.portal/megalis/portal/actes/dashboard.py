"""What the agents' dashboard says of acts, and the counters of the key figures."""

from html import escape
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import seances
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import IKeyFigures
from megalis.portal.kernel.interfaces import Task
from plone import api
from zope.interface import provider


GROUP = "Actes"
SHOWN = 30
KEYS = {"redacteurs-actes", "transmetteurs-actes"}
FOLLOW = KEYS | {"administrateurs", "lecteurs"}
STUCK = (states.ANOMALIE, states.ENVOI_REFUSE, states.ENVOI_INCERTAIN, states.SANS_REPONSE)


class Tasks:
    """IAgentTasks: acts to complete, to transmit, to take up again, letters to answer."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        found = []
        for collectivite in self.person.collectivites:
            keys = set(self.person.roles_in(collectivite)) & KEYS
            registre = registres.of(collectivite)
            if keys and registre is not None:
                found += self._of(registre, "transmetteurs-actes" in keys)
        return found

    def _of(self, registre, transmits):
        catalog = api.portal.get_tool("portal_catalog")
        path = "/".join(registre.getPhysicalPath())
        wanted = (states.BROUILLON, states.REFUSE_CONTROLE, *STUCK)
        for brain in catalog(
            portal_type="Acte", path=path, acte_etat=wanted, sort_on=("modified", "rang"), sort_order="reverse"
        )[:SHOWN]:
            url, name = f"{brain.getURL()}/@@suivi", f"{brain.acte_numero}, « {brain.Title} »"
            if brain.acte_etat in STUCK:
                yield Task(f"{rules.state_label(brain.acte_etat)} : {name}", url, None, "do", GROUP, "Reprendre")
            elif transmits and brain.acte_demande:
                yield Task(
                    f"Transmettre l’acte {name}", f"{brain.getURL()}/@@transmettre", None, "do", GROUP, "Transmettre"
                )
            else:
                yield Task(f"Finir l’acte {name}", url, None, "soon", GROUP, "Continuer")
        for brain in catalog(portal_type="Acte", path=path, acte_courrier=True):
            name = f"{brain.acte_numero}, « {brain.Title} »"
            yield Task(f"Répondre à la préfecture : {name}", f"{brain.getURL()}/@@suivi", None, "do", GROUP, "Répondre")
        if transmits:
            yield from _lists(registre)


def _lists(registre):
    """Yield the sessions whose list of délibérations is to be put on line."""
    today, url = clock.paris(clock.now()).date(), registres.collectivite_of(registre).absolute_url()
    for session in seances.late(registre, today):
        last = seances.last_day(session)
        words = f"Mettre en ligne la liste des délibérations du {session:%d/%m/%Y}, avant le {last:%d/%m/%Y}"
        kind = "do" if today > last else "soon"
        yield Task(words, f"{url}/@@seances?seance={session.isoformat()}", None, kind, GROUP, "Mettre en ligne")


class Section:
    """IAgentSections: the way to the acts of each collectivité."""

    title = "Actes et préfecture"
    order = 30
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section; nothing for who follows no acts."""
        links = []
        for collectivite in self.person.collectivites:
            url, title = escape(collectivite.absolute_url()), escape(collectivite.title)
            held = set(self.person.roles_in(collectivite))
            if held & FOLLOW:
                links.append(f'<li><a href="{url}/@@actes-suivi">Actes, {title}</a></li>')
            if held & KEYS:
                links.append(f'<li><a href="{url}/@@nouvel-acte">Nouvel acte, {title}</a></li>')
        return f'<ul class="mg-links">{"".join(links)}</ul>' if links else ""


@provider(IKeyFigures)
def counted(site):
    """IKeyFigures: acts received by the préfectures, acts on the public registers."""
    catalog = api.portal.get_tool("portal_catalog")
    received = len(catalog.unrestrictedSearchResults(portal_type="Acte", acte_etat=(*rules.RECEIVED, states.DETRUIT)))
    published = len(catalog.unrestrictedSearchResults(portal_type="Acte", review_state="publie"))
    return [("actes", "actes transmis et acquittés", received), ("actes-publies", "actes publiés", published)]
