"""Our templates as they are served: without the indentation that makes them readable, letters as letters.

The house form of a template puts one attribute a line and writes é as an entity: a tenth of a page's weight would be
blanks. They are taken out once, when a template is compiled, never while a page is made; so what people typed, in a text
area or elsewhere, is out of reach. Line ends stay: an error still names the line of the file. The spaces of French typography
become no-break ones on the same occasion, in what stands between tags.
"""

from html.entities import html5
from megalis.portal.kernel.typography import between
from Products.PageTemplates.engine import Program
from zope.interface import provider
from zope.pagetemplate.interfaces import IPageTemplateEngine

import re


OURS = "/megalis/portal/"
MARKUP = frozenset({"lt", "gt", "amp", "quot", "apos"})
WORDS = re.compile(
    r"""(<(?:code|kbd|samp)\b.*?</(?:code|kbd|samp)\s*>|<(?:[^<>"']|"[^"]*"|'[^']*')*>|\$\{[^}]*\})""", re.S
)
VERBATIM = re.compile(r"<(pre|textarea|script|style)\b.*?</\1\s*>|<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.S | re.I)
BLANK = re.compile(r"[ \t]*\n[ \t]*")
ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")


def letter(found):
    """Return the character of a named entity, the entity itself where it is markup or unknown."""
    name = found[1]
    return found[0] if name in MARKUP else html5.get(f"{name};", found[0])


def typeset(text):
    """Return markup whose text has the no-break spaces of French; tags, code and expressions stay as they are."""
    parts = WORDS.split(text)
    parts[::2] = [between(part) for part in parts[::2]]
    return "".join(parts)


def _made(text):
    return typeset(ENTITY.sub(letter, BLANK.sub("\n", text)))


def lean(text):
    """Return a template's source without indentation and with characters for entities; pre, textarea and the like as they are."""
    parts, end = [], 0
    for kept in VERBATIM.finditer(text):
        parts += [_made(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _made(text[end:])])


@provider(IPageTemplateEngine)
class Lean(Program):
    """Zope's template engine; templates of other products pass unchanged."""

    @classmethod
    def cook(cls, source_file, text, engine, content_type):
        if source_file and OURS in source_file:
            text = lean(text)
        return super().cook(source_file, text, engine, content_type)
