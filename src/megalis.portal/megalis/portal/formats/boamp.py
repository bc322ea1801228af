"""The national short notice of a procédure adaptée, as JSON and as XML.

No schema of the national short notice is public: the shape here is ours, documented in ``docs/formats.md``, and an adapter
turns it into what the receiving service asks. It says all of a ``ShortNotice``, and comes back equal.

Reading is strict: an unknown member, a missing one, a value of another type is refused, with its place.
"""

from dataclasses import fields
from dataclasses import is_dataclass
from dataclasses import MISSING
from datetime import date
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from lxml import etree
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.short_notice import KINDS
from megalis.portal.formats.short_notice import ShortNotice
from megalis.portal.formats.short_notice import UNITS
from types import UnionType
from typing import get_args
from typing import get_origin
from typing import get_type_hints

import json
import re


FORMAT = "megalis.bzh/avis-mapa/1"
NAMESPACE = "urn:megalis.bzh:avis-mapa:1"
ROOT = "avis"
MAX_BYTES = 1024 * 1024
MAX_ITEMS = 1000

# Names of the format, in French as its readers; what is not listed keeps the name of the model.
NAMES = {
    "version": "version", "kind": "genre", "buyer": "acheteur", "title": "objet", "nature": "nature", "procedure": "procedure",
    "departments": "departements", "place": "lieu", "lots": "lots", "framework": "accordCadre", "duration": "duree",
    "duration_unit": "uniteDuree", "start": "debut", "criteria": "criteres", "variants": "variantes", "reserved": "reserve",
    "deadline": "dateLimite", "question_deadline": "dateLimiteQuestions", "documents_url": "adresseDossier",
    "submission_url": "adresseDepot", "review": "recours", "previous": "avisPrecedent", "changes": "modifications",
    "sent": "envoi", "name": "nom", "street": "voie", "postcode": "codePostal", "city": "ville", "email": "courriel",
    "phone": "telephone", "url": "adresse", "number": "numero", "weight": "poids", "percent": "pourcentage",
}  # fmt: skip

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?", re.ASCII)
_INTEGER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FLAGS = {"true": True, "false": False}


