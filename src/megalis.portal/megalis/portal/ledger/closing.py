"""Closing and opening of a consultation as seen from its journal events: the rules a stranger can check afterwards.

``cloture`` = {"type","consultation","coupe","depots","racine","instant"}: ``coupe`` is the size of the journal at the
deadline, so every accepted deposit has an index below it; ``depots`` and ``racine`` are the number and the RFC 6962
root of the commitments of accepted deposits, sorted as bytes. ``ouverture`` repeats consultation, depots and racine,
and may name the opened leaves in ``feuilles``. Other members of these events are free.
"""

from megalis.portal.ledger import schema
from megalis.portal.ledger.errors import ExportError
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import tree_root


CLOSING = {
    "consultation": schema.uuid,
    "coupe": schema.natural,
    "depots": schema.natural,
    "racine": schema.digest,
    "instant": schema.instant,
}
OPENING = {
    "consultation": schema.uuid,
    "depots": schema.natural,
    "racine": schema.digest,
    "instant": schema.instant,
}


def deposits_root(commitments):
    """Return the root (32 bytes) of a set of deposit commitments (32 bytes each), whatever their order."""
    return tree_root(leaf_hash(leaf) for leaf in sorted(commitments))


def closing_event(consultation, cut, commitments, moment):
    """Return the ``cloture`` event: uuid hex, size of the journal at the cut, accepted commitments, aware datetime."""
    commitments = list(commitments)
    return {
        "type": "cloture",
        "consultation": consultation,
        "coupe": cut,
        "depots": len(commitments),
        "racine": deposits_root(commitments).hex(),
        "instant": schema.format_instant(moment),
    }


def opening_event(consultation, commitments, moment, **more):
    """Return the ``ouverture`` event naming the opened commitments; ``more`` adds members (enveloppe, cle...)."""
    commitments = sorted(commitments)
    return {
        "type": "ouverture",
        "consultation": consultation,
        "depots": len(commitments),
        "racine": deposits_root(commitments).hex(),
        "feuilles": [leaf.hex() for leaf in commitments],
        "instant": schema.format_instant(moment),
        **more,
    }


class Closings:
    """Follows revealed events in journal order; ``see`` raises ExportError at the first broken rule."""

    def __init__(self):
        self.closed = 0
        self.opened = 0
        self.wanted = {}
        self._cuts = {}
        self._latest = {}

    def see(self, index, leaf, event):
        """Take the revealed ``event`` of leaf ``index`` whose commitment is ``leaf``."""
        step = {"depot": self._deposit, "cloture": self._close, "ouverture": self._open}.get(event["type"])
        if step is not None:
            step(index, leaf, event)

    def _deposit(self, index, leaf, event):
        consultation = event.get("consultation")
        if isinstance(consultation, dict):
            consultation = consultation.get("uuid")
        if not schema.uuid(consultation) or not schema.boolean(event.get("hors_delai")):
            raise ExportError("depot", f"feuille {index} : dépôt sans consultation ou sans « hors_delai »")
        if event["hors_delai"]:
            return
        if consultation in self._cuts:
            self._late(index, consultation, self._cuts[consultation][0])
        else:
            self._latest[consultation] = index

    @staticmethod
    def _late(index, consultation, cut):
        raise ExportError(
            "apres-coupe",
            f"feuille {index} : dépôt accepté après la coupe ({cut}) de la consultation {consultation}",
        )

    def _close(self, index, leaf, event):
        _check_members(index, event, CLOSING, "clôture")
        consultation, cut = event["consultation"], event["coupe"]
        if consultation in self._cuts:
            raise ExportError("cloture", f"feuille {index} : seconde clôture de la consultation {consultation}")
        if cut > index:
            raise ExportError("cloture", f"feuille {index} : la coupe ({cut}) est après la clôture elle-même")
        if event["depots"] > cut:
            raise ExportError("cloture", f"feuille {index} : {event['depots']} dépôts pour une coupe à {cut}")
        latest = self._latest.pop(consultation, -1)
        if latest >= cut:
            self._late(latest, consultation, cut)
        self._cuts[consultation] = (cut, event["depots"], bytes.fromhex(event["racine"]))
        self.closed += 1

    def _open(self, index, leaf, event):
        _check_members(index, event, OPENING, "ouverture")
        consultation = event["consultation"]
        if consultation not in self._cuts:
            raise ExportError("ouverture", f"feuille {index} : ouverture avant la clôture de {consultation}")
        cut, count, root = self._cuts[consultation]
        if (event["depots"], bytes.fromhex(event["racine"])) != (count, root):
            raise ExportError("ouverture", f"feuille {index} : les plis ouverts ne sont pas ceux de la clôture")
        leaves = event.get("feuilles")
        if leaves is not None:
            if not isinstance(leaves, list) or not all(schema.digest(name) for name in leaves):
                raise ExportError("schema", f"feuille {index} : « feuilles » est une liste d’empreintes")
            names = {bytes.fromhex(name) for name in leaves}
            if len(names) != len(leaves) or len(names) != count or deposits_root(names) != root:
                raise ExportError("ouverture", f"feuille {index} : feuilles ouvertes autres que celles de la clôture")
            for name in names:
                self.wanted[name] = min(cut, self.wanted.get(name, cut))
        self.opened += 1

    def find(self, leaves):
        """Check, from all ``(index, commitment)``, that each opened leaf stands in the journal before its cut."""
        missing = dict(self.wanted)
        for index, leaf in leaves:
            if index < missing.get(leaf, 0):
                del missing[leaf]
        for leaf, cut in missing.items():
            raise ExportError("ouverture", f"pli ouvert absent du journal avant la coupe ({cut}) : {leaf.hex()}")


def _check_members(index, event, members, what):
    for name, rule in members.items():
        if name not in event or not rule(event[name]):
            raise ExportError("schema", f"feuille {index} : {what} sans « {name} » correct")
