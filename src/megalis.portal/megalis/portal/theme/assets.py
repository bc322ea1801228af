"""The portal's own static files: read once at start, addressed by digest, so that browsers may keep them for ever.

Stock Plone reads and hashes every bundle file again on each request (12 % of a page's time); here addresses and
SRI values (W3C Subresource Integrity) are computed once. Whatever is not in the table of files cannot be served.
"""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import gzip
import hashlib
import json
import re


ROOT = Path(__file__).parent / "static"
SHEETS = ("fonts.css", "tokens.css", "megalis.css", "site.css")
BUNDLE = "megalis.css"
BUILT = "built/"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
COMPRESSED = frozenset({".css", ".js", ".json", ".map", ".svg", ".txt", ".wasm"})


@dataclass(frozen=True)
class Asset:
    """One file: ``path`` below the static root, its bytes, plain and gzipped, its address and its integrity."""

    path: str
    body: bytes
    gzipped: bytes | None
    version: str
    integrity: str
    content_type: str

    @property
    def address(self):
        """Path below the static view."""
        return f"{self.version}/{self.path}"


def digest(body):
    """Return the 16 hex digits that stand for ``body`` in an address."""
    return hashlib.sha256(body).hexdigest()[:16]


def shrink(css):
    """Return the style sheet without comments and idle white space; strings and selectors stay as written."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,])\s*", r"\1", css)
    return css.replace(";}", "}").strip()


class Assets:
    """The table of files below ``root``, with the four style sheets bundled into one."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        self._table = None
        self._seen = None
        self._entries = {}

    def _files(self):
        return sorted(p for p in self.root.rglob("*") if p.is_file() and p.suffix in TYPES)

    def state(self):
        """Return what changes when a file is added, removed or rewritten."""
        return tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in self._files())

    def refresh(self):
        """Read the files again when one of them changed; used while developing only."""
        state = self.state()
        if state != self._seen:
            self._table, self._seen = None, state

    @property
    def table(self):
        if self._table is None:
            self._table = self._load()
        return self._table

    def _asset(self, path, body, version=None):
        suffix = Path(path).suffix
        packed = gzip.compress(body, 9, mtime=0) if suffix in COMPRESSED and len(body) > 512 else None
        sri = "sha384-" + b64encode(hashlib.sha384(body).digest()).decode()
        return Asset(path, body, packed, version or digest(body), sri, TYPES[suffix])

    def _load(self):
        bodies = {str(p.relative_to(self.root)): p.read_bytes() for p in self._files()}
        built = digest(b"".join(digest(body).encode() for name, body in bodies.items() if name.startswith(BUILT)))
        table = {}
        for name, body in bodies.items():
            if name not in SHEETS:
                table[name] = self._asset(name, body, built if name.startswith(BUILT) else None)
        sheets = "".join(bodies[name].decode() for name in SHEETS if name in bodies)

        def versioned(match):
            asset = table.get(match[1])
            return f"url(../{asset.address})" if asset else match[0]

        table[BUNDLE] = self._asset(BUNDLE, re.sub(r"url\(([\w./-]+)\)", versioned, shrink(sheets)).encode())
        self._entries = self._manifest(table)
        return table

    def _manifest(self, table):
        """Return entry name -> path from the manifest: ``{"name": "file"}`` or ``{"name": {"file": …}}``."""
        asset = table.get(BUILT + "manifest.json")
        try:
            entries = json.loads(asset.body) if asset else {}
        except ValueError:
            entries = {}
        found = {}
        for name, value in entries.items() if isinstance(entries, dict) else ():
            file = value.get("file") if isinstance(value, dict) else value
            if isinstance(file, str):
                found[name.removesuffix(".js")] = BUILT + file.removeprefix(BUILT)
        return found

    def get(self, path):
        """Return the Asset at ``path``, or None."""
        return self.table.get(path)

    def script(self, name):
        """Return the Asset of the front end's entry ``name`` (``portail``), or None while it is not built."""
        table = self.table
        return table.get(self._entries.get(name, f"{BUILT}{name}.js"))


ASSETS = Assets()
