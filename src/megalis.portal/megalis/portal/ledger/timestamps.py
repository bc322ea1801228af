"""RFC 3161 time-stamp tokens: a second witness of the hour, who is not the platform.

A token is asked for over a *transport*, any function taking the DER request and returning the DER reply. Whatever
happens on the way (network, refusal, nonsense) is a TimestampError: a deposit is never refused because of an authority.
The bytes received are kept as evidence; a copy with its certificate SET put in order is what strict parsers read, as
OpenSSL's own replies with two certificates are not in DER order (the SET is outside of the signature).
"""

from asn1crypto import core
from asn1crypto import tsp
from base64 import b64encode
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from megalis.portal.ledger.errors import TimestampError
from megalis.portal.ledger.schema import format_instant
from rfc3161_client import decode_timestamp_response
from rfc3161_client import TimestampRequestBuilder
from rfc3161_client import VerificationError
from rfc3161_client import VerifierBuilder
from rfc3161_client.base import HashAlgorithm
from urllib.parse import urlsplit
from urllib.request import build_opener
from urllib.request import HTTPRedirectHandler
from urllib.request import Request

import hashlib


MAX_REPLY = 64 * 1024
_HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
_STATUS = {
    "granted_with_mods": "accordé avec modifications",
    "rejection": "refus",
    "waiting": "en attente",
    "revocation_warning": "révocation imminente",
    "revocation_notification": "certificat révoqué",
}


@dataclass(frozen=True)
class Token:
    """A verified reply: ``data`` (DER as received), ``moment`` (aware UTC), ``policy`` (OID), ``serial``.

    ``authority`` is the subject of the signing certificate; ``trusted`` tells whether it was checked against roots.
    """

    data: bytes
    moment: datetime
    policy: str
    serial: int
    authority: str
    trusted: bool

    def as_json(self):
        """Return the « jeton » member of a receipt."""
        return {
            "politique": self.policy,
            "horodatage": format_instant(self.moment),
            "tsr": b64encode(self.data).decode(),
        }


def load_roots(pem):
    """Return the certificates of PEM bytes; raises TimestampError when there are none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise TimestampError("autorite", "certificats d’autorité illisibles : du PEM est attendu") from error


class _NoRedirect(HTTPRedirectHandler):
    """A redirection becomes an HTTPError."""

    def redirect_request(self, *args, **kwargs):
        return None


def http_transport(url, timeout=10, limit=MAX_REPLY, headers=None):
    """Return a transport that POSTs to ``url`` (http or https), ``timeout`` in seconds, reply at most ``limit`` bytes.

    Redirections are not followed. ``headers`` may carry an Authorization.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise TimestampError("horodatage-adresse", f"adresse d’horodatage refusée : {url} (http ou https attendu)")
    opener = build_opener(_NoRedirect)
    sent = {"Content-Type": "application/timestamp-query", **(headers or {})}

    def transport(request):
        try:
            asked = Request(url, request, sent)  # noqa: S310 - the scheme was checked above
            with opener.open(asked, timeout=timeout) as reply:
                data = reply.read(limit + 1)
        except (HTTPException, OSError, ValueError) as error:
            raise TimestampError("horodatage-indisponible", f"service d’horodatage injoignable : {error}") from error
        if len(data) > limit:
            raise TimestampError("horodatage-taille", f"réponse d’horodatage de plus de {limit} octets")
        return data

    return transport


def request_token(message, transport, roots=(), policies=()):
    """Ask for a token over ``message`` (bytes; SHA-256 imprint, random nonce) and return it verified.

    ``roots`` are trusted certificates (without any, only the reply's own coherence is checked), ``policies`` the
    accepted OIDs (any when empty). Raises TimestampError and nothing else.
    """
    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    try:
        data = transport(request.as_bytes())
    except TimestampError:
        raise
    except Exception as error:
        raise TimestampError("horodatage-indisponible", f"service d’horodatage en défaut : {error}") from error
    return verify_token(data, message, roots, policies, request.nonce)


def verify_token(data, message, roots=(), policies=(), nonce=None):
    """Verify a reply (DER bytes) over ``message`` and return its ``Token``; raises TimestampError and nothing else.

    Checked: status, imprint, signature, critical timeStamping key usage, and when given nonce, policy, and path to one
    of ``roots`` at the time of the token.
    """
    try:
        return _verify(data, message, list(roots), policies, nonce)
    except TimestampError:
        raise
    except Exception as error:
        # Three parsers read these foreign bytes and each fails with types of its own.
        raise TimestampError("jeton", "jeton d’horodatage illisible") from error


