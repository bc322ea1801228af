"""What may change once companies have read the consultation, and what may not.

Source: R. 2151-4: the deadline is put off in proportion when the documents are changed in a way that matters; equal
treatment (L. 3) forbids taking time away from those who already work on an answer.
"""

from datetime import timedelta
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import Missing
from megalis.portal.kernel import clock


PAGE = "@@rectifier"
SHORT = timedelta(days=6)


def lots_touched(changes):
    """Return the numbers of the lots that changes are about (their ``lots``); empty when one of them is everybody's."""
    found = [tuple(change.get("lots") or ()) for change in changes]
    return tuple(sorted({number for lots in found for number in lots})) if all(found) else ()


def concerns(lots, touched):
    """True when who has to do with ``lots`` (empty, or one without number: with all) has to do with those ``touched``."""
    return not touched or not lots or not all(lots) or not set(touched).isdisjoint(lots)


def deadline_may(old, first_deposit, earliest=""):
    """Return in words how the deadline ``old`` may move; ``earliest``: the first day the time owed allows, in words, or ""."""
    if old is None:
        return "Elle n’est pas fixée."
    now = f"Aujourd’hui : le {clock.french(old)}."
    if first_deposit is not None:
        return f"{now} Un pli est arrivé : elle ne peut plus qu’être reculée."
    least = f", au plus tôt le {earliest}" if earliest else ""
    return f"{now} Aucun pli n’est arrivé : elle peut être reculée, ou avancée sans réduire le temps dû aux entreprises{least}."


def deadline_moved(old, new):
    """Return what to say of a deadline that moved, "" when it did not."""
    if old is None or new is None or old == new:
        return ""
    return f"Date limite {'reculée' if new > old else 'avancée'} au {clock.french(new)}."


def told(people, deadline_changed):
    """Return who was told of a rectification: ``people`` addresses."""
    if people:
        return f"{people} destinataires prévenus." if people > 1 else "Un destinataire prévenu."
    words = "Personne ne s’était identifié : aucun courriel n’est parti"
    return f"{words}, la page publique porte la nouvelle date." if deadline_changed else f"{words}."


def rectification_findings(old, new, first_deposit, now, reason, pieces_changed, changed):
    """Return the findings about a rectification at ``now``.

    ``old`` and ``new`` deadlines are aware datetimes; ``first_deposit`` the instant of the first deposit or None;
    ``pieces_changed`` and ``changed`` (any field) booleans. The deadline is moved only later, unless nobody has
    deposited yet; it is always in the future; a closed consultation is not rectified.
    """
    found = []
    if old is not None and now >= old:
        return [
            Missing(
                "rectification.close",
                f"La consultation est close depuis le {clock.french(old, seconds=True)} : elle ne se rectifie plus.",
                PAGE,
            )
        ]
    if not reason.strip():
        found.append(Missing("rectification.motif", "Dites pourquoi : le motif part avec l’avis rectificatif.", PAGE))
    if new is None or new <= now:
        found.append(Missing("deadline.passee", "La nouvelle date limite doit être à venir.", PAGE, source="R. 2151-1"))
    elif old is not None and new < old and first_deposit is not None:
        found.append(
            Missing(
                "rectification.avancee",
                f"Un pli a été déposé le {clock.french(first_deposit, seconds=True)} : la date limite ne peut plus "
                f"qu’être reculée, après le {clock.french(old)}.",
                PAGE,
                source="L. 3, égalité de traitement",
            )
        )
    if not (changed or pieces_changed or new != old):
        found.append(Missing("rectification.vide", "Rien ne change : modifiez une date, un texte ou une pièce.", PAGE))
    if pieces_changed and new == old and old is not None and old - now < SHORT:
        found.append(
            Missing(
                "rectification.delai",
                "Les pièces changent moins de six jours avant la date limite : reculez-la en proportion.",
                PAGE,
                ADVICE,
                "R. 2151-4",
            )
        )
    return found
