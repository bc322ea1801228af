"""The incremental feed: who followed its cursor has read everything, however late it was committed."""

from megalis.portal.kernel import journal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.publishing import log
from megalis.portal.marches.rules import limits
from plone import api
from ZODB.POSException import ConflictError
from zope.component.hooks import setSite

import json
import pytest
import transaction


@pytest.fixture
def two(served, functional):
    """Two drafts, committed, and a second connection to the same database."""
    keys = [served.add().key, served.add(id="2026-VOI-02").key]
    journal.merge(served.site)
    transaction.commit()
    return keys


def elsewhere(site):
    """Return the site in a connection and a transaction of its own: ``(site, manager)``."""
    manager = transaction.TransactionManager()
    connection = site._p_jar.db().open(transaction_manager=manager)
    app = connection.root()["Application"]
    return app[site.getId()], manager


def publish(site, key):
    """Publish the contract of a key in the connection of ``site``."""
    here = api.portal.get()
    setSite(site)
    try:
        record = store.get(site, key)
        town = site.restrictedTraverse("/".join(api.content.get(UID=record.buyer).getPhysicalPath()[2:]))
        journal.record(
            town, {"type": "donnees-essentielles", "contrat": key, "acte": "publication", "version": 1}, public=True
        )
    finally:
        setSite(here)


def heard(site, cursor):
    facts, cursor, _more = log.since(site, cursor, 100)
    return [fact.event["contrat"] for fact in facts if fact.kind == log.CONTRACT], cursor


def test_what_was_written_first_and_committed_last_is_not_skipped(served, two, functional):
    site, (early, late) = served.site, two
    _told, cursor = heard(site, 0)
    (one, first), (other, second) = elsewhere(site), elsewhere(site)
    try:
        publish(one, early)  # written first ...
        publish(other, late)
        second.commit()
        transaction.begin()
        journal.merge(site)
        transaction.commit()
        told, cursor = heard(site, cursor)
        assert told == [late]
        first.commit()  # ... and committed after the reader went by
        transaction.begin()
        journal.merge(site)
        transaction.commit()
        told, cursor = heard(site, cursor)
        assert told == [early]
        assert heard(site, cursor) == ([], cursor)
    finally:
        for place, manager in ((one, first), (other, second)):
            manager.abort()
            place._p_jar.close()


def test_two_sequencers_at_once_number_a_fact_once(served, two):
    site, (early, _late) = served.site, two
    publish(site, early)
    transaction.commit()
    (one, first), (other, second) = elsewhere(site), elsewhere(site)
    try:
        assert journal.merge(one) == journal.merge(other) == 1
        first.commit()
        with pytest.raises(ConflictError):
            second.commit()
        second.abort()
    finally:
        for place, manager in ((one, first), (other, second)):
            manager.abort()
            place._p_jar.close()
    transaction.begin()
    told, _cursor = heard(site, 0)
    assert told == [early]


def test_a_page_of_facts_leads_to_the_next_and_ends(served):
    site = served.site
    for number in range(5):
        recording.publish(served.add(id=f"C-{number}"))
    journal.merge(site)
    seen, cursor, more = [], 0, True
    while more:
        facts, cursor, more = log.since(site, cursor, 2, (log.CONTRACT,))
        seen += [fact.event["identifiant"] for fact in facts]
    assert seen == [f"C-{number}" for number in range(5)]
    assert cursor == log.size(site)


def test_going_back_in_time_gives_the_same_facts_reversed(served):
    site = served.site
    for number in range(5):
        recording.publish(served.add(id=f"C-{number}"))
    journal.merge(site)
    seen, cursor = [], log.size(site)
    while cursor is not None:
        facts, cursor = log.before(site, cursor, 2, (log.CONTRACT,))
        seen += [fact.event["identifiant"] for fact in facts]
    assert seen == [f"C-{number}" for number in reversed(range(5))]


class TestOverHTTP:
    @pytest.fixture
    def browser(self, served, open_as):
        record = served.add()
        recording.publish(record)
        recording.amend(
            record,
            "modification",
            {"dateNotificationModification": "2026-04-28", "montant": 150000},
            basis=limits.Basis(limits.REVIEW),
        )
        journal.merge(served.site)
        transaction.commit()
        served.record = record
        return open_as()

    def get(self, browser, site, query=""):
        browser.open(f"{site.absolute_url()}/flux.json{query}")
        return json.loads(browser.contents)

    def test_each_fact_bears_the_data_as_they_were_published_then(self, served, browser):
        told = self.get(browser, served.site, "?genre=contrats")
        first, second = told["faits"]
        assert first["acte"] == "publication" and "modifications" not in first["donnees"]
        assert (
            second["acte"] == "modification"
            and second["donnees"]["modifications"][0]["modification"]["montant"] == 150000
        )
        assert first["contrat"]["empreinte"] == served.record.versions[0].sha256
        assert told["curseur"] == log.size(served.site) and not told["suite"]
        assert self.get(browser, served.site, f"?since={told['curseur']}")["faits"] == []

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("?since=-1", "nombre"), ("?since=1e3", "nombre"), ("?since=999999", "curseur"), ("?genre=zz", "genre"),
            ("?nombre=201", "nombre"), ("?zz=1", "parametre"),
        ],
    )  # fmt: skip
    def test_a_bad_cursor_is_refused_with_a_code(self, served, browser, query, code):
        assert self.get(browser, served.site, query)["code"] == code
        assert browser.headers["status"].startswith("400")
