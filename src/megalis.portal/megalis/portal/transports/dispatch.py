"""What came back, sorted: which act or flow each answer is about, by the root of its XML and never by what its e-mail says.

What cannot be placed is given all the same, with the reason: an operator has to see it, and it may only be put away once it was
recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.classification import builtin
from megalis.portal.formats.actes.codec import parse
from megalis.portal.formats.actes.lifecycle import ANO_ENVELOPPE
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import model as pes_model
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import MAX_BYTES
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ActesAnswer:
    """One message of a préfecture.

    ``code``: its number (``1-2``), ``ANO`` for an envelope refused, '' when it is not known; ``id_acte``: the act it is about, ''
    when it is about none or does not say; ``enveloppe``: for ``ANO``, the name of the envelope that is refused; ``siren``: of the
    authority it is for; ``files``: what it names, ``{name: path}``; ``xml``: its own file; ``problem``: why it is not placed.
    """

    name: str
    xml: Path
    code: str = ""
    message: object = None
    id_acte: str = ""
    enveloppe: str = ""
    siren: str = ""
    files: Mapping = field(default_factory=dict)
    warnings: tuple = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PesAnswer:
    """One file of the Trésor: ``kind`` is ``pes.model.ACQUIT``, ``RETOUR`` or ''; ``entete.key`` is that of the flow answered."""

    name: str
    path: Path
    kind: str = ""
    entete: object = None
    outcome: str = ""
    problem: str = ""


def actes(incoming):
    """Return every ``ActesAnswer`` of an ``Incoming``, in the order of its files; its envelope is not one."""
    read, envelope = [], None
    others = {file.name: file.path for file in incoming.files if not file.name.lower().endswith(".xml")}
    for file in incoming.files:
        if file.name in others:
            continue
        try:
            received = parse(_bytes(file.path))
        except Refused as refusal:
            read.append(ActesAnswer(file.name, file.path, problem=refusal.message))
            continue
        if isinstance(received.message, model.EnveloppeMISILLCL):
            envelope = envelope or received.message
        else:
            read.append((file, received))
    return tuple(item if isinstance(item, ActesAnswer) else _placed(*item, envelope, others) for item in read)


def _bytes(path):
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _placed(file, received, envelope, others):
    message = received.message
    wanted = {item.nom for item in model.files_of(message)}
    told = {
        "message": message,
        "files": {name: path for name, path in others.items() if name in wanted},
        "warnings": received.warnings,
        "siren": envelope.destinataire if envelope is not None else "",
    }
    if isinstance(message, model.AnomalieEnveloppe):
        ours = message.enveloppe.emetteur if message.enveloppe is not None else None
        told |= {"code": ANO_ENVELOPPE, "enveloppe": file.name.removeprefix(names.ANOMALY)}
        told |= {"siren": ours.siren} if ours is not None else {}
        return ActesAnswer(file.name, file.path, **told)
    if model.sender_of(message) != model.PREFECTURE:
        problem = f"« {file.name[:80]} » est un message de collectivité, pas une réponse."
        return ActesAnswer(file.name, file.path, problem=problem, **told)
    identifier = getattr(message, "id_acte", "") or _identifier(file.name, message, envelope)
    code = model.code_of(message)
    lost = "" if identifier or code in ("7-2", "7-3") else f"« {file.name[:80]} » ne dit pas de quel acte il s’agit."
    told["siren"] = told["siren"] or (identifier.split("-")[1] if identifier.count("-") >= 4 else "")
    return ActesAnswer(file.name, file.path, code=code, id_acte=identifier, problem=lost, **told)


def _identifier(name, message, envelope):
    """An anomaly does not say the identifier of its act: it is in its name, or made again from the act it gives back."""
    said = names.parse_name(name)
    if isinstance(said, names.MessageName) and said.act_id:
        return said.act_id
    acte = getattr(message, "acte", None)
    nature = builtin().natures.get(acte.nature) if acte is not None else None
    if nature is None:
        return ""
    place = getattr(said, "departement", "") or (
        envelope.emetteur.departement if envelope and envelope.emetteur else ""
    )
    siren = getattr(said, "siren", "") or (envelope.destinataire if envelope else "")
    try:
        return str(names.act_id(place, siren, acte.date, acte.numero, nature.abrege))
    except Refused:
        return ""


def pes(incoming):
    """Return every ``PesAnswer`` of an ``Incoming``."""
    return tuple(_flow(file) for file in incoming.files)


def _flow(file):
    try:
        source = sources.look(file.path)
        kind = pes_model.ROOTS.get(source.root, "")
        if kind == pes_model.ACQUIT:
            found = acquit.read(source)[0]
            return PesAnswer(file.name, file.path, kind, found.entete, found.outcome)
        if kind == pes_model.RETOUR:
            return PesAnswer(file.name, file.path, kind, reading.read(source)[0].entete)
        if kind == pes_model.ALLER:
            return PesAnswer(file.name, file.path, problem="C’est un PES Aller, pas une réponse du Trésor.")
        raise reading.unknown(source)
    except Refused as refusal:
        return PesAnswer(file.name, file.path, problem=refusal.message)
