"""The life of what is written, as rules: who moves it, what a move needs, what only the clock does."""

from dataclasses import replace
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.editorial import states
from megalis.portal.editorial.states import Facts
from megalis.portal.editorial.states import refusals
from pathlib import Path

import pytest
import re


NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
WRITER = Facts(states.DRAFT, "alice", frozenset({"Redacteur"}), "alice", NOW, title="Titre")
READER = Facts(states.SUBMITTED, "bruno", frozenset({"Relecteur"}), "alice", NOW, title="Titre")
CLOCK = Facts(states.SCHEDULED, states.CLOCK, frozenset(), "alice", NOW, title="Titre", effective=NOW)


def codes(name, facts):
    return [missing.code for missing in refusals(name, facts)]


def test_a_writer_proposes_and_never_publishes():
    assert codes("soumettre", WRITER) == []
    assert codes("publier", replace(READER, actor="alice", roles=frozenset({"Redacteur"}))) == ["redaction.role"]
    assert [step.id for step in states.possible(states.SUBMITTED, {"Redacteur"})] == []


def test_nobody_publishes_what_he_wrote_but_the_webmaster():
    own = replace(READER, actor="alice")
    assert codes("publier", READER) == []
    assert codes("publier", own) == ["redaction.quatre-yeux"]
    assert codes("publier", replace(own, roles=frozenset({"Webmestre"}))) == []


def test_an_empty_text_or_a_mute_picture_is_not_proposed():
    assert codes("soumettre", replace(WRITER, title=" ", empty=True, silent=("port.jpg",))) == [
        "redaction.titre",
        "redaction.vide",
        "redaction.image-muette",
    ]


def test_what_comes_back_says_why():
    assert codes("renvoyer", READER) == ["redaction.pourquoi"]
    assert codes("renvoyer", replace(READER, comment="La date est fausse.")) == []
    assert "redaction.long" in codes("renvoyer", replace(READER, comment="x" * 2001))


@pytest.mark.parametrize(
    "effective, expires, code",
    [
        (None, None, "redaction.date"),
        (NOW, None, "redaction.date-passee"),
        (NOW + timedelta(days=400), None, "redaction.date-lointaine"),
        (NOW + timedelta(days=2), NOW + timedelta(days=1), "redaction.fin-avant"),
        (NOW + timedelta(days=2), NOW - timedelta(days=1), "redaction.fin-passee"),
    ],
)
def test_a_date_of_publication_is_to_come_and_before_the_end(effective, expires, code):
    assert code in codes("programmer", replace(READER, effective=effective, expires=expires))


def test_only_the_clock_publishes_what_is_scheduled_and_not_before_its_hour():
    assert codes("paraitre", CLOCK) == []
    assert codes("paraitre", replace(CLOCK, effective=NOW + timedelta(seconds=1))) == ["redaction.trop-tot"]
    assert codes("paraitre", replace(CLOCK, actor="bruno", roles=frozenset({"Webmestre"}))) == ["redaction.role"]
    assert codes("publier", replace(CLOCK, state=states.SUBMITTED)) == ["redaction.role"]
    over = replace(CLOCK, state=states.PUBLISHED, expires=NOW)
    assert codes("expirer", over) == [] and codes("expirer", replace(over, expires=None)) == ["redaction.trop-tot"]


def test_a_move_that_does_not_exist_from_there_is_refused():
    assert codes("publier", WRITER) == ["redaction.etat"]
    assert codes("detruire", WRITER) == ["redaction.etat"]


def test_the_drawing_and_the_workflow_of_the_site_say_what_the_rules_say():
    room = Path(states.__file__).parent
    rules = {(source, step.target, step.id) for step in states.TRANSITIONS.values() for source in step.sources}
    drawn = re.findall(r"(\w+) --> (\w+): (\w+)", (room / "states.mmd").read_text("utf-8"))
    assert set(drawn) == rules
    definition = (room.parent / "profiles/default/workflows/editorial_workflow/definition.xml").read_text("utf-8")
    targets = dict(re.findall(r'new_state="(\w+)"\s+title="[^"]*"\s+transition_id="(\w+)"', definition))
    targets = {
        name: state
        for state, name in re.findall(r'new_state="(\w+)"\s+title="[^"]*"\s+transition_id="(\w+)"', definition)
    }
    found = set()
    for state, block in re.findall(r'<state state_id="(\w+)"(.*?)</state>', definition, re.S):
        found |= {(state, targets[name], name) for name in re.findall(r'exit-transition transition_id="(\w+)"', block)}
    assert found == rules
