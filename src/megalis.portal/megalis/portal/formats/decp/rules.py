"""What the essential data must be beyond their schema: keys, order, dates and shares that agree.

What the format forbids in words is an error; what is most likely a mistake, a warning: the official examples themselves
bear made-up SIRET.
"""

from decimal import Decimal
from megalis.portal.formats import cpv
from megalis.portal.formats import siren
from megalis.portal.formats.decp.model import Concession
from megalis.portal.formats.decp.model import NO_TECHNIQUE
from megalis.portal.formats.money import euros
from megalis.portal.formats.refusal import Refused


UNLIKELY = Decimal(10) ** 10


def judge(reader, record, path, raw=None):
    """Tell ``reader`` what is wrong with a ``Contract`` or a ``Concession``."""
    concession = isinstance(record, Concession)
    buyer = "autoriteConcedante" if concession else "acheteur"
    _siret(reader, record.buyer.siret, "acheteur", (*path, buyer, "id"), raw)
    holder = "concessionnaire" if concession else "titulaire"
    for rank, item in enumerate(record.holders):
        if item.kind == "SIRET":
            _siret(reader, item.id, "titulaire", (*path, f"{holder}s", rank, holder, "id"), raw)
    _order(reader, record.modifications, "modifications", path, raw)
    if record.published < record.notified:
        message = (
            f"Publiées le {record.published:%d/%m/%Y}, les données précèdent le contrat ({record.notified:%d/%m/%Y})."
        )
        reader.warn("dates", message, path, raw)
    for change in record.modifications:
        if change.notified < record.notified:
            message = f"La modification {change.id} du {change.notified:%d/%m/%Y} précède le contrat lui-même."
            reader.warn("dates", message, path, raw)
    if record.amount > UNLIKELY:
        reader.warn("montant-improbable", f"{euros(record.amount)} : vérifiez ce montant.", path, raw)
    if not concession:
        _contract(reader, record, path, raw)


def _contract(reader, record, path, raw):
    try:
        cpv.normalize(record.cpv)
    except Refused as refusal:
        reader.warn(refusal.code.replace(".", "-"), refusal.message, path, raw)
    _order(reader, record.subcontracts, "actesSousTraitance", path, raw)
    if record.eu_share is not None and (record.french_share or 0) > record.eu_share:
        message = (
            f"origineFrance ({record.french_share}) dépasse origineUE ({record.eu_share}) : la France est dans l’UE."
        )
        reader.refuse("origine", message, path, raw)
    if record.advance_rate and not record.advance:
        reader.warn("avance", f"tauxAvance vaut {record.advance_rate} sans avance (attributionAvance).", path, raw)
    if record.subcontracts and not record.subcontracting:
        reader.warn("sous-traitance", "Des actes de sous-traitance sont donnés, sans sousTraitanceDeclaree.", path, raw)
    if NO_TECHNIQUE in record.techniques and len(record.techniques) > 1:
        reader.warn(
            "technique", "« Sans objet » est donné avec une technique d’achat : retirez l’un des deux.", path, raw
        )
    known = {item.id for item in record.subcontracts}
    for change in record.subcontract_changes:
        if change.id not in known:
            reader.warn("sous-traitance", f"La modification vise l’acte {change.id}, qui n’est pas donné.", path, raw)


def _siret(reader, text, what, path, raw):
    try:
        siren.siret(text)
    except Refused as refusal:
        reader.warn(f"{what}-siret", f"{what.capitalize()} : {refusal.message}", path, raw)


def _order(reader, records, name, path, raw):
    numbers = [item.id for item in records]
    if numbers != sorted(set(numbers)):
        shown = ", ".join(map(str, numbers[:10]))
        message = f"Les numéros de « {name} » doivent croître sans se répéter : {shown}."
        reader.refuse("ordre", message, (*path, name), raw)
