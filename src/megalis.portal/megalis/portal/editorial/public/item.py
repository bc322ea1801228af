"""One item as the public reads it; those who may write see the same page, with its state on top."""

from functools import cached_property
from megalis.portal.editorial import agenda
from megalis.portal.editorial import guides
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import states
from megalis.portal.editorial import wording
from megalis.portal.editorial.public import meta
from megalis.portal.kernel import clock
from megalis.portal.kernel import ics
from megalis.portal.kernel import settings
from plone import api
from Products.Five.browser import BrowserView
from zope.component import getMultiAdapter


SIZES = "(min-width: 60rem) 46rem, 100vw"
SCHEMA = {"Actualite": "NewsArticle", "Communique": "NewsArticle", "PageEditoriale": "WebPage"}


class Shown(BrowserView):
    """What the pages of items and of rubriques share about one item."""

    @cached_property
    def site(self):
        return api.portal.get()

    @property
    def site_url(self):
        return self.site.absolute_url()

    @cached_property
    def by(self):
        return meta.publisher(settings.operator_name(), self.site_url)

    def picture(self, item, name="image", sizes=SIZES, alt="", scale="large"):
        """Return the ``img`` of a picture in several sizes, "" when there is none."""
        image = getattr(item, name, None)
        if image is None or not image.getSize():
            return ""
        images = getMultiAdapter((item, self.request), name="images")
        try:
            return images.srcset(name, sizes=sizes, scale_in_src=scale, alt=alt, title=None) or ""
        except Exception:  # a picture no library can draw must not take the page with it
            return ""

    def thumbnail(self, item):
        """Return the first picture of an item for a list; beside its title it says nothing more."""
        return self.picture(item, sizes="(min-width: 40rem) 12rem, 100vw", alt="", scale="preview")


class ItemView(Shown):
    """Any item."""

    def __init__(self, context, request):
        super().__init__(context, request)
        self.kind = items.kind(context)

    @property
    def state(self):
        return items.state(self.context)

    @property
    def public(self):
        return self.state == states.PUBLISHED

    @property
    def badge(self):
        return states.STATES[self.state]

    @property
    def may_write(self):
        return api.user.has_permission("megalis: Write editorial", obj=self.context)

    @property
    def sheet_url(self):
        return f"{self.context.absolute_url()}/@@redaction-fiche"

    def __call__(self):
        if self.public:
            self.request.response.setHeader(
                "Cache-Control", "public, max-age=60" if not self.may_write else "private, no-cache"
            )
        return self.index()

    @property
    def page_title(self):
        return self.context.title

    @property
    def intro(self):
        return self.context.description or ""

    @cached_property
    def _illustrated(self):
        body = items.body(self.context)
        if self.kind.type != guides.TYPE:
            return body, set()
        drawn = {name: self.picture(self.context, name, alt=alt) for name, _image, alt in items.pictures(self.context)}
        return guides.illustrated(body, drawn)

    @property
    def body(self):
        return self._illustrated[0]

    @property
    def published(self):
        return items.effective(self.context) if self.public else None

    @property
    def dateline(self):
        """The day of a press release, else that of its publication."""
        day = getattr(self.context, "day", None)
        if day is not None:
            return f"{'1er' if day.day == 1 else day.day} {clock.MONTHS[day.month - 1]} {day.year}"
        return clock.french_date(self.published, weekday=False) if self.published else ""

    @property
    def modified(self):
        return self.context.modified().asdatetime()

    @property
    def when(self):
        start, end = getattr(self.context, "start", None), getattr(self.context, "end", None)
        return agenda.said(start, end) if start and end else ""

    @property
    def over(self):
        return self.kind.type == "Evenement" and self.context.end < clock.now()

    @property
    def labels(self):
        """For whom and about which service, in words."""
        found = [kinds.AUDIENCES[key] for key in self.context.audiences or () if key in kinds.AUDIENCES]
        return found + ([kinds.SERVICES[self.context.service]] if self.context.service in kinds.SERVICES else [])

    @cached_property
    def figures(self):
        """The pictures: list of (img, caption)."""
        caption = getattr(self.context, "image_caption", "") or ""
        return [
            (self.picture(self.context, name, alt=alt), caption if name == "image" else "")
            for name, _image, alt in items.pictures(self.context)
            if name not in self._illustrated[1]
        ]

    @property
    def file(self):
        return getattr(self.context, "file", None) if self.kind.type == "DocumentPublic" else None

    @property
    def graph(self):
        url = self.context.absolute_url()
        image = f"{url}/@@images/image/large" if items.pictures(self.context)[:1] else ""
        kind = "article" if self.kind.feed else "website"
        return meta.graph(self.context.title, self.summary, url, "e-mégalis", kind, image, self.published)

    @property
    def summary(self):
        return self.intro or wording.plain(items.raw(self.context), 200)

    @property
    def data(self):
        url, title = self.context.absolute_url(), self.context.title
        if self.kind.type == "Evenement":
            found = meta.event(
                title, self.summary, url, self.context.start, self.context.end, self.context.location, self.by
            )
        elif self.kind.type == "QuestionFrequente":
            found = meta.questions([(title, wording.plain(items.raw(self.context)))])
        else:
            images = [f"{url}/@@images/{name}/large" for name, _image, _alt in items.pictures(self.context)]
            schema = SCHEMA.get(self.kind.type, "CreativeWork")
            found = meta.article(schema, title, self.summary, url, self.published, self.modified, self.by, images)
        return meta.embedded(found)


class EventCalendar(BrowserView):
    """``@@evenement.ics``."""

    def __call__(self):
        item = self.context
        self.request.response.setHeader("Content-Type", "text/calendar; charset=utf-8")
        self.request.response.setHeader("Content-Disposition", f'attachment; filename="{item.getId()}.ics"')
        return ics.calendar([entry(item)], clock.now())


def entry(item):
    """Return an event as ``ics.calendar`` writes it."""
    return {
        "uid": api.content.get_uuid(item),
        "title": item.title,
        "url": item.absolute_url(),
        "start": item.start,
        "end": item.end,
        "place": getattr(item, "location", "") or "",
        "text": item.description or "",
        "modified": item.modified().asdatetime(),
    }
