"""``/redaction-renvois``: old addresses that lead to new ones, kept by plone.app.redirector."""

from megalis.portal.editorial.desk.base import DeskPage
from megalis.portal.formats.refusal import Refused
from plone.app.redirector.interfaces import IRedirectionStorage
from zope.component import getUtility

import re


ADDRESS = re.compile(r"/[\w./~@+%-]{1,290}")


def check(old, new):
    """Return the two addresses without a slash at the end; Refused ``renvoi.adresse``, ``renvoi.boucle``."""
    found = []
    for address in (old, new):
        address = address.strip().rstrip("/")
        if not ADDRESS.fullmatch(address) or ".." in address or "//" in address:
            raise Refused(
                "renvoi.adresse", f"« {address[:60]} » : écrivez une adresse du site, comme /services/marches.", address
            )
        found.append(address)
    if found[0] == found[1] or found[1].startswith(f"{found[0]}/"):
        raise Refused("renvoi.boucle", "Cette adresse mènerait à elle-même : changez l’une des deux.", old)
    return tuple(found)


class Moved(DeskPage):
    """The list, and one more."""

    page_title = "Adresses qui ont changé"
    page_intro = "Qui suit un ancien lien arrive à la bonne page."

    @property
    def root(self):
        return "/".join(self.site.getPhysicalPath())

    @property
    def storage(self):
        return getUtility(IRedirectionStorage)

    @property
    def rows(self):
        cut = len(self.root)
        return sorted(
            (old[cut:], (self.storage.get(old) or "")[cut:]) for old in self.storage if old.startswith(f"{self.root}/")
        )[:500]

    def do_ajouter(self):
        old, new = check(self.field("ancienne"), self.field("nouvelle"))
        if self.site.unrestrictedTraverse(old.lstrip("/"), None) is not None:
            raise Refused("renvoi.existe", f"« {old} » existe : une page ne se renvoie pas ailleurs.", old)
        if self.site.unrestrictedTraverse(new.lstrip("/"), None) is None:
            raise Refused("renvoi.nulle-part", f"« {new} » n’existe pas : vérifiez la nouvelle adresse.", new)
        self.storage.add(self.root + old, self.root + new, manual=True)
        self.done("Renvoi ajouté.")

    def do_retirer(self):
        old = self.root + self.field("ancienne")
        if old in self.storage:
            self.storage.remove(old)
        self.done("Renvoi retiré.")
