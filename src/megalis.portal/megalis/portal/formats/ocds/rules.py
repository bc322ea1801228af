"""What must hold before a consultation is told in OCDS: who reads it joins by identifiers, so they must hold together."""

from datetime import datetime
from decimal import Decimal
from megalis.portal.formats import siren
from megalis.portal.formats.ocds.model import AWARD_STATUSES
from megalis.portal.formats.ocds.model import CATEGORIES
from megalis.portal.formats.ocds.model import METHODS
from megalis.portal.formats.refusal import Refused

import re


PREFIX = re.compile(r"ocds-[a-z0-9]{6}", re.ASCII)
# Beyond fifteen digits a number of JSON is not read back the same by most programs.
MOST = Decimal(10) ** 13
SCHEME = re.compile(r"[A-Z]{2,3}-[A-Z0-9]{1,20}|XM-[A-Z]{2,10}", re.ASCII)
CPV = re.compile(r"[0-9]{8}", re.ASCII)
URL = re.compile(r"https?://[^\s\"<>\\^`{|}]{1,2000}", re.ASCII)
_DOCUMENT = ("id", "type", "title")


def check_prefix(prefix):
    """Return the prefix the operator registered with the Open Contracting Partnership; raise ``Refused`` otherwise."""
    if not PREFIX.fullmatch(prefix):
        message = (
            f"« {prefix[:40]} » n’est pas un préfixe d’ocid : « ocds- » et six lettres ou chiffres, donnés par l’Open "
            "Contracting Partnership."
        )
        raise Refused("ocds.prefixe", message, prefix)
    return prefix


def check(process):
    """Raise ``Refused`` (``ocds.…``) for the first thing that would make a process unreadable or false."""
    _identifiers(process)
    _codes(process)
    _moments(process)
    _amounts(process)
    _references(process)
    for party in (process.buyer, *(item for award in process.awards for item in award.suppliers)):
        _organisation(party)
    for document in process.documents:
        if any(not getattr(document, name).strip() for name in _DOCUMENT) or not URL.fullmatch(document.url):
            message = f"Le document « {document.title[:80]} » n’a pas un titre, un type et une adresse web complète."
            raise Refused("ocds.document", message, document.url)


def _identifiers(process):
    for name, value in (("uuid", process.uuid), ("reference", process.reference), ("titre", process.title)):
        if not value.strip():
            raise Refused("ocds.identifiant", f"La consultation n’a pas de {name} : complétez-la.", value)
    families = (
        ("lot", process.lots), ("document", process.documents), ("rectificatif", process.changes),
        ("attribution", process.awards), ("contrat", process.contracts),
        *(("avenant", contract.amendments) for contract in process.contracts),
    )  # fmt: skip
    for name, items in families:
        ids = [item.id for item in items]
        for value in ids:
            if not value.strip():
                raise Refused("ocds.identifiant", f"Un élément ({name}) n’a pas d’identifiant : donnez-en un.", value)
            if ids.count(value) > 1:
                message = f"L’identifiant « {value[:40]} » ({name}) sert deux fois : chacun a le sien."
                raise Refused("ocds.double", message, value)


def _codes(process):
    known = (("procedure", process.procedure, METHODS), ("nature", process.nature, CATEGORIES))
    for name, value, codes in known:
        if value not in codes:
            raise Refused(f"ocds.{name}", f"« {value[:40]} » ({name}) n’est pas connu : {', '.join(codes)}.", value)
    for code in filter(None, (process.cpv, *(lot.cpv for lot in process.lots))):
        if not CPV.fullmatch(code):
            raise Refused("ocds.cpv", f"« {code[:20]} » n’est pas un code CPV : huit chiffres, sans la clé.", code)


def _moments(process):
    dated = [process.published, process.deadline, process.question_deadline]
    dated += [item.at for item in (*process.changes, *process.awards, *process.contracts)]
    dated += [item.deadline for item in process.changes] + [item.published for item in process.documents]
    dated += [item.at for contract in process.contracts for item in contract.amendments]
    dated += [process.cancellation.at] if process.cancellation else []
    for moment in dated:
        if moment is not None and (not isinstance(moment, datetime) or moment.utcoffset() is None):
            raise Refused("ocds.date", f"« {moment} » n’a pas de fuseau horaire : donnez un instant complet.", moment)
    later = [item.at for item in (*process.changes, *process.awards, *process.contracts)]
    later += [process.cancellation.at] if process.cancellation else []
    if any(moment < process.published for moment in later):
        message = f"Un évènement précède la publication ({process.published:%d/%m/%Y %H:%M}) : corrigez sa date."
        raise Refused("ocds.ordre", message, min(later))
    for contract in process.contracts:
        if any(item.at < contract.at for item in contract.amendments):
            message = f"Un avenant précède le contrat « {contract.id[:40]} » : corrigez sa date."
            raise Refused("ocds.ordre", message, contract.id)
        if contract.start and contract.end and contract.end < contract.start:
            message = f"Le contrat « {contract.id[:40]} » finit avant de commencer : corrigez ses dates."
            raise Refused("ocds.ordre", message, contract.end)


def _amounts(process):
    values = [item.value for item in (process, *process.lots, *process.awards, *process.contracts)]
    values += [item.value for contract in process.contracts for item in contract.amendments]
    for value in values:
        if value is not None and not (value.is_finite() and 0 <= value < MOST and value == round(value, 2)):
            message = (
                f"« {value} » n’est pas un montant : positif, deux décimales, moins de dix mille milliards d’euros."
            )
            raise Refused("ocds.montant", message, value)


def _references(process):
    lots = {lot.id for lot in process.lots}
    awards = {award.id: award for award in process.awards}
    for award in process.awards:
        unknown = next((ref for ref in award.lots if ref not in lots), None)
        if unknown is not None:
            message = f"L’attribution « {award.id[:40]} » nomme le lot « {unknown[:40]} », qui n’existe pas."
            raise Refused("ocds.lot", message, unknown)
        if award.status not in AWARD_STATUSES:
            message = f"« {award.status[:40]} » n’est pas un état d’attribution : {', '.join(AWARD_STATUSES)}."
            raise Refused("ocds.etat", message, award.status)
        if (award.status == "active") != bool(award.suppliers):
            message = f"L’attribution « {award.id[:40]} » doit nommer un titulaire, ou être sans suite ou infructueuse."
            raise Refused("ocds.titulaire", message, award.id)
    for contract in process.contracts:
        award = awards.get(contract.award)
        if award is None or award.status != "active":
            message = (
                f"Le contrat « {contract.id[:40]} » suit l’attribution « {contract.award[:40]} », qui n’est pas faite."
            )
            raise Refused("ocds.attribution", message, contract.award)
        if contract.at < award.at:
            message = f"Le contrat « {contract.id[:40]} » précède son attribution : corrigez sa date."
            raise Refused("ocds.ordre", message, contract.id)


def _organisation(party):
    if not party.name.strip() or not party.id.strip() or not SCHEME.fullmatch(party.scheme):
        message = f"« {party.name[:80]} » n’a pas un nom, un identifiant et son répertoire (FR-SIRET…)."
        raise Refused("ocds.organisation", message, party.id)
    if party.scheme == "FR-SIRET":
        siren.siret(party.id)
    if party.url and not URL.fullmatch(party.url):
        raise Refused("ocds.url", f"« {party.url[:80]} » n’est pas une adresse web : http ou https.", party.url)
