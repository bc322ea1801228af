"""What is done in a forum, once who asks is known to be allowed in: subjects, messages, moderation, marks of reading.

``rights`` are what ``access.rights`` found; every function refuses before it writes.
"""

from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.forums import rules
from megalis.portal.forums.content import Edition
from megalis.portal.forums.content import Held
from megalis.portal.forums.content import Message
from megalis.portal.forums.content import Report
from megalis.portal.forums.content import Sujet
from megalis.portal.kernel import clock
from megalis.portal.kernel import lanes
from megalis.portal.kernel import outbox
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.interfaces import Happened
from plone import api
from zope.event import notify


HANDLER = "forum"


def subjects(forum, everything=False):
    """Return the subjects people see, in the order of the list; ``everything``: also those whose first message waits."""
    return rules.in_order(item for item in forum.sujets.values() if everything or len(item.messages))


def called(forum):
    """Return the name of a forum among others: every workspace has its « Discussions »."""
    inside = forum.audience == rules.MEMBERS
    return f"{forum.title}, espace « {forum.__parent__.title} »" if inside else forum.title


def find(forum, key):
    """Return a Sujet or None."""
    return forum.sujets.get(key) if is_uuidhex(key) else None


def address(forum, sujet, key=None, base=""):
    """Return the address of a subject, or of one of its messages; ``base`` stands for the forum's own address."""
    url = f"{base or forum.absolute_url()}/@@sujet?id={sujet.id}"
    return f"{url}&message={lanes.shown(key)}#m-{lanes.shown(key)}" if key else url


def open_subject(forum, person, rights, title, html, attachments=()):
    """Return ``(Sujet, key)`` of a new subject and its first message."""
    rules.check_open(rights)
    title = richtext.line(title, rules.TITLE, "sujet.titre", "Le titre du sujet")
    sujet = Sujet(title, person, clock.now())
    forum.sujets[sujet.id] = sujet
    return sujet, _add(forum, sujet, person, rights, html, attachments)


def reply(forum, sujet, person, rights, html, attachments=()):
    """Add a message to a subject; return its key. Refused as ``rules.check_open``."""
    rules.check_open(rights, sujet.locked)
    return _add(forum, sujet, person, rights, html, attachments)


def _add(forum, sujet, person, rights, html, attachments):
    now = clock.now()
    state = rules.first_state(forum.moderation, rights)
    message = Message(person, person.where, now, html, attachments, state)
    if state == rules.WAITING:
        key = sujet.waiting.append(message, now)
        held = Held(sujet.id, key, now)
        forum.held[held.id] = held
        _hand_over(forum, "a-moderer", sujet, key)
    else:
        key = sujet.messages.append(message, now)
        _published(forum, sujet, key, message)
        mark_read(forum, sujet, person.userid, key)
    if person.userid not in sujet.followers:
        sujet.followers[person.userid] = ""
    return key


def _published(forum, sujet, key, message):
    sujet.latest.tell(key, message.name)
    forum.index.note(key, (sujet.id, key), _words(sujet, message))
    _hand_over(forum, "publie", sujet, key)
    what = "a ouvert le sujet" if len(sujet.messages) == 1 else "a répondu dans"
    words, url = f"{what} « {sujet.title} »", address(forum, sujet, key)
    notify(Happened(forum, "forum", message.author, message.name, words, url))


def _hand_over(forum, what, sujet, key):
    outbox.queue(
        HANDLER, {"forum": api.content.get_path(forum, relative=True), "sujet": sujet.id, "message": key, "quoi": what}
    )


# what an author does with his message


def edit(forum, sujet, person, rights, key, html, attachments):
    """Change a message, published or waiting; what it was is kept for the moderators. Tell whether anything changed."""
    message = _own(sujet, person, rights, key)
    rules.check_edition(forum.moderation, rights, message.state, len(message.editions))
    attachments = tuple(attachments)
    if (message.html, message.attachments) == (html, attachments):
        return False
    now = clock.now()
    message.editions = (*message.editions, Edition(message, now))
    message.html, message.attachments, message.edited = html, attachments, now
    if message.state == rules.PUBLISHED:
        forum.index.note(key, (sujet.id, key), _words(sujet, message))
    return True


