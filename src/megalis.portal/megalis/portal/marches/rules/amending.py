"""Modifications of a contract, in their order: avenants, acts of subcontracting, yearly data of a concession.

The data of a contract keep what was signed; each modification says only what it changes, and stands beside it for ever.
"""

from decimal import Decimal
from megalis.portal.formats.decp import ConcessionModification
from megalis.portal.formats.decp import Execution
from megalis.portal.formats.decp import Modification
from megalis.portal.formats.decp import Subcontract
from megalis.portal.formats.decp import SubcontractChange
from megalis.portal.formats.decp.kinds import members
from megalis.portal.formats.decp.kinds import read_record
from megalis.portal.formats.decp.kinds import Reader
from megalis.portal.marches.rules import amount_name
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import Finding
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import MARCHE
from megalis.portal.marches.rules import notified_name
from megalis.portal.marches.rules.checking import french
from megalis.portal.marches.rules.words import ACTS


MODIFICATION, SUBCONTRACT, SUBCONTRACT_CHANGE, EXECUTION = ACTS

# act -> (name of the list, name of an item, type, date of publication, date of the act)
SHAPES = {
    (MARCHE, MODIFICATION): (
        "modifications", "modification", Modification, "datePublicationDonneesModification", "dateNotificationModification",
    ),
    (MARCHE, SUBCONTRACT): (
        "actesSousTraitance", "acteSousTraitance", Subcontract, "datePublicationDonnees", "dateNotification",
    ),
    (MARCHE, SUBCONTRACT_CHANGE): (
        "modificationsActesSousTraitance", "modificationActeSousTraitance", SubcontractChange, "datePublicationDonnees",
        "dateNotificationModificationSousTraitance",
    ),
    (CONCESSION, MODIFICATION): (
        "modifications", "modification", ConcessionModification, "datePublicationDonneesModification",
        "dateSignatureModification",
    ),
    (CONCESSION, EXECUTION): (
        "donneesExecution", "donneesAnnuelles", Execution, "datePublicationDonneesExecution", "",
    ),
}  # fmt: skip


def acts_of(kind):
    """Return the acts that may modify a contract of this kind: list of (name, French words)."""
    return [(name, words) for name, words in ACTS.items() if (kind, name) in SHAPES]


def listed(kind, raw, act):
    """Return the acts of one sort that raw data hold, in order: list of dicts."""
    name, item = SHAPES[kind, act][:2]
    return [row[item] for row in raw.get(name) or () if isinstance(row, dict) and isinstance(row.get(item), dict)]


def skipped(kind, act):
    """Return the fields that the platform fills: number and date of publication."""
    _name, _item, _type, published, _day = SHAPES[kind, act]
    return (published,) if act == SUBCONTRACT_CHANGE else ("id", published)


def next_number(kind, raw, act):
    """Return the number that the next act of this sort takes."""
    return max((item.get("id", 0) for item in listed(kind, raw, act)), default=0) + 1


def number_at(kind, raw, act, rank):
    """Return the number of the act at ``rank``, that of the next one without a rank."""
    rows = listed(kind, raw, act)
    return next_number(kind, raw, act) if rank is None else rows[rank].get("id", rank + 1)


def findings(kind, raw, act, values, today):
    """Return what is wrong with the values of an act, each beside its field."""
    _name, item, type_, published, day = SHAPES[kind, act]
    names = {name for _attribute, name, _kind, _required in members(type_)}
    data = {published: today.isoformat(), **values}
    if "id" in names:
        data.setdefault("id", next_number(kind, raw, act))
    reader = Reader()
    read_record(reader, type_, data, (item,))
    found = []
    for error in reader.errors:
        path = [name for name in error.path if isinstance(name, str)]
        field = path[1] if len(path) > 1 else next((name for name in names if f"« {name} »" in error.message), "")
        found.append(Finding(error.code, french(error.message), field))
    if act in (MODIFICATION, SUBCONTRACT_CHANGE) and not (set(values) - {"id", day, published}):
        message = "La modification ne change rien : donnez un montant, une durée ou un titulaire."
        found.append(Finding("marches.modification-vide", message))
    if act == SUBCONTRACT_CHANGE and values.get("id") not in {row.get("id") for row in listed(kind, raw, SUBCONTRACT)}:
        message = "Cet acte de sous-traitance n’existe pas dans le contrat : choisissez-en un."
        found.append(Finding("marches.sous-traitance", message, "id"))
    signed = raw.get(notified_name(kind))
    if day and signed and str(values.get(day, signed)) < str(signed):
        message = f"Cette date précède le contrat lui-même ({signed}) : vérifiez-la."
        found.append(Finding("marches.modification-date", message, day))
    if day and str(values.get(day, "")) > today.isoformat():
        found.append(Finding("marches.modification-avenir", "Cette date est à venir : vérifiez-la.", day))
    return found


def added(kind, raw, act, values, today):
    """Return the raw data with one more act, numbered and dated as published ``today``."""
    name, item, type_, published, _day = SHAPES[kind, act]
    told = {**values, published: today.isoformat()}
    if any(field == "id" for _attribute, field, _kind, _required in members(type_)):
        told.setdefault("id", next_number(kind, raw, act))
    return {**raw, name: [*(raw.get(name) or ()), {item: told}]}


def replaced(kind, raw, act, rank, values):
    """Return the raw data with the act at ``rank`` corrected; its number and date of publication stay."""
    name, item, _type, published, _day = SHAPES[kind, act]
    rows = list(raw.get(name) or ())
    before = rows[rank][item]
    kept = {field: before[field] for field in ("id", published) if field in before and field not in values}
    rows[rank] = {item: {**values, **kept, published: before[published]}}
    return {**raw, name: rows}


def in_force(kind, raw):
    """Return ``(amount, months, holders)`` of a contract once all its modifications are applied."""
    amount, months, holders = raw.get(amount_name(kind)), raw.get("dureeMois"), holders_of(kind, raw)
    for change in listed(kind, raw, MODIFICATION):
        amount = change.get(amount_name(kind), amount)
        months = change.get("dureeMois", months)
        holders = holders_of(kind, change) or holders
    return amount, months, holders


def raised(kind, raw):
    """Return by how much the modifications raised the amount, as a share of what was signed (Decimal), or None."""
    first, (last, _months, _holders) = raw.get(amount_name(kind)), in_force(kind, raw)
    try:
        return (Decimal(str(last)) - Decimal(str(first))) / Decimal(str(first)) if first else None
    except ArithmeticError:
        return None
