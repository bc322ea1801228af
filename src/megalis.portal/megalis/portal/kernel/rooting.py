"""The site is the root of every address: what the front said of the visitor's address, as Zope is to write links.

Zope's virtual host monster does it for whoever rewrites addresses before us; it passes the site twice, and with it all
that Plone does when a site is entered. The front rewrites every request, so that its requests are rooted here, in one
passage.
"""

from megalis.portal.kernel.wsgi import ADDRESS
from urllib.parse import quote


def root(site, event):
    """Make ``site`` the root of the addresses of a request that came through the front (IBeforeTraverseEvent)."""
    request = event.request
    address = request.environ.get(ADDRESS)
    if address is None or "VirtualRootPhysicalPath" in request.other:
        return
    scheme, name, port = address
    request.setServerURL(scheme, name, int(port))
    request.setVirtualRoot([])
    path = list(reversed(request["TraversalRequestNameStack"]))
    parts = request["SERVER_URL"], quote("/".join(path))
    request["VIRTUAL_URL_PARTS"] = parts
    request["VIRTUAL_URL"] = "/".join(parts)
    slash = "/" if path and request["ACTUAL_URL"].endswith("/") else ""
    request["ACTUAL_URL"] = request["VIRTUAL_URL"] + slash
