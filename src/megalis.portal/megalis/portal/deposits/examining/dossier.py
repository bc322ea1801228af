"""What was found in the opened documents, in the archive of the consultation."""

from megalis.portal.consultations.dossier import tables
from megalis.portal.consultations.dossier.parts import Part
from megalis.portal.deposits.dossier import may_name
from megalis.portal.deposits.examining import signatures
from megalis.portal.formats.tables import Column
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import DossierFile

import json


COLUMNS = [
    Column(name)
    for name in (
        "Opérateur économique", "Lot", "Enveloppe", "Document", "Signature", "Forme", "Indication", "Sous-indication",
        "Motif", "Signataire", "Émetteur", "Niveau", "Signé le (déclaré)", "Jugé au",
    )
]  # fmt: skip


class Signatures(Part):
    """The reports on signatures, when somebody asked for them."""

    title = "Vérification des signatures"
    folder = "signatures"
    order = 75
    reads_bids = True

    def _last(self):
        found = signatures.last(self.consultation)
        return found if found is not None and found.done and may_name(self.consultation) else None

    def weigh(self):
        return (3 if self._last() is not None else 0), 0

    def __call__(self):
        found = self._last()
        if found is None:
            return
        value = {
            "verifie": clock.rfc3339(found.done),
            "demande_par": found.agent,
            "plis": [{**pli, "reports": list(pli["reports"]), "unsigned": list(pli["unsigned"])} for pli in found.plis],
        }
        data = json.dumps(value, ensure_ascii=False, indent=1).encode()
        yield DossierFile("signatures.json", data, f"{self.title} (rapports)", found.done)
        rows = [
            (
                pli["bidder"], pli["lot"], pli["envelope"], one.document, one.carrier, f"{one.kind} {one.form}",
                one.indication, one.sub, one.reason, one.signer, one.issuer, one.level, one.claimed, one.moment,
            )
            for pli, one in signatures.reports(found)
        ]  # fmt: skip
        yield from tables.files(
            "signatures", self.title, COLUMNS, rows, (22, 8, 14, 24, 24, 16, 18, 18, 28, 18, 18, 14, 14, 14)
        )
