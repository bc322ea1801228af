"""A forum in a site: what is posted, moderated, moved, found and told; the pages are in test_pages."""

from datetime import datetime
from datetime import timedelta
from io import BytesIO
from lxml import etree
from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.forums import access
from megalis.portal.forums import create
from megalis.portal.forums import feeds
from megalis.portal.forums import notices
from megalis.portal.forums import rules
from megalis.portal.forums import service
from megalis.portal.forums.content import Message
from megalis.portal.kernel import attached
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.digests import sending
from megalis.portal.organisations.digests import store
from plone import api
from tests.forums.conftest import ask
from tests.forums.conftest import LEADS
from tests.forums.conftest import say
from tests.forums.conftest import WRITES
from types import SimpleNamespace

import pytest
import time


def tell(site):
    """Do what the worker does with the messages of forums."""
    for message in outbox.due(site, clock.now()):
        if message.kind == service.HANDLER:
            notices.Handler().send(site, message)
            outbox._close(site, message)


def mails(site):
    return {m.payload["to"]: m.payload for m in outbox.messages(site) if m.kind == "mail"}


def test_a_subject_lives_in_its_forum_and_touches_no_content(world):
    before = world.forum.modified()
    sujet = ask(world)
    key = say(world, sujet)
    assert service.subjects(world.forum) == [sujet]
    assert [message.name for _key, message in sujet.messages.items()] == ["Agent acheteurs", "Agent voisin"]
    assert sujet.latest.key == key
    assert sujet.messages.get(key).where == "Commune de Lannion"
    assert world.forum.modified() == before


def test_readers_are_those_of_the_audience(world):
    forum = world.forum

    def may(userid, permission):
        return api.user.has_permission(permission, user=api.user.get(userid=userid), obj=forum)

    assert sending.may_see(world.acheteurs, "forums/commande-publique")
    assert not sending.may_see(world.boss, "forums/commande-publique")
    access.open_to(forum, rules.ALL)
    assert sending.may_see(world.boss, "forums/commande-publique")
    assert may(world.boss, access.WRITE)
    assert not may(world.boss, access.MODERATE)
    assert may(world.valideurs, access.MODERATE)
    assert may(world.operator, access.MODERATE)


def test_what_is_new_to_each_person_counts_from_his_first_visit(world):
    old = ask(world)
    assert service.arrive(world.forum, world.other)
    assert service.unread(world.forum, world.other) == []
    fresh = ask(world, "Autre question")
    assert service.unread(world.forum, world.other) == [fresh]
    say(world, old, person=world.anne)
    assert set(service.unread(world.forum, world.other)) == {old, fresh}
    assert service.mark_read(world.forum, old, world.other)
    assert not service.mark_read(world.forum, old, world.other)
    service.mark_all_read(world.forum, world.other)
    assert service.unread(world.forum, world.other) == []


def test_a_message_read_first_waits_then_appears_or_goes(world):
    world.forum.moderation = rules.BEFORE
    sujet = ask(world)
    assert service.subjects(world.forum) == []
    [held] = world.forum.held.values()
    with pytest.raises(Refused, match="modérateurs"):
        service.settle(world.forum, WRITES, held.id, "accepter", world.bob)
    service.settle(world.forum, LEADS, held.id, "accepter", world.chief)
    assert service.subjects(world.forum) == [sujet]
    with pytest.raises(Refused, match="déjà été traité"):
        service.settle(world.forum, LEADS, held.id, "ecarter", world.chief)
    other = ask(world, "Publicité")
    [held] = world.forum.held.values()
    service.settle(world.forum, LEADS, held.id, "ecarter", world.chief)
    assert service.find(world.forum, other.id) is None


def test_a_message_taken_off_keeps_its_place_and_is_found_no_more(world):
    sujet = ask(world)
    key = say(world, sujet, "Texte canari")
    assert world.forum.index.find("canari") == [(key, (sujet.id, key))]
    service.set_hidden(world.forum, LEADS, sujet, key, "retirer", world.chief, "Hors sujet")
    assert len(sujet.messages) == 2
    assert world.forum.index.find("canari") == []
    service.set_hidden(world.forum, LEADS, sujet, key, "remettre", world.chief)
    assert world.forum.index.find("canari")


