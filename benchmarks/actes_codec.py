"""Claim: at least 1,000 messages of @CTES a second are written, checked against the official schema, and read back.

Peer in the same run: xsdata, the binding of Python dataclasses to XML, with the classes it generates from the same
schema. It checks nothing, so that what it takes is compared with ours without the schema, and the time libxml2 needs
for the schema is shown apart; ours also decodes and bounds foreign bytes and applies the rules of the trade.
Rates are those of one processor (process time): nothing here waits, and what else the machine does is left out.
Run: ``python benchmarks/actes_codec.py [N]`` with MEGALIS_REFERENTIELS.
"""

from _actes_messages import MESSAGES
from importlib import import_module
from megalis.portal.formats import referentiels
from megalis.portal.formats.actes import codec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from unittest.mock import patch
from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.handlers import LxmlEventHandler
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.writers import LxmlEventWriter

import os
import subprocess
import sys


CLAIM = 1000


def generated(schema, folder):
    """Return the package xsdata generates from the schema."""
    scripts = Path(sys.executable).parent
    subprocess.run(
        [scripts / "xsdata", "generate", schema, "--package", "actes_peer"],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"},
    )
    sys.path.insert(0, folder)
    return import_module("actes_peer")


def rate(work, values, rounds=3):
    """Return the best number of values a second that ``work`` takes, over ``rounds``, and its last results."""
    best, results = 0, []
    for _round in range(rounds):
        start = process_time()
        results = [work(value) for value in values]
        best = max(best, len(values) / (process_time() - start))
    return best, results


def trip(write, read):
    """Return the round trips a second of two rates."""
    return 1 / (1 / write + 1 / read)


def ours(message, count):
    """Return the round trips a second of our codec; what was read must be what was written."""
    written, files = rate(codec.build, [message] * count)
    read, received = rate(codec.parse, files)
    if any(item.message != message or item.warnings for item in received):
        raise SystemExit("what was read is not what was written")
    return trip(written, read), files


def peers(package, files):
    """Return the round trips a second of xsdata on the same files; it must read the same values again."""
    kinds = {name.lower(): value for name, value in vars(package).items() if isinstance(value, type)}
    kind = kinds[type(codec.parse(files[0]).message).__name__.lower()]
    context = XmlContext()
    parser = XmlParser(context=context, handler=LxmlEventHandler)
    serializer = XmlSerializer(context=context, writer=LxmlEventWriter)
    read, values = rate(lambda data: parser.from_bytes(data, kind), files)
    written, again = rate(serializer.render, values)
    if parser.from_bytes(again[0].encode(), kind) != values[0]:
        raise SystemExit("the peer does not read what it wrote")
    return trip(written, read)


def main(count):
    """Measure each kind and print the table; fail when the claim does not hold for every kind."""
    path = referentiels.find("actes", codec.SCHEMA)
    if path is None:
        raise SystemExit("référentiel absent: actes (set MEGALIS_REFERENTIELS)")
    worst = None
    print(f"{'round trips /s':16}{'with schema':>14}{'without':>12}{'xsdata':>12}{'ratio':>8}")
    with TemporaryDirectory() as folder:
        package = generated(path, folder)
        for kind, message in MESSAGES.items():
            checked, files = ours(message, count)
            with patch.object(codec, "official_schema", lambda: None):
                bare, _files = ours(message, count)
            theirs = peers(package, files)
            worst = min(worst or checked, checked)
            print(f"{kind:16}{checked:14,.0f}{bare:12,.0f}{theirs:12,.0f}{bare / theirs:8.1f}")
    if worst < CLAIM:
        raise SystemExit(f"claim not held: {worst:,.0f} messages/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
