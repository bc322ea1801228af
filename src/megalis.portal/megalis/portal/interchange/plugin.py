"""A PAS plugin: ``Authorization: Bearer mgk_…`` is a key of a collectivité; its bearer has one role and no other."""

from AccessControl import ClassSecurityInfo
from AccessControl.class_init import InitializeClass
from megalis.portal.interchange import keys
from megalis.portal.kernel.http import recognise
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import IExtractionPlugin
from Products.PluggableAuthService.interfaces.plugins import IRolesPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zope.globalrequest import getRequest
from zope.interface import implementer


ID = "megalis_interchange"
ROLE = "Logiciel"
USER = "logiciel:"
KEY = "megalis.interchange.key"  # in request.other


@implementer(IExtractionPlugin, IAuthenticationPlugin, IRolesPlugin)
class KeyPlugin(BasePlugin):
    """Reads the header, finds the key, gives the role."""

    meta_type = "e-mégalis Interchange keys"
    security = ClassSecurityInfo()

    def __init__(self, id, title=""):
        self._setId(id)
        self.title = title

    @security.private
    def extractCredentials(self, request):
        """Return the token of the header, or nothing."""
        scheme, _blank, token = (request._auth or "").partition(" ")
        if scheme.casefold() != "bearer" or not token.strip().startswith(f"{keys.PREFIX}_"):
            return {}
        return {"megalis_key": token.strip()}

    @security.private
    def authenticateCredentials(self, credentials):
        """Return (user id, login) of an active key, or None."""
        token = credentials.get("megalis_key")
        key = keys.by_token(token) if token else None
        if key is None:
            return None
        request = getRequest()
        if request is not None:
            request.other[KEY] = key
            recognise(request, f"{USER}{key.id}")
        return f"{USER}{key.id}", key.title

    @security.private
    def getRolesForPrincipal(self, principal, request=None):
        """Return the one role of a key."""
        return (ROLE,) if (principal.getId() or "").startswith(USER) else ()


InitializeClass(KeyPlugin)
