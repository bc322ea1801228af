"""French words for a broken rule: the SDK's own sentence when its translations are installed, else one made from the
name the SDK gives the field, what the rule demands (read in its test) and what the notice holds."""

from functools import cached_property
from lxml import etree
from megalis.portal.formats.eforms.reading import line_of
from megalis.portal.formats.eforms.reading import NS

import re


_COUNT = re.compile(r"^count\((?P<what>.+?)\) (?P<sign>=|>|<) (?P<number>\d+)(?P<rest>.*)$", re.DOTALL)
_LENGTH = re.compile(r"^string-length\(normalize-space\(\.\)\) le (\d+)$")
_LIST = re.compile(r"^normalize-space\(\.\) = \(")
_SHORT_LIST = re.compile(r"^normalize-space\(\.\) = \(((?:'[^']*'(?:, ?)?){1,12})\)$")
_BUSINESS = re.compile(r"^(B[TG]|OP[TPA])-(\d+)")
_TERM = re.compile(r"^BR-(B[TG]|OP[TPA])-(\d{5})-")
_RULE = re.compile(r"^(.+)_(R|WS|length|range)$")
# The rules on the whole of a notice, which no field names.
_STRUCTURE = {
    "P-0001": "L’avis ne dit pas son sous-type (efac:NoticeSubType) : indiquez-le, 16 pour un avis de marché.",
    "P-0002": "L’avis n’a pas les lots que son sous-type veut : au moins un, ou aucun pour une information sans lot.",
    "P-0004": "Un lot n’a pas l’attribut schemeName (Lot, Part ou LotsGroup) : ajoutez-le à son identifiant.",
    "P-0005": "L’identifiant d’un lot est d’une sorte inconnue : schemeName vaut Lot, Part ou LotsGroup.",
}


def business_term(field):
    """Return the business term of a field: ``BT-105-Procedure`` -> ``BT-105``; '' for none."""
    match = _BUSINESS.match(field)
    return match[0] if match else ""


def _bare(path):
    bare, depth = [], 0
    for char in path:
        depth += char == "["
        if not depth:
            bare.append(char)
        depth -= char == "]"
    return "".join(bare)


def _same(business_term, term):
    kind, _dash, number = business_term.partition("-")
    return kind == term[1] and number.isdigit() and int(number) == int(term[2])


def _holds(path, node):
    try:
        found = node.getroottree().xpath(path, namespaces=NS)
    except etree.XPathError:
        return False
    return any(item is node for item in found if not isinstance(item, str))


class Wording:
    """The French words of one SDK, read when the first rule breaks."""

    def __init__(self, sdk):
        self._sdk = sdk

    def _entries(self, name):
        path = self._sdk.folder / "translations" / f"{name}_fr.xml"
        if not path.is_file():
            return {}
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        root = etree.parse(str(path), parser).getroot()
        return {item.get("key"): (item.text or "").strip() for item in root.iter("entry")}

    @cached_property
    def _rules(self):
        return self._entries("rule")

    @cached_property
    def _labels(self):
        return self._entries("field")

    @cached_property
    def _by_rule(self):
        """The field of each rule that the SDK's list of fields names."""
        found = {}
        for field in self._sdk.fields_json["fields"]:
            for value in field.values():
                for item in (value.get("constraints") or (), [value]) if isinstance(value, dict) else ():
                    for constraint in item:
                        message = constraint.get("message") or ""
                        found.setdefault(message.removeprefix("rule|text|"), field["id"])
        found.pop("", None)
        return found

    @cached_property
    def _ids(self):
        fields = self._sdk.fields_json["fields"]
        return {re.sub(r"[()]", "_", field["id"]): field["id"] for field in fields}

    @cached_property
    def _by_path(self):
        """The fields at each path without its conditions: the values of several fields may stand at one path."""
        found = {}
        for field in self._sdk.fields_json["fields"]:
            found.setdefault(_bare(field["xpathAbsolute"]), []).append(field)
        return found

    def field(self, failure):
        """Return the field that a ``rules.Failure`` is about (``BT-105-Procedure``), or ''."""
        rule = _RULE.match(failure.assertion.id)
        named = self._ids.get(rule[1], "") if rule else ""
        known = failure.assertion.field or named or self._by_rule.get(failure.assertion.id, "")
        return known if known in self._labels_of else self._placed(failure) or known

    @cached_property
    def _labels_of(self):
        return {field["id"] for field in self._sdk.fields_json["fields"]}

    def _placed(self, failure):
        fields = self._by_path.get("/*/" + _bare(failure.path).split("/", 2)[-1], ())
        term = _TERM.match(failure.assertion.id)
        numbered = [item for item in fields if term and _same(item["btId"], term)]
        fields = numbered or fields
        if len(fields) > 1:
            fields = [item for item in fields if _holds(item["xpathAbsolute"], failure.node)] or fields
        return fields[0]["id"] if fields else ""

    def label(self, field):
        """Return the French name of a field, or ''."""
        return self._labels.get(f"field|name|{field}", "").replace("'", "’")

    def say(self, failure, subtype, field):
        """Return the French sentence of a ``rules.Failure``."""
        official = self._rules.get(f"rule|text|{failure.assertion.id}")
        if official:
            return official.replace("'", "’")
        label = self.label(field)
        what = (
            f"« {label} » ({business_term(field)})"
            if label and business_term(field)
            else f"« {label or _name(failure)} »"
        )
        return _sentence(failure, what, subtype)


