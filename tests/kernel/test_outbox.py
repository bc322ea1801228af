"""The outbox: nothing leaves before the commit, nothing is lost after it."""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import pace
from megalis.portal.kernel import worker
from megalis.portal.kernel.outbox import IOutboxHandler
from zope.component import getGlobalSiteManager
from zope.interface import implementer

import pytest


@implementer(IOutboxHandler)
class Transport:
    def __init__(self):
        self.sent = []
        self.down = False
        self.wait = None

    def send(self, site, message):
        if self.down:
            raise OSError("réseau coupé")
        if self.wait is not None:
            message.payload["passes"] = message.payload.get("passes", 0) + 1
            raise self.wait
        self.sent.append(message.payload["to"])


@pytest.fixture
def transport():
    handler = Transport()
    registry = getGlobalSiteManager()
    before = registry.getUtility(IOutboxHandler, name="mail")
    registry.registerUtility(handler, IOutboxHandler, name="mail")
    yield handler
    registry.registerUtility(before, IOutboxHandler, name="mail")
    clock.set_for_tests()


@pytest.fixture
def site(functional_portal):
    return functional_portal


def test_a_long_subject_ends_at_a_word(site):
    title = "Exploitation et maintenance des installations de chauffage, de ventilation et de climatisation " * 2
    subject = outbox.queue_mail("a@exemple.bzh", f"Nouvelle consultation : {title}", "Texte").payload["subject"]
    assert len(subject) <= outbox.SUBJECT + 1
    assert subject.endswith("…") and f"{subject[:-1]} " in f"Nouvelle consultation : {title}"


def test_a_queued_mail_is_sent_once(site, transport):
    message = outbox.queue_mail("a@exemple.bzh", "Objet", "Texte")
    assert transport.sent == []
    assert outbox.drain(site) == 1
    assert outbox.drain(site) == 0
    assert transport.sent == ["a@exemple.bzh"]
    assert message.state == "envoye"


def test_a_failure_is_shown_and_tried_again_later(site, transport):
    transport.down = True
    message = outbox.queue_mail("a@exemple.bzh", "Objet", "Texte")
    assert outbox.drain(site) == 0
    assert message.state == "a-retenter"
    assert "réseau coupé" in message.error
    assert outbox.drain(site) == 0
    assert message.tries == 1
    transport.down = False
    clock.set_for_tests(clock.now() + timedelta(minutes=1))
    assert outbox.drain(site) == 1
    assert outbox.waiting(site) == 0


def test_after_the_last_try_it_is_given_up_visibly_and_can_be_replayed(site, transport):
    transport.down = True
    message = outbox.queue_mail("a@exemple.bzh", "Objet", "Texte")
    for _ in range(len(outbox.DELAYS) + 1):
        outbox.drain(site)
        clock.set_for_tests(clock.now() + timedelta(days=2))
    assert message.state == "abandonne"
    transport.down = False
    outbox.retry(site, message.id)
    assert outbox.drain(site) == 1


def test_a_message_left_by_a_dead_worker_is_taken_again(site, transport):
    message = outbox.queue_mail("a@exemple.bzh", "Objet", "Texte")
    message.state = "en-cours"
    message.next_try = clock.now() + outbox.STALE
    assert outbox.drain(site) == 0
    clock.set_for_tests(clock.now() + outbox.STALE)
    assert outbox.drain(site) == 1


def test_a_busy_process_sends_nothing_and_keeps_everything_until_it_has_leisure(site, transport):
    queued = [outbox.queue_mail(f"{rank}@exemple.bzh", "Objet", "Texte") for rank in range(4)]
    assert outbox.drain(site, go_on=lambda: False) == 0
    assert {message.state for message in queued} == {"a-envoyer"}
    assert outbox.drain(site, go_on=iter((True, True, False)).__next__) == 2
    assert outbox.drain(site, go_on=lambda: True) == 2
    assert sorted(transport.sent) == [f"{rank}@exemple.bzh" for rank in range(4)]


def test_a_round_that_insists_sends_a_few_however_busy_the_process_is(site, transport):
    for rank in range(worker.FEW + 2):
        outbox.queue_mail(f"{rank}@exemple.bzh", "Objet", "Texte")
    with pace.answering():
        worker.step(site)
        assert transport.sent == []
        worker.step(site, insist=True)
    assert len(transport.sent) == worker.FEW
    worker.step(site)
    assert len(transport.sent) == worker.FEW + 2


def test_a_line_break_in_a_header_is_refused(site):
    with pytest.raises(ValueError, match="retour à la ligne"):
        outbox.queue_mail("a@exemple.bzh\nBcc: b@exemple.bzh", "Objet", "Texte")


def test_a_handler_that_waits_for_an_end_comes_back_without_counting_and_keeps_what_it_wrote(site, transport):
    message = outbox.queue_mail("a@exemple.bzh", "Objet", "Texte")
    transport.wait = outbox.Later("attend", 60)
    for _rank in range(len(outbox.DELAYS) + 3):
        outbox.drain(site)
        assert (message.state, message.tries, message.error) == ("en-attente", 0, "")
        assert message.payload["passes"] == _rank + 1
        clock.set_for_tests(clock.now() + timedelta(seconds=61))
    transport.wait = None
    assert outbox.drain(site) == 1
    assert message.state == "envoye"


def test_a_handler_that_fails_keeps_what_it_wrote_waits_as_long_as_asked_and_gives_up_in_the_end(site, transport):
    message = outbox.queue_mail("a@exemple.bzh", "Objet", "Texte")
    transport.wait = outbox.Later("surchargé", 7, failed=True)
    begun = clock.now()
    outbox.drain(site)
    assert (message.state, message.error, message.payload["passes"]) == ("a-retenter", "surchargé", 1)
    assert begun <= message.next_try - timedelta(seconds=7) <= clock.now()
    for _rank in outbox.DELAYS:
        clock.set_for_tests(clock.now() + timedelta(seconds=8))
        outbox.drain(site)
    assert message.state == "abandonne"
