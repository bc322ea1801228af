"""The rows an operator adds to the tables of the law: read as they are typed, refused when they leave gaps or overlap.

A row of a site covers days after or among those of the shipped table; it may not leave days that no row covers, nor
meet another row of the site on the same days. What was published under a row keeps it (see ``consultations.legal``).
"""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import Missing
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.money import euros


DAY = timedelta(days=1)
MOST_DAYS = 400
NATURES = (*laws.NATURES, "concession")
MONEY = 10**9


def title(table, key):
    """Return the French name of a row's key."""
    if table == laws.THRESHOLDS:
        return laws.BUYERS.get(key, key)
    return laws.TECHNIQUES.get(key) or PROCEDURES.get(key, key)


def findings(table, row, law):
    """Return what is wrong (blocking Missing) with a JSON row that would be added to ``table`` of ``law``."""
    found = _form(table, row)
    if found:
        return found
    parsed = laws.READERS[table](row, laws.SITE)
    found += _values(table, parsed)
    if not found:
        found += _place(table, parsed, law)
    return found


def _wrong(code, text):
    return Missing(code, text, "@@regles-des-procedures")


def _form(table, row):
    key = row.get("buyer" if table == laws.THRESHOLDS else "procedure")
    known = laws.BUYERS if table == laws.THRESHOLDS else {**PROCEDURES, **laws.TECHNIQUES}
    found = []
    if key not in known:
        found.append(_wrong("regle.nom", f"« {key} » n’est pas une ligne connue : choisissez dans la liste."))
    for name, words in (("from", "début"), ("to", "fin")):
        try:
            date.fromisoformat(row.get(name) or "")
        except ValueError:
            text = f"Date de {words} : « {row.get(name) or ''} » n’est pas une date, comme 2028-01-01."
            found.append(_wrong("regle.date", text))
    if not str(row.get("source") or "").strip():
        found.append(_wrong("regle.source", "La source manque : citez l’article ou le décret, les agents le liront."))
    return found


def _values(table, row):
    found = []
    if row.end < row.start:
        text = f"La fin ({row.end:%d/%m/%Y}) précède le début ({row.start:%d/%m/%Y}) : inversez-les."
        found.append(_wrong("regle.dates", text))
    numbers = _threshold_numbers(row) if table == laws.THRESHOLDS else _procedure_numbers(row)
    for words, value, most in numbers:
        if value is not None and not 0 <= value <= most:
            found.append(_wrong("regle.nombre", f"{words} : {value}. Donnez un nombre de 0 à {most}."))
    if table == laws.PROCEDURES:
        found += _reductions(row)
    else:
        found += _order(row)
    return found


def _procedure_numbers(row):
    for phase, delay in row.delays.items():
        for name in ("days", "electronic", "urgent", "prior"):
            yield f"Délai « {phase} »", getattr(delay, name), MOST_DAYS
    yield "Suspension avant signature", row.standstill, MOST_DAYS
    yield "Délai conseillé", row.advised_days, MOST_DAYS
    yield "Durée maximale en mois", row.max_months, 1200


def _threshold_numbers(row):
    for name in ("formal", "joue", "boamp", "dispense"):
        for nature, value in getattr(row, name).items():
            yield f"Seuil « {name} », {nature}", value, MONEY


def _reductions(row):
    found = []
    if not row.phases or set(row.delays) - set(row.phases):
        found.append(_wrong("regle.phases", "Chaque délai porte sur une phase de la procédure : corrigez les phases."))
    for phase, delay in row.delays.items():
        for value in (delay.electronic, delay.urgent, delay.prior):
            if value is not None and (delay.days is None or value > delay.days):
                text = f"Délai « {phase} » : un délai réduit ({value} jours) dépasse le délai entier. Corrigez l’un des deux."
                found.append(_wrong("regle.reduction", text))
    return found


def _order(row):
    found = []
    for nature in NATURES:
        dispense, boamp, formal = (getattr(row, name).get(nature) for name in ("dispense", "boamp", "formal"))
        if nature != "concession" and formal is None:
            found.append(_wrong("regle.seuil", f"{nature.capitalize()} : le seuil des procédures formalisées manque."))
        elif formal is not None and max(dispense or 0, boamp or 0) > formal:
            text = (
                f"{nature.capitalize()} : la dispense et l’avis national viennent avant le seuil des procédures formalisées "
                f"({euros(formal)}). Corrigez l’ordre."
            )
            found.append(_wrong("regle.ordre", text))
    return found


def _place(table, row, law):
    name = title(table, row.id)
    others = [other for other in law.rows(table) if other.id == row.id]
    own = [other for other in others if other.origin == laws.SITE]
    for other in own:
        if row.start <= other.end and other.start <= row.end:
            text = (
                f"{name} : une ligne ajoutée couvre déjà du {other.start:%d/%m/%Y} au {other.end:%d/%m/%Y}. "
                "Retirez-la d’abord, ou changez les dates."
            )
            return [_wrong("regle.recouvrement", text)]
    if not others:
        return []
    before = max((other.end for other in others if other.end < row.start), default=None)
    touches = any(other.start <= row.start <= other.end for other in others)
    if not touches and before is not None and before + DAY < row.start:
        text = (
            f"{name} : aucune ligne ne couvrirait du {before + DAY:%d/%m/%Y} au {row.start - DAY:%d/%m/%Y}. "
            f"Faites commencer celle-ci le {before + DAY:%d/%m/%Y}."
        )
        return [_wrong("regle.trou", text)]
    after = min((other.start for other in others if other.start > row.end), default=None)
    if not touches and before is None and after is not None and row.end + DAY < after:
        text = (
            f"{name} : aucune ligne ne couvrirait du {row.end + DAY:%d/%m/%Y} au {after - DAY:%d/%m/%Y}. "
            f"Faites finir celle-ci le {after - DAY:%d/%m/%Y}."
        )
        return [_wrong("regle.trou", text)]
    return []
