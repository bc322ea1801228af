"""Rules of the custody of keys as pure functions: what a key is worth, what margin bids have, when to warn, whom to tell."""

from dataclasses import dataclass
from datetime import datetime
from datetime import time
from datetime import timedelta
from megalis.portal.deposits import rules
from megalis.portal.kernel import clock


WARNINGS = (90, 30, 7)  # days before a key expires
BATCH = 50  # plis relayed in one request

PROVED, STALE, EXPIRED, ABSENT, LOST, REVOKED, UNPROVED = (
    "prouvee", "ancienne", "perimee", "partie", "perdue", "revoquee", "a-prouver",
)  # fmt: skip
BADGES = {
    PROVED: ("ok", "Prouvée"),
    STALE: ("soon", "Exercice à refaire"),
    EXPIRED: ("soon", "Expirée"),
    ABSENT: ("bad", "Porteur parti"),
    LOST: ("bad", "Perdue"),
    REVOKED: ("bad", "Révoquée"),
    UNPROVED: ("draft", "À prouver"),
}
OPENS = frozenset({PROVED, STALE, EXPIRED})


@dataclass(frozen=True)
class KeyFacts:
    """What a key is known by: ``role``, instants (aware, or None), ``lost`` (kind of the incident or ""), ``held``: its
    holder still is one in the collectivité."""

    role: str
    created: datetime
    last_drill: datetime | None
    revoked: datetime | None = None
    lost: str = ""
    held: bool = True

    @property
    def expires(self):
        return self.created + rules.KEY_VALIDITY


INCIDENTS = {
    "perdue": ("Perdue", "Le fichier et la feuille sont introuvables : la clé n’ouvre plus rien."),
    "oubliee": (
        "Phrase secrète oubliée",
        "Le fichier est là, sa phrase secrète ne l’est plus : la clé n’ouvre plus rien.",
    ),
    "volee": ("Volée, sans copie", "Le support a disparu dans d’autres mains et il n’en reste aucune copie."),
    "exposee": (
        "Copiée par un tiers",
        "Une autre personne a pu en prendre copie, mais le porteur peut toujours ouvrir avec elle.",
    ),
}
GONE = frozenset(INCIDENTS) - {"exposee"}


def condition(key, now):
    """Return what the key is worth for opening bids at ``now``: one of the states above.

    A revoked key still opens what was sealed to it, as long as its holder has it; one whose holder left opens nothing,
    unless it is that of the safe, which any holder may take out.
    """
    if key.last_drill is None:
        return UNPROVED
    if key.lost in GONE:
        return LOST
    if not key.held and key.role != "secours":
        return ABSENT
    if now >= key.expires:
        return EXPIRED
    return PROVED if rules.drill_is_fresh(key.last_drill, now) else STALE


def shown(key, now):
    """Return the badge of a key in the key room: a revocation comes first, unless the key is lost."""
    state = condition(key, now)
    return BADGES[REVOKED if key.revoked is not None and state != LOST else state]


@dataclass(frozen=True)
class Coverage:
    """Which keys open the bids of a consultation.

    ``states`` maps each key's fingerprint to its state; ``bids`` is a tuple of frozensets, one a bid that stands, of the
    fingerprints that open it; ``sealing`` those that bids to come are sealed to, None once nothing comes any more.
    """

    states: dict
    bids: tuple = ()
    sealing: frozenset | None = None

    def usable(self, fingerprints, states=OPENS):
        return {print_ for print_ in fingerprints if self.states.get(print_) in states}

    @property
    def groups(self):
        """The sets of keys to judge by: those of each bid, and of the bids to come."""
        return self.bids if self.sealing is None else (*self.bids, self.sealing)

    @property
    def margin(self):
        """How many keys may still be lost before a bid cannot be opened; -1 when one cannot be opened already.

        None when there is nothing to open and nothing comes.
        """
        return self._margin(OPENS)

    @property
    def proved_margin(self):
        """The same, counting only keys that opened a test envelope in the last 60 days."""
        return self._margin({PROVED})

    def _margin(self, worth):
        return min((len(self.usable(group, worth)) for group in self.groups), default=0) - 1 if self.groups else None

    @property
    def dead(self):
        """The number of bids that no key opens any more."""
        return sum(not self.usable(group) for group in self.bids)

    def opened_by(self, fingerprint):
        """Return how many bids this key opens."""
        return sum(fingerprint in group for group in self.bids)


def margin_words(margin):
    """Return ``(kind of badge, words)`` for a margin."""
    if margin is None:
        return "", "Aucun pli à ouvrir"
    if margin < 0:
        return "bad", "Aucune clé n’ouvre"
    if margin == 0:
        return "bad", "Aucune marge : une seule clé"
    if margin == 1:
        return "ok", "1 clé peut manquer"
    return "ok", f"{margin} clés peuvent manquer"


def warning_due(expires, now, told):
    """Return the number of days of the warning to send now (90, 30 or 7), or None.

    ``told`` are those already sent. What is overdue is told once, by the nearest: a site that slept sends one mail.
    """
    if now >= expires:
        return None
    reached = [days for days in WARNINGS if expires - now <= timedelta(days=days)]
    if not reached or min(reached) in told:
        return None
    return min(reached)


def asked_again(deadline, now):
    """Tell whether who deposited a bid that no key opens can still deposit anew."""
    return now < deadline


def noticed(text, now):
    """Return the aware UTC instant that stands for an ISO day (``2026-03-16``): noon in Paris, ``now`` when it is today and
    noon is still to come; None when the text is no day."""
    try:
        day = datetime.fromisoformat(text or "").date()
    except (TypeError, ValueError):
        return None
    noon = datetime.combine(day, time(12), clock.PARIS).astimezone(clock.UTC)
    return min(noon, now) if day == clock.paris(now).date() else noon
