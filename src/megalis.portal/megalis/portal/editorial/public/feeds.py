"""What is new among the texts of the site, as entries of a feed."""

from megalis.portal.editorial import items
from megalis.portal.editorial import wording
from megalis.portal.kernel import clock
from megalis.portal.theme.feeds import answer
from megalis.portal.theme.feeds import atom
from megalis.portal.theme.feeds import Entry
from megalis.portal.theme.feeds import rss
from plone import api


__all__ = ("MOST", "answer", "atom", "entry", "rss")
MOST = 30


def entry(item):
    """Return the Entry of an item."""
    modified = item.modified().asdatetime().astimezone(clock.UTC)
    summary = item.description or wording.plain(items.raw(item), 300)
    return Entry(
        api.content.get_uuid(item),
        item.title,
        item.absolute_url(),
        summary,
        items.effective(item) or modified,
        modified,
    )
