"""To 20261126160: the form of who enrols in a training without an account."""

from megalis.portal.editorial import setuphandlers as editorial
from plone import api


def add_enrolment_form(tool):
    """Bring what former sites do not have."""
    editorial.prepare(api.portal.get())
