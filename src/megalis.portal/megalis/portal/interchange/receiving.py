"""A consultation as a software sends it becomes a draft, or changes the draft it made; later it is only compared.

The external reference names it: sent twice, it is there once. What differs is told field by field.
"""

from dataclasses import dataclass
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import files
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.interchange import model
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding
from megalis.portal.interchange import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import rules
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent

import transaction


CREATED, CHANGED, SAME, CONFLICT, REFUSED = "creee", "modifiee", "inchangee", "conflit", "refusee"
# neutral field -> field of IConsultation; criteria, lots and pieces apart
FIELDS = {
    "reference": "reference", "objet": "title", "description": "description", "procedure": "procedure", "nature": "nature",
    "cpv": "cpv", "cpv_secondaires": "cpv_additional", "lieux": "places", "duree": "duration",
    "valeur_estimee": "estimated_value", "conditions": "conditions", "contact_service": "contact_name",
    "contact_courriel": "contact_email", "contact_telephone": "contact_phone", "date_limite": "deadline",
    "date_limite_questions": "questions_deadline", "date_ouverture": "planned_opening",
}  # fmt: skip
LOT_FIELDS = {
    "intitule": "title", "description": "description", "cpv": "cpv", "valeur_estimee": "estimated_value",
}  # fmt: skip
# Refusals of the platform that are about one field of the document.
PLACES = {"reference": "reference", "courriel": "contact_courriel", "lots": "lots", "fichier": "pieces"}
MESSAGE = (
    "La consultation « {} » n’est plus un brouillon : elle se rectifie sur la plateforme. Les différences sont jointes."
)


@dataclass(frozen=True)
class Outcome:
    """What became of one record: ``result``, the content made or met, findings, differences."""

    external: str
    result: str
    consultation: object = None
    findings: tuple = ()
    differences: tuple = ()
    line: int = 0

    @property
    def status(self):
        """The HTTP status of this record alone."""
        if self.result == CONFLICT:
            return 409
        if self.result == REFUSED:
            return 409 if any(item.code.endswith(".double") for item in self.findings) else 422
        return 201 if self.result == CREATED else 200

    def as_json(self):
        """Return the report of the record."""
        found = {"reference_externe": self.external, "ligne": self.line, "resultat": self.result}
        if self.consultation is not None:
            found["etat"] = api.state(self.consultation)
            found["adresse"] = self.consultation.absolute_url()
        if self.findings:
            found["erreurs"] = [
                {"code": item.code, "message": item.message, "champ": item.field} for item in self.findings
            ]
        if self.differences:
            found["differences"] = list(self.differences)
        return found


def receive(collectivite, received, by):
    """Return the Outcome of a ``model.Received``, in a savepoint of its own; ``by`` names the key or the folder."""
    external = received.external
    if received.findings:
        return Outcome(external, REFUSED, None, received.findings, line=received.line)
    mark = transaction.savepoint(optimistic=True)
    try:
        return _receive(collectivite, received, external, by)
    except Refused as refused:
        mark.rollback()
        field = next((place for start, place in PLACES.items() if refused.code.startswith(start)), "")
        found = Finding(f"echange.{refused.code}", refused.message, field=field)
        return Outcome(external, REFUSED, None, (found,), line=received.line)


def _receive(collectivite, received, external, by):
    record, consultation = store.find(collectivite, external)
    if consultation is None:
        return _create(collectivite, received, external, by)
    if record.digest == received.digest:
        return Outcome(external, SAME, consultation, line=received.line)
    differences = tuple(model.difference(neutral(consultation, external), received.values))
    if api.state(consultation) != phase.ELABORATION:
        message = MESSAGE.format(consultation.reference)
        found = Finding("echange.conflit", message, field=differences[0]["champ"] if differences else "")
        return Outcome(external, CONFLICT, consultation, (found,), differences, received.line)
    _change(consultation, record, received.values)
    _keep(consultation, record, received, by, "consultation modifiée")
    return Outcome(external, CHANGED, consultation, (), differences, received.line)


def _values(values):
    found = {to: values[name] for name, to in FIELDS.items() if name in values}
    for name in ("places", "cpv_additional"):
        if name in found:
            found[name] = tuple(found[name])
    if found.get("contact_email"):
        found["contact_email"] = rules.email(found["contact_email"])
    if "criteres" in values:
        found["criteria"] = create.criteria(
            [{"name": row["nom"], "weight": row.get("points")} for row in values["criteres"]]
        )
    return found


def _lot_values(lot):
    return {to: lot[name] for name, to in LOT_FIELDS.items() if name in lot}


def _create(collectivite, received, external, by):
    values = received.values
    fields = _values(values)
    lots = [{"number": lot["numero"], **_lot_values(lot)} for lot in values.get("lots", ())]
    reference, title = fields.pop("reference"), fields.pop("title")
    consultation = create.draft(collectivite, reference, title, lots=lots, external_id=external, **fields)
    consultation.guided = fields.get("procedure", "procedure-adaptee") != "procedure-adaptee"
    record = store.add(collectivite, external, consultation)
    _keep(consultation, record, received, by, "consultation reçue")
    return Outcome(external, CREATED, consultation, line=received.line)


