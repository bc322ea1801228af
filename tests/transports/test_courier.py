"""Nothing is lost, nothing is doubled unseen: by hand for each case, then a thousand acts with the sender killed twenty times."""

from collections import Counter
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.transports import courier as couriers
from megalis.portal.transports import waiting
from megalis.portal.transports.courier import Courier
from megalis.portal.transports.outcomes import Receipt
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from megalis.portal.transports.simulator.prefecture import Prefecture
from tests.transports import acts
from tests.transports.filejournal import FileJournal

import pickle
import pytest
import subprocess
import sys
import time


PATIENCE = timedelta(hours=4)
ONE = Sending("un", b"1")


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 16, 9, tzinfo=UTC)

    def __call__(self):
        return self.now


class Line:
    """A transport that does what it is told: an exception, or None to take."""

    def __init__(self, *outcomes, seen=None):
        self.outcomes, self.taken, self.known = list(outcomes), [], seen

    def send(self, sending):
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        self.taken.append(sending.name)
        return Receipt(sending.name)

    def seen(self, sending):
        return self.known


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def record(tmp_path):
    return FileJournal(tmp_path / "journal", {"035-213502388-20260316-1-DE": "un"})


def test_a_sending_is_recorded_as_begun_before_it_leaves(record, clock):
    line = Line()
    line.send = lambda sending: pytest.fail("left unrecorded") if record.attempt("un") is None else Receipt("un")
    assert Courier(line, record, PATIENCE).send(ONE, clock) == couriers.SENT
    assert record.attempt("un") is None and record.states["un"] == "sent"


def test_what_was_not_taken_is_sent_again_at_once(record, clock):
    line = Line(TryLater("a", "b"))
    courier = Courier(line, record, PATIENCE)
    assert courier.send(ONE, clock) == couriers.PUT_OFF
    assert courier.send(ONE, clock) == couriers.SENT
    assert line.taken == ["un"]


def test_what_is_refused_is_over(record, clock):
    assert Courier(Line(Refusal("a", "b")), record, PATIENCE).send(ONE, clock) == couriers.REFUSED
    assert record.states["un"] == "refused"


def test_what_is_not_known_waits_for_an_answer_before_it_leaves_again(record, clock):
    line = Line(Unknown("a", "b"))
    courier = Courier(line, record, PATIENCE)
    assert courier.send(ONE, clock) == couriers.UNCERTAIN
    assert courier.send(ONE, clock) == couriers.WAITING and line.taken == []
    clock.now += PATIENCE
    assert courier.send(ONE, clock) == couriers.SENT and line.taken == ["un"]
    assert record.times["un"] == 2


def test_what_is_not_known_and_answered_never_leaves_again(record, clock):
    line = Line(Unknown("a", "b"))
    courier = Courier(line, record, PATIENCE)
    courier.send(ONE, clock)
    record.answers["un"] = ["1-2"]
    assert courier.send(ONE, clock) == couriers.SENT and line.taken == []


def test_a_transport_that_can_be_asked_is_asked(record, clock):
    courier = Courier(Line(Unknown("a", "b"), seen=True), record, PATIENCE)
    courier.send(ONE, clock)
    assert courier.send(ONE, clock) == couriers.SENT
    assert record.times["un"] == 1


def test_a_repeat_that_was_not_taken_leaves_the_first_try_uncertain(record, clock):
    line = Line(Unknown("a", "b"), TryLater("a", "b"))
    courier = Courier(line, record, PATIENCE)
    courier.send(ONE, clock)
    clock.now += PATIENCE
    assert courier.send(ONE, clock) == couriers.UNCERTAIN
    assert courier.send(ONE, clock) == couriers.WAITING


def test_after_too_many_tries_a_person_has_to_look(record, clock):
    line = Line(*[Unknown("a", "b")] * 9)
    courier = Courier(line, record, PATIENCE, most=3)
    for _turn in range(3):
        assert courier.send(ONE, clock) == couriers.UNCERTAIN
        clock.now += PATIENCE
    assert courier.send(ONE, clock) == couriers.GIVEN_UP
    assert record.states["un"] == "given_up" and len(line.outcomes) == 6


