"""Whatever leaves the platform: messages written in the transaction of the fact, sent by the worker afterwards.

No view ever waits on the network. A message has a state a person can read: ``a-envoyer``, ``en-cours``, ``envoye``,
``a-retenter`` (with the error and the next try), ``en-attente`` (handed over, the end is awaited) and ``abandonne`` after
the last try. Delivery is at least once.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.typography import cut
from persistent import Persistent
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations
from zope.component import queryUtility
from zope.component.hooks import getSite
from zope.event import notify
from zope.interface import Interface

import logging
import transaction


logger = logging.getLogger("megalis.outbox")

WAITING = "outbox-waiting"
DONE = "outbox-done"
PAUSED = "megalis.outbox.paused"
DELAYS = (30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
STALE = timedelta(minutes=10)
SUBJECT = 150  # signs


class IOutboxHandler(Interface):
    """Named utility, one a kind of message; its ``title``, when it has one, says in French what its queue carries."""

    def send(site, message):
        """Deliver the message; raise Undeliverable when it never will be, any other exception to have it tried again."""


class Undeliverable(Exception):
    """The other side refuses for good: trying again would change nothing."""


class Later(Exception):
    """The message is not done with, and what its handler wrote stands: it is taken again in ``seconds``.

    ``failed``: this counts as a try, at the usual delays when ``seconds`` is None; otherwise the handler waits for an end
    that is not its doing (a publication), as often as needed.
    """

    def __init__(self, why, seconds=None, failed=False):
        super().__init__(why)
        self.seconds = seconds
        self.failed = failed


class GivenUp:
    """A message is given up (event, in the transaction that says so): ``message``, ``permanent`` when it was refused for good."""

    def __init__(self, message, permanent):
        self.message = message
        self.permanent = permanent


class Message(Persistent):
    """One thing to send: ``kind`` names its handler, ``payload`` is its content, ``about`` the uuid it concerns."""

    def __init__(self, kind, payload, about=None):
        self.id = uuidhex()
        self.kind = kind
        self.payload = PersistentMapping(payload)
        self.about = about
        self.created = clock.now()
        self.state = "a-envoyer"
        self.tries = 0
        self.next_try = self.created
        self.error = ""
        self.sent = None


def queue(kind, payload, about=None):
    """Write a message to be sent once this transaction is committed; return it."""
    message = Message(kind, payload, about)
    facts_for_write(getSite(), WAITING)[message.id] = message
    return message


def queue_mail(to, subject, text, html=None, sender_name=None, reply_to=None, about=None, headers=None, files=()):
    """Queue one e-mail to one address (``to``); text and HTML say the same. Returns the message.

    ``headers``: more of them, name -> value; ``files``: small PDF documents that go with it, (name, bytes). A line break in an address or a subject would let a user write headers:
    refused with ValueError. A subject of more than ``SUBJECT`` signs ends at a word.
    """
    for value in (to, subject, sender_name or "", reply_to or "", *(headers or {}).values()):
        if "\n" in value or "\r" in value:
            raise ValueError(f"retour à la ligne dans un en-tête de courriel : {value[:60]!r}")
    payload = {
        "to": to,
        "subject": cut(subject, SUBJECT),
        "text": text,
        "html": html,
        "from_name": sender_name,
        "reply_to": reply_to,
    }
    if headers:
        payload["headers"] = dict(headers)
    if files:
        payload["files"] = [{"name": name, "data": data} for name, data in files]
    return queue("mail", payload, about)


def messages(site, limit=None):
    """Return the messages, newest first (waiting and done), at most ``limit``."""
    found = [m for name in (WAITING, DONE) for m in (facts(site, name) or {}).values()]
    found.sort(key=lambda message: message.created, reverse=True)
    return found[:limit] if limit else found


def waiting(site):
    """Return how many messages wait."""
    kept = facts(site, WAITING)
    return len(kept) if kept is not None else 0


def due(site, now):
    """Return the messages to send now, oldest first; one left ``en-cours`` by a dead worker counts again later."""
    kept, held = facts(site, WAITING), paused(site)
    found = [m for m in (kept.values() if kept is not None else ()) if m.next_try <= now and m.kind not in held]
    return sorted(found, key=lambda message: message.next_try)


def paused(site):
    """Return ``{kind: since when}`` of the queues an operator has stopped; what is written meanwhile waits."""
    return IAnnotations(site).get(PAUSED, {})


def pause(site, kind):
    """Stop a queue: none of its messages leaves until ``resume``."""
    annotations = IAnnotations(site)
    if PAUSED not in annotations:
        annotations[PAUSED] = PersistentMapping()
    annotations[PAUSED].setdefault(kind, clock.now())


def resume(site, kind):
    """Let a stopped queue go on, all its messages being due at once; return how many."""
    paused(site).pop(kind, None)
    return hurry(site, kind)


def hurry(site, kind):
    """Make every waiting message of a kind due now, but for one that is being sent; return how many."""
    now, count = clock.now(), 0
    for message in (facts(site, WAITING) or {}).values():
        if message.kind == kind and message.state != "en-cours" and message.next_try > now:
            message.next_try = now
            count += 1
    return count


@dataclass(frozen=True)
class Queue:
    """The messages of a kind that wait: the oldest, the next try, the last error; ``since``: when it was paused, or None."""

    kind: str
    title: str
    count: int
    oldest: datetime | None
    next_try: datetime | None
    error: str
    since: datetime | None


def queues(site):
    """Return the Queue of every kind that has messages waiting or is paused, by title."""
    kinds, held = {kind: [] for kind in paused(site)}, paused(site)
    for message in (facts(site, WAITING) or {}).values():
        kinds.setdefault(message.kind, []).append(message)
    found = []
    for kind, messages in kinds.items():
        failed = sorted((m for m in messages if m.error), key=lambda message: message.created)
        handler = queryUtility(IOutboxHandler, name=kind)
        found.append(
            Queue(
                kind,
                getattr(handler, "title", kind),
                len(messages),
                min((m.created for m in messages), default=None),
                min((m.next_try for m in messages), default=None),
                failed[-1].error if failed else "",
                held.get(kind),
            )
        )
    return sorted(found, key=lambda queue: queue.title)


def drain(site, limit=200, go_on=None):
    """Send what is due, each message in transactions of its own; return how many were sent.

    ``go_on()``, when given, is asked first and before each message: where it says no, the others are left to the next
    call. Commits: call it from the worker only, never from a view.
    """
    sent = 0
    if go_on is not None and not go_on():
        return sent
    for rank, message in enumerate(due(site, clock.now())[:limit]):
        if rank and go_on is not None and not go_on():
            break
        message.state = "en-cours"
        message.tries += 1
        message.next_try = clock.now() + STALE
        transaction.commit()
        try:
            handler = queryUtility(IOutboxHandler, name=message.kind)
            if handler is None:
                raise LookupError(f"aucun transport pour « {message.kind} »")
            handler.send(site, message)
        except Later as later:
            _wait(site, message, later)
        except Exception as error:  # whatever the transport does, the message is kept and tried again
            transaction.abort()
            logger.warning("%s %s: %s", message.kind, message.id, error)
            _postpone(site, message, error)
        else:
            message.state = "envoye"
            message.sent = clock.now()
            message.error = ""
            _close(site, message)
            sent += 1
        transaction.commit()
    return sent


def _wait(site, message, later):
    if later.failed:
        _postpone(site, message, later, str(later))
        if later.seconds is not None and message.state == "a-retenter":
            message.next_try = clock.now() + timedelta(seconds=later.seconds)
        return
    message.error = ""
    message.tries = 0
    message.state = "en-attente"
    message.next_try = clock.now() + timedelta(seconds=later.seconds or DELAYS[0])


def _postpone(site, message, error, words=""):
    message.error = (words or f"{type(error).__name__}: {error}")[:500]
    permanent = isinstance(error, Undeliverable)
    if permanent or message.tries > len(DELAYS):
        message.state = "abandonne"
        _close(site, message)
        notify(GivenUp(message, permanent))
        return
    message.state = "a-retenter"
    message.next_try = clock.now() + timedelta(seconds=DELAYS[message.tries - 1])


def _close(site, message):
    facts_for_write(site, DONE)[message.id] = message
    del facts_for_write(site, WAITING)[message.id]


def retry(site, message_id):
    """Put a message back in the queue, to be tried at once; KeyError when there is none."""
    done = facts_for_write(site, DONE)
    kept = facts_for_write(site, WAITING)
    message = done.get(message_id) or kept[message_id]
    if message_id in done:
        del done[message_id]
        kept[message_id] = message
    message.state = "a-envoyer"
    message.tries = 0
    message.next_try = clock.now()
    return message
