"""The analysis of the bids, lot by lot: what agents write of each, what the rules make of it.

The rows are the bids that stand after the closing, and those an agent adds (paper, variants). Nobody's work is overwritten
silently: a form says what it had before its eyes, and what another changed meanwhile is refused with his name.
"""

from dataclasses import dataclass
from dataclasses import field
from hashlib import sha256
from megalis.portal.awards import store
from megalis.portal.awards.rules import lowprice
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import ranking
from megalis.portal.consultations import workflow
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import opening
from megalis.portal.deposits import store as deposits
from megalis.portal.deposits.grouping import store as grouping
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex


REGULAR = "reguliere"
STANDINGS = {
    REGULAR: "Régulière",
    "irreguliere": "Irrégulière",
    "inacceptable": "Inacceptable",
    "inappropriee": "Inappropriée",
    "basse": "Anormalement basse, rejetée",
}
LOW = {"": "Rien à signaler", "demandee": "Justification demandée", "justifiee": "Prix justifié"}
EMPTY = {
    "admissible": None,
    "reason": "",
    "standing": REGULAR,
    "amount": None,
    "options": None,
    "marks": (),
    "rank": None,
    "members": (),
    "low": "",
    "remark": "",
}
LABELS = {
    "admissible": "candidature",
    "reason": "motif",
    "standing": "offre",
    "amount": "montant",
    "options": "options",
    "marks": "notes",
    "rank": "rang",
    "members": "groupement",
    "low": "prix bas",
    "remark": "observation",
}
OPENED, WAITING, SEALED, UNREADABLE, BY_HAND = "ouverte", "attente", "scellee", "illisible", "ajoutee"
MOST_ADDED = 100


@dataclass
class Line:
    """A bid on a lot: who, what was written (``values``), what follows (``verdict``, ``low``).

    ``form`` is that of the group which its pli tells ("" of none, or of one that agents typed).
    """

    key: str
    lot: str
    name: str
    siret: str = ""
    company: str = ""
    deposit: str = ""
    state: str = OPENED
    variant: str = ""
    lots: tuple = ()
    form: str = ""
    values: dict = field(default_factory=lambda: dict(EMPTY))
    by: str = ""
    at: object = None
    verdict: scoring.Verdict = field(default_factory=scoring.Verdict)
    low: lowprice.Suspicion | None = None

    @property
    def seen(self):
        """What a form sends back to say which values it showed."""
        return digest(self.values)

    @property
    def title(self):
        return f"{self.name}, {self.variant}" if self.variant else self.name

    @property
    def standing(self):
        """True while the bid is compared: its candidature is not refused, the bid is regular and could be read."""
        return (
            self.values["admissible"] is not False
            and self.values["standing"] == REGULAR
            and self.state not in (SEALED, UNREADABLE)
        )

    @property
    def rank(self):
        """The rank counted, or the one given by hand where criteria bear no points."""
        return self.verdict.rank or (self.values["rank"] if self.standing else None)


def digest(values):
    """Return what tells two states of a row apart."""
    return sha256(repr([(name, values[name]) for name in EMPTY]).encode()).hexdigest()[:16]


def lot_of(consultation, number):
    """Return the ILot of a number, or None; looked for without putting 200 lots in order."""
    return next((item for item in consultation.objectValues() if number and _is(item, number)), None)


def _is(item, number):
    return ILot.providedBy(item) and item.number == number


def criteria(consultation, lot):
    """Return the scoring.Criterion tuple of a lot: its own criteria, or those of the consultation."""
    own = getattr(lot_of(consultation, lot), "criteria", ())
    return scoring.criteria_of(own or consultation.criteria, store.method(consultation)["price"])


def estimate(consultation, lot):
    """Return the estimate of a lot in euros, or None."""
    if not lot:
        return consultation.estimated_value
    return getattr(lot_of(consultation, lot), "estimated_value", None)


def obstacle(consultation):
    """Return why there is nothing to analyse yet, or ''."""
    state = api.state(consultation)
    if state in (*phase.DRAFTS, phase.PUBLIEE, phase.CLOSE):
        return "L’analyse commence quand les plis sont ouverts : ils restent scellés jusque-là."
    if state == phase.ANNULEE:
        return "La consultation est annulée : ses plis restent scellés."
    if ranking.names_hidden(consultation):
        return "Les candidats restent anonymes jusqu’au classement du jury : l’analyse par entreprise le suit."
    return ""


def is_open(consultation):
    """True while agents may write in the analysis."""
    return api.state(consultation) == phase.ANALYSE and not obstacle(consultation)


