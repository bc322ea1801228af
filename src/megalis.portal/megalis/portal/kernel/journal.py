"""The journal of the platform, kept in the database: facts and their leaves are written in the same transaction.

``record`` writes an event beside its subject and queues its blinded leaf; ``merge``, run by one sequencer every few
seconds, appends the queued leaves to the tree (RFC 6962) and signs a checkpoint. A receipt thus has the signed promise
at once and the inclusion proof seconds later. Registers are projections of the events of a subject.

Event types: ``publication``, ``rectification``, ``transition``, ``retrait`` (DCE), ``question``, ``reponse``,
``modele``, ``message``, ``mise-a-disposition``, ``lecture-message``, ``reponse-message``, ``relance``, ``modele-courrier``,
``depot``, ``retrait-pli``, ``refus``, ``cloture``, ``ouverture``, ``lecture`` (ciphertext handed out),
``lecture-fichier`` (document of an opened bid read), ``verdict``,
``versement``, ``cle``, ``cle-revoquee``, ``exercice``, ``agent``, ``compte``, ``connexion``, ``verrou``,
``provision``, ``invitation``, ``selection``, ``dossier``, ``interface``, ``cle-interface``, ``papier``, ``envoi-postal``,
``coffre``, ``groupement``, ``groupement-commandes``, ``cotraitance``, ``donnees-essentielles``, ``gel``, ``elimination``, ``pes`` (flows), ``pes-reglages``,
``espace`` (a workspace: its members, invitations, archiving), ``consultation`` (anything else about one).
"""

from Acquisition import aq_base
from BTrees.IOBTree import IOBTree
from BTrees.OOBTree import OOBTree
from collections import Counter
from dataclasses import dataclass
from megalis.portal.formats import jcs
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.facts import Shards
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.secrets import secret
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import Signer
from megalis.portal.ledger.events import new_salt
from megalis.portal.ledger.events import sign_promise
from megalis.portal.ledger.tree import Tree
from operator import itemgetter
from persistent import Persistent
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite

import hashlib
import time


KEY = "megalis.journal"
EVENTS = "journal"
BATCH = 10_000

_signers = {}


@dataclass(frozen=True)
class Entry:
    """One recorded event: its id, canonical event, 32-byte salt and commitment, and the journal's promise."""

    id: str
    event: dict
    sel: bytes
    commitment: bytes
    promise: dict


class Tile(Persistent):
    """A tile of the tree, an object of its own so that growing it rewrites 8 KB and not a bucket of thirty."""

    def __init__(self, data):
        self.data = data


class Tiles:
    """The mapping that ``ledger.tree.Tree`` writes to, over an OOBTree of Tile."""

    def __init__(self, tree):
        self.tree = tree

    def get(self, key, default=None):
        tile = self.tree.get(key)
        return default if tile is None else tile.data

    def __setitem__(self, key, data):
        tile = self.tree.get(key)
        if tile is None:
            self.tree[key] = Tile(data)
        else:
            tile.data = data


class Journal(Persistent):
    """What the site keeps: queued leaves, merged leaves, tiles, the place of each entry, signed checkpoints."""

    def __init__(self):
        self.pending = Shards()
        self.leaves = IOBTree()
        self.tiles = OOBTree()
        self.places = Shards()
        self.checkpoints = IOBTree()
        self.tallies = OOBTree()
        self.size = 0

    @property
    def tree(self):
        return Tree(Tiles(self.tiles), size=self.size)


def prepare(site):
    """Give the site its journal (at installation)."""
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = Journal()


def journal_of(site):
    """Return the Journal of the site."""
    return IAnnotations(site)[KEY]


def signer():
    """Return the journal's Ed25519 signer; its seed is a secret of the operator."""
    text = secret("journal-key", lambda: Signer.generate(settings.origin()).text.encode()).decode()
    if text not in _signers:
        _signers[text] = Signer.from_text(text)
    return _signers[text]


def record(subject, event, public=False, instant=None):
    """Write ``event`` (JSON object with a ``type``) about ``subject`` and queue its leaf; return the Entry.

    ``public`` events are revealed in the export, others stay blinded. ``instant`` (aware datetime, default now) is
    written into the event to the second. Must run in the transaction of the fact it tells.
    """
    moment = instant or clock.now()
    event = {**event, "instant": clock.rfc3339(moment)}
    data = jcs.dumps(event)
    salt = new_salt()
    leaf = hashlib.sha256(salt + data).digest()
    entry_id = uuidhex()
    # Two events of one instant keep the order they were written in: a closing comes before its opening.
    written = f"{time.time_ns():020d}"
    order = f"{moment:%Y%m%d%H%M%S%f}{written}"
    facts_for_write(subject, EVENTS)[entry_id] = (order, event["type"], data, salt)
    journal_of(getSite()).pending[entry_id] = (
        written,
        leaf,
        (data, salt) if public else None,
        _tags(subject, event, moment),
    )
    return Entry(entry_id, event, salt, leaf, sign_promise(leaf, moment, signer()))


