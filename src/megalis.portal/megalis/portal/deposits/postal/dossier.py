"""What was asked by post, in the archive of a consultation."""

from megalis.portal.consultations.dossier.parts import Table
from megalis.portal.deposits.postal import register
from megalis.portal.deposits.postal import store


class Register(Table):
    """The register of postal sendings, when somebody asked for one."""

    title = "Registre des envois postaux"
    order = 34
    name = "envois-postaux"
    columns = register.COLUMNS

    def is_due(self):
        return bool(store.requests(self.consultation))

    def rows(self):
        return list(map(register.cells, store.requests(self.consultation)))
