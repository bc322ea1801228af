"""Rich text as staff type it: Markdown with a few marks, made into clean HTML; nothing that runs ever comes out.

Whatever was pasted, HTML included, goes through Plone's own filter (``safe_html``); what the filter lets pass and a page of
ours must not have (headings above ours, styles, frames) goes after it (``formats.richtext``).
"""

from markdown import Markdown
from megalis.portal.formats import richtext
from megalis.portal.kernel import typography
from megalis.portal.kernel.typography import cut
from plone import api

import re


MIME = "text/x-web-markdown"
LONGEST = 60_000
TOP = re.compile(r"^# ", re.M)


def made(raw):
    """Return the HTML of Markdown text, not yet clean."""
    return Markdown(extensions=["sane_lists", "tables"], output_format="html").convert(TOP.sub("## ", raw or ""))


def scrubbed(markup):
    """Return HTML of what a page of ours may hold, and of nothing else."""
    return richtext.clean(markup, richtext.PAGE)


def shown(raw):
    """Return the HTML people read of the text that staff typed."""
    transforms = api.portal.get_tool("portal_transforms")
    filtered = transforms.convertTo("text/x-html-safe", made(raw), mimetype="text/html")
    return typography.page(scrubbed(filtered.getData() if filtered is not None else ""))


def plain(raw, most=0):
    """Return the words of a text alone, at most ``most`` signs when given."""
    text = " ".join(richtext.plain(scrubbed(made(raw))).split())
    return cut(text, most) if most else text
