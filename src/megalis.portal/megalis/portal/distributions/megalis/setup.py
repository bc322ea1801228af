"""How a site of the distribution is made: profiles, settings, containers and, when asked for, demonstration content."""

from importlib import import_module
from importlib.util import find_spec
from megalis.portal.distributions.megalis import structure
from megalis.portal.distributions.megalis.progress import Progress
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import settings
from plone import api
from plone.base.interfaces import ISecuritySchema
from plone.dexterity.schema import SCHEMA_CACHE
from zope.component.hooks import setSite
from zope.interface import alsoProvides

import transaction


DEMO = "megalis.portal.distributions.megalis.demo"


class Incomplete(Exception):
    """The site asked for cannot be made whole; the message says what is missing and what to do."""


def create(distribution, site, answers):
    """Make ``site`` a portal according to ``answers`` (schema.json); handler of plone.distribution.

    Raises Incomplete, before anything is written, when demonstration content is asked for and not installed.
    """
    try:
        return make(distribution, site, demonstration() if answers.get("setup_content") else None)
    except BaseException:
        # The abort to come looks for utilities in the current site, which is being unmade: it would hide the cause.
        setSite(None)
        raise


def make(distribution, site, fill=None):
    """Return ``site`` with profiles, settings and places, filled by ``fill(site, progress)`` when there is one."""
    progress = Progress()
    progress("Profils")
    alsoProvides(site.REQUEST, IMegalisLayer)
    for profile in distribution.profiles:
        site.portal_setup.runAllImportStepsFromProfile(f"profile-{profile}")
    # The types were made in this transaction: what was cached before them is stale, and only a commit clears it.
    SCHEMA_CACHE.clear()
    configure(site)
    structure.build(site)
    transaction.savepoint(optimistic=True)
    if fill is not None:
        progress("Contenu de démonstration")
        fill(site, progress)
    return site


def demonstration():
    """Return ``demo.fill``; Incomplete when this installation has no demonstration content."""
    if find_spec(DEMO) is None:
        raise Incomplete("le contenu de démonstration n’est pas installé ; créez un site vide avec DEMO=0.")
    return import_module(DEMO).fill


def configure(site):
    """Set what Plone leaves to the administrator of a site and that is the same for every portal."""
    wanted = {
        "plone.available_languages": ["fr"],
        "plone.default_language": "fr",
        "plone.email_charset": "utf-8",
        "plone.email_from_address": settings.sender_address(),
        "plone.email_from_name": settings.operator_name(),
        "plone.first_weekday": 0,
        "plone.navigation_depth": 1,
        "plone.use_request_negotiation": False,
        "plone.caching.interfaces.ICacheSettings.enabled": False,
    }
    registry = api.portal.get_tool("portal_registry")
    for name, value in wanted.items():
        if name in registry.records:
            registry[name] = value
    security = ISecuritySchema(site)
    security.enable_self_reg = False
    security.enable_user_pwd_choice = False
    security.enable_user_folders = False
    security.allow_anon_views_about = False
