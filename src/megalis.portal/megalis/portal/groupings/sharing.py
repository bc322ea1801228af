"""What each member owes of each lot: proposed from the needs, fixed by the coordinator, made into contract lines at award."""

from decimal import Decimal
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.meeting import IJointPurchase
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings import opening
from megalis.portal.groupings import service
from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import shares
from megalis.portal.groupings.rules import units
from megalis.portal.kernel import clock
from zope.interface import implementer


LATE = (phase.NOTIFIEE, phase.ARCHIVEE)


def proposed(grouping, lines):
    """Return ``({uid: per cent}, basis)`` that the needs propose for some lines."""
    table = surveying.table(grouping)
    wanted = {line.id for line in lines}
    rows = [row for row in table.rows if row.line.id in wanted]
    mine = {uid: {row.line.id: row.by[uid] or Decimal(0) for row in rows} for uid in table.members}
    return shares.proposed(lines, mine)


def of(grouping):
    """Return ``[(number, title, {uid: per cent}, basis, fixed)]`` of each lot of the consultation."""
    found = []
    for number, title, lines in opening.numbers(grouping):
        kept = grouping.shares.get(number)
        if kept is not None:
            found.append((number, title, dict(kept), grouping.bases.get(number, shares.BY_HAND), True))
        else:
            found.append((number, title, *proposed(grouping, lines), False))
    return found


def parts(grouping, number):
    """Return ``{uid: per cent}`` of a lot, {} when nobody knows yet."""
    return next((mine for lot, _title, mine, _basis, _fixed in of(grouping) if lot == number), {})


def check_changeable(grouping):
    """Refuse (``parts.notifiee``) to change shares of which contracts were made, or (``parts.ouverture``) too early ones."""
    consultation = opening.consultation_of(grouping)
    if consultation is None:
        raise Refused("parts.ouverture", "Les parts se règlent une fois la consultation ouverte.")
    if consultations.workflow_state(consultation) in LATE:
        raise Refused(
            "parts.notifiee",
            "Le marché est notifié : les contrats de chaque membre sont faits, les parts ne changent plus.",
        )


def fix(grouping, typed, by=""):
    """Fix the shares of lots: ``{number: {uid: text}}``; Refused ``parts.*`` naming the lot. Members are told."""
    check_changeable(grouping)
    names = {member.uid: member.name for member in grouping.active}
    current = {number: (mine, basis) for number, _title, mine, basis, _fixed in of(grouping)}
    kept = {}
    for number, texts in typed.items():
        if number not in current:
            raise Refused("parts.lot", f"Le lot « {number} » n’existe pas dans cette consultation.", number)
        try:
            kept[number] = shares.check(texts, names)
        except Refused as refused:
            raise Refused(
                refused.code, f"Lot {number} : {refused.message}" if number else refused.message, refused.value
            ) from refused
    for number, mine in kept.items():
        before, basis = current[number]
        grouping.bases[number] = basis if mine == before else shares.BY_HAND
        grouping.shares[number] = mine
    grouping.fixed = clock.now()
    said = {number: {names[uid]: units.shown(value) for uid, value in mine.items()} for number, mine in kept.items()}
    service.told(grouping, "parts", by, parts=said)
    letters.tell(
        grouping,
        list(names),
        letters.BUYERS,
        "Parts du groupement arrêtées",
        ["La part de chaque membre est arrêtée, lot par lot."],
        "@@parts",
        "Voir ma part",
    )


def awarded(grouping, number):
    """Return ``(names of the holders, amount or None)`` of a lot once it is decided, ("", None) before."""
    consultation = opening.consultation_of(grouping)
    if consultation is None or consultations.state(consultation) not in (phase.DECIDEE, *LATE):
        return "", None
    kept = consultations.decisions(consultation).get(number)
    if kept is None or kept["decision"] != decisions.ATTRIBUE:
        return "", None
    amount = kept.get("amount")
    return decisions.holder_names(kept), None if amount is None else Decimal(str(amount))


@implementer(IJointPurchase)
class Purchase:
    """See the interface."""

    def __init__(self, grouping):
        self.grouping = grouping

    def purchasers(self, lot, amount):
        mine = parts(self.grouping, lot)
        if not mine:
            return []
        owed = shares.split(Decimal(str(amount)), mine) if amount is not None else dict.fromkeys(mine)
        places = {uid: letters.collectivite(uid) for uid in mine}
        if None in places.values():
            return []
        order = [member.uid for member in self.grouping.active if member.uid in mine]
        return [(places[uid], owed[uid]) for uid in order]

    def partners(self):
        uids = [member.uid for member in self.grouping.active if member.uid != self.grouping.coordinator]
        return [place for place in map(letters.collectivite, uids) if place is not None]


def joint_purchase(consultation):
    """Adapt a consultation that was opened from a grouping; None for any other."""
    grouping = opening.grouping_of(consultation)
    return Purchase(grouping) if grouping is not None else None
