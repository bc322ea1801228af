"""What waits at the writing desk, on the dashboard of those who write or review."""

from megalis.portal.editorial.desk.pages import Desk
from megalis.portal.kernel.interfaces import IAgentTasks
from megalis.portal.kernel.interfaces import Task
from plone import api
from zope.interface import implementer


@implementer(IAgentTasks)
class Tasks:
    """One line for all that waits: the desk has the list."""

    def __init__(self, person, request):
        self.request = request

    def __call__(self):
        site = api.portal.get()
        if not api.user.has_permission("megalis: Write editorial", obj=site):
            return []
        desk = Desk(site, self.request)
        count = sum(1 for row in desk.entries if desk.awaits(row))
        if not count:
            return []
        words = f"{count} textes vous attendent" if count > 1 else "Un texte vous attend"
        return [Task(f"{words} à la rédaction", f"{site.absolute_url()}/redaction", group="Site éditorial")]
