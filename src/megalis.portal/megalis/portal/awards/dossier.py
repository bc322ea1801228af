"""What the award puts into the archive of a consultation: the analysis, the minutes of commissions, the signed documents."""

from megalis.portal.awards import analysis
from megalis.portal.awards import meetings
from megalis.portal.awards import reports
from megalis.portal.awards import signing
from megalis.portal.awards import store
from megalis.portal.consultations import api
from megalis.portal.consultations.dossier.parts import Part
from megalis.portal.consultations.dossier.parts import step
from megalis.portal.formats import tables
from megalis.portal.kernel.interfaces import DossierFile


class Analysis(Part):
    """The report of the analysis and its table."""

    title = "Analyse des offres"
    folder = "attribution"
    order = 75
    reads_bids = True

    def _is_due(self):
        return store.of(self.consultation) is not None and not analysis.obstacle(self.consultation)

    def weigh(self):
        return (2 if self._is_due() else 0), 0

    def __call__(self):
        if self._is_due():
            yield DossierFile("analyse.pdf", reports.analysis_pdf(self.consultation), "Rapport d’analyse des offres")
            columns, rows = reports.analysis_table(self.consultation)
            yield DossierFile("analyse.csv", b"".join(tables.csv_chunks(columns, rows)), "Analyse des offres, table")


class Minutes(Part):
    """The minutes of the commissions that judged it."""

    title = "Procès-verbaux des commissions"
    folder = "attribution"
    order = 76
    reads_bids = True

    def _found(self):
        uid = api.uuid(self.consultation)
        every = reversed(meetings.every(api.buyer(self.consultation)))
        return [item for item in every if item.minutes and any(row["consultation"] == uid for row in item.agenda)]

    def weigh(self):
        found = self._found()
        return len(found), sum(item.minutes.size for item in found)

    def __call__(self):
        for rank, item in enumerate(self._found(), 1):
            title = f"Procès-verbal, {item.title}"
            yield DossierFile(f"pv-commission-{rank:02}.pdf", item.minutes.blob, title, item.at)


class Signed(Part):
    """The documents that were signed outside and put back."""

    title = "Documents signés"
    folder = "attribution"
    order = 77
    reads_bids = True

    def weigh(self):
        found = signing.documents(self.consultation)
        return len(found), sum(item.piece.size for item in found)

    def __call__(self):
        for rank, item in enumerate(signing.documents(self.consultation), 1):
            name = f"signes/{rank:03}-{step(item.piece.name)}"
            yield DossierFile(
                name, item.piece.blob, f"{item.piece.name}, {signing.SIGNATORIES[item.signed_by]}", item.at
            )
