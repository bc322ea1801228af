"""The transfer of a PES flow: the flow as it was sent, and each acknowledgement the Trésor gave it."""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda.model import DESTROY
from megalis.portal.formats.seda.model import Objet
from megalis.portal.formats.seda.model import Regle
from megalis.portal.formats.seda.model import Unite
from megalis.portal.formats.seda.model import Versement


@dataclass(frozen=True, slots=True)
class Acquittement:
    """An acknowledgement: the day it came, what it came to in French, its file."""

    recu: date
    resultat: str
    fichier: Objet


@dataclass(frozen=True, slots=True)
class DossierFlux:
    """A flow as it is archived. ``emis`` is its own date; ``mots``: years, numbers of bordereaux, what one searches by."""

    nomfic: str
    codcol: str
    budget: str
    emis: date | None
    envoi: date
    fichier: Objet
    acquittements: tuple[Acquittement, ...]
    mots: tuple[str, ...] = ()
    resume: str = ""


def versement(dossier, identifiant, instant, service_archives, service_versant, producteur, **options):
    """Return the ``Versement`` of a flow; raise ``Refused`` (``seda.acquittement``) when the Trésor has not answered.

    ``options``: ``accord``, ``profil``, ``niveau_service`` of the ``Versement``; ``conservation`` and ``acces``, ``Regle`` of the
    flow (by default destroyed in the end: the accounts themselves are kept by the accountant).
    """
    if not dossier.acquittements:
        raise Refused(
            "seda.acquittement",
            f"Le flux « {dossier.nomfic[:100]} » ne s’archive qu’avec l’acquittement du Trésor : attendez-le.",
            dossier.nomfic,
        )
    answered = dossier.acquittements[-1].recu
    conservation = options.pop("conservation", None) or Regle(sort=DESTROY)
    when = f" en date du {dossier.emis:%d/%m/%Y}" if dossier.emis else ""
    root = Unite(
        f"Flux comptable {dossier.nomfic}{when} de {dossier.budget or dossier.codcol}",
        "RecordGrp",
        description=dossier.resume,
        identifiant=f"{dossier.nomfic} {dossier.codcol}",
        type_document="Flux PES",
        mots=dossier.mots,
        cree=dossier.emis,
        envoye=dossier.envoi,
        recu=answered,
        conservation=conservation,
        acces=options.pop("acces", None),
        sous=(
            Unite("Flux PES Aller", "Item", cree=dossier.emis, envoye=dossier.envoi, fichiers=(dossier.fichier,)),
            Unite("Acquittements du Trésor", "RecordGrp", sous=tuple(map(_answer, dossier.acquittements))),
        ),
    )
    comment = f"Transfert du flux comptable {dossier.nomfic} et de ses acquittements"
    return Versement(identifiant, instant, comment, service_archives, service_versant, producteur, (root,), **options)


def _answer(item):
    title = f"Acquittement du {item.recu:%d/%m/%Y} : {item.resultat}"
    return Unite(title, "Item", type_document="PES_ACQUIT", recu=item.recu, fichiers=(item.fichier,))
