"""What the tests of the room do over and over: deposit a bid, expect a refusal."""

from megalis.portal.deposits import service
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from tests.deposits.scene import bid

import pytest


OFFER = ("1", "offre", {"prix é.pdf": b"%PDF-1.4 prix"})
CANDIDACY = ("1", "candidature", {"dc1.pdf": b"%PDF-1.4 dc1"})


def deposit(scene, *plis, at=None, bidder=None, **more):
    """Seal and deposit ``plis`` (both envelopes without any) for the bidder of the scene; return the Deposit."""
    demand, tails = bid(scene.consultation, bidder or scene.bidder, *(plis or (CANDIDACY, OFFER)), **more)
    found, _created = service.finish(scene.consultation, bidder or scene.bidder, demand, tails, at or clock.now())
    return found


def code_of(call, *args):
    """Return the code of the refusal that ``call`` must end with."""
    with pytest.raises(Refusal) as caught:
        call(*args)
    return caught.value.code
