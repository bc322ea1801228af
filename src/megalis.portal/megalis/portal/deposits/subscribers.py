"""What the room does by itself: fixes the keys at publication, prepares the ground, closes, reminds."""

from megalis.portal.consultations import api
from megalis.portal.consultations import ranking
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IDepositFacts
from megalis.portal.consultations.meeting import IPublicationCondition
from megalis.portal.deposits import keys
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.paper.rules import KEPT
from megalis.portal.deposits.paper.store import papers
from megalis.portal.formats import operators
from megalis.portal.kernel import facts
from megalis.portal.kernel.journal import EVENTS
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations.interfaces import ICollectivite
from plone.uuid.interfaces import IUUID
from zope.component import adapter
from zope.interface import implementer


@implementer(IPublicationCondition)
@adapter(IConsultation)
class KeysCondition:
    """No publication without a titulaire and a deputy whose keys were proved in the last 60 days."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, now):
        found = keys.active_keys(api.buyer(self.consultation))
        return rules.publication_keys(((key.role, key.last_drill) for key in found), now)


@implementer(IDepositFacts)
@adapter(IConsultation)
class DepositFacts:
    """See IDepositFacts."""

    def __init__(self, consultation):
        self.consultation = consultation

    def count(self):
        return sum(1 for deposit in store.deposits(self.consultation) if deposit.state == store.RECEIVED)

    def in_time(self):
        return sum(1 for item in store.deposits(self.consultation) if item.state == store.RECEIVED and not item.late)

    def on_paper(self):
        return len({operators.company(item.siret) or item.id for item in self._paper_bids()})

    def _paper_bids(self):
        sent = {
            operators.company(item.siret)
            for item in store.deposits(self.consultation)
            if item.state == store.RECEIVED and not item.late
        }
        return [item for item in papers(self.consultation) if item.counts and operators.company(item.siret) not in sent]

    def first_received(self):
        return next((deposit.received for deposit in store.deposits(self.consultation)), None)

    def candidates(self):
        if ranking.names_hidden(self.consultation):
            return []  # a list of who answered a concours would name the authors of its projects, or nearly
        found = {}
        for deposit in store.deposits(self.consultation):
            if deposit.late or deposit.state != store.RECEIVED:
                continue
            for pli in deposit.plis:
                known = found.get((deposit.company, pli.lot or ""))
                found[deposit.company, pli.lot or ""] = {
                    "company": deposit.company,
                    "siret": deposit.siret,
                    "name": deposit.name,
                    "email": deposit.email,
                    "lot": pli.lot or "",
                    "envelopes": {pli.envelope, *(known["envelopes"] if known else ())},
                    "received": deposit.received,
                    "candidate": deposit.company,
                    "paper": (),
                    "closed": (),
                }
        return list(found.values())

    def names(self):
        if ranking.names_hidden(self.consultation):
            return {}
        return {deposit.id: deposit.name for deposit in store.deposits(self.consultation)}

    def paper_candidates(self):
        if ranking.names_hidden(self.consultation):
            return []
        found = {}
        every = tuple(lot.number for lot in api.lots(self.consultation)) or ("",)
        for item in self._paper_bids():
            candidate = operators.company(item.siret) or item.company.casefold()
            content = directory.company_of(item.siret) if item.siret else None
            closed = (item.number,) if item.state == KEPT else ()
            for lot in item.lots or every:
                known = found.get((candidate, lot), {"paper": (), "closed": (), "email": ""})
                found[candidate, lot] = {
                    "company": IUUID(content) if content is not None else "",
                    "siret": item.siret,
                    "name": item.company,
                    "email": item.email or known["email"] or _address_of(content),
                    "lot": lot,
                    "envelopes": set(self.consultation.envelopes or ()),
                    "received": item.received,
                    "candidate": candidate,
                    "paper": (*known["paper"], (item.id, item.number)),
                    "closed": (*known["closed"], *closed),
                }
        return list(found.values())


def _address_of(company):
    """Return an electronic address of a company that has an account, that of who administers it first; "" without one."""
    if company is None:
        return ""
    active = [member for member in membership.members(company) if member.active and member.email]
    managers = membership.administrators(company)
    return next((item.email for item in sorted(active, key=lambda item: item.userid not in managers)), "")


def published(event):
    """Fix the keys, and make the shards before the first two depositors would (IConsultationPublished)."""
    facts.prepare(event.object, EVENTS, *store.NAMES)
    recipients.fix(event.object)


def rectified(event):
    """Take the keys of today as long as nobody deposited (IConsultationRectified)."""
    recipients.fix(event.object)


def roles_changed(event):
    """Revoke the keys of an agent who is no longer a key holder there (IRolesChanged)."""
    if ICollectivite.providedBy(event.object) and "porteurs" in event.before - event.after:
        keys.holder_left(event.object, event.userid)
