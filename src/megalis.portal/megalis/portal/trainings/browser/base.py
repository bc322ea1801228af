"""The ground of the pages of the room."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.kernel import clock
from megalis.portal.kernel import typography
from megalis.portal.organisations.browser import base
from megalis.portal.theme.words import plural
from megalis.portal.trainings import service
from megalis.portal.trainings.rules import profiles
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions
from plone import api


MANAGE = "megalis: Manage trainings"
DOORS = {profiles.AGENTS: "agents", profiles.COMPANIES: "entreprises"}


class Page(base.Page):
    """A page of the catalogue, of a module or of a session."""

    plural = staticmethod(plural)
    french_hours = staticmethod(sessions.french_hours)
    hidden = True  # what it shows is not for everybody's cache

    def __call__(self):
        if self.hidden:
            self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @cached_property
    def manages(self):
        return self.may(MANAGE)

    @cached_property
    def userid(self):
        return self.person.userid if self.person is not None else ""

    @property
    def catalogue_url(self):
        return f"{self.site_url}/{service.PLACE}"

    def html(self, text):
        """Return plain text as paragraphs and lists."""
        return typography.page(richtext.from_text(text or ""))

    def row(self, session):
        """Return a session for a list: title, url, dates, place, organiser, badge, places in words, profile, mine."""
        state = session.state(self.now)
        return {
            "session": session,
            "title": session.module.title,
            "url": session.absolute_url(),
            "dates": sessions.days(session.spans),
            "start": session.start,
            "place": session.place,
            "organiser": session.organiser,
            "profile": profiles.BY_KEY[session.module.profile].title,
            "badge": sessions.STATES[state],
            "state": state,
            "places": self.places(session, state),
            "closes": session.closes if state in (sessions.OPEN, sessions.FULL) else None,
            "mine": roster.of(session.entries, self.userid) if self.userid else None,
        }

    def places(self, session, state):
        """Return how many seats are left, in words; "" once nobody can enrol."""
        if state == sessions.OPEN:
            return f"{plural(session.free, 'place')} sur {session.seats}"
        if state == sessions.FULL:
            count = len(roster.waiting(session.entries))
            return f"Complet, {plural(count, 'personne')} en attente" if count else "Complet, liste d’attente ouverte"
        return ""

    def day(self, instant):
        return clock.french_date(instant)


def guides(site, ids):
    """Return (title, address) of the published guides of these ids, in that order."""
    brains = api.portal.get_tool("portal_catalog").unrestrictedSearchResults(
        portal_type="Guide", review_state="publie", getId=list(ids)
    )
    found = {brain.getId: (brain.Title, brain.getURL()) for brain in brains}
    return [found[name] for name in ids if name in found]
