"""The rules of notices compiled ahead of the first one: in a thread of each process, once it serves.

What is compiled by us stays on disk, what Saxon compiles stays in its child: a process that starts has only the second to do.
"""

from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms import validation
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from zope.component import adapter
from zope.processlifetime import IProcessStarting

import logging
import threading
import time


logger = logging.getLogger("megalis.notices")

SUBTYPES = ("16", "29")
PATIENCE = 20  # seconds left to the first visitors
WAITING, BUSY, READY, ABSENT, BROKEN = "attente", "en-cours", "pret", "absent", "panne"
WORDS = {
    WAITING: "Pas encore compilées dans ce processus",
    BUSY: "Compilation en cours",
    READY: "Compilées",
    ABSENT: "Aucun SDK eForms installé",
    BROKEN: "La compilation a échoué",
}
_state = {"state": WAITING, "at": None, "seconds": None, "error": "", "version": ""}


def state():
    """Return ``{state, at, seconds, error, version}`` of this process."""
    return dict(_state)


def prepare(subtypes=SUBTYPES):
    """Compile the rules of some subtypes; never raises: what went wrong is in ``state``."""
    started = time.monotonic()
    _state.update(state=BUSY, at=clock.now(), error="")
    try:
        sdk = sdks.choose()
        if sdk is None:
            _state.update(state=ABSENT)
            return
        _state.update(version=sdk.version)
        validation.prepare(subtypes)
    except Refused as refused:
        _state.update(state=BROKEN, error=refused.message)
        logger.warning("rules of notices: %s", refused.message)
    except Exception as error:  # a thread of comfort must not die silently
        _state.update(state=BROKEN, error=type(error).__name__)
        logger.exception("rules of notices")
    else:
        _state.update(state=READY, at=clock.now(), seconds=time.monotonic() - started)


@adapter(IProcessStarting)
def start(event):
    """Prepare later, in a thread of this process."""
    timer = threading.Timer(PATIENCE, prepare)
    timer.daemon = True
    timer.name = "megalis-notices"
    timer.start()
