"""One subject: its messages by pages of fifty, the answer, and what moderators do with both; files, feed."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.forums import access
from megalis.portal.forums import feeds
from megalis.portal.forums import rules
from megalis.portal.forums import section
from megalis.portal.forums import service
from megalis.portal.forums.browser.base import OfSubject
from megalis.portal.forums.browser.base import Page
from megalis.portal.forums.interfaces import IForum
from megalis.portal.kernel import attached
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.lanes import read
from megalis.portal.organisations.digests import rules as digests
from plone.protect.interfaces import IDisableCSRFProtection
from Products.Five.browser import BrowserView
from zExceptions import NotFound
from zope.interface import alsoProvides


class New(Page):
    """``@@nouveau-sujet``."""

    page_title = "Nouveau sujet"

    @property
    def url(self):
        return f"{self.forum_url}/@@nouveau-sujet"

    @property
    def before(self):
        return self.context.moderation == rules.BEFORE and not self.rights.moderates

    def do_publier(self):
        rules.check_open(self.rights)
        html = self.rich()
        sujet, key = service.open_subject(
            self.context, self.person, self.rights, self.field("titre"), html, self.received()
        )
        if not len(sujet.messages):
            return self.done(
                "Votre message est enregistré. Un modérateur le lira avant qu’il paraisse.", self.forum_url
            )
        return self.done("Votre sujet est ouvert.", self.subject_url(sujet, key))


class Subject(OfSubject):
    """``@@sujet?id=``."""

    @property
    def page_title(self):
        return self.sujet.title

    @property
    def count(self):
        return len(self.sujet.messages)

    @cached_property
    def last(self):
        return rules.pages(self.count)

    @cached_property
    def keys(self):
        """The keys of this page."""
        return self.sujet.messages.slice((self.page - 1) * rules.PAGE, self.page * rules.PAGE)

    @cached_property
    def page(self):
        """The page asked for; that of the message named, else of the first unread one."""
        messages = self.sujet.messages
        if self.field("page"):
            return self.number("page", self.last)
        key = read(self.field("message"))
        if key in messages:
            return rules.page_of(messages.rank_after(key) - 1)
        if self.field("message") == "dernier":
            return self.last
        fresh = messages.rank_after(self.seen) if self.seen and self.userid else self.count
        return rules.page_of(fresh) if fresh < self.count else 1

    @cached_property
    def seen(self):
        """The key up to which the person had read before this page."""
        return service.seen_key(self.context, self.sujet, self.userid) if self.userid else 0

    def __call__(self):
        seen = self.seen
        if self.request.method == "GET" and self.userid and self.keys:
            first = service.arrive(self.context, self.userid)
            shown = self.keys[-1]
            if shown > seen or first:
                alsoProvides(self.request, IDisableCSRFProtection)  # the display is the reading that is marked
                service.mark_read(self.context, self.sujet, self.userid, shown)
        return super().__call__()

    @property
    def pages(self):
        return self.pager(self.page, self.last, f"{self.forum_url}/@@sujet?id={self.sujet.id}&")

    @property
    def rows(self):
        """The messages of this page: dicts."""
        start = (self.page - 1) * rules.PAGE
        return [self.row(key, self.sujet.messages.get(key), start + rank) for rank, key in enumerate(self.keys)]

    def row(self, key, message, rank):
        hidden, gone = message.state == rules.HIDDEN, message.state == rules.DELETED
        off = hidden or gone
        shows = not off or self.rights.moderates
        retains = rank > 0 and not off and rules.may_solve(self.userid, self.sujet.author, self.rights)
        return {
            "key": self.shown(key),
            "rank": rank + 1,
            "name": message.name,
            "where": message.where,
            "at": message.at,
            "html": message.html if shows else "",
            "hidden": hidden,
            "gone": gone,
            "off": off,
            "edited": message.edited,
            **self.own(key, message),
            "reason": message.moderated[2] if hidden and message.moderated else "",
            "new": bool(self.seen) and key > self.seen and message.author != self.userid,
            "solution": key == self.sujet.solution,
            "mine": message.author == self.userid,
            "pieces": self.pieces(key, message) if shows else (),
            "solves": retains and self.userid == self.sujet.author,
            "retains": retains,
            "splits": rank > 0 and self.rights.leads,
            "acts": (self.rights.leads and not gone)
            or (not off and message.author != self.userid and not self.rights.archived),
            "acting": self.field("agir") == self.shown(key),
            "act": self.near(key, "agir"),
            "url": self.near(key),
            "keep": f"?id={self.sujet.id}&message={self.shown(key)}",
            "quote": f"?id={self.sujet.id}&page={self.last}&citer={self.shown(key)}",
        }

    def near(self, key, question="message"):
        """Return the address of a message, from this page: fifty messages with the whole address weighed 15 KB more."""
        page = "" if question == "message" else f"&page={self.page}"
        return f"?id={self.sujet.id}{page}&{question}={self.shown(key)}#m-{self.shown(key)}"

    def own(self, key, message):
        """What the author finds beside his message, and what moderators find beside one that was changed."""
        editions = message.editions if self.rights.moderates else ()
        return {
            "edits": self.allows(self.check_edition, message),
            "erases": self.allows(self.check_author, message),
            "edit": self.near(key, "modifier"),
            "erase": self.near(key, "supprimer"),
            "editing": key == self.edited_key,
            "erasing": self.field("supprimer") == self.shown(key),
            "editions": [
                {"html": item.html, "until": item.until, "pieces": self.pieces(key, item)} for item in editions
            ],
        }

    def check_author(self, message):
        rules.check_author(self.userid, message.author, self.rights, self.sujet.locked, message.state)

    def check_edition(self, message):
        self.check_author(message)
        rules.check_edition(self.context.moderation, self.rights, message.state, len(message.editions))

    @staticmethod
    def allows(check, message):
        try:
            check(message)
        except Refused:
            return False
        return True

    @cached_property
    def edited_key(self):
        """The key of the message whose author is changing it, or 0."""
        key = read(self.field("modifier"))
        message = (self.sujet.messages.get(key) or self.sujet.waiting.get(key)) if key else None
        return key if message is not None and self.allows(self.check_edition, message) else 0

    def pieces(self, key, message):
        base = f"{self.forum_url}/@@piece-jointe?id={self.sujet.id}&message={self.shown(key)}"
        return [
            {"id": item.id, "name": item.name, "size": item.size, "url": f"{base}&piece={item.id}"}
            for item in message.attachments
        ]

    @property
    def mine_waiting(self):
        """Messages of the person that wait for a moderator: dicts."""
        mine = [(key, message) for key, message in self.sujet.waiting.items() if message.author == self.userid]
        return [
            {
                "key": self.shown(key),
                "html": message.html,
                "pieces": self.pieces(key, message),
                **self.own(key, message),
            }
            for key, message in mine
        ]

    @property
    def answers(self):
        """True when the person may answer now."""
        open_ = self.rights.moderates or not self.sujet.locked
        return self.rights.posts and open_ and bool(self.keys) and not self.edited_key

    @cached_property
    def draft(self):
        """What the answer's field begins with, as ``(text, html)``: what was typed, or a quotation."""
        if self.errors:
            typed = self.typed("texte")
            return (
                (typed, richtext.clean(typed)) if self.field("forme") == "html" else (typed, richtext.from_text(typed))
            )
        if self.edited_key:
            html = (self.sujet.messages.get(self.edited_key) or self.sujet.waiting.get(self.edited_key)).html
            return richtext.as_text(html), html
        key = read(self.field("citer"))
        message = self.sujet.messages.get(key) if key else None
        if message is None or message.state != rules.PUBLISHED:
            return "", ""
        quoted = richtext.quotation(message.name, message.html)
        return f"{richtext.as_text(quoted)}\n\n", f"{quoted}<p><br /></p>"

    @property
    def solution_url(self):
        return self.subject_url(self.sujet, self.sujet.solution) if self.sujet.solution else ""

    @property
    def followed(self):
        return self.sujet.followers.get(self.userid) if self.userid in self.sujet.followers else None

    @cached_property
    def targets(self):
        """Where a moderator may put the subject: ``(subjects, forums)`` as lists of (value, title)."""
        others = [(item.id, item.title) for item in service.subjects(self.context) if item is not self.sujet][:200]
        forums = [
            ("/".join(forum.getPhysicalPath()), service.called(forum))
            for forum in section.visible()
            if forum.getPhysicalPath() != self.context.getPhysicalPath() and access.rights(forum).leads
        ]
        return others, forums

    def do_repondre(self):
        rules.check_open(self.rights, self.sujet.locked)
        html = self.rich()
        key = service.reply(self.context, self.sujet, self.person, self.rights, html, self.received())
        if key in self.sujet.messages:
            return self.done("Votre réponse est publiée.", self.subject_url(self.sujet, key))
        return self.done("Votre réponse est enregistrée. Un modérateur la lira avant qu’elle paraisse.")

    def do_modifier(self):
        key = self.key("modifier")
        message = self.sujet.messages.get(key) or self.sujet.waiting.get(key)
        kept = [item for item in message.attachments if item.id in self.fields("garder")] if message else []
        html = self.rich()
        files = self.received([item.name for item in kept])
        changed = service.edit(self.context, self.sujet, self.person, self.rights, key, html, (*kept, *files))
        self.done("Votre message est modifié." if changed else "Rien n’a changé.", self.subject_url(self.sujet, key))

    def do_supprimer(self):
        key = self.key()
        service.erase(self.context, self.sujet, self.person, self.rights, key)
        stays = key in self.sujet.messages
        gone = service.find(self.context, self.sujet.id) is None
        self.done(
            "Votre message est supprimé.",
            self.subject_url(self.sujet, key) if stays else self.forum_url if gone else None,
        )

    def do_resoudre(self):
        service.solve(self.sujet, self.rights, self.person, self.key())
        self.done("La réponse est marquée comme solution.")

    def do_rouvrir(self):
        service.solve(self.sujet, self.rights, self.person, 0)
        self.done("Le sujet n’est plus marqué comme résolu.")

    def do_suivre(self):
        frequency = self.field("frequence")
        wanted = None if frequency == "arreter" else digests.check(frequency) if frequency else ""
        service.follow(self.sujet.followers, self.userid, wanted)
        self.done("Vous ne suivez plus ce sujet." if wanted is None else "Vous suivez ce sujet.")

    def do_signaler(self):
        service.report(self.context, self.sujet, self.key(), self.person, self.field("motif"))
        self.done("Merci : les modérateurs sont prévenus.")

    def do_retirer(self):
        service.set_hidden(
            self.context, self.rights, self.sujet, self.key(), "retirer", self.person, self.field("motif")
        )
        self.done("Le message est retiré.")

    def do_remettre(self):
        service.set_hidden(self.context, self.rights, self.sujet, self.key(), "remettre", self.person)
        self.done("Le message est remis.")

    def do_epingler(self):
        rules.check_leads(self.rights)
        self.sujet.pinned = not self.sujet.pinned
        self.done("Le sujet est épinglé." if self.sujet.pinned else "Le sujet n’est plus épinglé.")

    def do_fermer(self):
        rules.check_leads(self.rights)
        self.sujet.locked = not self.sujet.locked
        self.done("Le sujet est fermé aux réponses." if self.sujet.locked else "Le sujet est rouvert.")

    def do_renommer(self):
        service.rename(self.context, self.sujet, self.rights, self.field("titre"))
        self.done("Le titre est changé.")

    def do_couper(self):
        made = service.split(self.context, self.sujet, self.rights, self.key(), self.field("titre"), self.person)
        self.done("Un nouveau sujet est ouvert avec ces messages.", self.subject_url(made))

    def do_ranger(self):
        target = service.find(self.context, self.field("sous"))
        service.merge(self.context, self.sujet, target, self.rights)
        self.done("Les messages sont rangés dans ce sujet.", self.subject_url(target))

    def do_deplacer(self):
        rules.check_leads(self.rights)
        target = self.site.unrestrictedTraverse(self.field("forum"), None) if self.field("forum") else None
        if not IForum.providedBy(target) or not self.may("View", target):
            raise Refusal("forum", "Ce forum n’existe pas : choisissez-en un dans la liste.", 422)
        service.move(self.context, target, self.sujet, self.rights, access.rights(target))
        self.done("Le sujet est déplacé.", f"{target.absolute_url()}/@@sujet?id={self.sujet.id}")


