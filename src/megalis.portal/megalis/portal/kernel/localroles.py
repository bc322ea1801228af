"""Local roles, remembered for the time of a request only for what has an address in the site.

borg.localrole knows what has none, such as a view, by its place in memory. The next view may be put there: it would be
allowed to whoever was allowed the first.
"""

from borg.localrole.workspace import clra_cache_key
from borg.localrole.workspace import store_on_request
from borg.localrole.workspace import WorkspaceLocalRoleManager
from plone.memoize.volatile import cache
from plone.memoize.volatile import DontCache


def key(method, plugin, user, content, roles):
    """Return the key of one answer; DontCache for what has no path."""
    if not hasattr(content, "getPhysicalPath"):
        raise DontCache
    return clra_cache_key(method, plugin, user, content, roles)


#: Stands in for ``WorkspaceLocalRoleManager.checkLocalRolesAllowed`` (see configure.zcml).
check_allowed = cache(key, store_on_request)(WorkspaceLocalRoleManager.checkLocalRolesAllowed.__wrapped__)
