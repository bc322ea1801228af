"""ISO Schematron (query binding xslt2) turned into XSLT 3, one stylesheet for a list of patterns.

As the standard asks, a node fires the first rule of a pattern whose context matches it: a pattern is a mode, a rule a
template, and priorities fall. The stylesheet returns only the rank of each assertion that fails and the path of its
node; what the assertion is stays here, in ``Assertion``. Long lists of literals, thousands of CPV codes for one, become
maps shared by the rules that name them: less to compile, nothing to scan.
"""

from dataclasses import dataclass
from lxml import etree
from megalis.portal.formats.refusal import Refused

import re


VERSION = 4  # of what this module generates; part of the key of what is cached
ISO = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "http://www.w3.org/1999/XSL/Transform"
MAP = "http://www.w3.org/2005/xpath-functions/map"
OURS = "urn:megalis:schematron"

_PATTERN_ID = re.compile(rb"<pattern\b[^>]*\bid\s*=\s*[\"']([^\"']+)[\"']")
_LONG_LIST = re.compile(r"normalize-space\(\.\) = \(((?:'[^'&\s]*'(?:, ?)?){12,})\)")
_LITERAL = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion: the id of its rule, its role (ERROR, WARN), the field its diagnostics point at, its XPath test."""

    id: str
    role: str
    field: str
    test: str


class Schematron:
    """A schema split in files by ``include``; ``phases`` gives the patterns of each phase, in order."""

    def __init__(self, main):
        self.main = main
        try:
            self._root = _parse(main)
        except (OSError, etree.XMLSyntaxError) as error:
            raise Refused("schematron.illisible", f"Les règles « {main} » ne se lisent pas.", error) from error
        self.prefixes = {item.get("prefix"): item.get("uri") for item in self._root.iter(f"{ISO}ns")}
        self.phases = {
            phase.get("id"): tuple(item.get("pattern") for item in phase.iter(f"{ISO}active"))
            for phase in self._root.iter(f"{ISO}phase")
        }
        self._fields = {
            item.get("id"): (item.get("see") or "").rpartition(":")[2] for item in self._root.iter(f"{ISO}diagnostic")
        }
        self._files = {}
        for item in self._root.iter(f"{ISO}include"):
            path = main.parent / item.get("href")
            if path.resolve().parent != main.parent.resolve():
                raise Refused("schematron.inclusion", f"Les règles « {main} » incluent un fichier d’un autre dossier.")
            with path.open("rb") as stream:
                found = _PATTERN_ID.search(stream.read(2000))
            if found:
                self._files[found[1].decode()] = path
        shared = set.intersection(*map(set, self.phases.values())) if self.phases else set()
        self._shared = frozenset(shared)

    def units(self, phase):
        """Return the patterns of a phase as two tuples: those that every phase has, and its own."""
        patterns = self.phases[phase]
        common = tuple(name for name in patterns if name in self._shared)
        return common, tuple(name for name in patterns if name not in self._shared)

    def files(self, patterns):
        """Return the files that a list of patterns is made from."""
        return [self.main, *(self._files[name] for name in patterns)]

    def compile(self, patterns):
        """Return ``(text of the stylesheet, list of Assertion)`` of some patterns."""
        return _Compiler(self).compile(patterns)

    def pattern(self, name):
        """Return the element of one pattern."""
        return _parse(self._files[name])

    def lets(self):
        """Return the variables of the whole schema."""
        return self._root.findall(f"{ISO}let")

    def field(self, diagnostics):
        """Return the field that the diagnostics of an assertion see, or ''."""
        return next(filter(None, (self._fields.get(name, "") for name in (diagnostics or "").split())), "")


def _parse(path):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    return etree.parse(str(path), parser).getroot()


def _below(contexts):
    """Return where rules of these contexts may match under an element: its elements, and what else they name."""
    ends = [re.sub(r"\[[^\]]*\]", "", context).rpartition("/")[2] for context in contexts]
    if any("(" in end for end in ends):
        return "@*, node()"
    return "@*, *" if any("@" in end for end in ends) else "*"


def _put(parent, tag, /, **attributes):
    return etree.SubElement(parent, f"{{{XSL}}}{tag}", attributes)


class _Compiler:
    def __init__(self, source):
        self._source = source
        self._lists = {}
        self._assertions = []
        names = {"xsl": XSL, "map": MAP, "ours": OURS, **source.prefixes}
        self._style = etree.Element(f"{{{XSL}}}stylesheet", {"version": "3.0"}, nsmap=names)

    def compile(self, patterns):
        _put(self._style, "output", method="text")
        for let in self._source.lets():
            _put(self._style, "variable", name=let.get("name"), select=let.get("value"))
        root = _put(self._style, "template", match="/")
        for rank, name in enumerate(patterns):
            _put(root, "apply-templates", select=".", mode=f"m{rank}")
            _put(self._style, "mode", name=f"m{rank}", **{"on-no-match": "shallow-skip"})
            self._pattern(self._source.pattern(name), f"m{rank}")
        for body, name in self._lists.items():
            words = " ".join(_LITERAL.findall(body))
            entries = f"map:merge(for $c in tokenize('{words}') return map:entry($c, true()))"
            _put(self._style, "variable", name=name, select=entries)
        return etree.tostring(self._style).decode(), self._assertions

    def _pattern(self, pattern, mode):
        for let in pattern.findall(f"{ISO}let"):
            _put(self._style, "variable", name=let.get("name"), select=let.get("value"))
        rules = pattern.findall(f"{ISO}rule")
        below = _below([rule.get("context") for rule in rules])
        rest = _put(self._style, "template", match="*", mode=mode, priority="0")
        _put(rest, "apply-templates", select=below, mode=mode)
        for rank, rule in enumerate(rules):
            priority = str(len(rules) - rank)
            template = _put(self._style, "template", match=rule.get("context"), mode=mode, priority=priority)
            self._rule(rule, template)
            _put(template, "apply-templates", select=below, mode=mode)

    def _rule(self, rule, template):
        tests = []
        for item in rule:
            if item.tag == f"{ISO}let":
                _put(template, "variable", name=item.get("name"), select=item.get("value"))
            elif item.tag in (f"{ISO}assert", f"{ISO}report"):
                test, number = item.get("test"), len(self._assertions)
                role = (item.get("role") or "ERROR").upper()
                field = self._source.field(item.get("diagnostics"))
                self._assertions.append(Assertion(item.get("id") or "", role, field, test))
                yes, no = ("()", f"{number}") if item.tag == f"{ISO}assert" else (f"{number}", "()")
                tests.append(f"if ({_LONG_LIST.sub(self._listed, test)}) then {yes} else {no}")
        if tests:
            _put(template, "variable", name="ours:failed", select=f"({', '.join(tests)})")
            told = _put(template, "if", test="exists($ours:failed)")
            _put(told, "value-of", select="$ours:failed, path(), '&#10;'".replace("&#10;", "\n"))

    def _listed(self, match):
        name = self._lists.setdefault(match[1], f"ours:list{len(self._lists)}")
        return f"map:contains(${name}, normalize-space(.))"
