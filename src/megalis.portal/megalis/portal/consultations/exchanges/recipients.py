"""Whom a buyer may write to about a consultation: groups that other rooms complete, each company once."""

from dataclasses import dataclass
from dataclasses import replace
from hashlib import sha256
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IRecipients
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from plone.uuid.interfaces import IUUID
from zope.component import adapter
from zope.component import subscribers
from zope.interface import implementer


@dataclass(frozen=True, slots=True)
class Recipient:
    """A company (``company`` its uuid) or somebody known by an address alone; ``emails`` are those to tell.

    ``lots``: numbers of the lots it answered ("" for an undivided contract), for those who deposited.
    """

    name: str
    emails: tuple = ()
    company: str = ""
    siret: str = ""
    lots: tuple = ()

    @property
    def key(self):
        """What names it on a page: 16 hex digits, the same for a company whatever its addresses."""
        return sha256((self.company or "|".join(self.emails)).encode()).hexdigest()[:16]


def merged(found):
    """Return the Recipients, each company (or address alone) once, with all its addresses and lots, by name."""
    kept = {}
    for item in found:
        key = item.company or "|".join(item.emails)
        known = kept.get(key)
        if known is not None:
            emails = tuple(dict.fromkeys((*known.emails, *item.emails)))
            lots = tuple(dict.fromkeys((*known.lots, *item.lots)))
            item = replace(known, emails=emails, lots=lots, siret=known.siret or item.siret)
        kept[key] = item
    addresses = {email for item in kept.values() if item.company for email in item.emails}
    alone = {key for key, item in kept.items() if not item.company and addresses.issuperset(item.emails)}
    return sorted((item for key, item in kept.items() if key not in alone), key=lambda item: item.name.casefold())


@implementer(IRecipients)
@adapter(IConsultation)
class Withdrawers:
    """Those who took the dossier in their name and still want to be told."""

    group = "retraits"
    title = "Ont retiré le dossier en s’identifiant"
    order = 1

    def __init__(self, consultation):
        self.consultation = consultation

    def hidden(self, now):
        return ""

    def __call__(self):
        found = []
        for item in withdrawals.followers(self.consultation):
            if item.active:
                company = _company_of(item.userid)
                found.append(Recipient(item.company or item.email, (item.email,), company, item.siret))
        return found


@implementer(IRecipients)
@adapter(IConsultation)
class Askers:
    """Those who asked a question."""

    group = "questions"
    title = "Ont posé une question"
    order = 2

    def __init__(self, consultation):
        self.consultation = consultation

    def hidden(self, now):
        return ""

    def __call__(self):
        return [
            Recipient(item.company_title, (item.email,), item.company, item.siret)
            for item in questions.questions(self.consultation)
        ]


def _company_of(userid):
    person = people.get(userid) if userid else None
    company = person.entreprise if person is not None else None
    return IUUID(company) if company is not None else ""


def groups(consultation):
    """Return the IRecipients of the consultation, in their order."""
    return sorted(subscribers((consultation,), IRecipients), key=lambda item: item.order)


def everybody(consultation, now, only=None):
    """Return the merged Recipients of the groups that may be known at ``now`` (those named in ``only``, or all).

    Refused ``destinataire.cache`` when one that was asked for must stay unknown.
    """
    found = []
    for group in groups(consultation):
        if only is not None and group.group not in only:
            continue
        why = group.hidden(now)
        if why and only is not None:
            raise Refused("destinataire.cache", why)
        if not why:
            found += group()
    return merged(found)


def depositors(consultation):
    """Return the merged Recipients who deposited, for the acts that follow the opening; none while they are unknown."""
    now = clock.now()
    known = [group for group in groups(consultation) if group.group == "depots" and not group.hidden(now)]
    return merged(item for group in known for item in group())