def _change(consultation, record, values):
    fields = _values(values)
    uid = api.uuid(consultation)
    fields["reference"] = create.check_reference(api.buyer(consultation), fields["reference"], uid)
    for name, value in fields.items():
        setattr(consultation, name, value)
    if "lots" in values:
        _change_lots(consultation, values["lots"])
    if "pieces" in values:
        _change_pieces(consultation, record, values["pieces"])
    notify(ObjectModifiedEvent(consultation))
    consultation.reindexObject()


def _change_lots(consultation, wanted):
    standing = {lot.number: lot for lot in api.lots(consultation)}
    numbers = {lot["numero"] for lot in wanted}
    for number, lot in standing.items():
        if number not in numbers:
            consultation._delObject(lot.getId())
    for values in wanted:
        lot = standing.get(values["numero"])
        if lot is None:
            create.lot(consultation, values["numero"], values["intitule"], **_without(_lot_values(values), "title"))
            continue
        for name, value in _lot_values(values).items():
            setattr(lot, name, value)
        notify(ObjectModifiedEvent(lot))


def _without(values, name):
    return {key: value for key, value in values.items() if key != name}


def _change_pieces(consultation, record, wanted):
    told = {files.clean_name(piece["nom"]): piece for piece in wanted}
    for line in api.lines(consultation):
        values = told.get(line.filename)
        if values is not None:
            _describe(consultation, consultation._getOb(line.id), values)
        elif line.filename in record.pieces:
            consultation._delObject(line.id)


def _describe(consultation, piece, values):
    piece.title = values.get("titre") or piece.filename
    piece.kind = values.get("nature") or piece.kind
    if "lots" in values:
        piece.lots = create.check_lots(consultation, values["lots"])
    notify(ObjectModifiedEvent(piece))


def _keep(consultation, record, received, by, fact):
    record.digest = received.digest
    record.received = clock.now()
    record.by = by
    if "pieces" in received.values:
        record.pieces.clear()
        record.pieces.update({files.clean_name(piece["nom"]): piece for piece in received.values["pieces"]})
    tell(consultation, fact, record.external, by)


def tell(consultation, fact, detail, by):
    """Write into the journal what a software did."""
    event = {"type": "interface", **workflow.identity(consultation), "fait": fact, "detail": detail, "par": by}
    journal.record(consultation, event)


def receive_piece(collectivite, external, name, upload, by):
    """Put a file into the dossier of a draft; return ``(PieceDCE, status)``: 201 made, 200 replaced or the same.

    Refused: ``echange.inconnue``, ``echange.etat``, ``echange.piece``, ``echange.empreinte``, and the codes of ``rules.files``.
    """
    record, consultation = _draft_of(collectivite, external)
    name = files.clean_name(name)
    told = record.pieces.get(name)
    if record.pieces and told is None:
        listed = ", ".join(sorted(record.pieces))[:300]
        raise Refused("echange.piece", f"« {name} » n’est pas parmi les pièces annoncées ({listed}).", name)
    told = told or {}
    standing = api.piece_named(consultation, name)
    before = standing.sha256 if standing is not None else ""
    if standing is None:
        kind, lots = told.get("nature") or "autre", told.get("lots") or ()
        piece = create.piece(consultation, upload, name, told.get("titre", ""), kind, lots)
        status = 201
    else:
        create.replace_piece(consultation, standing, upload, name)
        piece, status = standing, 200
    if told.get("sha256") and told["sha256"] != piece.sha256:
        raise Refused(
            "echange.empreinte", f"« {name} » n’a pas l’empreinte annoncée : renvoyez le fichier.", piece.sha256
        )
    if piece.sha256 != before:
        tell(consultation, "pièce reçue", name, by)
    return piece, status


def remove_piece(collectivite, external, name, by):
    """Take a file out of the dossier of a draft. Refused as ``receive_piece``."""
    _record, consultation = _draft_of(collectivite, external)
    piece = api.piece_named(consultation, name)
    if piece is None:
        raise Refused("echange.inconnue", f"« {name[:80]} » n’est pas au dossier.", name)
    consultation._delObject(piece.getId())
    tell(consultation, "pièce retirée", name, by)


def _draft_of(collectivite, external):
    record, consultation = store.find(collectivite, external)
    if consultation is None:
        raise Refused("echange.inconnue", f"Aucune consultation n’est connue sous « {external[:60]} ».", external)
    if api.state(consultation) != phase.ELABORATION:
        raise Refused(
            "echange.etat", "Cette consultation n’est plus un brouillon : son dossier se rectifie sur la plateforme."
        )
    return record, consultation


def neutral(consultation, external):
    """Return the neutral document of a consultation as the platform has it."""
    found = {"reference_externe": external}
    found |= {name: model.plain(getattr(consultation, of, None)) for name, of in FIELDS.items()}
    found["criteres"] = [
        {"nom": row["name"], **({"points": int(row["weight"])} if row.get("weight") is not None else {})}
        for row in consultation.criteria or ()
    ]
    found["lots"] = [
        {"numero": lot.number, **{name: model.plain(getattr(lot, of, None)) for name, of in LOT_FIELDS.items()}}
        for lot in api.lots(consultation)
    ]
    found["pieces"] = [
        {"nom": p.filename, "titre": p.title, "nature": p.kind, "lots": list(p.lots or ()), "sha256": p.sha256}
        for p in api.lines(consultation)
    ]
    return found
