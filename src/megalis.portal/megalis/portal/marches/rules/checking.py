"""What forbids the data of a contract to be published: the format's own check, with the field each reason stands beside."""

from megalis.portal.formats import siren
from megalis.portal.formats.decp import rules as decp
from megalis.portal.formats.decp.kinds import members
from megalis.portal.formats.decp.kinds import read_record
from megalis.portal.formats.decp.kinds import Reader
from megalis.portal.formats.decp.writing import ALWAYS_REFUSED
from megalis.portal.formats.refusal import Refused
from megalis.portal.marches.rules import ADVICE
from megalis.portal.marches.rules import BLOCKING
from megalis.portal.marches.rules import buyer_name
from megalis.portal.marches.rules import Finding
from megalis.portal.marches.rules import holder_name
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import PUBLISHED
from megalis.portal.marches.rules import TYPES
from megalis.portal.marches.rules.words import words_of

import re


_MISSING = re.compile(r"« (\w+) » manque")
_NAME = re.compile(r"« (\w+) »")
FIELDS = {
    "decp.acheteur-siret": "acheteur",
    "decp.titulaire-siret": "titulaires",
    "decp.montant-improbable": "montant",
    "decp.origine": "origineFrance",
    "decp.avance": "tauxAvance",
    "decp.technique": "techniques",
    "decp.sous-traitance": "sousTraitanceDeclaree",
}


def read(kind, raw, today):
    """Return ``(record or None, findings)`` of raw data as if it were published on ``today``."""
    data = {**raw, PUBLISHED: raw.get(PUBLISHED) or today.isoformat()}
    reader = Reader()
    record = read_record(reader, TYPES[kind], data, (kind,))
    if record is not None:
        decp.judge(reader, record, (kind,))
    found = [_finding(kind, item, BLOCKING) for item in reader.errors]
    for item in reader.warnings:
        found.append(_finding(kind, item, BLOCKING if item.code in ALWAYS_REFUSED else ADVICE))
    if record is None:
        found += _numbers(kind, raw)
    return record, list(dict.fromkeys(found))


def _numbers(kind, raw):
    """Check the keys of the SIRET when other reasons keep the record from being judged."""
    buyer = raw.get(buyer_name(kind))
    told = [("acheteur", buyer_name(kind), buyer.get("id") if isinstance(buyer, dict) else None)]
    told += [
        ("titulaire", f"{holder_name(kind)}s", item.get("id"))
        for item in holders_of(kind, raw)
        if item.get("typeIdentifiant") == "SIRET"
    ]
    for what, field, value in told:
        if not value:
            continue
        try:
            siren.siret(value)
        except Refused as refused:
            yield Finding(f"decp.{what}-siret", f"{what.capitalize()} : {refused.message}", field)


def _finding(kind, item, level):
    path = [name for name in item.path if isinstance(name, str)]
    field = path[1] if len(path) > 1 else ""
    if not field:
        named = _MISSING.match(item.message) or _NAME.match(item.message)
        field = named[1] if named else ""
    if not field or field not in _names(kind):
        field = FIELDS.get(item.code, field if field in _names(kind) else "")
    return Finding(item.code, french(item.message), _local(kind, field), level)


def _local(kind, field):
    """The same field bears another name in a concession."""
    if field in _names(kind):
        return field
    other = {"acheteur": buyer_name(kind), "titulaires": f"{holder_name(kind)}s", "montant": "valeurGlobale"}
    return other.get(field, "")


def _names(kind):
    return {name for _attribute, name, _kind, _required in members(TYPES[kind])}


def french(message):
    """Return a message of the format with the words of the form in place of the names of the format."""
    return _NAME.sub(lambda found: f"« {words_of(found[1]).label} »", message)


def entry(kind, raw, today, buyer_siren="", taken=()):
    """Return all findings about raw data: the format's, and what we ask besides of an entry.

    ``buyer_siren``: SIREN of the collectivité that publishes; ``taken``: identifiers its other contracts bear.
    """
    _record, found = read(kind, raw, today)
    buyer = raw.get(buyer_name(kind))
    siret = str(buyer.get("id", "")) if isinstance(buyer, dict) else ""
    if buyer_siren and siret and not siret.startswith(buyer_siren):
        message = f"« {siret[:20]} » n’est pas un établissement de votre collectivité (SIREN {buyer_siren}) : saisissez le vôtre."
        found.append(Finding("marches.acheteur", message, buyer_name(kind)))
    if raw.get("id") and raw["id"] in taken:
        message = (
            f"« {str(raw['id'])[:20]} » désigne déjà un autre contrat de l’acheteur : donnez un autre identifiant."
        )
        found.append(Finding("marches.identifiant-double", message, "id"))
    seen = [(item.get("typeIdentifiant"), item.get("id")) for item in holders_of(kind, raw)]
    if len(set(seen)) < len(seen):
        found.append(Finding("marches.titulaire-double", "Un titulaire est donné deux fois.", f"{holder_name(kind)}s"))
    return found


def holders_missing(kind, raw, expected, unnumbered):
    """Return the finding that names the holders of no number while the data name fewer holders than the award."""
    if not unnumbered or len(holders_of(kind, raw)) >= expected:
        return []
    names = ", ".join(f"« {name} »" for name in unnumbered)
    message = (
        f"{names} : l’attribution nomme ce titulaire sans numéro. Ajoutez son SIRET, ou son numéro de TVA si l’entreprise est "
        "étrangère."
    )
    return [Finding("marches.titulaire-sans-numero", message, f"{holder_name(kind)}s")]


def blocking(findings):
    return [item for item in findings if item.level == BLOCKING]
