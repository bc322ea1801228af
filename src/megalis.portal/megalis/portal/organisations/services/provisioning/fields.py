"""Reading a provisioned document: which fields, of which type, and in which words one is refused."""

from megalis.portal.formats.refusal import Refused


TEXT = "texte"
FLAG = "booléen"
OBJECT = "objet"
LIST = "liste"
NUMBER = "entier"
ADDRESS_FIELDS = {"rue": TEXT, "codePostal": TEXT, "ville": TEXT, "pays": TEXT}
TYPES = {TEXT: str, FLAG: bool, OBJECT: dict, LIST: list, NUMBER: int}
LONGEST = 2000


def check(document, fields, required, where=""):
    """Return ``document`` (dict) with only known, well-typed fields, texts stripped, nulls left out.

    Refused: ``champ.inconnu``, ``champ.type``, ``champ.long``, ``champ.obligatoire``.
    """
    clean = {}
    for name, value in document.items():
        if name not in fields:
            known = ", ".join(sorted(fields))
            raise Refused("champ.inconnu", f"Le champ « {where}{name} » n’existe pas : les champs sont {known}.", name)
        if value is None:
            continue
        kind = fields[name]
        if not isinstance(value, TYPES[kind]) or (kind == NUMBER and isinstance(value, bool)):
            raise Refused("champ.type", f"Le champ « {where}{name} » doit être de type {kind}.", name)
        if kind == TEXT:
            value = value.strip()
            if len(value) > LONGEST:
                raise Refused("champ.long", f"Le champ « {where}{name} » dépasse {LONGEST} caractères.", name)
        clean[name] = value
    for name in required:
        if clean.get(name) in (None, ""):
            raise Refused("champ.obligatoire", f"Le champ « {where}{name} » manque.", name)
    return clean


def address_in(document):
    """Return the IAddress values of the field ``adresse``."""
    given = check(document.get("adresse") or {}, ADDRESS_FIELDS, (), "adresse.")
    return {"street": given.get("rue", ""), "postal_code": given.get("codePostal", ""), "city": given.get("ville", "")}


def address_out(content):
    """Return the field ``adresse`` of a content."""
    return {"rue": content.street or "", "codePostal": content.postal_code or "", "ville": content.city or ""}


def kept(holder, document, names):
    """Keep in ``holder`` the fields that have no other place; return True when that changed something."""
    values = tuple((name, document[name]) for name in names if name in document)
    if (holder.core_fields or ()) == values:
        return False
    holder.core_fields = values
    return True


def given_back(holder):
    """Return the fields kept by ``kept``."""
    return dict(holder.core_fields or ())


def put(content, values):
    """Set attributes that differ; return the names changed."""
    changed = [name for name, value in values.items() if (getattr(content, name, None) or "") != (value or "")]
    for name in changed:
        setattr(content, name, values[name])
    return changed
