"""Shared ground of all tests; rooms that need a site take their fixtures from tests.layers in a conftest of their own."""

from hypothesis import settings
from pathlib import Path

import os
import pytest


# No test is a race: a busy machine is no reason to fail.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def referentiels():
    """Return a function: name of a référentiel -> its path; skips by name where it is not installed."""

    def find(name):
        root = os.environ.get("MEGALIS_REFERENTIELS", "")
        path = Path(root, name)
        if not root or not path.exists():
            pytest.skip(f"référentiel absent: {name} (set MEGALIS_REFERENTIELS)")
        return path

    return find
