"""To 20261126220: certificates are found by their digest; letters of the préfecture wait for software until it marks them as read."""

from BTrees.OOBTree import OOBTree
from megalis.portal.actes import letters
from megalis.portal.formats.actes import states
from megalis.portal.organisations import people
from plone import api


def index_certificates(tool):
    """Find again the accounts of the certificates that were registered."""
    door = people.door()
    door.certificates = OOBTree()
    for userid, account in door.accounts.items():
        if account.certificate is not None:
            door.set_certificate(userid, account.certificate)


def let_letters_wait(tool):
    """The letters that nobody answered are those software has not read."""
    catalog = api.portal.get_tool("portal_catalog")
    for brain in catalog.unrestrictedSearchResults(portal_type="Acte", acte_courrier=True):
        acte = brain._unrestrictedGetObject()
        for item in acte.dossier.courriers:
            if item.etat in (states.COURRIER_RECU, states.COURRIER_ACQUITTE):
                letters.arrived(acte, (item.code, item.date))
