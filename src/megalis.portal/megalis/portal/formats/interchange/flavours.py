"""The flavours by name. A flavour is a module with ``NAME, TITLE, EXTENSION, MEDIA``, ``read(bytes) -> [Received]`` and
``write(Register) -> bytes``; ``read`` raises Refused when the file as a whole cannot be read.
"""

from megalis.portal.formats.interchange import marco
from megalis.portal.formats.interchange import neutral
from megalis.portal.formats.interchange import sis


FLAVOURS = {module.NAME: module for module in (neutral, sis, marco)}


def of_file(name):
    """Return the flavour of a file by the end of its name, or None."""
    end = name.casefold().rpartition(".")[2]
    return next((module for module in FLAVOURS.values() if end == module.EXTENSION), None)
