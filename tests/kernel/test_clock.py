"""The clock of the platform, as the database keeps it."""

from datetime import datetime
from io import BytesIO
from megalis.portal.kernel import clock
from zodbpickle import pickle


def test_a_time_of_paris_that_slips_into_the_database_is_kept():
    noon = datetime(2026, 11, 26, 12, tzinfo=clock.PARIS)
    written = BytesIO()
    pickle.Pickler(written, 3).dump(noon)
    kept = pickle.loads(written.getvalue())
    assert kept == noon
    assert kept.tzinfo is clock.PARIS
