"""The items as values: made, read for a form, written from it, told to the workflow; versions are kept by CMFEditions."""

from DateTime import DateTime
from megalis.portal.editorial import kinds
from megalis.portal.editorial import states
from megalis.portal.editorial import wording
from megalis.portal.editorial.surveys import fields
from megalis.portal.editorial.surveys import seeds
from megalis.portal.kernel import clock
from plone import api
from plone.app.textfield.value import RichTextValue
from plone.dexterity.utils import createContentInContainer
from plone.i18n.normalizer.interfaces import IURLNormalizer
from z3c.form.interfaces import NOT_CHANGED
from zope.component import getUtility
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent


PUBLIC = {"review_state": states.PUBLISHED}
PLAIN = ("title", "description", "start", "end", "location", "day", "contact", "audiences", "service",
         "screens", "image_alt", "image_caption", "image1_alt", "image2_alt", "image3_alt")  # fmt: skip
FILES = (*kinds.PICTURES, "file")
EMPTY = {"audiences": (), "service": None, "day": None, "start": None, "end": None}


def kind(item):
    """Return the Kind of an item."""
    return {**kinds.BY_TYPE, kinds.FORM.type: kinds.FORM}.get(item.portal_type, kinds.ISSUE)


def state(item):
    """Return the workflow state of an item."""
    return api.content.get_state(item)


def instant(value):
    """Return a DateTime of Zope as an aware UTC datetime, None for none or for Zope's « for ever »."""
    if value is None or not 1970 < value.year() < 2400:
        return None
    return value.asdatetime().astimezone(clock.UTC)


def effective(item):
    """Return since when (or from when) an item is published, or None."""
    return instant(item.effective_date)


def expires(item):
    """Return when an item goes to the archives, or None."""
    return instant(item.expiration_date)


def set_dates(item, **dates):
    """Set ``effective`` and ``expires`` (aware datetimes or None)."""
    if "effective" in dates:
        item.effective_date = DateTime(dates["effective"]) if dates["effective"] else None
    if "expires" in dates:
        item.expiration_date = DateTime(dates["expires"]) if dates["expires"] else None


def raw(item):
    """Return the text as it was typed."""
    text = getattr(item, "text", None)
    return (getattr(text, "raw", text) or "") if text is not None else ""


def body(item):
    """Return the HTML of an item's text, clean."""
    return wording.shown(raw(item))


def read(item):
    """Return the values of an item by field name."""
    values = {name: getattr(item, name, EMPTY.get(name, "")) or EMPTY.get(name, "") for name in PLAIN}
    values |= {name: getattr(item, name, None) for name in FILES}
    return values | {"text": raw(item), "expires": expires(item)}


def _set(item, name, value):
    if name == "text":
        value = RichTextValue(value or "", wording.MIME, "text/x-html-safe")
    elif name == "expires":
        set_dates(item, expires=value)
        return
    elif name == "audiences":
        value = tuple(value or ())
    elif name in EMPTY or name in FILES:
        value = value or None
    else:
        value = value or ""
    setattr(item, name, value)


def write(item, values, userid, note=""):
    """Write values by field name, keep a version; return the names of what changed."""
    before = read(item)
    changed = [
        name
        for name, value in values.items()
        if value is not NOT_CHANGED and (name in FILES or (value or None) != (before.get(name) or None))
        and not (name in FILES and not value and not before.get(name))
    ]  # fmt: skip
    for name in changed:
        _set(item, name, values[name])
    if changed:
        item.author = userid
        notify(ObjectModifiedEvent(item))
        item.reindexObject()
        keep(item, note)
    return changed


def keep(item, note=""):
    """Keep a version of the item as it is now."""
    api.portal.get_tool("portal_repository").save(item, note)


def free_id(place, title):
    """Return an id for a title, free in a rubrique, at most 70 signs."""
    stem = getUtility(IURLNormalizer).normalize(title, locale="fr", max_length=60).strip("-._") or "sans-titre"
    name, rank = stem, 1
    while name in place:
        rank += 1
        name = f"{stem}-{rank}"
    return name


def create(site, kind_, values, userid, name=""):
    """Return a new draft of a kind in its rubrique; ``name``: its id, when it is not made from the title."""
    place = site[kind_.place]
    item = createContentInContainer(
        place, kind_.type, checkConstraints=False, id=name or free_id(place, values["title"]), title=values["title"]
    )
    item.author = userid
    item.creators = (userid,)
    for name, value in values.items():
        if value is not NOT_CHANGED:
            _set(item, name, value)
    item.reindexObject()
    keep(item, "Première version")
    return item


def pictures(item):
    """Return the pictures of an item: list of (field name, NamedBlobImage, text in its place)."""
    found = ((name, getattr(item, name, None), getattr(item, f"{name}_alt", "") or "") for name in kinds.PICTURES)
    return [entry for entry in found if entry[1] is not None and entry[1].getSize()]


def facts(item, actor, roles, comment="", effective_=None):
    """Return what the rules of ``states`` look at."""
    form = item.portal_type == kinds.FORM.type
    no_words = not form and item.portal_type not in ("Evenement", kinds.LETTER) and not raw(item).strip()
    return states.Facts(
        state=state(item),
        actor=actor,
        roles=frozenset(roles),
        author=getattr(item, "author", "") or "",
        now=clock.now(),
        comment=comment or "",
        effective=effective_ or effective(item),
        expires=expires(item),
        title=item.title or "",
        empty=getattr(item, "file", None) is None if item.portal_type == "DocumentPublic" else no_words,
        silent=tuple(image.filename or name for name, image, alt in pictures(item) if not alt.strip()),
        asked=len(fields.read(item.fields_model)) if form else None,
        linked=form and item.getId() in seeds.NAMES,
    )


def published(site, types=kinds.TYPES, sort_on="effective", reverse=True, limit=0, **query):
    """Return the catalog entries of what the public reads now, the newest first; whoever asks sees the same."""
    now = clock.now()
    found = api.portal.get_tool("portal_catalog").unrestrictedSearchResults(
        portal_type=list(types),
        review_state=states.PUBLISHED,
        expires={"query": DateTime(now), "range": "min"},
        path={"query": "/".join(site.getPhysicalPath()), "depth": 2},
        sort_on=sort_on,
        sort_order="reverse" if reverse else "ascending",
        **query,
    )
    # the catalog counts minutes: the seconds are looked at here
    found = [brain for brain in found if instant(brain.expires) is None or instant(brain.expires) > now]
    if sort_on == "effective":
        found.sort(key=lambda brain: brain.effective, reverse=reverse)
    return found[:limit] if limit else found
