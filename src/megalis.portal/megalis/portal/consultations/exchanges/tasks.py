"""What the exchanges put on the dashboards: questions to answer, replies and messages to read, answers that came."""

from datetime import timedelta
from megalis.portal.consultations import api
from megalis.portal.consultations.exchanges import inbox
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.theme.words import plural


GROUP = "Échanges avec les entreprises"
WRITERS = frozenset(("acheteurs", "valideurs"))
SHOWN = 10
FRESH = timedelta(days=7)


class AgentTasks:
    """IAgentTasks: see kernel.interfaces."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def __call__(self):
        found = []
        for collectivite in self.person.collectivites:
            if WRITERS & self.person.roles_in(collectivite):
                found += self._of(collectivite)
        return found

    def _of(self, collectivite):
        kept = waiting.of(collectivite)
        if not kept:
            return
        for brain in api.find(collectivite, UID=list(kept)):
            url = f"{brain.getURL()}/@@echanges"
            asked = kept[brain.UID].get(waiting.QUESTION)
            consultation = brain.getObject() if asked else None
            if asked and api.state(consultation, clock.now()) not in rules.OVER:
                limit = questions.answer_limit(consultation)
                title = f"Répondre à {plural(len(asked), 'question')} : « {brain.Title} »"
                due = limit[0] if limit else brain.deadline
                yield Task(title, url, due, "do", GROUP, "Répondre")
            replies = kept[brain.UID].get(waiting.REPLY)
            if replies:
                count = plural(len(replies), "réponse d’entreprise", "réponses d’entreprises")
                yield Task(f"Lire {count} : « {brain.Title} »", url, None, "do", GROUP, "Lire")


class CompanyTasks:
    """ICompanyTasks: see kernel.interfaces."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def __call__(self):
        company = self.person.entreprise
        if company is None:
            return []
        return [*self._messages(company), *self._answers(company)]

    def _messages(self, company):
        unread = inbox.unread(company)
        brains = {brain.UID: brain for brain in api.find(UID=[item.consultation for item in unread])} if unread else {}
        for delivery in unread[:SHOWN]:
            brain = brains.get(delivery.consultation)
            if brain is not None:
                url = f"{brain.getURL()}/@@message?envoi={delivery.message.id}&remise={delivery.rank}"
                title = f"Lire « {delivery.message.subject} »"
                yield Task(title, url, delivery.message.reply_until, "do", brain.buyer_title or "", "Lire")

    def _answers(self, company):
        since = clock.now() - FRESH
        asked = {}
        for key, uid, _at in questions.of_company(company):
            asked.setdefault(uid, []).append(key)
        for brain in api.find(UID=list(asked)) if asked else ():
            consultation = brain.getObject()
            for key in asked[brain.UID]:
                item = questions.find(consultation, key)
                if item is not None and item.answer is not None and item.answer.at > since:
                    url = f"{brain.getURL()}/@@questions?id={item.id}"
                    title = f"Réponse à votre question : « {brain.Title} »"
                    yield Task(title, url, None, "info", brain.buyer_title or "", "Lire")
