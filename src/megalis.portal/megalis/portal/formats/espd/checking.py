"""`megalis check dume`: does a company's DUME read, and what would a buyer look at?"""

from megalis.portal.formats.espd import reading
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict
from pathlib import Path


def check(path):
    """Return the ``Verdict`` of the DUME at ``path``; OSError when it cannot be read."""
    with Path(path).open("rb") as stream:
        data = stream.read(reading.MAX_BYTES + 1)
    try:
        found = reading.read(data)
    except Refused as error:
        return refused(error.code, error.message, getattr(error, "line", 0))
    counts = {name: len(found.family(name)) for name in ("exclusion", "selection")}
    extra = {"version": found.version, "operateur": found.operator.name, "consultation": found.reference, **counts}
    return Verdict((), found.warnings, extra)
