"""Looking for viruses in what the platform can read: off until the operator names a clamd, done by the worker, shown to people.

Results are kept by the SHA-256 of the content: a file met twice is looked at once. What was not looked at is never called
clean, and nothing is refused or removed: a person decides.
"""

from datetime import timedelta
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import settings
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.transports import clamd
from zope.component.hooks import getSite
from zope.interface import implementer


SCANS = "antivirus"
HANDLER = "antivirus"
UNSCANNED, WAITING = "non-analyse", "en-attente"
BADGES = {
    UNSCANNED: ("", "Non analysé"),
    WAITING: ("run", "Analyse en attente"),
    clamd.CLEAN: ("ok", "Sain"),
    clamd.INFECTED: ("bad", "Infecté"),
    clamd.UNAVAILABLE: ("soon", "Antivirus indisponible"),
    clamd.TOO_LARGE: ("soon", "Trop gros pour l’antivirus"),
}
DELAYS = (60, 600, 3600, 6 * 3600)  # seconds before the next try, while clamd is away


def is_on():
    """Tell whether the operator configured an antivirus."""
    return bool(settings.clamd_address())


def ask(blob, sha256, again=False):
    """Queue the scan of a Blob of this SHA-256 (hex); tell whether it was queued.

    Nothing is queued while the antivirus is off, nor for a content that was found clean or infected, unless ``again``.
    """
    if not is_on() or not sha256:
        return False
    known = found(sha256)["state"]
    if known == WAITING or (known in (clamd.CLEAN, clamd.INFECTED) and not again):
        return False
    _keep(sha256, WAITING)
    outbox.queue(HANDLER, {"sha256": sha256, "blob": blob, "try": 0}, about=sha256)
    return True


def found(sha256):
    """Return ``{"state", "detail", "at"}`` of a content: non-analyse, en-attente, sain, infecte, indisponible, trop-gros."""
    kept = facts(getSite(), SCANS)
    return (kept.get(sha256) if kept is not None and sha256 else None) or {"state": UNSCANNED, "detail": "", "at": None}


def badge(sha256):
    """Return ``(kind of badge, words)`` of a content."""
    known = found(sha256)
    kind, words = BADGES[known["state"]]
    return kind, f"{words} : {known['detail']}" if known["state"] == clamd.INFECTED else words


def virus(sha256):
    """Return the name of the virus that was found in a content, ""."""
    known = found(sha256)
    return known["detail"] or "virus" if known["state"] == clamd.INFECTED else ""


def _keep(sha256, state, detail=""):
    facts_for_write(getSite(), SCANS)[sha256] = {"state": state, "detail": detail, "at": clock.now()}


def counts(site):
    """Return ``{state: count}`` of all that was looked at or waits."""
    totals = {}
    for known in (facts(site, SCANS) or {}).values():
        totals[known["state"]] = totals.get(known["state"], 0) + 1
    return totals


@implementer(outbox.IOutboxHandler)
class Handler:
    """The worker's part; a clamd that is away is asked again later, and the state says so meanwhile."""

    def send(self, site, message):
        payload = message.payload
        address = settings.clamd_address()
        if not address:
            _keep(payload["sha256"], UNSCANNED)
            payload["blob"] = None
            return
        with payload["blob"].open("r") as stream:
            verdict = clamd.scan(stream, address)
        _keep(payload["sha256"], verdict.state, verdict.detail)
        if verdict.state == clamd.UNAVAILABLE and payload["try"] < len(DELAYS):
            again = {"sha256": payload["sha256"], "blob": payload["blob"], "try": payload["try"] + 1}
            later = outbox.queue(HANDLER, again, about=payload["sha256"])
            later.next_try = clock.now() + timedelta(seconds=DELAYS[payload["try"]])
        payload["blob"] = None
