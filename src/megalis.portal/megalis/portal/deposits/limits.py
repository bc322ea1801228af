"""How many lots a company may bid for: counted over all its bids that stand, told before the sending, held after it."""

from megalis.portal.consultations.rules import allotment
from megalis.portal.deposits import store
from megalis.portal.kernel.http import Refusal


def standing_lots(deposits, replaced=None):
    """Return ``{deposit id: [lot numbers]}`` of the deposits that count, but the one that is replaced."""
    return {
        deposit.id: sorted({pli.lot for pli in deposit.plis if pli.lot})
        for deposit in deposits
        if deposit.state == store.RECEIVED and not deposit.late and deposit is not replaced
    }


def check_lots(consultation, depositor, asked, replaced):
    """Refuse (409 ``lots``) a deposit that makes a company bid for more lots than the consultation lets it."""
    limit = consultation.max_lots_bid
    if limit is None:
        return
    mine = [deposit for deposit in store.deposits(consultation) if deposit.company == depositor.company]
    standing = [lot for lots in standing_lots(mine, replaced).values() for lot in lots]
    refused = allotment.too_many_bid(asked, standing, limit)
    if refused:
        raise Refusal("lots", refused, 409, lots_max=limit)
