"""What the tests of a workspace share."""

from megalis.portal.kernel import outbox
from zope.annotation.interfaces import IAnnotations
from zope.globalrequest import getRequest


def mails(site):
    return [message.payload for message in reversed(outbox.messages(site)) if message.kind == "mail"]


def forget_roles():
    """Ask anew who may do what, as the next request does: Plone keeps local roles for the time of one."""
    IAnnotations(getRequest()).clear()