def erase(forum, sujet, person, rights, key):
    """Delete a message: one that waits goes, one that was published leaves its place, so that the talk can be followed."""
    message = _own(sujet, person, rights, key)
    waited = message.state == rules.WAITING
    message.state = rules.moved(message.state, "supprimer")
    message.edited = clock.now()
    if waited:
        sujet.waiting.take(key)
        for held in [item for item in forum.held.values() if item.sujet == sujet.id and item.key == key]:
            del forum.held[held.id]
        _drop_empty(forum, sujet)
        return
    forum.index.note(key, (sujet.id, key), None)
    close_reports(forum, key)
    if sujet.solution == key:
        sujet.solution = 0


def _own(sujet, person, rights, key):
    message = sujet.waiting.get(key) or _message(sujet, key)
    rules.check_author(person.userid, message.author, rights, sujet.locked, message.state)
    return message


def _words(sujet, message):
    return f"{sujet.title} {richtext.plain(message.html)} {message.name}"


def _drop_empty(forum, sujet):
    if not len(sujet.messages) and not len(sujet.waiting):
        del forum.sujets[sujet.id]


# marks of reading


def mark_read(forum, sujet, userid, key=None):
    """Note that a person has seen a subject up to ``key`` (its last message); tell whether it was news."""
    reader = forum.reader(userid, make=True)
    key = key or sujet.latest.key
    if key <= max(reader.seen.get(sujet.id, 0), reader.since):
        return False
    reader.seen[sujet.id] = key
    return True


def arrive(forum, userid):
    """Note the first visit of a person: what was written before is not new to him. Tell whether it was the first."""
    if forum.reader(userid) is not None:
        return False
    forum.reader(userid, make=True)
    return True


def mark_all_read(forum, userid):
    """Let nothing be new to a person."""
    reader = forum.reader(userid, make=True)
    reader.since = max(reader.since, lanes.key_of(clock.now()))
    reader.seen.clear()


def seen_key(forum, sujet, userid):
    """Return the key up to which a person has read a subject."""
    reader = forum.reader(userid)
    return max(reader.seen.get(sujet.id, 0), reader.since) if reader is not None else 0


def unread(forum, userid):
    """Return the subjects with something new for a person."""
    reader = forum.reader(userid)
    if reader is None:
        return []
    return [
        item for item in subjects(forum) if rules.is_unread(item.latest.key, reader.seen.get(item.id, 0), reader.since)
    ]


# subscriptions


def follow(followers, userid, frequency):
    """Keep how often a person is told of a forum or of a subject ("" for his usual frequency, None to stop)."""
    if frequency is None:
        followers.pop(userid, None)
    else:
        followers[userid] = frequency


# moderation


def settle(forum, rights, key, action, person, reason=""):
    """Accept or put aside a message that waits (``key`` of a Held); return ``(Sujet, Message)``."""
    rules.check_leads(rights)
    held = forum.held.get(key) if is_uuidhex(key) else None
    sujet = find(forum, held.sujet) if held is not None else None
    if sujet is None:
        raise Refused("message.traite", "Ce message a déjà été traité par un autre modérateur.")
    message = sujet.waiting.get(held.key)
    state = rules.moved(message.state, action)
    del forum.held[key]
    sujet.waiting.take(held.key)
    message.state = state
    message.moderated = (clock.now(), person.userid, reason)
    if state == rules.PUBLISHED:
        _published(forum, sujet, sujet.messages.append(message), message)
    else:
        _drop_empty(forum, sujet)
    return sujet, message


def set_hidden(forum, rights, sujet, key, action, person, reason=""):
    """Take a message off (``retirer``) or put it back (``remettre``); its place stays, so that pages do not move."""
    rules.check_leads(rights)
    message = _message(sujet, key)
    message.state = rules.moved(message.state, action)
    message.moderated = (clock.now(), person.userid, richtext.line(reason, rules.REASON, "motif", "Le motif", False))
    forum.index.note(key, (sujet.id, key), _words(sujet, message) if message.state == rules.PUBLISHED else None)
    close_reports(forum, key)


