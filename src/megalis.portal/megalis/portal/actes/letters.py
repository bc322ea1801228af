"""What came with a letter of the préfecture: an act may have several of one kind, told apart by their dates."""

from megalis.portal.formats.actes import codec
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock


def files_of(acte, letter):
    """Return the files (name, NamedBlobFile) that came with a letter of the préfecture: those of its own date."""
    for moment in acte.history:
        if moment.code == letter.code and any(_date_of(name, file) == letter.date for name, file in moment.files):
            return moment.files
    # A letter without a date bears that of the day it came.
    return next(
        (m.files for m in acte.history if m.code == letter.code and clock.paris(m.at).date() == letter.recu), ()
    )


def _date_of(name, file):
    """Return the date that the message of an XML file bears, None for anything else."""
    if not name.lower().endswith(".xml"):
        return None
    try:
        return getattr(codec.parse(file.data).message, "date_courrier", None)
    except Refused:
        return None
