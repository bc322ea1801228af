"""What the award puts into the archive of a consultation: the analysis, the minutes of commissions, the signed documents.

Who takes an archive reads all that on its pages: it does not wait for the files of opened bids, which few are ever filed.
"""

from megalis.portal.awards import analysis
from megalis.portal.awards import meetings
from megalis.portal.awards import reports
from megalis.portal.awards import signing
from megalis.portal.awards import store
from megalis.portal.consultations import api
from megalis.portal.consultations.dossier.parts import Kept
from megalis.portal.consultations.dossier.parts import Made
from megalis.portal.consultations.dossier.parts import step
from megalis.portal.formats import tables
from megalis.portal.kernel.interfaces import DossierFile


class Analysis(Made):
    """The report of the analysis and its table."""

    title = "Analyse des offres"
    folder = "attribution"
    order = 75
    count = 2

    def is_due(self):
        return store.of(self.consultation) is not None and not analysis.obstacle(self.consultation)

    def files(self):
        yield DossierFile("analyse.pdf", reports.analysis_pdf(self.consultation), "Rapport d’analyse des offres")
        columns, rows = reports.analysis_table(self.consultation)
        yield DossierFile("analyse.csv", b"".join(tables.csv_chunks(columns, rows)), "Analyse des offres, table")


class Minutes(Kept):
    """The minutes of the commissions that judged it."""

    title = "Procès-verbaux des commissions"
    folder = "attribution"
    order = 76

    def found(self):
        uid = api.uuid(self.consultation)
        every = reversed(meetings.every(api.buyer(self.consultation)))
        return [item for item in every if item.minutes and any(row["consultation"] == uid for row in item.agenda)]

    def size(self, item):
        return item.minutes.size

    def file(self, rank, item):
        title = f"Procès-verbal, {item.title}"
        return DossierFile(f"pv-commission-{rank:02}.pdf", item.minutes.blob, title, item.at)


class Signed(Kept):
    """The documents that were signed outside and put back."""

    title = "Documents signés"
    folder = "attribution"
    order = 77

    def found(self):
        return signing.documents(self.consultation)

    def size(self, item):
        return item.piece.size

    def file(self, rank, item):
        title = f"{item.piece.name}, {signing.SIGNATORIES[item.signed_by]}"
        return DossierFile(f"signes/{rank:03}-{step(item.piece.name)}", item.piece.blob, title, item.at)
