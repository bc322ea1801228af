"""The history of an act: one line for each thing that happened to it, never changed afterwards."""

from megalis.portal.actes.content import Moment
from megalis.portal.kernel import clock


def remember(acte, words, code="", by="", files=(), when=None, signatures=(), letter=None):
    """Add a line to the history of an act, in the state it is in."""
    acte.history.append(Moment(when or clock.now(), acte.etat, words, code, by, files, signatures, letter))
