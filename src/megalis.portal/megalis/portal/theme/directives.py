"""``megalis:export``: one line of ZCML registers the three files of a list (see ``theme.export``)."""

from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.theme.export import FORMATS
from Products.Five.browser.metaconfigure import page
from zope.configuration.fields import GlobalInterface
from zope.configuration.fields import GlobalObject
from zope.interface import Interface
from zope.schema import TextLine
from zope.security.zcml import Permission


class IExportDirective(Interface):
    """The files of a list."""

    name = TextLine(title="Name of the list: its files are <name>.csv, <name>.xlsx and <name>.pdf")
    for_ = GlobalInterface(title="Interface of what has the list")
    class_ = GlobalObject(title="View class with ``theme.export.Exported``")
    permission = Permission(title="Permission to take it away: that of the page")


def export(_context, name, for_, class_, permission):
    """Register the view once for each format."""
    for extension, _label, _media, _help in FORMATS:
        page(_context, f"{name}.{extension}", permission, for_, layer=IMegalisLayer, class_=class_)
