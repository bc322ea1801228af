"""Acts made public on paper: the choice of a small commune, voted, and the days its acts are posted.

Source: CGCT, L. 2131-1 (IV) and R. 2131-1: a commune of under 3,500 inhabitants may choose, by a délibération, to post its acts or
to publish them on paper; without one they are published on line. The choice and its délibération stand on the public register,
the days of posting on each act.
"""

from datetime import date
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes.history import remember
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from plone.uuid.interfaces import IUUID


def on_paper(acte):
    """Tell whether the collectivité of an act chose paper."""
    return registres.reglages(registres.around(acte))["publication"] != rules.ON_LINE


def note(acte, start, end, today, by=""):
    """Note when an act was posted or published on paper, and until when (dates; ``end`` None while it still is).

    Refused: ``affichage.regime``, ``.acquittement``, ``.individuel``, ``.date``.
    """
    if not on_paper(acte):
        raise Refused(
            "affichage.regime",
            "Votre collectivité publie en ligne : l’affichage ne compte pas. Une commune de moins de 3 500 habitants change "
            "de régime sur « Réglages », avec sa délibération.",
        )
    found = rules.posting_findings(acte.nature, acte.etat, acte.date_decision, start, end, today)
    if found:
        refusal = Refused(found[0].code, " ".join(item.message for item in found))
        refusal.findings = found
        raise refusal
    acte.posted_from, acte.posted_until = start, end
    how = rules.REGIMES[registres.reglages(registres.around(acte))["publication"]].lower()
    until = f" au {end:%d/%m/%Y}" if end else ""
    remember(acte, f"Rendu public ({how}) du {start:%d/%m/%Y}{until}", by=by)
    told = {"type": "acte-affichage", "acte": IUUID(acte), "du": start.isoformat()}
    if end:
        told["au"] = end.isoformat()
    journal.record(acte, told)
    if acte.slip is not None:
        outcome.stamp(acte)
        outcome.write_slip(acte)


def made_public(acte):
    """Return the day an act was made public, on line or on paper: the first of them; None when it was not."""
    return rules.first_public(outcome.published_day(acte), acte.posted_from)


def day_of(text):
    """Return the date of a form field, None when it is empty; Refused ``affichage.date``."""
    text = str(text).strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("affichage.date", f"« {text[:20]} » n’est pas une date : choisissez un jour.", text) from error
