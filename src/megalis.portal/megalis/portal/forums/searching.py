"""What a forum finds of its messages, for its own page and for that of the workspace around it."""

from megalis.portal.formats import richtext
from megalis.portal.forums import rules
from megalis.portal.forums import service


class Search:
    """IInnerSearch: see kernel.interfaces."""

    def __init__(self, forum):
        self.forum = forum

    def __call__(self, query):
        found = []
        for key, (subject, _key) in self.forum.index.find(query):
            sujet = service.find(self.forum, subject)
            message = sujet.messages.get(key) if sujet is not None else None
            if message is not None and message.state == rules.PUBLISHED:
                row = {"title": sujet.title, "url": service.address(self.forum, sujet, key), "name": message.name}
                found.append({**row, "at": message.at, "words": richtext.excerpt(message.html)})
        return found
