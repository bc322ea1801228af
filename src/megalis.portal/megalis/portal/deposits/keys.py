"""The key room of a collectivité: public keys, who holds them, and the proof that each still opens.

The platform only ever sees the public half. A key is proved at its registration, and again by drills: 32 random bytes
sealed to it, opened by its holder, compared by their hash. Registering, proving and revoking are public events of the
journal, so that a substituted key shows.
"""

from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from megalis.portal.deposits import rules
from megalis.portal.deposits.interfaces import IKeyProved
from megalis.portal.deposits.interfaces import IKeyRevoked
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.keys import fingerprint
from megalis.portal.sealing.keys import seal_challenge
from persistent import Persistent
from plone.uuid.interfaces import IUUID
from zope.component.hooks import getSite
from zope.event import notify
from zope.interface import implementer
from zope.interface.interfaces import ObjectEvent

import secrets


KEYS = "cles"
CHALLENGE_LIFE = timedelta(minutes=5)


@implementer(IKeyProved)
class KeyProved(ObjectEvent):
    """See IKeyProved."""

    def __init__(self, collectivite, key, first):
        super().__init__(collectivite)
        self.key = key
        self.first = first


@implementer(IKeyRevoked)
class KeyRevoked(ObjectEvent):
    """See IKeyRevoked."""

    def __init__(self, collectivite, key):
        super().__init__(collectivite)
        self.key = key


class Key(Persistent):
    """One public key of a collectivité; ``last_drill`` is None until its holder has opened a first challenge.

    ``lost`` is "" or the kind of the incident (``custody.rules.INCIDENTS``) by which its holder can no more answer for it;
    ``warned`` the warnings of its expiry already sent, in days before it.
    """

    lost = ""
    warned = ()

    def __init__(self, recipient, role, holder, holder_name, created):
        self.id = uuidhex()
        self.recipient = recipient
        self.fingerprint = fingerprint(recipient)
        self.role = role
        self.holder = holder
        self.holder_name = holder_name
        self.created = created
        self.last_drill = None
        self.revoked = None
        self.revoked_reason = ""
        self.challenge = None  # (SHA-256 of the secret, instant after which it is void)

    @property
    def active(self):
        return self.revoked is None and self.last_drill is not None

    @property
    def expires(self):
        """The instant from which no consultation is sealed to it any more; what was sealed before stays readable."""
        return self.created + rules.KEY_VALIDITY


def all_keys(collectivite):
    """Return every key the collectivité ever registered and proved, oldest first, and those awaiting proof."""
    kept = facts(collectivite, KEYS)
    return sorted(kept.values() if kept is not None else (), key=lambda key: key.created)


def active_keys(collectivite):
    """Return the keys a consultation published now would be sealed to, titulaires first: proved, neither revoked nor expired."""
    now = clock.now()
    found = [key for key in all_keys(collectivite) if key.active and now < key.expires]
    return sorted(found, key=lambda key: (rules.ROLES.index(key.role), key.created))


def get_key(collectivite, key_id):
    """Return the Key; Refusal 404 when there is none."""
    kept = facts(collectivite, KEYS)
    key = kept.get(str(key_id)) if kept is not None else None
    if key is None:
        raise Refusal("cle-inconnue", "Cette clé n’existe pas dans votre collectivité.", 404)
    return key


