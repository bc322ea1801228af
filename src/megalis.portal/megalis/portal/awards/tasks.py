"""What the meetings of commissions ask of the agents who prepare, on their dashboard; and the way to the commissions."""

from megalis.portal.awards import commissions
from megalis.portal.awards import meetings
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from plone import api


GROUP = "Commissions"
PREPARE = "megalis: Prepare consultation"
WRITERS = frozenset(("acheteurs", "valideurs"))


class OfCollectivite:
    """ILinks of a collectivité, for its agents: its commissions."""

    def __init__(self, collectivite, request):
        self.collectivite = collectivite

    def __call__(self):
        if not api.user.has_permission(PREPARE, obj=self.collectivite):
            return []
        return [(f"{self.collectivite.absolute_url()}/@@commissions", "Commissions")]


class Meetings:
    """IAgentTasks: the meetings to convene, those to come, those whose minutes are still to be made."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        found = []
        for collectivite in self.person.collectivites:
            if WRITERS & self.person.roles_in(collectivite) and commissions.of(collectivite) is not None:
                url = collectivite.absolute_url()
                waiting = (item for item in meetings.every(collectivite) if item.closed is None)
                found += [task_of(item, f"{url}/@@reunion?id={item.id}", clock.now()) for item in waiting]
        return sorted(found, key=lambda task: task.due)


def task_of(meeting, url, now):
    """Return the Task of a meeting that has no minutes yet."""
    day = clock.french_date(meeting.at, weekday=False)
    if meeting.at <= now:
        title = f"Noter la réunion du {day} : présence, votes, procès-verbal"
        return Task(title, url, meeting.at, "do", GROUP, "Noter la réunion")
    if not meeting.convened:
        return Task(f"Convoquer la commission du {day}", url, meeting.at, "do", GROUP, "Convoquer")
    return Task(f"{meeting.title}, réunion", url, meeting.at, "date", GROUP, "Voir")
