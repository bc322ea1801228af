"""The neutral model, version 1: a consultation with its lots and pieces on the way in, registers and results on the way out.

Documents are JSON objects with French names, as the buyer's software and its users say them; what is in a document and breaks
a rule is told by a Finding with a stable code, the path of the field and a French sentence.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.interchange.fields import Field
from megalis.portal.formats.interchange.fields import INSTANT
from megalis.portal.formats.interchange.fields import LIST
from megalis.portal.formats.interchange.fields import NUMBER
from megalis.portal.formats.interchange.fields import read
from megalis.portal.formats.interchange.fields import schema
from megalis.portal.formats.interchange.fields import TEXT
from megalis.portal.formats.interchange.fields import TEXTS
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding

import hashlib
import json
import re


VERSION = 1
NATURES = ("travaux", "fournitures", "services")
PIECES = ("reglement", "acte-engagement", "ccap", "cctp", "prix", "plans", "annexe", "autre")
KINDS = ("retraits", "questions", "depots")
MAX_LOTS = 200
MAX_PIECES = 2_000
EXTERNAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")

CRITERION = {
    "nom": Field(TEXT, "name of the criterion", 200, True),
    "points": Field(NUMBER, "weight in points; all together make 100, or none has one"),
}
LOT = {
    "numero": Field(TEXT, "number people say (1, 2, 2A), unique in the consultation", 12, True),
    "intitule": Field(TEXT, "title", 400, True),
    "description": Field(TEXT, "description", 10_000),
    "cpv": Field(TEXT, "main CPV code, eight figures", 10),
    "valeur_estimee": Field(NUMBER, "estimated value, whole euros excluding tax; never published"),
}
PIECE = {
    "nom": Field(TEXT, "file name", 180, True),
    "titre": Field(TEXT, "title", 300),
    "nature": Field(TEXT, "kind of document", values=PIECES),
    "lots": Field(TEXTS, "numbers of the lots it concerns, none for all", MAX_LOTS),
    "sha256": Field(TEXT, "SHA-256 of its bytes, 64 hex digits; checked when they come", 64),
}
CONSULTATION = {
    "reference_externe": Field(
        TEXT, "identifier in the buyer's software: 1 to 100 of letters, figures and . _ : -", 100, True
    ),
    "reference": Field(TEXT, "reference of the consultation for people, unique in the collectivité", 60, True),
    "objet": Field(TEXT, "object, in one sentence", 400, True),
    "description": Field(TEXT, "description", 10_000),
    "procedure": Field(TEXT, "procedure", values=tuple(PROCEDURES)),
    "nature": Field(TEXT, "nature of the contract", values=NATURES),
    "cpv": Field(TEXT, "main CPV code, eight figures", 10),
    "cpv_secondaires": Field(TEXTS, "further CPV codes", 40),
    "lieux": Field(TEXTS, "places: département (29) or NUTS code (FRH02)", 40),
    "duree": Field(TEXT, "duration, in words", 300),
    "valeur_estimee": Field(NUMBER, "estimated value, whole euros excluding tax; never published"),
    "criteres": Field(LIST, "award criteria, most important first", 30, items=CRITERION),
    "conditions": Field(TEXT, "conditions of participation", 10_000),
    "contact_service": Field(TEXT, "service to ask", 200),
    "contact_courriel": Field(TEXT, "e-mail address to ask", 200),
    "contact_telephone": Field(TEXT, "telephone", 40),
    "date_limite": Field(INSTANT, "deadline for bids, with its zone, to the second"),
    "date_limite_questions": Field(INSTANT, "deadline for questions"),
    "date_ouverture": Field(INSTANT, "planned opening"),
    "lots": Field(LIST, "lots, none when the contract is not divided", MAX_LOTS, items=LOT),
    "pieces": Field(LIST, "documents of the dossier (DCE); their bytes come apart", MAX_PIECES, items=PIECE),
}


@dataclass(frozen=True, slots=True)
class Received:
    """A consultation as a software sent it: clean values by field name, and what is wrong with them."""

    values: dict
    findings: tuple = ()
    line: int = 0

    @property
    def external(self):
        """The external reference as far as it can be told, else ""."""
        found = self.values.get("reference_externe", "")
        return found if isinstance(found, str) else ""

    @property
    def digest(self):
        """SHA-256 (hex) of the content: the same document sent again, whatever its layout, has the same."""
        text = json.dumps(plain(self.values), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def plain(value):
    """Return a value as JSON has it: instants as RFC 3339 in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def consultation(document, line=0):
    """Return the Received of a neutral document; nothing is raised."""
    values, found = read(document, CONSULTATION)
    found += [*_codes(values), *_lots(values), *_pieces(values), *_criteria(values), *_dates(values)]
    external = values.get("reference_externe")
    if external and not EXTERNAL.fullmatch(external):
        message = f"« {external[:40]} » n’est pas une référence externe : lettres sans accent, chiffres et . _ : -, 100 au plus."
        found.append(Finding("echange.reference", message, field="reference_externe"))
    return Received(values, tuple(found), line)


