"""Who took what of a dossier: events of the journal, and the people who asked to be told of changes.

An anonymous withdrawal is counted, never identified: its event is public and says nothing of anybody. Whoever leaves an
address becomes a follower; the events of his withdrawals name his company and are blinded in the journal. Addresses stay
out of the journal, in shards of their own.
"""

from dataclasses import dataclass
from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.consultations.rules import rectification
from megalis.portal.formats import jcs
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations import rules
from persistent import Persistent
from zope.component import adapter
from zope.interface import implementer

import hmac
import os


FOLLOWERS = "dce-suivis"
DOWNLOAD, LEAVE = "telecharger", "ne-plus-prevenir"
MAX_NAME = 200
NAMED = 500  # documents an event names; beyond, how many more: the version and its fingerprint say which
IDENTIFIED = b'"mode":"identifie"'  # in canonical bytes, these stand for that member only


class Follower(Persistent):
    """Somebody who left an address when taking the dossier. ``active`` while he wants to be told.

    ``lots``: numbers of those he took, None for the whole dossier.
    """

    lots = None

    def __init__(self, email, company="", siret="", userid=""):
        self.id = uuidhex()
        self.email = email
        self.company = company
        self.siret = siret
        self.userid = userid
        self.since = clock.now()
        self.active = True


@dataclass(frozen=True)
class Scope:
    """What is asked of a dossier: ``kind`` tout, lot or pieces."""

    kind: str
    lot: str = ""
    pieces: tuple = ()


def scope(consultation, form):
    """Return the Scope of a form (``lot``, ``piece``...); Refused ``dce.lot``, ``dce.piece``, ``dce.vide``."""
    asked = form.get("piece", ())
    asked = list(asked) if isinstance(asked, (list, tuple)) else [str(asked)]
    lot = str(form.get("lot", "") or "")
    standing = {piece.id: piece for piece in api.lines(consultation)}
    if asked:
        unknown = [name for name in asked if not isinstance(name, str) or name not in standing]
        if unknown:
            raise Refused(
                "dce.piece", "Une pièce demandée n’est plus au dossier : rechargez la page.", str(unknown[0])[:60]
            )
        return Scope("pieces", pieces=tuple(standing[name] for name in dict.fromkeys(asked)))
    if form.get("choix"):
        raise Refused("dce.vide", "Cochez au moins un document, puis téléchargez le choix.")
    if lot:
        if lot not in {item.number for item in api.lots(consultation)}:
            raise Refused("dce.lot", f"Le lot « {lot[:20]} » n’existe pas dans cette consultation.", lot[:20])
        return Scope("lot", lot, tuple(api.lines(consultation, lot=lot)))
    if not standing:
        raise Refused("dce.vide", "Ce dossier n’a aucun document.")
    return Scope("tout", pieces=tuple(api.lines(consultation)))


def lots_of(taken):
    """Return the numbers of the lots that a Scope is about, or None for the whole dossier."""
    if taken is None or taken.kind == "tout":
        return None
    if taken.lot:
        return (taken.lot,)
    found = [tuple(piece.lots or ()) for piece in taken.pieces]
    return tuple(sorted({number for lots in found for number in lots})) if all(found) else None


def sign(consultation, follower_id, purpose):
    """Return the token that lets its bearer act as this follower, for one purpose on one consultation."""
    key = secret("suivis-dce", lambda: os.urandom(32))
    text = f"{purpose}|{api.uuid(consultation)}|{follower_id}"
    return hmac.new(key, text.encode(), sha256).hexdigest()[:40]


def follower(consultation, follower_id, token, purpose):
    """Return the Follower a signed link speaks of, or None."""
    if not all(isinstance(value, str) and value.isascii() for value in (follower_id, token)):
        return None
    if not hmac.compare_digest(sign(consultation, follower_id, purpose).encode(), token.encode()):
        return None
    kept = facts.facts(consultation, FOLLOWERS)
    return kept.get(follower_id) if kept is not None else None


def followers(consultation):
    """Return all Followers, oldest first."""
    kept = facts.facts(consultation, FOLLOWERS)
    return sorted(kept.values(), key=lambda item: item.since) if kept is not None else []


def follow(consultation, email, company="", siret="", userid="", taken=None):
    """Return the Follower of an address, made when it is new here; Refused (``rules.email``, ``dce.entreprise``).

    A new one gets a message at once, with the link by which he leaves. ``taken``: the Scope he asked for, None for all.
    """
    email = rules.email(email)
    company = " ".join(str(company or "").split())
    if len(company) > MAX_NAME:
        raise Refused(
            "dce.entreprise", f"Le nom de l’entreprise a plus de {MAX_NAME} signes : abrégez-le.", company[:60]
        )
    for known in followers(consultation):
        if known.email == email and known.company == company and known.active:
            _widen(known, taken)
            return known
    found = Follower(email, company, siret, userid)
    found.lots = lots_of(taken)
    facts.facts_for_write(consultation, FOLLOWERS)[found.id] = found
    buyer = api.buyer(consultation)
    outbox.queue_mail(
        email,
        f"Vous serez prévenu : {consultation.title}",
        "\n".join(
            [
                f"Vous avez demandé à être prévenu des changements de la consultation {consultation.reference},",
                f"« {consultation.title} ».",
                "",
                f"Date limite de remise des plis : {clock.french(consultation.deadline, seconds=True)} (heure de Paris).",
                "",
                consultation.absolute_url(),
                "",
                leaving_words(consultation, found),
                "",
            ]
        ),
        sender_name=buyer.title if buyer is not None else None,
        about=api.uuid(consultation),
    )
    return found


