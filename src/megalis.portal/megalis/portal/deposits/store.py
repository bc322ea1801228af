"""What the room of deposits keeps beside a consultation: uploads under way, deposits, verdicts. Nothing is catalogued.

A ciphertext is kept as the parts it came in, each a blob committed with its own hash: finishing a deposit copies
nothing, and a server killed in the middle has lost nothing that it acknowledged.
"""

from Acquisition import aq_base
from hashlib import sha256
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from persistent import Persistent
from plone.uuid.interfaces import ATTRIBUTE_NAME
from ZODB.blob import Blob
from zope.component.hooks import getSite

import os


UPLOADS = "televersements"
DEPOSITS = "depots"
VERDICTS = "verdicts"
RELAYS = "relais"
NAMES = (UPLOADS, DEPOSITS, VERDICTS)
QUEUE = "televersements-en-cours"  # of the site: deposit id -> (uid of its consultation, last look at it)
CHUNK = 1024 * 1024

RECEIVED = "recu"
WITHDRAWN = "retire"
REPLACED = "remplace"


class Part:
    """One stored part: SHA-256 digest (32 bytes), size in bytes, blob."""

    __slots__ = ("blob", "digest", "size")

    def __init__(self, digest, size, blob):
        self.digest = digest
        self.size = size
        self.blob = blob


def make_part(data):
    """Return the Part of ``data`` (bytes), its blob to be committed with the transaction.

    ZODB flushes its own file to the disk before a commit is acknowledged, but only renames a blob's: what a receipt
    promises must survive a power cut, so these bytes are flushed here.
    """
    blob = Blob()
    with blob.open("w") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return Part(sha256(data).digest(), len(data), blob)


class UnderWay(Persistent):
    """A deposit under way, of its owner only: the parts received so far of each of its plis."""

    def __init__(self, deposit, owner):
        self.deposit = deposit
        self.owner = owner
        self.started = clock.now()
        self.last = self.started
        self.plis = {}  # pli id -> tuple of Part; assigned anew at each change

    def add(self, pli, part):
        self.plis = {**self.plis, pli: (*self.parts(pli), part)}
        self.last = clock.now()

    def parts(self, pli):
        return self.plis.get(pli, ())

    def size_of(self, pli):
        return sum(part.size for part in self.parts(pli))

    @property
    def size(self):
        return sum(part.size for parts in self.plis.values() for part in parts)


class Pli:
    """One sealed envelope of a deposit; immutable once the deposit is received."""

    __slots__ = ("context", "envelope", "id", "lot", "parts", "root", "size")

    def __init__(self, id, lot, envelope, context, root, parts):
        self.id = id
        self.lot = lot
        self.envelope = envelope
        self.context = context
        self.root = root
        self.parts = parts
        self.size = sum(part.size for part in parts)

    def read(self, start=0, end=None):
        """Yield the ciphertext from byte ``start`` to ``end`` (excluded) in chunks of at most 1 MiB."""
        end = self.size if end is None else min(end, self.size)
        offset = 0
        for part in self.parts:
            low, high = max(start, offset), min(end, offset + part.size)
            if low < high:
                with part.blob.open("r") as stream:
                    stream.seek(low - offset)
                    left = high - low
                    while left:
                        data = stream.read(min(CHUNK, left))
                        left -= len(data)
                        yield data
            offset += part.size


class Deposit(Persistent):
    """A received deposit: who, when, its plis, what its receipt says. Only its state may change, and is an event too."""

    def __init__(self, **values):
        self.state = RECEIVED
        self.state_at = None
        self.token = None  # RFC 3161 token as receipts carry it, added when the authority answers
        self.__dict__.update(values)


def deposits(consultation):
    """Return every deposit of the consultation, oldest first."""
    kept = facts(consultation, DEPOSITS)
    return sorted(kept.values() if kept is not None else (), key=lambda deposit: (deposit.received, deposit.id))


def find_deposit(consultation, deposit_id):
    """Return the Deposit or None."""
    kept = facts(consultation, DEPOSITS)
    return kept.get(deposit_id) if kept is not None else None


def find_under_way(consultation, deposit_id):
    """Return the UnderWay of a deposit not yet received, or None."""
    kept = facts(consultation, UPLOADS)
    return kept.get(deposit_id) if kept is not None else None


def under_way(consultation):
    """Return every deposit under way."""
    kept = facts(consultation, UPLOADS)
    return list(kept.values()) if kept is not None else []


def add_under_way(consultation, deposit_id, owner):
    entry = facts_for_write(consultation, UPLOADS)[deposit_id] = UnderWay(deposit_id, owner)
    queue(consultation)
    return entry


def queue(consultation):
    """Note at the site that somebody uploads here, so that who looks for abandoned uploads wakes no other consultation.

    Written for the first upload only: those that follow read that it is known.
    """
    uid = getattr(aq_base(consultation), ATTRIBUTE_NAME)
    kept = facts(getSite(), QUEUE)
    if kept is None or uid not in kept:
        facts_for_write(getSite(), QUEUE)[uid] = True


def queued():
    """Return the uids of the consultations where somebody uploads or did."""
    return list(facts(getSite(), QUEUE) or ())


def unqueue(uid):
    kept = facts(getSite(), QUEUE)
    if kept is not None and uid in kept:
        del kept[uid]


def drop_under_way(consultation, deposit_id):
    kept = facts(consultation, UPLOADS)
    if kept is not None and deposit_id in kept:
        del kept[deposit_id]


def add_deposit(consultation, deposit):
    facts_for_write(consultation, DEPOSITS)[deposit.id] = deposit
    return deposit


def verdicts(consultation):
    """Return the mapping pli id -> newest verdict (dict), or an empty one."""
    return facts(consultation, VERDICTS) or {}


class Relay(Persistent):
    """The additional header by which a pli was given to one more key: its bytes, the keys' fingerprints, who and when."""

    def __init__(self, pli, to, by, data, agent):
        self.pli = pli
        self.to = to
        self.by = by
        self.data = data
        self.agent = agent
        self.at = clock.now()


def relay_key(pli, to):
    return f"{pli}{to}"


def relays(consultation):
    """Return ``{pli id: {fingerprint of the key it was given to: Relay}}``."""
    found = {}
    for relay in (facts(consultation, RELAYS) or {}).values():
        found.setdefault(relay.pli, {})[relay.to] = relay
    return found


def add_relay(consultation, relay):
    """Keep a Relay unless that pli was already given to that key; tell whether it was kept."""
    kept = facts_for_write(consultation, RELAYS)
    key = relay_key(relay.pli, relay.to)
    if key in kept:
        return False
    kept[key] = relay
    return True
