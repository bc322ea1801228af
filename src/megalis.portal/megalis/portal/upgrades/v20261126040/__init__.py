"""To 20261126040: the vault of companies and the register of paper, who may use them; each company's own answers."""

from megalis.portal.consultations import api as consultations
from megalis.portal.deposits import store
from megalis.portal.deposits.history import index
from megalis.portal.deposits.interfaces import ISimulation
from plone import api


PROFILE = "profile-megalis.portal:default"


def add_permissions(tool):
    """Give the new permissions to the roles that have them on a new site."""
    api.portal.get_tool("portal_setup").runImportStepFromProfile(PROFILE, "rolemap", run_dependencies=False)


def remember_answers(tool):
    """Note with each company what it deposited before its list was kept."""
    for brain in consultations.find_everywhere():
        consultation = brain._unrestrictedGetObject()
        if not ISimulation.providedBy(consultation):
            for deposit in store.deposits(consultation):
                index.remember(consultation, deposit)
