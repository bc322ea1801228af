"""The peer of ``search.py`` in the same server: what a request that asks for it gets is Plone as shipped.

Such a request loses our browser layer once it has found its view, so that Plone's own main template, portlets, viewlets
and theme answer it, over the same items and the same catalog. Only the server of a benchmark loads this.
"""

from megalis.portal.interfaces import IMegalisLayer
from zope.interface import noLongerProvides


HEADER = "X-Peer"


def undress(event):
    request = event.request
    if request.getHeader(HEADER) == "stock" and IMegalisLayer.providedBy(request):
        noLongerProvides(request, IMegalisLayer)
