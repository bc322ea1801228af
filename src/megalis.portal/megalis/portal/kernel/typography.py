"""French typography: a line never ends before « : », « ; », « ? », « ! » or inside quotation marks.

Sources hold plain spaces, which everybody can see and type; what leaves for people's eyes has no-break ones. Templates get them
when they are compiled (``theme.lean``), mails, documents and messages where they are made.
"""

import re


NBSP = "\N{NO-BREAK SPACE}"
BREAKABLE = re.compile(r"(?<=\S) (?=[:;?!»](?:[\s).,!?»…]|$))|(?<=«) ")
LEADING = re.compile(r"^ (?=[:;?!»](?:[\s).,!?»…]|$))")


def french(text):
    """Return the text with no-break spaces where French wants them; what is not a str is returned as it is."""
    return BREAKABLE.sub(NBSP, text) if isinstance(text, str) else text


def between(text):
    """Return the text that stands between two tags: it may begin with the space before a colon."""
    return LEADING.sub(NBSP, BREAKABLE.sub(NBSP, text))