def to_json(notice):
    """Return the JSON (UTF-8 bytes) of a ``ShortNotice``; raise ``Refused`` when it could not be read back."""
    _checked(notice)
    told = {"format": FORMAT, **_object(notice)}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def to_xml(notice):
    """Return the XML (UTF-8 bytes) of a ``ShortNotice``; as ``to_json``."""
    _checked(notice)
    root = etree.Element(f"{{{NAMESPACE}}}{ROOT}", nsmap={None: NAMESPACE})
    _fill(root, _object(notice))
    etree.indent(root, " ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _checked(notice):
    # What is written is read at once: a notice that would be refused elsewhere is refused here.
    again = _read(ShortNotice, _object(notice), ROOT)
    if again != notice:
        message = "L’avis contient un caractère ou une valeur que le format ne garde pas : corrigez ses textes."
        raise Refused("boamp.valeur", message, next(_different(notice, again), ""))


def _different(one, other):
    for item in fields(one):
        if getattr(one, item.name) != getattr(other, item.name):
            yield item.name


def _object(value):
    """Return a value of the model as JSON; what is as by default is left out."""
    if is_dataclass(value):
        told = {}
        for item in fields(value):
            content = getattr(value, item.name)
            if item.default is MISSING or content != item.default:
                told[NAMES.get(item.name, item.name)] = _object(content)
        return told
    if isinstance(value, tuple):
        return [_object(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # A text: a number of JSON is a float for most who read it.
        return format(value.normalize(), "f") if value.is_finite() else str(value)
    return value


def _fill(node, told):
    for name, value in told.items():
        for item in value if isinstance(value, list) else [value]:
            child = etree.SubElement(node, f"{{{NAMESPACE}}}{name}")
            if isinstance(item, dict):
                _fill(child, item)
            else:
                child.text = str(item).lower() if isinstance(item, bool) else str(item)


def read(data):
    """Return the ``ShortNotice`` in the bytes of a JSON or XML file; raise ``Refused`` (``boamp.…``)."""
    if len(data) > MAX_BYTES:
        raise Refused("boamp.taille", f"Le fichier pèse plus de {MAX_BYTES // 1048576} Mo : un avis court est petit.")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise Refused("boamp.vide", "Le fichier est vide : choisissez un avis court en JSON ou en XML.")
    return _from_xml(data) if start == b"<" else _from_json(data)


def _from_json(data):
    try:
        told = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, Refused):
            raise
        line = getattr(error, "lineno", 0)
        raise Refused("boamp.json", f"Le fichier n’est pas un JSON correct (ligne {line}).", error) from None
    if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
        raise Refused("boamp.format", f"Le fichier n’est pas un avis court : « format » doit être « {FORMAT} ».")
    return _read(ShortNotice, told, ROOT)


def _unique(pairs):
    told = dict(pairs)
    if len(told) != len(pairs):
        raise Refused("boamp.double", "Un membre figure deux fois dans le même objet : gardez-en un.")
    return told


def _no_number(text):
    raise Refused("boamp.nombre", f"« {text[:40]} » : un nombre à virgule s’écrit entre guillemets.", text)


def _from_xml(data):
    root = safexml.load(data, "boamp", MAX_BYTES, 50_000).root
    if root.tag != f"{{{NAMESPACE}}}{ROOT}":
        message = f"La racine n’est pas « {ROOT} » de l’espace de noms « {NAMESPACE} »."
        raise Refused("boamp.format", message, root.tag)
    return _read(ShortNotice, _told(ShortNotice, root, ROOT), ROOT)


def _told(kind, node, path):
    """Return what an element says as the JSON of the same type would: a type tells text from list and number."""
    hints = {NAMES.get(name, name): hint for name, hint in get_type_hints(kind).items()}
    told = {}
    if node.attrib or (node.text or "").strip():
        raise Refused(
            "boamp.inconnu", f"« {path} » contient un attribut ou un texte que le format ne connaît pas.", path
        )
    for child in node:
        space, _, name = child.tag[1:].partition("}")
        where = f"{path}/{name}"
        if space != NAMESPACE or name not in hints or (child.tail or "").strip():
            raise Refused("boamp.inconnu", f"« {where[:120]} » n’est pas du format : retirez-le.", where)
        many, inner = _inner(hints[name])
        if not many and name in told:
            raise Refused("boamp.double", f"« {where} » figure deux fois : gardez-en un.", where)
        if is_dataclass(inner):
            value = _told(inner, child, where)
        elif len(child) or child.attrib:
            raise Refused("boamp.inconnu", f"« {where} » ne contient que du texte.", where)
        else:
            value = _scalar(inner, child.text or "")
        told.setdefault(name, []).append(value) if many else told.update({name: value})
    return told


def _scalar(kind, text):
    if kind is bool:
        return _FLAGS.get(text.strip(), text)
    if kind is int:
        return int(text) if _INTEGER.fullmatch(text) else text
    return text


def _inner(hint):
    """Return whether a type is a list, and the type of what it holds."""
    if get_origin(hint) is tuple:
        return True, get_args(hint)[0]
    if isinstance(hint, UnionType):
        return False, next(item for item in get_args(hint) if item is not type(None))
    return False, hint


def _read(kind, told, path):
    """Return a value of the model from JSON; raise ``Refused`` with the place of what is wrong."""
    if not isinstance(told, dict):
        raise Refused("boamp.type", f"« {path} » doit être un objet.", path)
    hints = get_type_hints(kind)
    names = {NAMES.get(item.name, item.name): item for item in fields(kind)}
    unknown = next((name for name in told if name not in names), None)
    if unknown is not None:
        raise Refused("boamp.inconnu", f"« {path}/{unknown[:80]} » n’est pas du format : retirez-le.", unknown)
    values = {}
    for name, item in names.items():
        where = f"{path}/{name}"
        if name in told:
            values[item.name] = _value(hints[item.name], told[name], where)
        elif item.default is MISSING:
            raise Refused("boamp.absent", f"« {where} » manque : donnez sa valeur.", where)
    found = kind(**values)
    if kind is ShortNotice:
        _codes(found)
    return found


def _codes(notice):
    for name, value, known in (("genre", notice.kind, KINDS), ("uniteDuree", notice.duration_unit, UNITS)):
        if value not in known:
            raise Refused("boamp.code", f"« {value[:40]} » ({name}) n’est pas connu : {', '.join(known)}.", value)
    if not notice.departments:
        raise Refused("boamp.absent", "L’avis ne nomme aucun département de publication : donnez-en un.", notice.id)


def _value(hint, told, path):
    many, inner = _inner(hint)
    if many:
        if not isinstance(told, list) or len(told) > MAX_ITEMS:
            raise Refused("boamp.type", f"« {path} » doit être une liste d’au plus {MAX_ITEMS} éléments.", path)
        return tuple(_value(inner, item, f"{path}[{rank}]") for rank, item in enumerate(told, 1))
    if is_dataclass(inner):
        return _read(inner, told, path)
    try:
        return _READERS[inner](told)
    except (ValueError, TypeError):
        wanted = _WANTED[inner]
        message = f"« {str(told)[:60]} » ({path}) n’est pas {wanted}."
        raise Refused("boamp.valeur", message, told) from None


def _text(told):
    if not isinstance(told, str) or _ILLEGAL.search(told):
        raise ValueError
    return told


def _flag(told):
    if not isinstance(told, bool):
        raise ValueError
    return told


def _integer(told):
    if type(told) is not int or not 0 <= told < 10**9:
        raise ValueError
    return told


def _matching(pattern, told):
    if not isinstance(told, str) or not pattern.fullmatch(told):
        raise ValueError
    return told


_READERS = {
    str: _text,
    bool: _flag,
    int: _integer,
    Decimal: lambda told: Decimal(_matching(_NUMBER, told)),
    date: lambda told: date.fromisoformat(_matching(_DAY, told)),
    datetime: lambda told: datetime.fromisoformat(_matching(_INSTANT, told)),
}
_WANTED = {
    str: "un texte sans caractère de commande",
    bool: "« vrai » ou « faux » (true, false)",
    int: "un nombre entier",
    Decimal: "un nombre (12.5)",
    date: "un jour (2026-03-16)",
    datetime: "un instant en temps universel (2026-03-16T11:00:00Z)",
}
