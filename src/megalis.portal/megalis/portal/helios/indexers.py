"""What the catalog knows of a flow: where it stands, what lists and statistics show of it."""

from megalis.portal.formats.pes import states
from megalis.portal.helios.interfaces import IFluxPES
from plone.indexer import indexer


MOST = 200  # numbers of bordereaux one can search by


@indexer(IFluxPES)
def pes_etat(flux):
    """The name of its state."""
    return flux.etat


@indexer(IFluxPES)
def pes_demande(flux):
    """True while its preparer waits for somebody to transmit it."""
    return flux.submitted_at is not None and flux.etat == states.DEPOSE


@indexer(IFluxPES)
def rang(flux):
    """Its place in lists: the number the site gave it at its deposit, so that no two are equal and none ever moves."""
    return flux.number


@indexer(IFluxPES)
def pes_resume(flux):
    """What a list shows: budget, years, amount, counts, the three instants of its life, errors."""
    found = flux.lecture.summary if flux.lecture is not None else {}
    return {
        "budget": flux.entete.budget or flux.entete.cod_bud,
        "exercices": ", ".join(found.get("exercices", ())),
        "montant": found.get("montant_ht", ""),
        "bordereaux": found.get("bordereaux", 0),
        "pieces": found.get("pieces", 0),
        "depose": flux.deposited_at,
        "transmis": flux.sent_at,
        "repondu": flux.answered_at,
        "detruit": flux.destroyed_at is not None,
        "erreurs": len(flux.lecture.errors) if flux.lecture is not None else 0,
    }


@indexer(IFluxPES)
def searchable_text(flux):
    """Its names, its budget, its sender, the numbers of its bordereaux."""
    entete = flux.entete
    words = [
        entete.nomfic,
        flux.filename,
        flux.sent_as,
        entete.budget,
        entete.emetteur,
        entete.cod_col,
        entete.collectivite,
    ]
    numbers = [tete.numero for tete in (flux.lecture.tetes if flux.lecture is not None else ())[:MOST]]
    return " ".join([*words, *numbers, states.ETATS[flux.etat].libelle])


@indexer(IFluxPES)
def nature(flux):
    """Nothing: the index of that name sorts the natures of consultations, which are words."""
    raise AttributeError("nature")
