"""The transfer of an act: the act and its annexes, the exchange with the préfecture, its acknowledgement."""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes.classification import builtin
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda.model import Objet
from megalis.portal.formats.seda.model import Regle
from megalis.portal.formats.seda.model import Unite
from megalis.portal.formats.seda.model import Versement


TITLES = {
    "1-1": "Message de transmission de l’acte",
    "1-2": "Accusé de réception de l’acte",
    "1-3": "Anomalie de l’acte",
    "ANO": "Anomalie de l’enveloppe",
    "2-1": "Courrier simple de la préfecture",
    "2-2": "Réponse au courrier simple",
    "3-1": "Demande de pièces complémentaires",
    "3-2": "Accusé de réception de la demande de pièces",
    "3-3": "Refus de transmettre les pièces",
    "3-4": "Transmission des pièces complémentaires",
    "3-5": "Accusé de réception des pièces",
    "4-1": "Lettre d’observations",
    "4-2": "Accusé de réception de la lettre d’observations",
    "4-3": "Rejet de la lettre d’observations",
    "4-4": "Réponse à la lettre d’observations",
    "4-5": "Accusé de réception de la réponse aux observations",
    "5-1": "Déféré au tribunal administratif",
    "6-1": "Demande d’annulation de la transmission",
    "6-2": "Accusé de réception de l’annulation",
}


@dataclass(frozen=True, slots=True)
class Echange:
    """A message of the exchange: its code, its day, its XML and the files it names."""

    code: str
    date: date
    xml: Objet
    fichiers: tuple[Objet, ...] = ()


@dataclass(frozen=True, slots=True)
class DossierActe:
    """An act as it is archived. ``echanges`` begin with the 1-1 and hold the 1-2; ``bordereau`` and ``tamponne`` are ours."""

    id_acte: str
    acte: model.Acte
    matiere: str
    document: Objet
    annexes: tuple[Objet, ...]
    echanges: tuple[Echange, ...]
    envoi: date
    reception: date
    publication: date | None = None
    bordereau: Objet | None = None
    tamponne: Objet | None = None


def versement(dossier, identifiant, instant, service_archives, service_versant, producteur, **options):
    """Return the ``Versement`` of an act; raise ``Refused`` (``seda.acquittement``) when the préfecture has not it.

    ``options``: ``accord``, ``profil``, ``niveau_service`` of the ``Versement``; ``conservation`` and ``acces``, ``Regle``
    of the act (by default kept for ever: délibérations and arrêtés are).
    """
    codes = [echange.code for echange in dossier.echanges]
    if "1-1" not in codes or "1-2" not in codes:
        raise Refused(
            "seda.acquittement",
            f"L’acte « {dossier.acte.numero} » ne s’archive qu’avec son message 1-1 et son acquittement 1-2 : attendez-le.",
            dossier.id_acte,
        )
    conservation = options.pop("conservation", Regle(sort="Keep"))
    acces = options.pop("acces", None)
    nature = builtin().natures.get(dossier.acte.nature)
    label = nature.libelle if nature else "Acte"
    root = Unite(
        f"{label} {dossier.acte.numero} : {dossier.acte.objet}",
        "RecordGrp",
        identifiant=dossier.id_acte,
        type_document=label,
        mots=tuple(filter(None, (dossier.matiere,))),
        cree=dossier.acte.date,
        envoye=dossier.envoi,
        recu=dossier.reception,
        enregistre=dossier.publication,
        conservation=conservation,
        acces=acces,
        sous=tuple(_units(dossier)),
    )
    comment = f"Transfert de l’acte {dossier.id_acte}, de son échange avec la préfecture et de son acquittement"
    return Versement(identifiant, instant, comment, service_archives, service_versant, producteur, (root,), **options)


def _units(dossier):
    yield Unite("Acte", "Item", cree=dossier.acte.date, fichiers=(dossier.document,))
    for rank, annexe in enumerate(dossier.annexes, 1):
        yield Unite(f"Annexe {rank} : {annexe.nom}", "Item", fichiers=(annexe,))
    ours = (("Acte tamponné", dossier.tamponne), ("Bordereau d’acquittement", dossier.bordereau))
    for title, item in ours:
        if item:
            yield Unite(title, "Item", fichiers=(item,))
    yield Unite("Échange avec la préfecture", "RecordGrp", sous=tuple(map(_exchange, dossier.echanges)))


def _exchange(echange):
    sent_by = model.AnomalieEnveloppe if echange.code == "ANO" else model.CODES[echange.code]
    received = model.sender_of(sent_by) == model.PREFECTURE
    return Unite(
        TITLES[echange.code],
        "RecordGrp" if echange.fichiers else "Item",
        type_document=f"Message {echange.code}",
        recu=echange.date if received else None,
        envoye=None if received else echange.date,
        fichiers=(echange.xml, *echange.fichiers),
    )
