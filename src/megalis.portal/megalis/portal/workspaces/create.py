"""Making a workspace, with the forum its members talk in."""

from megalis.portal.formats import richtext
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from plone import api
from plone.dexterity.utils import createContentInContainer
from plone.i18n.normalizer.interfaces import IURLNormalizer
from zope.component import getUtility


PLACE = "espaces"
TALK = "Discussions"
FORUM_TITLE = 150


def install(site):
    """Make the place of the workspaces, once."""
    if PLACE not in site:
        createContentInContainer(site, "Espaces", checkConstraints=False, id=PLACE, title="Espaces de travail")


def place():
    """Return the place of the workspaces."""
    return api.portal.get()[PLACE]


def espace(person, title, description="", visibility=rules.RESTRICTED):
    """Return a new workspace led by ``person``."""
    title = richtext.line(title, rules.TITLE, "espace.titre", "Le nom de l’espace")
    description = richtext.line(description, rules.DESCRIPTION, "espace.texte", "La présentation", False)
    rules.check_visibility(visibility)
    made = createContentInContainer(
        place(),
        "Espace",
        checkConstraints=False,
        id=_free_id(place(), title),
        title=title,
        description=description,
        visibility=visibility,
    )
    membership.install(made)
    membership.set_role(made, person.userid, rules.LEADER, person.userid)
    forum(made, TALK, "Les échanges entre membres.")
    return made


def forum(espace, title, description=""):
    """Open a forum in a workspace; its people are the members."""
    title = richtext.line(title, FORUM_TITLE, "forum.titre", "Le nom du forum")
    values = {"title": title, "description": description, "audience": "membres"}
    return createContentInContainer(espace, "Forum", checkConstraints=False, id=_free_id(espace, title), **values)


def _free_id(container, title):
    base = getUtility(IURLNormalizer).normalize(title, locale="fr")[:40].strip("-") or "espace"
    taken = base in container.objectIds() or hasattr(container, base)
    return f"{base}-{uuidhex()[:6]}" if taken else base


def update(espace, title, description, visibility):
    """Change what a workspace says of itself and who sees it."""
    espace.title = richtext.line(title, rules.TITLE, "espace.titre", "Le nom de l’espace")
    espace.description = richtext.line(description, rules.DESCRIPTION, "espace.texte", "La présentation", False)
    if rules.check_visibility(visibility) != espace.visibility:
        membership.open_to(espace, visibility)
    espace.reindexObject()
