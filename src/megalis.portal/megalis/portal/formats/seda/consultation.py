"""The transfer of a consultation: its archive as units of description, a unit a folder."""

from megalis.portal.formats.seda.model import Unite
from megalis.portal.formats.seda.model import Versement


RETENTION = (
    "Dossier de passation conservé cinq ans à compter de la notification, pièces contractuelles dix ans à compter de la fin "
    "du marché (CCP, art. R. 2184-12 et R. 2184-13)."
)


def versement(
    identifiant,
    instant,
    titre,
    reference,
    parties,
    service_archives,
    service_versant,
    producteur,
    debut=None,
    **options,
):
    """Return the ``Versement`` of a consultation.

    ``parties`` is a list of ``(title, ((title, Objet), ...))``, in the order of the archive; ``debut`` the day of the
    publication; ``options``: ``accord``, ``profil``, ``niveau_service`` of the ``Versement``.
    """
    root = Unite(
        f"Consultation {reference} : {titre}",
        "RecordGrp",
        description=RETENTION,
        identifiant=reference,
        type_document="Dossier de consultation",
        cree=debut,
        sous=tuple(
            Unite(title, "RecordGrp", sous=tuple(Unite(name, "Item", fichiers=(item,)) for name, item in files))
            for title, files in parties
            if files
        ),
    )
    comment = f"Transfert du dossier de la consultation {reference}"
    return Versement(identifiant, instant, comment, service_archives, service_versant, producteur, (root,), **options)
