"""Text with a little form, as people write it to one another: what is kept of it, and what is refused.

Whatever comes in is read as HTML and written again from a short list of tags: nothing that was not put there by this module
leaves it. Scripts, styles, drawings and frames go with all they hold; other tags go and their words stay.
"""

from dataclasses import dataclass
from html import escape
from lxml import html as reader
from megalis.portal.formats.refusal import Refused

import re
import unicodedata


LENGTH = 20_000  # characters people see
SOURCE = 200_000  # characters sent
LINKS = 20
TITLE = 150
DEPTH = 12
BLOCKS = frozenset(("p", "ul", "ol", "li", "blockquote", "h3", "h4", "pre"))
INLINE = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "s": "s", "del": "s", "strike": "s", "code": "code"}
# what may stand right in a table, its parts, a list of definitions
HOLDS = {
    "table": ("caption", "thead", "tbody", "tfoot", "tr"), "thead": ("tr",), "tbody": ("tr",), "tfoot": ("tr",),
    "tr": ("th", "td"), "dl": ("dt", "dd"),
}  # fmt: skip
CELLS = frozenset(("caption", "th", "td", "dt", "dd"))
QUOTES = {"<blockquote>": 1, "</blockquote>": -1}
SPANS = re.compile(r"[1-9]\d?")
DROPPED = frozenset(
    ("script", "style", "iframe", "object", "embed", "svg", "math", "template", "noscript", "head", "title", "textarea",
     "select", "button", "applet", "audio", "video", "canvas", "form", "frameset", "link", "meta", "base")
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")
_SCHEME = re.compile(r"(?:https?://[^\s/?#]+|mailto:[^\s@]+@[^\s@]+)\S*", re.IGNORECASE)
_PAGE_ADDRESS = re.compile(
    r"(?:https?://[^\s/?#]+|mailto:[^\s@]+@[^\s@]+|tel:\+?[\d.]+|/(?!/)|#|\.\./|resolveuid/)\S*", re.IGNORECASE
)
_OWN_PICTURE = re.compile(r"(?:/(?!/)|\.\./|resolveuid/)[^\s\\]+", re.IGNORECASE)
_BLANK = re.compile(r"<p>(?:\s|\xa0|<br />)*</p>")


@dataclass(frozen=True)
class Grammar:
    """What may come out: tags, how some are renamed, what a link leads to, which pictures (None: none)."""

    blocks: frozenset
    inline: dict
    renamed: dict
    address: re.Pattern
    rel: str = ""
    picture: re.Pattern | None = None

    def tag(self, node):
        tag = node.tag.lower() if isinstance(node.tag, str) else "script"
        return self.renamed.get(tag, tag)


# what people write to one another
MESSAGE = Grammar(
    BLOCKS, INLINE, {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}, _SCHEME, ' rel="nofollow noopener noreferrer"'
)
# what staff publish: tables, definitions, headings under that of the page, links and pictures within the site
PAGE = Grammar(
    BLOCKS | CELLS | frozenset(HOLDS) | {"h2", "hr"},
    INLINE | {"sup": "sup", "sub": "sub"},
    {"h1": "h2", "h5": "h4", "h6": "h4"},
    _PAGE_ADDRESS,
    picture=_OWN_PICTURE,
)


def line(value, limit, code, name, required=True):
    """Return typed text on one line; Refused ``code.vide``, ``code.longueur``."""
    text = _CONTROL.sub("", unicodedata.normalize("NFC", value)) if isinstance(value, str) else ""
    text = " ".join(text.split())
    if required and not re.search(r"\w", text):
        raise Refused(f"{code}.vide", f"{name} : rien n’est écrit. Écrivez quelques mots, puis recommencez.")
    if len(text) > limit:
        raise Refused(f"{code}.longueur", f"{name} : {len(text)} signes, {limit} au plus. Abrégez.", text[:80])
    return text


def written(value, rich, code="message", name="Le message", required=True):
    """Return the clean HTML of what was written, as HTML (``rich``) or as plain text.

    Refused: ``code.vide``, ``code.longueur``, ``code.liens``.
    """
    value = value if isinstance(value, str) else ""
    if len(value) > SOURCE:
        raise Refused(f"{code}.longueur", f"{name} dépasse {LENGTH} signes : abrégez, ou joignez un document.")
    found = clean(value) if rich else from_text(value)
    words = plain(found)
    if required and not re.search(r"\w", words):
        raise Refused(f"{code}.vide", f"{name} : rien n’est écrit. Écrivez votre texte, puis recommencez.")
    if len(words) > LENGTH:
        raise Refused(
            f"{code}.longueur",
            f"{name} : {len(words)} signes, {LENGTH} au plus. Abrégez, ou joignez un document.",
        )
    count = max(found.count("<a "), len(_ADDRESS.findall(words)))
    if count > LINKS:
        raise Refused(
            f"{code}.liens",
            f"{name} contient {count} liens, {LINKS} au plus : gardez les plus utiles, ou joignez une liste.",
        )
    return found


def clean(source, grammar=MESSAGE):
    """Return HTML made of the tags of a grammar only, whatever ``source`` is."""
    source = _CONTROL.sub("", unicodedata.normalize("NFC", source))
    if not source.strip():
        return ""
    parser = reader.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = reader.fragment_fromstring(source, create_parent="div", parser=parser)
    return _BLANK.sub("", Writer(grammar).flow(root, 0)).strip()


class Writer:
    """Writes a tree of HTML again, with the tags of a grammar."""

    def __init__(self, grammar):
        self.grammar = grammar
        self.loose = frozenset(("a", "br", "span", "u", "font", "img", *grammar.inline))

    def flow(self, node, depth):
        """Return the children of a node as blocks: words that stand alone become paragraphs."""
        parts, loose = [], []

        def close():
            words = "".join(loose).strip()
            if words:
                parts.append(f"<p>{words}</p>")
            loose.clear()

        loose.append(escape(node.text or "", quote=False))
        for child in node:
            tag = self.grammar.tag(child)
            if tag in DROPPED:
                pass
            elif tag in self.grammar.blocks or tag not in self.loose:
                close()
                parts.append(self.block(child, tag, depth + 1))
            else:
                loose.append(self.inline(child, tag, depth + 1))
            loose.append(escape(child.tail or "", quote=False))
        close()
        return "".join(parts)

    def block(self, node, tag, depth):
        if depth > DEPTH:
            words = escape(" ".join(node.text_content().split()), quote=False) if tag not in DROPPED else ""
            return f"<p>{words}</p>" if words else ""
        if tag not in self.grammar.blocks:
            return self.flow(node, depth)
        if tag in ("ul", "ol"):
            items = "".join(self.block(child, "li", depth + 1) for child in node if self.kept(child))
            return f"<{tag}>{items}</{tag}>" if items else ""
        if tag in HOLDS:
            inside = ((child, self.grammar.tag(child)) for child in node)
            inner = "".join(self.block(child, name, depth + 1) for child, name in inside if name in HOLDS[tag])
            return f"<{tag}>{inner}</{tag}>" if inner else ""
        if tag == "blockquote":
            inner = self.flow(node, depth)
            return f"<blockquote>{inner}</blockquote>" if inner else ""
        if tag in CELLS or tag == "li":
            inner = self.flow(node, depth)
            single = re.fullmatch(r"<p>((?:(?!<p>).)*)</p>", inner, re.DOTALL)
            inner = single[1] if single else inner
            return f"<{tag}{_cell(node)}>{inner}</{tag}>" if inner or tag in ("th", "td") else ""
        if tag == "pre":
            return f"<pre>{escape(node.text_content(), quote=False)}</pre>"
        if tag == "hr":
            return "<hr />"
        if any(self.grammar.tag(child) in self.grammar.blocks for child in node.iterdescendants()):
            return self.flow(node, depth)
        words = self.words(node, depth).strip()
        return f"<{tag}>{words}</{tag}>" if words else ""

    def kept(self, node):
        return self.grammar.tag(node) not in DROPPED

    def words(self, node, depth):
        found = [escape(node.text or "", quote=False)]
        for child in node:
            tag = self.grammar.tag(child)
            if tag not in DROPPED:
                found.append(self.inline(child, tag, depth + 1))
            found.append(escape(child.tail or "", quote=False))
        return "".join(found)

    def inline(self, node, tag, depth):
        if tag == "br":
            return "<br />"
        if tag == "img":
            return self.picture(node)
        if depth > 3 * DEPTH:
            return escape(node.text_content(), quote=False)
        inner = self.words(node, depth)
        if tag == "a":
            address = _bare(node.get("href"))
            if self.grammar.address.fullmatch(address) and inner.strip():
                return f'<a href="{escape(address)}"{self.grammar.rel}>{inner}</a>'
            return inner
        name = self.grammar.inline.get(tag)
        return f"<{name}>{inner}</{name}>" if name and inner.strip() else inner

    def picture(self, node):
        """Return a picture of ours that says what it shows; its words alone when it is not one."""
        words, address = " ".join((node.get("alt") or "").split()), _bare(node.get("src"))
        if self.grammar.picture is None or not words:
            return ""
        if not self.grammar.picture.fullmatch(address):
            return escape(words, quote=False)
        return f'<img src="{escape(address)}" alt="{escape(words)}" loading="lazy" />'


def _bare(address):
    return re.sub(r"[\x00-\x20\x7f]+", "", address or "")


def _cell(node):
    """Return the attributes of a cell that tables need to be understood."""
    scope = node.get("scope")
    found = f' scope="{scope}"' if scope in ("row", "col", "rowgroup", "colgroup") else ""
    spans = ((name, node.get(name) or "") for name in ("colspan", "rowspan"))
    return found + "".join(f' {name}="{value}"' for name, value in spans if SPANS.fullmatch(value))


def from_text(text, depth=0):
    """Return the HTML of plain text: paragraphs, « > » for a quotation, « - » for a list, addresses as links."""
    text = _CONTROL.sub("", unicodedata.normalize("NFC", text)).replace("\r\n", "\n").replace("\r", "\n")
    parts = []
    for block in re.split(r"\n[ \t]*\n+", text.strip()):
        lines = block.split("\n")
        if all(item.startswith(">") for item in lines):
            quoted = "\n".join(item[1:].removeprefix(" ") for item in lines)
            inner = from_text(quoted, depth + 1) if depth < DEPTH - 1 else f"<p>{escape(quoted, quote=False)}</p>"
            parts.append(f"<blockquote>{inner}</blockquote>" if inner else "")
        elif all(item.lstrip().startswith("- ") for item in lines):
            items = "".join(f"<li>{_linked(item.lstrip()[2:])}</li>" for item in lines)
            parts.append(f"<ul>{items}</ul>")
        elif block.strip():
            parts.append(f"<p>{'<br />'.join(_linked(item) for item in lines)}</p>")
    return "".join(parts)


def _linked(text):
    found, last = [], 0
    for match in _ADDRESS.finditer(text):
        address = escape(match[0])
        found.append(escape(text[last : match.start()], quote=False))
        found.append(f'<a href="{address}" rel="nofollow noopener noreferrer">{address}</a>')
        last = match.end()
    return "".join(found) + escape(text[last:], quote=False)


def plain(found):
    """Return the words of clean HTML, a line a block."""
    if not found:
        return ""
    spaced = re.sub(r"</(?:p|li|h2|h3|h4|pre|blockquote|th|td|caption|dt|dd)>|<br />", "\n", found)
    text = reader.fragment_fromstring(spaced, create_parent="div").text_content()
    return re.sub(r"\n{2,}", "\n", text).strip()


def without_quotations(found):
    """Return clean HTML without its quotations, those inside others included; what stands between two of them stays."""
    kept, depth = [], 0
    for part in re.split(r"(</?blockquote>)", found):
        if part in QUOTES:
            depth += QUOTES[part]
        elif not depth:
            kept.append(part)
    return "".join(kept)


def excerpt(found, limit=200):
    """Return the first words of clean HTML, quotations left out."""
    words = " ".join(plain(without_quotations(found)).split())
    return words if len(words) <= limit else words[:limit].rsplit(" ", 1)[0] + "…"


def quotation(author, found):
    """Return clean HTML as a quotation of ``author``, without what he quoted himself."""
    return f"<blockquote><p><strong>{escape(author)}</strong> :</p>{without_quotations(found)}</blockquote>"


def as_text(found):
    """Return clean HTML as the plain text ``from_text`` reads: what a form without editor shows."""
    parts = []
    for block in re.findall(r"<blockquote>.*?</blockquote>|(?:(?!<blockquote>).)+", found, re.DOTALL):
        words = plain(block)
        if block.startswith("<blockquote>"):
            parts.append("\n".join(f"> {item}" for item in words.split("\n")))
        elif words:
            parts.append(words.replace("\n", "\n\n"))
    return "\n\n".join(parts)
