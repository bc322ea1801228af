"""To 20261126001: what the search, the companies' dashboards and the worker read was not kept by former sites."""

from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import dossiers
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.deposits import setuphandlers
from megalis.portal.deposits import store
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.organisations import people
from plone.app.uuid.utils import uuidToObject

import logging


logger = logging.getLogger("megalis.upgrades")

INDEX = "simulation"


def index_simulation(tool):
    """Give the catalog the index and the column that keep the room of trials out of lists and counts."""
    catalog = tool.aq_parent.portal_catalog
    if INDEX not in catalog.indexes():
        catalog.addIndex(INDEX, "BooleanIndex", {"indexed_attr": INDEX})
    if INDEX not in catalog.schema():
        catalog.addColumn(INDEX)
    brains = catalog.unrestrictedSearchResults(portal_type=["Consultation", "Collectivite"])
    for brain in brains:
        catalog.reindexObject(brain._unrestrictedGetObject(), idxs=[INDEX], update_metadata=1)
    logger.info("%d entries told whether they are of the room of trials", len(brains))


def remember_dossiers(tool):
    """Note with each company the consultations whose dossier it took or that it answered."""
    count = 0
    for brain in consultations.find_everywhere():
        consultation = brain._unrestrictedGetObject()
        if ISimulation.providedBy(consultation):
            continue
        for company in _companies(consultation):
            dossiers.remember(company, consultation)
            count += 1
    logger.info("%d dossiers remembered", count)


def _companies(consultation):
    """Return the companies (content) that follow the consultation or sent a bid, each once."""
    found = {}
    for item in withdrawals.followers(consultation):
        person = people.get(item.userid) if item.userid else None
        company = person.entreprise if person is not None else None
        if company is not None:
            found[company.UID()] = company
    for deposit in store.deposits(consultation):
        company = uuidToObject(deposit.company, unrestricted=True)
        if company is not None:
            found[deposit.company] = company
    return found.values()


def queue_uploads(tool):
    """Note at the site where uploads are under way: there the worker looks for those that nobody will finish."""
    setuphandlers.prepare(tool.aq_parent)
    for brain in consultations.find_everywhere():
        consultation = brain._unrestrictedGetObject()
        if store.under_way(consultation):
            store.queue(consultation)


def give_permissions(tool):
    """Give the roles of the site the permissions that came with the exchanges between buyers and companies."""
    tool.runImportStepFromProfile("profile-megalis.portal:default", "rolemap")
