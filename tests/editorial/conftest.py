"""A site for the tests of this room, and the people who write it."""

from AccessControl import getSecurityManager
from AccessControl.SecurityManagement import newSecurityManager
from AccessControl.SecurityManagement import setSecurityManager
from AccessControl.SpecialUsers import nobody
from collections import namedtuple
from contextlib import contextmanager
from io import BytesIO
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import workflow
from megalis.portal.organisations import people
from PIL import Image
from plone import api
from plone.testing.zope import Browser
from tests.layers import *  # noqa: F403
from tests.organisations.conftest import cheap_passwords  # noqa: F401
from tests.organisations.conftest import PASSWORD

import html
import pytest
import transaction


Team = namedtuple("Team", "writer reviewer webmaster")
EMAILS = Team("redacteur@megalis.exemple.fr", "relecteur@megalis.exemple.fr", "webmestre@megalis.exemple.fr")
GROUPS = ("Redacteurs", "Relecteurs", "Webmestres")


def png(wide=640, high=400):
    """Return the bytes of a picture."""
    out = BytesIO()
    Image.new("RGB", (wide, high), "navy").save(out, "PNG")
    return out.getvalue()


def hire(site):
    """Make a writer, a reviewer and a webmaster; return their user ids."""
    made = []
    for email, group in zip(EMAILS, GROUPS, strict=True):
        userid = people.create(people.AGENT, email, email.partition("@")[0].capitalize(), PASSWORD)
        site.acl_users.source_groups.addPrincipalToGroup(userid, group)
        made.append(userid)
    return Team(*made)


@contextmanager
def acting(userid):
    """Do the block as that person."""
    with api.env.adopt_user(user=api.user.get(userid=userid)):
        yield


@contextmanager
def visiting():
    """Do the block as somebody who is not signed in."""
    before = getSecurityManager()
    newSecurityManager(None, nobody)
    try:
        yield
    finally:
        setSecurityManager(before)


def write(site, userid, type_="Actualite", title="Le portail ouvre", **values):
    """Return a new draft of that person."""
    values = {"title": title, "text": "Un texte **simple**.", **values}
    with acting(userid):
        return items.create(site, kinds.BY_TYPE[type_], values, userid)


@pytest.fixture
def team(cheap_passwords, portal):  # noqa: F811
    with api.env.adopt_roles(["Manager"]):
        return hire(portal)


@pytest.fixture
def site(functional_portal):
    """The served site, with those who write it."""
    with api.env.adopt_roles(["Manager"]):
        hire(functional_portal)
    transaction.commit()
    return functional_portal


@pytest.fixture
def staff(site):
    """The user ids of those who write the served site."""
    return Team(*(people.by_email(email) for email in EMAILS))


@pytest.fixture
def browse(functional, site):
    """Return a function that gives a browser, signed in as the account of an address; without one, a visitor's."""

    def open_(email=None):
        browser = Browser(functional["app"])
        browser.raiseHttpErrors = False
        browser.addHeader("Accept", "text/html")
        if email:
            browser.addHeader("Authorization", f"Basic {email}:{PASSWORD}")
        return browser

    return open_


def publish(site, staff, **values):
    """Return an item of the writer that the webmaster has published."""
    item = write(site, staff.writer, **values)
    with acting(staff.webmaster):
        workflow.fire(item, "soumettre")
        workflow.fire(item, "publier")
    return item


def words(browser):
    """Return what a page says, its entities and hard spaces made plain."""
    return html.unescape(browser.contents).replace("\xa0", " ")
