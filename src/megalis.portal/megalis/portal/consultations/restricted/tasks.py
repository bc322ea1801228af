"""What followings put on the agents' dashboard besides: a dynamic system to which nobody can ask to be admitted now, and
letters to post."""

from megalis.portal.consultations import api
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.restricted import posting
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.kernel.interfaces import IAgentTasks
from megalis.portal.kernel.interfaces import Task
from megalis.portal.theme.words import plural
from zope.interface import implementer


LIVE = (phase.PUBLIEE, phase.OUVERTURE, phase.ANALYSE)


@implementer(IAgentTasks)
class AgentTasks:
    """For a buyer: the systems without a period that is open or prepared, the invitations that wait for a stamp."""

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
            for brain in api.find(collectivite, portal_type="ConsultationRestreinte", review_state=posting.WORKING):
                waiting = len(posting.due(brain.getObject()))
                if waiting:
                    letters = plural(waiting, "lettre d’invitation", "lettres d’invitation")
                    url = f"{brain.getURL()}/@@invitations"
                    found.append(
                        Task(f"Poster {letters} : « {brain.Title} »", url, brain.deadline, "do", "Consultations")
                    )
        return found
