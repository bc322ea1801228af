"""Reading a DECP file, JSON or XML: hostile until proved otherwise, every reason with its place."""

from decimal import Decimal
from lxml import etree
from megalis.portal.formats import referentiels
from megalis.portal.formats import xsd
from megalis.portal.formats.decp import rules
from megalis.portal.formats.decp.kinds import read_record
from megalis.portal.formats.decp.kinds import Reader
from megalis.portal.formats.decp.model import Concession
from megalis.portal.formats.decp.model import Contract
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict

import json
import re


MAX_BYTES = 100 * 1024 * 1024
MAX_FINDINGS = 500
KINDS = {"marche": Contract, "contrat-concession": Concession}

_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


class _Refused(Exception):
    def __init__(self, code, message, line=0):
        super().__init__(message)
        self.verdict = refused(f"decp.{code}", message, line)


def read(data):
    """Return ``(records, verdict)`` of the bytes of a file; no record when it is not valid."""
    try:
        if len(data) > MAX_BYTES:
            raise _Refused("taille", f"Le fichier dépasse {MAX_BYTES // 1048576} Mo : partagez-le.")
        start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if not start:
            raise _Refused("vide", "Le fichier est vide. Choisissez un fichier JSON ou XML de données essentielles.")
        return _read_xml(data) if start == b"<" else _read_json(data)
    except _Refused as refusal:
        return [], refusal.verdict


def _read_xml(data):
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None) or 0
        raise _Refused("xml", f"Le fichier n’est pas un XML correct (ligne {line}).", line) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _Refused("dtd", "Le fichier contient une DTD (DOCTYPE), ce qui est interdit : retirez-la.")
    if root.tag != "marches":
        raise _Refused("racine", f"La racine est « {str(root.tag)[:80]} » : attendu « marches ».", root.sourceline or 0)
    reader = Reader()
    records = _records(reader, [(str(item.tag), item) for item in root])
    tree = root.getroottree()

    def place(found):
        node = root if found.node is None else found.node
        return node.sourceline or 0, tree.getpath(node)

    return _answer(reader, records, place, _schema(root))


def _schema(root):
    """Return what the official schema refuses and our own reading does not, when it is installed."""
    folder = referentiels.find("decp")
    found = sorted(folder.glob("schema_decp_v*.xsd")) if folder else []
    return xsd.schema(found[-1]).findings(root, "decp.schema") if found else ()


def _read_json(data):
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise _Refused("json", "Le fichier n’est pas en UTF-8 : enregistrez-le de nouveau en UTF-8.") from error
    except json.JSONDecodeError as error:
        raise _Refused("json", f"Le fichier n’est pas un JSON correct (ligne {error.lineno}).", error.lineno) from error
    except (ValueError, RecursionError, ArithmeticError) as error:
        reason = str(error) if type(error) is ValueError and "«" in str(error) else "valeur illisible"
        raise _Refused("json", f"Le fichier n’est pas un JSON correct : {reason}.") from error
    marches = value.get("marches") if isinstance(value, dict) else None
    if not isinstance(marches, dict) or not set(marches) & set(KINDS):
        raise _Refused("racine", "Attendu un objet « marches » avec « marche » ou « contrat-concession ».", 1)
    reader, items = Reader(), []
    for name in KINDS:
        listed = marches.get(name, [])
        if not isinstance(listed, list):
            reader.refuse("type", f"« {name} » doit être une liste.", ("marches", name))
            continue
        items += [(name, item) for item in listed]
    records = _records(reader, items)
    wanted = {item.path for item in (*reader.errors[:MAX_FINDINGS], *reader.warnings[:MAX_FINDINGS])}
    lines = locate(text, wanted) if wanted else {}
    return _answer(reader, records, lambda found: (lines.get(found.path, 0), _pointer(found.path)))


def _constant(word):
    raise ValueError(f"« {word} » n’est pas un nombre")


def _object(pairs):
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _value in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"« {double[:40]} » est donné deux fois dans un même objet")
    return value


def _records(reader, items):
    records, ranks, seen = [], dict.fromkeys(KINDS, 0), set()
    for name, item in items:
        if name not in KINDS:
            reader.refuse("inconnu", f"« {name[:80]} » n’existe pas dans « marches ».", ("marches",), item)
            continue
        path = ("marches", name, ranks[name])
        ranks[name] += 1
        record = read_record(reader, KINDS[name], item, path)
        if record is not None:
            rules.judge(reader, record, path, item)
            key = (name, record.buyer.siret, record.id)
            if key in seen:
                reader.warn("double", f"Le contrat « {record.id} » de {record.buyer.siret} est déjà donné.", path, item)
            seen.add(key)
            records.append(record)
        if len(reader.errors) > MAX_FINDINGS:
            break
    return records


def _answer(reader, records, place, schema=()):
    errors = tuple(_finding(item, place) for item in reader.errors[:MAX_FINDINGS])
    lines = {item.line for item in errors}
    errors += tuple(item for item in schema if item.line not in lines)
    warnings = tuple(_finding(item, place) for item in reader.warnings[:MAX_FINDINGS])
    return ([] if errors else records), Verdict(errors, warnings)


def _finding(found, place):
    line, path = place(found)
    field = next((name for name in reversed(found.path) if isinstance(name, str)), "")
    return Finding(found.code, found.message, line, field, path)


def _pointer(path):
    return "".join(f"/{name}" for name in path)


def locate(text, wanted):
    """Return the line of the value at each wanted path (names and ranks) of a JSON text that parses; nearest ancestor's
    line when it has no value there."""
    lines, stack, key, line, last = {(): 1}, [], None, 1, 0
    for match in _MARK.finditer(text):
        mark = match[0]
        line += text.count("\n", last, match.start())
        last = match.start()
        if mark == ":":
            continue
        if mark in "}]":
            stack.pop()
        elif mark == ",":
            if stack[-1][1] is not None:
                stack[-1][1] += 1
            key = None
        elif stack and stack[-1][1] is None and key is None:
            key = json.loads(mark)
        else:
            path = (*stack[-1][0], key if stack[-1][1] is None else stack[-1][1]) if stack else ()
            lines[path] = line
            if mark in "{[":
                stack.append([path, None if mark == "{" else 0])
                key = None
    return {
        path: next(lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in lines) for path in wanted
    }
