"""The services of the portal and their state: one readable line each in the registry, one small value here."""

from dataclasses import dataclass
from datetime import date


STATES = {
    "ouvert": ("ok", "En service"),
    "ralenti": ("soon", "Ralenti"),
    "arrêté": ("bad", "Arrêté"),
    "annoncé": ("draft", "Annoncé"),
}


@dataclass(frozen=True)
class Service:
    """One service: ``state`` is a key of STATES, ``day`` a date or None, ``note`` a sentence or ""."""

    name: str
    state: str
    day: date | None = None
    note: str = ""

    @property
    def badge(self):
        """(kind, words) of the badge; an announced service says when."""
        kind, words = STATES[self.state]
        if self.state == "annoncé" and self.day:
            return kind, f"Annoncé pour le {self.day:%d/%m/%Y}"
        return kind, words


def parse(line):
    """Return the Service of ``name | state | date | note``; ValueError says what is wrong and how to write it."""
    parts = [part.strip() for part in line.split("|")]
    if not 2 <= len(parts) <= 4 or not parts[0]:
        raise ValueError(f"« {line} » : écrivez « nom | état | date | explication ».")
    name, state, day, note = (*parts, "", "")[:4]
    if state not in STATES:
        raise ValueError(f"« {state} » n’est pas un état connu : choisissez {', '.join(STATES)}.")
    try:
        when = date.fromisoformat(day) if day else None
    except ValueError:
        raise ValueError(f"« {day} » n’est pas une date : écrivez-la comme 2027-01-15.") from None
    return Service(name, state, when, note)


def parse_all(lines):
    """Return the Services of ``lines``, leaving out those that cannot be read."""
    found = []
    for line in lines or ():
        try:
            found.append(parse(line))
        except ValueError:
            continue
    return found
