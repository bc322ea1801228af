"""The records of what was sent, one a notice, support and version: bytes frozen with their hash, and every exchange since.

Facts of the consultation: they are small, never catalogued, and survive it being published, closed and archived.
"""

from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.rules.thresholds import JOUE
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


NAME = "avis"
INDEX = "avis-du-site"
SERIAL = "megalis.notices.serial"
EFORMS, SHORT, TEXT, DECLARED = "eforms", "avis-court", "texte", "declare"
FORMS = {
    EFORMS: "eForms",
    SHORT: "avis national court",
    TEXT: "texte de l’annonce",
    DECLARED: "parution notée à la main",
}
KEPT = 400  # exchanges of one record


class Payload(Persistent):
    """The bytes that leave, apart from the record so that a list does not load them."""

    def __init__(self, data):
        self.data = data


class Record(Persistent):
    """One notice on one support. ``said`` are its rubrics as sent (``rubrics.kept``), ``dossier`` the version it spoke of."""

    def __init__(self, support, kind, form, data=b"", by="", **told):
        self.id = uuidhex()
        self.support = support
        self.kind = kind
        self.form = form
        self.payload = Payload(data)
        self.sha256 = sha256(data).hexdigest()
        self.size = len(data)
        self.by = by
        self.made = clock.now()
        self.state = lifecycle.TO_SEND
        self.subtype = told.get("subtype", "")
        self.notice = told.get("notice", "")
        self.version = told.get("version", "01")
        self.previous = told.get("previous", "")
        self.reason = told.get("reason", "")
        self.email = told.get("email", "")
        self.said = tuple(told.get("said", ()))
        self.dossier = told.get("dossier", 0)
        self.newspaper = told.get("newspaper")
        self.quote = told.get("quote")
        self.simulated = bool(told.get("simulated"))
        self.sent = None
        self.received = None
        self.published = None  # when it was known here
        self.published_on = None  # the day printed
        self.identifier = ""
        self.reference = ""
        self.link = ""
        self.reasons = ()
        self.proof = None
        self.history = PersistentList()

    @property
    def data(self):
        return self.payload.data

    @property
    def business_id(self):
        """The name services know it by: identifier and version; what was published elsewhere has its reference alone."""
        return f"{self.notice}-{self.version}" if self.notice else self.reference

    @property
    def running(self):
        return self.state in lifecycle.RUNNING

    @property
    def life(self):
        """What ``embargo.findings`` reads."""
        return self.kind, self.state, self.received, self.published


def every(consultation):
    """Return the records of a consultation, oldest first."""
    kept = facts(consultation, NAME)
    return sorted(kept.values() if kept is not None else (), key=lambda item: item.made)


def of_support(consultation, support):
    """Return the records of a support, oldest first."""
    return [item for item in every(consultation) if item.support == support]


def sent_to_journal(consultation):
    """Return when the call that stands was sent to the Official Journal, None when none was."""
    calls = [
        item
        for item in of_support(consultation, JOUE)
        if item.kind == lifecycle.CALL and item.state not in (lifecycle.REFUSED, lifecycle.GIVEN_UP)
    ]
    return (calls[-1].sent or calls[-1].made) if calls and calls[-1].form != DECLARED else None


def find(consultation, key):
    """Return the Record; Refused ``avis.inconnu``."""
    kept = facts(consultation, NAME)
    found = kept.get(str(key)) if kept is not None else None
    if found is None:
        raise Refused("avis.inconnu", "Cet avis n’existe pas : rechargez la page.", str(key)[:40])
    return found


def take_turn(consultation, support):
    """Write where two sendings of the same instant meet: the second is done again, and then sees the first."""
    annotations = IAnnotations(consultation)
    if SERIAL not in annotations:
        annotations[SERIAL] = PersistentMapping()
    annotations[SERIAL][support] = annotations[SERIAL].get(support, 0) + 1


def add(consultation, record):
    """Keep a new record."""
    facts_for_write(consultation, NAME)[record.id] = record
    facts_for_write(getSite(), INDEX)[record.id] = (
        api.uuid(consultation),
        api.uuid(api.buyer(consultation)),
        record.made,
    )


def consultation_of(uid):
    """Return the consultation of a uuid whoever asks, or None: for the worker and the operator only."""
    for brain in api.find_everywhere(UID=uid):
        return brain._unrestrictedGetObject()
    return None


def of_site(site):
    """Return ``{record id: (consultation uuid, collectivité uuid, when it was made)}`` of every record of the site."""
    return dict(facts(site, INDEX) or {})


def note(record, what, detail="", by="", state=None):
    """Write an exchange in the history of a record, and its new state when there is one."""
    if state is not None:
        record.state = state
    record.history.append({"at": clock.now(), "what": what, "detail": detail, "by": by, "state": record.state})
    if len(record.history) > KEPT:
        del record.history[1:-KEPT]


def last_standing(records, kinds=(lifecycle.CALL, lifecycle.CHANGE, lifecycle.CANCEL)):
    """Return the last record of these kinds that was not refused nor given up, or None."""
    gone = (lifecycle.REFUSED, lifecycle.GIVEN_UP)
    return next((item for item in reversed(records) if item.kind in kinds and item.state not in gone), None)
