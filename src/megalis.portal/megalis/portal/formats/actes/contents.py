"""An archive as a whole: its envelope, the messages the envelope lists, the files the messages name, and nothing else."""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.classification import builtin
from megalis.portal.formats.actes.codec import parse
from megalis.portal.formats.actes.rules import strict_findings
from megalis.portal.formats.actes.sending import FORMATS
from megalis.portal.formats.cms import Digests
from megalis.portal.formats.cms import MAX_SIGNATURE
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.safexml import MAX_BYTES
from megalis.portal.formats.verdict import Finding


MAX_MESSAGES_BYTES = 64 * 1024 * 1024
HEAD = 1024
SIGNATURES = (".p7s", ".pkcs7", ".sig")


@dataclass(slots=True)
class Contents:
    """What an archive holds: the envelope (None when there is none), messages, findings; by name, the size and digests of
    files, and the bytes of those that are signatures.
    """

    envelope: object = None
    messages: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    digests: dict = field(default_factory=dict)
    signatures: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)
    warnings: list = field(default_factory=list)

    def wrong(self, code, message, name=""):
        """Keep an error about the member ``name``."""
        self.errors.append(Finding(code, message, path=name))

    def told(self, message):
        """Return where a departure of that message goes: ours is an error, one of the préfecture a warning."""
        return self.odd if model.sender_of(message) == model.PREFECTURE else self.wrong

    def odd(self, code, message, name=""):
        """Keep a warning about the member ``name``."""
        self.warnings.append(Finding(code, message, path=name))


def read(stream, limits=archive.LIMITS):
    """Return the ``Contents`` of an archive; raise ``Refused`` when it cannot be read to its end in safety."""
    contents, kept, heads = Contents(), {}, {}
    total = 0
    for member in archive.members(stream, limits):
        contents.files[member.name] = member.size
        if _is_message(member):
            total += member.size
            if total > MAX_MESSAGES_BYTES:
                raise Refused("actes.archive-messages", "L’archive contient trop de messages XML : séparez les envois.")
            kept[member.name] = member.read()
        else:
            heads[member.name] = _pass(contents, member)
    _envelope(contents, kept)
    if contents.envelope is not None:
        _messages(contents, kept)
        _files(contents, heads)
    return contents


def _pass(contents, member):
    """Let the bytes of a file pass; return the first of them."""
    made, head = Digests(), member.head(HEAD)
    kept = [head] if member.name.lower().endswith(SIGNATURES) and member.size <= MAX_SIGNATURE else None
    made.update(head)
    for data in member.chunks():
        made.update(data)
        if kept is not None:
            kept.append(data)
    contents.digests[member.name] = made.all()
    if kept is not None:
        contents.signatures[member.name] = b"".join(kept)
    return head


def _is_message(member):
    if not member.name.lower().endswith(".xml") or member.size > MAX_BYTES:
        return False
    return getattr(names.parse_name(member.name), "type_pj", "") == ""


def _envelope(contents, kept):
    for name, data in kept.items():
        called = isinstance(names.parse_name(name), names.EnvelopeName)
        if not called and b"Enveloppe" not in data:
            continue
        try:
            received = parse(data)
        except Refused as refusal:
            if called:
                contents.errors.append(Finding(refusal.code, refusal.message, getattr(refusal, "line", 0), path=name))
            continue
        if not isinstance(received.message, model.ENVELOPES):
            continue
        if contents.envelope is not None:
            contents.wrong(
                "actes.enveloppe-double", f"« {name} » est une seconde enveloppe : une seule par archive.", name
            )
            continue
        contents.envelope = received.message
        contents.messages[name] = received.message
        take(contents, name, received)
        said = names.parse_name(name)
        if not isinstance(said, names.EnvelopeName):
            contents.odd(
                "actes.nom", f"« {name} » n’est pas le nom d’une enveloppe (EACT--SIREN--AAAAMMJJ-N.xml).", name
            )
        elif said.siren != _siren(received.message):
            contents.told(received.message)(
                "actes.siren", f"« {name} » ne porte pas le SIREN de l’enveloppe qu’il contient.", name
            )
    if contents.envelope is None:
        contents.wrong("actes.enveloppe-absente", "L’archive ne contient pas d’enveloppe : refaites-la.")


