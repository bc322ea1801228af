"""When acts may leave: the hours and the pace the operator sets, the hours of a collectivité, and a pause.

What left in the last hour, and what each waiting message was promised, is kept with the site: a message waits for its turn asleep,
and two workers that send at once lose a race on that record, so that the pace holds for both.
"""

from BTrees.OOBTree import OOBTree
from dataclasses import dataclass
from datetime import timedelta
from megalis.portal.actes import registre as registres
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from megalis.portal.transports import hours
from megalis.portal.transports import pacing
from persistent import Persistent
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations

import os


KEY = "megalis.actes.pace"
MEGA = 1024 * 1024
NEVER = 6 * 3600  # seconds after which one looks again when no hour is open
PAUSED = 300
LATE = timedelta(minutes=15)  # after which what was promised and not taken is free again
BOUNDS = {"intervalle": 3600, "nombre": 100_000, "volume": 1_000_000}
WORDS = {"intervalle": "L’intervalle", "nombre": "Le nombre d’envois par heure", "volume": "Le volume par heure"}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """``intervalle`` seconds between two sendings, ``nombre`` and ``volume`` (Mo) over an hour (0: no limit), hours, pause."""

    intervalle: int = 0
    nombre: int = 0
    volume: int = 0
    plages: str = ""
    pause: bool = False

    @property
    def pace(self):
        return pacing.Pace(timedelta(seconds=self.intervalle), self.nombre, self.volume * MEGA)

    @property
    def is_free(self):
        """True when everything may leave at once."""
        return not (self.intervalle or self.nombre or self.volume or self.plages.strip() or self.pause)


class Record(Persistent):
    """What left lately, and what was promised: ``sent`` is a tuple of ``pacing.Sent``, ``slots`` message id -> ``Sent``."""

    def __init__(self):
        self.sent = ()
        self.slots = OOBTree()


def _kept(site):
    return IAnnotations(site).get(KEY)


def rhythm(site):
    """Return the Rhythm in force; one sending every ten seconds in production until the operator says otherwise."""
    kept = _kept(site)
    return Rhythm(**kept["rythme"]) if kept is not None and kept["rythme"] else _usual()


def entered(form):
    """Return the Rhythm of the texts of a form; Refused ``actes.rythme``, ``plage``."""
    numbers = {}
    for name, most in BOUNDS.items():
        text = str(form.get(name, "")).strip() or "0"
        if not (text.isascii() and text.isdigit()) or int(text) > most:
            shown = text[:20]
            raise Refused(
                "actes.rythme",
                f"{WORDS[name]} : « {shown} » n’est pas un nombre de 0 à {most}. 0 est sans limite.",
                shown,
            )
        numbers[name] = int(text)
    text = str(form.get("plages", ""))[:2000].strip()
    hours.windows(text)
    return Rhythm(**numbers, plages=text, pause=bool(form.get("pause")))


def set_rhythm(site, wanted, by=""):
    """Keep a Rhythm; what waits looks at it again with the next round."""
    before = rhythm(site)
    record = _record(site)
    values = {name: getattr(wanted, name) for name in Rhythm.__slots__}
    _kept(site)["rythme"] = values
    changed = sorted(name for name in values if values[name] != getattr(before, name))
    if changed:
        journal.record(site, {"type": "actes-rythme", "change": changed, "par": by})
        record.slots = OOBTree()
        wake(site)
    return changed


def wake(site):
    """Have what waits for its turn look at the hours again with the next round."""
    waiting = facts(site, outbox.WAITING)
    for message in waiting.values() if waiting is not None else ():
        if message.kind == "acte" and message.state == "en-attente":
            message.next_try = clock.now()


def _record(site):
    kept = _kept(site)
    if kept is None:
        kept = IAnnotations(site)[KEY] = PersistentMapping()
        kept["rythme"] = None
        kept["fait"] = Record()
    return kept["fait"]


def _usual():
    return Rhythm(intervalle=10) if os.environ.get("MEGALIS_ACTES_PRODUCTION") == "1" else Rhythm()


def hours_of(registre):
    """Return the windows in which the acts of a collectivité may leave; empty for any hour."""
    return hours.windows(registres.reglages(registre)["plages"])


def turn(site, message_id, size, own=(), now=None):
    """Take the turn of a message of ``size`` bytes; raise outbox.Later when it is not yet its turn, with how long to wait.

    ``own``: windows of its collectivité. Returns the moment it was given, which ``Later`` bears as ``moment``.
    """
    now = now or clock.now()
    wanted = rhythm(site)
    if wanted.is_free and not own:
        return now
    if wanted.pause:
        raise _later("les envois sont suspendus par l’exploitant", None, PAUSED)
    record, pace = _record(site), wanted.pace
    sets = (hours.windows(wanted.plages), own)
    sent = [item for item in record.sent if item.when > now - pacing.HOUR - pace.every]
    mine = record.slots.get(message_id)
    promised = [] if mine is not None and mine.when <= now else _promised(record, message_id, now)
    moment = pacing.next_slot(pace, sets, [*sent, *promised], size, now)
    if moment == now:
        record.sent = (*sent, pacing.Sent(now, size))
        if mine is not None:
            del record.slots[message_id]
        return now
    if moment is None:
        raise _later("aucune plage d’envoi n’est ouverte", None, NEVER)
    record.slots[message_id] = pacing.Sent(moment, size)
    raise _later(f"départ le {clock.french(moment, seconds=True)}", moment, (moment - now).total_seconds())


def _promised(record, message_id, now):
    for name, item in list(record.slots.items()):
        if item.when < now - LATE:
            del record.slots[name]
    return [item for name, item in record.slots.items() if name != message_id]


def _later(why, moment, seconds):
    later = outbox.Later(why, max(seconds, 1))
    later.moment = moment
    return later
