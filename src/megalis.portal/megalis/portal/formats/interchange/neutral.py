"""The neutral documents themselves, as JSON: one consultation, or ``{"consultations": [...]}``."""

from megalis.portal.formats import jcs
from megalis.portal.formats.interchange import model
from megalis.portal.formats.refusal import Refused

import json


NAME = "json"
TITLE = "JSON neutre"
EXTENSION = "json"
MEDIA = "application/json"
MAX_RECORDS = 200


def read(data):
    """Return the Received of each consultation of a JSON file; Refused ``echange.json``, ``echange.nombre``."""
    try:
        value = jcs.loads(data)
    except jcs.CanonicalError as error:
        raise Refused("echange.json", f"Le fichier n’est pas du JSON lisible : {error}.") from error
    rows = value.get("consultations") if isinstance(value, dict) and "consultations" in value else [value]
    return records(rows)


def records(rows):
    """Return the Received of neutral documents; Refused ``echange.nombre``."""
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_RECORDS:
        count = len(rows) if isinstance(rows, list) else 0
        raise Refused("echange.nombre", f"L’envoi a {count} consultations : de 1 à {MAX_RECORDS}.")
    return [model.consultation(row, rank) for rank, row in enumerate(rows, 1)]


def write(register):
    """Return the bytes of a Register."""
    return json.dumps(register.as_json(), ensure_ascii=False, indent=1).encode("utf-8", "replace")
