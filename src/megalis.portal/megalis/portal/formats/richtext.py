"""Text with a little form, as people write it to one another: what is kept of it, and what is refused.

Whatever comes in is read as HTML and written again from a short list of tags: nothing that was not put there by this module
leaves it. Scripts, styles, drawings and frames go with all they hold; other tags go and their words stay.
"""

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
RENAMED = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}
DROPPED = frozenset(
    ("script", "style", "iframe", "object", "embed", "svg", "math", "template", "noscript", "head", "title", "textarea",
     "select", "button", "applet", "audio", "video", "canvas", "form", "frameset", "link", "meta", "base")
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")
_SCHEME = re.compile(r"(?:https?://[^\s/?#]+|mailto:[^\s@]+@[^\s@]+)\S*", re.IGNORECASE)
_BLANK = re.compile(r"<p>(?:\s|\xa0|<br />)*</p>")


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


def clean(source):
    """Return HTML made of the tags of this module only, whatever ``source`` is."""
    source = _CONTROL.sub("", unicodedata.normalize("NFC", source))
    if not source.strip():
        return ""
    parser = reader.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = reader.fragment_fromstring(source, create_parent="div", parser=parser)
    return _BLANK.sub("", _flow(root, 0)).strip()


def _flow(node, depth):
    """Return the children of a node as blocks: words that stand alone become paragraphs."""
    parts, loose = [], []

    def close():
        words = "".join(loose).strip()
        if words:
            parts.append(f"<p>{words}</p>")
        loose.clear()

    loose.append(escape(node.text or "", quote=False))
    for child in node:
        tag = _tag(child)
        if tag in DROPPED:
            pass
        elif tag in BLOCKS or (tag not in INLINE and tag not in ("a", "br", "span", "u", "font", "img")):
            close()
            parts.append(_block(child, tag, depth + 1))
        else:
            loose.append(_inline(child, tag, depth + 1))
        loose.append(escape(child.tail or "", quote=False))
    close()
    return "".join(parts)


def _block(node, tag, depth):
    if depth > DEPTH:
        words = escape(" ".join(node.text_content().split()), quote=False) if tag not in DROPPED else ""
        return f"<p>{words}</p>" if words else ""
    if tag in ("ul", "ol"):
        items = "".join(_block(child, "li", depth + 1) for child in node if _tag(child) not in DROPPED)
        return f"<{tag}>{items}</{tag}>" if items else ""
    if tag == "blockquote":
        inner = _flow(node, depth)
        return f"<blockquote>{inner}</blockquote>" if inner else ""
    if tag == "li":
        inner = _flow(node, depth)
        single = re.fullmatch(r"<p>((?:(?!<p>).)*)</p>", inner, re.DOTALL)
        return f"<li>{single[1] if single else inner}</li>" if inner else ""
    if tag == "pre":
        return f"<pre>{escape(node.text_content(), quote=False)}</pre>"
    if tag in ("p", "h3", "h4"):
        if any(_tag(child) in BLOCKS for child in node.iterdescendants()):
            return _flow(node, depth)
        words = _words(node, depth).strip()
        return f"<{tag}>{words}</{tag}>" if words else ""
    return _flow(node, depth)


def _words(node, depth):
    found = [escape(node.text or "", quote=False)]
    for child in node:
        tag = _tag(child)
        if tag not in DROPPED:
            found.append(_inline(child, tag, depth + 1))
        found.append(escape(child.tail or "", quote=False))
    return "".join(found)


def _inline(node, tag, depth):
    if tag == "br":
        return "<br />"
    if depth > 3 * DEPTH:
        return escape(node.text_content(), quote=False)
    inner = _words(node, depth)
    if tag == "a":
        address = re.sub(r"[\x00-\x20\x7f]+", "", node.get("href") or "")
        if _SCHEME.fullmatch(address) and inner.strip():
            return f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">{inner}</a>'
        return inner
    name = INLINE.get(tag)
    return f"<{name}>{inner}</{name}>" if name and inner.strip() else inner


def _tag(node):
    tag = node.tag.lower() if isinstance(node.tag, str) else "script"
    return RENAMED.get(tag, tag)


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
    spaced = re.sub(r"</(?:p|li|h3|h4|pre|blockquote)>|<br />", "\n", found)
    text = reader.fragment_fromstring(spaced, create_parent="div").text_content()
    return re.sub(r"\n{2,}", "\n", text).strip()


def excerpt(found, limit=200):
    """Return the first words of clean HTML, quotations left out."""
    words = " ".join(plain(re.sub(r"<blockquote>.*</blockquote>", "", found, flags=re.DOTALL)).split())
    return words if len(words) <= limit else words[:limit].rsplit(" ", 1)[0] + "…"


def quotation(author, found):
    """Return clean HTML as a quotation of ``author``, without what he quoted himself."""
    inner = re.sub(r"<blockquote>.*</blockquote>", "", found, flags=re.DOTALL)
    return f"<blockquote><p><strong>{escape(author)}</strong> :</p>{inner}</blockquote>"


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