def received(consultation):
    """Return ``{lot: [Line]}`` of the bids that stand, in the order of their arrival; nothing while they are unknown."""
    if obstacle(consultation):
        return {}
    every = {deposit.id: deposit for deposit in deposits.deposits(consultation)}
    joint = grouping.shown(consultation)
    found, lots_of = {}, {}
    for row in opening.rows(consultation):
        if row["enveloppe"] == "candidature" or row["etat"] not in ("a-ouvrir", "attente", "ecarte"):
            continue
        lot, deposit = row["lot"] or "", every[row["depot"]]
        lots_of.setdefault(deposit.company, {})[lot] = True
        line = found.setdefault(lot, {}).get(deposit.id)
        if line is None:
            line = found[lot][deposit.id] = Line(
                deposit.id, lot, deposit.name, operators.known(deposit.siret), deposit.company, deposit.id
            )
            line.values["members"] = _members(joint.get(deposit.id), lot)
            line.form = joint[deposit.id].get("forme", "") if line.values["members"] else ""
        line.state = _worse(line.state, _state(row))
    for lines in found.values():
        for line in lines.values():
            line.lots = tuple(lot for lot in lots_of[line.company] if lot)
    return {lot: list(lines.values()) for lot, lines in found.items()}


def _members(composition, lot):
    """Return the members of a group as the composition found in its pli tells them: the agents need not type them again."""
    if composition is None or (lot and composition["lots"] and lot not in composition["lots"]):
        return ()
    return tuple((row["nom"], row["siret"]) for row in composition["membres"])


def _state(row):
    if row["etat"] == "ecarte":
        return SEALED
    if row["verdict"] is None:
        return WAITING
    return OPENED if row["verdict"]["verdict"] == "intact" else UNREADABLE


def _worse(one, other):
    order = (OPENED, WAITING, UNREADABLE, SEALED)
    return max(one, other, key=order.index)


def lines(consultation, lot, known=None):
    """Return the Lines of a lot, judged; ``known`` is ``received`` when the caller has it already."""
    known = received(consultation) if known is None else known
    written = store.rows(consultation, lot)
    if obstacle(consultation):
        return []
    found = list(known.get(lot, ()))
    by_key = {line.key: line for line in found}
    for key, row in written.items():
        line = by_key.get(key)
        if line is None:
            line = _added(key, lot, row.values, by_key)
            found.append(line)
        line.values = {**EMPTY, **{name: row.values[name] for name in EMPTY if name in row.values}}
        line.by, line.at = row.by, row.at
    selected, concluded = api.selection(consultation)
    for line in found:
        if line.values["admissible"] is None and concluded is not None:
            line.values = {**line.values, "admissible": selected.get((line.company, line.lot), {}).get("admitted")}
    judge(consultation, lot, found)
    return found


def _added(key, lot, values, known):
    base = known.get(values.get("of", ""))
    line = Line(key, lot, values["name"], values.get("siret", ""), state=BY_HAND, variant=values.get("variant", ""))
    if base is not None:
        line.name, line.siret, line.company, line.deposit = base.name, base.siret, base.company, base.deposit
        line.lots, line.state = base.lots, base.state
    return line


def judge(consultation, lot, found):
    """Give each Line its verdict and its suspicion."""
    how = store.method(consultation)
    asked = criteria(consultation, lot)
    bids = [
        scoring.Bid(line.key, store.compared(line.values, how["options"]), line.values["marks"], line.standing)
        for line in found
    ]
    verdicts = scoring.judge(asked, bids, how["formula"], how["scale"])
    prices = {bid.key: bid.price for bid in bids if bid.standing and bid.price}
    low = lowprice.suspicions(prices, estimate(consultation, lot), how["ratio"], how["against"])
    for line in found:
        line.verdict = verdicts.get(line.key, scoring.Verdict())
        line.low = low.get(line.key)


def ordered(found):
    """Return the Lines by rank, those without one after, those excluded last."""
    return sorted(found, key=lambda line: (not line.standing, line.rank or 10_000, line.title.casefold()))


def check_open(consultation):
    """Refuse (``analyse.etape``) to write out of turn."""
    why = obstacle(consultation)
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
    known = {line.key: line for line in lines(consultation, lot)}
    changed, conflicts = [], []
    for key, seen, values in edits:
        line = known.get(key)
        if line is None:
            raise Refused("analyse.offre", "Une offre de ce formulaire n’existe plus : rechargez la page.", key)
        values = {**line.values, **values}
        if digest(values) in (seen, line.seen):
            continue
        if seen != line.seen:
            conflicts.append((line, values))
        else:
            check_row(line, values)
            changed.append((line, values))
    if conflicts:
        raise Refused("analyse.conflit", " ".join(_conflict(*pair) for pair in conflicts[:3]))
    for line, values in changed:
        write(consultation, line, values, by)
    return len(changed)


def _conflict(line, mine):
    names = [LABELS[name] for name in EMPTY if line.values[name] != mine[name]]
    at = clock.french(line.at, seconds=True, weekday=False) if line.at else "entre-temps"
    return (
        f"« {line.title} » : {line.by or 'une autre personne'} a enregistré cette ligne le {at}, pendant que vous l’aviez "
        f"sous les yeux. Différences : {', '.join(names)}. Rien n’est enregistré : vos saisies sont gardées ci-dessous ; "
        "enregistrez de nouveau pour les mettre à la place des siennes."
    )


