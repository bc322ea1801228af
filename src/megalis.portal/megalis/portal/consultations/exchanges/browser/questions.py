"""Questions on the side of companies: the published answers, for everybody; the form, for who is identified."""

from functools import cached_property
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.kernel.http import Refusal
from plone import api as plone_api
from plone.uuid.interfaces import IUUID
from urllib.parse import urlencode


SUMMARY = 5


def public_row(page, item):
    """Return what everybody may read of a question: dict; nothing of who asked."""
    given = item.public
    versions = [answer for answer in item.answers if answer.audience == rules.ALL]
    return {
        "id": item.id,
        "lot": item.lot,
        "question": given.published,
        "answer": given.text,
        "at": given.at,
        "corrected": given.reason if len(versions) > 1 else "",
        "former": [{"at": answer.at, "text": answer.text} for answer in versions[:-1]],
        "pieces": page.joined(given.attachments, question=item.id),
    }


class Questions(Exchange):
    """``@@questions``: the answers given to all; to a company, also what it asked itself."""

    door = "entreprises"
    page_title = "Questions et réponses"

    @cached_property
    def published(self):
        return questions.published(self.consultation)

    @cached_property
    def _page(self):
        return self.paged(self.published, f"{self.url}/@@questions?")

    @property
    def rows(self):
        return [public_row(self, item) for item in self._page[0]]

    @property
    def pages(self):
        return self._page[1]

    @property
    def mine(self):
        """The questions of the company that is here, newest first: dicts."""
        if self.company is None:
            return []
        uid = IUUID(self.company)
        found = [item for item in questions.questions(self.consultation) if item.company == uid]
        return [self._own(item) for item in reversed(found)]

    def _own(self, item):
        given = item.answer
        return {
            "id": item.id,
            "text": item.text,
            "at": item.at,
            "by": item.fullname,
            "lot": item.lot,
            "pieces": self.joined(item.attachments, question=item.id, version="0"),
            "answer": given.text if given else "",
            "answered": given.at if given else None,
            "audience": rules.AUDIENCES[given.audience] if given else "",
            "answer_pieces": self.joined(given.attachments, question=item.id) if given else [],
        }

    @cached_property
    def is_open(self):
        return questions.is_open(self.consultation, self.now)

    @property
    def limit(self):
        return questions.limit(self.consultation)


class Ask(Questions):
    """``@@poser-question``: a question in the name of a company; a visitor is told how to sign in."""

    page_title = "Poser une question"
    longest = rules.QUESTION

    def post(self):
        if self.company is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’entreprise pour poser une question.", 403)
        form = self.request.form
        pieces = self.received()
        questions.ask(self.consultation, self.person, form.get("texte"), form.get("lot"), pieces, self.key)
        self.redirect(f"{self.url}/@@questions#les-votres", "Votre question est enregistrée. L’acheteur est prévenu.")

    @property
    def sign_in(self):
        return (
            f"{plone_api.portal.get().absolute_url()}/login?{urlencode({'came_from': f'{self.url}/@@poser-question'})}"
        )
