"""Exact shapes of the JSON objects of this room, so that nothing unexpected reaches a verification or a screen."""

from datetime import datetime
from datetime import UTC
from megalis.portal.formats import jcs
from megalis.portal.ledger.checkpoint import decode_base64

import re


HASH = re.compile("[0-9a-f]{64}", re.ASCII)
UUID = re.compile("[0-9a-f]{32}", re.ASCII)
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,18})){1,40}", re.ASCII)
INSTANT = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z", re.ASCII)
SURROGATE = re.compile("[\ud800-\udfff]")
MAX_TEXT = 10_000
MAX_LIST = 100_000


def read_json(data, limit, error):
    """Return the object of strict JSON bytes of at most ``limit`` bytes; raises ``error(code, message)``."""
    if len(data) > limit:
        raise error("taille", f"fichier de {len(data)} octets : au plus {limit} sont acceptés")
    try:
        found = jcs.loads(data)
        jcs.dumps(found)
    except (jcs.CanonicalError, RecursionError) as wrong:
        raise error("json", f"ce n’est pas du JSON acceptable : {wrong}") from wrong
    if not isinstance(found, dict):
        raise error("json", "ce n’est pas un objet JSON")
    return found


def parse_instant(text):
    """Return the aware UTC datetime of an RFC 3339 text ending in Z; None when it is not one."""
    if not isinstance(text, str) or not INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
    except ValueError:
        return None


def format_instant(moment):
    """Return the RFC 3339 text of an aware datetime, in UTC, to the second (fractions are kept when not zero)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def text(value):
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and not SURROGATE.search(value)


def text_or_none(value):
    return value is None or text(value)


def boolean(value):
    return value is True or value is False


def natural(value):
    return type(value) is int and 0 <= value <= jcs.MAX_SAFE_INTEGER


def digest(value):
    return isinstance(value, str) and HASH.fullmatch(value) is not None


def uuid(value):
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def oid(value):
    return isinstance(value, str) and OID.fullmatch(value) is not None


def instant(value):
    return parse_instant(value) is not None


def base64(value):
    return isinstance(value, str) and decode_base64(value) is not None


def signature(value):
    return isinstance(value, str) and decode_base64(value, 64) is not None


class Shape:
    """An object with exactly these members; a name ending in « ? » may be absent."""

    def __init__(self, **members):
        self.members = members
        self.optional = frozenset()

    def maybe(self, **members):
        """Return the shape with further members that may be absent."""
        wider = Shape(**self.members, **members)
        wider.optional = self.optional | frozenset(members)
        return wider

    def check(self, value, path, error):
        if not isinstance(value, dict):
            raise error("schema", f"{path} : un objet est attendu")
        for name in value:
            if name not in self.members:
                raise error("schema", f"{path} : le membre « {name[:40]} » n’est pas prévu")
        for name, rule in self.members.items():
            if name in value:
                check(value[name], rule, f"{path}.{name}", error)
            elif name not in self.optional:
                raise error("schema", f"{path} : le membre « {name} » manque")


class Many:
    """A list of values of one rule."""

    def __init__(self, rule, at_least=0):
        self.rule = rule
        self.at_least = at_least

    def check(self, value, path, error):
        if not isinstance(value, list) or not self.at_least <= len(value) <= MAX_LIST:
            raise error("schema", f"{path} : une liste d’au moins {self.at_least} élément(s) est attendue")
        for position, item in enumerate(value):
            check(item, self.rule, f"{path}[{position}]", error)


class OrNull:
    """A value that may be null."""

    def __init__(self, rule):
        self.rule = rule

    def check(self, value, path, error):
        if value is not None:
            check(value, self.rule, path, error)


def check(value, rule, path, error):
    """Check ``value`` against a rule (a shape, or a function that tells); raises ``error("schema", message)``."""
    if isinstance(rule, Shape | Many | OrNull):
        rule.check(value, path, error)
    elif not rule(value):
        raise error("schema", f"{path} : valeur refusée ({EXPECTED.get(rule, 'autre valeur attendue')})")


EXPECTED = {
    text: f"texte de 1 à {MAX_TEXT} caractères attendu",
    text_or_none: "texte ou null attendu",
    boolean: "true ou false attendu",
    natural: "entier positif attendu",
    digest: "64 chiffres hexadécimaux minuscules attendus",
    uuid: "32 chiffres hexadécimaux minuscules attendus",
    oid: "identifiant d’objet attendu",
    instant: "instant AAAA-MM-JJTHH:MM:SSZ attendu",
    base64: "base64 attendu",
    signature: "64 octets en base64 attendus",
}
