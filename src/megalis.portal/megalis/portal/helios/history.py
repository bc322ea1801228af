"""The history of a flow: one line for each thing that happened to it, never changed afterwards."""

from megalis.portal.helios.content import Moment
from megalis.portal.kernel import clock


def remember(flux, words, by="", files=(), when=None):
    """Add a line to the history of a flow, in the state it is in."""
    flux.history.append(Moment(when or clock.now(), flux.etat, words, by, files))
