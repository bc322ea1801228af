"""A request to a command: what each address takes, checked as far as it can be without the site.

Refusals raise ``fields.Ko``. Whether a number was used before, an act may be cancelled or a person may see it is for the site.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.latin import one_line
from megalis.portal.formats.actes.rules import MAX_OBJET
from megalis.portal.formats.refusal import Refused
from megalis.portal.transports.s2low.fields import Fields
from megalis.portal.transports.s2low.fields import INVALID
from megalis.portal.transports.s2low.fields import Ko
from megalis.portal.transports.s2low.fields import MISSING
from megalis.portal.transports.s2low.fields import month_before
from megalis.portal.transports.s2low.fields import Upload

import re


MAX_LIST = 1000
_TYPE = re.compile(r"[0-9A-Z]{2}_[0-9A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Nothing:
    """An address that takes no parameter."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file to send, its type and its detached signature."""

    file: Upload
    type_pj: str
    signature: Upload | None = None


@dataclass(frozen=True, slots=True)
class CreateAct:
    """Create an act: ``matiere`` like ``8.4``; the first document is the act, the others its annexes.

    ``wait``: leave it to be transmitted by a person; ``to_sign``: it waits for a signature first; ``copies``: addresses to tell.
    """

    nature: int
    matiere: str
    numero: str
    objet: str
    date: date
    papier: bool
    wait: bool
    to_sign: bool
    documents: tuple[Document, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transaction:
    """What concerns one transaction: its number, or the identifier of its act when the number is 0."""

    id: int
    unique_id: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """One file of a transaction, by the number the list of files gave; ``published``: the day to stamp, when it is told.

    ``envelope``: the number of an envelope to download as a whole, when no file is asked for.
    """

    file: int
    stamped: bool
    published: date | None
    envelope: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a letter of the préfecture: ``refuses`` (x-3) or answers (x-4, 2-2); the documents are sent.

    ``in_url``: the flag of the interface stood in the address, to which the answer has another form.
    """

    id: int
    refuses: bool
    documents: tuple[Document, ...]
    in_url: bool = False


@dataclass(frozen=True, slots=True)
class ListActs:
    """Acts in a state, the newest first; ``nature`` 0 for all, days None for any."""

    state: int
    offset: int
    limit: int
    nature: int = 0
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CountActs:
    """How many acts stand in a state."""

    state: int


@dataclass(frozen=True, slots=True)
class Monthly:
    """How many acts each authority of a group sent in a month; ``group`` 0 for one’s own."""

    first: date
    last: date
    group: int = 0


@dataclass(frozen=True, slots=True)
class Confirm:
    """Transmit acts that wait for a person. ``url`` is where his browser goes afterwards; ``nonce``, ``login`` and ``hash``
    (SHA-256 of the password, a colon and the nonce) tell who he is, all three "" when he is to sign in himself."""

    ids: tuple[int, ...]
    url: str
    nonce: str = ""
    login: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class ImportFlow:
    """Take in a PES flow."""

    file: Upload


def parse(address, values, files=None, query=None, today=None):
    """Return the command of a request to an ``addresses.Address``; raise ``Ko``.

    ``values``: the fields of the body and of the address together; ``query``: those of the address alone; ``files``: by field;
    ``today``: the day it is.
    """
    return _PARSERS[address.command](Fields(values, files), Fields(query or {}), today or date.today())


def _create(fields, query, today):
    nature = fields.number("nature_code", least=1, most=9)
    day = fields.day("decision_date", required=True)
    if day > today:
        raise Ko(INVALID, f"La date de décision {day:%d/%m/%Y} est dans le futur.")
    try:
        numero = names.number(fields.text("number", required=True))
    except Refused as refusal:
        raise Ko(INVALID, refusal.message.replace("’", "'")) from None
    objet = one_line(fields.text("subject", required=True))
    if len(objet) > MAX_OBJET:
        raise Ko(INVALID, f"L'objet a {len(objet)} caractères, {MAX_OBJET} sont permis.")
    emails = [item for value in fields.all("broadcast_email") for item in value.replace(";", ",").split(",")]
    return CreateAct(
        nature,
        _matiere(fields),
        numero,
        objet,
        day,
        fields.flag("document_papier"),
        fields.flag("en_attente"),
        fields.flag("must_signed"),
        _documents(fields),
        tuple(item.strip() for item in emails if item.strip()) if fields.flag("show_broadcast_email") else (),
    )


def _matiere(fields):
    levels = [fields.text(f"classif{rank}") for rank in range(1, 6)]
    while levels and levels[-1] in ("", "0"):
        levels.pop()
    if len(levels) < 2:
        raise Ko(MISSING, "La matière manque : classif1 et classif2 au moins.")
    for rank, level in enumerate(levels, 1):
        if not (level.isascii() and level.isdecimal() and 0 < int(level) < 1000):
            raise Ko(INVALID, f"« {level[:20]} » n'est pas une valeur permise de classif{rank} : un nombre entier.")
    return ".".join(str(int(level)) for level in levels)


def _documents(fields):
    main = fields.file("acte_pdf_file", required=True)
    documents = [_document(main, fields.text("type_acte"), fields.file("acte_pdf_file_sign"))]
    types, signatures = fields.all("type_pj"), fields.uploads("acte_attachments_sign")
    for rank, upload in enumerate(fields.uploads("acte_attachments")):
        if upload is not None:
            signature = signatures[rank] if rank < len(signatures) else None
            documents.append(_document(upload, types[rank] if rank < len(types) else "", signature))
    return tuple(documents)


def _document(upload, type_pj, signature):
    if not upload.size:
        raise Ko(INVALID, f"Le fichier {upload.plain} est vide.")
    if not type_pj:
        raise Ko(MISSING, f"Erreur lors de la réception du fichier {upload.plain} : typologie absente")
    if not _TYPE.fullmatch(type_pj):
        raise Ko(INVALID, f"« {type_pj[:20]} » n'est pas un type de pièce (99_DE).")
    return Document(upload, type_pj, signature)


def _transaction(name):
    def parse_one(fields, query, today):
        unique = fields.text("unique_id")
        if unique:
            try:
                return Transaction(0, str(names.parse_act_id(unique)))
            except Refused:
                raise Ko(INVALID, "Numéro de transaction invalide.") from None
        text = fields.text(name)
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:17]) < 2**53):
            raise Ko(INVALID, "Numéro de transaction invalide.")
        return Transaction(int(text))

    return parse_one


def _download(fields, query, today):
    envelope = fields.number("env", default=0)
    if envelope:
        return Download(0, False, None, envelope)
    stamped = fields.text("tampon").lower() in ("true", "1")
    return Download(fields.number("file", least=1), stamped, fields.day("date_affichage"))


def _answer(fields, query, today):
    kind = fields.number("type_envoie", default=4, least=2, most=4)
    number = fields.number("id", least=1)
    return Answer(number, kind == 3, _documents(fields), query.flag("api"))


def _list_acts(fields, query, today):
    state = fields.text("status_id") or "0"
    nature = fields.text("type_acte")
    if not re.fullmatch(r"-1|[0-9]{1,2}", state):
        raise Ko(INVALID, f"« {state[:20]} » n'est pas un état (status_id).")
    if nature and nature not in _NATURES:
        raise Ko(INVALID, f"« {nature[:20]} » n'est pas une nature d'acte : {', '.join(_NATURES)}.")
    since = fields.day("min_submission_date") or fields.day("min_date")
    until = fields.day("max_submission_date") or fields.day("max_date")
    limit = min(fields.number("limit", default=100), MAX_LIST)
    return ListActs(int(state), fields.number("offset", default=0), limit, _NATURES.get(nature, 0), since, until)


def _count_acts(fields, query, today):
    return CountActs(_list_acts(fields, query, today).state)


def _monthly(fields, query, today):
    before = month_before(today)
    year = fields.number("year", default=before.year, least=2000, most=9999)
    month = fields.number("month", default=before.month, least=1, most=12)
    last = monthrange(year, month)[1]
    return Monthly(date(year, month, 1), date(year, month, last), fields.number("authority_group_id", default=0))


def _import_flow(fields, query, today):
    file = fields.file("enveloppe", required=True)
    if not file.size:
        raise Ko(INVALID, f"Le fichier {file.plain} est vide.")
    return ImportFlow(file)


def _confirm(fields, query, today):
    ids = fields.all("id")
    if (
        not ids
        or len(ids) > MAX_LIST
        or not all(item.isascii() and item.isdecimal() and 0 < int(item[:17]) < 2**53 for item in ids)
    ):
        raise Ko(INVALID, "Numéro de transaction invalide.")
    url = fields.text("url_return")
    if url and not re.fullmatch(r"https?://[^\s\\\x00-\x1f]{1,1900}", url):
        raise Ko(INVALID, "L'adresse de retour (url_return) n'est pas une adresse http(s) entière.")
    told = [fields.text(name)[:200] for name in ("nounce", "login", "hash")]
    if any(told) and not all(told):
        raise Ko(MISSING, "nounce, login et hash vont ensemble.")
    return Confirm(tuple(dict.fromkeys(map(int, ids))), url, *told)


def _nothing(fields, query, today):
    return Nothing()


_NATURES = {"DE": 1, "AR": 2, "AI": 3, "CC": 4, "BF": 5, "AU": 6}
_NATURES |= {str(code): code for code in _NATURES.values()}

_PARSERS = {
    "create": _create,
    "status": _transaction("transaction"),
    "acknowledgement": _transaction("id"),
    "slip": _transaction("trans_id"),
    "download": _download,
    "files": _transaction("transaction"),
    "letters": _transaction("id"),
    "cancel": _transaction("id"),
    "answer": _answer,
    "mark_read": _transaction("transaction_id"),
    "list_acts": _list_acts,
    "count_acts": _count_acts,
    "monthly": _monthly,
    "confirm": _confirm,
    "confirm_many": _confirm,
    "import_flow": _import_flow,
    "flow_status": _transaction("transaction"),
    "flow_acknowledgement": _transaction("id"),
    "return_file": _transaction("id"),
    "return_read": _transaction("id"),
    **dict.fromkeys(
        ("test", "nonce", "logins", "classification", "ask_classification", "unread", "states", "returns"), _nothing
    ),
}
COMMANDS = tuple(_PARSERS)