def test_an_answer_is_recorded_before_it_is_acknowledged_and_once(tmp_path, clock):
    identifier, sending = acts.sending("DEL_1")
    record = FileJournal(tmp_path / "journal", {identifier: sending.name})
    with Prefecture(tmp_path / "prefecture") as office:
        transport = office.transport()
        courier = Courier(transport, record, PATIENCE)
        assert courier.send(sending, clock) == couriers.SENT
        (letter,) = acts.read(transport, tmp_path, 1)
        assert record.answered(letter)
        (tmp_path / "lu").mkdir()
        assert courier.read(tmp_path / "lu") == (1, 0)
        (tmp_path / "fin").mkdir()
        assert courier.read(tmp_path / "fin") == (0, 0)
    assert record.answers == {sending.name: ["1-2"]}


def test_a_line_cut_after_the_last_byte_is_known_by_its_answer(tmp_path):
    identifier, sending = acts.sending("DEL_1", "[coupure]")
    record = FileJournal(tmp_path / "journal", {identifier: sending.name})
    now = lambda: datetime.now(UTC)  # noqa: E731
    with Prefecture(tmp_path / "prefecture") as office:
        courier = Courier(office.transport(), record, PATIENCE)
        assert courier.send(sending, now) == couriers.UNCERTAIN
        acts.read(office.transport(), tmp_path, 1)
        (tmp_path / "lu").mkdir()
        courier.read(tmp_path / "lu")
        assert courier.send(sending, now) == couriers.SENT
        assert len(office.receptions()) == 1 and record.times[sending.name] == 1


def test_the_record_forgets_a_line_cut_by_a_kill(tmp_path, clock):
    path = tmp_path / "journal"
    record = FileJournal(path, {})
    record.begun("un", clock(), False)
    with path.open("a") as stream:
        stream.write('{"what": "sent", "na')
    again = FileJournal(path, {})
    assert again.attempt("un") == waiting.Attempt(waiting.BEGUN, clock(), 1)
    again.sent("un", clock(), None)
    assert FileJournal(path, {}).attempt("un") is None


KILLS, COUNT = 20, 1000


def test_a_thousand_acts_with_the_sender_killed_twenty_times(tmp_path):
    begun = time.monotonic()
    names, archives = {}, tmp_path / "archives"
    archives.mkdir()
    for rank in range(COUNT):
        # Some answers are slower than the sender is patient: only then may an act be sent twice, and that must be seen.
        words = " [lent=3]" if rank % 50 == 0 else " [coupure]" if rank % 50 == 25 else ""
        identifier, sending = acts.sending(f"D{rank}", f"Voirie{words}", rank + 1)
        (archives / sending.name).write_bytes(sending.content)
        names[identifier] = sending.name
    with Prefecture(tmp_path / "prefecture") as office:
        (tmp_path / "setting").write_bytes(pickle.dumps((office.transport(), names)))
        command = [sys.executable, "-m", "tests.transports.sender", str(tmp_path), str(KILLS), "20260316"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "", "every sender but the last was killed"
        received = Counter(event["nom"] for event in office.receptions())
        acknowledged = Counter(identifier for event in office.receptions() for identifier in event["actes"])
    record = FileJournal(tmp_path / "journal", names)
    assert set(received) == set(names.values()), "none is lost"
    assert acknowledged == dict.fromkeys(names, 1), "each act is registered once at the préfecture"
    assert all("1-2" in record.answers[name] for name in names.values()), "each has its acknowledgement"
    twice = {name for name, count in received.items() if count > 1}
    assert twice <= {name for name, times in record.times.items() if times > 1}, "none is doubled unseen"
    assert all(record.times[name] >= received[name] for name in received)
    # Killed between its last byte and its record, a sending is found begun, and known by its answer alone.
    lines = (tmp_path / "journal").read_text("utf-8").splitlines()
    looked_up = sum('"by": "answer"' in line for line in lines)
    assert looked_up > 0
    seconds = time.monotonic() - begun
    print(
        f"{COUNT} acts, {KILLS} kills, {seconds:.0f} s: {looked_up} known by their answer, {len(twice)} sent twice and seen"
    )
