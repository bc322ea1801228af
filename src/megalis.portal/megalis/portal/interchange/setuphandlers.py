"""What the room needs in a site: its plugin among the others, the place of the keys."""

from megalis.portal.interchange import keys
from megalis.portal.interchange import plugin
from megalis.portal.kernel import facts
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import IExtractionPlugin
from Products.PluggableAuthService.interfaces.plugins import IRolesPlugin


def prepare(site):
    """Make both; safe to run again."""
    facts.prepare(site, keys.NAME)
    pas = site.acl_users
    if plugin.ID not in pas.objectIds():
        pas._setObject(plugin.ID, plugin.KeyPlugin(plugin.ID, "Clés des logiciels"))
    for interface in (IExtractionPlugin, IAuthenticationPlugin, IRolesPlugin):
        if plugin.ID not in pas.plugins.listPluginIds(interface):
            pas.plugins.activatePlugin(interface, plugin.ID)
