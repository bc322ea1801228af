"""API keys of a collectivité: made by its administrator, shown once, kept as a hash, with what they may do and until when."""

from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import facts
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from plone import api
from plone.uuid.interfaces import IUUID
from zope.component.hooks import getSite

import hashlib
import hmac
import re
import secrets


NAME = "cles-interface"  # of the site: id of the key -> Key
READ, WRITE = "lecture", "ecriture"
SCOPES = {READ: "Lire les registres et les résultats", WRITE: "Envoyer des consultations et leurs pièces"}
LIVES = {90: "3 mois", 365: "1 an", 730: "2 ans"}  # days
MOST = 20  # of a collectivité, revoked ones aside
RATE = 240  # demands a minute
PREFIX = "mgk"
NOTED = timedelta(hours=1)  # between two notes of the last use
TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{32}})_([A-Za-z0-9_-]{{43}})", re.ASCII)

_windows = {}


class Key(Persistent):
    """A key. ``hash`` is the SHA-256 of its secret, 256 random bits: nothing to guess, nothing to slow down."""

    last_used = None
    revoked = None
    revoked_by = ""

    def __init__(self, collectivite, title, scopes, days, by, digest):
        self.id = uuidhex()
        self.collectivite = collectivite
        self.title = title
        self.scopes = scopes
        self.created = clock.now()
        self.expires = self.created + timedelta(days=days)
        self.by = by
        self.hash = digest

    def state(self, now=None):
        """Return ``active``, ``expiree`` or ``revoquee``."""
        if self.revoked is not None:
            return "revoquee"
        return "active" if (now or clock.now()) < self.expires else "expiree"


def _hash(secret):
    return hashlib.sha256(secret.encode()).digest()


def of(collectivite):
    """Return the keys of a collectivité, newest first."""
    uid = IUUID(collectivite)
    kept = facts.facts(getSite(), NAME)
    found = [key for key in kept.values() if key.collectivite == uid] if kept is not None else []
    return sorted(found, key=lambda key: key.created, reverse=True)


def make(collectivite, title, scopes, days, by):
    """Return ``(Key, token)``; the token is told here and never again. Refused ``cle.nom|portee|duree|nombre``."""
    title = " ".join(str(title or "").split())
    if not 0 < len(title) <= 80:
        raise Refused("cle.nom", "Donnez à la clé le nom du logiciel qui s’en servira, 80 signes au plus.", title)
    scopes = tuple(scope for scope in SCOPES if scope in scopes)
    if not scopes:
        raise Refused("cle.portee", "Cochez ce que la clé permet : lire, envoyer, ou les deux.")
    if days not in LIVES:
        raise Refused("cle.duree", f"Choisissez la durée parmi {', '.join(LIVES.values())}.", days)
    if sum(key.state() == "active" for key in of(collectivite)) >= MOST:
        raise Refused("cle.nombre", f"{MOST} clés sont actives : révoquez celles qui ne servent plus.")
    secret = secrets.token_urlsafe(32)
    key = Key(IUUID(collectivite), title, scopes, days, by, _hash(secret))
    facts.facts_for_write(getSite(), NAME)[key.id] = key
    _tell(collectivite, key, "creation", by)
    return key, f"{PREFIX}_{key.id}_{secret}"


def revoke(collectivite, key_id, by):
    """Revoke a key for good; return it. Refused ``cle.inconnue``. Revoked twice, it is revoked once."""
    kept = facts.facts(getSite(), NAME)
    key = kept.get(key_id) if kept is not None and is_uuidhex(key_id) else None
    if key is None or key.collectivite != IUUID(collectivite):
        raise Refused("cle.inconnue", "Cette clé n’est pas de cette collectivité : rechargez la page.")
    if key.revoked is None:
        key.revoked = clock.now()
        key.revoked_by = by
        _tell(collectivite, key, "revocation", by)
    return key


def _tell(collectivite, key, fact, by):
    event = {
        "type": "cle-interface",
        "organisme": collectivite.identifier,
        "cle": key.id,
        "nom": key.title,
        "portees": list(key.scopes),
        "fait": fact,
        "par": by,
    }
    journal.record(collectivite, event)


def is_suspended(collectivite):
    """Tell whether the operator suspended a collectivité: its software waits with its agents."""
    return api.content.get_state(collectivite, default="active") == "suspendue"


def by_token(token):
    """Return the active Key of a token, or None: a wrong one, an expired one and a revoked one look the same."""
    found = TOKEN.fullmatch(token) if isinstance(token, str) else None
    kept = facts.facts(getSite(), NAME)
    key = kept.get(found[1]) if found and kept is not None else None
    if key is None or not hmac.compare_digest(key.hash, _hash(found[2])) or key.state() != "active":
        return None
    return key


def note_use(key):
    """Keep the instant of the last use, an hour near: a program that asks every second writes once an hour."""
    now = clock.now()
    if key.last_used is None or now - key.last_used >= NOTED:
        key.last_used = now


def seconds_to_wait(key_id, now):
    """Count one demand; return 0, or the seconds to wait when RATE were served in this minute by this process."""
    minute = int(now.timestamp()) // 60
    start, count = _windows.get(key_id, (minute, 0))
    count = count + 1 if start == minute else 1
    if len(_windows) > 10_000:
        _windows.clear()
    _windows[key_id] = (minute, count)
    return 0 if count <= RATE else 60 - int(now.timestamp()) % 60
