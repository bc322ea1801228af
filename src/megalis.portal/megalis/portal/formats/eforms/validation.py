"""Is a notice what the installed eForms SDK asks? Safe XML first, then the schema, then the business rules.

The rules run on a notice the schema accepts only: they take its types for granted. A rule of role ERROR refuses the
notice, one of role WARN is a warning.

An SDK may contradict itself: some rules of 1.15 refuse its own valid examples, whose official reports were made from older
rules. The report is the official verdict, so such a rule (``data/eforms_regles_recentes.csv``) warns under the code
``eforms.regle-recente``; where a notice is about to leave, ``strict`` makes it refuse, as the Publications Office will.
"""

from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from megalis.portal.formats.eforms import reading
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.rules import rules_of
from megalis.portal.formats.eforms.wording import Wording
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict

import csv


VERSION = f"{{{reading.NS['cbc']}}}CustomizationID"
SUBTYPE = f"{reading.EXT}/efac:NoticeSubType/cbc:SubTypeCode"


def validate(data, folder=None, strict=False):
    """Return the ``Verdict`` on the bytes of a notice, by the SDK in ``folder``, else by the installed one it asks for.

    ``strict``: rules newer than the official reports refuse too, as they will where the notice is sent.

    Codes: those of ``reading.load``; ``eforms.sdk-absent``, ``eforms.sdk-illisible``, ``eforms.racine``,
    ``eforms.schema``, ``eforms.sous-type``, ``xslt.*``; the id of the rule when a business rule is broken. Warning
    ``eforms.sdk-version``: the notice was checked by another version than its own.
    """
    try:
        root = reading.load(data)
        asked = (root.findtext(VERSION) or "").strip().removeprefix(sdks.PREFIX)
        sdk = sdks.open_sdk(folder) if folder else sdks.choose(asked)
        if sdk is None:
            return refused("eforms.sdk-absent", f"Avis non contrôlé : aucun SDK eForms n’est installé. {sdks.REMEDY}")
        return _verdict(root, sdk, asked, strict)
    except NoticeRefused as error:
        return Verdict(tuple(Finding(item.code, item.message_fr, item.line, path=item.xpath) for item in error.issues))
    except Refused as error:
        return refused(error.code, error.message)


def prepare(subtypes=("16", "29"), folder=None):
    """Compile the rules ahead of the first notice, where a process starts; do nothing without an SDK."""
    sdk = sdks.open_sdk(folder) if folder else sdks.choose()
    if sdk is not None:
        rules_of(sdk).prepare(subtypes)


def _verdict(root, sdk, asked, strict):
    warnings = _version(asked, sdk, root)
    schema = sdk.schema_of(root)
    if schema is None:
        message = f"« {root.tag[:200]} » n’est pas la racine d’un avis eForms. Choisissez le fichier XML de l’avis."
        return refused("eforms.racine", message, root.sourceline or 0)
    broken = schema.findings(root, "eforms.schema")
    if broken:
        return Verdict(broken, warnings)
    subtype = "".join(item.text or "" for item in root.iterfind(SUBTYPE, reading.NS)).strip()
    rules = rules_of(sdk)
    if subtype not in rules.subtypes:
        message = (
            f"« {subtype[:40]} » n’est pas un sous-type d’avis (OPP-070) : 16 pour un avis de marché, par exemple."
        )
        return Verdict((Finding("eforms.sous-type", message, field="OPP-070-notice"),), warnings)
    newer = () if strict else newer_rules(sdk.minor)
    errors, told = [], []
    for item in rules.failures(root, subtype):
        finding = _finding(item, subtype, wording_of(sdk))
        if item.assertion.role in ("WARN", "WARNING", "INFO"):
            told.append(finding)
        elif any(fnmatchcase(finding.code, pattern) for pattern in newer):
            message = f"{finding.message} (Règle {finding.code}, plus récente que les rapports officiels du SDK.)"
            told.append(replace(finding, code="eforms.regle-recente", message=message))
        else:
            errors.append(finding)
    return Verdict(tuple(errors), warnings + tuple(told))


@cache
def newer_rules(minor):
    """Return the patterns of the rules that the official reports of an SDK (``1.15``) do not know."""
    text = files("megalis.portal.formats").joinpath("data/eforms_regles_recentes.csv").read_text("utf-8")
    return tuple(row["regle"] for row in csv.DictReader(text.splitlines()) if row["sdk"] == minor)


def _version(asked, sdk, root):
    if not asked or asked == sdk.minor or asked == sdk.version:
        return ()
    message = (
        f"L’avis suit la version {asked[:20]} du SDK eForms, qui n’est pas installée : il est contrôlé selon la "
        f"version {sdk.version}."
    )
    return (Finding("eforms.sdk-version", message, root.sourceline or 0, "OPT-002-notice"),)


def _finding(failure, subtype, wording):
    field = wording.field(failure)
    message = wording.say(failure, subtype, field)
    return Finding(failure.assertion.id, message, failure.node.sourceline or 0, field, failure.path)


@cache
def wording_of(sdk):
    """Return the ``Wording`` of an open SDK."""
    return Wording(sdk)
