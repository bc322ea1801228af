"""French typography: a line never ends before « : », « ; », « ? », « ! » or inside quotation marks.

Sources hold plain spaces, which everybody can see and type; what leaves for people's eyes has no-break ones. Templates get them
when they are compiled (``theme.lean``), mails, documents and messages where they are made.
"""

import re


NBSP = "\N{NO-BREAK SPACE}"
ENDS = f" {NBSP},;:.!?»)"  # what may follow the last sign of a word
BREAKABLE = re.compile(r"(?<=\S) (?=[:;?!»](?:[\s).,!?»…]|$))|(?<=«) ")
# what is written between tags, apart from what is shown as it was typed
WRITTEN = re.compile(r"<(pre|code)\b[^>]*>.*?</\1>|[^<>]+(?=<|$)", re.S)
LEADING = re.compile(r"^ (?=[:;?!»](?:[\s).,!?»…]|$))")


def cut(text, most):
    """Return the text in at most ``most`` signs and a mark, ended at a word; quotation marks it opens are closed."""
    if len(text) <= most:
        return text
    kept = text[:most] if text[most] in ENDS else text[:most].rsplit(" ", 1)[0]
    kept = kept.rstrip(" ,;:.–-«(\N{NO-BREAK SPACE}") + "…"
    return f"{kept} »" if kept.count("«") > kept.count("»") else kept


def french(text):
    """Return the text with no-break spaces where French wants them; what is not a str is returned as it is."""
    return BREAKABLE.sub(NBSP, text) if isinstance(text, str) else text


def between(text):
    """Return the text that stands between two tags: it may begin with the space before a colon."""
    return LEADING.sub(NBSP, BREAKABLE.sub(NBSP, text))


def page(markup):
    """Return clean HTML that people typed with the no-break spaces of French; what stands in ``pre`` and ``code`` stays."""
    return WRITTEN.sub(lambda found: found[0] if found[1] else between(found[0]), markup)