def _name(failure):
    return failure.path.rsplit("/", 1)[-1]


def _value(failure):
    value = line_of("".join(failure.node.itertext()) if not len(failure.node) else "")
    return f"« {value[:80]}{'…' if len(value) > 80 else ''} »" if value else ""


def _sentence(failure, what, subtype):
    test, rule = failure.assertion.test.strip(), failure.assertion.id
    count = _COUNT.match(test)
    if count:
        what = what.replace(_name(failure), count["what"]) if f"« {_name(failure)} »" == what else what
        return _counted(count, what, subtype)
    if rule in _STRUCTURE:
        return _STRUCTURE[rule]
    if rule == "element-not-empty":
        return f"« {_name(failure)} » est vide : renseignez-le ou retirez-le."
    limit = _LENGTH.match(test)
    if limit:
        length = len(line_of(failure.node.text or ""))
        return f"{what} a {length} caractères, le maximum est {limit[1]} : raccourcissez le texte."
    value = _value(failure)
    if rule.endswith("_WS"):
        return f"{what} commence ou finit par un blanc ({value}) : retirez-le."
    if _LIST.match(test):
        short = _SHORT_LIST.match(test)
        choice = f" ({', '.join(re.findall(chr(39) + '([^' + chr(39) + ']*)' + chr(39), short[1]))})" if short else ""
        return f"{value or 'Un texte vide'} n’est pas admis pour {what} : choisissez une valeur de la liste{choice}."
    if test.startswith("matches("):
        return f"{value or 'Un texte vide'} n’a pas la forme voulue pour {what} : corrigez la saisie."
    if re.match(r"^count\(for .*\) = 0$|.*distinct-values", test):
        return f"{what} est répété avec la même valeur ou la même langue : gardez-en un."
    shown = f" (valeur : {value})" if value else ""
    return f"{what} ne s’accorde pas avec le reste de l’avis{shown} : la règle {rule} du JOUE n’est pas respectée."


def _counted(count, what, subtype):
    sign, number = count["sign"], int(count["number"])
    case = " dans ce cas" if count["rest"].strip() else f" dans un avis de sous-type {subtype}"
    if (sign, number) == (">", 0):
        return f"{what} manque : cette information est obligatoire{case}."
    if (sign, number) == ("=", 0):
        return f"{what} n’est pas permis{case} : retirez cette information."
    if (sign, number) == ("<", 2):
        return f"{what} est donné plusieurs fois : gardez une seule valeur."
    return f"{what} n’est pas en nombre voulu (attendu : {sign} {number})."
