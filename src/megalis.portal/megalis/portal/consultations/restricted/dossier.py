"""Who was invited, in the archive of a restricted consultation."""

from megalis.portal.consultations import api
from megalis.portal.consultations.dossier.parts import Table
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import posting


class Register(Table):
    """The register of invitations, when there are some."""

    title = "Registre des invitations"
    order = 35
    name = "invitations"
    columns = posting.COLUMNS

    def is_due(self):
        return api.is_restricted(self.consultation) and bool(invitations.every(self.consultation))

    def rows(self):
        return list(map(posting.cells, posting.register(self.consultation)))