def check_row(line, values):
    """Refuse values that the rules forbid: ``analyse.motif``, ``analyse.scellee``."""
    written = values["amount"] is not None or any(mark is not None for mark in values["marks"])
    if line.state == SEALED and written:
        raise Refused(
            "analyse.scellee",
            f"« {line.name} » : sa candidature n’est pas retenue, son offre reste scellée et ne se note pas.",
        )
    excluded = values["admissible"] is False or values["standing"] != REGULAR
    if excluded and not values["reason"].strip():
        raise Refused(
            "analyse.motif",
            f"« {line.title} » est écartée : écrivez le motif, l’entreprise en sera informée (R. 2181-1).",
        )


def write(consultation, line, values, by):
    """Keep the values of a row, and tell the journal which."""
    now = clock.now()
    award = store.for_write(consultation)
    kept = award.rows.get((line.lot, line.key))
    before = {**EMPTY, **(kept.values if kept is not None else {})}
    if kept is None:
        kept = award.rows[line.lot, line.key] = store.Row({}, by, now)
    kept.values = {**kept.values, **{name: values[name] for name in EMPTY}}
    kept.by, kept.at = by, now
    fields = {name: _told(values[name]) for name in EMPTY if values[name] != before[name]}
    event = {"type": "analyse", **workflow.identity(consultation), "lot": line.lot, "offre": line.key}
    journal.record(consultation, {**event, "entreprise": line.title, "champs": fields, "par": by}, instant=now)


def _told(value):
    if isinstance(value, tuple):
        return [_told(item) for item in value]
    return value if value is None or isinstance(value, bool | str) else str(value)


def add(consultation, lot, name, siret, variant, of, by):
    """Add a bid that came otherwise (paper), or a variant of one that is there (``of`` its key); return its key."""
    check_open(consultation)
    if lot not in gathering.decision_numbers(consultation):
        raise Refused("analyse.lot", f"Le lot « {lot[:20]} » n’existe pas dans cette consultation.")
    known = {line.key: line for line in lines(consultation, lot)}
    name, variant = " ".join(name.split())[:300], " ".join(variant.split())[:60]
    if of and of not in known:
        raise Refused("analyse.offre", "L’offre de base de cette variante n’existe plus : rechargez la page.", of)
    if of and known[of].state == SEALED:
        raise Refused("analyse.scellee", f"« {known[of].name} » : son offre reste scellée, variantes comprises.")
    if of:
        name, siret = known[of].name, known[of].siret
        variant = variant or f"variante {1 + sum(line.name == name and bool(line.variant) for line in known.values())}"
    if not name:
        raise Refused("analyse.nom", "Nommez l’entreprise dont l’offre est arrivée autrement que par la plateforme.")
    if sum(line.state == BY_HAND for line in known.values()) >= MOST_ADDED:
        raise Refused("analyse.nombre", f"{MOST_ADDED} offres ajoutées à la main sur ce lot : c’est la limite.")
    same = [line for line in known.values() if (line.name.casefold(), line.variant) == (name.casefold(), variant)]
    if same:
        raise Refused("analyse.double", f"« {same[0].title} » est déjà dans la table de ce lot.")
    key, now = uuidhex(), clock.now()
    values = {**EMPTY, "name": name, "siret": siret, "variant": variant, "of": of}
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


def summary(consultation, numbers=None):
    """Return one dict a lot (all, or those of ``numbers``): ``lot, title, bids, standing, priced, first, low, done``."""
    known = received(consultation)
    titles = {lot.number: lot.title for lot in api.lots(consultation)}
    found = []
    for number in gathering.decision_numbers(consultation) if numbers is None else numbers:
        rows = lines(consultation, number, known)
        standing = [line for line in rows if line.standing]
        first = [line for line in standing if line.rank == 1]
        found.append(
            {
                "lot": number,
                "title": titles.get(number, consultation.title),
                "bids": len(rows),
                "standing": len(standing),
                "priced": sum(line.values["amount"] is not None for line in standing),
                "first": first,
                "low": [line for line in standing if line.low is not None and not line.values["low"]],
                "done": bool(standing) and all(line.rank for line in standing),
            }
        )
    return found


def told_marks(consultation, line):
    """Return ``Prix 52,5/60, Technique 30/40`` of a judged Line."""
    found = []
    for criterion, points in zip(criteria(consultation, line.lot), line.verdict.points, strict=False):
        if points is not None:
            top = f"/{typed.shown(criterion.weight)}" if criterion.weight is not None else ""
            found.append(f"{criterion.name} : {typed.shown(points)}{top}")
    return ", ".join(found)
