"""What is published, as files of the format and as a table: chunks of bytes, with the memory of one contract."""

from decimal import Decimal
from lxml import etree
from megalis.portal.formats import tables
from megalis.portal.formats.decp import kinds
from megalis.portal.marches import store
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import tabular
from megalis.portal.marches.rules import TYPES

import json


def as_json(site, uid="", year=None):
    """Yield a JSON file of the format. Each record was checked when it was published, and is sent as it was."""
    yield b'{"marches":{"marche":['
    yield from _listed(store.released(site, uid, year, MARCHE))
    yield b"]"
    concessions = _listed(store.released(site, uid, year, CONCESSION))
    first = next(concessions, None)
    if first is not None:
        yield b',"contrat-concession":['
        yield first
        yield from concessions
        yield b"]"
    yield b"}}\n"


def _listed(released):
    mark = b"\n"
    for _kind, data in released:
        yield mark + data
        mark = b",\n"


def fill(type_, raw, node):
    """Fill an element with the raw data of a record that was checked when it was published."""
    for _attribute, name, kind, _required in kinds.members(type_):
        if name not in raw:
            continue
        value, child = raw[name], etree.SubElement(node, name)
        if isinstance(kind, kinds.One):
            fill(kind.type, value, child)
        elif isinstance(kind, kinds.Many):
            for row in value:
                fill(kind.type, row[kind.item], etree.SubElement(child, kind.xml_item or kind.item))
        elif isinstance(kind, kinds.Choices):
            for word in value[kind.item]:
                etree.SubElement(child, kind.item).text = word
        elif isinstance(value, bool):
            child.text = "true" if value else "false"
        else:
            child.text = f"{value:f}" if isinstance(value, Decimal) else str(value)


def as_xml(site, uid="", year=None):
    """Yield an XML file of the format."""
    yield b"<?xml version='1.0' encoding='UTF-8'?>\n<marches>\n"
    for genre in (MARCHE, CONCESSION):
        for kind, data in store.released(site, uid, year, genre):
            node = etree.Element(kind)
            fill(TYPES[kind], json.loads(data, parse_float=Decimal), node)
            yield etree.tostring(node, encoding="UTF-8", xml_declaration=False) + b"\n"
    yield b"</marches>\n"


def _rows(site, uid, year):
    for kind, data in store.released(site, uid, year):
        yield tabular.cells(kind, json.loads(data))


def as_csv(site, uid="", year=None):
    """Yield a table, one row a contract."""
    yield from tables.csv_chunks(tabular.columns(), _rows(site, uid, year))


def as_xlsx(site, uid="", year=None):
    yield from tables.xlsx_chunks("Données essentielles", tabular.columns(), _rows(site, uid, year))


FILES = {
    "json": ("application/json; charset=utf-8", as_json),
    "xml": ("application/xml; charset=utf-8", as_xml),
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
