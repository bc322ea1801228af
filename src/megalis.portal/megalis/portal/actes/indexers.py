"""What the catalog knows of an act: where it stands for agents, what the public register is searched by."""

from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes.interfaces import IActe
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import states
from plone.indexer import indexer


@indexer(IActe)
def acte_etat(acte):
    """The name of its state."""
    return acte.etat


@indexer(IActe)
def acte_numero(acte):
    """Its number."""
    return acte.numero or ""


@indexer(IActe)
def acte_nature(acte):
    """The number of its nature."""
    return acte.nature or 0


@indexer(IActe)
def nature(acte):
    """Nothing: the index of that name sorts the natures of consultations, which are words."""
    raise AttributeError("nature")


@indexer(IActe)
def acte_matieres(acte):
    """The code of its matière and those above: ``8.4.1`` is found under 8, 8.4 and 8.4.1."""
    parts = (acte.matiere or "").split(".")
    return [".".join(parts[: rank + 1]) for rank in range(len(parts)) if parts[0]]


@indexer(IActe)
def acte_date(acte):
    """The day of its decision as an int, 20260316; 0 without one."""
    return int(f"{acte.date_decision:%Y%m%d}") if acte.date_decision else 0


@indexer(IActe)
def acte_ordre(acte):
    """Its place on the register: the day of its decision, then its number, 2026_9 before 2026_10."""
    return rules.order(acte.date_decision, acte.numero, acte.number)


@indexer(IActe)
def rang(acte):
    """Its place in lists of what came in: the number the site gave it, so that no two are equal and none ever moves."""
    return acte.number


@indexer(IActe)
def acte_publie(acte):
    """When it was published, aware UTC, or None."""
    return acte.published_at


@indexer(IActe)
def acte_retire(acte):
    """True when it was taken off the register."""
    return bool(acte.unpublished_reason)


@indexer(IActe)
def acte_public(acte):
    """The SIREN of its collectivité while it is on the public register; nothing otherwise, so that its lengths count those."""
    if acte.published_at is None or acte.unpublished_reason:
        raise AttributeError("acte_public")
    return registres.collectivite_of(acte).siren


@indexer(IActe)
def acte_demande(acte):
    """True while its preparer waits for somebody to transmit it."""
    return acte.submitted_at is not None and acte.etat == states.BROUILLON


@indexer(IActe)
def acte_courrier(acte):
    """True while a letter of the préfecture waits for an answer."""
    waiting = (states.COURRIER_RECU, states.COURRIER_ACQUITTE)
    letters = acte.dossier.courriers if acte.dossier else ()
    return any(item.etat in waiting and lifecycle.LETTRES[item.code].reponses for item in letters)


@indexer(IActe)
def searchable_text(acte):
    """Its number, object, matière, and the names of its files."""
    words = [acte.numero or "", acte.objet or "", acte.matiere or "", acte.identifier, rules.state_label(acte.etat)]
    return " ".join([*words, *(piece.name for piece in acte.pieces or ())])
