"""The peer of ``search.py`` in the same server: what a request that asks for it gets is Plone as shipped.

Such a request loses our browser layer as soon as it enters the site, so that Plone's own views, main template, portlets,
viewlets and theme answer it, over the same items and the same catalog. Only the server of a benchmark loads this.
"""

from megalis.portal.interfaces import IMegalisLayer
from plone.browserlayer.layer import mark_layer
from zope.interface import noLongerProvides


def undress(site, event):
    """Take the layer away (IBeforeTraverseEvent of the site); whoever comes first of the two handlers."""
    request = event.request
    if request.getHeader("X-Peer") == "stock":
        mark_layer(site, event)
        if IMegalisLayer.providedBy(request):
            noLongerProvides(request, IMegalisLayer)