def test_an_author_changes_his_message_and_what_it_said_before_is_kept(world):
    sujet = ask(world)
    key = say(world, sujet, "Texte canari")
    message = sujet.messages.get(key)
    change = (world.forum, sujet, world.bob, WRITES, key)
    assert service.edit(*change, richtext.from_text("Texte pinson"), ())
    assert not service.edit(*change, richtext.from_text("Texte pinson"), ())
    assert [item.html for item in message.editions] == ["<p>Texte canari</p>"]
    assert message.edited is not None
    assert world.forum.index.find("canari") == []
    assert world.forum.index.find("pinson") == [(key, (sujet.id, key))]
    with pytest.raises(Refused, match="Seul l’auteur"):
        service.edit(world.forum, sujet, world.chief, LEADS, key, richtext.from_text("Autre"), ())


def test_a_message_its_author_deletes_leaves_its_place_and_nothing_else(world):
    sujet = ask(world)
    key = say(world, sujet, "Texte canari")
    sujet.solution = key
    service.report(world.forum, sujet, key, world.anne, "Hors sujet")
    service.erase(world.forum, sujet, world.bob, WRITES, key)
    assert sujet.messages.get(key).state == rules.DELETED
    assert (len(sujet.messages), sujet.solution, len(world.forum.reports)) == (2, 0, 0)
    assert world.forum.index.find("canari") == []
    assert "canari" not in feeds.atom(world.forum).decode()
    with pytest.raises(Refused, match="changé d’état"):
        service.set_hidden(world.forum, LEADS, sujet, key, "remettre", world.chief)
    with pytest.raises(Refused, match="retiré ou supprimé"):
        service.solve(sujet, WRITES, world.anne, key)
    with pytest.raises(Refused, match="déjà retiré ou supprimé"):
        service.erase(world.forum, sujet, world.bob, WRITES, key)


def test_a_message_withdrawn_while_it_waits_calls_no_moderator_and_an_empty_subject_goes(world):
    world.forum.moderation = rules.BEFORE
    sujet = ask(world)
    [held] = world.forum.held.values()
    assert service.edit(world.forum, sujet, world.anne, WRITES, held.key, richtext.from_text("Mieux dit"), ())
    service.erase(world.forum, sujet, world.anne, WRITES, held.key)
    assert not len(world.forum.held)
    assert service.find(world.forum, sujet.id) is None


def test_a_report_is_kept_once_a_person_and_calls_the_moderators(world):
    sujet = ask(world)
    key = say(world, sujet)
    for _turn in range(2):
        service.report(world.forum, sujet, key, world.anne, "Propos blessants")
    assert len(world.forum.reports) == 1
    tell(world.site)
    assert "valideurs@a.exemple.fr" in mails(world.site)
    assert "exploitant@megalis.exemple.fr" in mails(world.site)
    service.set_hidden(world.forum, LEADS, sujet, key, "retirer", world.chief)
    assert not len(world.forum.reports)


def test_a_subject_is_cut_and_put_under_another_without_losing_a_message(world):
    sujet = ask(world)
    keys = [say(world, sujet, f"Réponse {rank}") for rank in range(4)]
    sujet.solution = keys[3]
    made = service.split(world.forum, sujet, LEADS, keys[2], "La suite", world.chief)
    assert sujet.messages.keys() == [sujet.messages.keys()[0], *keys[:2]]
    assert made.messages.keys() == keys[2:]
    assert (sujet.solution, made.solution) == (0, keys[3])
    assert (sujet.latest.key, made.latest.key) == (keys[1], keys[3])
    assert made.author == world.other
    assert world.forum.index.find("reponse 3") == [(keys[3], (made.id, keys[3]))]
    with pytest.raises(Refused, match="Un sujet ne se range pas sous lui-même"):
        service.merge(world.forum, sujet, sujet, LEADS)
    with pytest.raises(Refused, match="premier message"):
        service.split(world.forum, sujet, LEADS, sujet.messages.keys()[0], "Rien", world.chief)
    service.merge(world.forum, made, sujet, LEADS)
    assert service.subjects(world.forum) == [sujet]
    assert sujet.messages.keys()[1:] == keys


def test_a_subject_moves_to_a_forum_one_moderates_too(world):
    with api.env.adopt_roles(["Manager"]):
        target = create.forum(world.site["forums"], "Urbanisme", audience="agents")
    sujet = ask(world, text="Texte canari")
    with pytest.raises(Refused, match="modérateurs"):
        service.move(world.forum, target, sujet, LEADS, WRITES)
    service.move(world.forum, target, sujet, LEADS, LEADS)
    assert service.subjects(target) == [sujet]
    assert world.forum.index.find("canari") == []
    assert target.index.find("canari")


