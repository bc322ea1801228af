"""Plone fixtures for the rooms that need a site: `from tests.layers import *` in their conftest.py.

Kept apart from tests/conftest.py so that the pure rooms start without importing Zope.
"""

from megalis.portal.testing import FUNCTIONAL
from megalis.portal.testing import INTEGRATION
from pytest_plone import fixtures_factory


globals().update(fixtures_factory(((FUNCTIONAL, "functional"), (INTEGRATION, "integration"))))
