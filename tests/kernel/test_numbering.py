"""Numbers drawn once, whether their site is committed or still being made."""

from megalis.portal.kernel import numbering

import pytest
import transaction


@pytest.fixture
def fresh(portal):
    """The site with no counter yet, in a transaction that is thrown away."""
    annotations = numbering.IAnnotations(portal)
    annotations.pop(numbering.KEY, None)
    yield portal
    transaction.abort()


def test_a_series_counts_from_1_and_apart_from_the_others(portal):
    numbering.prepare(portal)
    first = numbering.next_number(portal, "essai-a")
    assert [numbering.next_number(portal, "essai-a") for _ in range(3)] == [first + 1, first + 2, first + 3]
    assert numbering.next_number(portal, "essai-b") == 1


def test_a_site_that_is_not_committed_counts_in_its_own_transaction(fresh):
    numbering.prepare(fresh)
    assert [numbering.next_number(fresh, "essai") for _ in range(2)] == [1, 2]


def test_a_site_that_is_only_in_a_savepoint_counts_in_its_own_transaction(fresh):
    numbering.prepare(fresh)
    transaction.savepoint()
    assert numbering.IAnnotations(fresh)[numbering.KEY]._p_oid is not None
    assert [numbering.next_number(fresh, "essai") for _ in range(2)] == [1, 2]
