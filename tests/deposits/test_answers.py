"""A company finds on its dashboard the consultations it follows or answers, and nothing of anybody else's."""

from datetime import timedelta
from megalis.portal.consultations import dossiers
from megalis.portal.deposits import answers
from megalis.portal.deposits import service
from megalis.portal.deposits.tasks import CompanyTasks
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import people
from megalis.portal.sealing.parts import PART_SIZE
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import Scene
from zope.interface import alsoProvides

import hashlib
import pytest


OFFER = ("1", "offre", {"prix.pdf": b"%PDF-1.4 prix"})


@pytest.fixture
def scene(portal, http_request):
    alsoProvides(http_request, IMegalisLayer)
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal)
        found.publish()
        found.bidder = found.company()
        found.other = found.company("55208131700018", "Couvreurs du Trégor")
        yield found
    clock.set_for_tests()


def section(person, request):
    return answers.Section(people.get(person.userid), request).render()


def deposit(scene, bidder, now):
    demand, tails = bid(scene.consultation, bidder, OFFER)
    return service.finish(scene.consultation, bidder, demand, tails, now)[0]


def test_an_empty_dashboard_says_what_will_be_there(scene, http_request):
    assert "Aucune consultation suivie" in section(scene.bidder, http_request)


def test_an_answer_is_shown_to_its_company_only(scene, http_request):
    deposit(scene, scene.bidder, clock.now())
    shown = section(scene.bidder, http_request)
    assert scene.consultation.title in shown and "Déposé" in shown and "@@mes-depots" in shown
    assert "Aucune consultation suivie" in section(scene.other, http_request)


def test_a_dossier_taken_in_the_company_s_name_invites_to_answer(scene, http_request):
    dossiers.remember(people.get(scene.bidder.userid).entreprise, scene.consultation)
    assert "@@repondre" in section(scene.bidder, http_request)
    clock.set_for_tests(scene.consultation.deadline + timedelta(hours=1))
    shown = section(scene.bidder, http_request)
    assert "@@repondre" not in shown and "Aucune" in shown


def test_the_answer_that_stands_is_shown_before_one_withdrawn_later(scene, http_request):
    first = deposit(scene, scene.bidder, clock.now())
    second = deposit(scene, scene.bidder, clock.now() + timedelta(minutes=1))
    service.withdraw(scene.consultation, scene.bidder, second.id, clock.now() + timedelta(minutes=2))
    assert answers.last_of(scene.consultation, scene.bidder.company).id == first.id
    service.withdraw(scene.consultation, scene.bidder, first.id, clock.now() + timedelta(minutes=3))
    assert "Retiré" in section(scene.bidder, http_request)


def test_a_late_answer_is_marked(scene, http_request):
    late = scene.consultation.deadline + timedelta(seconds=1)
    clock.set_for_tests(late)
    deposit(scene, scene.bidder, late)
    assert "Hors délai" in section(scene.bidder, http_request)


def test_a_deposit_begun_waits_among_the_tasks_until_the_deadline(scene, http_request):
    data = bytes(PART_SIZE)
    digest = hashlib.sha256(data).digest()
    service.put_part(scene.consultation, scene.bidder, uuidhex(), uuidhex(), 0, data, digest)
    mine = CompanyTasks(people.get(scene.bidder.userid), http_request)
    assert [task.url for task in mine()] == [f"{scene.consultation.absolute_url()}/@@repondre"]
    assert CompanyTasks(people.get(scene.other.userid), http_request)() == []
    clock.set_for_tests(scene.consultation.deadline)
    assert mine() == []
