"""The notices in the archive of a whole consultation: the bytes that left, what became of each, the proofs."""

from megalis.portal.consultations.dossier.parts import as_json
from megalis.portal.consultations.dossier.parts import Part
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import store
from megalis.portal.kernel.interfaces import DossierFile


ENDINGS = {store.EFORMS: "xml", store.SHORT: "xml", store.TEXT: "txt"}


class Notices(Part):
    """``avis/``: a folder a notice, in the order they were sent."""

    title = "Avis de publicité"
    folder = "avis"
    order = 15

    def weigh(self):
        records = store.every(self.consultation)
        proofs = [item.proof for item in records if item.proof is not None]
        count = len(records) + sum(1 for item in records if item.size) + len(proofs)
        return count, sum(item.size for item in records) + sum(proof.size for proof in proofs)

    def __call__(self):
        for rank, item in enumerate(store.every(self.consultation), 1):
            place = f"{rank:02d}-{item.support}-{item.kind}"
            title = f"{lifecycle.KINDS[item.kind]}, {item.support}"
            if item.size:
                yield DossierFile(f"{place}/avis.{ENDINGS[item.form]}", item.data, title, item.made)
            yield DossierFile(f"{place}/suivi.json", _life(item), f"{title} : échanges", item.made)
            if item.proof is not None:
                yield DossierFile(f"{place}/{item.proof.name}", item.proof.blob, f"{title} : justificatif", item.made)


def _life(item):
    told = {
        "support": item.support,
        "genre": item.kind,
        "forme": item.form,
        "sousType": item.subtype,
        "identifiant": item.business_id if item.notice else "",
        "etat": item.state,
        "sha256": item.sha256,
        "envoye": item.sent,
        "recu": item.received,
        "reference": item.reference,
        "parution": item.published_on,
        "adresse": item.link,
        "motifs": [{"code": one.code, "message": one.message} for one in item.reasons],
        "journal": item.newspaper,
        "echanges": [
            {"le": row["at"], "quoi": row["what"], "detail": row["detail"], "par": row["by"]} for row in item.history
        ],
    }
    return as_json(told)
