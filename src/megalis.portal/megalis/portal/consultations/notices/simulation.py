"""The simulated services of publication, started in this process the first time something is sent to them."""

from megalis.portal.consultations.rules.thresholds import BOAMP
from megalis.portal.consultations.rules.thresholds import JOUE
from megalis.portal.kernel import settings
from megalis.portal.simulators.concentrateur import Concentrateur
from megalis.portal.simulators.ted import KEY
from megalis.portal.simulators.ted import Ted
from threading import Lock


KEY = KEY
PLAYED = {JOUE: ("ted", Ted), BOAMP: ("concentrateur", Concentrateur)}
_running = {}
_lock = Lock()


def service(support):
    """Return the running simulators.server.Service of a support."""
    with _lock:
        if support not in _running:
            name, kind = PLAYED[support]
            _running[support] = kind(file=settings.var() / "simulation" / f"{name}.json").start()
        return _running[support]


def stop():
    """End what was started."""
    with _lock:
        for running in _running.values():
            running.stop()
        _running.clear()
