"""The register of deposits leaves as CSV, XLSX and PDF from its page: without names before the deadline, with them after."""

from datetime import timedelta
from megalis.portal.deposits import closing
from megalis.portal.kernel import clock
from plone import api
from tests.deposits.acts import deposit
from tests.deposits.scene import Scene
from tests.taken import KINDS
from tests.taken import take

import pytest
import transaction


@pytest.fixture
def office(functional_portal):
    with api.env.adopt_roles(["Manager"]):
        found = Scene(functional_portal)
        found.publish()
        found.bidder = found.company()
        found.made = deposit(found)
        transaction.commit()
        yield found
    clock.set_for_tests()


def test_it_names_the_bidders_once_the_deadline_is_past_and_not_a_second_before(office, browse):
    url = f"{office.consultation.absolute_url()}/@@registre-depots"
    agent = browse(office.buyer)
    for kind in KINDS:
        agent.open(url)
        found = take(agent, "registre-depots", kind)
        assert office.made.number in found and office.bidder.name not in found, (kind, found)
    clock.set_for_tests(office.consultation.deadline + timedelta(seconds=11))
    closing.close(office.consultation)
    transaction.commit()
    for kind in KINDS:
        agent.open(url)
        assert office.bidder.name in take(agent, "registre-depots", kind), kind