class File(OfSubject):
    """``@@piece-jointe?id=&message=&piece=``: a file joined to a message one may read."""

    def __call__(self):
        key = read(self.field("message"))
        message = (self.sujet.messages.get(key) or self.sujet.waiting.get(key)) if key else None
        if message is None:
            raise NotFound("piece-jointe")
        mine = message.state == rules.WAITING and message.author == self.userid
        pieces = message.attachments if message.state == rules.PUBLISHED or mine or self.rights.moderates else ()
        if self.rights.moderates:
            pieces = (*pieces, *(item for edition in message.editions for item in edition.attachments))
        piece = next((item for item in pieces if item.id == self.field("piece")), None)
        if piece is None:
            raise NotFound("piece-jointe")
        return attached.serve(self.request, piece)


class Feed(BrowserView):
    """``@@flux.xml?lecteur=&jeton=``: whoever holds the signed address is its person."""

    def __call__(self):
        form = self.request.form
        reader, token = form.get("lecteur", ""), form.get("jeton", "")
        texts = isinstance(reader, str) and isinstance(token, str)
        if not texts or not feeds.reader_of(self.context, reader, token):
            raise NotFound("flux")
        response = self.request.response
        response.setHeader("Content-Type", "application/atom+xml; charset=utf-8")
        response.setHeader("Cache-Control", "private, no-cache")
        response.setHeader("X-Content-Type-Options", "nosniff")
        return feeds.atom(self.context)
