"""What docs/coverage.md claims exists: pages that are registered, tests that are there."""

from pathlib import Path

import re


ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "coverage.md").read_text("utf-8")
FORMATS = ("csv", "xlsx", "pdf")
ZCML = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.zcml"))

# Only what answers an address: an adapter or a queue of the same name is no page.
PAGES = set(re.findall(r'<browser:(?:page|view)\b[^>]*?\bname="([^"]+)"', ZCML, re.S))
EXPORTS = {f"{name}.{kind}" for name in re.findall(r'<megalis:export\s+name="([^"]+)"', ZCML) for kind in FORMATS}


def test_every_page_named_is_registered():
    named = set(re.findall(r"`@@([\w.-]+)`", TEXT))
    assert len(named) > 20
    assert named - PAGES - EXPORTS == set()


def test_every_test_named_is_there():
    named = set(re.findall(r"`(tests/[\w/.]+)`", TEXT)) - {"tests/install/test_coverage.py"}
    assert len(named) > 15
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_a_line_without_a_test_says_that_it_is_to_do():
    rows = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[0].strip() != "Fonction"]
    assert [row[0] for row in rows if not row[2].strip() and row[1].strip() != "à faire"] == []
