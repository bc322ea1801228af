"""What the tests of alerts share: a search, those who confirmed it, the worker's turn, the mails that left."""

from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import store
from megalis.portal.consultations.search import criteria as words
from tests.layers import *  # noqa: F403
from urllib.parse import parse_qs


def search(query=""):
    return words.parse(parse_qs(query))[0]


def active(portal, email, query="", frequency=rules.IMMEDIATE):
    item, to_confirm = store.subscribe(portal, email, search(query), frequency)
    assert to_confirm
    return store.confirm(portal, item)
