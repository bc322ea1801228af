"""What lists read of the items from the catalog alone."""

from megalis.portal.editorial import wording
from megalis.portal.editorial.interfaces import IEditorial
from plone.indexer import indexer
from Products.CMFPlone.utils import safe_text


@indexer(IEditorial)
def author(item):
    """Who wrote last (user id)."""
    return getattr(item, "author", "") or ""


@indexer(IEditorial)
def audiences(item):
    return tuple(getattr(item, "audiences", None) or ())


@indexer(IEditorial)
def service(item):
    return getattr(item, "service", None) or ""


@indexer(IEditorial)
def searchable(item):
    """The words of an item; marks of its typing left out."""
    text = getattr(getattr(item, "text", None), "raw", "") or ""
    words = (
        item.title,
        item.description,
        wording.plain(text),
        getattr(item, "location", ""),
        getattr(item, "contact", ""),
    )
    return " ".join(safe_text(word) for word in words if word)
