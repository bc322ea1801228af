"""Acts leave at the pace and in the hours that were set, in their turn, and nothing of it delays an answer."""

from datetime import datetime
from datetime import timedelta
from megalis.portal.actes import leaving
from megalis.portal.actes import pace
from megalis.portal.actes import registre as registres
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone.testing.zope import Browser
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit
from types import SimpleNamespace

import pytest
import transaction


MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=clock.UTC)  # 08:00 in Paris


@pytest.fixture
def portal(functional_portal):
    return functional_portal


@pytest.fixture(autouse=True)
def hour(monkeypatch):
    """The hands of the clock, which stand still: ``hour.now`` is set by the test."""
    hands = SimpleNamespace(now=MONDAY)
    monkeypatch.setattr(clock, "now", lambda: hands.now)
    return hands


@pytest.fixture
def drained(portal, hour):
    """Return a function: so long after Monday at eight, the worker sends what is due."""

    def work(after):
        hour.now = MONDAY + after
        outbox.drain(portal)

    return work


@pytest.fixture
def waiting(portal, world, office):
    """Return a function: how many -> as many acts that were transmitted on Monday at eight."""

    def make(count):
        found = [ready(world, f"D{rank}", annexes=0) for rank in range(count)]
        for acte in found:
            transmit(world, acte)
        return found

    return make


def left(actes):
    return sum(acte.sent_at is not None for acte in actes)


def seconds(count):
    return timedelta(seconds=count)


def test_one_leaves_every_ten_seconds_and_each_of_the_others_sleeps_until_its_turn(portal, waiting, drained):
    pace.set_rhythm(portal, pace.Rhythm(intervalle=10))
    actes = waiting(4)
    drained(seconds(0))
    assert left(actes) == 1
    promised = sorted(acte.leaves_at for acte in actes if acte.leaves_at)
    assert promised == [MONDAY + seconds(10), MONDAY + seconds(20), MONDAY + seconds(30)]
    assert len(outbox.due(portal, MONDAY + seconds(9))) == 0
    for turn, expected in ((9, 1), (10, 2), (20, 3), (30, 4)):
        drained(seconds(turn))
        assert left(actes) == expected
    assert all(acte.leaves_at is None for acte in actes)


def test_no_more_leave_in_an_hour_than_the_operator_admits(portal, waiting, drained):
    pace.set_rhythm(portal, pace.Rhythm(nombre=2))
    actes = waiting(5)
    for after, expected in ((0, 2), (3599, 2), (3600, 4), (7200, 5)):
        drained(seconds(after))
        assert left(actes) == expected


def test_the_volume_of_an_hour_is_that_of_the_files(portal, world, waiting, drained):
    pace.set_rhythm(portal, pace.Rhythm(volume=1))
    actes = waiting(2)
    for acte in actes:
        acte.pieces[0].size = 700_000
    drained(seconds(0))
    assert left(actes) == 1
    drained(seconds(3600))
    assert left(actes) == 2


def test_nothing_leaves_outside_the_hours_of_the_platform_nor_outside_those_of_the_collectivite(
    portal, world, waiting, drained
):
    pace.set_rhythm(portal, pace.Rhythm(plages="lun-ven 09:00-18:00"))
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "plages": "14:00-16:00"})
    (acte,) = waiting(1)
    drained(seconds(0))
    assert left([acte]) == 0
    assert acte.leaves_at == MONDAY + timedelta(hours=6)
    assert acte.etat == states.A_TRANSMETTRE
    drained(timedelta(hours=6))
    assert left([acte]) == 1


def test_the_hours_of_a_collectivite_do_not_keep_its_answers_waiting(portal, world, waiting, office):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "plages": "23:00-23:01"})
    leaving.ask_classification(world.registre)
    before = world.registre.classification
    world.registre.classification = None
    rounds(portal, lambda: world.registre.classification is not None)
    assert before


def test_what_is_suspended_waits_and_goes_on_at_once_when_the_operator_says_so(portal, waiting, drained):
    pace.set_rhythm(portal, pace.Rhythm(pause=True))
    (acte,) = waiting(1)
    drained(seconds(0))
    assert acte.etat == states.A_TRANSMETTRE
    pace.set_rhythm(portal, pace.Rhythm())
    drained(seconds(1))
    assert left([acte]) == 1


def test_hours_that_never_come_leave_the_act_where_it_is(portal, world, waiting, drained):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "plages": "lun 08:00-09:00"})
    pace.set_rhythm(portal, pace.Rhythm(plages="mar 08:00-09:00"))
    (acte,) = waiting(1)
    drained(seconds(0))
    assert acte.etat == states.A_TRANSMETTRE
    (message,) = [item for item in outbox.messages(portal) if item.kind == "acte"]
    assert message.state == "en-attente"


def test_a_turn_that_was_promised_to_a_worker_that_died_is_free_again(portal):
    pace.set_rhythm(portal, pace.Rhythm(intervalle=10))
    pace.turn(portal, "a", 0, now=MONDAY)
    with pytest.raises(outbox.Later):
        pace.turn(portal, "mort", 0, now=MONDAY)
    later = MONDAY + timedelta(hours=1)
    assert pace.turn(portal, "b", 0, now=later) == later
    assert "mort" not in pace._record(portal).slots


@pytest.mark.parametrize("production", [True, False])
def test_a_platform_in_production_sends_one_every_ten_seconds_before_anything_is_set(portal, monkeypatch, production):
    monkeypatch.setenv("MEGALIS_ACTES_PRODUCTION", "1" if production else "")
    assert pace.rhythm(portal).intervalle == (10 if production else 0)


@pytest.mark.parametrize(
    ("form", "code"),
    [({"intervalle": "dix"}, "actes.rythme"), ({"nombre": "-1"}, "actes.rythme"), ({"plages": "demain"}, "plage")],
)
def test_a_rhythm_that_means_nothing_is_refused(form, code):
    with pytest.raises(Refused) as refusal:
        pace.entered(form)
    assert refusal.value.code == code


def test_the_operator_sets_it_on_his_page_and_mistakes_stay_in_the_form(portal, world):
    transaction.commit()
    browser = Browser(portal.aq_parent)
    browser.handleErrors, browser.raiseHttpErrors = True, False
    browser.addHeader("Authorization", f"Basic exploitant@megalis.exemple.fr:{PASSWORD}")
    browser.open(f"{portal.absolute_url()}/@@actes-exploitation")
    browser.getControl(name="plages").value = "tout le temps"
    browser.getControl("Enregistrer").click()
    assert browser.headers["status"].startswith("422")
    assert browser.getControl(name="plages").value == "tout le temps"
    browser.getControl(name="plages").value = "lun-ven 08:00-19:00"
    browser.getControl(name="intervalle").value = "15"
    browser.getControl("Enregistrer").click()
    transaction.begin()
    assert pace.rhythm(portal) == pace.Rhythm(intervalle=15, plages="lun-ven 08:00-19:00")
