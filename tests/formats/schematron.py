"""The business rules of the eForms SDK (ISO Schematron, query binding xslt2), run with Saxon.

One phase is compiled to one XSLT 3 stylesheet: a mode for each active pattern, a template for each rule; as the standard
asks, a node fires the first rule of a pattern that matches it, hence falling priorities.
"""

from lxml import etree

import functools


SCH = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "http://www.w3.org/1999/XSL/Transform"


def _x(parent, tag, /, **attributes):
    return etree.SubElement(parent, f"{{{XSL}}}{tag}", attributes)


@functools.cache
def compile_phase(folder, subtype):
    """Return a function from notice bytes to the list of failed ``(rule id, role, location)`` of a phase."""
    from saxonche import PySaxonProcessor

    main = etree.parse(str(folder / "complete-validation.sch")).getroot()
    prefixes = {ns.get("prefix"): ns.get("uri") for ns in main.iter(f"{SCH}ns")}
    active = [
        item.get("pattern")
        for phase in main.iter(f"{SCH}phase")
        if phase.get("id") == f"eforms-{subtype}"
        for item in phase.iter(f"{SCH}active")
    ]
    assert active, subtype
    style = etree.Element(f"{{{XSL}}}stylesheet", {"version": "3.0"}, nsmap={"xsl": XSL, **prefixes})
    _x(style, "output", method="xml")
    for let in main.findall(f"{SCH}let"):
        _x(style, "variable", name=let.get("name"), select=let.get("value"))
    root = _x(style, "template", match="/")
    report = etree.SubElement(root, "report")
    for rank, pattern in enumerate(active):
        mode = f"m{rank}"
        _x(report, "apply-templates", select="/", mode=mode)
        _x(style, "mode", name=mode, **{"on-no-match": "shallow-skip"})
        path = folder / (pattern.removeprefix("EFORMS-") + ".sch")
        source = etree.parse(str(path)).getroot()
        for let in source.findall(f"{SCH}let"):
            _x(style, "variable", name=let.get("name"), select=let.get("value"))
        rules = list(source.iter(f"{SCH}rule"))
        for index, rule in enumerate(rules):
            template = _x(style, "template", match=rule.get("context"), mode=mode, priority=str(len(rules) - index))
            for let in rule.findall(f"{SCH}let"):
                _x(template, "variable", name=let.get("name"), select=let.get("value"))
            for check in rule.findall(f"{SCH}assert"):
                test = _x(template, "if", test=f"not({check.get('test')})")
                failed = etree.SubElement(test, "failed", id=check.get("id"), role=check.get("role") or "ERROR")
                _x(failed, "value-of", select="path()")
            _x(template, "apply-templates", select="@*, node()", mode=mode)
    processor = PySaxonProcessor(license=False)
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "")
    executable = processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=etree.tostring(style).decode())

    def run(data):
        node = processor.parse_xml(xml_text=data.decode("utf-8"))
        result = etree.fromstring(executable.transform_to_string(xdm_node=node).encode())
        return [(item.get("id"), item.get("role"), item.text) for item in result.iter("failed")]

    return run
