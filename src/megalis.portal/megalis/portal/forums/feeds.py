"""A forum as an Atom feed: programs that read feeds cannot sign in, so each person has an address of his own.

The address is signed; it opens nothing its person may not read at that very moment.
"""

from hashlib import sha256
from html import escape
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.kernel import clock
from megalis.portal.kernel.lanes import instant_of
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations.digests.sending import may_see
from plone import api
from plone.uuid.interfaces import IUUID

import hmac
import os


ENTRIES = 50
SUBJECTS = 20  # the liveliest ones, which the last messages are in


def sign(forum, userid):
    """Return the token of a person's feed of a forum."""
    key = secret("feeds", lambda: os.urandom(32))
    return hmac.new(key, f"{IUUID(forum)}|{userid}".encode(), sha256).hexdigest()[:40]


def address(forum, userid):
    """Return a person's address of the feed."""
    return f"{forum.absolute_url()}/@@flux.xml?lecteur={userid}&jeton={sign(forum, userid)}"


def reader_of(forum, userid, token):
    """Tell whether a signed address is good and its person may still read the forum."""
    if not (userid and token.isascii() and hmac.compare_digest(sign(forum, userid), token)):
        return False
    return may_see(userid, api.content.get_path(forum, relative=True).lstrip("/"))


def latest(forum):
    """Return the last (Sujet, key, Message) that were published, newest first."""
    lively = sorted(forum.sujets.values(), key=lambda item: -item.latest.key)[:SUBJECTS]
    found = [(key, sujet, message) for sujet in lively for key, message in sujet.messages.newest(ENTRIES)]
    found = [row for row in found if row[2].state == rules.PUBLISHED]
    return sorted(found, key=lambda row: -row[0])[:ENTRIES]


def atom(forum):
    """Return the feed as bytes."""
    entries = []
    rows = latest(forum)
    for key, sujet, message in rows:
        url = escape(service.address(forum, sujet, key))
        entries.append(
            f"<entry><id>{url}</id><title>{escape(sujet.title)}</title>"
            f"<published>{clock.rfc3339(instant_of(key))}</published>"
            f"<updated>{clock.rfc3339(message.edited or instant_of(key))}</updated>"
            f'<author><name>{escape(message.name)}</name></author><link href="{url}"/>'
            f'<content type="html">{escape(message.html)}</content></entry>'
        )
    updated = clock.rfc3339(instant_of(rows[0][0])) if rows else clock.rfc3339(clock.now())
    url = escape(forum.absolute_url())
    head = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><id>{url}</id>'
        f'<title>{escape(forum.title)}</title><updated>{updated}</updated><link href="{url}"/>'
    )
    return f"{head}{''.join(entries)}</feed>".encode()
