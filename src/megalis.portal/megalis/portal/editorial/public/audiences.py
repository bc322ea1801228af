"""The pages of one audience, all kinds together, and the calendar of the services."""

from DateTime import DateTime
from datetime import date
from functools import cached_property
from megalis.portal.editorial import dates
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import services
from megalis.portal.editorial import wording
from megalis.portal.editorial import workflow
from megalis.portal.editorial.interfaces import IEditorialSettings
from megalis.portal.editorial.public.item import Shown
from megalis.portal.kernel import clock
from plone import api


class Audience(Shown):
    """``/infos-entreprises`` and ``/infos-agents``: all that concerns one of the two doors, what is for everybody included."""

    home = False
    audience = ""

    @property
    def door(self):
        return self.audience

    @property
    def page_title(self):
        return "Pour les entreprises" if self.audience == "entreprises" else "Pour les agents publics"

    def __call__(self):
        workflow.catch_up(self.site)
        return self.index()

    @cached_property
    def parts(self):
        """What there is, by kind: list of (title of the rubrique, its URL, items)."""
        found = []
        for kind in (*kinds.KINDS, kinds.FORM):
            if kind.type in ("PageEditoriale", "TermeGlossaire"):
                continue
            coming = {"end": {"query": DateTime(clock.now()), "range": "min"}} if kind.type == "Evenement" else {}
            brains = [
                brain
                for brain in items.published(self.site, (kind.type,), **coming)
                if not brain.editorial_audiences or self.audience in brain.editorial_audiences
            ]
            if brains:
                url = f"{self.site_url}/{kind.place}?pour={self.audience}"
                title = dict(kinds.PLACES)[kind.place]
                found.append((title, url, [brain._unrestrictedGetObject() for brain in brains[:6]]))
        return found

    def summary(self, item):
        return item.description or wording.plain(items.raw(item), 160)


class Companies(Audience):
    audience = "entreprises"


class Agents(Audience):
    audience = "agents"


class Services(Shown):
    """``/calendrier-des-services``: each service, its state today, what is announced and when."""

    page_title = "Le calendrier des services"
    page_intro = "Ce qui est ouvert aujourd’hui, ce qui est annoncé, et pour quand."

    @cached_property
    def all(self):
        lines = api.portal.get_registry_record("services", interface=IEditorialSettings, default=())
        return services.parse_all(lines)

    @property
    def opened(self):
        return [service for service in self.all if service.state != "annoncé"]

    @property
    def announced(self):
        """What is announced, the soonest first, without a date last."""
        found = [service for service in self.all if service.state == "annoncé"]
        return sorted(found, key=lambda service: (service.day or date.max, service.name))

    @property
    def dates(self):
        """The coming events about a service."""
        now = clock.now()
        found = items.published(
            self.site, ("Evenement",), sort_on="start", reverse=False, end={"query": DateTime(now), "range": "min"}
        )
        events = [brain._unrestrictedGetObject() for brain in found if brain.editorial_service]
        return dates.gathered(dates.merged(events, self.site, now))[:20]

    def said(self, item):
        return dates.said(item)
