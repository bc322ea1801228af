"""What the room needs in a site that profiles cannot say: the door among the PAS plugins, groups, the directory."""

from megalis.portal.kernel import facts
from megalis.portal.organisations import directory
from megalis.portal.organisations import roles
from megalis.portal.organisations.digests import store
from megalis.portal.organisations.people import DOOR
from megalis.portal.organisations.signin.door import Door
from megalis.portal.organisations.signin.door import SESSION_HOURS
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IValidationPlugin


REPLACED = {
    IAuthenticationPlugin: ("session", "source_users", "jwt_auth"),
    IValidationPlugin: ("password_policy",),
}


def prepare(site):
    """Make the site ready for people and organisations; safe to run again."""
    directory.prepare(site)
    facts.prepare(site, "inscriptions")
    store.prepare(site)
    pas = site.acl_users
    if DOOR not in pas.objectIds():
        pas._setObject(DOOR, Door(DOOR, "e-mégalis"))
    for interface in (IAuthenticationPlugin, IValidationPlugin, ICredentialsUpdatePlugin):
        active = pas.plugins.listPluginIds(interface)
        for name in REPLACED.get(interface, ()):
            if name in active:
                pas.plugins.deactivatePlugin(interface, name)
        if DOOR not in active:
            pas.plugins.activatePlugin(interface, DOOR)
    pas.session.manage_changeProperties(timeout=SESSION_HOURS * 3600, cookie_lifetime=0)
    known = pas.source_groups.listGroupIds()
    for name, role, title in roles.GLOBAL_GROUPS:
        if name not in known:
            pas.source_groups.addGroup(name, title)
        pas.portal_role_manager.assignRoleToPrincipal(role, name)