def test_followers_are_told_as_each_wants_and_the_author_is_not(world):
    store.set_habit(world.acheteurs, "immediat")
    sujet = ask(world)
    service.follow(world.forum.followers, world.lecteurs, "quotidien")
    service.follow(world.forum.followers, world.porteurs, "aucun")
    say(world, sujet)
    tell(world.site)
    sent = mails(world.site)
    assert "acheteurs@a.exemple.fr" in sent
    assert "Agent voisin a écrit dans « Seuil des MAPA »" in sent["acheteurs@a.exemple.fr"]["text"].replace("\xa0", " ")
    assert not {"administrateurs@b.exemple.fr", "porteurs@a.exemple.fr", "lecteurs@a.exemple.fr"} & set(sent)
    clock.set_for_tests(clock.now() + timedelta(days=1))
    try:
        sending.tick(WorkerTick(world.site, clock.now()))
    finally:
        clock.set_for_tests()
    assert "lecteurs@a.exemple.fr" in mails(world.site)


def test_who_may_read_no_more_is_told_no_more_even_of_what_waits(world):
    sujet = ask(world)
    service.follow(world.forum.followers, world.lecteurs, "quotidien")
    say(world, sujet)
    tell(world.site)
    membership.set_roles(world.a, world.lecteurs, ())
    clock.set_for_tests(clock.now() + timedelta(days=1))
    try:
        sending.tick(WorkerTick(world.site, clock.now()))
    finally:
        clock.set_for_tests()
    assert "lecteurs@a.exemple.fr" not in mails(world.site)


def test_the_feed_is_well_formed_and_closes_with_the_rights_of_its_reader(world):
    sujet = ask(world, "Titre & <b>", "Texte")
    say(world, sujet, "Réponse")
    token = feeds.sign(world.forum, world.acheteurs)
    assert feeds.reader_of(world.forum, world.acheteurs, token)
    assert not feeds.reader_of(world.forum, world.other, token)
    tree = etree.fromstring(feeds.atom(world.forum))
    titles = [item.text for item in tree.iter("{*}title")]
    assert titles == ["Commande publique", "Titre & <b>", "Titre & <b>"]
    membership.set_roles(world.a, world.acheteurs, ())
    assert not feeds.reader_of(world.forum, world.acheteurs, token)


def upload(name, data):
    found = BytesIO(data)
    found.filename = name
    return found


def test_joined_files_are_looked_at_before_they_are_kept(world):
    files = attached.receive_all([upload("Plan.pdf", b"%PDF-1"), upload("plan.pdf", b"%PDF-2")], rules.JOINED)
    assert [item.name for item in files] == ["Plan.pdf", "plan (2).pdf"]
    html = richtext.from_text("Voici")
    sujet, key = service.open_subject(world.forum, world.anne, WRITES, "Plan", html, files)
    assert sujet.messages.get(key).attachments[0].size == 6
    with pytest.raises(Refused, match="6 fichiers, 5 au plus"):
        attached.receive_all([upload(f"{n}.pdf", b"%PDF-") for n in range(6)], rules.JOINED)
    with pytest.raises(Refused, match="script"):
        attached.receive_all([upload("a.svg", b"<svg onload='x()'/>")], rules.JOINED)


def test_a_page_of_ten_thousand_messages_comes_as_fast_as_one_of_fifty(world):
    sujet = ask(world)
    html = richtext.from_text("Un message.")
    writer = SimpleNamespace(userid=world.other, fullname="Bob")
    at = datetime(2026, 1, 1, tzinfo=clock.UTC)
    for rank in range(10_000):
        message = Message(writer, "", at, html, (), rules.PUBLISHED)
        sujet.latest.tell(sujet.messages.append(message, at + timedelta(seconds=rank)), "Bob")
    started = time.thread_time()
    keys = sujet.messages.keys()
    shown = [sujet.messages.get(key) for key in keys[5_000:5_050]]
    took = time.thread_time() - started
    assert len(shown) == 50
    assert len(keys) == 10_001
    assert took < 0.2


def test_the_worker_takes_the_words_in(world):
    sujet = ask(world, text="Texte canari")
    assert len(world.forum.index.pending) == 1
    notices.tick(WorkerTick(world.site, clock.now()))
    assert not len(world.forum.index.pending)
    assert [ref[0] for _key, ref in world.forum.index.find("canari")] == [sujet.id]
    assert people.get(world.acheteurs).fullname in next(iter(sujet.messages.items()))[1].name
