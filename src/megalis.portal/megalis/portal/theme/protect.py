"""Plone's protection of forms, without its token in addresses: a form that reads is a link people keep and share."""

from lxml import html
from megalis.portal.interfaces import IMegalisLayer
from plone.protect.auto import ProtectTransform
from plone.transformchain.interfaces import ITransform
from zope.component import adapter
from zope.interface import implementer
from zope.interface import Interface


@implementer(ITransform)
@adapter(Interface, IMegalisLayer)
class Protect(ProtectTransform):
    """The token goes into forms that write, and into those only."""

    def transform(self, result, encoding):
        """Return the page with its tokens, or None when it is no page."""
        page = super().transform(result, encoding)
        if page is None:
            return None
        for form in page.tree.getroot().iter("form"):
            if form.get("method", "get").lower() == "get":
                for hidden in form.cssselect('[name="_authenticator"]'):
                    hidden.drop_tree()
        page.serializer = written
        return page


def written(tree, encoding=None, **more):
    """Return a page in UTF-8, as its header says: left alone, an accent is a reference of six signs instead of two bytes."""
    return html.tostring(tree, encoding=encoding or "utf-8", **more)
