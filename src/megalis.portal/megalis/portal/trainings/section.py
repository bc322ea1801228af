"""Training on the dashboards: one's next dates, the way to the catalogue, and what one is asked afterwards."""

from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.trainings import service
from megalis.portal.trainings.rules import roster
from plone import api


GROUP = "Formations"
SHOWN = 4


class Section:
    """IAgentSections and ICompanySections."""

    title = "Formations"
    order = 70
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section."""
        site, now = api.portal.get(), clock.now()
        catalogue = service.catalogue(site)
        if catalogue is None:
            return ""
        rows = []
        coming = [pair for pair in service.own(site, self.person.userid) if pair[0].end > now and not pair[0].cancelled]
        for session, entry in coming[::-1][:SHOWN]:
            waits = "en liste d’attente, " if entry.state == roster.WAITING else ""
            rows.append(
                f'<li><a href="{escape(session.absolute_url())}">{escape(session.module.title)}</a>'
                f'<span class="sub">{waits}{escape(clock.french(session.start))}</span></li>'
            )
        known = f'<ul class="mg-list">{"".join(rows)}</ul>' if rows else ""
        links = [f'<li><a href="{escape(catalogue.absolute_url())}">Catalogue et inscription</a></li>']
        links.append(
            f'<li><a href="{escape(site.absolute_url())}/mes-formations">Mes formations et attestations</a></li>'
        )
        if api.user.has_permission("megalis: Manage trainings", obj=catalogue):
            address = f"{escape(catalogue.absolute_url())}/@@statistiques-formations"
            links.append(f'<li><a href="{address}">Statistiques des formations</a></li>')
        return f'{known}<ul class="mg-links">{"".join(links)}</ul>'


class Tasks:
    """IAgentTasks and ICompanyTasks: what to say of a session one came to; the date of the next one."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        site, now = api.portal.get(), clock.now()
        for session, entry in service.own(site, self.person.userid):
            title, url = session.module.title, session.absolute_url()
            if entry.present and not entry.evaluated:
                yield Task(f"Donner votre avis : « {title} »", f"{url}/@@evaluer", None, "info", GROUP, "Répondre")
            elif entry.state == roster.SEATED and session.start > now and not session.cancelled:
                yield Task(f"Formation « {title} »", url, session.start, "date", GROUP)
