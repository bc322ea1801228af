"""The rules of forums, without a site."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.forums import rules
from types import SimpleNamespace

import pytest


READER, WRITER = rules.Rights(), rules.Rights(writes=True)
MODERATOR = rules.Rights(moderates=True)


@pytest.mark.parametrize(
    ("rights", "locked", "code"),
    [
        (READER, False, "forum.lecture"),
        (WRITER, False, ""),
        (WRITER, True, "sujet.ferme"),
        (MODERATOR, True, ""),
        (rules.Rights(True, True, archived=True), False, "forum.archive"),
    ],
)
def test_who_may_write_where(rights, locked, code):
    try:
        rules.check_open(rights, locked)
    except Refused as refused:
        assert refused.code == code
    else:
        assert code == ""


def test_before_publication_everybody_waits_but_moderators():
    assert rules.first_state(rules.BEFORE, WRITER) == rules.WAITING
    assert rules.first_state(rules.BEFORE, MODERATOR) == rules.PUBLISHED
    assert rules.first_state(rules.AFTER, WRITER) == rules.PUBLISHED


@pytest.mark.parametrize(
    ("state", "action", "after"),
    [
        (rules.WAITING, "accepter", rules.PUBLISHED),
        (rules.WAITING, "ecarter", rules.REFUSED),
        (rules.PUBLISHED, "retirer", rules.HIDDEN),
        (rules.HIDDEN, "remettre", rules.PUBLISHED),
        (rules.PUBLISHED, "accepter", None),
        (rules.HIDDEN, "retirer", None),
        (rules.REFUSED, "accepter", None),
    ],
)
def test_a_message_moves_only_along_the_table(state, action, after):
    if after is None:
        with pytest.raises(Refused, match="changé d’état"):
            rules.moved(state, action)
    else:
        assert rules.moved(state, action) == after


def refused(check, *values):
    try:
        check(*values)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("person", "rights", "locked", "state", "code"),
    [
        ("anne", WRITER, False, rules.PUBLISHED, ""),
        ("anne", WRITER, False, rules.WAITING, ""),
        ("bob", WRITER, False, rules.PUBLISHED, "message.auteur"),
        ("bob", MODERATOR, False, rules.PUBLISHED, "message.auteur"),
        ("anne", WRITER, True, rules.PUBLISHED, "sujet.ferme"),
        ("anne", READER, False, rules.PUBLISHED, "forum.lecture"),
        ("anne", rules.Rights(True, archived=True), False, rules.PUBLISHED, "forum.archive"),
        ("anne", WRITER, False, rules.HIDDEN, "message.etat"),
        ("anne", WRITER, False, rules.DELETED, "message.etat"),
    ],
)
def test_an_author_alone_changes_his_message_while_the_talk_is_open(person, rights, locked, state, code):
    assert refused(rules.check_author, person, "anne", rights, locked, state) == code


@pytest.mark.parametrize(
    ("moderation", "rights", "state", "editions", "code"),
    [
        (rules.AFTER, WRITER, rules.PUBLISHED, 0, ""),
        (rules.BEFORE, WRITER, rules.PUBLISHED, 0, "message.relu"),
        (rules.BEFORE, WRITER, rules.WAITING, 0, ""),
        (rules.BEFORE, MODERATOR, rules.PUBLISHED, 0, ""),
        (rules.AFTER, WRITER, rules.PUBLISHED, rules.EDITIONS, "message.editions"),
    ],
)
def test_what_a_moderator_has_read_is_not_written_again_behind_him(moderation, rights, state, editions, code):
    assert refused(rules.check_edition, moderation, rights, state, editions) == code


def test_nobody_puts_back_what_its_author_deleted():
    assert rules.moved(rules.PUBLISHED, "supprimer") == rules.DELETED
    assert refused(rules.moved, rules.DELETED, "remettre") == "message.etat"


def test_a_subject_goes_neither_under_itself_nor_nowhere():
    with pytest.raises(Refused, match="sous lui-même"):
        rules.check_into("a", "a")
    with pytest.raises(Refused, match="n’existe pas"):
        rules.check_into("a", None)
    rules.check_into("a", "b")


def test_the_author_or_a_moderator_says_what_solves():
    assert rules.may_solve("anne", "anne", WRITER)
    assert not rules.may_solve("bob", "anne", WRITER)
    assert rules.may_solve("bob", "anne", MODERATOR)
    assert not rules.may_solve("anne", "anne", rules.Rights(writes=True, archived=True))


def test_what_came_before_the_first_visit_is_not_new():
    assert rules.is_unread(10, 0, 5)
    assert not rules.is_unread(10, 0, 10)
    assert not rules.is_unread(10, 12, 5)


def test_ten_thousand_messages_make_two_hundred_pages_and_few_links():
    assert rules.pages(10_000) == 200
    assert rules.pages(0) == 1
    assert rules.page_of(49) == 1
    assert rules.page_of(50) == 2
    assert rules.page_links(100, 200) == [1, 2, None, 99, 100, 101, None, 199, 200]
    assert rules.page_links(1, 3) == [1, 2, 3]


def test_pinned_subjects_come_first_then_the_liveliest():
    def subject(name, pinned, key):
        return SimpleNamespace(name=name, pinned=pinned, latest=SimpleNamespace(key=key))

    found = rules.in_order([subject("a", False, 5), subject("b", False, 9), subject("c", True, 1)])
    assert [item.name for item in found] == ["c", "b", "a"]


@pytest.mark.parametrize("check", [rules.check_audience, rules.check_moderation])
def test_an_unknown_choice_is_refused(check):
    with pytest.raises(Refused):
        check("n’importe quoi")
