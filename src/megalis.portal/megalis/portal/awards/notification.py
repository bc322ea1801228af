"""When the contract of each lot is notified: by the reading of the letter, by the time after which it counts, or by hand.

The date of a lot is settled once, when its last holder is notified; other rooms are then told (events.LotNotified). What a
later stage decided is told by that stage, never by its origin.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from megalis.portal.awards import store
from megalis.portal.awards.events import Holder
from megalis.portal.awards.events import LotNotified
from megalis.portal.consultations import api
from megalis.portal.consultations import events
from megalis.portal.consultations import reached
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import INotificationDates
from megalis.portal.consultations.restricted import following
from megalis.portal.consultations.rules import allotment
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.deposits import store as deposits
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.organisations import directory
from plone.uuid.interfaces import IUUID
from zope.component import adapter
from zope.component.hooks import getSite
from zope.event import notify
from zope.interface import implementer


QUEUE = "notifications-attendues"  # of the site: uid of a consultation -> instant of its next look
STATED = "constat"
HOW = {
    rules.READING: "première lecture du courrier",
    rules.PRESUMED: "mise à disposition, courrier non lu dans le délai",
    STATED: "constat d’un agent",
}
TOLD = (phase.NOTIFIEE, phase.ARCHIVEE)


@dataclass
class Party:
    """A holder of a lot and what is known of its notification: ``date, how`` once settled; ``delivery`` of its letter."""

    key: str
    name: str
    siret: str
    amount: object
    members: tuple
    recipient: object = None
    delivery: object = None
    date: datetime | None = None
    how: str = ""
    document: object = None


def key_of(holder):
    """Return what names a holder in the register: its SIREN, else its name."""
    return allotment.company_key(holder["siret"], holder["name"])


def told_by_stage(consultation, lot):
    """Tell whether a later stage decided this lot: the stage tells of its notification."""
    return any(
        item.relation in suites.STAGES and lot in api.decisions(item) and api.workflow_state(item) != phase.ANNULEE
        for item in api.followings(consultation)
    )


def awarded(consultation):
    """Return the numbers of the lots awarded here."""
    kept = api.decisions(consultation)
    found = [number for number, item in kept.items() if item["decision"] == decisions.ATTRIBUE]
    order = {lot.number: rank for rank, lot in enumerate(api.lots(consultation))}
    return sorted(
        (number for number in found if not told_by_stage(consultation, number)), key=lambda n: order.get(n, 0)
    )


def parties(consultation, lots=None, now=None):
    """Return ``{lot: [Party]}`` of the awarded lots (or of ``lots``)."""
    now = now or clock.now()
    sent = letters.letters(consultation, letters.NOTIFICATION)
    known = recipients.depositors(consultation)
    award = store.of(consultation)
    handed = award.handed if award is not None else {}
    kept = api.decisions(consultation)
    found = {}
    for lot in awarded(consultation) if lots is None else lots:
        found[lot] = []
        for holder in decisions.holders_of(kept[lot]):
            who = next((item for item in known if lot in item.lots and letters.is_holder(holder, item)), None)
            delivery = sent.get((who.key, lot)) if who is not None else None
            party = Party(
                key_of(holder),
                holder["name"],
                holder["siret"],
                holder["amount"],
                tuple(holder["members"]),
                who,
                delivery,
            )
            stated = handed.get((lot, party.key))
            if stated is not None:
                party.date, party.how, party.document = stated["date"], STATED, stated.get("document")
            elif delivery is not None:
                party.date, party.how = delivery.notified(now) or (None, "")
            found[lot].append(party)
    return found


@implementer(INotificationDates)
@adapter(IConsultation)
class NotificationDates:
    """See INotificationDates."""

    def __init__(self, consultation):
        self.consultation = consultation

    def of(self, lot):
        stages = [item for item in following.stages(self.consultation) if lot in api.decisions(item)]
        return [party.date for party in parties(stages[-1], [lot])[lot]] if stages else []


def settle(consultation, now=None):
    """Settle the lots whose holders are all notified: journal, event; return their numbers.

    What is left is looked at again when a letter is read or when its time is over.
    """
    now = now or clock.now()
    if api.workflow_state(consultation) not in TOLD:
        return []
    award = store.of(consultation)
    done = award.notified if award is not None else {}
    waiting = [lot for lot in awarded(consultation) if lot not in done]
    settled, due = [], []
    for lot, found in parties(consultation, waiting, now).items():
        if all(party.date for party in found):
            _settled(consultation, lot, found, now)
            settled.append(lot)
        else:
            due += [
                rules.presumed_from(item.delivery.available)[0] for item in found if item.delivery and not item.date
            ]
    uid = api.uuid(consultation)
    if due:
        facts_for_write(getSite(), QUEUE)[uid] = min(due)
    else:
        _forget(uid)
    return settled


def _settled(consultation, lot, found, now):
    last = max(found, key=lambda party: party.date)
    kept = api.decisions(consultation)[lot]
    amount = None if kept.get("amount") is None else Decimal(str(kept["amount"]))
    holders = tuple(_holder(consultation, lot, party) for party in found)
    store.for_write(consultation).notified[lot] = {"date": last.date, "how": last.how, "at": now}
    event = {
        "type": "notification",
        **workflow.identity(consultation),
        "lot": lot,
        "titulaires": [
            {"nom": party.name, "siret": party.siret, "date": clock.rfc3339(party.date), "mode": party.how}
            for party in found
        ],
        "date": clock.rfc3339(last.date),
    }
    journal.record(consultation, event, instant=now)
    notify(LotNotified(consultation, lot, holders, amount, last.date, last.how))


def _holder(consultation, lot, party):
    content = directory.company_of(party.siret) if party.siret else None
    company = IUUID(content) if content is not None else party.recipient.company if party.recipient else ""
    bid = next(
        (
            item.id
            for item in reversed(deposits.deposits(consultation))
            if item.company == company
            and item.state == deposits.RECEIVED
            and not item.late
            and any((pli.lot or "") == lot for pli in item.plis)
        ),
        "",
    )
    amount = None if party.amount is None else Decimal(str(party.amount))
    return Holder(party.name, party.siret, company, amount, party.date, party.members, bid)


def state_handed(consultation, lot, key, date, by, document=None):
    """Keep that a contract was handed over otherwise (by hand, by post) at ``date``; Refused ``notification.*``."""
    now = clock.now()
    if api.workflow_state(consultation) not in TOLD:
        raise Refused("notification.etape", "La remise se constate une fois le marché notifié : notifiez-le d’abord.")
    award = store.of(consultation)
    if award is not None and lot in award.notified:
        raise Refused("notification.fait", "La date de notification de ce lot est déjà établie : elle ne change plus.")
    party = next((item for item in parties(consultation).get(lot, ()) if item.key == key), None)
    if party is None:
        raise Refused("notification.titulaire", "Ce titulaire n’est pas celui de ce lot : rechargez la page.")
    if date is None:
        raise Refused("notification.date", "Donnez la date à laquelle le titulaire a reçu le marché signé.")
    if date > now:
        raise Refused("notification.avenir", f"Le {clock.french(date)} est à venir : donnez la date de réception.")
    started = api.decisions(consultation)[lot].get("at")
    if started is not None and date < started.replace(second=0, microsecond=0):  # dates are typed to the minute
        raise Refused(
            "notification.avant",
            f"Le {clock.french(date)} précède la décision ({clock.french(started)}) : vérifiez la date.",
        )
    kept = {"date": date, "by": by, "at": now, "document": document}
    store.for_write(consultation).handed[lot, key] = kept
    event = {"type": "remise-marche", **workflow.identity(consultation), "lot": lot, "titulaire": party.name}
    journal.record(consultation, {**event, "date": clock.rfc3339(date), "par": by}, instant=now)
    settle(consultation, now)


def notified(event):
    """Settle what can be when the consultation is notified (IConsultationNotified).

    Notified without any letter, its contracts were handed over otherwise: the step itself is the statement.
    """
    consultation = event.object
    if not letters.letters(consultation, letters.NOTIFICATION):
        for lot, found in parties(consultation, now=event.instant).items():
            for party in found:
                store.for_write(consultation).handed.setdefault(
                    (lot, party.key), {"date": event.instant, "by": "", "at": event.instant}
                )
    settle(consultation, event.instant)


def settle_former(consultation):
    """Settle a consultation that was notified before dates were kept by lot: without a letter, on the day of its step."""
    if api.workflow_state(consultation) not in TOLD:
        return
    at = reached.of(consultation).get(phase.NOTIFIEE)
    if at is not None:
        notified(events.ConsultationNotified(consultation, at))


def letter_read(event):
    """Settle the lots of a letter that was just read (IMessageRead)."""
    if event.delivery.message.kind == letters.NOTIFICATION:
        settle(event.object, event.instant)


def settle_due(event):
    """Settle what was never read in its time (IWorkerTick, at leisure)."""
    if not event.leisure:
        return
    for uid, due in list((facts(getSite(), QUEUE) or {}).items()):
        if due >= event.now:
            continue
        brains = api.find_everywhere(UID=uid)
        if brains:
            settle(brains[0]._unrestrictedGetObject(), event.now)
        else:
            _forget(uid)


def _forget(uid):
    kept = facts(getSite(), QUEUE)
    if kept is not None and uid in kept:
        del kept[uid]
