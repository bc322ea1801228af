"""``@@antivirus`` of the folder of opened bids: asks the antivirus to look at them; the folder shows what it found."""

from megalis.portal.consultations import api as consultations
from megalis.portal.deposits import filing
from megalis.portal.kernel import antivirus
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import people
from megalis.portal.theme import words
from plone import api
from Products.Five.browser import BrowserView


OFF = "Aucun antivirus n’est branché sur la plateforme : l’exploitant peut en brancher un."


class Scan(BrowserView):
    """A POST queues the files; the worker looks at them, nothing waits for it."""

    def __call__(self):
        if self.request.method == "POST":
            require_own_page(self.request)
            self.ask()
        self.request.response.redirect(self.context.absolute_url())
        return ""

    def ask(self):
        if not antivirus.is_on():
            api.portal.show_message(OFF, self.request, "error")
            return
        consultation = consultations.consultation_of(self.context)
        files = filing.filed(consultation)
        queued = sum(antivirus.ask(item.file._blob, item.sha256, again=True) for item in files)
        person = people.current(self.request)
        who = person.fullname if person is not None else api.user.get_current().getUserName()
        event = {
            "type": "antivirus",
            "consultation": consultations.uuid(consultation),
            "documents": queued,
            "agent": who,
        }
        journal.record(consultation, event)
        told = words.plural(queued, "fichier confié à l’antivirus", "fichiers confiés à l’antivirus")
        api.portal.show_message(f"{told} : le résultat vient dans la liste, rechargez-la bientôt.", self.request)
