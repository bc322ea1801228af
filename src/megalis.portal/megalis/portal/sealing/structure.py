"""What the server can check of a sealed file without any key, from its first bytes and its length alone."""

from functools import lru_cache
from megalis.portal.sealing.age import context_hash_of
from megalis.portal.sealing.bundle import MIN_BUNDLE
from megalis.portal.sealing.bundle import padded
from megalis.portal.sealing.context import check_recipients
from megalis.portal.sealing.context import context_hash
from megalis.portal.sealing.errors import ContextError
from megalis.portal.sealing.errors import HeaderError
from megalis.portal.sealing.errors import PayloadError
from megalis.portal.sealing.errors import StructureError
from megalis.portal.sealing.header import IncompleteHeader
from megalis.portal.sealing.header import parse_header
from megalis.portal.sealing.keys import parse_recipient
from megalis.portal.sealing.stream import opened_size


MAX_SERVER_HEADER = 64 * 1024

_recipient = lru_cache(maxsize=1024)(parse_recipient)


def check_structure(start, total_size, context, recipients):
    """Refuse what cannot be a pli scellé v1 made for ``context`` and ``recipients``; return the parsed Header.

    ``start``: the first bytes (64 KiB are always enough) or a stream positioned at 0; ``total_size``: bytes of the
    whole file; ``context``: Context (or JSON object) from the server's own records; ``recipients``: recipient texts or
    objects, in the context's order. Without a key the payload itself stays unread: only an opener can judge it.
    Raises StructureError, HeaderError, ContextError with codes structure, entete, contexte, longueur.
    """
    if hasattr(start, "read"):
        start = start.read(MAX_SERVER_HEADER)
    try:
        header = parse_header(bytes(start[:MAX_SERVER_HEADER]))
    except IncompleteHeader as error:
        if total_size > len(start) >= MAX_SERVER_HEADER:
            raise HeaderError(f"en-tête de plus de {MAX_SERVER_HEADER} octets") from error
        raise
    bound = context_hash_of(header)
    if bound is None:
        raise ContextError("ce fichier n’est lié à aucun contexte : scellez-le pour cette consultation")
    if bound != context_hash(context):
        raise ContextError("ce pli est lié à un autre contexte (consultation, lot, enveloppe, dépôt ou destinataires)")
    keys = [_recipient(item) if isinstance(item, str) else item for item in recipients]
    check_recipients(header, context, keys)
    for key, stanza in zip(keys, header.stanzas, strict=False):
        key.check(stanza)
    _check_length(total_size - header.length)
    return header


def _check_length(payload):
    try:
        size = opened_size(payload)
    except PayloadError as error:
        raise StructureError(str(error), "longueur") from error
    if size < MIN_BUNDLE or padded(size) != size:
        raise StructureError(
            f"contenu de {size} octets : ce n’est pas la longueur d’un pli (complété selon Padmé) ; scellez de nouveau",
            "longueur",
        )
