"""Writing DECP files record by record, so that an export of any length takes the memory of one record.

A record that would not pass its own check is not written: it is handed to ``refuse``, or stops the export.
"""

from itertools import chain
from lxml import etree
from megalis.portal.formats.decp import rules
from megalis.portal.formats.decp.kinds import read_record
from megalis.portal.formats.decp.kinds import Reader
from megalis.portal.formats.decp.kinds import to_json
from megalis.portal.formats.decp.kinds import to_xml
from megalis.portal.formats.decp.model import Concession
from megalis.portal.formats.decp.model import Contract
from megalis.portal.formats.refusal import Refused

import json


NAMES = {Contract: "marche", Concession: "contrat-concession"}
ALWAYS_REFUSED = ("decp.acheteur-siret", "decp.titulaire-siret")


def problems(record):
    """Return what forbids a record to be published, as a list of (code, French message); [] when nothing does.

    Stricter than the check of a file from elsewhere: a SIRET of ours has the right key.
    """
    reader = Reader()
    again = read_record(reader, type(record), to_json(record), (NAMES[type(record)],))
    if again is not None:
        rules.judge(reader, again, (NAMES[type(record)],))
    found = [item for item in reader.warnings if item.code in ALWAYS_REFUSED]
    return [(item.code, item.message) for item in reader.errors + found]


def _good(records, refuse):
    for record in records:
        found = problems(record)
        if not found:
            yield record
        elif refuse is None:
            code, message = found[0]
            raise Refused(code, f"Contrat « {record.id[:40]} » : {message}", record.id)
        else:
            refuse(record, found)


def json_chunks(contracts=(), concessions=(), refuse=None):
    """Yield the bytes of a JSON file; ``refuse(record, problems)`` takes those that are left out.

    Without ``refuse`` such a record raises ``Refused`` with the code of its first problem.
    """
    yield b'{"marches":{"marche":['
    yield from _listed(contracts, refuse)
    yield b"]"
    listed = _listed(concessions, refuse)
    first = next(listed, None)
    if first is not None:
        yield b',"contrat-concession":['
        yield first
        yield from listed
        yield b"]"
    yield b"}}\n"


def _listed(records, refuse):
    mark = "\n"
    for record in _good(records, refuse):
        yield (mark + json.dumps(to_json(record), ensure_ascii=False, separators=(",", ":"))).encode()
        mark = ",\n"


def xml_chunks(contracts=(), concessions=(), refuse=None):
    """Yield the bytes of an XML file; as ``json_chunks``."""
    yield b"<?xml version='1.0' encoding='UTF-8'?>\n<marches>\n"
    for record in _good(chain(contracts, concessions), refuse):
        yield (
            etree.tostring(to_xml(record, etree.Element(NAMES[type(record)])), encoding="UTF-8", xml_declaration=False)
            + b"\n"
        )
    yield b"</marches>\n"
