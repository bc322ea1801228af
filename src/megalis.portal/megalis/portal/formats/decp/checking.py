"""``megalis check decp``: the verdict on a file of essential data."""

from megalis.portal.formats.decp.reading import MAX_BYTES
from megalis.portal.formats.decp.reading import read


def check(path):
    """Return the ``Verdict`` on the file ``path``, JSON or XML; OSError when it cannot be read."""
    with open(path, "rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    return read(data)[1]
