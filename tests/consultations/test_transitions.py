"""What stops each step of the workflow, without a site."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import transitions


NOW = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 3, 16, 11, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def codes(findings):
    return [finding.code for finding in findings]


def test_each_wrong_turn_says_what_stands_in_its_way_in_its_own_words():
    after = DEADLINE + SECOND
    assert codes(transitions.refusals("rectifier", transitions.Facts("publiee", DEADLINE, after, "motif"))) == [
        "rectification.close"
    ]
    for transition, state, now in (
        ("ouvrir", "elaboration", NOW), ("notifier", "publiee", NOW), ("notifier", "publiee", after),
        ("rectifier", "analyse", after), ("decider", "publiee", after),
    ):  # fmt: skip
        found = transitions.refusals(transition, transitions.Facts(state, DEADLINE, now, "motif"))
        assert codes(found) == ["transition.etat"], (transition, state)


def test_a_step_is_stopped_by_its_own_findings_and_by_no_others():
    lacks = {
        name: (Missing(f"{name}.essai", "Il manque quelque chose."),)
        for name in ("checklist", "decisions", "notification")
    }
    after = DEADLINE + SECOND
    for transition, state, now, binds in (
        ("soumettre", "elaboration", NOW, "checklist"), ("publier", "a-valider", NOW, "checklist"),
        ("decider", "analyse", after, "decisions"), ("notifier", "decidee", after, "notification"),
        ("annuler", "publiee", NOW, None), ("ouvrir", "publiee", after, None), ("archiver", "notifiee", after, None),
    ):  # fmt: skip
        found = transitions.refusals(transition, transitions.Facts(state, DEADLINE, now, "motif", **lacks))
        assert codes(found) == ([f"{binds}.essai"] if binds else []), transition


def test_what_the_checklist_says_of_the_deadline_is_not_said_twice():
    told = (Missing("deadline.trop-tot", "Le délai minimal n’est pas respecté."),)
    facts = transitions.Facts("a-valider", NOW - SECOND, NOW, checklist=told)
    assert codes(transitions.refusals("publier", facts)) == ["deadline.trop-tot"]


def test_a_request_for_completion_is_put_away_from_its_analysis_and_decides_nothing():
    after = DEADLINE + SECOND
    assert transitions.possible("analyse", DEADLINE, after, "complement") == [
        step for step in transitions.possible("analyse", DEADLINE, after) if step != "decider"
    ] + ["archiver"]
    assert "archiver" not in transitions.possible("analyse", DEADLINE, after)
    assert transitions.possible("publiee", DEADLINE, after) == transitions.possible("close", DEADLINE, after)