def _codes(values):
    """Normalise CPV and NUTS codes in place; yield what is wrong."""
    places = [(values, "cpv", "cpv"), *((lot, "cpv", f"lots[{n}].cpv") for n, lot in enumerate(values.get("lots", ())))]
    for holder, name, path in places:
        if isinstance(holder, dict) and holder.get(name):
            yield from _normal(holder, name, path, cpv.normalize)
    for name, normalize in (("cpv_secondaires", cpv.normalize), ("lieux", nuts.normalize)):
        kept = values.get(name, ())
        for rank, _code in enumerate(kept):
            yield from _normal(kept, rank, f"{name}[{rank}]", normalize)


def _normal(holder, key, path, normalize):
    try:
        text = holder[key]
        departement = nuts.departement_of(text) if normalize is nuts.normalize else None
        holder[key] = departement.nuts3 if departement is not None else normalize(text)
    except Refused as refused:
        yield Finding(f"echange.{refused.code}", refused.message, field=path)


def _lots(values):
    seen = set()
    for rank, lot in enumerate(values.get("lots", ())):
        number = "".join(str(lot.get("numero", "")).split())
        lot["numero"] = number
        if number and number in seen:
            yield Finding("echange.lot-double", f"Le lot « {number} » figure deux fois.", field=f"lots[{rank}].numero")
        seen.add(number)


def _pieces(values):
    seen, lots = set(), {lot.get("numero") for lot in values.get("lots", ())}
    for rank, piece in enumerate(values.get("pieces", ())):
        name = piece.get("nom", "").casefold()
        if name and name in seen:
            yield Finding(
                "echange.piece-double", f"« {piece['nom'][:60]} » figure deux fois.", field=f"pieces[{rank}].nom"
            )
        seen.add(name)
        for lot in piece.get("lots", ()):
            if lot not in lots:
                message = (
                    f"« {piece.get('nom', '')[:60]} » concerne le lot « {lot[:12]} », qui n’est pas dans le document."
                )
                yield Finding("echange.lot-inconnu", message, field=f"pieces[{rank}].lots")
        if piece.get("sha256") and not re.fullmatch("[0-9a-f]{64}", piece["sha256"]):
            yield Finding(
                "echange.empreinte", "L’empreinte n’a pas 64 chiffres hexadécimaux.", field=f"pieces[{rank}].sha256"
            )


def _criteria(values):
    points = [row.get("points") for row in values.get("criteres", ())]
    if any(value is None for value in points) != all(value is None for value in points):
        yield Finding("echange.criteres", "Donnez des points à tous les critères, ou à aucun.", field="criteres")
    elif points and points[0] is not None and sum(points) != 100:
        yield Finding(
            "echange.criteres", f"Les points des critères font {sum(points)} : 100 attendus.", field="criteres"
        )


def _dates(values):
    end = values.get("date_limite")
    for name in ("date_limite_questions", "date_ouverture"):
        other = values.get(name)
        wrong = end is not None and other is not None and (other > end if name.endswith("questions") else other < end)
        if wrong:
            order = "après" if name.endswith("questions") else "avant"
            yield Finding("echange.dates", f"« {name} » vient {order} la date limite de remise des plis.", field=name)


def document_schema():
    """Return the JSON Schema of the neutral document of a consultation."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Consultation, modèle d’échange version 1",
    }
    return head | schema(CONSULTATION)


def difference(kept, given):
    """Return ``[{"champ", "tenu", "recu"}]``: the fields of ``given`` that differ from the values the platform keeps."""
    rows = []
    for name, value in plain(given).items():
        before = plain(kept.get(name))
        if (before or None) != (value or None):
            rows.append({"champ": name, "tenu": before, "recu": value})
    return rows


COMPANY = ("entreprise", "siret", "courriel")
COLUMNS = {
    "retraits": ("instant", "mode", *COMPANY, "portee", "lots", "version", "pieces"),
    "questions": ("instant", "genre", "question", *COMPANY, "lots", "texte", "portee", "version"),
    "depots": (
        "instant",
        "genre",
        "depot",
        "numero",
        "entreprise",
        "siret",
        "lots",
        "enveloppes",
        "octets",
        "hors_delai",
    ),
    "resultats": (
        "lot",
        "intitule",
        "decision",
        "entreprise",
        "siret",
        "montant",
        "motif",
        "instant",
        "groupement",
        "membres",
        "notification",
    ),
}


@dataclass(frozen=True, slots=True)
class Register:
    """Rows of a register (dicts with the names of COLUMNS) of one consultation, and the cursor to ask for what follows.

    ``more`` is true when rows are left. ``state`` is the phase of the consultation.
    """

    kind: str
    external: str
    reference: str
    rows: tuple
    cursor: str = ""
    more: bool = False
    state: str = ""
    notified: str = ""

    def as_json(self):
        """Return the neutral document."""
        found = {
            "version": VERSION,
            "registre": self.kind,
            "reference_externe": self.external,
            "reference": self.reference,
            "etat": self.state,
            "lignes": list(self.rows),
        }
        if self.kind == "resultats":
            return found | {"notifiee": self.notified or None}
        return found | {"curseur": self.cursor, "suite": self.more}
