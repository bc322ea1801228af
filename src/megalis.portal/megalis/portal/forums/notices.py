"""What a message sets in motion once it is kept: followers told, moderators called; and the words of the search taken in."""

from datetime import timedelta
from megalis.portal.forums import access
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.forums.interfaces import IForum
from megalis.portal.kernel import settings
from megalis.portal.kernel.interfaces import ILeaders
from megalis.portal.kernel.outbox import IOutboxHandler
from megalis.portal.organisations import membership
from megalis.portal.organisations.digests import sending
from plone import api
from zope.component import queryAdapter
from zope.interface import implementer


INDEXED = 500  # messages a round
GRACE = timedelta(minutes=2)  # a message numbered is older than any that is still being written
LONG = 4 * rules.PAGE  # messages: below, a subject is walked as fast


def leaders(forum):
    """Return the userids of who is called when a moderator is needed."""
    around = queryAdapter(forum.__parent__, ILeaders)
    found = set(around()) if around is not None else {person.userid for person in membership.operators()}
    return found | set(access.moderators(forum))


@implementer(IOutboxHandler)
class Handler:
    """Tells who has to know of a message; a subject that is gone meanwhile concerns nobody."""

    def send(self, site, message):
        payload = message.payload
        forum = site.unrestrictedTraverse(payload["forum"].lstrip("/"), None)
        if not IForum.providedBy(forum):
            return
        sujet = service.find(forum, payload["sujet"])
        if sujet is None:
            return
        place = payload["forum"].lstrip("/")
        base = f"{settings.public_url()}/{place}"
        if payload["quoi"] != "publie":
            what = "Un message est signalé" if payload["quoi"] == "signale" else "Un message attend d’être relu"
            url = f"{base}/@@moderation"
            who = dict.fromkeys(leaders(forum), "immediat")
            sending.tell(who, forum.title, f"{what} : « {sujet.title} »", url, place)
            return
        posted = sujet.messages.get(payload["message"])
        if posted is None or posted.state != rules.PUBLISHED:
            return
        who = {**dict(forum.followers.items()), **dict(sujet.followers.items())}
        who.pop(posted.author, None)
        url = service.address(forum, sujet, payload["message"], base)
        sending.tell(who, forum.title, f"{posted.name} a écrit dans « {sujet.title} »", url, place)


def tick(event):
    """Take the words of new messages into the searches (IWorkerTick)."""
    if not event.leisure:
        return
    for brain in api.portal.get_tool("portal_catalog").unrestrictedSearchResults(portal_type="Forum"):
        forum = brain._unrestrictedGetObject()
        touched = set()
        if len(forum.index.pending):
            touched = {ref[0] for _key, (_id, ref, _text) in forum.index.pending.items() if ref}
            forum.index.settle(INDEXED)
        for sujet in filter(None, map(forum.sujets.get, touched)):
            if len(sujet.messages) > LONG:
                sujet.messages.settle(event.now - GRACE)
