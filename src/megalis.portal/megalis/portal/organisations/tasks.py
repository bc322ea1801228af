"""What this room puts on the dashboards: people to answer, roles nobody holds, invitations without an answer."""

from megalis.portal.kernel.interfaces import IAgentTasks
from megalis.portal.kernel.interfaces import ICompanyTasks
from megalis.portal.kernel.interfaces import Task
from megalis.portal.organisations import invitations
from megalis.portal.organisations import membership
from megalis.portal.organisations import registration
from megalis.portal.organisations import roles
from zope.interface import implementer


NEEDED = ("acheteurs", "valideurs", "porteurs")


@implementer(IAgentTasks)
class AgentTasks:
    """For an administrator of a collectivité: the roles that are missing, the invitations that expired."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        tasks = []
        for collectivite in self.person.collectivites:
            if "administrateurs" not in self.person.roles_in(collectivite):
                continue
            url = f"{collectivite.absolute_url()}/@@agents"
            missing = [roles.BY_KEY[key].title.lower() for key in NEEDED if not membership.holders(collectivite, key)]
            if missing:
                words = f"les rôles qui manquent : {', '.join(missing)}" if missing[1:] else f"le rôle de {missing[0]}"
                tasks.append(Task(f"Donner {words}", url, level="soon", group=collectivite.title))
            expired = sum(1 for invitation in invitations.pending(collectivite) if invitation.expired)
            if expired:
                words = "invitations expirées" if expired > 1 else "invitation expirée"
                tasks.append(Task(f"Renvoyer {expired} {words}", url, level="info", group=collectivite.title))
        return tasks


@implementer(ICompanyTasks)
class CompanyTasks:
    """For an administrator of a company: people who ask to join."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        company = self.person.entreprise
        if company is None or "e-administrateurs" not in self.person.roles_in(company):
            return []
        count = len(registration.requests(company))
        if not count:
            return []
        words = "demandes d’accès" if count > 1 else "demande d’accès"
        return [Task(f"Répondre à {count} {words}", f"{company.absolute_url()}/@@utilisateurs", group=company.title)]
