"""Invitations that leave by post, for who answered on paper. Values in, findings out."""

from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock


LINES = (2, 8)
MOST = 500
TRACKING = 60


def address(text):
    """Return a postal address as typed, line by line, without what is empty; Refused ``invites.adresse``."""
    lines = [" ".join(line.split()) for line in str(text or "").splitlines()]
    lines = [line for line in lines if line]
    found = "\n".join(lines)
    if not LINES[0] <= len(lines) <= LINES[1] or len(found) > MOST:
        raise Refused(
            "invites.adresse",
            f"L’adresse postale a {len(lines)} ligne{'s' if len(lines) > 1 else ''} et {len(found)} signes : écrivez-la sur "
            f"{LINES[0]} à {LINES[1]} lignes, {MOST} signes au plus, le nom d’abord, le code postal et la ville à la fin.",
            found[:40],
        )
    return found


def check_ways(name, email, postal):
    """Refuse (``invites.voie``) to invite who can be written to nowhere."""
    if not str(email or "").strip() and not str(postal or "").strip():
        raise Refused(
            "invites.voie",
            f"{name} a répondu sur papier et n’a pas d’adresse électronique : donnez son adresse postale, "
            "l’invitation partira par la poste.",
            name,
        )


def day(text, published, now):
    """Return the day a letter was posted (``2026-03-12`` typed; today without any); Refused ``moment.forme``, ``invites.date``."""
    text = str(text or "").strip()
    noon = f"{text}T12:00" if "-" in text else f"{text} 12:00"
    found = clock.paris(typing.moment(noon) if text else now).date()
    if not clock.paris(published).date() <= found <= clock.paris(now).date():
        raise Refused(
            "invites.date",
            f"Une invitation ne part pas le {found:%d/%m/%Y} : entre la publication "
            f"({clock.paris(published):%d/%m/%Y}) et aujourd’hui.",
            text,
        )
    return found


def is_due(sent, written, changes):
    """Tell whether a letter must be posted: none was noted since the invitation was ready, or since the last change.

    ``sent``: when the invitation was ready; ``written``: when a dispatch was noted, or None; ``changes``: instants of what
    its company must be told since.
    """
    return written is None or any(instant > written for instant in (sent, *changes))


def short_findings(row, posted, deadline, urgent=False, urgent_reason=""):
    """Return what to say of an invitation posted at ``posted`` (aware): it leaves less time than the law owes (advice)."""
    found = procedures.time_findings(row.id, posted, deadline, urgent, urgent_reason, row=row)
    if not any(finding.code == "delai.minimum" for finding in found):
        return []
    return [
        Missing(
            "invites.delai",
            f"Postée le {clock.paris(posted):%d/%m/%Y}, cette invitation laisse moins que le délai dû à un invité : "
            "rectifiez la date limite, pour tous.",
            level=ADVICE,
            source=row.source,
        )
    ]
