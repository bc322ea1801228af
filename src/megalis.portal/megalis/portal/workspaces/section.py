"""Workspaces on the dashboards: one's own, one's tasks in them, who asks to come in; and what a person follows."""

from datetime import datetime
from datetime import time
from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import Task
from megalis.portal.theme.words import plural
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from plone import api


GROUP = "Espaces de travail"
SHOWN = 6


def mine(person):
    """Return the workspaces a person is member of, by title: his groups name them."""
    uids = {name.split("-")[1] for name in person.groups if name.startswith("espace-")}
    if not uids:
        return []
    brains = api.portal.get_tool("portal_catalog")(UID=list(uids), portal_type="Espace", sort_on="sortable_title")
    return [brain.getObject() for brain in brains]


class Section:
    """IAgentSections and ICompanySections: the workspaces of a person."""

    title = "Espaces de travail"
    order = 55
    place = "aside"

    def __init__(self, person, request):
        self.person = person

    def render(self):
        """Return the HTML of the section; an account of no organisation yet sees where it was invited, and no list."""
        place = api.portal.get().get("espaces")
        lists = place is not None and api.user.has_permission("View", obj=place)
        found = mine(self.person)[:SHOWN]
        if not (lists or found):
            return ""
        rows = [
            f'<li><a href="{escape(espace.absolute_url())}">{escape(espace.title)}</a>'
            f'<span class="sub">{plural(len(espace.members), "membre")}{", archivé" if espace.archived_at else ""}</span></li>'
            for espace in found
        ]
        url = escape(place.absolute_url())
        every = f'<p><a href="{url}">Tous les espaces de travail</a></p>' if lists else ""
        return f'<ul class="mg-list">{"".join(rows)}</ul>{every}'


class Tasks:
    """IAgentTasks and ICompanyTasks: what a person took upon himself, and who waits at a leader's door."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        for espace in mine(self.person):
            if espace.archived_at:
                continue
            base = espace.absolute_url()
            for task in espace.tasks.values():
                if task.who == self.person.userid and task.state in (rules.TODO, rules.DOING):
                    due = datetime.combine(task.due, time(18), clock.PARIS) if task.due else None
                    title = f"{task.title} ({espace.title})"
                    yield Task(title, f"{base}{service.task_url(task)}", due, "do", GROUP, "Ouvrir")
            if espace.asks and membership.role_of(espace, self.person.userid) == rules.LEADER:
                count = plural(len(espace.asks), "demande d’entrée", "demandes d’entrée")
                yield Task(
                    f"Répondre à {count} : « {espace.title} »", f"{base}/@@membres", None, "do", GROUP, "Répondre"
                )


class Followed:
    """IFollowed: the workspaces of a person."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        for espace in mine(self.person):
            member = espace.members.get(self.person.userid)
            if member is not None:
                row = {"title": espace.title, "url": espace.absolute_url(), "kind": "Espace de travail"}
                yield {**row, "frequency": member.frequency}
