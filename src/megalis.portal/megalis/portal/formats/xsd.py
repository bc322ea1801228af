"""XML schemas (XSD 1.0) with reasons in French: what libxml2 says, said again for people who fill in forms."""

from functools import lru_cache
from lxml import etree
from megalis.portal.formats.verdict import Finding
from pathlib import Path
from threading import Lock

import re


MAX_FINDINGS = 200

_CLARK = re.compile(r"\{[^}]*\}")
_ELEMENT = re.compile(r"^Element '([^']*)'")
_ATTRIBUTE = re.compile(r"attribute '([^']*)'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*?) \)\.$")
_VALUE = re.compile(r"(?:: |value )'(.*?)' (?:is not|has a length|is less|is greater)", re.DOTALL)
_LENGTH = re.compile(r"allowed (maximum|minimum) length of '(\d+)'")
_PATTERN = re.compile(r"accepted by the pattern '(.*)'\.$")
_TYPE = re.compile(r"type '([^']*)'\.$")
_BOUND = re.compile(r"value (?:allowed|that must be exceeded|must be less than) \(?'?([^')]*)'?\)?\.?$")
_KINDS = {
    "date": "une date (attendu : 2026-03-16)",
    "time": "une heure (attendu : 12:00:00)",
    "dateTime": "une date et heure (attendu : 2026-03-16T12:00:00)",
    "decimal": "un nombre (chiffres et point)",
    "integer": "un nombre entier",
    "boolean": "vrai (true) ou faux (false)",
    "anyURI": "une adresse",
}


class _Beside(etree.Resolver):
    """Finds what a schema imports by its web address (xml.xsd, xlink.xsd) in the folder of the schema itself."""

    def __init__(self, folder):
        super().__init__()
        self._folder = folder

    def resolve(self, url, public_id, context):
        path = self._folder / (url or "").rpartition("/")[2]
        if url and url.startswith(("http://", "https://")) and path.is_file():
            return self.resolve_filename(str(path), context)
        return None


class Schema:
    """A compiled schema; one may be used by several threads."""

    def __init__(self, path):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        parser.resolvers.add(_Beside(Path(path).parent))
        self._schema = etree.XMLSchema(etree.parse(str(path), parser))
        self._lock = Lock()

    @property
    def compiled(self):
        """The ``lxml.etree.XMLSchema``, for a parser that validates as it reads."""
        return self._schema

    def findings(self, root, code):
        """Return what breaks the schema in the document of ``root``, as ``Finding`` of that ``code``, at most 200."""
        with self._lock:
            if self._schema.validate(root.getroottree()):
                return ()
            entries = list(self._schema.error_log)[:MAX_FINDINGS]
        return tuple(Finding(code, explain(entry), entry.line or 0, path=entry.path or "") for entry in entries)


@lru_cache(maxsize=16)
def schema(path):
    """Return the ``Schema`` of a file, compiled once; raise ``lxml.etree.LxmlError`` when it is not one."""
    return Schema(path)


def explain(entry):
    """Return the French sentence of one entry of libxml2's log; its own words when it is of another kind."""
    message = entry.message or ""
    name = _name(message, _ELEMENT)
    attribute = _name(message, _ATTRIBUTE)
    where = f"l’attribut « {attribute} » de « {name} »" if attribute else f"« {name} »"
    say = _EXPLAINED.get(entry.type_name)
    said = say(message, name, attribute, where) if say and name else None
    return said or f"Le fichier ne suit pas son schéma : {_CLARK.sub('', message)[:400]}"


def _name(message, pattern):
    match = pattern.search(message)
    return _CLARK.sub("", match[1]) if match else ""


def _shown(text):
    return f"« {text[:80]}{'…' if len(text) > 80 else ''} »"


def _content(message, name, _attribute, _where):
    expected = _EXPECTED.search(message)
    names = [_CLARK.sub("", item.strip()) for item in expected[1].split(",")] if expected else []
    wanted = f" : attendu ici {', '.join(names[:6])}{', entre autres' if len(names) > 6 else ''}" if names else ""
    if "Missing child" in message:
        return f"« {name} » est incomplet{wanted}."
    return f"« {name} » n’est pas à sa place ou n’existe pas dans le format{wanted}."


def _datatype(message, _name, _attribute, where):
    value = _VALUE.search(message)
    kind = _TYPE.search(message)
    what = _KINDS.get(_CLARK.sub("", kind[1]).removeprefix("xs:"), "") if kind else ""
    shown = _shown(value[1]) if value else "La valeur"
    return f"{shown} n’est pas {what or 'une valeur permise'} pour {where}."


def _enumeration(message, _name, _attribute, where):
    value = _VALUE.search(message)
    return f"{_shown(value[1]) if value else 'La valeur'} n’est pas dans la liste des valeurs de {where}."


def _pattern(message, _name, _attribute, where):
    value, pattern = _VALUE.search(message), _PATTERN.search(message)
    form = f" (attendu : {pattern[1][:80]})" if pattern else ""
    return f"{_shown(value[1]) if value else 'La valeur'} n’a pas la forme voulue pour {where}{form}."


def _length(message, _name, _attribute, where):
    limit = _LENGTH.search(message)
    if not limit:
        return f"Le texte de {where} n’a pas la longueur voulue."
    if limit[1] == "maximum":
        return f"Le texte de {where} a plus de {limit[2]} caractères : raccourcissez-le."
    return f"Le texte de {where} a moins de {limit[2]} caractères : complétez-le."


def _range(message, _name, _attribute, where):
    value, bound = _VALUE.search(message), _BOUND.search(message)
    limit = f" (limite : {bound[1]})" if bound else ""
    return f"{_shown(value[1]) if value else 'La valeur'} est hors des bornes de {where}{limit}."


_EXPLAINED = {
    "SCHEMAV_ELEMENT_CONTENT": _content,
    "SCHEMAV_CVC_ELT_1": lambda _m, name, _a, _w: f"« {name} » n’est pas la racine d’un fichier de ce format.",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": lambda _m, _n, _a, where: (
        f"{where[0].upper()}{where[1:]} n’existe pas dans le format."
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_4": lambda _m, name, attribute, _w: f"L’attribut « {attribute} » manque sur « {name} ».",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": lambda _m, name, _a, _w: f"« {name} » contient du texte qui n’est pas permis là.",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": lambda _m, name, _a, _w: f"« {name} » ne contient qu’un texte, pas d’élément.",
    "SCHEMAV_CVC_TYPE_3_1_2": lambda _m, name, _a, _w: f"« {name} » ne contient qu’un texte, pas d’élément.",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _datatype,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": _datatype,
    "SCHEMAV_CVC_ENUMERATION_VALID": _enumeration,
    "SCHEMAV_CVC_PATTERN_VALID": _pattern,
    "SCHEMAV_CVC_MAXLENGTH_VALID": _length,
    "SCHEMAV_CVC_MINLENGTH_VALID": _length,
    "SCHEMAV_CVC_LENGTH_VALID": _length,
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": _range,
    "SCHEMAV_CVC_MININCLUSIVE_VALID": _range,
    "SCHEMAV_CVC_MAXEXCLUSIVE_VALID": _range,
    "SCHEMAV_CVC_MINEXCLUSIVE_VALID": _range,
    "SCHEMAV_CVC_TOTALDIGITS_VALID": lambda _m, _n, _a, where: f"Le nombre de {where} a trop de chiffres.",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": lambda _m, _n, _a, where: f"Le nombre de {where} a trop de décimales.",
}
