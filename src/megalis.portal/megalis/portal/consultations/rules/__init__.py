"""Rules of public procurement as pure functions: values in, findings out, no site needed.

Articles quoted are those of the Code de la commande publique (CCP) unless said otherwise.
"""

from dataclasses import dataclass


BLOCKING = "blocking"
ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that forbids an action (``blocking``) or deserves a look (``advice``).

    ``code`` is stable and for programs; ``message`` is French: value, rule, remedy; ``target`` names the page that
    mends it, relative to the consultation (``@@modifier?etape=dates``), or ''; ``source`` is the text of law, or ''.
    """

    code: str
    message: str
    target: str = ""
    level: str = BLOCKING
    source: str = ""


def blocking(findings):
    """Return those of the findings that forbid the action."""
    return [finding for finding in findings if finding.level == BLOCKING]
