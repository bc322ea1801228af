"""What came with a letter of the préfecture: an act may have several of one kind, told apart by their dates."""

from BTrees.OOBTree import OOBTree
from megalis.portal.actes import registre as registres
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


def arrived(acte, letter):
    """Note that a letter (code, date) waits for the software of the collectivité."""
    registre = registres.around(acte)
    if registre.unread is None:
        registre.unread = OOBTree()
    kept = registre.unread.get(acte.getId(), ())
    registre.unread[acte.getId()] = (*(item for item in kept if item != letter), letter)


def mark_read(acte, letter):
    """Note that it waits no longer: it was marked as read, or answered."""
    unread = registres.around(acte).unread
    kept = tuple(item for item in (unread or {}).get(acte.getId(), ()) if item != letter)
    if kept:
        unread[acte.getId()] = kept
    elif unread is not None:
        unread.pop(acte.getId(), None)


def unread(registre):
    """Yield (act, rank of the letter, Courrier) of the letters of a register that wait for its software."""
    for name, kept in (registre.unread or {}).items():
        acte = registre[name]
        for rank, item in enumerate(acte.dossier.courriers):
            if (item.code, item.date) in kept:
                yield acte, rank, item


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
