"""The places of ACTES XML that follow a rule of their own: subject codes, the tree of subjects, signatures, senders."""

from dataclasses import dataclass
from lxml import etree
from megalis.portal.formats.actes.mapping import ACTES
from megalis.portal.formats.actes.mapping import attr
from megalis.portal.formats.actes.mapping import INTEGER
from megalis.portal.formats.actes.mapping import local
from megalis.portal.formats.actes.mapping import Node
from megalis.portal.formats.actes.mapping import placed
from megalis.portal.formats.actes.mapping import places
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import load


LEVELS = 5


@dataclass(frozen=True, slots=True)
class SignatureXML:
    """A signature that is XML (XAdES), as the text of its elements; a detached one in base64 is a plain text."""

    xml: str


@dataclass(frozen=True, slots=True)
class _Signature:
    """The ``Signature`` child of a file: any content, kept as it came."""

    def read(self, node, context):
        found = node.take("Signature")
        if not found:
            return ""
        if len(found[0]):
            # Exclusive, so that a signature does not take along the namespaces of the message around it.
            inner = [etree.tostring(item, method="c14n", exclusive=True, with_tail=False) for item in found[0]]
            return SignatureXML(b"".join(inner).decode())
        return (found[0].text or "").strip()

    def write(self, parent, value, context):
        if not value:
            return
        child = etree.SubElement(parent, f"{{{ACTES}}}Signature")
        if isinstance(value, str):
            child.text = value
            return
        try:
            child.extend(list(load(f"<s>{value.xml}</s>".encode()).root))
        except Refused as refusal:
            context.tell("actes.signature", f"La signature jointe n’est pas du XML correct : {refusal.message}")


def signature():
    """A field that holds '' (none), a text, or ``SignatureXML``."""
    return placed(_Signature(), "")


@dataclass(frozen=True, slots=True)
class _Codes:
    """``CodeMatiere1`` to ``CodeMatiere5`` as a tuple of numbers; a level that is skipped is None."""

    def read(self, node, context):
        codes = []
        for level in range(1, LEVELS + 1):
            found = node.take(f"CodeMatiere{level}")
            text = Node(found[0]).attribute("CodeMatiere", ACTES) if found else None
            codes.append(None if text is None else context.value(text, INTEGER, f"CodeMatiere{level}", found[0]))
        while codes and codes[-1] is None:
            codes.pop()
        if None in [*codes, None, None][:2]:
            context.absent("CodeMatiere1, CodeMatiere2", node.element)
        elif None in codes:
            context.tell("actes.matiere", "Un niveau de matière est sauté.", node.element)
        return tuple(codes)

    def write(self, parent, values, context):
        if type(values) is not tuple or not 2 <= len(values) <= LEVELS or None in values:
            context.tell(
                "actes.matiere",
                f"La matière « {values!r:.60} » n’a pas de deux à {LEVELS} niveaux : choisissez-la dans la liste.",
            )
        for level, value in enumerate(values if type(values) is tuple else (), 1):
            if value is None:
                continue
            child = etree.SubElement(parent, f"{{{ACTES}}}CodeMatiere{level}")
            child.set(f"{{{ACTES}}}CodeMatiere", context.written(value, INTEGER, f"CodeMatiere{level}"))


def codes():
    """A field that holds the subject of an act, ``(8, 4)`` for 8.4."""
    return placed(_Codes(), ())


@dataclass(frozen=True, slots=True)
class Matiere:
    """One subject of the classification, with those under it."""

    code: int | None = attr("CodeMatiere", INTEGER)
    libelle: str = attr("Libelle")
    sous: tuple["Matiere", ...] = ()


@dataclass(frozen=True, slots=True)
class _Tree:
    """``Matieres``: ``Matiere1`` elements that hold ``Matiere2`` elements, and so on down to five levels."""

    def read(self, node, context):
        holder = node.within("Matieres")
        if holder is None:
            context.absent("Matieres", node.element)
            return ()
        return self._level(holder, 1, context)

    def _level(self, node, level, context):
        found = []
        for item in node.take(f"Matiere{level}"):
            below = Node(item)
            values = {name: place.read(below, context) for name, place in places(Matiere)}
            found.append(Matiere(**values, sous=self._level(below, level + 1, context)))
        for name, unknown in node.children.items():
            context.tell(
                "actes.element-inconnu", f"« {name} » n’est pas prévu dans « {local(node.element)} ».", unknown[0]
            )
        return tuple(found)

    def write(self, parent, values, context):
        if not values:
            context.absent("Matieres")
        self._put(etree.SubElement(parent, f"{{{ACTES}}}Matieres"), values, 1, context)

    def _put(self, parent, values, level, context):
        if values and level > LEVELS:
            context.tell("actes.matiere", f"Une matière a plus de {LEVELS} niveaux.")
            return
        for value in values:
            child = etree.SubElement(parent, f"{{{ACTES}}}Matiere{level}")
            for name, place in places(Matiere):
                place.write(child, getattr(value, name), context)
            self._put(child, value.sous, level + 1, context)


def tree():
    """A field that holds the top subjects, each with its own below."""
    return placed(_Tree(), ())


@dataclass(frozen=True, slots=True)
class Prefecture:
    """Who answers: a préfecture (département alone), a sous-préfecture (with its arrondissement), or a SGAR."""

    departement: str = attr("Departement")
    arrondissement: str = attr("Arrondissement", required=False)
    sgar: bool = False


@dataclass(frozen=True, slots=True)
class _Sender:
    """``Emetteur`` of an envelope of the préfecture: one of three elements."""

    def read(self, node, context):
        holder = node.within("Emetteur")
        for name in ("IDSousPref", "IDPref", "IDSGAR"):
            for item in holder.take(name) if holder else ():
                below = Node(item)
                values = {field: place.read(below, context) for field, place in places(Prefecture)}
                return Prefecture(**values, sgar=name == "IDSGAR")
        context.absent("IDPref", node.element)
        return None

    def write(self, parent, value, context):
        if type(value) is not Prefecture:
            context.absent("Emetteur")
            return
        name = "IDSGAR" if value.sgar else "IDSousPref" if value.arrondissement else "IDPref"
        holder = etree.SubElement(parent, f"{{{ACTES}}}Emetteur")
        child = etree.SubElement(holder, f"{{{ACTES}}}{name}")
        for field, place in places(Prefecture):
            if field == "departement" or not value.sgar:
                place.write(child, getattr(value, field), context)


def sender():
    """A field that holds the ``Prefecture`` that sends."""
    return placed(_Sender())