def _widen(item, taken):
    """Note that a Follower took more of the dossier."""
    lots = lots_of(taken)
    wider = None if item.lots is None or lots is None else tuple(sorted({*item.lots, *lots}))
    if wider != item.lots:
        item.lots = wider


def leaving_words(consultation, item):
    """Return the last line of every message to a follower."""
    token = sign(consultation, item.id, LEAVE)
    return f"Ne plus être prévenu : {consultation.absolute_url()}/@@ne-plus-prevenir?suivi={item.id}&jeton={token}"


def record(consultation, taken, size, item=None):
    """Write the withdrawal of a Scope; ``item`` is the Follower who took it, None when nobody said who he is."""
    event = {
        "type": "retrait",
        **workflow.identity(consultation),
        "version": consultation.version,
        "portee": taken.kind,
        "pieces": [piece.filename for piece in taken.pieces[:NAMED]],
        "octets": size,
        "mode": "identifie" if item else "anonyme",
    }
    if len(taken.pieces) > NAMED:
        event["autres"] = len(taken.pieces) - NAMED
    if taken.lot:
        event["lot"] = taken.lot
    elif lots_of(taken) is not None:
        event["lots"] = list(lots_of(taken))
    if item is not None:
        _widen(item, taken)
        event["suivi"] = item.id
        event["entreprise"] = item.company
    return journal.record(consultation, event, public=item is None)


def prepared(event):
    """Make the place of the followers at publication, ahead of the first two (IConsultationPublished)."""
    facts.prepare(event.object, FOLLOWERS)


@implementer(IAudience)
@adapter(IConsultation)
class Withdrawers:
    """Those who took what changes of the dossier and asked to be told; each with the words by which he leaves."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, lots=()):
        return [
            (item.email, item.company, leaving_words(self.consultation, item))
            for item in followers(self.consultation)
            if item.active and rectification.concerns(item.lots or (), lots)
        ]


def scope_words(event):
    """Return ``Dossier complet``, ``Lot 2``, ``3 documents`` of an event."""
    if event["portee"] == "lot":
        return f"Lot {event['lot']}"
    if event["portee"] == "pieces":
        count = len(event["pieces"]) + event.get("autres", 0)
        return event["pieces"][0] if count == 1 else f"{count} documents"
    return "Dossier complet"


def _is_about(data, lot):
    """True when an event (canonical bytes) tells that the documents of a lot were taken."""
    kind = jcs.peek(data, "portee")
    if kind == "lot":
        return jcs.peek(data, "lot") == lot
    return kind == "tout" or lot in jcs.loads(data).get("lots", [lot])


class Withdrawals:
    """The register, newest first. Rows are made when they are asked for; counting reads no event whole.

    ``lot``: only those who took its documents, with the whole dossier or apart.
    """

    def __init__(self, consultation, lot=""):
        self._people = {item.id: item for item in followers(consultation)}
        self._consultation = consultation
        self._found = journal.made(
            consultation,
            "retraits",
            lambda: [data for *_id, data, _salt in reversed(journal.raw(consultation, "retrait"))],
        )
        self._lot = lot
        if lot:
            self._found = journal.made(consultation, f"retraits-lot-{lot}", lambda: self._of_lot(lot))

    def _of_lot(self, lot):
        return [data for data in self._found if _is_about(data, lot)]

    def __len__(self):
        return len(self._found)

    def rows(self, start=0, stop=None):
        """Return dicts ``instant, mode, company, siret, email, told, what, version, lot, pieces``."""
        return [self._row(jcs.loads(data)) for data in self._found[start:stop]]

    def _row(self, event):
        item = self._people.get(event.get("suivi", ""))
        return {
            "instant": clock.from_rfc3339(event["instant"]),
            "mode": event["mode"],
            "company": event.get("entreprise", ""),
            "siret": item.siret if item else "",
            "email": item.email if item else "",
            "told": bool(item and item.active),
            "what": scope_words(event),
            "version": event["version"],
            "lot": event.get("lot", ""),
            "pieces": [*event["pieces"], *([f"et {event['autres']} autres"] if "autres" in event else [])],
        }

    def counts(self):
        """Return a dict ``all, anonymous, identified, companies, told``."""
        part = f"-lot-{self._lot}" if self._lot else ""
        known = journal.made(self._consultation, f"retraits-identifies{part}", self._identified)
        return {
            "all": len(self._found),
            "identified": len(known),
            "anonymous": len(self._found) - len(known),
            "companies": len(set(map(self._company, known))),
            "told": sum(1 for item in self._people.values() if item.active),
        }

    def _identified(self):
        return [(jcs.peek(data, "entreprise"), jcs.peek(data, "suivi")) for data in self._found if IDENTIFIED in data]

    def _company(self, told):
        company, name = told
        item = self._people.get(name)
        return (company or (item.email if item else "")).casefold()


def register(consultation):
    """Return all rows of the register, newest first (see Withdrawals)."""
    return Withdrawals(consultation).rows()
