"""Is a notice what the installed eForms SDK asks? Safe XML first, then the schema, then the business rules."""

from megalis.portal.formats.eforms import reading
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict


VERSION = f"{{{reading.NS['cbc']}}}CustomizationID"


def validate(data, folder=None):
    """Return the ``Verdict`` on the bytes of a notice, by the SDK in ``folder``, else by the installed one it asks for."""
    try:
        root = reading.load(data)
        asked = (root.findtext(VERSION) or "").strip().removeprefix(sdks.PREFIX)
        sdk = sdks.open_sdk(folder) if folder else sdks.choose(asked)
    except NoticeRefused as error:
        return Verdict(tuple(Finding(item.code, item.message_fr, item.line, path=item.xpath) for item in error.issues))
    except Refused as error:
        return refused(error.code, error.message)
    if sdk is None:
        return refused("eforms.sdk-absent", f"Avis non contrôlé : aucun SDK eForms n’est installé. {sdks.REMEDY}")
    return Verdict(_schema(root, sdk))


def _schema(root, sdk):
    schema = sdk.schema_of(root)
    if schema is None:
        message = f"« {root.tag[:200]} » n’est pas la racine d’un avis eForms. Choisissez le fichier XML de l’avis."
        return (Finding("eforms.racine", message, root.sourceline or 0),)
    return schema.findings(root, "eforms.schema")