def _tags(subject, event, moment):
    """Return the keys under which an event is tallied; none in the room of trials, which no figure counts."""
    if getattr(aq_base(subject), "simulation", False):
        return ()
    month = f"{event['type']}|{clock.paris(moment):%Y-%m}"
    buyer = event.get("acheteur")
    return (month, f"{month}|{buyer}") if buyer else (month,)


def raw(subject, *types):
    """Return ``(id, type, canonical bytes, sel)`` of the subject's events of these types (all without), oldest first.

    Reading an event costs more than finding it: who shows a page of ten thousand reads the events of that page only, with
    ``jcs.loads``, and counts the others by ``jcs.peek``. The list is that of everybody: it is not to be changed.
    """
    kept = facts(subject, EVENTS)
    return [] if kept is None else kept.kept(types, lambda: _sorted(kept, types))


def made(subject, name, make):
    """Return ``make()`` of the subject's events, kept while none is added (see ``Shards.kept``)."""
    kept = facts(subject, EVENTS)
    return make() if kept is None else kept.kept(name, make)


def _sorted(kept, types):
    found = [(value[0], key, value) for key, value in kept.items() if not types or value[1] in types]
    found.sort(key=itemgetter(0, 1))
    return [(key, *value[1:]) for _order, key, value in found]


def entries(subject, *types):
    """Return ``(id, event, sel)`` of the subject's events of these types (all without), oldest first."""
    return [(key, jcs.loads(data), salt) for key, _type, data, salt in raw(subject, *types)]


def events(subject, *types):
    """Return the subject's events of these types (all without), oldest first: the ground of every register."""
    return [event for _id, event, _sel in entries(subject, *types)]


def count(subject, *types):
    """Return how many events of these types the subject has, without reading them."""
    kept = facts(subject, EVENTS)
    return 0 if kept is None else sum(1 for value in kept.values() if not types or value[1] in types)


def merge(site, limit=BATCH):
    """Append the queued leaves (oldest first, at most ``limit``) to the tree and sign a checkpoint; return how many.

    The one who orders the events also tallies them by type, month and buyer, so that figures over ten years cost no walk
    through their facts, and writers at the same instant share no counter.

    Two sequencers at once conflict over the same keys and one of them starts again: leaves are never doubled.
    """
    journal = journal_of(site)
    if getattr(journal, "tallies", None) is None:  # a journal begun before events were tallied
        journal.tallies = OOBTree()
    queued = sorted(((value[0], key, value) for key, value in journal.pending.items()), key=itemgetter(0, 1))[:limit]
    if not queued and journal.checkpoints:
        return 0
    tree = journal.tree
    first = tree.append(value[1] for _order, _key, value in queued)
    for index, (_order, key, value) in enumerate(queued, first):
        journal.leaves[index] = value[1:3]
        for tag in value[3] if len(value) > 3 else ():
            journal.tallies[tag] = journal.tallies.get(tag, 0) + 1
        journal.places[key] = index
        del journal.pending[key]
    journal.size = tree.size
    head = Checkpoint(settings.origin(), tree.size, tree.root())
    journal.checkpoints[tree.size] = head.sign(signer())
    return len(queued)


def tally(site, kind, buyer=""):
    """Return ``{month: how many}`` (``2026-03``) of the merged events of a type, of a buyer (SIRET) or of all."""
    kept = getattr(journal_of(site), "tallies", None) or {}
    first = f"{kind}|"
    rows = ((key.split("|"), value) for key, value in kept.items(first, f"{first}~")) if kept else ()
    return {parts[1]: value for parts, value in rows if (parts[2] if len(parts) > 2 else "") == buyer}


def recount(site, subjects):
    """Tally anew all events of these subjects (content): what the sequencer keeps, found again from the facts alone.

    What still waits to be merged is left to the sequencer.
    """
    found, waiting = Counter(), journal_of(site).pending
    for subject in subjects:
        for key, event, _sel in entries(subject):
            if key not in waiting:
                found.update(_tags(subject, event, clock.from_rfc3339(event["instant"])))
    journal_of(site).tallies = OOBTree(found)
    return found


def checkpoint(site):
    """Return the newest signed checkpoint (C2SP note), or None before the first merge."""
    kept = journal_of(site).checkpoints
    return kept[kept.maxKey()] if kept else None


def place(site, entry_id):
    """Return the index of the entry's leaf, or None while it is queued."""
    return journal_of(site).places.get(entry_id)


def proof(site, entry_id):
    """Return the inclusion proof of an entry as receipts carry it, or None while its leaf is queued."""
    journal = journal_of(site)
    index = journal.places.get(entry_id)
    if index is None:
        return None
    path = journal.tree.inclusion_proof(index, journal.size)
    return {
        "index": index,
        "taille": journal.size,
        "chemin": [digest.hex() for digest in path],
        "checkpoint": checkpoint(site),
    }


def leaves(site):
    """Yield ``(index, commitment, (event bytes, sel) | None)`` of every merged leaf, in order."""
    for index, (leaf, reveal) in journal_of(site).leaves.items():
        yield index, leaf, reveal
