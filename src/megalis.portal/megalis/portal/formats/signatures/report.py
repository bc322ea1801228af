"""The verdict on a signature in the words of ETSI EN 319 102-1, and in French for people. It never blocks anything."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime


PASSED, INDETERMINATE, FAILED = "TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"
LABELS = {PASSED: ("ok", "Valide"), INDETERMINATE: ("soon", "Indéterminée"), FAILED: ("bad", "Non valable")}

FORMAT_FAILURE = "FORMAT_FAILURE"
HASH_FAILURE = "HASH_FAILURE"
SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
NOT_YET_VALID = "NOT_YET_VALID"
SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
REVOKED_NO_POE = "REVOKED_NO_POE"
OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
TRY_LATER = "TRY_LATER"
SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
GENERIC = "GENERIC"

# What people read first of each cause: altered, expired, missing and revoked are never one word.
CAUSES = {
    FORMAT_FAILURE: "illisible",
    HASH_FAILURE: "document modifié",
    SIG_CRYPTO_FAILURE: "signature altérée",
    NOT_YET_VALID: "certificat pas encore valable",
    SIG_CONSTRAINTS_FAILURE: "signature incomplète",
    CHAIN_CONSTRAINTS_FAILURE: "certificat d’un autre usage",
    CERTIFICATE_CHAIN_GENERAL_FAILURE: "chaîne du certificat incorrecte",
    CRYPTO_CONSTRAINTS_FAILURE: "algorithme ancien ou inconnu",
    NO_SIGNING_CERTIFICATE_FOUND: "certificat absent",
    NO_CERTIFICATE_CHAIN_FOUND: "autorité inconnue",
    REVOKED_NO_POE: "certificat révoqué",
    OUT_OF_BOUNDS_NO_POE: "certificat expiré",
    TRY_LATER: "révocation non vérifiée",
    SIGNED_DATA_NOT_FOUND: "document signé absent",
    GENERIC: "non vérifiée",
}
FAILURES = {FORMAT_FAILURE, HASH_FAILURE, SIG_CRYPTO_FAILURE, NOT_YET_VALID}


class Problem(Exception):
    """Why a signature is not TOTAL-PASSED: ``sub`` is the sub-indication, the message the French reason."""

    def __init__(self, sub, message):
        super().__init__(message)
        self.sub = sub


@dataclass(slots=True)
class Found:
    """One signature as found, before its certificate is judged; ``problem`` is a Problem or None."""

    kind: str
    form: str
    document: str
    carrier: str
    problem: Problem | None = None
    certificate: bytes | None = None
    others: list = field(default_factory=list)
    crls: list = field(default_factory=list)
    ocsps: list = field(default_factory=list)
    claimed: datetime | None = None
    notes: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one signature.

    ``document``: the file signed; ``carrier``: the file that holds the signature; ``kind``: XAdES, CAdES or PAdES;
    ``form``: enveloppée, enveloppante, détachée, jointe; instants are ISO texts; ``moment``: the proof of existence the
    certificate was judged at; ``level``: what the certificate says of itself; ``anchor``: where trust comes from.
    """

    document: str
    carrier: str
    kind: str
    form: str
    indication: str
    sub: str = ""
    reason: str = ""
    signer: str = ""
    issuer: str = ""
    serial: str = ""
    not_before: str = ""
    not_after: str = ""
    claimed: str = ""
    moment: str = ""
    level: str = ""
    anchor: str = ""
    notes: tuple = ()

    @property
    def label(self):
        """Return ``(kind of badge, words)``: the indication, and the cause when there is one."""
        kind, word = LABELS[self.indication]
        return kind, f"{word} : {CAUSES[self.sub]}" if self.sub else word

    def as_json(self):
        return {**asdict(self), "notes": list(self.notes)}


def indication(sub):
    """Return the indication of a sub-indication ("" is TOTAL-PASSED)."""
    if not sub:
        return PASSED
    return FAILED if sub in FAILURES else INDETERMINATE


def from_json(value):
    return Report(**{**value, "notes": tuple(value["notes"])})
