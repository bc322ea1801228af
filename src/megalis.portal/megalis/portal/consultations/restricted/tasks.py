"""What followings put on the agents' dashboard besides: a dynamic system to which nobody can ask to be admitted now."""

from megalis.portal.consultations import api
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.kernel.interfaces import IAgentTasks
from megalis.portal.kernel.interfaces import Task
from zope.interface import implementer


LIVE = (phase.PUBLIEE, phase.OUVERTURE, phase.ANALYSE)


@implementer(IAgentTasks)
class AgentTasks:
    """For a buyer: the systems without a period that is open or prepared."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        found = []
        for collectivite in self.person.collectivites:
            if "acheteurs" not in self.person.roles_in(collectivite):
                continue
            for brain in api.find(collectivite, procedure=suites.SAD, review_state=LIVE):
                system = brain.getObject()
                if not periods.obstacle(system) and periods.waiting(system) is None:
                    title = f"Ouvrir une période d’admission : « {brain.Title} »"
                    found.append(Task(title, f"{brain.getURL()}/@@periode", None, "soon", "Consultations"))
        return found