def report(forum, sujet, key, person, reason):
    """Tell the moderators of a message; told twice by one person, it is kept once."""
    message = _message(sujet, key)
    reason = richtext.line(reason, rules.REASON, "motif", "Le motif du signalement")
    mine = [item for item in forum.reports.values() if item.by == person.userid]
    if any(item.key == key for item in mine):
        return
    if len(mine) >= rules.REPORTS:
        raise Refused("signalement.nombre", f"{rules.REPORTS} de vos signalements attendent déjà un modérateur.")
    if message.state != rules.PUBLISHED:
        raise Refused("message.etat", "Ce message est déjà retiré.")
    made = Report(sujet.id, key, person, reason, clock.now())
    forum.reports[made.id] = made
    _hand_over(forum, "signale", sujet, key)


def close_reports(forum, key):
    """Have the reports about a message wait no more."""
    for item in [item for item in forum.reports.values() if item.key == key]:
        del forum.reports[item.id]


def _message(sujet, key):
    message = sujet.messages.get(key)
    if message is None:
        raise Refused("message.inconnu", "Ce message n’est plus dans ce sujet : rechargez la page.")
    return message


def solve(sujet, rights, person, key):
    """Mark the message that answers a subject (0: none any more)."""
    if not rules.may_solve(person.userid, sujet.author, rights):
        raise Refused("sujet.resolu", "L’auteur du sujet ou un modérateur marque la réponse.")
    if key and _message(sujet, key).state != rules.PUBLISHED:
        raise Refused("message.etat", "Ce message est retiré ou supprimé : une autre réponse peut être retenue.")
    sujet.solution = key


def rename(forum, sujet, rights, title):
    """Give a subject another title."""
    rules.check_leads(rights)
    sujet.title = richtext.line(title, rules.TITLE, "sujet.titre", "Le titre du sujet")


def move(source, target, sujet, rights, target_rights):
    """Put a subject, as it is, into another forum that one moderates too."""
    rules.check_leads(rights)
    rules.check_leads(target_rights)
    rules.check_into(source, target)
    del source.sujets[sujet.id]
    target.sujets[sujet.id] = sujet
    for held in [item for item in source.held.values() if item.sujet == sujet.id]:
        del source.held[held.id]
        target.held[held.id] = held
    _reindex(source, target, sujet, list(sujet.messages.items()))


def merge(forum, sujet, target, rights):
    """Put every message of a subject into another one, at their dates; the emptied subject goes."""
    rules.check_leads(rights)
    rules.check_into(sujet, target)
    _shift(forum, sujet, target, sujet.messages.keys())
    for userid, frequency in sujet.followers.items():
        target.followers.setdefault(userid, frequency)
    if not len(sujet.waiting):
        del forum.sujets[sujet.id]


def split(forum, sujet, rights, key, title, person):
    """Begin a new subject with a message and those after it; return it."""
    rules.check_leads(rights)
    _message(sujet, key)
    title = richtext.line(title, rules.TITLE, "sujet.titre", "Le titre du sujet")
    rank = sujet.messages.rank_after(key) - 1
    rules.check_split(rank)
    first = sujet.messages.get(key)
    made = Sujet(title, person, first.at)
    made.author, made.author_name = first.author, first.name
    forum.sujets[made.id] = made
    _shift(forum, sujet, made, sujet.messages.slice(rank, len(sujet.messages)))
    for userid in sorted({message.author for _key, message in made.messages.items()}):
        made.followers[userid] = ""
    return made


def _shift(forum, source, target, keys):
    moved = []
    for key in keys:
        message = source.messages.take(key)
        target.messages.put(key, message)
        moved.append((key, message))
    if source.solution in target.messages:
        source.solution, target.solution = 0, target.solution or source.solution
    for sujet in (source, target):
        last = sujet.messages.last()
        sujet.latest.forget(last, sujet.messages.get(last).name if last else None)
    _reindex(forum, forum, target, moved)


def _reindex(source, target, sujet, items):
    for key, message in items:
        if source is not target:
            source.index.note(key, None, None)
        if message.state == rules.PUBLISHED:
            target.index.note(key, (sujet.id, key), _words(sujet, message))
