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


def exchange(acte, letter):
    """Yield (rank, Moment) of the lines of the history about a letter: it, our acknowledgement, our answer, and theirs of it."""
    same = sorted((item for item in acte.dossier.courriers if item.code == letter.code), key=lambda item: item.recu)
    for rank, moment in enumerate(acte.history):
        if _about(moment, letter.code, same) == (letter.code, letter.date):
            yield rank, moment


def _about(moment, code, same):
    """Return (code, date) of the letter a line is about: one written before that was kept says it by its message, or its day."""
    if moment.letter is not None or moment.code[:2] != code[:2]:
        return moment.letter
    told = next(filter(None, (_date_of(name, file) for name, file in moment.files if file is not None)), None)
    if told is not None:
        return code, told
    before = [item.date for item in same if item.recu <= clock.paris(moment.at).date()]
    return (code, before[-1]) if before else None


def _date_of(name, file):
    """Return the date that the message of an XML file bears, None for anything else."""
    if not name.lower().endswith(".xml"):
        return None
    try:
        return getattr(codec.parse(file.data).message, "date_courrier", None)
    except Refused:
        return None
