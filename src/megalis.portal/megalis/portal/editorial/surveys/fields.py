"""The questions of a form, read from and written to the model that easyform keeps: values in, values out.

easyform's own screens show people the schema of a programmer, in English and by dragging; these are what staff need of it: add,
order, require, reword, remove. A field of a kind made on those screens keeps all that is not told here.
"""

from dataclasses import dataclass
from lxml import etree
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.richtext import line

import re
import unicodedata


SPACE = "http://namespaces.plone.org/supermodel/schema"
EMPTY = f'<model xmlns="{SPACE}"><schema/></model>'
TITLE, HELP, VALUE = 200, 300, 120
MOST, FEWEST_VALUES, MOST_VALUES = 30, 2, 50
LINE, TEXT, EMAIL, CHOICE, BOXES, YES, NUMBER, DATE = (
    "ligne", "texte", "courriel", "choix", "cases", "oui", "nombre", "date",
)  # fmt: skip
KINDS = {
    LINE: "Une ligne de texte",
    TEXT: "Un texte",
    EMAIL: "Une adresse électronique",
    CHOICE: "Un choix dans une liste",
    BOXES: "Plusieurs choix dans une liste",
    YES: "Une case à cocher",
    NUMBER: "Un nombre",
    DATE: "Une date",
}
LISTED = (CHOICE, BOXES)
TYPES = {
    LINE: "zope.schema.TextLine", TEXT: "zope.schema.Text", EMAIL: "zope.schema.TextLine", CHOICE: "zope.schema.Choice",
    BOXES: "zope.schema.Set", YES: "zope.schema.Bool", NUMBER: "zope.schema.Int", DATE: "zope.schema.Date",
}  # fmt: skip
LONGEST = {LINE: 200, TEXT: 3000, EMAIL: 254}
OTHER = "autre"


@dataclass(frozen=True)
class Question:
    """``name``: what answers are kept under; ``kind`` of KINDS, or OTHER; ``values``: what a list offers."""

    name: str
    kind: str
    title: str
    help: str = ""
    required: bool = True
    values: tuple = ()


def read(model):
    """Return the Questions of a model, in order."""
    return [_question(element) for element in _fields(_load(model))]


def add(model, kind, title, help_="", required=False, values=""):
    """Return ``(model, name)`` with one more question at the end. Refused ``champ.nombre|genre``, the codes of ``change``."""
    root = _load(model)
    known = [_question(element) for element in _fields(root)]
    if len(known) >= MOST:
        raise Refused(
            "champ.nombre", f"{len(known)} questions, {MOST} au plus : retirez-en une, ou faites deux formulaires."
        )
    if kind not in KINDS:
        raise Refused("champ.genre", "Choisissez dans la liste le genre de réponse attendue.")
    title = _title(title, known)
    element = etree.SubElement(root.find(_tag("schema")), _tag("field"))
    name = _name(title, kind, {item.name for item in known})
    element.set("name", name)
    element.set("type", TYPES[kind])
    _write(element, kind, title, help_, required, values)
    if kind in LONGEST:
        _set(element, "max_length", str(LONGEST[kind]))
    return _dump(root), name


def change(model, name, title, help_="", required=False, values="", needed=()):
    """Return the model with a question reworded; ``needed``: names that stay required.

    Refused ``champ.titre.vide|longueur``, ``champ.double``, ``champ.aide.longueur``, ``champ.choix``, ``champ.inconnu``.
    """
    root = _load(model)
    element = _find(root, name)
    kind = _question(element).kind
    others = [item for item in map(_question, _fields(root)) if item.name != name]
    _write(element, kind, _title(title, others), help_, required or name in needed, values)
    return _dump(root)


