"""What waits for the moderators of a forum: messages to read first, messages somebody reported."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.forums.browser.base import Page


class Moderation(Page):
    """``@@moderation``: what waits to be read first, what was reported."""

    page_title = "Modération"

    @property
    def url(self):
        return f"{self.forum_url}/@@moderation"

    @cached_property
    def held(self):
        """Messages that wait, oldest first: dicts."""
        found = []
        for item in sorted(self.context.held.values(), key=lambda item: item.at):
            sujet = service.find(self.context, item.sujet)
            message = sujet.waiting.get(item.key) if sujet is not None else None
            if message is not None:
                base = f"{self.forum_url}/@@piece-jointe?id={sujet.id}&message={self.shown(item.key)}"
                pieces = [{"name": p.name, "size": p.size, "url": f"{base}&piece={p.id}"} for p in message.attachments]
                row = {"id": item.id, "title": sujet.title, "name": message.name, "where": message.where}
                found.append({**row, "at": message.at, "html": message.html, "pieces": pieces})
        return found

    @cached_property
    def reports(self):
        """Messages somebody reported, oldest first: dicts."""
        found = []
        for item in sorted(self.context.reports.values(), key=lambda item: item.at):
            sujet = service.find(self.context, item.sujet) or next(
                (other for other in self.context.sujets.values() if item.key in other.messages), None
            )
            message = sujet.messages.get(item.key) if sujet is not None else None
            if message is not None:
                row = {
                    "id": item.id,
                    "title": sujet.title,
                    "url": self.subject_url(sujet, item.key),
                    "reason": item.reason,
                }
                words = richtext.excerpt(message.html, 400)
                found.append({**row, "by": item.name, "at": item.at, "name": message.name, "words": words})
        return found

    def _settle(self, action, words):
        service.settle(self.context, self.rights, self.field("attente"), action, self.person, self.field("motif"))
        self.done(words)

    def do_accepter(self):
        self._settle("accepter", "Le message paraît.")

    def do_ecarter(self):
        self._settle("ecarter", "Le message est écarté.")

    def do_classer(self):
        rules.check_leads(self.rights)
        report = self.context.reports.get(self.field("signalement"))
        if report is not None:
            service.close_reports(self.context, report.key)
        self.done("Le signalement est classé.")
