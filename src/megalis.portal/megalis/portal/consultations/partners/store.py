"""The entries of a consultation, one a company, and the messages sent from one to another (their instants only)."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.consultations.partners import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import is_uuidhex
from plone import api as plone_api
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from zope.annotation.interfaces import IAnnotations


ENTRIES = "cotraitance"
REPORTED = "cotraitance-signalee"  # of the site: key of an entry -> Report
OFF = "megalis.cotraitance.arretee"  # of a collectivité


@dataclass(frozen=True)
class Entry:
    """What a company offers and seeks here. ``sent``: when it wrote to others; ``reason``: why it was moderated."""

    company: str
    name: str
    userid: str
    offers: str
    seeks: str
    lots: tuple
    since: datetime
    state: str = rules.SHOWN
    reason: str = ""
    sent: tuple = ()


@dataclass(frozen=True)
class Report:
    """An entry that somebody found wrong."""

    consultation: str
    company: str
    by: str
    reason: str
    at: datetime


def is_enabled(collectivite):
    """Tell whether the collectivité lets companies look for partners on its consultations; it does unless it said no."""
    return not IAnnotations(collectivite).get(OFF, False)


def enable(collectivite, person, enabled):
    """Turn the exchange on or off for all consultations of a collectivité."""
    IAnnotations(collectivite)[OFF] = not enabled
    journal.record(
        collectivite, {"type": "cotraitance", "fait": "ouverture" if enabled else "arret", "par": person.userid}
    )


def is_open(consultation):
    """Tell whether companies may enter and write now."""
    buyer = api.buyer(consultation)
    return rules.is_open(is_enabled(buyer), api.is_restricted(consultation), api.state(consultation))


def _require_open(consultation):
    if not is_open(consultation):
        raise Refused("cotraitance.close", "La bourse à la cotraitance n’est pas ouverte sur cette consultation.")


def entries(consultation):
    """Return the visible Entries, oldest first."""
    kept = facts(consultation, ENTRIES)
    found = [item for item in kept.values() if item.state == rules.SHOWN] if kept is not None else []
    return sorted(found, key=lambda item: (item.since, item.company))


def of_company(consultation, company):
    """Return the Entry of a company (uuid), whatever its state, or None."""
    kept = facts(consultation, ENTRIES)
    return kept.get(company) if kept is not None else None


def _put(consultation, item):
    facts_for_write(consultation, ENTRIES)[item.company] = item
    return item


def _record(consultation, company, fact, by, **more):
    """Write the event with the company: the buyer does not learn who may answer."""
    event = {"type": "cotraitance", "fait": fact, "consultation": api.uuid(consultation), "par": by, **more}
    journal.record(company, event)


def enter(consultation, company, person, offers, seeks, lots):
    """Enter a company, or change what it says; return the Entry. Refused: the codes of ``rules``, ``.close``, ``.moderee``."""
    _require_open(consultation)
    uid = IUUID(company)
    known = of_company(consultation, uid)
    if known is not None and known.state == rules.MODERATED:
        raise Refused("cotraitance.moderee", f"Votre annonce a été retirée par la modération : {known.reason}")
    offers, seeks, lots = rules.entry(offers, seeks, lots, [lot.number for lot in api.lots(consultation)])
    sent = known.sent if known is not None else ()
    made = Entry(uid, company.title, person.userid, offers, seeks, lots, clock.now(), sent=sent)
    dossiers.remember(company, consultation)
    _record(consultation, company, "annonce", person.userid)
    return _put(consultation, made)


def withdraw(consultation, company, person):
    """Take the company's entry away; it may enter again."""
    known = of_company(consultation, IUUID(company))
    if known is None or known.state != rules.SHOWN:
        raise Refused("cotraitance.absente", "Votre entreprise n’est pas inscrite à la bourse de cette consultation.")
    _record(consultation, company, "retrait", person.userid)
    return _put(consultation, replace(known, state=rules.WITHDRAWN))


def find(consultation, company):
    """Return the visible Entry of a company (uuid); Refused ``cotraitance.inconnue``."""
    found = of_company(consultation, company) if is_uuidhex(company) else None
    if found is None or found.state != rules.SHOWN:
        raise Refused("cotraitance.inconnue", "Cette annonce n’existe plus : rechargez la page.")
    return found


def own(consultation, company):
    """Return the visible Entry of who acts; Refused ``cotraitance.inscription``: one sees and writes once one is seen."""
    found = of_company(consultation, IUUID(company))
    if found is None or found.state != rules.SHOWN:
        raise Refused("cotraitance.inscription", "Inscrivez d’abord votre entreprise : vous verrez alors les autres.")
    return found


def write(consultation, company, person, to, message):
    """Check and note a message from one entry to another; return ``(own Entry, their Entry, text)``."""
    _require_open(consultation)
    mine, theirs = own(consultation, company), find(consultation, to)
    if theirs.company == mine.company:
        raise Refused("cotraitance.soi", "C’est l’annonce de votre entreprise.")
    found = rules.text(message, "cotraitance.message", "Votre message", rules.MESSAGE, needed=True)
    now = clock.now()
    rules.check_pace(mine.sent, now)
    mine = _put(consultation, replace(mine, sent=(*(i for i in mine.sent if now - i < rules.DAY), now)))
    _record(consultation, company, "contact", person.userid, destinataire=theirs.company)
    return mine, theirs, found


def report(consultation, company, person, about, reason):
    """Tell the operator that an entry is wrong; one report an entry waits at a time."""
    own(consultation, company)
    theirs = find(consultation, about)
    reason = rules.text(reason, "cotraitance.motif", "Le motif", rules.REASON, needed=True)
    made = Report(api.uuid(consultation), theirs.company, person.userid, reason, clock.now())
    facts_for_write(plone_api.portal.get(), REPORTED)[_key(made)] = made
    _record(consultation, company, "signalement", person.userid, annonce=theirs.company)
    return made


def _key(item):
    """Two uuids make one: the exclusive or of both, so that an entry has one key."""
    return f"{int(item.consultation, 16) ^ int(item.company, 16):032x}"


def reports(site):
    """Return ``[(key, Report, consultation, Entry)]`` that wait, oldest first."""
    kept = facts(site, REPORTED)
    found = []
    for key, item in sorted(kept.items(), key=lambda pair: pair[1].at) if kept is not None else ():
        consultation = uuidToObject(item.consultation, unrestricted=True)
        entry = of_company(consultation, item.company) if consultation is not None else None
        if entry is not None:
            found.append((key, item, consultation, entry))
    return found


def moderate(site, key, person, reason, remove):
    """Decide on a report: take the entry away with a reason its company reads, or keep it. Return the Entry."""
    known = {name: (consultation, entry) for name, _report, consultation, entry in reports(site)}
    if key not in known:
        raise Refused("cotraitance.signalement", "Ce signalement est déjà traité : rechargez la page.")
    consultation, entry = known[key]
    if remove:
        reason = rules.text(reason, "cotraitance.motif", "Le motif", rules.REASON, needed=True)
        entry = _put(consultation, replace(entry, state=rules.MODERATED, reason=reason))
        company = uuidToObject(entry.company, unrestricted=True)
        if company is not None:
            _record(consultation, company, "moderation", person.userid, motif=reason)
    del facts_for_write(site, REPORTED)[key]
    return entry
