"""Who is told what of a grouping: agents of its members, by the outbox."""

from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone.app.uuid.utils import uuidToObject


BUYERS = ("acheteurs", "valideurs")
ENGAGING = ("valideurs", "administrateurs")


def collectivite(uid):
    """Return the collectivité of a member, or None when it is gone."""
    return uuidToObject(uid, unrestricted=True)


def agents(uid, keys):
    """Return the active people of a member who hold one of the roles, each once; its administrators when nobody does."""
    place = collectivite(uid)
    if place is None:
        return []
    held = {userid for key in keys for userid in membership.holders(place, key)} or membership.administrators(place)
    found = [people.get(userid) for userid in sorted(held)]
    return [person for person in found if person is not None and person.active and person.email]


def tell(grouping, uids, keys, subject, paragraphs, view="", label="Voir le groupement", at=None):
    """Queue one mail a person; return how many. ``paragraphs`` after the one that names the grouping, as its subject does.

    The link leads to the grouping, or to ``at``, a collectivité, once the grouping goes.
    """
    coordinator = collectivite(grouping.coordinator)
    sender = coordinator.title if coordinator is not None else ""
    link = f"{grouping.absolute_url()}/{view}" if view else grouping.absolute_url()
    if at is not None:
        link, label = at.absolute_url(), f"Voir {at.title}"
    named = f"{subject}{', ' if ' : ' in subject else ' : '}{grouping.title}"
    sent = {}
    for uid in uids:
        for person in agents(uid, keys):
            sent.setdefault(person.email, person)
    for email in sent:
        first = f"Groupement de commandes « {grouping.title} », coordonné par {sender}."
        mails.send(email, named, [first, *paragraphs], link, label, sender=sender)
    return len(sent)
