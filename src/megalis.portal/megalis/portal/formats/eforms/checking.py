"""``megalis check eforms``: the verdict on the file of a notice."""

from megalis.portal.formats.eforms import reading
from megalis.portal.formats.eforms.validation import validate


def check(path):
    """Return the ``Verdict`` on the notice in the file ``path``; OSError when it cannot be read."""
    with open(path, "rb") as stream:
        data = stream.read(reading.MAX_BYTES + 1)
    return validate(data)
