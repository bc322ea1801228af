"""Is a notice what the installed eForms SDK asks? Safe XML first, then the schema, then the business rules.

The rules run on a notice the schema accepts only: they take its types for granted. A rule of role ERROR refuses the
notice, one of role WARN is a warning.
"""

from functools import cache
from megalis.portal.formats.eforms import reading
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.rules import rules_of
from megalis.portal.formats.eforms.wording import Wording
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict


VERSION = f"{{{reading.NS['cbc']}}}CustomizationID"
SUBTYPE = f"{reading.EXT}/efac:NoticeSubType/cbc:SubTypeCode"


def validate(data, folder=None):
    """Return the ``Verdict`` on the bytes of a notice, by the SDK in ``folder``, else by the installed one it asks for.

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
        return _verdict(root, sdk, asked)
    except NoticeRefused as error:
        return Verdict(tuple(Finding(item.code, item.message_fr, item.line, path=item.xpath) for item in error.issues))
    except Refused as error:
        return refused(error.code, error.message)


def prepare(subtypes=("16", "29"), folder=None):
    """Compile the rules ahead of the first notice, where a process starts; do nothing without an SDK."""
    sdk = sdks.open_sdk(folder) if folder else sdks.choose()
    if sdk is not None:
        rules_of(sdk).prepare(subtypes)


def _verdict(root, sdk, asked):
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
    found = [(item, _finding(item, subtype, wording_of(sdk))) for item in rules.failures(root, subtype)]
    errors = tuple(finding for item, finding in found if item.assertion.role not in ("WARN", "WARNING", "INFO"))
    return Verdict(errors, warnings + tuple(finding for _item, finding in found if finding not in errors))


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
