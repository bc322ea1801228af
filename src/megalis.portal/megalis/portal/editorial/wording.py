"""Rich text as staff type it: Markdown with a few marks, made into clean HTML; nothing that runs ever comes out.

Whatever was pasted, HTML included, goes through Plone's own filter (``safe_html``); what the filter lets pass and a page of
ours must not have (headings above ours, styles, frames) goes after it.
"""

from html import escape
from lxml import html
from markdown import Markdown
from plone import api

import re


MIME = "text/x-web-markdown"
LONGEST = 60_000
TOP = re.compile(r"^# ", re.M)
KEPT = frozenset(
    ["h2", "h3", "h4", "p", "ul", "ol", "li", "a", "strong", "em", "b", "i", "br", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "caption", "code", "pre", "hr", "dl", "dt", "dd", "div", "span", "sup", "sub"]
)  # fmt: skip
ATTRIBUTES = {"a": ("href", "title"), "th": ("scope", "colspan", "rowspan"), "td": ("colspan", "rowspan")}
ADDRESSES = ("http://", "https://", "mailto:", "tel:", "/", "#", "../", "resolveuid/")
HEADINGS = {"h1": "h2", "h5": "h4", "h6": "h4"}


def made(raw):
    """Return the HTML of Markdown text, not yet clean."""
    return Markdown(extensions=["sane_lists", "tables"], output_format="html").convert(TOP.sub("## ", raw or ""))


def scrubbed(markup):
    """Return HTML of known elements and attributes only, its addresses of known schemes, its headings from h2."""
    if not markup.strip():
        return ""
    root = html.fragment_fromstring(markup, create_parent="div")
    for element in list(root.iter()):
        if element is root:
            continue
        if not isinstance(element.tag, str) or element.tag in (
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "svg",
        ):
            element.drop_tree()
            continue
        element.tag = HEADINGS.get(element.tag, element.tag)
        if element.tag not in KEPT:
            element.drop_tag()
            continue
        allowed = ATTRIBUTES.get(element.tag, ())
        for name in list(element.attrib):
            if name not in allowed:
                del element.attrib[name]
        href = element.get("href")
        if href is not None and not href.strip().lower().startswith(ADDRESSES):
            del element.attrib["href"]
    inner = f"<p>{escape(root.text)}</p>" if (root.text or "").strip() else ""
    return inner + "".join(html.tostring(child, encoding="unicode") for child in root)


def shown(raw):
    """Return the HTML people read of the text that staff typed."""
    transforms = api.portal.get_tool("portal_transforms")
    filtered = transforms.convertTo("text/x-html-safe", made(raw), mimetype="text/html")
    return scrubbed(filtered.getData() if filtered is not None else "")


def plain(raw, most=0):
    """Return the words of a text alone, at most ``most`` signs when given."""
    markup = scrubbed(made(raw))
    text = (
        " ".join(html.fragment_fromstring(markup, create_parent="div").text_content().split()) if markup.strip() else ""
    )
    if most and len(text) > most:
        return text[:most].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
    return text
