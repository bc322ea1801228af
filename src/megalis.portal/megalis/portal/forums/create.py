"""Making forums: the place of the whole site's, and forums in it or in a workspace."""

from megalis.portal.formats import richtext
from megalis.portal.forums import rules
from megalis.portal.kernel.ids import uuidhex
from plone.dexterity.utils import createContentInContainer
from plone.i18n.normalizer.interfaces import IURLNormalizer
from zope.component import getUtility


PLACE = "forums"


def install(site):
    """Make the place of the forums of the whole site, once."""
    if PLACE not in site:
        createContentInContainer(site, "Forums", checkConstraints=False, id=PLACE, title="Forums")


def free_id(container, title):
    """Return an id made of a title, free in the container."""
    base = getUtility(IURLNormalizer).normalize(title, locale="fr")[:40].strip("-") or "forum"
    taken = set(container.objectIds())
    return base if base not in taken and not hasattr(container, base) else f"{base}-{uuidhex()[:6]}"


def forum(container, title, description="", audience=rules.MEMBERS, moderation=rules.AFTER):
    """Return a new forum; ``audience`` is MEMBERS in a workspace, whose members are its people."""
    title = richtext.line(title, rules.TITLE, "forum.titre", "Le nom du forum")
    values = {
        "title": title,
        "description": richtext.line(description, rules.DESCRIPTION, "forum.texte", "La présentation", False),
        "moderation": rules.check_moderation(moderation),
        "audience": audience if audience == rules.MEMBERS else rules.check_audience(audience),
    }
    key = free_id(container, title)
    return createContentInContainer(container, "Forum", checkConstraints=False, id=key, **values)