def _siren(envelope):
    envelope = getattr(envelope, "enveloppe", None) or envelope
    if isinstance(envelope, model.EnveloppeMISILLCL):
        return envelope.destinataire
    return envelope.emetteur.siren if envelope.emetteur else ""


def take(contents, name, received):
    """Keep what reading a member told: errors when it is ours to send, warnings when the préfecture sent it."""
    found = [replace(item, path=name) for item in received.warnings]
    if model.sender_of(received.message) == model.PREFECTURE:
        contents.warnings += found
        return
    contents.warnings += [item for item in found if item.code == "actes.encodage-faux"]
    contents.errors += [item for item in found if item.code != "actes.encodage-faux"]
    contents.errors += [replace(item, path=name) for item in strict_findings(received.message)]


def _messages(contents, kept):
    if isinstance(contents.envelope, model.AnomalieEnveloppe):
        return
    for item in contents.envelope.formulaires:
        if item.nom not in kept:
            contents.wrong(
                "actes.message-absent", f"« {item.nom[:80]} » est annoncé par l’enveloppe et manque.", item.nom
            )
            continue
        try:
            received = parse(kept[item.nom])
        except Refused as refusal:
            contents.errors.append(Finding(refusal.code, refusal.message, getattr(refusal, "line", 0), path=item.nom))
            continue
        contents.messages[item.nom] = received.message
        take(contents, item.nom, received)
        _name(contents, item.nom, received.message)


def _name(contents, name, message):
    said = names.parse_name(name)
    if not isinstance(said, names.MessageName):
        contents.odd("actes.nom", f"« {name} » ne suit pas la règle de nommage des messages.", name)
        return
    code, tell = model.code_of(message), contents.told(message)
    if said.code != code:
        tell("actes.nom-message", f"« {name} » se dit {said.code} et contient un message {code}.", name)
    if said.siren and said.siren != _siren(contents.envelope):
        tell("actes.siren", f"« {name} » ne porte pas le SIREN de l’enveloppe.", name)
    if isinstance(message, model.Acte):
        nature = builtin().natures.get(message.nature)
        abrege = nature.abrege if nature else said.abrege
        if (said.date, said.numero, said.abrege) != (message.date, message.numero, abrege):
            tell("actes.nom-message", f"« {name} » ne porte pas la date, le numéro et la nature de l’acte.", name)
    elif said.act_id and getattr(message, "id_acte", said.act_id) != said.act_id:
        tell("actes.nom-message", f"« {name} » ne porte pas l’identifiant de l’acte dont il parle.", name)


def _files(contents, heads):
    named = set(contents.messages)
    for owner, message in contents.messages.items():
        if message is contents.envelope or model.code_of(message) in ("1-2", "1-3"):
            continue
        tell = contents.told(message)
        for item in model.files_of(message):
            named.add(item.nom)
            if item.nom not in contents.files:
                tell("actes.fichier-absent", f"« {item.nom[:80]} » est nommé par « {owner} » et manque.", item.nom)
            elif not contents.files[item.nom]:
                tell("actes.fichier-vide", f"« {item.nom} » est vide (0 octet).", item.nom)
            elif item.nom in heads:
                _content(tell, item.nom, heads[item.nom])
    for name in contents.files:
        if name not in named:
            contents.odd("actes.fichier-inconnu", f"« {name} » n’est nommé par aucun message.", name)


def _content(tell, name, head):
    extension = name.rpartition(".")[2].lower()
    mark = FORMATS.get(extension)
    if mark and not (mark in head if extension == "pdf" else head.startswith(mark)):
        tell("actes.contenu", f"« {name} » n’est pas un fichier {extension.upper()} malgré son nom.", name)
