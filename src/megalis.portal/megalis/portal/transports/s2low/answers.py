"""A result to the bytes of an answer, in the words that clients look for: « OK » or « KO » and a line, XML, JSON; ISO-8859-1.

The interface always answered 200, refusals included: clients read the text, and take any other status for a breakdown.
"""

from datetime import date
from datetime import datetime
from lxml import etree
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.latin import latin1
from megalis.portal.formats.pes import states as flow_states
from megalis.portal.transports.s2low import addresses
from urllib.parse import quote

import json


ENCODING = "iso-8859-1"
STATUS = 200
ACKNOWLEDGED, FAILED = 4, -1

_ROOTS = {
    "import_flow": "import",
    "flow_status": "transaction",
    "returns": "liste",
    "return_file": "get_retour",
    "return_read": "transaction",
}


def _text(text):
    return latin1(text).encode(ENCODING)


def _line(text):
    return " ".join(latin1(text).split())


def ok(words=""):
    """Return « OK » and a line."""
    return _text(f"OK\n{_line(words)}").rstrip(b"\n") + b"\n"


def connected():
    """Return the answer to a test of the connection."""
    return b"OK"


def logins(names):
    """Return the logins that one certificate has, a line each."""
    return b"".join(_text(name) + b"\n" for name in names)


def refused(address, failure, number=None, in_url=False):
    """Return the refusal ``fields.Ko`` of a request to an address, in its form; ``number``: the transaction asked for."""
    words = _line(failure.message)
    if address.command == "answer" and in_url:
        return _text(f"KO : {words}")
    if address.form == addresses.XML:
        return flow(_ROOTS[address.command], number, False, words)
    if address.command in ("list_acts", "count_acts", "monthly", "unread", "mark_read", "states", "nonce"):
        return as_json({"result": "ko", "message": words, "error": words})
    # The list of files is JSON, but its refusals were always text.
    return _text(f"KO\n{words}") + b"\n"


def created(number):
    """Return the answer to a creation: the number of the transaction on the second line."""
    return ok(str(number)) + b"\n"


def answered(number, in_url=False):
    """Return the answer to an answer that was taken."""
    return _text(f"OK : id généré : {number}") + b"\n" if in_url else created(number)


def status(code, message=b"", words=""):
    """Return the state of a transaction: its code, then the XML that brought it (bytes, as it came), or the words of an error."""
    body = bytes(message or b"")
    if code == FAILED and words:
        body += _text(_line(words))
    return f"OK\n{code}\n".encode() + body


def letters(items):
    """Return the letters about an act, ``(type, code of the state, number)`` each: ``3-8-1234``."""
    return b"".join(f"{kind}-{code}-{number}\n".encode() for kind, code, number in items)


def as_json(value):
    """Return JSON in ASCII, which every encoding reads alike."""
    return json.dumps(value, ensure_ascii=True, default=_plain).encode("ascii")


def _plain(value):
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def files(items):
    """Return the files of a transaction, the message first, then the act, then its annexes.

    ``items``: ``(number, name given by its sender, name in the archive, content type, size)``.
    """
    return as_json(
        [
            {"id": number, "posted_filename": given, "name": name, "mimetype": kind, "size": size}
            for number, given, name, kind, size in items
        ]
    )


def acts(command, authority, items):
    """Return the list of acts asked for by a ``commands.ListActs``.

    ``items``: ``(number, object, number of the act, day, label of the nature, classification)``.
    """
    names = ("id", "subject", "number", "date", "nature_descr", "classification")
    return as_json(
        {
            "status_id": command.state,
            "authority_id": authority,
            "offset": command.offset,
            "limit": command.limit,
            "transactions": [dict(zip(names, item, strict=True)) | {"type": "1"} for item in items],
        }
    )


def count(command, authority, number):
    """Return how many acts stand in the state of a ``commands.CountActs``."""
    return as_json({"status_id": command.state, "authority_id": authority, "nb_transactions": number})


def act_states():
    """Return the public states of acts."""
    return as_json([{"id": code, "name": label} for code, label in sorted(states.public_codes().items())])


def unread(items):
    """Return the letters of the préfecture nobody read: ``(number, type, number of the act’s own, act, identifier, code)``."""
    names = ("id", "type", "related_transaction_id", "number", "unique_id", "last_status_id")
    rows = (dict(zip(names, item, strict=True)) for item in items)
    # Clients compare the type with a text, and the numbers as they come from a database.
    return as_json([row | {"type": str(row["type"])} for row in rows])


def marked():
    """Return the answer to a letter marked as read."""
    return as_json({"result": "ok"})


def monthly(command, group, items):
    """Return the acts of a month by authority; ``items``: JSON objects."""
    return as_json(
        {
            "result": "ok",
            "message": "",
            "authority_group_id": group,
            "min_date": command.first,
            "max_date": command.last,
            "nbTransactionPerAuthorities": list(items),
        }
    )


def nonce(value):
    """Return a nonce that stands once for a login in an address."""
    return as_json({"nounce": value})


def returned(url, failure=""):
    """Return the address a browser goes back to: S²LOW's clients write ``%%ERROR%%`` (0 or 1) and ``%%MESSAGE%%`` in it."""
    words = quote(_line(failure))
    return url.replace("%%ERROR%%", "1" if failure else "0").replace("%%MESSAGE%%", words)


def flow(root, number, done, words="", **more):
    """Return the XML of an answer about flows: ``root`` with ``id``, ``resultat`` (OK, KO), ``message``, and more."""
    told = {"id": "" if number is None else number, "resultat": "OK" if done else "KO", "message": _line(words)}
    return _xml(root, (told | more).items())


def imported(number):
    """Return the answer to a flow taken in."""
    return flow("import", number, True, "Téléchargement du fichier réussi.")


def flow_status(number, code, words=""):
    """Return the state of a flow."""
    return flow("transaction", number, True, words or flow_states.public_codes().get(code, ""), status=code)


def returns(authority, now, items):
    """Return the list of the PES Retour nobody read: ``(number, name, moment)``."""
    told = [("idColl", authority), ("dateDemande", f"{now:%Y-%m-%d %H:%M:%S}"), ("resultat", "OK"), ("message", "")]
    rows = [
        ("pes_retour", [("id", number), ("nom", name), ("date", f"{when:%Y-%m-%d %H:%M:%S}")])
        for number, name, when in items
    ]
    return _xml("liste", [*told, *rows])


def return_read(number):
    """Return the answer to a PES Retour marked as read."""
    return _xml("transaction", [("idRetour", number), ("resultat", "OK"), ("message", "")])


def _xml(root, items):
    element = etree.Element(root)
    _fill(element, items)
    return etree.tostring(element, encoding="ISO-8859-1", xml_declaration=True)


def _fill(parent, items):
    for name, value in items:
        child = etree.SubElement(parent, name)
        if isinstance(value, list):
            _fill(child, value)
        else:
            child.text = latin1(str(value))
