"""The ways to the room from the pages of others: a consultation, a collectivité, the dashboard of agents."""

from datetime import datetime
from datetime import time
from datetime import timedelta
from html import escape
from megalis.portal.consultations import api as consultations
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.marches import store
from megalis.portal.marches.origins import home
from megalis.portal.marches.rules import deadlines
from megalis.portal.theme.words import plural
from plone import api
from plone.uuid.interfaces import IUUID


GROUP = "Contrats"
FOLLOW = "megalis: Follow consultation"
WRITERS = frozenset(("acheteurs", "valideurs"))
SOON = timedelta(days=14)
SHOWN = 10


class OfConsultation:
    """ILinks of a consultation, for its agents: its contracts."""

    def __init__(self, consultation, request):
        self.consultation = consultation

    def __call__(self):
        buyer = consultations.buyer(self.consultation)
        if not api.user.has_permission(FOLLOW, obj=buyer):
            return []
        records = store.of_origin(api.portal.get(), consultations.uuid(home(self.consultation)))
        uid, url = IUUID(buyer), buyer.absolute_url()
        found = [(f"{url}/@@contrat?contrat={item.key}", _words(item)) for item in records if item.buyer == uid]
        return [*found, (f"{self.consultation.absolute_url()}/@@conservation", "Conservation et archives")]


def _words(record):
    lot = f", lot {record.lot}" if record.lot else ""
    return f"Données essentielles{lot} ({store.STATES[record.state].lower()})"


class OfCollectivite:
    """ILinks of a collectivité: what it publishes, for everybody; its contracts, for its agents."""

    def __init__(self, collectivite, request):
        self.collectivite = collectivite

    def __call__(self):
        url = self.collectivite.absolute_url()
        found = [(f"{url}/donnees-essentielles", "Données essentielles des marchés")]
        if api.user.has_permission(FOLLOW, obj=self.collectivite):
            found += [(f"{url}/@@contrats", "Contrats"), (f"{url}/@@archives", "Archives")]
        return found


class Tasks:
    """IAgentTasks: the contracts whose data are due, with the last day the law gives."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        now, site, found = clock.now(), api.portal.get(), []
        for collectivite in self.person.collectivites:
            if not WRITERS & self.person.roles_in(collectivite):
                continue
            waiting = store.in_state(site, IUUID(collectivite), store.DRAFT)
            tasks = [
                self._task(collectivite, record, now) for record in waiting if deadlines.is_due(record.kind, record.raw)
            ]
            found += sorted(tasks, key=lambda task: (task.due is None, task.due or now, task.title))[:SHOWN]
        return found

    def _task(self, collectivite, record, now):
        title = record.raw.get("objet") or "contrat sans objet"
        day = deadlines.due(record.kind, record.raw)
        due = datetime.combine(day, time(23, 59, 59), clock.PARIS).astimezone(clock.UTC) if day else None
        level = "do" if due is not None and due - now < SOON else "soon"
        url = f"{collectivite.absolute_url()}/@@contrat-modifier?contrat={record.key}"
        return Task(f"Publier les données essentielles : « {title} »", url, due, level, GROUP, "Compléter")


class Section:
    """IAgentSections: the contracts of the person's collectivités, in figures."""

    title = "Contrats"
    order = 40
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section."""
        site, rows = api.portal.get(), ""
        for collectivite in self.person.collectivites:
            uid, url = IUUID(collectivite), escape(collectivite.absolute_url())
            waiting = store.count(site, uid, store.DRAFT)
            done = store.count(site, uid, store.PUBLISHED)
            words = f"{plural(done, 'publié')}, {waiting} à compléter"
            rows += (
                f'<li><a href="{url}/@@contrats">Contrats, {escape(collectivite.title)}</a>'
                f'<span class="small soft"> ({words})</span></li>'
            )
        return f'<ul class="mg-list mg-stack mg-gap1">{rows}</ul>' if rows else ""
