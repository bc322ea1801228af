"""The business rules of an installed eForms SDK, run over a notice.

A phase of the SDK's Schematron (one a subtype of notice) is compiled in two stylesheets: the patterns all phases have,
and its own. Both are cached on disk, so that only Saxon's own compilation is left to a process that starts; they are
kept compiled in the engine. Its edition cannot export what it compiled.
"""

from dataclasses import asdict
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from lxml import etree
from megalis.portal.formats import cache as caches
from megalis.portal.formats import schematron
from megalis.portal.formats.saxon import Engine
from megalis.portal.formats.schematron import Assertion
from threading import Lock

import json
import re


_STEP = re.compile(r"/(@?)(?:Q\{([^}]*)\})?([^/\[{}]+)(?:\[([0-9]+)\])?")


@dataclass(frozen=True, slots=True)
class Failure:
    """An assertion that fails: ``node`` is the element (lxml), ``path`` the XPath of the node, prefixed as the SDK does."""

    assertion: Assertion
    node: etree._Element
    path: str


class Rules:
    """The rules in the folder of one SDK; may be used by several threads."""

    def __init__(self, sdk, engine=None):
        self._sdk = sdk
        self._engine = engine or shared_engine()
        self._source = schematron.Schematron(sdk.folder / "schematrons" / "static" / "complete-validation.sch")
        self._prefixes = {uri: prefix for prefix, uri in self._source.prefixes.items()}
        self._units = {}
        self._lock = Lock()

    @property
    def subtypes(self):
        """The subtypes of notice the rules know."""
        return tuple(name.removeprefix("eforms-") for name in self._source.phases)

    def failures(self, root, subtype):
        """Return the failed assertions, in document order by pattern; raise ``Refused`` as ``Engine.transform``."""
        units = self._phase(subtype)
        document = etree.tostring(root, encoding="UTF-8")
        found = []
        texts = self._engine.transform([path for path, _assertions in units], document)
        for (_path, assertions), text in zip(units, texts, strict=True):
            for line in text.splitlines():
                numbers, _space, steps = line.strip().partition(" /")
                if numbers:
                    path, node = self._place(root, f"/{steps}")
                    found += [Failure(assertions[int(number)], node, path) for number in numbers.split()]
        return found

    def prepare(self, subtypes):
        """Compile the rules of some subtypes ahead of the first notice."""
        for subtype in subtypes:
            self._engine.transform([path for path, _assertions in self._phase(subtype)], b"")

    def _phase(self, subtype):
        return [self._unit(unit) for unit in self._source.units(f"eforms-{subtype}") if unit]

    def _unit(self, patterns):
        with self._lock:
            if patterns not in self._units:
                self._units[patterns] = self._stored(patterns)
            return self._units[patterns]

    def _stored(self, patterns):
        stats = [(path.name, path.stat()) for path in self._source.files(patterns)]
        state = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
        key = json.dumps([schematron.VERSION, self._sdk.version, str(self._sdk.folder.absolute()), state])
        folder = caches.folder("schematron")
        stem = f"{self._sdk.version}-{sha256(key.encode()).hexdigest()[:32]}"
        style, words = folder / f"{stem}.xsl", folder / f"{stem}.json"
        try:
            if style.is_file():
                return style, [Assertion(**item) for item in json.loads(words.read_text("utf-8"))]
        except (OSError, ValueError, TypeError):
            pass  # a file cut short is made again
        text, assertions = self._source.compile(patterns)
        caches.write(words, json.dumps([asdict(item) for item in assertions]))
        caches.write(style, text)
        return style, assertions

    def _place(self, root, steps):
        """Return the prefixed path of ``steps`` (XPath 3.1 ``path()``), and its element in our tree."""
        node, parts = None, []
        for mark, uri, name, position in _STEP.findall(steps):
            if mark or not uri:
                parts.append(mark + self._prefixed(uri, name))
                break
            if node is None:
                node = root
                parts.append(self._prefixed(uri, name))
                continue
            twins = node.findall(f"{{{uri}}}{name}")
            node = twins[int(position or 1) - 1]
            parts.append(self._prefixed(uri, name) + (f"[{position}]" if len(twins) > 1 else ""))
        return "/" + "/".join(parts), root if node is None else node

    def _prefixed(self, uri, name):
        prefix = self._prefixes.get(uri, "")
        return f"{prefix}:{name}" if prefix else name


@cache
def shared_engine():
    """Return the engine of this process."""
    return Engine()


@cache
def rules_of(sdk):
    """Return the ``Rules`` of an open SDK."""
    return Rules(sdk)
