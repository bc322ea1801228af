"""What was found in the opened documents, in the archive of the consultation."""

from megalis.portal.consultations.dossier import tables
from megalis.portal.consultations.dossier.parts import as_json
from megalis.portal.consultations.dossier.parts import Made
from megalis.portal.deposits.dossier import may_name
from megalis.portal.deposits.examining import signatures
from megalis.portal.formats.tables import Column
from megalis.portal.kernel.interfaces import DossierFile


COLUMNS = [
    Column(name)
    for name in (
        "Opérateur économique", "Lot", "Enveloppe", "Document", "Signature", "Forme", "Indication", "Sous-indication",
        "Motif", "Signataire", "Émetteur", "Niveau", "Signé le (déclaré)", "Jugé au",
    )
]  # fmt: skip


class Signatures(Made):
    """The reports on signatures, when somebody asked for them."""

    title = "Vérification des signatures"
    folder = "signatures"
    order = 75
    reads_bids = True
    count = 3

    def is_due(self):
        found = signatures.last(self.consultation)
        return found is not None and found.done and may_name(self.consultation)

    def files(self):
        found = signatures.last(self.consultation)
        value = {
            "verifie": found.done,
            "demande_par": found.agent,
            "plis": [{**pli, "reports": list(pli["reports"]), "unsigned": list(pli["unsigned"])} for pli in found.plis],
        }
        yield DossierFile("signatures.json", as_json(value), f"{self.title} (rapports)", found.done)
        rows = [
            (
                pli["bidder"], pli["lot"], pli["envelope"], one.document, one.carrier, f"{one.kind} {one.form}",
                one.indication, one.sub, one.reason, one.signer, one.issuer, one.level, one.claimed, one.moment,
            )
            for pli, one in signatures.reports(found)
        ]  # fmt: skip
        yield from tables.files("signatures", self.title, COLUMNS, rows)
