"""What is done to a contract, each in one transaction with its event in the journal: entered, published, modified, corrected."""

from datetime import date
from decimal import Decimal
from megalis.portal.consultations import legal
from megalis.portal.consultations import levels
from megalis.portal.formats.decp.kinds import to_json
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.marches import essential
from megalis.portal.marches import store
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import checking
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import limits
from megalis.portal.marches.rules import PUBLISHED
from megalis.portal.marches.rules import sharing
from plone import api
from plone.uuid.interfaces import IUUID

import json


class Incomplete(Refused):
    """A contract that may not be published as it is; ``findings`` say why, field by field."""

    def __init__(self, findings):
        first = findings[0]
        super().__init__(first.code, first.message)
        self.findings = findings


def today():
    return clock.paris(clock.now()).date()


def author():
    """Return the user id of who acts, "" for the platform itself."""
    return api.user.get_current().getId() or ""


def collectivite_of(record):
    """Return the collectivité of a record, or None when it is gone."""
    return api.content.get(UID=record.buyer)


def add(collectivite, kind, raw, origin="", source=""):
    """Keep a new draft in a collectivité; return its Record."""
    record = store.add(api.portal.get(), store.Record(kind, IUUID(collectivite), raw, origin, author(), source))
    essential.refresh(record)
    return record


def save(record, raw):
    """Keep what is entered, right or wrong: leaving the page loses nothing."""
    awaited = essential.is_awaited(record)
    record.draft = None if record.versions and raw == record.last.raw else dict(raw)
    if essential.is_awaited(record) != awaited:  # its amount came over the threshold, or below
        essential.refresh(record)


def discard(record):
    """Forget what was entered since the last publication; a draft that was never published goes altogether."""
    if record.versions:
        record.draft = None
    else:
        store.remove(api.portal.get(), record)
        essential.refresh(record)


def siblings(record):
    """Return the drafts of the other contracts of the same consultation that lack something its answers could give."""
    if not record.consultation:
        return []
    found = store.of_origin(api.portal.get(), record.consultation)
    return [
        item
        for item in found
        if item.key != record.key
        and item.buyer == record.buyer
        and (item.kind, item.state) == (record.kind, store.DRAFT)
        and sharing.completed(item.raw, record.raw) != item.raw
    ]


def spread(record):
    """Give the answers of a contract to those of its consultation that still lack them; return how many."""
    found = siblings(record)
    for item in found:
        save(item, sharing.completed(item.raw, record.raw))
    return len(found)


def ready(collectivite):
    """Return the drafts of a collectivité that nothing forbids to publish."""
    found = store.in_state(api.portal.get(), IUUID(collectivite), store.DRAFT)
    return [item for item in found if not checking.blocking(findings(item, collectivite=collectivite))]


def findings(record, raw=None, collectivite=None):
    """Return all findings about the data of a record (or about ``raw`` in their place)."""
    raw = record.raw if raw is None else raw
    collectivite = collectivite if collectivite is not None else collectivite_of(record)
    bearer = store.holder_of_id(api.portal.get(), record.buyer, raw.get("id"))
    taken = (raw.get("id"),) if bearer not in (None, record.key) else ()
    found = checking.entry(record.kind, raw, today(), getattr(collectivite, "siren", "") or "", taken)
    return found + checking.holders_missing(record.kind, raw, record.expected, record.unnumbered)


def publish(record, raw=None, reason=""):
    """Publish the data of a record; return the Version. ``Incomplete``, or ``marches.motif`` for a correction unexplained."""
    raw = dict(record.raw if raw is None else raw)
    act = store.CORRECTION if record.versions else store.PUBLICATION
    _explained(act, reason)
    if record.versions and record.published and raw == record.last.raw:
        raise Refused("marches.inchange", "Rien n’a changé depuis la dernière publication : il n’y a rien à publier.")
    return _publish(record, raw, act, reason)


def amend(record, act, values, rank=None, reason="", basis=limits.NONE):
    """Add an act (avenant…) to a published contract, or correct the one at ``rank``; return the Version.

    A modification has a Basis, that of the act it corrects when none is given: ``marches.fondement``, ``marches.limite*``.
    """
    _standing(record)
    raw = record.last.raw
    wrong = amending.findings(record.kind, raw, act, values, today())
    more = {}
    if act == amending.MODIFICATION:
        number = amending.number_at(record.kind, raw, act, rank)
        basis = basis if basis.ground or rank is None else basis_of(record, number)
        reckoned = reckon(record, values, basis, rank)
        wrong += limits.findings(reckoned, basis)
        more = limits.kept(reckoned, basis)
    if wrong:
        raise Incomplete(wrong)
    if rank is None:
        act_of, raw = store.AMENDMENT, amending.added(record.kind, raw, act, values, today())
    else:
        _explained(store.CORRECTION, reason)
        act_of, raw = store.CORRECTION, amending.replaced(record.kind, raw, act, rank, values)
    version = _publish(record, raw, act_of, reason, more)
    if more:
        record.bases = {**record.bases, str(number): {**more, "by": version.by, "at": version.at}}
    return version


