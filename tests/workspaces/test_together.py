"""A workspace in a site: tasks, decisions, dates, pages, and what everybody knows."""

from datetime import date
from datetime import time
from datetime import timedelta
from dateutil.rrule import rrulestr
from icalendar import Calendar
from io import BytesIO
from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused
from megalis.portal.forums import notices as forum_notices
from megalis.portal.forums import rules as forum_rules
from megalis.portal.forums import service as forums
from megalis.portal.kernel import clock
from megalis.portal.kernel import ics
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import IInnerSearch
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.organisations import people
from megalis.portal.organisations.digests import sending
from megalis.portal.organisations.digests import store
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import calendars
from megalis.portal.workspaces import documents
from megalis.portal.workspaces import exporting
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import notices
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import section
from megalis.portal.workspaces import service
from plone import api
from tests.workspaces.conftest import LEADS
from tests.workspaces.conftest import Upload
from tests.workspaces.conftest import WORKS
from tests.workspaces.space_scene import forget_roles
from tests.workspaces.space_scene import mails
from zipfile import ZipFile

import pytest


TEXT = richtext.from_text("Bonjour")


def tell(site):
    """Do what the worker does with the messages of workspaces and forums."""
    for message in outbox.due(site, clock.now()):
        handler = {"espace": notices.Handler, "forum": forum_notices.Handler}.get(message.kind)
        if handler is not None:
            handler().send(site, message)
            outbox._close(site, message)


# tasks, decisions, dates, pages


def task(world, **more):
    values = {"title": "Relire", "html": "", "who": world.bob, "due": date(2026, 3, 20)}
    return service.save_task(world.espace, WORKS, world.anne, values | more)


def test_a_task_is_on_the_dashboard_of_who_took_it_until_it_is_done(world):
    made = task(world)
    with api.env.adopt_user(user=api.user.get(userid=world.other)):
        assert [t.title for t in section.Tasks(people.get(world.other), None)()] == ["Relire (Achat de sel)"]
    service.move_task(world.espace, WORKS, world.bob, made, rules.DONE)
    with api.env.adopt_user(user=api.user.get(userid=world.other)):
        assert list(section.Tasks(people.get(world.other), None)()) == []
    with pytest.raises(Refused, match="rechargez"):
        service.move_task(world.espace, WORKS, world.bob, made, rules.DROPPED)


def test_decisions_are_numbered_without_gap_and_settled_once_by_a_leader(world):
    found = [
        service.propose(world.espace, WORKS, world.bob, f"Décision {n}", TEXT, date(2026, 3, 16)) for n in range(2)
    ]
    assert [item.number for item in found] == ["2026-001", "2026-002"]
    with pytest.raises(Refused, match="animateurs"):
        service.settle(world.espace, WORKS, world.bob, found[0], rules.ADOPTED)
    service.settle(world.espace, LEADS, world.anne, found[0], rules.ADOPTED)
    with pytest.raises(Refused, match="rechargez"):
        service.settle(world.espace, LEADS, world.anne, found[0], rules.REJECTED)


def test_two_who_write_one_page_at_once_lose_nothing(world):
    page = service.write_page(world.espace, WORKS, world.anne, "Compte rendu", TEXT)
    service.write_page(world.espace, WORKS, world.bob, "Compte rendu", "<p>De Bob</p>", "ajout", page, 1)
    with pytest.raises(Refused, match="Agent voisin a modifié cette page"):
        service.write_page(world.espace, WORKS, world.anne, "Compte rendu", "<p>D’Anne</p>", "", page, 1)
    assert [edition.html for edition in page.editions] == [TEXT, "<p>De Bob</p>"]
    with pytest.raises(Refused, match="existe déjà"):
        service.write_page(world.espace, WORKS, world.anne, "COMPTE RENDU !", TEXT)


def entered(world, first, rhythm=agenda.ONCE, count=None):
    """Return a new entry of the calendar, from nine to ten."""
    dates = agenda.days(first, rhythm, count=count)
    start, end = agenda.span(first, time(9), time(10))
    values = {"title": "Réunion", "place": "Mairie", "text": "", "start": start, "end": end, "rhythm": rhythm}
    return service.add_day(world.espace, WORKS, world.anne, values | {"dates": dates})


def test_one_date_of_what_comes_back_is_cancelled_and_put_back_and_the_last_one_is_not(world):
    day = entered(world, date(2027, 3, 15), agenda.FORTNIGHTLY, 3)
    assert [item.date for item in calendars.taking_place(world.espace)] == [
        date(2027, 3, 15),
        date(2027, 3, 29),
        date(2027, 4, 12),
    ]
    cancel = (world.espace, WORKS, world.bob, day)
    service.set_cancelled(*cancel, date(2027, 3, 29), True)
    assert [item.date.day for item in calendars.taking_place(world.espace)] == [15, 12]
    with pytest.raises(Refused, match="ne revient pas ce jour-là"):
        service.set_cancelled(*cancel, date(2027, 3, 22), True)
    service.set_cancelled(*cancel, date(2027, 3, 15), True)
    with pytest.raises(Refused, match="dernière date"):
        service.set_cancelled(*cancel, date(2027, 4, 12), True)
    service.set_cancelled(*cancel, date(2027, 3, 15), False)
    assert day.cancelled == (date(2027, 3, 29),)


