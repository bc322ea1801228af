"""Examples of the documentation, compared with what the platform answers; ``MEGALIS_RECORD=1`` writes them anew."""

from datetime import date
from datetime import datetime
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import os
import re


EXAMPLES = Path(__file__).parent / "http-examples"
DAY = date(2026, 3, 17)
DOCUMENTATION = Path(__file__).parent.parent / "docs" / "integrator.md"


def steadied(text, steady):
    """Return a text with what changes from run to run made steady; ``steady``: pairs of a pattern and what replaces it.

    The day of the run is that of the examples, however it is written.
    """
    for pattern, replacement in (*steady, *_days()):
        text = re.sub(pattern, replacement, text)
    return text


def _days():
    for zone in (UTC, ZoneInfo("Europe/Paris")):
        for form in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y"):
            yield rf"\b{datetime.now(zone):{form}}\b", f"{DAY:{form}}"


def block_of(name):
    """Return the pattern of the block of an example in a page: before it, its text, after it."""
    return re.compile(rf"(^`{re.escape(name)}`\n\n```http\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE)


def compare(prefix, shown):
    """Hold each example of ``{name: text}`` against its file and against the page that shows it."""
    for name, text in shown.items():
        path = EXAMPLES / f"{prefix}-{name}.http"
        if os.environ.get("MEGALIS_RECORD"):
            path.write_text(text, "utf-8")
            page = DOCUMENTATION.read_text("utf-8")
            page = block_of(path.name).sub(lambda found, text=text: found[1] + text + found[3], page)
            DOCUMENTATION.write_text(page, "utf-8")
        assert path.read_text("utf-8") == text, f"{name} differs: run with MEGALIS_RECORD=1 and read the difference"
        assert block_of(path.name).search(DOCUMENTATION.read_text("utf-8"))[2] == text
