"""What a pli is bound to: buyer, consultation, lot, envelope, depositor, deposit, recipients and deadline.

The SHA-256 of its canonical JSON stands in the age header, under the HMAC; the same object is repeated in the manifest.
An opener recomputes it from its own records: a pli moved to another lot, company or consultation is refused.
"""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import fields
from datetime import datetime
from datetime import UTC
from megalis.portal.formats import jcs
from megalis.portal.sealing.errors import ContextError

import hashlib
import re


VERSION = 1
PROFILE = "megalis"
ENVELOPES = ("candidature", "offre", "technique", "financiere")
MAX_RECIPIENTS = 20
RECIPIENT_TYPES = {"mlkem768x25519", "X25519", "ssh-rsa"}
MAX_CONTEXT = 64 * 1024

HEX64 = re.compile(r"[0-9a-f]{64}\Z")
_PATTERNS = {
    "acheteur": (re.compile(r"[0-9]{14}\Z"), "un SIRET de 14 chiffres"),
    "consultation": (re.compile(r"[0-9a-f]{32}\Z"), "un UUID de 32 chiffres hexadécimaux"),
    "version_dce": (HEX64, "un SHA-256 hexadécimal"),
    "deposant": (HEX64, "un SHA-256 hexadécimal"),
    "depot": (re.compile(r"[0-9a-f]{32}\Z"), "un UUID de 32 chiffres hexadécimaux"),
    "echeance": (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", re.ASCII), "une date UTC « AAAA-MM-JJThh:mm:ssZ »"),
}
_LOT = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}\Z")


@dataclass(frozen=True, slots=True)
class Context:
    """A valid context; building one with a wrong field raises ContextError naming field, value and rule."""

    acheteur: str
    consultation: str
    version_dce: str
    lot: str | None
    enveloppe: str
    deposant: str
    depot: str
    recipients: tuple
    echeance: str
    v: int = VERSION
    profil: str = PROFILE

    def __post_init__(self):
        if self.v is True or self.v != VERSION or self.profil != PROFILE:
            raise ContextError(f"contexte de version inconnue : « {self.profil} » {self.v} ; attendu « megalis » 1")
        for name, (pattern, rule) in _PATTERNS.items():
            value = getattr(self, name)
            if not isinstance(value, str) or not pattern.match(value):
                raise ContextError(f"contexte, champ « {name} » : « {value} » n’est pas {rule}")
        if self.lot is not None and not (isinstance(self.lot, str) and _LOT.match(self.lot)):
            raise ContextError(f"contexte, champ « lot » : « {self.lot} » n’est pas un numéro de lot (texte) ni null")
        if self.enveloppe not in ENVELOPES:
            raise ContextError(
                f"contexte, champ « enveloppe » : « {self.enveloppe} » ; possibles : {', '.join(ENVELOPES)}"
            )
        try:
            datetime.strptime(self.echeance, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise ContextError(
                f"contexte, champ « echeance » : « {self.echeance} » n’est pas une date réelle"
            ) from error
        object.__setattr__(self, "recipients", _fingerprints(self.recipients))

    @classmethod
    def from_dict(cls, value):
        """Return the Context of a JSON object that has exactly the fields of the format."""
        if not isinstance(value, dict):
            raise ContextError("le contexte n’est pas un objet JSON")
        names = {field.name for field in fields(cls)}
        if missing := sorted(names - set(value)):
            raise ContextError(f"contexte : champ(s) absent(s) : {', '.join(missing)}")
        if extra := sorted(str(name)[:40] for name in set(value) - names):
            raise ContextError(f"contexte : champ(s) inconnu(s) : {', '.join(extra)}")
        return cls(**value)

    def as_dict(self):
        """Return the JSON object, ready for jcs.dumps."""
        return {**asdict(self), "recipients": list(self.recipients)}

    @property
    def hash(self):
        """The 32 bytes of the context stanza."""
        return context_hash(self)

    @property
    def hexhash(self):
        """The same in hexadecimal, as receipts carry it."""
        return self.hash.hex()


def _fingerprints(value):
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_RECIPIENTS:
        raise ContextError(f"contexte, champ « recipients » : liste de 1 à {MAX_RECIPIENTS} empreintes attendue")
    if not all(isinstance(item, str) and HEX64.match(item) for item in value):
        raise ContextError("contexte, champ « recipients » : chaque empreinte est un SHA-256 hexadécimal")
    if len(set(value)) != len(value):
        raise ContextError("contexte, champ « recipients » : empreinte répétée")
    return tuple(value)


def as_object(context):
    """Return the JSON object of a Context, or of a free context (any non-empty JSON object, for other profiles)."""
    if isinstance(context, Context):
        return context.as_dict()
    if not isinstance(context, dict) or not context:
        raise ContextError("le contexte n’est pas un objet JSON non vide")
    return context


def context_hash(context):
    """Return SHA-256(JCS(context)), 32 bytes, of a Context or a JSON object."""
    try:
        data = jcs.dumps(as_object(context))
    except jcs.CanonicalError as error:
        raise ContextError(f"contexte sans forme canonique : {error}") from error
    if len(data) > MAX_CONTEXT:
        raise ContextError(f"contexte de {len(data)} octets : {MAX_CONTEXT} au plus")
    return hashlib.sha256(data).digest()


def same(one, other):
    """Say whether two contexts (Context, JSON object or None) are the same object."""
    if one is None or other is None:
        return one is other
    return context_hash(one) == context_hash(other)


def load_context(data):
    """Return the object of the context file ``data`` (bytes): a Context when it is of our profile, else a free dict."""
    try:
        value = jcs.loads(data)
    except jcs.CanonicalError as error:
        raise ContextError(f"fichier de contexte illisible : {error}") from error
    context_hash(value)
    try:
        return Context.from_dict(value)
    except ContextError:
        return value


def bound_fingerprints(context):
    """Return the tuple of recipient fingerprints a context binds, or None for a free context that names none.

    A free context may use the word otherwise: only a list of fingerprints is taken for one.
    """
    if isinstance(context, Context):
        return context.recipients
    value = as_object(context).get("recipients")
    listed = isinstance(value, list | tuple) and bool(value)
    return _fingerprints(value) if listed and all(isinstance(one, str) and HEX64.match(one) for one in value) else None


def check_recipients(header, context, recipients=None, opened=None):
    """Refuse a header whose recipient stanzas differ in number, order or type from what ``context`` binds.

    ``recipients``: Recipient objects known to the caller, or None. ``opened``: (fingerprint, stanza index) of the key
    that opened the file, or None: it must stand at its own place in the context. Raises ContextError.
    """
    stanzas = header.stanzas[:-1]
    bound = bound_fingerprints(context)
    if bound is None:
        return
    if len(stanzas) != len(bound):
        raise ContextError(f"le pli a {len(stanzas)} destinataire(s), son contexte en nomme {len(bound)}")
    if unknown := sorted({stanza.type for stanza in stanzas} - RECIPIENT_TYPES):
        raise ContextError(f"le pli a un destinataire d’un type qui n’est pas admis : {unknown[0][:40]}")
    if recipients is not None:
        if tuple(recipient.fingerprint for recipient in recipients) != bound:
            raise ContextError("les clés de la consultation ne sont pas celles que nomme le contexte du pli")
        if [recipient.type for recipient in recipients] != [stanza.type for stanza in stanzas]:
            raise ContextError("les types de destinataires du pli ne sont pas ceux des clés de la consultation")
    if opened and opened[0] is not None and bound[opened[1]] != opened[0]:
        raise ContextError("la clé qui ouvre ce pli n’est pas celle que nomme son contexte à cette place")