def move(model, name, step):
    """Return the model with a question one place up (-1) or down (1); at the end of the list nothing changes."""
    root = _load(model)
    order = _fields(root)
    here = order.index(_find(root, name))
    there = min(max(here + step, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    schema = root.find(_tag("schema"))
    for element in order:  # those of a fieldset come out of it: our pages show one list
        schema.append(element)
    return _dump(root)


def remove(model, name, needed=()):
    """Return the model without a question; Refused ``champ.necessaire``, ``champ.dernier``, ``champ.inconnu``."""
    root = _load(model)
    element = _find(root, name)
    if name in needed:
        title = _question(element).title
        raise Refused(
            "champ.necessaire", f"« {title} » sert à ce que fait ce formulaire : changez ses mots, gardez-la."
        )
    if len(_fields(root)) == 1:
        raise Refused("champ.dernier", "C’est la dernière question : ajoutez-en une autre avant de la retirer.")
    element.getparent().remove(element)
    return _dump(root)


def _tag(name):
    return f"{{{SPACE}}}{name}"


def _load(model):
    return safexml.load((model or EMPTY).encode(), "formulaire").root


def _dump(root):
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def _fields(root):
    return list(root.iter(_tag("field")))


def _find(root, name):
    found = next((element for element in _fields(root) if element.get("name") == name), None)
    if found is None:
        raise Refused("champ.inconnu", "Cette question n’est plus là : rechargez la page.", name)
    return found


def _question(element):
    values = element.find(f".//{_tag('values')}")
    return Question(
        element.get("name"),
        _kind(element),
        element.findtext(_tag("title"), ""),
        element.findtext(_tag("description"), ""),
        # zope.schema has a field required unless told otherwise
        element.findtext(_tag("required"), "True").strip().lower() != "false",
        tuple(item.text or "" for item in values) if values is not None else (),
    )


def _kind(element):
    found = element.get("type")
    if found == TYPES[LINE]:
        return EMAIL if element.get("name").startswith("courriel") else LINE
    return next((kind for kind, type_ in TYPES.items() if type_ == found), OTHER)


def _title(text, others):
    title = line(text, TITLE, "champ.titre", "La question")
    if any(item.title.casefold() == title.casefold() for item in others):
        raise Refused("champ.double", f"« {title[:60]} » est déjà posée : écrivez-la autrement.", title)
    return title


def _name(title, kind, taken):
    """Return a name nobody has, that says the question in addresses and files."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:30].rstrip("_") or "question"
    # what begins so is read as an address, wherever answers are checked
    stem = (
        "courriel" if kind == EMAIL else f"q_{stem}" if not stem[0].isalpha() or stem.startswith("courriel") else stem
    )
    rank, name = 1, stem
    while name in taken:
        rank += 1
        name = f"{stem}_{rank}"
    return name


def _write(element, kind, title, help_, required, values):
    _set(element, "title", title)
    _set(element, "description", line(help_, HELP, "champ.aide", "L’aide", required=False))
    _set(element, "required", str(bool(required)))
    if kind in LISTED:
        _offer(element, kind, offered(values))


def offered(text):
    """Return what a list offers, one a line; Refused ``champ.choix``."""
    found = [" ".join(one.split()) for one in (text or "").splitlines() if one.strip()]
    wrong = next((one for one in found if len(one) > VALUE), "")
    if wrong:
        raise Refused("champ.choix", f"« {wrong[:40]}… » : {len(wrong)} signes, {VALUE} au plus. Abrégez.", wrong[:80])
    if len({one.casefold() for one in found}) != len(found):
        raise Refused("champ.choix", "Deux lignes de la liste disent la même chose : gardez-en une.")
    if not FEWEST_VALUES <= len(found) <= MOST_VALUES:
        raise Refused(
            "champ.choix",
            f"{len(found)} choix : donnez-en de {FEWEST_VALUES} à {MOST_VALUES}, un par ligne.",
            len(found),
        )
    return found


def _offer(element, kind, values):
    holder = element
    if kind == BOXES:
        holder = element.find(_tag("value_type"))
        if holder is None:
            holder = etree.SubElement(element, _tag("value_type"))
            holder.set("type", TYPES[CHOICE])
    _set(holder, "values", None)
    kept = holder.find(_tag("values"))
    for value in values:
        etree.SubElement(kept, _tag("element")).text = value


def _set(element, name, text):
    """Have a child of this name hold this text and nothing else."""
    child = element.find(_tag(name))
    if child is None:
        child = etree.SubElement(element, _tag(name))
    for inner in list(child):
        child.remove(inner)
    child.text = text
