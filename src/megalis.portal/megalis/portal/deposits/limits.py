"""Which lots a company may bid for, and how many: counted over all its bids that stand, told before the sending, held after it."""

from megalis.portal.consultations import api
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.rules import allotment
from megalis.portal.deposits import store
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.http import Refusal


BID_FOR = "lots-repondus"


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
    # Two deposits of one company at one instant write the same key: one of them is run again and sees the other.
    facts_for_write(consultation, BID_FOR)[depositor.company] = tuple(sorted({*asked, *standing} - {None}))


def open_lots(consultation, depositor):
    """Return the numbers of the lots this depositor may answer: all, or those of his invitation."""
    numbers = [lot.number for lot in api.lots(consultation)]
    if not api.is_restricted(consultation):
        return numbers
    invitation = invitations.of_company(consultation, depositor.company)
    wanted = invitation.lots if invitation is not None else ()
    return [number for number in numbers if not wanted or number in wanted]


def check_invited(lot, mine):
    """Refuse (403 ``lot-non-invite``) a pli for a lot that is not among those of the invitation (``open_lots``)."""
    if lot not in mine:
        raise Refusal(
            "lot-non-invite",
            f"Votre invitation ne porte pas sur le lot {lot} : retirez-le de votre réponse.",
            403,
        )
