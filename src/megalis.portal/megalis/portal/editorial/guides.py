"""The help of each screen: which guide belongs to which, kept apart so that a page finds its own without the catalog.

A screen is named as people meet it: the last part of its address (``repondre``), with the type of the content it is about
where several have one of that name (``Acte/transmettre``), or that type alone for the content's own page (``Consultation``).
"""

from megalis.portal.editorial import items
from megalis.portal.editorial import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.interfaces import IScreenHelp
from persistent.mapping import PersistentMapping
from plone import api
from urllib.parse import urlsplit
from zope.annotation.interfaces import IAnnotations
from zope.interface import implementer

import re


TYPE = "Guide"
KEY = "megalis.guides"
MOST = 30  # screens of one guide
SCREEN = re.compile(r"(?:[A-Za-z]{2,40}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
PLACED = re.compile(r"<p>\s*\(image ([1-4])\)\s*</p>")
PLACE = re.compile(r"\(image [1-4]\)\s*")
FIELDS = {"1": "image", "2": "image1", "3": "image2", "4": "image3"}


def named(text, site=None):
    """Return the screen of a line: an address copied from the browser, or a name; Refused ``guide.ecran``."""
    line = text.strip()
    path = line
    if line.startswith(("http://", "https://")):
        path = urlsplit(line).path
        if site is not None:
            found = _of_address(site, path.removeprefix(urlsplit(site.absolute_url()).path).strip("/"))
            if found:
                return found
        path = path.rstrip("/").rpartition("/")[2]
    name = path.strip("/").replace("@@", "")
    if not SCREEN.fullmatch(name):
        raise Refused(
            "guide.ecran",
            f"« {line[:60]} » n’est pas un écran : copiez l’adresse de la page depuis le navigateur, une par ligne.",
            "screens",
        )
    return name


def _of_address(site, path):
    """Return the screen of a path under the site, "" when no content is found on the way."""
    head, _, tail = path.rpartition("/")
    content = site.unrestrictedTraverse(path, None) if path else None
    if "@@" not in tail and getattr(content, "portal_type", "") and content is not site:
        return content.portal_type
    around = site.unrestrictedTraverse(head, None) if head else None
    portal_type = getattr(around, "portal_type", "") if around is not None and around is not site else ""
    name = tail.replace("@@", "")
    return f"{portal_type}/{name}" if portal_type and SCREEN.fullmatch(name) else ""


def lines(text, site=None):
    """Return the screens of a field, one a line, each once; Refused ``guide.ecran|ecrans``."""
    found = list(dict.fromkeys(named(line, site) for line in (text or "").splitlines() if line.strip()))
    if len(found) > MOST:
        raise Refused("guide.ecrans", f"{len(found)} écrans, {MOST} au plus : faites plusieurs guides.", "screens")
    return found


def refresh(site):
    """Write anew which guide belongs to which screen, from the published ones; the first by title has a screen two claim."""
    found = {}
    published = [guide for guide in site["guides"].objectValues() if items.state(guide) == states.PUBLISHED]
    for guide in sorted(published, key=lambda guide: guide.title.casefold()):
        for line in (guide.screens or "").splitlines():
            found.setdefault(line.strip(), (guide.getId(), guide.title))
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping()
    if dict(annotations[KEY]) != found:
        annotations[KEY].clear()
        annotations[KEY].update(found)


def changed(item, event):
    """Follow a guide that is published, taken off or corrected (IAfterTransitionEvent, IObjectModifiedEvent)."""
    if item.portal_type == TYPE:
        refresh(api.portal.get())


@implementer(IScreenHelp)
class ScreenHelp:
    """The guide of a screen."""

    def __call__(self, site, portal_type, name):
        kept = IAnnotations(site).get(KEY)
        if not kept:
            return None
        wanted = (portal_type,) if name in ("", "view") else (f"{portal_type}/{name}", name)
        for screen in wanted:
            if screen in kept:
                guide, title = kept[screen]
                return f"{site.absolute_url()}/guides/{guide}", title
        return None


def illustrated(body, figures):
    """Return ``(HTML, names)``: the text with its pictures where ``(image 2)`` stands alone; names of those placed.

    ``figures``: field name -> ``img``.
    """
    placed = set()

    def draw(match):
        name = FIELDS[match[1]]
        if not figures.get(name):
            return ""
        placed.add(name)
        return f'<figure class="mg-picture">{figures[name]}</figure>'

    return PLACED.sub(draw, body), placed
