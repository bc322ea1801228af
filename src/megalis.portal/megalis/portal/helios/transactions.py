"""Numbers by which software of other makers calls flows and returns (the interface of S²LOW)."""

from BTrees.IOBTree import IOBTree
from megalis.portal.kernel import numbering
from plone import api
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.helios.transactions"


def _give(path, retour=""):
    site = api.portal.get()
    kept = IAnnotations(site).get(KEY)
    if kept is None:
        kept = IAnnotations(site)[KEY] = IOBTree()
    number = numbering.next_number(site, "helios")
    kept[number] = (path, retour)
    return number


def _path(content):
    return "/".join(content.getPhysicalPath()[len(api.portal.get().getPhysicalPath()) :])


def give(flux):
    """Give a flow its number."""
    flux.number = _give(_path(flux))


def give_retour(registre, retour):
    """Give a return its number."""
    retour.number = _give(_path(registre), retour.id)


def _find(number):
    path, retour = IAnnotations(api.portal.get()).get(KEY, {}).get(number, ("", ""))
    return (api.portal.get().unrestrictedTraverse(path, None) if path else None), retour


def find(number):
    """Return the flow of a number, or None."""
    content, retour = _find(number)
    return None if retour else content


def find_retour(number):
    """Return (register, return) of a number, or (None, None)."""
    registre, name = _find(number)
    found = registre.retours.get(name) if registre is not None and name else None
    return (registre, found) if found is not None else (None, None)
