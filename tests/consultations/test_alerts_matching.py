"""Alerts, the pure part: which searches a consultation answers to, what an alert keeps of a search, when its turn is."""

from datetime import datetime
from datetime import timedelta
from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.consultations.alerts import matching
from megalis.portal.consultations.alerts import rules
from megalis.portal.consultations.alerts.bounces import read_report
from megalis.portal.consultations.search import criteria as words
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from urllib.parse import parse_qs

import pytest


def asked(query):
    found, problems = words.parse(parse_qs(query))
    assert not problems
    return rules.watched(found)


ROAD = matching.Notice.of(
    {
        "dep": ["29"],
        "nat": ["travaux"],
        "pro": ["procedure-adaptee"],
        "cpv": ["45000000", "45230000", "45233140"],
        "acheteur": ["lannion"],
    },
    "Réfection de la voirie communale, enrobés bitumineux",
)


@pytest.mark.parametrize(
    "query, answers",
    [
        ("", True),
        ("q=voirie", True),
        ("q=VOIRIE", True),
        ("q=refection", True),
        ("q=réfections", True),
        ("q=voi", False),
        ("q=voir", True),
        ("q=voirie enrobé", True),
        ("q=voirie piscine", False),
        ("q=la voirie de la", True),
        ("dep=29", True),
        ("dep=22", False),
        ("dep=22&dep=29", True),
        ("nat=travaux&q=voirie", True),
        ("nat=services&q=voirie", False),
        ("cpv=45233140", True),
        ("cpv=45", True),
        ("cpv=71", False),
        ("acheteur=lannion", True),
        ("acheteur=brest", False),
        ("pro=appel-offres-ouvert", False),
        ("dep=29&nat=travaux&cpv=45&q=bitume", False),
        ("dep=29&nat=travaux&cpv=45&q=bitumineux", True),
    ],
)
def test_a_consultation_answers_to_a_search_as_the_search_page_would_find_it(query, answers):
    assert matching.matched([asked(query)], [ROAD]) == [[0] if answers else []]


def test_searches_that_are_equal_are_asked_once_and_answered_each():
    same = [asked("q=voirie"), asked("dep=22"), asked("q=voirie")]
    assert matching.matched(same, [ROAD, ROAD]) == [[0, 1], [], [0, 1]]


def test_no_search_and_no_consultation_match_nothing():
    assert matching.matched([], [ROAD]) == []
    assert matching.matched([asked("")], []) == [[]]


VALUES = {
    "dep": st.sampled_from(["22", "29", "35", "56"]),
    "nat": st.sampled_from(["travaux", "services"]),
    "cpv": st.sampled_from(["45000000", "45233140", "71000000"]),
}
VOCABULARY = ["voirie", "ecole", "toiture", "bois", "eau", "route", "routes"]


@st.composite
def searches(draw):
    facets = tuple(
        (name, tuple(draw(st.lists(VALUES[name], min_size=1, max_size=2, unique=True))))
        for name in words.FACETS
        if name in VALUES and draw(st.booleans())
    )
    return words.Criteria(q=" ".join(draw(st.lists(st.sampled_from(VOCABULARY), max_size=3))), facets=facets)


@st.composite
def notices(draw):
    facets = {name: draw(st.lists(values, max_size=2)) for name, values in VALUES.items()}
    return matching.Notice.of(facets, " ".join(draw(st.lists(st.sampled_from(VOCABULARY), max_size=4))))


def answers_slowly(criteria, notice):
    """One search at a time, word by word: what the index must agree with."""
    for name, values in criteria.facets:
        if not set(values) & notice.facets[name]:
            return False
    return all(
        any(word.startswith(stem) if longer else word == stem for word in notice.words)
        for stem, longer in matching.stems(criteria.q)
    )


@given(st.lists(searches(), max_size=12), st.lists(notices(), max_size=4))
def test_the_index_says_what_asking_one_by_one_says(many, told):
    slow = [[rank for rank, notice in enumerate(told) if answers_slowly(item, notice)] for item in many]
    assert matching.matched(many, told) == slow


