"""Numbers by which software of other makers calls acts, their files and their letters (the interface of S²LOW).

An act has a number of the whole site; its files and letters are numbered from it, so that nothing more is kept.
"""

from BTrees.IOBTree import IOBTree
from megalis.portal.kernel import numbering
from plone import api
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.actes.transactions"
ROOM = 1000  # numbers an act has for itself: 0 is the act, files from 1, letters from ``LETTERS``
LETTERS = 900


def give(acte):
    """Give an act its number."""
    site = api.portal.get()
    kept = IAnnotations(site).get(KEY)
    if kept is None:
        kept = IAnnotations(site)[KEY] = IOBTree()
    acte.number = numbering.next_number(site, "actes")
    kept[acte.number] = "/".join(acte.getPhysicalPath()[len(site.getPhysicalPath()) :])


def find(number):
    """Return (act, what is left of the number) of a number, or (None, 0)."""
    kept = IAnnotations(api.portal.get()).get(KEY, {})
    path = kept.get(number // ROOM) if number >= ROOM else None
    acte = api.portal.get().unrestrictedTraverse(path, None) if path else None
    return (acte, number % ROOM) if acte is not None else (None, 0)


def of_act(acte):
    """Return the number of an act."""
    return acte.number * ROOM


def of_file(acte, rank):
    """Return the number of a file: 1 is its message, then its pieces from 2."""
    return acte.number * ROOM + rank


def of_letter(acte, rank):
    """Return the number of a letter, counted from 0."""
    return acte.number * ROOM + LETTERS + rank
