"""Which reminder a date calls for on a given morning, and who wants it; pure functions."""

from dataclasses import dataclass
from datetime import timedelta
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.tracking import rules
from megalis.portal.kernel import clock


WEEK, DAY, PASSED, ENDED = "j-7", "j-1", "passee", "suspension"
STEPS = {
    WEEK: "Sept jours avant une date",
    DAY: "La veille et le jour même",
    PASSED: "Quand la date limite est passée",
    ENDED: "Quand le délai de suspension est fini",
}
ALL, MINE, NONE = "toutes", "miennes", "aucun"
SCOPES = {
    ALL: "De toutes les consultations de mes collectivités",
    MINE: "De celles que je prépare seulement",
    NONE: "Aucun rappel",
}
HOUR = 7  # of Paris
STALE = timedelta(days=4)  # what passed longer ago is no news: the platform was stopped, or has just been installed
# who needs to know of a date, by role; a key holder only when bids are to be opened
ROLES = {
    rules.QUESTIONS: ("acheteurs", "valideurs"),
    rules.DEADLINE: ("acheteurs", "valideurs", "porteurs"),
    rules.OPENING: ("acheteurs", "valideurs", "porteurs"),
    rules.STANDSTILL: ("acheteurs", "valideurs"),
    rules.NOTICE: ("acheteurs", "valideurs"),
    rules.DECP: ("acheteurs", "valideurs"),
}
ONLY_ENDS = (rules.STANDSTILL,)  # nothing is to be done before


@dataclass(frozen=True)
class Choice:
    """What an agent wants to be reminded of."""

    scope: str = ALL
    steps: tuple = tuple(STEPS)

    def wants(self, step, mine):
        """Tell whether he wants this step of a consultation, ``mine`` when he prepares it."""
        return step in self.steps and (self.scope == ALL or (self.scope == MINE and mine))


def moments(state, deadline, milestones):
    """Return the Dues to be reminded of: those of the board, and the deadline once it is past."""
    found = rules.dues(state, deadline, milestones)
    if state == phase.CLOSE and deadline is not None:
        found = (rules.Due(rules.DEADLINE, deadline), *found)
    return found


def step_of(due, now):
    """Return the step that a Due has reached on the morning of ``now``, or None."""
    if due.at <= now:
        if now - due.at > STALE:
            return None
        return ENDED if due.kind == rules.STANDSTILL else PASSED if due.kind != rules.QUESTIONS else None
    if due.kind in ONLY_ENDS:
        return None
    days = (clock.paris(due.at).date() - clock.paris(now).date()).days
    return DAY if days <= 1 else WEEK if days <= 7 else None


def sentence(due, step, now):
    """Return what a reminder says: ``Remise des plis demain, mardi 16 mars 2026, 12:00``."""
    when = clock.french(due.at)
    if step == ENDED:
        return f"Le délai de suspension est fini depuis le {when} : le marché peut être notifié"
    if step == PASSED:
        words = {
            rules.DEADLINE: f"La date limite est passée, {when} : les plis sont à ouvrir",
            rules.OPENING: f"L’ouverture était prévue le {when}, les plis attendent",
            rules.NOTICE: f"L’avis d’attribution était à envoyer avant le {when}",
            rules.DECP: f"Les données essentielles étaient à publier avant le {when}",
        }
        return words[due.kind]
    days = (clock.paris(due.at).date() - clock.paris(now).date()).days
    near = {0: "aujourd’hui", 1: "demain"}.get(days, f"dans {days} jours")
    return f"{due.label} {near}, {when}"


def turn(now):
    """Return the day (date of Paris) whose reminders are due at ``now``: today from seven o'clock, else yesterday."""
    local = clock.paris(now)
    return local.date() if local.hour >= HOUR else local.date() - timedelta(days=1)


def subject(entries):
    """Return the subject of a morning's mail about ``entries`` (dicts ``title``, ``sentence``)."""
    if len(entries) == 1:
        return f"{entries[0]['sentence'].split(',')[0]} : {entries[0]['title']}"
    return f"{len(entries)} dates à suivre ce matin"
