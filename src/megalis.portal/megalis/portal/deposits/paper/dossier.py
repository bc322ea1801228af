"""What came on paper, in the archive of a consultation: its register, and the receipts that were given."""

from megalis.portal.consultations.dossier.parts import Kept
from megalis.portal.consultations.dossier.parts import step
from megalis.portal.consultations.dossier.parts import Table
from megalis.portal.deposits import register
from megalis.portal.deposits.dossier import may_name
from megalis.portal.deposits.paper import documents
from megalis.portal.deposits.paper import rules
from megalis.portal.deposits.paper import store
from megalis.portal.kernel.interfaces import DossierFile


class Register(Table):
    """The register of paper, when something came."""

    title = "Registre du papier"
    order = 33
    name = "papier"
    columns = documents.COLUMNS

    def is_due(self):
        return bool(store.papers(self.consultation))

    def rows(self):
        named = register.may_name(self.consultation)
        return list(map(documents.cells, documents.rows(self.consultation, named)))


class Receipts(Kept):
    """The receipt of each thing received, once its bearer may be named."""

    title = "Récépissés de ce qui est reçu sur papier"
    folder = "recepisses"
    order = 51

    def found(self):
        return store.papers(self.consultation) if may_name(self.consultation) else []

    def size(self, _item):
        return 0

    def file(self, rank, item):
        title = f"Récépissé {item.number}, {item.company} : {rules.KINDS[item.kind].lower()}"
        data = documents.receipt_pdf(self.consultation, item)
        return DossierFile(f"P{rank:03}-{step(item.company)}.pdf", data, title, item.received)
