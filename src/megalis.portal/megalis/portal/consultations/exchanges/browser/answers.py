"""The exchanges on the side of the buyer: what waits, each question with its answer, what was sent."""

from functools import cached_property
from megalis.portal.consultations.exchanges import deliveries
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.exchanges.browser.base import PUBLISH
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from zExceptions import NotFound


class Exchanges(Exchange):
    """``@@echanges``: questions to answer first, then messages and letters with their readings."""

    page_title = "Échanges avec les entreprises"

    @cached_property
    def questions(self):
        """Dicts, those that wait first, then the last answered."""
        every = list(enumerate(questions.questions(self.consultation), 1))
        waiting = [pair for pair in every if not pair[1].answers]
        done = sorted((p for p in every if p[1].answers), key=lambda p: p[1].answer.at, reverse=True)
        return waiting + done

    @cached_property
    def _page(self):
        return self.paged(self.questions, f"{self.url}/@@echanges?")

    @property
    def rows(self):
        return [self._row(number, item) for number, item in self._page[0]]

    @property
    def pages(self):
        return self._page[1]

    def _row(self, number, item):
        given = item.answer
        badge = ("soon", "À répondre") if given is None else ("ok", rules.AUDIENCES[given.audience].partition(",")[0])
        return {
            "number": number,
            "id": item.id,
            "company": item.company_title,
            "at": item.at,
            "lot": item.lot,
            "text": item.text if len(item.text) < 200 else f"{item.text[:200]}…",
            "badge": badge,
            "answered": given.at if given else None,
        }

    @property
    def waiting(self):
        return sum(1 for _number, item in self.questions if not item.answers)

    @property
    def limit(self):
        """``(instant, source)`` before which answers leave, or None."""
        return questions.answer_limit(self.consultation)

    @cached_property
    def messages(self):
        """The messages and letters sent, newest first: dicts."""
        return [
            {
                "id": item.id,
                "subject": item.subject,
                "kind": deliveries.kind_title(item.kind),
                "at": item.at,
                "count": item.count,
                "prepared": item.prepared,
                "read": item.read(),
                "answered": item.answered(),
                "fresh": sum(1 for d in item.deliveries.values() if d.seen < len(d.replies)) if item.answered() else 0,
            }
            for item in messages.sent(self.consultation)
        ]

    @property
    def kinds(self):
        """The letters this person may send at this step: list of (key, title, help)."""
        found = []
        for kind in letters.KINDS.values():
            try:
                letters.check_time(self.consultation, kind.key)
            except Refused:
                continue
            if (
                kind.key not in letters.APART
                and self.may_write
                and (not kind.publishes or self.may(PUBLISH, self.consultation))
            ):
                found.append((kind.key, kind.title, kind.help))
        return found

    @property
    def may_send(self):
        return self.may_write and not self.is_draft


class Question(Exchange):
    """``@@question?id=``: one question, its answer and the corrections of it."""

    longest = rules.ANSWER

    def __call__(self):
        if self.item is None:
            raise NotFound(self.text("id"))
        return super().__call__()

    @cached_property
    def item(self):
        return questions.find(self.consultation, self.text("id"))

    @property
    def page_title(self):
        return f"Question de {self.item.company_title}"

    crumb_title = "Question"

    @property
    def crumbs(self):
        return [("Échanges avec les entreprises", f"{self.url}/@@echanges")]

    def post(self):
        if not self.may_write:
            raise Refusal("role", "Votre rôle permet de lire les questions, pas d’y répondre.", 403)
        form = self.request.form
        questions.answer(
            self.consultation,
            self.item,
            self.person,
            form.get("portee", ""),
            form.get("texte"),
            form.get("publiee"),
            self.received(),
            form.get("motif"),
            bool(form.get("nom_voulu")),
        )
        told = "Réponse publiée ; elle part à tous." if self.chosen == rules.ALL else "Réponse envoyée au demandeur."
        self.redirect(f"{self.url}/@@echanges", told)

    @property
    def chosen(self):
        """The audience that the form shows as chosen."""
        asked = self.text("portee")
        standing = self.item.answer.audience if self.item.answer else rules.ALL
        return asked if asked in rules.AUDIENCES else standing

    @property
    def audiences(self):
        only = (rules.ALL,) if self.item.public is not None else rules.AUDIENCES
        return [(key, rules.AUDIENCES[key], key == self.chosen) for key in only]

    @property
    def value(self):
        """What the form is filled with: dict ``publiee, texte, motif``."""
        if self.errors:
            return {name: self.text(name) for name in ("publiee", "texte", "motif")}
        public = self.item.public
        return {
            "publiee": public.published if public else self.item.text,
            "texte": self.item.answer.text if self.item.answer else "",
            "motif": "",
        }

    @property
    def names_asker(self):
        """True when the only fault is a word of the asker's name, which the agent may want."""
        return any(code == "question.nom" for code, _message in self.errors)

    @property
    def advice(self):
        return [finding.message for finding in questions.findings(self.consultation, rules.ALL, self.now)]

    @property
    def limit(self):
        return questions.answer_limit(self.consultation)

    @property
    def may_answer(self):
        return self.may_write and not self.is_draft and self.phase not in rules.OVER

    @property
    def pieces(self):
        return self.told(self.item.attachments, "0")

    @property
    def versions(self):
        """The answers, newest first: dicts."""
        count = len(self.item.answers)
        return [
            {
                "number": count - rank,
                "at": given.at,
                "audience": rules.AUDIENCES[given.audience],
                "published": given.published,
                "text": given.text,
                "reason": given.reason,
                "pieces": self.told(given.attachments, str(count - rank)),
            }
            for rank, given in enumerate(reversed(self.item.answers))
        ]

    def told(self, pieces, version):
        """Return documents as the page lists them; ``version`` 0 is that of the question."""
        return self.joined(pieces, question=self.item.id, version=version)
