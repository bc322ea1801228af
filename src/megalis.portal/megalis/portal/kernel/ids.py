"""Identifiers that no two writers can share."""

from uuid import UUID
from uuid import uuid4


def uuidhex():
    """Return 32 lower-case hex digits of a new random UUID."""
    return uuid4().hex


def is_uuidhex(value):
    """Tell whether ``value`` is a UUID written as 32 lower-case hex digits."""
    if not isinstance(value, str) or len(value) != 32:
        return False
    try:
        return UUID(hex=value).hex == value
    except ValueError:
        return False
