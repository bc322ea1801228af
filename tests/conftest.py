"""Shared ground of all tests; rooms that need a site take their fixtures from tests.layers in a conftest of their own."""

from asyncio import events
from hypothesis import settings
from pathlib import Path

import os
import pytest


CHROMIUM = Path(os.environ.get("MEGALIS_CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

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


@pytest.fixture(scope="session")
def launch():
    """Return a function: flags -> a Chromium driven by Playwright; skips by name what this machine lacks."""
    if not CHROMIUM.exists():
        pytest.skip(f"chromium absent: {CHROMIUM} (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        yield lambda *flags: driver.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *flags])


@pytest.fixture(autouse=True)
def _no_loop_of_a_browser(request):
    """Let a test that follows a journey in its process sign and verify: Playwright leaves its loop marked as running."""
    running = events._get_running_loop()
    if running is None or "launch" in request.fixturenames:
        yield
        return
    events._set_running_loop(None)
    yield
    events._set_running_loop(running)
