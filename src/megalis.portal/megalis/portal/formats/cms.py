"""Detached signatures in CMS (PKCS #7, RFC 5652), as parapheurs make them for acts: is this one of that file, and whose?

What is answered is integrity and the validity of the certificate at the time of signing, as the signature tells it. Trust
in the authority that issued the certificate is another question, for whoever holds the list of trusted authorities.
"""

from asn1crypto import cms
from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric import utils
from dataclasses import dataclass
from datetime import datetime
from datetime import UTC

import base64
import binascii
import hashlib


VALID, INVALID, EXPIRED, ABSENT = "valid", "invalid", "expired", "absent"
ALGORITHMS = ("sha256", "sha384", "sha512")
MAX_SIGNATURE = 1024 * 1024
MAX_SIGNERS = 20

_HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


@dataclass(frozen=True, slots=True)
class Signature:
    """The verdict on one signature: status, common name of the signer, time it claims (UTC or None), French reason."""

    status: str
    signataire: str = ""
    date: datetime | None = None
    raison: str = ""


class Digests:
    """The digests of a file, made as its bytes pass."""

    def __init__(self):
        self._made = {name: hashlib.new(name) for name in ALGORITHMS}

    def update(self, data):
        """Take the next bytes."""
        for made in self._made.values():
            made.update(data)

    def all(self):
        """Return ``{algorithm: digest}``."""
        return {name: made.digest() for name, made in self._made.items()}


def digests(data):
    """Return ``{algorithm: digest}`` of bytes."""
    made = Digests()
    made.update(data)
    return made.all()


def der(data):
    """Return the DER bytes of a signature given as DER, PEM or base64 (bytes or text); None when it is none of them."""
    data = data.encode("ascii", "replace") if isinstance(data, str) else bytes(data)
    if len(data) > MAX_SIGNATURE:
        return None
    if data[:1] == b"\x30":
        return data
    try:
        if pem.detect(data):
            return pem.unarmor(data)[2]
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (ValueError, binascii.Error):
        return None


def verify(data, made, now):
    """Return the ``Signature`` verdicts, one a signer, of a detached signature over a file of digests ``made``.

    ``now`` judges the certificate when the signature tells no time of its own.
    """
    blob = der(data)
    try:
        info = cms.ContentInfo.load(blob, strict=True) if blob else None
        if info is None or info["content_type"].native != "signed_data":
            return (Signature(INVALID, raison="Ce n’est pas une signature CMS (PKCS #7)."),)
        signed = info["content"]
        signers = list(signed["signer_infos"])
        certificates = [item.chosen for item in signed["certificates"] or () if item.name == "certificate"]
        if not 1 <= len(signers) <= MAX_SIGNERS:
            return (Signature(INVALID, raison="La signature n’a pas de signataire."),)
        return tuple(_signer(signer, certificates, made, now) for signer in signers)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        # asn1crypto tells malformed DER in as many ways as there are.
        return (Signature(INVALID, raison="La signature est illisible."),)


def _signer(signer, certificates, made, now):
    found = next((item for item in certificates if is_of(signer["sid"], item)), None)
    if found is None:
        return Signature(INVALID, raison="Le certificat du signataire n’est pas joint à la signature.")
    name = str(found.subject.native.get("common_name") or found.subject.human_friendly)[:200]
    attributes = attributes_of(signer)
    signed_at = attributes["signing_time"][0].native if "signing_time" in attributes else None
    wrong = fault(signer, found, made)
    if wrong:
        return Signature(INVALID, name, signed_at, REASONS[wrong].format(algorithm=_algorithm(signer)))
    moment = (signed_at or now).astimezone(UTC)
    period = found["tbs_certificate"]["validity"]
    if not period["not_before"].native <= moment <= period["not_after"].native:
        until = f"{period['not_after'].native:%d/%m/%Y}"
        return Signature(
            EXPIRED, name, signed_at, f"Le certificat (jusqu’au {until}) n’était pas valable le {moment:%d/%m/%Y}."
        )
    return Signature(VALID, name, signed_at)


def is_of(sid, certificate):
    """Tell whether a certificate is the one a signer identifier names."""
    if sid.name == "issuer_and_serial_number":
        return (
            sid.chosen["serial_number"].native == certificate.serial_number
            and sid.chosen["issuer"] == certificate.issuer
        )
    return sid.chosen.native == certificate.key_identifier


ALGORITHM, DIGEST, KEY = "algorithme", "empreinte", "cle"
REASONS = {
    ALGORITHM: "L’algorithme d’empreinte « {algorithm} » n’est pas admis (SHA-256, SHA-384 ou SHA-512).",
    DIGEST: "La signature est celle d’un autre fichier, ou le fichier a été modifié.",
    KEY: "La signature ne correspond pas à la clé du certificat.",
}


def _algorithm(signer):
    return signer["digest_algorithm"]["algorithm"].native


def attributes_of(signer):
    """Return ``{name: values}`` of the signed attributes."""
    return {item["type"].native: item["values"] for item in signer["signed_attrs"] or ()}


def fault(signer, certificate, made):
    """Return why a signer's signature does not hold over a file of digests ``made``: a key of REASONS, or ''."""
    algorithm, attributes = _algorithm(signer), attributes_of(signer)
    if algorithm not in made:
        return ALGORITHM
    if attributes:
        if "message_digest" not in attributes or attributes["message_digest"][0].native != made[algorithm]:
            return DIGEST
        # The signature is over the attributes as a SET, not under the tag they travel with (RFC 5652, 5.4).
        message, prehashed = signer["signed_attrs"].untag().dump(), False
    else:
        message, prehashed = made[algorithm], True
    try:
        key = x509.load_der_x509_certificate(certificate.dump()).public_key()
        _check(key, signer, message, _HASHES[algorithm](), prehashed)
    except (InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion, ValueError, TypeError):
        return KEY
    return ""


def _check(key, signer, message, digest, prehashed):
    used = utils.Prehashed(digest) if prehashed else digest
    signature = signer["signature"].native
    if isinstance(key, rsa.RSAPublicKey):
        scheme = padding.PKCS1v15()
        if signer["signature_algorithm"].signature_algo == "rsassa_pss":
            scheme = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
        key.verify(signature, message, scheme, used)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(used))
    else:
        raise UnsupportedAlgorithm("key")
