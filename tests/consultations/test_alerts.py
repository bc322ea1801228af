"""Alerts: nothing is sent without consent, nothing twice, nothing is forgotten; pages and mails as people meet them."""

from Acquisition import aq_base
from datetime import datetime
from datetime import timedelta
from email import message_from_bytes
from email import policy
from html import unescape
from megalis.portal.consultations import workflow
from megalis.portal.consultations.alerts import bounces
from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts import sending
from megalis.portal.consultations.alerts import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.kernel.mail import compose
from smtplib import SMTPRecipientsRefused
from tests.consultations.alerts_scene import active
from tests.consultations.alerts_scene import search
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.test_alerts_matching import REPORT
from tests.layers import *  # noqa: F403
from urllib.parse import urlsplit

import pytest


HOUR = timedelta(hours=1)


def tick(portal, leisure=True):
    """One round of the worker."""
    sending.tick(WorkerTick(portal, clock.now(), leisure))


def mails(portal, to=None):
    """The messages of alerts that wait, oldest first."""
    found = [m for m in outbox.messages(portal) if "List-Unsubscribe" in (m.payload.get("headers") or {})]
    return [m for m in reversed(found) if to is None or m.payload["to"] == to]


@pytest.fixture
def started(world, portal):
    """A platform whose worker has already passed: the first turn is not sent."""
    publish(world, complete_draft(world.a, "2026-AVANT"))
    tick(portal)
    return world


def test_a_new_consultation_is_told_at_once_to_those_it_answers(started, portal):
    active(portal, "voirie@b.exemple.fr", "q=voirie")
    active(portal, "piscine@b.exemple.fr", "q=piscine")
    publish(started, complete_draft(started.a))
    tick(portal)
    (mail,) = mails(portal)
    assert mail.payload["to"] == "voirie@b.exemple.fr"
    assert "Programme de voirie 2026" in mail.payload["subject"]
    assert "lundi 16 mars 2026, 12:00 (heure de Paris)" in " ".join(mail.payload["text"].split())
    assert "«\xa0voirie\xa0»" in mail.payload["text"]


def test_a_contract_without_publicity_is_announced_to_nobody(started, portal):
    active(portal, "a@b.exemple.fr")
    direct = {"procedure": "sans-publicite", "ground": "exclusivite", "estimated_value": 150_000}
    publish(started, complete_draft(started.a, "2026-EXCLU", nature="services", cpv="71240000", lots=(), **direct))
    tick(portal)
    assert mails(portal) == []
    publish(started, complete_draft(started.a))
    tick(portal)
    (mail,) = mails(portal)
    assert "2026-EXCLU" not in mail.payload["text"]


def test_nothing_is_told_twice_however_often_the_worker_passes(started, portal):
    active(portal, "a@b.exemple.fr")
    publish(started, complete_draft(started.a))
    for _ in range(3):
        tick(portal)
        sending._matches.clear()  # as if another process took over
    assert len(mails(portal)) == 1


def test_several_alerts_of_one_address_make_one_message_with_each_consultation_once(started, portal):
    active(portal, "a@b.exemple.fr", "q=voirie")
    active(portal, "a@b.exemple.fr", "nat=travaux")
    publish(started, complete_draft(started.a))
    publish(started, complete_draft(started.a, "2026-VOI-02"))
    tick(portal)
    (mail,) = mails(portal)
    assert mail.payload["subject"] == "2 nouvelles consultations"
    assert mail.payload["text"].count("Programme de voirie 2026") == 2
    assert "Travaux" in mail.payload["text"] and "«\xa0voirie\xa0»" in mail.payload["text"]


def test_daily_alerts_wait_for_seven_in_the_morning_and_weekly_ones_for_monday(started, portal):
    active(portal, "jour@b.exemple.fr", frequency=rules.DAILY)
    active(portal, "semaine@b.exemple.fr", frequency=rules.WEEKLY)
    publish(started, complete_draft(started.a))  # Monday 2 February, 10 h
    publish(started, complete_draft(started.a, "2026-VOI-02"))
    tick(portal)
    assert mails(portal) == []
    at(datetime(2026, 2, 3, 5, 59, 50, tzinfo=clock.UTC))
    tick(portal)
    assert mails(portal) == []
    at(datetime(2026, 2, 3, 6, 0, 1, tzinfo=clock.UTC))
    tick(portal)
    assert [m.payload["to"] for m in mails(portal)] == ["jour@b.exemple.fr"]
    assert mails(portal)[0].payload["subject"] == "2 nouvelles consultations"
    at(datetime(2026, 2, 9, 6, 0, 1, tzinfo=clock.UTC))
    tick(portal)
    assert [m.payload["to"] for m in mails(portal)] == ["jour@b.exemple.fr", "semaine@b.exemple.fr"]
    assert not facts(portal, sending.ANNOUNCED)