def register(collectivite, recipient, role, holder, holder_name):
    """Register a public key (recipient string), not usable before its holder proves it; return ``(Key, challenge)``."""
    if role not in rules.ROLES:
        raise Refusal("role", f"Rôle de clé inconnu : « {role} ». Choisissez titulaire, suppléant ou secours.")
    if not isinstance(recipient, str) or len(recipient) > 8192:
        raise Refusal("cle", "Clé publique absente ou trop longue.")
    try:
        print_ = fingerprint(recipient)
        key = Key(recipient, role, holder, holder_name, clock.now())
        challenge = challenge_for(key)
    except SealingError as error:
        raise Refusal("cle", f"Clé publique refusée : {error}") from error
    for known in all_keys(collectivite):
        if known.fingerprint == print_ and known.lost:
            told = "Cette clé a été déclarée perdue ou volée : elle ne peut plus entrer en service. Créez-en une autre."
            raise Refusal("cle-revoquee", told, 409)
        if known.fingerprint == print_ and known.revoked is None:
            if known.last_drill is None and known.holder == holder:
                del facts_for_write(collectivite, KEYS)[known.id]
            else:
                raise Refusal("cle-double", "Cette clé est déjà enregistrée dans votre collectivité.", 409)
    facts_for_write(collectivite, KEYS)[key.id] = key
    return key, challenge


def challenge_for(key):
    """Seal a fresh secret to the key and remember its hash for five minutes; return the age file (bytes)."""
    value = secrets.token_bytes(32)
    sealed = seal_challenge(key.recipient, value)
    key.challenge = (sha256(value).digest(), clock.now() + CHALLENGE_LIFE)
    return sealed


def prove(collectivite, key, answer, userid):
    """Check the 32 bytes that the holder's key opened; the key becomes active, or its drill is renewed.

    A challenge serves once, by the holder, within five minutes: also a wrong answer uses it up, which the caller commits
    with the refusal. Raises Refusal.
    """
    if key.revoked is not None:
        raise Refusal("cle-revoquee", "Cette clé a été révoquée : elle ne peut plus servir.", 409)
    if key.holder != userid:
        raise Refusal("porteur", "Seul le porteur de cette clé peut faire l’exercice.", 403)
    challenge, key.challenge = key.challenge, None
    if challenge is None or clock.now() > challenge[1]:
        raise Refusal("defi", "L’exercice a expiré (cinq minutes) : recommencez-le.", 409)
    if not compare_digest(sha256(answer).digest(), challenge[0]):
        raise Refusal("defi-faux", "La réponse ne correspond pas : ce n’est pas la bonne clé, ou le fichier est abîmé.")
    first = key.last_drill is None
    key.last_drill = clock.now()
    event = {
        "type": "cle" if first else "exercice",
        "collectivite": IUUID(collectivite),
        "cle": key.id,
        "empreinte": key.fingerprint,
        "role": key.role,
    }
    if first:
        event["destinataire"] = key.recipient
    journal.record(collectivite, event, public=True)
    notify(KeyProved(collectivite, key, first))


def inscription(collectivite, key):
    """Return what proves to a stranger that the key stands in the journal (see ``ledger.listed``).

    Its leaf is merged here and now when the sequencer has not passed yet: a consultation is published with its proofs.
    """
    site = getSite()
    told = (entry for entry in journal.entries(collectivite, "cle") if entry[1]["cle"] == key.id)
    entry_id, event, sel = next(told)
    while journal.place(site, entry_id) is None and journal.merge(site):
        pass
    return {"evenement": event, "sel": sel.hex(), "preuve": journal.proof(site, entry_id)}


def revoke(collectivite, key, reason):
    """Put a key out of use for later consultations; what was sealed to it stays readable by it. Raises Refusal."""
    if not reason or not reason.strip():
        raise Refusal("motif", "Donnez le motif de la révocation : il figure au journal.")
    if key.revoked is not None:
        return
    key.revoked = clock.now()
    key.revoked_reason = reason.strip()[:500]
    event = {
        "type": "cle-revoquee",
        "collectivite": IUUID(collectivite),
        "cle": key.id,
        "empreinte": key.fingerprint,
        "role": key.role,
    }
    journal.record(collectivite, event, public=True)
    notify(KeyRevoked(collectivite, key))


def holder_left(collectivite, userid):
    """Revoke the keys of an agent who left the collectivité or its key holders."""
    for key in all_keys(collectivite):
        if key.holder == userid and key.revoked is None:
            revoke(collectivite, key, "Le porteur n’est plus porteur de clé dans la collectivité.")
