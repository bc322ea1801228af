"""The forums on the dashboards: what is new, what waits for a moderator; and what a person follows, for his page of news."""

from html import escape
from megalis.portal.forums import access
from megalis.portal.forums import service
from megalis.portal.kernel.interfaces import Task
from megalis.portal.kernel.typography import french
from megalis.portal.theme.words import plural
from plone import api


SHOWN = 6


def visible():
    """Return the forums the person of this request may read, by title."""
    brains = api.portal.get_tool("portal_catalog")(portal_type="Forum", sort_on="sortable_title")
    return [brain.getObject() for brain in brains]


class Section:
    """IAgentSections and ICompanySections: the forums, with what is new."""

    title = "Forums"
    order = 60
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section; nothing for an account that belongs nowhere yet."""
        place = api.portal.get().get("forums")
        if place is None or not api.user.has_permission("View", obj=place):
            return ""
        rows = []
        for forum in visible()[:SHOWN]:
            count = len(service.unread(forum, self.person.userid))
            new = (
                f' <span class="mg-badge mg-badge--run">{plural(count, "sujet nouveau", "sujets nouveaux")}</span>'
                if count
                else ""
            )
            name = escape(french(service.called(forum)))
            rows.append(f'<li><a href="{escape(forum.absolute_url())}">{name}</a>{new}</li>')
        every = f'<p><a href="{escape(place.absolute_url())}">Tous les forums</a></p>'
        return f'<ul class="mg-list">{"".join(rows)}</ul>{every}'


class Tasks:
    """IAgentTasks and ICompanyTasks: messages that wait for the person as a moderator."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        for forum in visible():
            count = len(forum.held) + len(forum.reports)
            if count and access.rights(forum).leads:
                title = f"Relire {plural(count, 'message')} : {service.called(forum)}"
                yield Task(title, f"{forum.absolute_url()}/@@moderation", None, "do", "Forums", "Relire")


class Followed:
    """IFollowed: forums and subjects a person follows."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        userid = self.person.userid
        for forum in visible():
            if userid in forum.followers:
                url = forum.absolute_url()
                yield {
                    "title": service.called(forum),
                    "url": url,
                    "kind": "Forum",
                    "frequency": forum.followers[userid],
                }
            for sujet in service.subjects(forum):
                if userid in sujet.followers:
                    url = service.address(forum, sujet)
                    kind = f"Sujet, {service.called(forum)}"
                    yield {"title": sujet.title, "url": url, "kind": kind, "frequency": sujet.followers[userid]}
