"""Canonical JSON (RFC 8785), so that two machines hash the same object to the same bytes.

Objects of the platform hold only str, int, bool, None, list and dict: the number formatting of ECMAScript, where
implementations differ, is never needed, and a float is refused instead of being written in a doubtful way.
"""

from functools import lru_cache
from json import JSONDecodeError
from json import JSONEncoder
from json import loads as json_loads

import re


MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 64


class CanonicalError(ValueError):
    """The value has no canonical JSON form, or the text is not strict JSON."""

    code = "json"


_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, allow_nan=False).encode


def _utf16(key):
    return key.encode("utf-16-be", "surrogatepass")


def _ordered(value, depth):
    if value is None or value is True or value is False or type(value) is str:
        return value
    if type(value) is int:
        if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            raise CanonicalError(f"entier hors de l’intervalle exact de JSON (±2^53−1) : {value}")
        return value
    if depth > MAX_DEPTH:
        raise CanonicalError(f"objet imbriqué sur plus de {MAX_DEPTH} niveaux")
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            raise CanonicalError("une clé d’objet n’est pas une chaîne de caractères")
        return {key: _ordered(value[key], depth + 1) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(item, depth + 1) for item in value]
    raise CanonicalError(f"type sans forme canonique : {type(value).__name__} (attendu : texte, entier, booléen, null)")


def dumps(value):
    """Return the RFC 8785 bytes of ``value`` (str, int within ±(2^53-1), bool, None, list, tuple, dict with str keys).

    Keys are sorted by UTF-16 code units. Raises CanonicalError on anything else, lone surrogates included.
    """
    try:
        return _encode(_ordered(value, 0)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError("texte qui n’est pas de l’Unicode valide (demi-codet isolé)") from error


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CanonicalError("clé répétée dans un objet JSON")
    return found


def _refuse_number(text):
    raise CanonicalError(f"nombre non entier : {text[:40]}")


def loads(data):
    """Return the value of strict JSON ``data`` (UTF-8 bytes or str): no repeated key, no float, no NaN.

    Raises CanonicalError. The text itself needs not be canonical; compare with ``dumps(loads(x))`` where it must be.
    """
    try:
        text = str(data, "utf-8") if isinstance(data, bytes | bytearray | memoryview) else data
        return json_loads(text, object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
    except (UnicodeDecodeError, JSONDecodeError, RecursionError) as error:
        raise CanonicalError("texte qui n’est pas du JSON en UTF-8") from error
    except CanonicalError:
        raise
    except ValueError as error:
        raise CanonicalError("nombre trop long") from error


@lru_cache(maxsize=256)
def _member(name):
    return re.compile(rb'"' + name.encode() + rb'":("(?:[^"\\]|\\.)*"|true|false|null|-?[0-9]+)').search


def peek(data, name):
    """Return the first member ``name`` (plain letters) of canonical JSON bytes whose value is no object and no list, or None.

    Twenty times cheaper than ``loads``. In canonical bytes a quote within a text is escaped, so that ``"name":`` stands
    nowhere but before a value; a member of an object inside counts like one outside.
    """
    found = _member(name)(data)
    if found is None:
        return None
    text = found[1]
    if text[:1] == b'"' and b"\\" not in text:
        return str(text[1:-1], "utf-8")
    return json_loads(text)