def test_an_alert_leaves_aside_what_says_nothing_of_a_new_consultation():
    found, _ = words.parse(parse_qs("q=bois&dep=29&etat=ouverte&avant=2026-05-01&depuis=7&tri=limite&page=3"))
    kept = rules.watched(found)
    assert kept.query(filters_only=True) == "?q=bois&dep=29"
    assert rules.left_out(found) == ["l’état", "la date de publication", "la date limite"]
    assert rules.from_query(kept.query(filters_only=True)) == kept


def test_an_alert_says_what_it_watches_in_french():
    found = rules.said(asked("q=bois&dep=29&dep=56&nat=travaux&acheteur=lannion"), {"lannion": "Ville de Lannion"})
    assert found == "« bois », Finistère ou Morbihan, Travaux, Ville de Lannion"
    assert rules.said(asked("")) == "Toutes les consultations"


@pytest.mark.parametrize(
    "name, now, turn",
    [
        ("quotidienne", "2026-03-16T06:30", "2026-03-16T06:00"),  # winter: 7 h is 6 h UTC
        ("quotidienne", "2026-03-16T05:59", "2026-03-15T06:00"),
        ("quotidienne", "2026-03-29T05:00", "2026-03-29T05:00"),  # summer time began in the night
        ("quotidienne", "2026-03-29T04:59", "2026-03-28T06:00"),
        ("hebdomadaire", "2026-03-16T06:00", "2026-03-16T06:00"),  # a Monday
        ("hebdomadaire", "2026-03-16T05:59", "2026-03-09T06:00"),
        ("hebdomadaire", "2026-03-22T23:30", "2026-03-16T06:00"),  # Monday already in Paris, not yet seven
        ("hebdomadaire", "2026-10-26T06:00", "2026-10-26T06:00"),  # winter time is back
    ],
)
def test_the_turn_of_a_frequency_is_seven_in_paris(name, now, turn):
    def utc(text):
        return datetime.fromisoformat(text).replace(tzinfo=clock.UTC)

    assert rules.last_turn(name, utc(now)) == utc(turn)
    assert rules.last_turn("immediate", utc(now)) == utc(now)


def test_an_unknown_frequency_is_refused_with_those_that_exist():
    with pytest.raises(Refused, match="quotidienne"):
        rules.frequency("horaire")


def test_a_request_nobody_confirmed_is_forgotten_after_a_week():
    made = datetime(2026, 3, 1, tzinfo=clock.UTC)
    assert not rules.stale(made, made + timedelta(days=6, hours=23))
    assert rules.stale(made, made + timedelta(days=7))


REPORT = """\
From: MAILER-DAEMON@relais.exemple.bzh
To: ne-pas-repondre@exemple.bzh
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="B"
MIME-Version: 1.0

--B
Content-Type: text/plain

Sorry.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relais.exemple.bzh

Final-Recipient: rfc822; x@exemple.fr
Action: {action}
Status: {status}
--B
Content-Type: text/rfc822-headers

Message-ID: <177.1.22.{number}@exemple.bzh>
Subject: Nouvelle consultation
--B--
"""
NUMBER = "0123456789abcdef" * 2


def report(action="failed", status="5.1.1", number=NUMBER):
    return read_report(REPORT.format(action=action, status=status, number=number).encode())


def test_a_delivery_report_names_our_message_and_whether_the_address_exists():
    found = report()
    assert (found.message, found.status, found.permanent) == (NUMBER, "5.1.1", True)
    assert not report(status="5.2.2").permanent  # full, not unknown


@pytest.mark.parametrize(
    "told",
    [
        report(action="delayed", status="4.4.1"),
        report(status="4.2.2"),
        report(number="autre"),
        read_report(b"From: a@b.fr\n\nBonjour"),
        read_report(b""),
        read_report(b"\xff\x00" * 50),
        read_report(b"Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/rfc822\n\n--B--\n"),
    ],
)
def test_anything_else_in_the_box_is_not_a_report(told):
    assert told is None