def test_a_run_that_is_cut_goes_on_where_it_stopped(started, portal, monkeypatch):
    monkeypatch.setattr(sending, "BATCH", 2)
    people = [f"p{number}@b.exemple.fr" for number in range(5)]
    for person in people:
        active(portal, person)
    publish(started, complete_draft(started.a))
    tick(portal)
    assert len(mails(portal)) == 2
    sending._matches.clear()  # the worker died, another one starts
    active(portal, "arrive-apres@b.exemple.fr")
    tick(portal)
    tick(portal)
    tick(portal)
    assert sorted(m.payload["to"] for m in mails(portal)) == people


def test_who_stops_while_a_run_advances_is_left_in_peace(started, portal, monkeypatch):
    monkeypatch.setattr(sending, "BATCH", 1)
    first, second = (active(portal, f"p{number}@b.exemple.fr") for number in range(2))
    publish(started, complete_draft(started.a))
    tick(portal)
    told = mails(portal)[0].payload["to"]
    other = first if store.address(portal, second.address).email == told else second
    store.remove(portal, other)
    tick(portal)
    assert len(mails(portal)) == 1


def test_a_consultation_given_up_before_the_digest_is_not_told(started, portal):
    active(portal, "a@b.exemple.fr", frequency=rules.DAILY)
    draft = publish(started, complete_draft(started.a))
    with as_agent(started.valideurs):
        workflow.fire(draft, "annuler", "Le besoin a disparu.")
    at(NOW + 24 * HOUR)
    tick(portal)
    assert mails(portal) == []


def test_nobody_is_told_before_he_confirmed_and_a_forgotten_request_leaves_no_trace(started, portal):
    item, _ = store.subscribe(portal, "a@b.exemple.fr", search(), rules.IMMEDIATE)
    publish(started, complete_draft(started.a))
    tick(portal)
    assert mails(portal) == []
    at(NOW + timedelta(days=8))
    tick(portal)
    assert store.get(portal, item.id) is None
    assert store.address(portal, item.address) is None


def test_a_request_to_confirm_does_not_leave_twice_within_the_hour(portal, world):
    _, first = store.subscribe(portal, "a@b.exemple.fr", search("q=bois"), rules.DAILY)
    _, second = store.subscribe(portal, "A@B.exemple.fr", search("q=bois"), rules.DAILY)
    at(NOW + HOUR + timedelta(minutes=1))
    item, third = store.subscribe(portal, "a@b.exemple.fr", search("q=bois"), rules.WEEKLY)
    assert (first, second, third) == (True, False, True)
    assert item.frequency == rules.WEEKLY
    assert len(store.of_email(portal, "a@b.exemple.fr")) == 1


def test_a_stranger_who_types_the_address_again_changes_nothing(portal, world):
    item = active(portal, "a@b.exemple.fr", "q=bois", rules.WEEKLY)
    again, to_confirm = store.subscribe(portal, "a@b.exemple.fr", search("q=bois"), rules.IMMEDIATE)
    assert (again, to_confirm) == (item, False)


def test_an_address_has_so_many_alerts_and_no_more(portal, world, monkeypatch):
    monkeypatch.setattr(rules, "MAX_BY_ADDRESS", 2)
    active(portal, "a@b.exemple.fr", "q=un")
    active(portal, "a@b.exemple.fr", "q=deux")
    with pytest.raises(Refused, match="2 alertes"):
        store.subscribe(portal, "a@b.exemple.fr", search("q=trois"), rules.DAILY)


def test_an_alert_that_matches_everything_is_one_message_a_turn(started, portal, monkeypatch):
    monkeypatch.setattr("megalis.portal.consultations.alerts.letters.SHOWN", 3)
    active(portal, "tout@b.exemple.fr", frequency=rules.DAILY)
    for number in range(5):
        publish(started, complete_draft(started.a, f"2026-{number}"))
    at(NOW + 24 * HOUR)
    tick(portal)
    (mail,) = mails(portal)
    assert mail.payload["subject"] == "5 nouvelles consultations"
    assert "Et 2 de plus" in mail.payload["text"]


def test_the_page_takes_an_alert_without_any_criterion_and_says_that_it_retains_everything(world, portal, visit):
    status, _headers, body = visit(portal, "alerte")
    assert status == 200 and "toutes les consultations" in unescape(body).lower()
    form = {"courriel": "tout@b.exemple.fr", "frequence": "immediate"}
    status, _headers, body = visit(portal, "alerte", method="POST", token=True, **form)
    (item,) = store.of_email(portal, "tout@b.exemple.fr")
    assert (status, item.state, item.query.lstrip("?")) == (200, rules.WAITING, "")


