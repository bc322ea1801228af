"""What the notices put on the dashboard of agents: refused ones, those that never left, newspapers that do not answer."""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.rules.thresholds import JAL
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from plone.uuid.interfaces import IUUID
from zope.component.hooks import getSite


GROUP = "Publicité"
WRITERS = frozenset(("acheteurs", "valideurs"))
SILENT = timedelta(days=2)
OLD = timedelta(days=60)


def what(record, now):
    """Return what the last record of a support asks of an agent, in words, or ""."""
    if now - record.made > OLD:
        return ""
    if record.state == lifecycle.REFUSED:
        return "Corriger et renvoyer"
    if record.state == lifecycle.GIVEN_UP and record.history and "essais" in record.history[-1]["what"]:
        return "Renvoyer"
    if record.support == JAL and record.state == lifecycle.SENT and now - (record.sent or record.made) > SILENT:
        return "Relancer le journal"
    return ""


class AgentTasks:
    """IAgentTasks: see kernel.interfaces."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def __call__(self):
        now = clock.now()
        mine = {IUUID(item) for item in self.person.collectivites if WRITERS & self.person.roles_in(item)}
        if not mine:
            return []
        uids = {uid for uid, buyer, made in store.of_site(getSite()).values() if buyer in mine and now - made < OLD}
        return [task for brain in api.find(UID=list(uids)) for task in self._of(brain)] if uids else []

    def _of(self, brain):
        now = clock.now()
        last = {}
        for record in store.every(brain.getObject()):
            last[record.support] = record
        for record in last.values():
            words = what(record, now)
            if words:
                title = f"{words} : {sending.title_of(record)}, « {brain.Title} »"
                yield Task(title, f"{brain.getURL()}/@@publicite", None, "do", GROUP, "Voir")
