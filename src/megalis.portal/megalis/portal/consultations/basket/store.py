"""Who follows what: one value a follower beside the consultation, one set a person beside the site.

Following is a private choice that changes nothing for anybody else: it is kept out of the journal.
"""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from megalis.portal.consultations import api
from megalis.portal.consultations.basket import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.organisations import people
from plone import api as plone_api


FOLLOWED = "panier"  # of a consultation: userid -> Follow
BASKETS = "paniers"  # of the site: userid -> frozenset of uids


@dataclass(frozen=True)
class Follow:
    """One consultation in one basket. ``version``: that of the dossier when it was put there; ``reminded``: the deadline told."""

    userid: str
    since: datetime
    version: int = 1
    reminded: datetime | None = None


def uids(userid):
    """Return the uids of the consultations in a basket."""
    kept = facts(plone_api.portal.get(), BASKETS)
    return kept.get(userid, frozenset()) if kept is not None else frozenset()


def find(consultation, userid):
    """Return the Follow of a person here, or None."""
    kept = facts(consultation, FOLLOWED)
    return kept.get(userid) if kept is not None else None


def follow(consultation, person):
    """Put a consultation in a person's basket; return the Follow. Refused ``panier.compte``, ``.brouillon``, ``.trop``."""
    if person is None or person.kind != people.ENTREPRISE:
        raise Refused(
            "panier.compte", "Le panier est celui d’un compte d’entreprise : connectez-vous avec un tel compte."
        )
    known = find(consultation, person.userid)
    if known is not None:
        return known
    held = uids(person.userid)
    rules.check_follow(api.is_public(consultation), len(held))
    made = Follow(person.userid, clock.now(), consultation.version or 1)
    facts_for_write(consultation, FOLLOWED)[person.userid] = made
    facts_for_write(plone_api.portal.get(), BASKETS)[person.userid] = held | {api.uuid(consultation)}
    return made


def leave(consultation, userid):
    """Take a consultation out of a basket; return True when it was there."""
    if find(consultation, userid) is None:
        return False
    del facts_for_write(consultation, FOLLOWED)[userid]
    forget(userid, {api.uuid(consultation)})
    return True


def forget(userid, gone):
    """Take uids out of a basket whose consultations are there no more."""
    facts_for_write(plone_api.portal.get(), BASKETS)[userid] = uids(userid) - frozenset(gone)


def reminded(consultation, item, deadline):
    """Note that the person was reminded of this deadline."""
    facts_for_write(consultation, FOLLOWED)[item.userid] = replace(item, reminded=deadline)


def followers(consultation):
    """Return ``[(Follow, Person)]`` of those who may still read the consultation and have an address."""
    kept = facts(consultation, FOLLOWED)
    found = []
    for item in sorted(kept.values(), key=lambda item: item.since) if kept is not None else ():
        person = people.get(item.userid)
        if person is None or not person.active or not person.email:
            continue
        if api.is_restricted(consultation) and not _reads(person, consultation):
            continue
        found.append((item, person))
    return found


def _reads(person, consultation):
    user = plone_api.user.get(userid=person.userid)
    return user is not None and bool(user.has_permission("View", consultation))
