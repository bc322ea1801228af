"""Warnings months ahead: a key that expires is told to its holder by mail at 90, 30 and 7 days, and stays on his dashboard."""

from datetime import timedelta
from megalis.portal.deposits import keys
from megalis.portal.deposits import rules as deposit_rules
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.custody import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.interfaces import Task
from megalis.portal.organisations import people
from megalis.portal.theme import mail
from megalis.portal.theme import words


EVERY = timedelta(hours=1)

EXPIRES = """
Votre clé ({role}, {fingerprint}) expire le {day} : plus aucune consultation ne sera scellée pour elle à partir de ce jour. Elle
ouvrira toujours les plis scellés avant ; gardez-la jusqu’à leur ouverture.

Créez la clé qui lui succède et prouvez-la : la plateforme s’en servira pour les consultations suivantes.

-> {url} Ouvrir la salle des clés
"""


class _Hourly:
    """Tells when an hour went by; kept in memory, as a restart may well look once more."""

    def __init__(self):
        self.last = None

    def due(self, now):
        if self.last is not None and timedelta() <= now - self.last < EVERY:
            return False
        self.last = now
        return True


_hourly = _Hourly()


def tick(event):
    """Once an hour, warn the holders of the keys that expire (IWorkerTick)."""
    if not event.leisure or not _hourly.due(event.now):
        return
    for brain in event.site.portal_catalog.unrestrictedSearchResults(portal_type="Collectivite"):
        warn(brain._unrestrictedGetObject(), event.now)


def warn(collectivite, now):
    """Mail each warning that is due; return how many mails were queued."""
    sent = 0
    for key in keys.all_keys(collectivite):
        if not key.active:
            continue
        days = rules.warning_due(key.expires, now, key.warned)
        if days is None:
            continue
        key.warned = (*key.warned, days)
        person = people.get(key.holder)
        if person is not None and person.email:
            _mail(collectivite, key, person)
            sent += 1
    return sent


def _mail(collectivite, key, person):
    day = clock.french_date(key.expires, weekday=False)
    text, html = mail.render(
        EXPIRES,
        role=deposit_rules.ROLE_LABELS[key.role].lower(),
        fingerprint=key.fingerprint[:16],
        day=day,
        url=f"{collectivite.absolute_url()}/@@cles",
    )
    subject = mail.flat(f"Votre clé expire le {day}")
    outbox.queue_mail(person.email, subject, text, html, sender_name=mail.flat(collectivite.title), about=key.id)


class AgentTasks:
    """Named adapter of (person, request): keys that expire, bids that have no margin left."""

    def __init__(self, person, request):
        self.person = person
        self.request = request

    def __call__(self):
        now = clock.now()
        found = []
        for collectivite in self.person.collectivites:
            roles = self.person.roles_in(collectivite)
            if "porteurs" in roles:
                found += self._expiring(collectivite, now)
            if {"porteurs", "administrateurs"} & set(roles):
                found += self._margins(collectivite, now)
        return found

    def _expiring(self, collectivite, now):
        address = f"{collectivite.absolute_url()}/@@cles"
        for key in keys.active_keys(collectivite):
            left = key.expires - now
            if key.holder == self.person.userid and left <= timedelta(days=rules.WARNINGS[0]):
                level = "do" if left <= timedelta(days=rules.WARNINGS[1]) else "soon"
                label = deposit_rules.ROLE_LABELS[key.role].lower()
                yield Task(f"Créer la clé qui succède à votre clé ({label})", address, key.expires, level, "Clés")

    def _margins(self, collectivite, now):
        thin = [held for held in coverage.alive(collectivite, now) if (held.coverage.margin or 0) <= 0]
        thin = [held for held in thin if held.coverage.margin is not None]
        if thin:
            some = words.plural(len(thin), "consultation", "consultations")
            title = f"Une seule clé, ou aucune, ouvre les plis de {some}"
            yield Task(title, f"{collectivite.absolute_url()}/@@cles", None, "do", "Clés", "Voir la marge")