def _verify(data, message, roots, policies, nonce):
    if not isinstance(data, bytes) or not 0 < len(data) <= MAX_REPLY:
        raise TimestampError("jeton", f"jeton d’horodatage vide ou de plus de {MAX_REPLY} octets")
    outer = core.Sequence.load(data, strict=True)
    status = tsp.PKIStatusInfo.load(outer.contents)["status"].native
    if status != "granted":
        raise TimestampError("horodatage-refus", f"horodatage non accordé : {_STATUS.get(status, status)}")
    signed = tsp.TimeStampResp.load(data)["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    _check_imprint(info, message)
    if nonce is not None and info["nonce"].native != nonce:
        raise TimestampError("horodatage-nonce", "jeton refusé : il répond à une autre demande")
    policy = info["policy"].dotted
    if policies and policy not in policies:
        raise TimestampError("horodatage-politique", f"jeton refusé : politique {policy} non acceptée")
    leaf = _check_signature(signed)
    if roots:
        try:
            strict = decode_timestamp_response(_in_order(data, signed["certificates"]))
            VerifierBuilder(roots=roots, nonce=nonce).build().verify_message(strict, message)
        except VerificationError as error:
            raise TimestampError("horodatage-autorite", f"autorité d’horodatage non reconnue : {error}") from error
    return Token(
        data=data,
        moment=info["gen_time"].native,
        policy=policy,
        serial=info["serial_number"].native,
        authority=leaf.subject.rfc4514_string(),
        trusted=bool(roots),
    )


def _in_order(data, certificates):
    """Return the reply with its certificate SET in DER order: same bytes moved, so every length stays right."""
    encoded = sorted(choice.dump() for choice in certificates)
    return data.replace(certificates.contents, b"".join(encoded), 1)


def _check_imprint(info, message):
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if algorithm not in _HASHES:
        raise TimestampError("horodatage-empreinte", f"jeton refusé : empreinte {algorithm} trop faible")
    if imprint["hashed_message"].native != hashlib.new(algorithm, message).digest():
        raise TimestampError("horodatage-empreinte", "jeton refusé : il porte sur d’autres données")


def _check_signature(signed):
    """Check the one signature of the token by the certificate it carries, and return that certificate (x509)."""
    if len(signed["signer_infos"]) != 1:
        raise TimestampError("jeton", "jeton refusé : une signature et une seule est attendue")
    signer = signed["signer_infos"][0]
    identifier = signer["sid"].chosen
    wanted = (identifier["issuer"], identifier["serial_number"].native)
    certificates = [choice.chosen for choice in signed["certificates"] if choice.name == "certificate"]
    certificate = next((known for known in certificates if (known.issuer, known.serial_number) == wanted), None)
    if certificate is None:
        raise TimestampError("jeton", "jeton refusé : il ne contient pas le certificat de son signataire")
    leaf = x509.load_der_x509_certificate(certificate.dump())
    _check_usage(leaf)
    digest = signer["digest_algorithm"]["algorithm"].native
    if digest not in _HASHES:
        raise TimestampError("horodatage-empreinte", f"jeton refusé : empreinte {digest} trop faible")
    attributes = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
    content = signed["encap_content_info"]["content"].contents
    if attributes["content_type"][0].native != "tst_info":
        raise TimestampError("jeton", "jeton refusé : son contenu n’est pas un horodatage")
    if attributes["message_digest"][0].native != hashlib.new(digest, content).digest():
        raise TimestampError("jeton", "jeton refusé : contenu altéré")
    try:
        _verify_bytes(leaf.public_key(), signer, digest)
    except InvalidSignature as error:
        raise TimestampError("jeton", "jeton refusé : signature fausse") from error
    return leaf


def _check_usage(leaf):
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [x509.ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampError("horodatage-usage", "jeton refusé : certificat non réservé à l’horodatage")


def _verify_bytes(key, signer, digest):
    """Verify the DER SET of signed attributes (RFC 5652 §5.4); raises InvalidSignature."""
    message = b"\x31" + signer["signed_attrs"].dump()[1:]
    signature = signer["signature"].native
    method = signer["signature_algorithm"]
    algorithm = _HASHES[digest]()
    if isinstance(key, rsa.RSAPublicKey):
        scheme = padding.PKCS1v15()
        if method.signature_algo == "rsassa_pss":
            salt = method["parameters"]["salt_length"].native
            scheme = padding.PSS(padding.MGF1(algorithm), salt)
        key.verify(signature, message, scheme, algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(algorithm))
    else:
        raise TimestampError("jeton", "jeton refusé : ni RSA ni ECDSA")
