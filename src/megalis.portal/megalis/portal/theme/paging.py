"""Pages of a list: the number asked for, the links around it, the words looked for."""

import re


def page_number(text):
    """Return a page number from 1 to 99,999; 1 for anything else."""
    text = str(text or "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def pages_near(here, last, address):
    """Return the links of a pager: list of dicts ``number, url, current``; none for one page."""
    near = sorted({1, last, *range(max(1, here - 2), min(last, here + 2) + 1)})
    return [{"number": n, "url": address(n), "current": n == here} for n in near] if last > 1 else []


def words_query(text):
    """Return a ZCTextIndex query of all the words typed, each unfinished; "" without a word."""
    return " AND ".join(f"{word}*" for word in re.findall(r"\w+", str(text or ""))[:12])
