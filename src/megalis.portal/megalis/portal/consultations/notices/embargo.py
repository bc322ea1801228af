"""The embargo: nothing is read on the profile before the Official Journal, or 48 hours after it said it has the notice.

Source: article R. 2131-19 of the Code de la commande publique, directive 2014/24/EU, article 52. The 48 hours run from
the acknowledgement of receipt, not from our sending.
"""

from datetime import timedelta
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules.checklist import NOTICE
from megalis.portal.consultations.rules.thresholds import JOUE
from megalis.portal.kernel import clock


WAIT = timedelta(hours=48)
SOURCE = "R. 2131-19"


def free_at(received, published):
    """Return the instant from which the profile may show what the Official Journal has, or None while nothing says.

    ``received``: when it acknowledged receipt; ``published``: when its publication was known; each an instant or None.
    """
    ends = [moment for moment in (published, received + WAIT if received else None) if moment is not None]
    return min(ends, default=None)


def findings(supports, lives, connected, now):
    """Return what the embargo says (list of Missing) of a publication on the profile at ``now``.

    ``supports``: where the notice goes; ``lives``: ``(kind, state, received, published)`` of what was sent to the Official
    Journal, oldest first; ``connected``: whether this platform sends notices there.
    """
    if JOUE not in supports:
        return []
    calls = [life for life in lives if life[0] == lifecycle.CALL and life[1] != lifecycle.GIVEN_UP]
    if not calls:
        text = "L’avis n’est pas parti au Journal officiel de l’Union européenne"
        if connected:
            remedy = (
                " : envoyez-le, la consultation paraît ici à sa publication, ou 48 heures après l’accusé de réception."
            )
            return [Missing("avis.embargo", text + remedy, NOTICE, source=SOURCE)]
        remedy = " d’ici : la plateforme n’y est pas reliée. Assurez-vous qu’il y est paru, ou reçu depuis 48 heures."
        return [Missing("avis.joue-ailleurs", text + remedy, NOTICE, ADVICE, SOURCE)]
    _kind, state, received, published = calls[-1]
    if state == lifecycle.REFUSED:
        text = "Le Journal officiel a refusé l’avis : corrigez ce qu’il reproche et renvoyez-le."
        return [Missing("avis.refuse", text, NOTICE, source=SOURCE)]
    free = free_at(received, published)
    if free is None:
        text = "Le Journal officiel n’a pas encore accusé réception de l’avis : la consultation paraît ici après lui."
        return [Missing("avis.embargo", text, NOTICE, source=SOURCE)]
    if now < free:
        text = (
            f"Le Journal officiel a reçu l’avis le {clock.french(received, seconds=True)} : la consultation peut paraître "
            f"ici dès sa publication, au plus tard le {clock.french(free, seconds=True)}."
        )
        return [Missing("avis.embargo", text, NOTICE, source=SOURCE)]
    return []
