"""Keeping the accounts true whoever changes the user: our pages, Plone's own, or a program."""

from megalis.portal.kernel import journal
from megalis.portal.organisations.signin import passwords
from plone import api
from zope.component.hooks import getSite
from zope.globalrequest import getRequest


DOOR = "megalis_door"


def _door():
    site = getSite()
    pas = getattr(site, "acl_users", None) if site is not None else None
    return pas.get(DOOR) if pas is not None and hasattr(pas, "get") else None


def signed_in(event):
    """A person came in by the page: one line of the journal."""
    if _door() is None:
        return
    request = getRequest()
    address = request.getClientAddr() if request is not None else ""
    journal.record(getSite(), {"type": "connexion", "personne": event.principal.getId() or "", "adresse": address})


def password_changed(event):
    """A password set by Plone's own ways: keep it by our scheme and end the older sessions."""
    door = _door()
    userid = event.principal.getId() if event.principal is not None else None
    if door is None or userid not in door.accounts or not event.password:
        return
    door.set_password(userid, passwords.hash_password(event.password))


def properties_changed(event):
    """A name or an address set by Plone's own ways: the account follows, unless another has that address."""
    door = _door()
    userid = event.principal.getId()
    account = door.accounts.get(userid) if door is not None else None
    if account is None:
        return
    member = api.portal.get_tool("portal_membership").getMemberById(userid)
    values = {"fullname": member.getProperty("fullname", ""), "email": member.getProperty("email", "").strip().lower()}
    if door.emails.get(values["email"], userid) != userid or not values["email"]:
        del values["email"]
    door.change_account(userid, **{name: value for name, value in values.items() if value})


def deleted(event):
    """A user removed from Plone leaves no account behind."""
    door = _door()
    if door is not None:
        door.drop_account(event.principal)
