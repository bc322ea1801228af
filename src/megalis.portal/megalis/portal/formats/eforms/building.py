"""Building of eForms XML, element after element, in the order of the UBL schema.

Empty values add nothing and empty groups are pruned at the end, because the business rules of the SDK forbid empty
elements.
"""

from datetime import datetime
from datetime import time
from datetime import UTC
from lxml import etree
from megalis.portal.formats.eforms.reading import NS
from megalis.portal.formats.eforms.reading import PARIS

import re


_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMES = {"ORG": "organization", "TPO": "touchpoint"}


def tag(name):
    """Return the lxml name of a prefixed one (``cbc:Name``)."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def offset(moment):
    """Return the UTC offset of an aware datetime as XML Schema writes it (``+02:00``)."""
    minutes = int(moment.utcoffset().total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


class Builder:
    """Adds elements; ``language`` is given to every text a person wrote."""

    def __init__(self, language):
        self.language = language

    def group(self, parent, path):
        """Add the nested elements of a path (``cac:Party/cac:PartyName``) and return the last one."""
        for name in path.split("/"):
            parent = etree.SubElement(parent, tag(name))
        return parent

    def extension(self, parent):
        """Add the four wrappers of an eForms extension and return the inner one."""
        return self.group(parent, "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension")

    def put(self, parent, name, value, **attributes):
        """Add an element holding a value (text, int, Decimal, bool) unless it is '' or None."""
        if value is None or value == "":
            return
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif not isinstance(value, str | int):
            value = format(value, "f")
        element = etree.SubElement(parent, tag(name), {key: text for key, text in attributes.items() if text})
        element.text = _ILLEGAL.sub("", str(value))

    def code(self, parent, name, value, list_name):
        """Add a code of a named list, unless ''."""
        self.put(parent, name, value, listName=list_name)

    def say(self, parent, name, value):
        """Add a text in the language of the notice, unless ''."""
        self.put(parent, name, value, languageID=self.language)

    def money(self, parent, name, value):
        """Add an amount with its currency, unless None."""
        if value is not None:
            self.put(parent, name, value.amount, currencyID=value.currency)

    def duration(self, parent, path, value):
        """Add a period with a duration, unless None."""
        if value is not None:
            self.put(self.group(parent, path), "cbc:DurationMeasure", value.number, unitCode=value.unit)

    def ref(self, parent, path, value):
        """Add a party that is one of the organisations of the notice, unless ''."""
        if value:
            party = self.group(parent, f"{path}/cac:PartyIdentification") if path else parent
            self.put(party, "cbc:ID", value, schemeName=_SCHEMES.get(value[:3], "organization"))

    def day(self, parent, name, value):
        """Add a date with the offset of Paris at noon, unless None."""
        if value is not None:
            noon = datetime.combine(value, time(12), PARIS)
            self.put(parent, name, value.isoformat() + offset(noon))

    def moment(self, parent, part, value, prefix="cbc"):
        """Add the date and the time of an aware datetime, as read in Paris, unless None."""
        if value is not None:
            local = value.astimezone(UTC).astimezone(PARIS)
            self.put(parent, f"{prefix}:{part}Date", local.date().isoformat() + offset(local))
            self.put(parent, f"{prefix}:{part}Time", local.strftime("%H:%M:%S") + offset(local))


def prune(root):
    """Remove the elements under ``root`` that hold neither text nor element."""
    for element in reversed(list(root.iterdescendants())):
        if len(element) == 0 and not (element.text or "").strip():
            element.getparent().remove(element)