def test_a_message_is_stopped_by_one_click_as_mail_programs_do(started, portal):
    active(portal, "a@b.exemple.fr")
    publish(started, complete_draft(started.a))
    tick(portal)
    (message,) = mails(portal)
    mail = message_from_bytes(compose(message.payload, message.id).as_bytes(), policy=policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    raw = compose(message.payload, message.id).as_bytes()
    assert b"List-Unsubscribe: <http" in raw  # whole and not encoded: programs read it as it stands
    url = mail["List-Unsubscribe"].strip("<>")
    assert urlsplit(url).path.endswith("/@@alertes-desabonner")


def test_three_messages_that_come_back_stop_the_alerts_of_an_address_and_one_when_it_does_not_exist(started, portal):
    item = active(portal, "plein@b.exemple.fr")
    for _ in range(2):
        store.bounced(portal, item.address, permanent=False)
        assert store.get(portal, item.id).state == rules.ACTIVE
    store.bounced(portal, item.address, permanent=False)
    assert store.get(portal, item.id).state == rules.BOUNCED
    other = active(portal, "inconnu@b.exemple.fr")
    store.bounced(portal, other.address, permanent=True)
    assert store.get(portal, other.id).state == rules.BOUNCED
    assert store.change(portal, store.get(portal, other.id), state=rules.ACTIVE).state == rules.ACTIVE
    assert store.address(portal, other.address).bounces == 0


def test_an_address_refused_at_once_is_not_tried_again(started, portal, monkeypatch):
    item = active(portal, "inconnu@b.exemple.fr")
    publish(started, complete_draft(started.a))
    tick(portal)
    (message,) = mails(portal)
    event = outbox.GivenUp(message, True)
    bounces.given_up(event)
    assert store.get(portal, item.id).state == rules.BOUNCED


def test_the_transport_tells_a_refusal_for_good_from_a_bad_moment(portal, monkeypatch):
    from megalis.portal.kernel import mail as transport
    from megalis.portal.kernel import settings

    monkeypatch.setattr(settings, "mail_transport", lambda: "smtp")
    host = portal.MailHost
    message = outbox.Message("mail", {"to": "a@b.fr", "subject": "x", "text": "y"})

    def refuse(code):
        def send(*_args, **_kwargs):
            raise SMTPRecipientsRefused({"a@b.fr": (code, b"no")})

        monkeypatch.setattr(type(aq_base(host)), "send", send)

    refuse(550)
    with pytest.raises(outbox.Undeliverable):
        transport.MailHandler().send(portal, message)
    refuse(451)
    with pytest.raises(SMTPRecipientsRefused):
        transport.MailHandler().send(portal, message)


def test_reports_are_read_from_the_box_the_operator_names(started, portal, tmp_path, monkeypatch):
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("MEGALIS_BOUNCES", str(tmp_path))
    item = active(portal, "inconnu@b.exemple.fr")
    publish(started, complete_draft(started.a))
    tick(portal)
    (message,) = mails(portal)
    message.state = "envoye"
    outbox._close(portal, message)
    (tmp_path / "new" / "1").write_text(REPORT.format(action="failed", status="5.1.1", number=message.id))
    (tmp_path / "new" / "2").write_text("Subject: Bonjour\n\nUne question")
    bounces.tick(WorkerTick(portal, clock.now(), True))
    assert store.get(portal, item.id).state == rules.BOUNCED
    assert message.error == "revenu : 5.1.1"
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["2:2,"]
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("ids", [("1", "2", "3"), ("3", "2", "1")], ids=["ids-rise", "ids-fall"])
def test_408_subscribers_of_many_consultations_are_served_in_few_rounds(started, portal, monkeypatch, ids):
    monkeypatch.setattr(sending, "uuidhex", iter(ids).__next__)  # whichever run a draw would put first
    for number in range(408):
        active(portal, f"p{number}@b.exemple.fr", ("q=voirie", "dep=22", "q=piscine")[number % 3], rules.DAILY)
    first = publish(started, complete_draft(started.a))
    uid = first.UID()
    announced = facts_for_write(portal, sending.ANNOUNCED)
    assert uid in announced
    at(NOW + 24 * HOUR)
    tick(portal)  # 272 addresses, 200 a transaction
    assert len(sending._state(portal)["runs"]) == 1
    tick(portal)
    assert not sending._state(portal)["runs"]
    told = [m.payload["to"] for m in mails(portal)]
    assert len(told) == len(set(told)) == 272
