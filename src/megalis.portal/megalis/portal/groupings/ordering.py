"""Orders of the members on the accord-cadre: each counts against the one maximum, two at the same instant included.

The total is written on the grouping with every order, so that of two orders that meet one runs again and sees the other.
"""

from decimal import Decimal
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.rules import techniques
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings import opening
from megalis.portal.groupings import service
from megalis.portal.groupings import sharing
from megalis.portal.groupings.content import Order
from megalis.portal.groupings.rules import calloffs
from megalis.portal.groupings.rules import shares
from megalis.portal.kernel import clock


BY_ORDERS = (techniques.ORDERS, techniques.BOTH)


def framework(grouping):
    """Return the consultation when it is an accord-cadre that takes orders, else None."""
    consultation = opening.consultation_of(grouping)
    return consultation if consultation is not None and consultation.framework in BY_ORDERS else None


def maximum(grouping):
    """Return the maximum of the accord-cadre (whole euros), or None."""
    found = framework(grouping)
    return found.framework_maximum if found is not None else None


def check_orderable(grouping):
    """Refuse an order on what is no accord-cadre (``commande.cadre``) or not notified yet (``commande.etape``)."""
    found = framework(grouping)
    if found is None:
        raise Refused(
            "commande.cadre",
            "Cette consultation n’est pas un accord-cadre à bons de commande : il n’y a pas de commande à suivre.",
        )
    if consultations.workflow_state(found) not in sharing.LATE:
        raise Refused("commande.etape", "L’accord-cadre n’est pas encore notifié : les commandes s’inscrivent ensuite.")


def standing(grouping, uid=None):
    """Return the orders that count, oldest first, of a member or of all."""
    found = [order for order in grouping.orders.values() if order.cancelled is None and uid in (None, order.uid)]
    return sorted(found, key=lambda order: (order.day, order.at))


def total(grouping, uid=None):
    return sum((order.amount for order in standing(grouping, uid)), Decimal(0))


def own_maximum(grouping, uid):
    """Return what the shares leave to a member of the maximum, lots alike, or None when they are not known for all lots."""
    most, lots = maximum(grouping), sharing.of(grouping)
    if not most or not lots or any(not mine for _number, _title, mine, _basis, _fixed in lots):
        return None
    weights = {member.uid: Decimal(0) for member in grouping.active}
    for _number, _title, mine, _basis, _fixed in lots:
        for key, value in mine.items():
            weights[key] = weights.get(key, Decimal(0)) + value
    return shares.apportion(Decimal(most), weights, Decimal("0.01")).get(uid)


def order(grouping, uid, lot, number, title, amount, day, by=""):
    """Keep an order of a member; Refused ``commande.*``. Members are told when 80 % of the maximum is passed."""
    check_orderable(grouping)
    number, title = " ".join(str(number or "").split())[:60], " ".join(str(title or "").split())[:300]
    if not number:
        raise Refused("commande.numero", "Donnez le numéro du bon de commande.")
    if not title:
        raise Refused("commande.objet", "Dites ce qui est commandé.")
    if day is None or day > clock.paris(clock.now()).date():
        raise Refused("commande.date", "Donnez la date du bon de commande ; elle n’est pas à venir.")
    if lot not in {known for known, _title, _lines in opening.numbers(grouping)}:
        raise Refused("commande.lot", f"Le lot « {str(lot)[:20]} » n’existe pas dans cette consultation.", lot)
    if any(kept.number == number for kept in standing(grouping, uid)):
        raise Refused("commande.double", f"Le bon de commande {number} est déjà inscrit : vérifiez son numéro.", number)
    value, most, before = calloffs.amount(amount), maximum(grouping), total(grouping)
    calloffs.check(value, before, most)
    made = Order(uid, lot, number, title, value, day, clock.now(), by)
    grouping.orders[made.id] = made
    grouping.ordered = before + value
    service.told(
        grouping,
        "commande",
        by,
        membre=grouping.members[uid].name,
        numero=number,
        montant=str(value),
        total=str(before + value),
    )
    was, now = calloffs.gauge(before, most), calloffs.gauge(before + value, most)
    if was.level != now.level:
        text = f"{now.words} : {calloffs.euros(now.ordered)} commandés sur {calloffs.euros(now.maximum)}, il reste {calloffs.euros(now.left)}."
        letters.tell(
            grouping,
            [m.uid for m in grouping.active],
            letters.BUYERS,
            f"Accord-cadre : {now.words.lower()}",
            [text],
            "@@commandes",
            "Voir les commandes",
        )
    return made


def cancel(grouping, key, uids, by=""):
    """Cancel an order of one of the members ``uids``: its amount is free again; Refused ``commande.inconnue``."""
    found = grouping.orders.get(key)
    if found is None or found.cancelled is not None or found.uid not in uids:
        raise Refused("commande.inconnue", "Cette commande n’est pas à annuler ici : rechargez la page.")
    found.cancelled = clock.now()
    grouping.ordered = total(grouping)
    name = grouping.members[found.uid].name
    service.told(grouping, "commande-annulee", by, membre=name, numero=found.number, montant=str(found.amount))
