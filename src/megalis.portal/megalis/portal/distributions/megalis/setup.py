"""Creates the e-mégalis site: profiles, settings of the country, containers and, when asked, demonstration content."""

from plone import api
from plone.distribution.handler import default_handler


def create(distribution, site, answers):
    """Return ``site`` made ready; ``answers`` follow schema.json."""
    site = default_handler(distribution, site, {**answers, "setup_content": False})
    settings = {
        "plone.default_language": "fr",
        "plone.available_languages": ["fr"],
        "plone.portal_timezone": "Europe/Paris",
        "plone.available_timezones": ["Europe/Paris"],
        "plone.navigation_depth": 1,
        "plone.enable_self_reg": False,
    }
    for name, value in settings.items():
        api.portal.set_registry_record(name, value)
    return site