def test_programs_read_the_same_dates_as_people_over_both_changes_of_clocks(world):
    for first in (date(2027, 3, 1), date(2027, 10, 4)):
        day = entered(world, first, agenda.WEEKLY, 8)
        service.set_cancelled(world.espace, WORKS, world.anne, day, first + timedelta(days=14), True)
        [event] = Calendar.from_ical(ics.calendar(calendars.entries(world.espace, day), clock.now(), "x")).walk(
            "VEVENT"
        )
        assert {event[name].params["TZID"] for name in ("DTSTART", "DTEND", "EXDATE")} == {"Europe/Paris"}
        begins = event["DTSTART"].dt.replace(tzinfo=clock.PARIS)
        told = rrulestr(event["RRULE"].to_ical().decode(), dtstart=begins)
        away = {item.dt.replace(tzinfo=clock.PARIS) for item in event["EXDATE"].dts}
        read = [at.astimezone(clock.UTC) for at in told if at not in away]
        assert read == [item.start for item in calendars.occurrences(day) if not item.cancelled]
        assert {clock.paris(at).hour for at in read} == {9}
        assert len({at.hour for at in read}) == 2


def test_a_calendar_is_read_by_the_signed_address_of_a_member_only(world):
    entered(world, clock.paris(clock.now()).date() + timedelta(days=3))
    data = ics.calendar(calendars.entries(world.espace), clock.now(), "x")
    assert b"SUMMARY:R\xc3\xa9union" in data
    token = calendars.sign(world.espace, world.bob.userid)
    assert calendars.reader_of(world.espace, world.bob.userid, token)
    assert not calendars.reader_of(world.espace, world.anne.userid, token)
    membership.set_role(world.espace, world.bob.userid, None, world.anne.userid)
    forget_roles()
    assert not calendars.reader_of(world.espace, world.bob.userid, token)


# what everybody knows


def test_what_happens_is_told_to_the_others_as_each_wants(world):
    store.set_habit(world.anne.userid, "immediat")
    world.espace.members[world.boss].frequency = "aucun"
    documents.add(world.espace, WORKS, world.bob, Upload("Plan.pdf"))
    tell(world.site)
    sent = {m["to"]: m for m in mails(world.site)}
    assert "Agent voisin a déposé « Plan.pdf »" in sent["acheteurs@a.exemple.fr"]["text"].replace("\xa0", " ")
    assert not {"gerant@toitures.exemple.fr", "administrateurs@b.exemple.fr"} & set(sent)
    task(world)
    tell(world.site)
    clock.set_for_tests(clock.now() + timedelta(days=1))
    try:
        sending.tick(WorkerTick(world.site, clock.now()))
    finally:
        clock.set_for_tests()
    assert "administrateurs@b.exemple.fr" in {m["to"] for m in mails(world.site)}


def test_messages_of_a_forum_are_in_the_activity_and_in_the_search_of_its_workspace(world):
    rights = forum_rules.Rights(writes=True)
    forums.open_subject(world.forum, world.bob, rights, "Sel canari", TEXT)
    _key, last = world.espace.activity.newest(1)[0]
    assert (last.name, last.words) == ("Agent voisin", "a ouvert le sujet « Sel canari »")
    assert last.url.startswith("/discussions/@@sujet?id=")
    assert [row["title"] for row in IInnerSearch(world.forum)("canari")] == ["Sel canari"]


def test_everything_is_found_at_once_and_no_more_when_it_is_gone(world):
    made, _new = documents.add(world.espace, WORKS, world.bob, Upload("Bordereau canari.pdf"))
    task(world, title="Tâche canari")
    service.write_page(world.espace, WORKS, world.anne, "Page", richtext.from_text("texte canari"))
    for _turn in range(2):
        assert {kind for _key, (kind, _id) in world.espace.index.find("canari")} == {"document", "tache", "page"}
        notices.tick(WorkerTick(world.site, clock.now()))
    documents.drop(world.espace, WORKS, world.bob, made)
    assert {kind for _key, (kind, _id) in world.espace.index.find("canari")} == {"tache", "page"}


def test_the_archive_holds_everything_under_names_that_stay_in_their_folder(world):
    folder = documents.add_folder(world.espace, WORKS, "../Marché", "")
    made, _new = documents.add(world.espace, WORKS, world.bob, Upload("Plan.pdf", b"%PDF-1"), folder.id)
    documents.add_version(world.espace, WORKS, world.bob, made, Upload("Plan.pdf", b"%PDF-" + b"2" * 200_000))
    task(world, title="=1+1")
    service.write_page(world.espace, WORKS, world.anne, "Compte rendu", TEXT)
    kept = [*exporting._pages(world.espace), *exporting._lists(world.espace)]
    data = b"".join(exporting.Stream(kept))
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {
            "Pages/compte-rendu.html",
            "Taches.csv",
            "Decisions.csv",
            "Commentaires.csv",
            "Activite.csv",
            "Calendrier.ics",
        }
        assert "'=1+1" in archive.read("Taches.csv").decode("utf-8-sig")
    assert exporting._names(world.espace)[folder.id] == "Marché/"
