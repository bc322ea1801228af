"""The transfer of a PES flow: the flow as it was sent, and each acknowledgement the Trésor gave it."""

from dataclasses import dataclass
from datetime import date
from datetime import timedelta
from megalis.portal.formats.actes.deadlines import plus_months
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda.model import DESTROY
from megalis.portal.formats.seda.model import KEEP
from megalis.portal.formats.seda.model import Objet
from megalis.portal.formats.seda.model import Regle
from megalis.portal.formats.seda.model import Unite
from megalis.portal.formats.seda.model import Versement


# What the national archives recommend for bordereaux, mandats, titres and their pièces justificatives held by an ordonnateur, in the
# instructions DAF/DPACI/RES/2008/008 (5 May 2008) and DAF/DPACI/RES/2009/018 (28 August 2009), as tables of departmental archives
# quote them; their own text was not at hand. An archive service may ask for another: its agreement rules (``regle``).
YEARS = 10


@dataclass(frozen=True, slots=True)
class Acquittement:
    """An acknowledgement: the day it came, what it came to in French, its file."""

    recu: date
    resultat: str
    fichier: Objet


@dataclass(frozen=True, slots=True)
class DossierFlux:
    """A flow as it is archived. ``emis`` is its own date; ``exercices``: its years; ``mots``: what else one searches by."""

    nomfic: str
    codcol: str
    budget: str
    emis: date | None
    envoi: date
    fichier: Objet
    acquittements: tuple[Acquittement, ...]
    exercices: tuple[str, ...] = ()
    mots: tuple[str, ...] = ()
    resume: str = ""


def runs_from(dossier):
    """Return the day the time of keeping runs from: the end of the last exercise, else the last acknowledgement."""
    years = [int(year) for year in dossier.exercices if year.isascii() and year.isdigit() and 1900 < int(year) < 9000]
    return date(max(years) + 1, 1, 1) if years else dossier.acquittements[-1].recu


def conservation(dossier, code=""):
    """Return the ``Regle`` of a flow: eliminated in the end under the rule ``code`` of the agreement, kept without one.

    A final fate without a duration would let a service destroy the very day it takes charge: without a rule nothing is destroyed.
    """
    return Regle(code, runs_from(dossier), DESTROY) if code else Regle(sort=KEEP)


def kept_until(dossier):
    """Return the last day of the recommended time, as a sentence."""
    start = runs_from(dossier)
    end = plus_months(start, 12 * YEARS) - timedelta(days=1)
    what = "l’exercice" if dossier.exercices else "l’acquittement"
    return (
        f"Pièces comptables à conserver {YEARS} ans à compter de la fin de {what}, jusqu’au {end:%d/%m/%Y} "
        "(durée recommandée, instructions DAF/DPACI/RES/2008/008 et 2009/018), sauf durée fixée par l’accord de versement."
    )


def versement(dossier, identifiant, instant, service_archives, service_versant, producteur, **options):
    """Return the ``Versement`` of a flow; raise ``Refused`` (``seda.acquittement``) when the Trésor has not answered.

    ``options``: ``accord``, ``profil``, ``niveau_service`` of the ``Versement``; ``regle``, code of the rule it is eliminated under,
    in that agreement; ``acces``, ``Regle`` of the flow.
    """
    if not dossier.acquittements:
        raise Refused(
            "seda.acquittement",
            f"Le flux « {dossier.nomfic[:100]} » ne s’archive qu’avec l’acquittement du Trésor : attendez-le.",
            dossier.nomfic,
        )
    answered = dossier.acquittements[-1].recu
    code = options.pop("regle", "")
    when = f" en date du {dossier.emis:%d/%m/%Y}" if dossier.emis else ""
    root = Unite(
        f"Flux comptable {dossier.nomfic}{when} de {dossier.budget or dossier.codcol}",
        "RecordGrp",
        description=" ".join(filter(None, (f"{dossier.resume}." if dossier.resume else "", kept_until(dossier)))),
        identifiant=f"{dossier.nomfic} {dossier.codcol}",
        type_document="Flux PES",
        mots=(*(f"Exercice {year}" for year in dossier.exercices), *dossier.mots),
        cree=dossier.emis,
        envoye=dossier.envoi,
        recu=answered,
        conservation=conservation(dossier, code),
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
