"""The browser layer that keeps our pages to sites where the product is installed."""

from plone.app.contenttypes.interfaces import IPloneAppContenttypesLayer
from zope.publisher.interfaces.browser import IDefaultBrowserLayer


class IMegalisLayer(IPloneAppContenttypesLayer, IDefaultBrowserLayer):
    """Requests to a site of megalis.portal."""
