"""Sessions as dates: for one's own calendar program, and for the agenda of the site."""

from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import AgendaDate
from megalis.portal.kernel.interfaces import IAgendaDates
from megalis.portal.trainings import service
from plone import api
from zope.interface import implementer


def entries(session):
    """Return the dates of a session as ``kernel.ics.calendar`` writes them, one a span."""
    count = len(session.spans)
    uid = api.content.get_uuid(session)
    for rank, (begins, ends) in enumerate(session.spans):
        title = session.module.title + (f" ({rank + 1} sur {count})" if count > 1 else "")
        yield {
            "uid": f"{uid}-{rank}",
            "title": title,
            "url": session.absolute_url(),
            "start": begins,
            "end": ends,
            "place": session.place,
            "text": session.organiser,
            "modified": session.modified().asdatetime().astimezone(clock.UTC),
        }


@implementer(IAgendaDates)
class Dates:
    """The sessions among the dates of the site's agenda."""

    def __call__(self, site, begin, end):
        for session in service.every_session(site):
            if session.cancelled or session.end <= begin or session.start >= end:
                continue
            for rank, (starts, ends) in enumerate(session.spans):
                if ends > begin and starts < end:
                    url = session.absolute_url()
                    uid = f"{api.content.get_uuid(session)}-{rank}"
                    yield AgendaDate(uid, f"Formation : {session.module.title}", url, starts, ends, session.place)
