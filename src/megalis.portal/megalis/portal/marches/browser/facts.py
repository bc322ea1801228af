"""The data of a contract as people read them: list of (term, words)."""

from decimal import Decimal
from megalis.portal.formats import cpv
from megalis.portal.formats import siren
from megalis.portal.formats.decp import kinds
from megalis.portal.formats.decp.kinds import members
from megalis.portal.formats.refusal import Refused
from megalis.portal.marches.rules import TYPES
from megalis.portal.marches.rules.deadlines import day_of
from megalis.portal.marches.rules.tabular import LATER
from megalis.portal.marches.rules.words import words_of
from megalis.portal.theme import words as french


PUBLICATION = "Données publiées le"


def facts_of(type_, raw, holder_words=str):
    """Return the facts of raw data; ``type_`` is a type of record or the kind of a contract. Lists of acts are left out."""
    type_ = TYPES.get(type_, type_) if isinstance(type_, str) else type_
    found = []
    for _attribute, name, kind, _required in members(type_):
        if name in LATER or name not in raw or (name == "id" and type_ not in TYPES.values()):
            continue
        label = PUBLICATION if name.startswith("datePublication") else words_of(name).label
        text = _spoken(kind, name, raw[name], holder_words)
        if text:
            found.append((label, text))
    return found


def _spoken(kind, name, value, holder_words):
    if isinstance(kind, kinds.Choices):
        return ", ".join(value[kind.item])
    if isinstance(kind, kinds.Many):
        return " ; ".join(_row(row[kind.item], holder_words) for row in value)
    if isinstance(kind, kinds.One):
        return _row(value, holder_words)
    if isinstance(kind, kinds.Day):
        found = day_of(value)
        return f"{found:%d/%m/%Y}" if found else str(value)
    if isinstance(kind, kinds.Flag):
        return "Oui" if value else "Non"
    if name == "codeCPV":
        return f"{value} {cpv_words(value)}".strip()
    unit = words_of(name).unit
    if unit.startswith("€"):
        return french.euros(Decimal(str(value)))
    if unit:
        return f"{value} {unit}"
    return str(value).replace(".", ",") if isinstance(value, Decimal | float) else str(value)


def _row(row, holder_words):
    if "typeIdentifiant" in row:
        return holder_words(row["id"]) if row["typeIdentifiant"] == "SIRET" else f"{row['typeIdentifiant']} {row['id']}"
    if "typeCode" in row:
        return f"{row['code']} ({row['typeCode'].lower()})"
    if "intituleTarif" in row:
        return f"{row['intituleTarif']} : {french.euros(Decimal(str(row['tarif'])))}"
    return siren.format_siret(row["id"]) if siren.is_siret(row.get("id")) else str(row.get("id", ""))


def cpv_words(code):
    """Return the French words of a CPV code, "" when it is not known."""
    try:
        return cpv.label(code) if code else ""
    except Refused:
        return ""
