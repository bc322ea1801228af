"""To 20261126160: the form of who enrols in a training without an account, and pictures in the first guides."""

from megalis.portal.editorial import setuphandlers as editorial
from plone import api


def add_enrolment_form_and_pictures(tool):
    """Bring what former sites do not have; a guide that staff have changed stays as they wrote it."""
    site = api.portal.get()
    editorial.prepare(site)
    editorial.illustrate(site)
