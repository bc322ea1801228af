"""What agents write in the analysis of the bids.

Nobody's work is overwritten silently: a form says what it had before its eyes, and what another changed meanwhile is
refused with his name.
"""

from megalis.portal.awards import analysis
from megalis.portal.awards import store
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import scoring
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import phase
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex


MOST_ADDED = 100


def check_open(consultation):
    """Refuse (``analyse.etape``) to write out of turn."""
    why = analysis.obstacle(consultation)
    if why:
        raise Refused("analyse.etape", why)
    if api.state(consultation) != phase.ANALYSE:
        words = api.state_label(consultation)
        raise Refused(
            "analyse.etape", f"L’analyse ne s’écrit qu’à son étape ; la consultation est à l’étape « {words} »."
        )


def keep(consultation, lot, edits, by):
    """Write what a form sends: ``edits`` is ``[(key, seen, values)]``; return how many rows changed.

    ``seen`` is the digest the form was shown. A row sent back as it was shown is left alone, whatever another wrote in it
    meanwhile. Refused ``analyse.conflit`` names who changed the same row, and nothing is written.
    """
    check_open(consultation)
    if lot not in gathering.decision_numbers(consultation):
        raise Refused("analyse.lot", f"Le lot « {lot[:20]} » n’existe pas dans cette consultation.")
    known = {line.key: line for line in analysis.lines(consultation, lot)}
    changed, conflicts = [], []
    for key, seen, values in edits:
        line = known.get(key)
        if line is None:
            raise Refused("analyse.offre", "Une offre de ce formulaire n’existe plus : rechargez la page.", key)
        values = {**line.values, **values}
        if bid.digest(values) in (seen, line.seen):
            continue
        if seen != line.seen:
            conflicts.append((line, values))
        else:
            bid.check_row(line, values)
            changed.append((line, values))
    if conflicts:
        raise Refused("analyse.conflit", " ".join(bid.conflict(*pair) for pair in conflicts[:3]))
    for line, values in changed:
        write(consultation, line, values, by)
    return len(changed)


def write(consultation, line, values, by):
    """Keep the values of a row, and tell the journal which."""
    now = clock.now()
    award = store.for_write(consultation)
    kept = award.rows.get((line.lot, line.key))
    before = {**bid.EMPTY, **(kept.values if kept is not None else {})}
    if kept is None:
        kept = award.rows[line.lot, line.key] = store.Row({}, by, now)
    kept.values = {**kept.values, **{name: values[name] for name in bid.EMPTY}}
    kept.by, kept.at = by, now
    fields = {name: _told(values[name]) for name in bid.EMPTY if values[name] != before[name]}
    event = {"type": "analyse", **workflow.identity(consultation), "lot": line.lot, "offre": line.key}
    journal.record(consultation, {**event, "entreprise": line.title, "champs": fields, "par": by}, instant=now)


def _told(value):
    if isinstance(value, tuple):
        return [_told(item) for item in value]
    return value if value is None or isinstance(value, bool | str) else str(value)


def add(consultation, lot, name, siret, variant, of, by):
    """Add a bid that came otherwise, or a variant of one that is there (``of`` its key); return its key."""
    check_open(consultation)
    if lot not in gathering.decision_numbers(consultation):
        raise Refused("analyse.lot", f"Le lot « {lot[:20]} » n’existe pas dans cette consultation.")
    known = {line.key: line for line in analysis.lines(consultation, lot)}
    name, variant = " ".join(name.split())[:300], " ".join(variant.split())[:60]
    if of and of not in known:
        raise Refused("analyse.offre", "L’offre de base de cette variante n’existe plus : rechargez la page.", of)
    if of and known[of].state == bid.SEALED:
        raise Refused("analyse.scellee", f"« {known[of].name} » : son offre reste scellée, variantes comprises.")
    if of:
        name, siret = known[of].name, known[of].siret
        variant = variant or f"variante {1 + sum(line.name == name and bool(line.variant) for line in known.values())}"
    if not name:
        raise Refused("analyse.nom", "Nommez l’entreprise dont l’offre est arrivée autrement que par la plateforme.")
    if sum(line.state == bid.BY_HAND for line in known.values()) >= MOST_ADDED:
        raise Refused("analyse.nombre", f"{MOST_ADDED} offres ajoutées à la main sur ce lot : c’est la limite.")
    number = operators.company(siret)
    same = [
        line
        for line in known.values()
        if line.variant == variant
        and (line.name.casefold() == name.casefold() or (number and operators.company(line.siret) == number))
    ]
    if same:
        raise Refused("analyse.double", f"« {same[0].title} » est déjà dans la table de ce lot.")
    key, now = uuidhex(), clock.now()
    values = {**bid.EMPTY, "name": name, "siret": siret, "variant": variant, "of": of}
    store.for_write(consultation).rows[lot, key] = store.Row(values, by, now)
    event = {"type": "analyse", **workflow.identity(consultation), "lot": lot, "offre": key, "entreprise": name}
    journal.record(consultation, {**event, "fait": "ajout", "variante": variant, "par": by}, instant=now)
    return key


def set_method(consultation, values, by):
    """Keep the method; Refused ``analyse.methode|seuil``."""
    check_open(consultation)
    known = {"formula": scoring.FORMULAS, "scale": scoring.SCALES, "against": lowprice.REFERENCES}
    for name, allowed in known.items():
        if values[name] not in allowed:
            raise Refused("analyse.methode", f"« {str(values[name])[:30]} » n’est pas proposé : rechargez la page.")
    if store.method(consultation) == values:
        return
    store.for_write(consultation).method.update(values)
    told = {name: _told(value) if not isinstance(value, int) else str(value) for name, value in values.items()}
    event = {"type": "analyse", **workflow.identity(consultation), "fait": "methode", "methode": told, "par": by}
    journal.record(consultation, event)
