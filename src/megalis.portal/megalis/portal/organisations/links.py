"""Links sent by mail, signed with a secret of the operator that no database dump holds."""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations.mails import url
from megalis.portal.organisations.signin import tokens

import os


REGISTRATION = ("inscription", 48)
INVITATION = ("invitation", 24 * 14)
PASSWORD = ("mot-de-passe", 2)
ADDRESS = ("courriel", 48)


def _key():
    return secret("link-key", lambda: os.urandom(32))


def token(kind, payload):
    """Return a token of ``kind`` (purpose, hours of life) for ``payload``."""
    purpose, hours = kind
    return tokens.sign(_key(), purpose, payload, (clock.now() + timedelta(hours=hours)).timestamp())


def link(kind, page, payload):
    """Return the absolute URL of ``page`` with the token of ``payload``."""
    return url(f"/{page}?jeton={token(kind, payload)}")


def read(kind, text):
    """Return the payload of a token; Refused ``jeton.…`` (see ``signin.tokens``)."""
    return tokens.read(_key(), kind[0], text, clock.now().timestamp())
