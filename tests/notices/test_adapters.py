"""Each service of publication, played on this machine, and each way it may answer wrong: nothing is lost, nothing leaves twice."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices.transports import http
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports import ted as teds
from megalis.portal.consultations.notices.transports.concentrateur import Concentrateur
from megalis.portal.consultations.notices.transports.concentrateur import SHORT
from megalis.portal.consultations.notices.transports.ted import Ted
from megalis.portal.formats import boamp
from megalis.portal.formats import eforms
from megalis.portal.formats.short_notice import short_of
from megalis.portal.simulators import concentrateur as played_hub
from megalis.portal.simulators import ted as played_ted
from megalis.portal.simulators.server import Reply
from megalis.portal.simulators.server import Service
from tests.notices.calls import CALL
from tests.notices.calls import MAPA
from tests.notices.calls import NOW

import dataclasses
import os
import pytest


REFERENTIELS = os.environ.get("MEGALIS_REFERENTIELS", "")
EMAIL = "marches@plouguerneau.example"
ACCIDENTS = {
    "panne": "service.panne",
    "page": "service.page",
    "cadence": "service.cadence",
    "cle": "service.cle",
    "muet": "reseau.muet",
}


@pytest.fixture(autouse=True)
def no_sdk(monkeypatch, tmp_path):
    """The simulators judge by shape alone: the rules of the SDK have tests of their own."""
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(tmp_path))


class Bench:
    """A client, the service it speaks to, and the notice they pass."""

    def __init__(self, client, played, data, **more):
        self.played = played
        self.service = played.start()
        self.service.accidents.patience = 60
        self.client = client(self.service.address, played_ted.KEY, timeout=20)
        self.data, self.more = data, more
        self.notice = composing.notice_id(CALL.uid, lifecycle.CALL)

    def meet(self, accident):
        """Have the next request meet an accident; one that waits for nothing waits little."""
        self.service.accidents.add(accident)
        self.client.timeout = 1 if accident in ("muet", "perdu") else 20

    def submit(self, data=None):
        return self.client.submit(self.notice, "01", data or self.data, EMAIL, **self.more)

    def status(self):
        return self.client.status(self.notice, "01")


def formal():
    return eforms.write(composing.notice_of(CALL, NOW))


@pytest.fixture(params=["ted", "concentrateur", "concentrateur, avis court"])
def bench(request):
    if request.param == "ted":
        made = Bench(Ted, played_ted.Ted(delay=0.0), formal())
    elif request.param == "concentrateur":
        made = Bench(Concentrateur, played_hub.Concentrateur(delay=0.0), formal())
    else:
        short = boamp.to_xml(short_of(composing.notice_of(MAPA, NOW), ("29",)))
        made = Bench(Concentrateur, played_hub.Concentrateur(delay=0.0), short, form=SHORT)
    yield made
    made.service.stop()


def test_a_notice_is_taken_then_published_with_its_reference_and_day(bench):
    bench.played.register.delay = 3600
    assert bench.status() is None
    assert bench.submit().state in (lifecycle.SENT, lifecycle.RECEIVED)
    waiting = bench.status()
    assert (waiting.state, waiting.reference, waiting.published) == (lifecycle.RECEIVED, "", None)
    assert abs(waiting.received - datetime.now(UTC)) < timedelta(seconds=30)
    bench.played.register.delay = 0
    done = bench.status()
    assert done.state == lifecycle.PUBLISHED
    assert done.reference and done.published == datetime.now(UTC).date()


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_while_sending_decides_nothing_and_the_next_try_passes(bench, accident):
    bench.meet(accident)
    with pytest.raises(NotNow) as caught:
        bench.submit()
    assert caught.value.code == ACCIDENTS[accident]
    assert caught.value.after == (7 if accident == "cadence" else None)
    bench.client.timeout = 20
    assert bench.submit().state in (lifecycle.SENT, lifecycle.RECEIVED)


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_while_asking_decides_nothing(bench, accident):
    bench.submit()
    bench.meet(accident)
    with pytest.raises(NotNow) as caught:
        bench.status()
    assert caught.value.code == ACCIDENTS[accident]
    bench.client.timeout = 20
    assert bench.status().state == lifecycle.PUBLISHED


def test_an_answer_that_was_lost_is_found_again_and_the_notice_is_there_once(bench):
    bench.meet("perdu")
    with pytest.raises(NotNow) as caught:
        bench.submit()
    assert caught.value.code == "reseau.muet"
    bench.client.timeout = 20
    assert bench.status().state == lifecycle.PUBLISHED


def test_a_notice_sent_twice_is_one_notice(bench):
    first, second = bench.submit(), bench.submit()
    assert first.state in (lifecycle.SENT, lifecycle.RECEIVED)
    assert second.state == lifecycle.PUBLISHED
    assert len(bench.played.register._rows) == 1


def test_what_is_no_notice_is_refused_with_a_reason(bench):
    told = bench.submit(b"<rien/>")
    assert told.state == lifecycle.REFUSED
    assert told.reasons[0].code and told.reasons[0].message


def test_a_notice_is_stopped_in_time_or_not_at_all(bench):
    bench.played.register.delay = 3600
    bench.submit()
    assert bench.client.stop(bench.notice, "01") is True
    assert bench.status().state == lifecycle.GIVEN_UP
    assert bench.client.stop(bench.notice, "01") is False


def test_without_a_key_nothing_is_asked(bench):
    bench.client.key = ""
    with pytest.raises(NotNow) as caught:
        bench.submit()
    assert caught.value.code == "service.cle"
    assert not bench.service.seen


def test_another_notice_under_the_same_key_is_refused_by_the_hub():
    made = Bench(Concentrateur, played_hub.Concentrateur(delay=3600), formal())
    with made.service:
        made.submit()
        other = eforms.write(composing.notice_of(dataclasses.replace(CALL, title="Autre objet"), NOW))
        told = made.submit(other)
        assert told.state == lifecycle.REFUSED and told.reasons[0].code == "HTTP 409"


def test_a_service_that_is_not_there_is_a_failure_of_the_network():
    with Service(lambda request: Reply(200, {})) as service:
        address = service.address
    with pytest.raises(NotNow) as caught:
        Ted(address, "cle").status("a", "01")
    assert caught.value.code == "reseau.panne"


@pytest.mark.parametrize(
    "address", ["", "ted", "http://ted.example", "ftp://a", "https://cle@ted.example", "https://a:99999", "file:///etc"]
)
def test_an_address_in_clear_or_of_another_kind_is_refused(address):
    with pytest.raises(NotNow) as caught:
        http.exchange("GET", address)
    assert caught.value.code == "reseau.adresse"


@pytest.mark.parametrize(
    "reply, code",
    [
        (Reply(302, b"", headers={"Location": "https://ailleurs.example"}), "service.renvoi"),
        (Reply(200, {"content": "rien"}), "service.page"),
        (Reply(200, b"[1]"), "service.page"),
        (Reply(200, {"content": [{"id": "n", "versionId": "01", "status": "MYSTERE"}]}), "service.etat"),
        (Reply(503, {"message": "fermé"}, headers={"Retry-After": "120"}), "service.panne"),
    ],
)
def test_odd_answers_of_ted_are_named(reply, code):
    with Service(lambda request: reply) as service, pytest.raises(NotNow) as caught:
        Ted(service.address, "cle").status("n", "01")
    assert caught.value.code == code
    if code == "service.panne":
        assert caught.value.after == 120 and "fermé" in caught.value.message


def test_a_delay_is_read_as_seconds_or_as_a_date_and_is_at_most_a_day():
    now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert http.wait_of("30") == 30
    assert http.wait_of("99999999") == 86400
    assert http.wait_of("Thu, 26 Nov 2026 09:01:00 GMT", now) == 60
    assert http.wait_of("Thu, 26 Nov 2020 09:01:00 GMT", now) == 0
    assert [http.wait_of(text) for text in (None, "", "demain", "-3")] == [None] * 4


def test_the_report_of_ted_gives_the_rules_that_refuse_and_leaves_warnings():
    report = teds.svrl(
        [("BR-1", "ERROR", "/a", "Manque."), ("BR-2", "WARN", "/b", "Douteux."), ("BR-1", "ERROR", "/a", "Manque.")]
    )
    assert [(item.code, item.message, item.path) for item in teds.reasons_of(report)] == [("BR-1", "Manque.", "/a")]
    with pytest.raises(NotNow):
        teds.reasons_of(b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>")


def test_ted_judges_by_the_rules_of_the_sdk_and_its_reasons_bear_their_ids(referentiels, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(REFERENTIELS))
    referentiels("eforms-sdk-1.15.1")
    lame = eforms.write(dataclasses.replace(composing.notice_of(CALL, NOW), procedure=""))
    made = Bench(Ted, played_ted.Ted(delay=0.0), lame)
    made.client.timeout = 60
    with made.service:
        told = made.submit()
        assert told.state == lifecycle.REFUSED
        assert "BR-BT-00105-0022" in [reason.code for reason in told.reasons]
        assert made.status().reasons == told.reasons


def test_what_was_published_is_published_still_after_a_restart(tmp_path):
    place = tmp_path / "ted.json"
    made = Bench(Ted, played_ted.Ted(delay=0.0, file=place), formal())
    with made.service:
        made.submit()
        before = made.status()
    again = Bench(Ted, played_ted.Ted(delay=0.0, file=place), formal())
    with again.service:
        assert dataclasses.replace(again.status(), raw="") == dataclasses.replace(before, raw="")