def basis_of(record, number):
    """Return the Basis that a modification of this number stands on, ``limits.NONE`` when none is kept."""
    found = record.bases.get(str(number))
    return limits.Basis(found["ground"], "over" in found, found.get("reason", "")) if found else limits.NONE


def reckon(record, values, basis, rank=None):
    """Return the limits.Reckoned of an act of modification of a contract."""
    raw = record.last.raw
    known = {int(number): kept["ground"] for number, kept in record.bases.items()}
    day = today()
    return limits.reckon(record.kind, raw, values, basis, known, day, _threshold(record, raw, day), rank)


def _threshold(record, raw, day):
    """Return the European threshold of a contract (Decimal), or None when its buyer is gone."""
    collectivite = collectivite_of(record)
    if collectivite is None:
        return None
    row = legal.current().threshold(levels.buyer_kind(collectivite), day)
    nature = "concession" if record.kind == CONCESSION else "travaux" if limits.is_works(raw) else "fournitures"
    found = row.formal.get(nature, row.joue.get(nature))
    return Decimal(found) if found is not None else None


def withdraw(record, reason):
    """Take a contract published by mistake out of the publications; its history stays."""
    _standing(record)
    _explained(store.WITHDRAWAL, reason)
    version = _version(record, store.WITHDRAWAL, reason, record.last.data)
    store.unlist(api.portal.get(), record)
    store.move(api.portal.get(), record, store.WITHDRAWN)
    record.versions = (*record.versions, version)
    record.draft = None
    essential.refresh(record)
    _tell(record, version)
    return version


def waive(record, reason):
    """Set a draft aside: its data need not be published."""
    if record.versions:
        raise Refused("marches.publie", "Ce contrat est publié : il se retire, il ne se dispense pas.")
    _explained(store.WITHDRAWAL, reason)
    store.move(api.portal.get(), record, store.WAIVED)
    record.reason = reason
    essential.refresh(record)


def resume(record):
    """Take a contract set aside up again."""
    if record.state == store.WAIVED:
        store.move(api.portal.get(), record, store.DRAFT)
        record.reason = ""
        essential.refresh(record)


def _standing(record):
    if not record.published:
        message = "Ce contrat n’est pas publié : publiez d’abord ses données essentielles."
        raise Refused("marches.non-publie", message)


def _explained(act, reason):
    if act != store.PUBLICATION and not reason.strip():
        message = "Dites pourquoi : le motif reste dans l’historique public du contrat."
        raise Refused("marches.motif", message)


def _publish(record, raw, act, reason, basis=None):
    wrong = checking.blocking(findings(record, raw))
    if wrong:
        raise Incomplete(wrong)
    raw = {**raw, PUBLISHED: _first_day(record, raw)}
    typed, _found = checking.read(record.kind, raw, today())
    data = json.dumps(to_json(typed), ensure_ascii=False, separators=(",", ":")).encode()
    version = _version(record, act, reason, data)
    store.publish(api.portal.get(), record, version, store.row_of(record, version))
    essential.refresh(record)
    _tell(record, version, basis or {})
    return version


def _first_day(record, raw):
    """Return the day of the first publication, which the law counts from: a contract from elsewhere brings its own."""
    if record.versions:
        return record.versions[0].raw[PUBLISHED]
    return raw.get(PUBLISHED) or today().isoformat()


def _version(record, act, reason, data):
    return store.Version(len(record.versions) + 1, clock.now(), author(), act, reason.strip()[:2000], data)


def _tell(record, version, basis=None):
    collectivite = collectivite_of(record)
    event = {
        "type": "donnees-essentielles",
        "contrat": record.key,
        "genre": record.kind,
        "acheteur": collectivite.siret,
        "identifiant": version.raw["id"],
        "acte": version.act,
        "version": version.number,
        "empreinte": version.sha256,
    }
    if version.reason:
        event["motif"] = version.reason
    names = {"ground": "fondement", "share": "part", "over": "depassement", "reason": "justification"}
    event |= {names[name]: value for name, value in (basis or {}).items()}
    journal.record(collectivite, event, public=True, instant=version.at)


def day_of_publication(record):
    """Return the day on which the data were first published, or None."""
    return date.fromisoformat(record.versions[0].raw[PUBLISHED]) if record.versions else None
