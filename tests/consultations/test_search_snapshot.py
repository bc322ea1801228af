"""The picture in memory against plain loops and plain catalog queries, on random content and random filters."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search import source
from megalis.portal.consultations.search import warm
from megalis.portal.consultations.search.criteria import Criteria
from megalis.portal.consultations.search.snapshot import Row
from megalis.portal.consultations.search.snapshot import Snapshot
from megalis.portal.formats import cpv
from plone import api as plone_api
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish

import itertools
import pytest
import random
import threading
import transaction


UTC = UTC
ZERO = datetime(2026, 3, 1, 11, tzinfo=UTC)
CPVS = ("45233140", "45210000", "45000000", "71240000", "30200000", "03221000")
DEPARTMENTS = ("22", "29", "35", "56", "44")
NATURES = tuple(words.NATURES)
PROCEDURES = ("procedure-adaptee", "appel-offres-ouvert", "dialogue-competitif")
BUYERS = ("brest", "rennes", "lannion")
REVIEWS = (
    (phase.PUBLIEE, ""), (phase.PUBLIEE, ""), (phase.ANALYSE, ""), (phase.DECIDEE, words.AWARDED),
    (phase.NOTIFIEE, words.FRUITLESS), (phase.ARCHIVEE, words.CANCELLED), (phase.ANNULEE, words.CANCELLED),
)  # fmt: skip
_rids = itertools.count(1)


@st.composite
def rows(draw):
    review, outcome = draw(st.sampled_from(REVIEWS))
    codes = draw(st.lists(st.sampled_from(CPVS), max_size=3))
    rid = next(_rids)
    buyer = draw(st.sampled_from(BUYERS))
    return Row(
        rid=rid, uid=f"{rid:032x}", path=f"collectivites/{buyer}/{rid}", title=f"Objet {rid}", reference=str(rid),
        buyer_slug=buyer, buyer=buyer.title(),
        cpv=tuple(sorted({above for code in codes for above in (code, *cpv.ancestors(code))})), cpv_main="",
        departments=tuple(sorted(draw(st.sets(st.sampled_from(DEPARTMENTS), max_size=3)))),
        nature=draw(st.sampled_from(("", *NATURES))), procedure=draw(st.sampled_from(PROCEDURES)),
        etat=source.public_state(review, outcome), review=review, lots=1,
        published=ZERO - timedelta(hours=draw(st.integers(1, 2000))),
        deadline=draw(st.none() | st.integers(-800, 800).map(lambda hours: ZERO + timedelta(hours=hours))),
    )  # fmt: skip


def some(values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


DAYS = st.integers(-40, 40).map(lambda shift: (ZERO + timedelta(days=shift)).date().isoformat())
CODES = (*CPVS, "45200000", "71000000", "99000000")
CRITERIA = st.builds(
    lambda etat, dep, nat, pro, code, who, since, begin, end, sort: Criteria(
        "",
        tuple(
            (name, values)
            for name, values in zip(words.FACETS, (etat, dep, nat, pro, code, who), strict=True)
            if values
        ),
        since, begin, end, sort,
    ),
    some(tuple(words.STATES)), some(DEPARTMENTS), some(NATURES), some(PROCEDURES), some(CODES), some((*BUYERS, "nulle-part")),
    st.just("") | DAYS | st.sampled_from(("1", "7", "30")), st.just("") | DAYS, st.just("") | DAYS,
    st.sampled_from(("", words.LIMIT, words.NEWEST, words.PUBLISHED)),
)  # fmt: skip


def satisfies(row, criteria, now, aside=None):
    """The meaning of a search, one row at a time; ``aside`` is the facet left out."""
    since, due_from, due_to = criteria.bounds(now)
    due = row.deadline or datetime.max.replace(tzinfo=UTC)
    if (since and row.published < since) or (due_from and due < due_from) or (due_to and due >= due_to):
        return False
    for name, values in criteria.facets:
        have = (row.state(now),) if name == "etat" else row.values(name)
        if name != aside and not set(have) & set(values):
            return False
    return True


def naive_order(found, sort, now):
    if sort == words.PUBLISHED:
        return sorted(found, key=lambda row: row.born)
    if sort == words.NEWEST:
        return sorted(found, key=lambda row: row.born, reverse=True)
    coming = sorted((row for row in found if row.due[0] > now), key=lambda row: row.due)
    return coming + sorted((row for row in found if row.due[0] <= now), key=lambda row: row.due, reverse=True)


def check(snapshot, alive, criteria, now):
    result = snapshot.search(criteria, now)
    expected = [row for row in alive if satisfies(row, criteria, now)]
    assert result.total == len(expected)
    assert result.rows() == naive_order(expected, criteria.order, now)
    assert result.rows(3, 4) == naive_order(expected, criteria.order, now)[3:7]
    for name in words.FACETS:
        around = [row for row in alive if satisfies(row, criteria, now, aside=name)]
        wanted = {}
        for row in around:
            for value in (row.state(now),) if name == "etat" else row.values(name):
                wanted[value] = wanted.get(value, 0) + 1
        assert {value: count for value, count in result.counts[name].items() if count} == wanted, name


@pytest.mark.parametrize(("seconds", "state"), [(-1, words.OPEN), (0, words.CLOSED), (1, words.CLOSED)])
def test_a_row_closes_at_its_very_second_whatever_is_asked(seconds, state):
    row = Row(rid=1, uid="a", path="x", etat=source.LIVE, published=ZERO - timedelta(days=9), deadline=ZERO)
    now = ZERO + timedelta(seconds=seconds)
    assert row.state(now) == state
    snapshot = Snapshot.build([row])
    counts = snapshot.search(Criteria(), now).counts["etat"]
    assert {name for name, count in counts.items() if count} == {state}
    for asked in (words.OPEN, words.CLOSED):
        assert snapshot.search(Criteria(facets=(("etat", (asked,)),)), now).total == (asked == state)


@given(st.lists(rows(), max_size=25), CRITERIA, st.sampled_from((-1, 0, 1)), st.integers(-800, 800))
@settings(max_examples=150, deadline=None)
def test_a_search_is_what_a_loop_over_all_rows_says(found, criteria, seconds, hours):
    now = ZERO + timedelta(hours=hours, seconds=seconds)
    check(Snapshot.build(found), found, criteria, now)


@given(
    st.lists(rows(), max_size=12), st.lists(st.tuples(st.integers(0, 3), rows()), max_size=12), CRITERIA, st.randoms()
)
@settings(max_examples=100, deadline=None)
def test_a_picture_that_followed_changes_is_the_one_made_anew(found, steps, criteria, chance):
    alive, snapshot = list(found), Snapshot.build(found)
    for drop, new in steps:
        gone = chance.sample(alive, min(drop, len(alive)))
        before, total = snapshot, len(alive)
        snapshot = snapshot.changed([row.rid for row in gone], [new])
        alive = [row for row in alive if row not in gone] + [new]
        assert len(before) == total
    check(snapshot, alive, criteria, ZERO)
    assert snapshot.all.bit_count() == len(alive)


def test_it_says_what_the_catalog_says(world, portal):
    chance = random.Random(7)
    made = []
    for rank in range(24):
        at(NOW + timedelta(hours=rank))
        draft = complete_draft(
            world.a, f"2026-R-{rank}", lots=(), nature=chance.choice(NATURES), cpv=chance.choice(CPVS),
            places=(chance.choice(("FRH01", "FRH02", "FRH0", "FRH")),),
            deadline=DEADLINE + timedelta(days=chance.randrange(10)), questions_deadline=None, planned_opening=None,
        )  # fmt: skip
        made.append(publish(world, draft) if rank % 4 else draft)
    catalog = portal.portal_catalog
    now = DEADLINE + timedelta(days=4)
    for _ in range(60):
        code, nature = chance.choice(CODES), chance.choice(NATURES)
        department, state = chance.choice(DEPARTMENTS), chance.choice((words.OPEN, words.CLOSED))
        facets = tuple(
            pair
            for pair in (("etat", (state,)), ("dep", (department,)), ("nat", (nature,)), ("cpv", (code,)))
            if chance.random() < 0.5
        )
        query = {"portal_type": "Consultation", "review_state": phase.PUBLIEE}
        for name, (value,) in facets:
            index = {"dep": "departments", "nat": "nature", "cpv": "cpv"}.get(name)
            query |= (
                {index: value}
                if index
                else {"deadline": {"query": now, "range": "min" if value == words.OPEN else "max"}}
            )
        brains = catalog.unrestrictedSearchResults(**query)
        wanted = {b.UID for b in brains if "etat" not in dict(facets) or (b.deadline > now) == (state == words.OPEN)}
        result = source.search(portal, Criteria(facets=facets), now)
        assert {row.uid for row in result.rows()} == wanted, facets


class TestConnections:
    """Two connections to one database: each sees what its own transaction sees, and nothing of the other's."""

    def test_a_commit_is_seen_after_the_transaction_began_anew(self, functional_portal):
        from tests.consultations.conftest import equip
        from zope.component.hooks import setSite

        portal = functional_portal
        at(NOW)
        with plone_api.env.adopt_roles(["Manager"]):
            world = equip(portal)
            publish(world, complete_draft(world.a, "2026-C-1", lots=()))
        transaction.commit()
        db, path = portal._p_jar.db(), "/".join(portal.getPhysicalPath())
        go, told, seen = threading.Semaphore(0), threading.Semaphore(0), []

        def reader():
            manager = transaction.TransactionManager()
            connection = db.open(manager)
            root = connection.root()["Application"].unrestrictedTraverse(path)
            setSite(root)
            for begin in (True, False, True):
                go.acquire()
                if begin:
                    manager.begin()
                seen.append(len(source.snapshot(root)))
                told.release()
            setSite(None)
            manager.abort()
            connection.close()

        thread = threading.Thread(target=reader)
        thread.start()
        go.release()
        told.acquire()
        with plone_api.env.adopt_roles(["Manager"]):
            publish(world, complete_draft(world.a, "2026-C-2", lots=()))
            assert len(source.snapshot(portal)) == 2
        transaction.savepoint()
        assert len(source.snapshot(portal)) == 2
        transaction.commit()
        assert len(source.snapshot(portal)) == 2
        assert source.snapshot(portal) is source.snapshot(portal)
        go.release()
        told.acquire()
        go.release()
        told.acquire()
        thread.join()
        at(None)
        assert seen == [1, 1, 2]

    def test_what_is_aborted_was_never_there(self, functional_portal):
        from tests.consultations.conftest import equip

        portal = functional_portal
        at(NOW)
        with plone_api.env.adopt_roles(["Manager"]):
            world = equip(portal)
        transaction.commit()
        before = source.snapshot(portal)
        with plone_api.env.adopt_roles(["Manager"]):
            publish(world, complete_draft(world.a, "2026-C-3", lots=()))
        assert len(source.snapshot(portal)) == 1
        transaction.abort()
        at(None)
        assert source.snapshot(portal) is before

    def test_a_process_makes_its_picture_before_the_first_visitor_asks(self, functional_portal, monkeypatch):
        from tests.consultations.conftest import equip

        portal = functional_portal
        at(NOW)
        with plone_api.env.adopt_roles(["Manager"]):
            world = equip(portal)
            publish(world, complete_draft(world.a, "2026-C-4", lots=()))
        transaction.commit()
        at(None)
        source._pictures.clear()  # as a process that starts
        counted = []
        thread = threading.Thread(target=lambda: counted.append(warm.warm(portal._p_jar.db())))
        thread.start()
        thread.join()
        assert counted == [1]
        read = []
        monkeypatch.setattr(source, "_read", lambda *args: read.append(args) or {})
        assert [row.reference for row in source.snapshot(portal).rows] == ["2026-C-4"]
        assert read == []
