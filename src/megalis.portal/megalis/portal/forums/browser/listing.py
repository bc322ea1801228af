"""The forums of the site, the subjects of one, its search and its settings."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.forums import access
from megalis.portal.forums import create
from megalis.portal.forums import feeds
from megalis.portal.forums import rules
from megalis.portal.forums import searching
from megalis.portal.forums import section
from megalis.portal.forums import service
from megalis.portal.forums.browser.base import Page
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.lanes import instant_of
from megalis.portal.organisations import people
from megalis.portal.organisations.browser import base
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.organisations.digests import rules as digests
from megalis.portal.theme.words import plural
from plone.protect.interfaces import IDisableCSRFProtection
from zope.interface import alsoProvides


LISTED = 50


class Forums(base.Page):
    """``/forums``: the forums one may read, those of one's workspaces included."""

    page_title = "Forums"
    page_intro = "Questions, retours d’expérience et réponses entre personnes du même métier."
    plural = staticmethod(plural)

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def may_open(self):
        return self.may(access.OPEN)

    @cached_property
    def rows(self):
        """The forums: dicts title, text, url, subjects, messages, new, latest, who, where, audience."""
        userid = self.person.userid if self.person is not None else ""
        found = []
        for forum in section.visible():
            listed = service.subjects(forum)
            last = max(listed, key=lambda item: item.latest.key, default=None)
            inside = forum.audience == rules.MEMBERS
            found.append(
                {
                    "title": forum.title,
                    "text": forum.description,
                    "url": forum.absolute_url(),
                    "subjects": len(listed),
                    "messages": sum(len(item.messages) for item in listed),
                    "new": len(service.unread(forum, userid)) if userid else 0,
                    "last": last,
                    "at": instant_of(last.latest.key) if last else None,
                    "where": f"Espace « {forum.__parent__.title} »" if inside else rules.AUDIENCES[forum.audience],
                }
            )
        return found


class New(base.Page):
    """``/forums/@@nouveau-forum``."""

    page_title = "Nouveau forum"
    audiences = tuple(rules.AUDIENCES.items())
    moderations = tuple(rules.MODERATIONS.items())
    kept = None
    inside = False

    def value(self, name, default=""):
        return self.field(name) if self.request.method == "POST" else default

    moderators = ""

    def do_enregistrer(self):
        made = create.forum(
            self.context, self.field("titre"), self.field("texte"), self.field("public"), self.field("moderation")
        )
        access.set_moderators(made, userids(self.field("moderateurs")))
        self.done("Le forum est ouvert.", made.absolute_url())


def userids(text):
    """Return the userids of e-mail addresses, one a line or parted by commas; Refusal ``moderateur``."""
    found = []
    for address in text.replace(",", " ").replace(";", " ").split():
        userid = people.by_email(address)
        if userid is None:
            raise Refusal("moderateur", f"« {address[:80]} » n’est l’adresse d’aucun compte : corrigez-la.", 422)
        found.append(userid)
    return found


class Settings(Page):
    """``@@reglages-forum``: name, audience, moderation, moderators."""

    page_title = "Réglages du forum"
    audiences = tuple(rules.AUDIENCES.items())
    moderations = tuple(rules.MODERATIONS.items())

    @property
    def url(self):
        return f"{self.forum_url}/@@reglages-forum"

    @property
    def inside(self):
        return self.context.audience == rules.MEMBERS

    def value(self, name, default=""):
        kept = {
            "titre": self.context.title,
            "texte": self.context.description,
            "public": self.context.audience,
            "moderation": self.context.moderation,
        }
        return self.field(name) if self.request.method == "POST" else kept.get(name, default)

    @property
    def moderators(self):
        if self.request.method == "POST":
            return self.field("moderateurs")
        found = (people.get(userid) for userid in access.moderators(self.context))
        return "\n".join(person.email for person in found if person is not None)

    def do_enregistrer(self):
        rules.check_leads(self.rights)
        forum = self.context
        forum.title = richtext.line(self.field("titre"), rules.TITLE, "forum.titre", "Le nom du forum")
        forum.description = richtext.line(
            self.field("texte"), rules.DESCRIPTION, "forum.texte", "La présentation", required=False
        )
        forum.moderation = rules.check_moderation(self.field("moderation"))
        if not self.inside:
            named = userids(self.field("moderateurs"))
            access.open_to(forum, self.field("public"))
            access.set_moderators(forum, named)
        forum.reindexObject()
        self.done("Réglages enregistrés.", self.forum_url)


class Subjects(Itself, Page):
    """A forum: its subjects."""

    def __call__(self):
        if self.request.method == "GET" and self.userid and service.arrive(self.context, self.userid):
            alsoProvides(self.request, IDisableCSRFProtection)  # the first visit is the fact that is written
        return super().__call__()

    @cached_property
    def only_new(self):
        return self.field("voir") == "nouveaux"

    @cached_property
    def every(self):
        return service.subjects(self.context)

    @cached_property
    def unread(self):
        return {item.id for item in service.unread(self.context, self.userid)} if self.userid else set()

    @cached_property
    def chosen(self):
        return [item for item in self.every if item.id in self.unread] if self.only_new else self.every

    @cached_property
    def last(self):
        return rules.pages(len(self.chosen), LISTED)

    @cached_property
    def page(self):
        return self.number("page", self.last)

    @property
    def pages(self):
        return self.pager(self.page, self.last, f"{self.url}?{'voir=nouveaux&' if self.only_new else ''}")

    @property
    def rows(self):
        """The subjects of this page: dicts."""
        shown = self.chosen[(self.page - 1) * LISTED : self.page * LISTED]
        return [
            {
                "title": item.title,
                "url": self.subject_url(item),
                "author": item.author_name,
                "messages": len(item.messages),
                "who": item.latest.value,
                "at": instant_of(item.latest.key),
                "new": item.id in self.unread,
                "badges": self.badges(item),
            }
            for item in shown
        ]

    def badges(self, item):
        """Return the (kind, words) that mark a subject."""
        found = [("run", "Nouveau")] if item.id in self.unread else []
        found += [("", "Épinglé")] if item.pinned else []
        found += [("ok", "Résolu")] if item.solution else []
        return found + ([("closed", "Fermé")] if item.locked else [])

    @property
    def waiting(self):
        """How many messages wait for a moderator, for who is one."""
        return len(self.context.held) + len(self.context.reports) if self.rights.leads else 0

    @property
    def mine_waiting(self):
        """Subjects of the person that a moderator has not read yet."""
        found = service.subjects(self.context, everything=True)
        return [item for item in found if not len(item.messages) and item.author == self.userid]

    @property
    def followed(self):
        """The frequency chosen for the forum, None when it is not followed."""
        return self.context.followers.get(self.userid) if self.userid in self.context.followers else None

    @property
    def feed_url(self):
        return feeds.address(self.context, self.userid) if self.userid else ""

    def do_suivre(self):
        frequency = self.field("frequence")
        wanted = None if frequency == "arreter" else digests.check(frequency) if frequency else ""
        service.follow(self.context.followers, self.userid, wanted)
        self.done("Vous ne suivez plus ce forum." if wanted is None else "Vous suivez ce forum.")

    def do_tout_lu(self):
        service.mark_all_read(self.context, self.userid)
        self.done("Tout est marqué comme lu.")


class Search(Page):
    """``@@recherche-forum?q=``."""

    page_title = "Chercher dans le forum"

    @property
    def query(self):
        return self.field("q")[:200]

    @cached_property
    def rows(self):
        """The messages found, newest first: dicts title, url, name, at, words."""
        return searching.Search(self.context)(self.query) if self.query else []
