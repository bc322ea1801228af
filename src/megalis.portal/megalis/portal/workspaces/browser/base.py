"""The ground of the pages of a workspace: who is here, what he may do, the tabs every page shows."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.formats.joined import megabytes
from megalis.portal.kernel import attached
from megalis.portal.kernel import clock
from megalis.portal.kernel.lanes import instant_of
from megalis.portal.organisations import people
from megalis.portal.organisations.browser import base
from megalis.portal.organisations.digests import rules as digests
from megalis.portal.theme.words import plural
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from zExceptions import NotFound


TABS = (
    ("", "Accueil"),
    ("documents", "Documents"),
    ("taches", "Tâches"),
    ("calendrier", "Calendrier"),
    ("decisions", "Décisions"),
    ("pages", "Pages"),
    ("membres", "Membres"),
)


class Page(base.Page):
    """A page of a workspace (``context``). ``tab`` is the name of the tab it belongs to."""

    tab = None
    plural = staticmethod(plural)
    megabytes = staticmethod(megabytes)
    frequencies = tuple(digests.FREQUENCIES.items())
    title_limit = rules.TITLE

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def door(self):
        return {"agent": "agents", "entreprise": "entreprises"}.get(self.person.kind if self.person else "", "")

    @cached_property
    def space_url(self):
        return self.context.absolute_url()

    @property
    def url(self):
        return f"{self.space_url}/@@{self.tab}" if self.tab else self.space_url

    @cached_property
    def rights(self):
        return membership.rights(self.context)

    @cached_property
    def userid(self):
        return self.person.userid if self.person is not None else ""

    @property
    def member(self):
        return self.context.members.get(self.userid)

    @property
    def tabs(self):
        return [
            {
                "title": title,
                "url": f"{self.space_url}/@@{name}" if name else self.space_url,
                "current": name == self.tab,
            }
            for name, title in TABS
        ] + self.talks

    @property
    def forums(self):
        """The forums inside: (title, address), by title."""
        found = [item for item in self.context.objectValues() if item.portal_type == "Forum"]
        return [(item.title, item.absolute_url()) for item in sorted(found, key=lambda item: rules.by_name(item.title))]

    @property
    def talks(self):
        """The tab of the forums: the only one, or where the first page lists them."""
        found = self.forums
        url = found[0][1] if len(found) == 1 else f"{self.space_url}#forums"
        return [{"title": "Discussions", "url": url, "current": False}] if found else []

    @property
    def badges(self):
        """What the heading says of the workspace: (kind, words)."""
        found = [("", rules.VISIBILITIES[self.context.visibility].partition(" :")[0])]
        return [*found, ("closed", "Archivé")] if self.context.archived_at else found

    @property
    def today(self):
        return clock.paris(self.now).date()

    def rich(self, field="texte", required=True, code="texte", name="Le texte"):
        """Return the clean HTML of what was written in the editor, or in the plain field."""
        return richtext.written(self.request.form.get(field), self.field("forme") == "html", code, name, required)

    def typed(self, name, kept=""):
        """Return what a field shows: what was typed when it was refused, else what is kept."""
        value = self.request.form.get(name, "") if self.errors else kept
        return value if isinstance(value, str) else ""

    def draft(self, kept=""):
        """Return ``(plain text, html)`` the editor begins with; ``kept`` is the clean HTML of before."""
        if self.errors:
            typed = self.typed("texte")
            rich = self.field("forme") == "html"
            return (
                (richtext.plain(richtext.clean(typed)), richtext.clean(typed))
                if rich
                else (typed, richtext.from_text(typed))
            )
        return (richtext.as_text(kept), kept) if kept else ("", "")

    @cached_property
    def people(self):
        """The members by name: (userid, full name and organisation: two of them may bear one name)."""
        found = ((userid, people.get(userid)) for userid in self.context.members)
        named = [
            (userid, ", ".join(filter(None, (person.fullname, person.where))))
            for userid, person in found
            if person is not None
        ]
        return sorted(named, key=lambda item: item[1].casefold())

    def uploads(self, name):
        return attached.uploads(self.request.form, name)

    def person_of(self, name):
        """Return the member a field names, None when it is empty."""
        userid = self.field(name)
        return membership.member(self.context, userid) if userid else None

    def comments_of(self, thing):
        """Return what is said of a thing, oldest first: dicts name, where, at, html, mine."""
        where = {by: getattr(people.get(by), "where", "") for by in {item.by for _key, item in thing.comments.items()}}
        return [
            {
                "name": item.name,
                "where": where[item.by],
                "at": item.at,
                "html": item.html,
                "mine": item.by == self.userid,
            }
            for _key, item in thing.comments.items()
        ]

    def facts(self, rows):
        """Return activities as dicts name, words, url, at."""
        return [
            {
                "name": fact.name,
                "words": fact.words,
                "url": fact.url if fact.url.startswith("http") else f"{self.space_url}{fact.url}",
                "at": instant_of(key),
            }
            for key, fact in rows
        ]

    def missing(self, what):
        raise NotFound(what)
