"""What a fact sets in motion: the other members told, each as he wants; and the words of the search taken in."""

from megalis.portal.kernel import settings
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.organisations.digests import sending
from megalis.portal.workspaces.interfaces import IEspace
from plone import api
from zope.interface import implementer


INDEXED = 500  # things a round


@implementer(IOutboxHandler)
class Handler:
    """Tells the members of what one of them did; who wants no news of this workspace gets none."""

    def send(self, site, message):
        espace = site.unrestrictedTraverse(message.payload["espace"], None)
        if not IEspace.providedBy(espace):
            return
        fact = espace.activity.get(message.payload["fait"])
        if fact is None:
            return
        who = {userid: member.frequency for userid, member in espace.members.items() if userid != fact.userid}
        words = f"{fact.name} {fact.words}"
        url = f"{settings.public_url()}/{message.payload['espace']}{fact.url}"
        sending.tell(who, espace.title, words, url, message.payload["espace"])


def tick(event):
    """Take the words of new things into the searches (IWorkerTick)."""
    if not event.leisure:
        return
    for brain in api.portal.get_tool("portal_catalog").unrestrictedSearchResults(portal_type="Espace"):
        espace = brain._unrestrictedGetObject()
        if len(espace.index.pending):
            espace.index.settle(INDEXED)
