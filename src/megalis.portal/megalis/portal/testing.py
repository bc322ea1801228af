"""Test layers: one site with the product installed, shared by every room."""

from plone.app.testing import applyProfile
from plone.app.testing import FunctionalTesting
from plone.app.testing import IntegrationTesting
from plone.app.testing import PLONE_FIXTURE
from plone.app.testing import PloneSandboxLayer
from plone.testing import Layer
from plone.testing.zope import WSGI_SERVER_FIXTURE
from zope.component import getGlobalSiteManager

import os
import tempfile


class Secrets(Layer):
    """A folder of its own for the operator's keys, so that tests never touch a deployment's."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="megalis-secrets-")
        self.before = os.environ.get("MEGALIS_SECRETS")
        os.environ["MEGALIS_SECRETS"] = self.folder.name

    def tearDown(self):
        if self.before is None:
            del os.environ["MEGALIS_SECRETS"]
        else:
            os.environ["MEGALIS_SECRETS"] = self.before
        self.folder.cleanup()


SECRETS = Secrets(name="megalis:Secrets")


def side_by_side(registry):
    """Copy the adapters of the registries below into ``registry``.

    Layers stack a registry for each product, and the upper one wins whatever the interfaces say. An instance has one
    registry, where Plone's more specific view or widget stands before ours: tests must see that too.
    """
    for below in reversed(registry.ro[1:]):
        for required, provided, name, factory in below.allRegistrations():
            registry.register(required, provided, name, factory)


class Fixture(PloneSandboxLayer):
    """A site in French, in Paris, with the product installed and no content."""

    defaultBases = (PLONE_FIXTURE, SECRETS)

    def setUpZope(self, app, configurationContext):
        import megalis.portal

        side_by_side(getGlobalSiteManager().adapters)
        self.loadZCML(package=megalis.portal)
        self.loadZCML(name="overrides.zcml", package=megalis.portal)

    def setUpPloneSite(self, portal):
        applyProfile(portal, "megalis.portal:default")


FIXTURE = Fixture(name="megalis:Fixture")
INTEGRATION = IntegrationTesting(bases=(FIXTURE,), name="megalis:Integration")
FUNCTIONAL = FunctionalTesting(bases=(FIXTURE, WSGI_SERVER_FIXTURE), name="megalis:Functional")
