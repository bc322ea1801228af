"""The certificate an agent shows with his request, as the web server in front has verified it.

nginx asks for a client certificate, verifies it against the authorities the operator trusts, and hands it on in a header that it
sets on every request; the header counts only where the operator says that he has such a front (``MEGALIS_CERTIFICATS``).
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from dataclasses import dataclass
from datetime import datetime
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from urllib.parse import unquote_to_bytes


HEADER = "HTTP_X_CERTIFICAT_AGENT"
LONGEST = 32_000  # signs of the header


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is kept of a certificate: its SHA-256, its owner and authority in words, its last instant (aware UTC)."""

    sha256: str
    owner: str
    authority: str
    until: datetime


def read(text):
    """Return the ``Certificate`` of an escaped PEM, as nginx writes it; Refused ``certificat.illisible``."""
    try:
        made = x509.load_pem_x509_certificate(unquote_to_bytes(text[:LONGEST]))
        names = (_name(made.subject), _name(made.issuer))
    except ValueError as error:
        raise Refused(
            "certificat.illisible",
            "Le certificat présenté ne se lit pas : vérifiez celui que votre navigateur choisit.",
        ) from error
    return Certificate(made.fingerprint(hashes.SHA256()).hex(), *names, made.not_valid_after_utc)


def _name(name):
    for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)[:200]
    return name.rfc4514_string()[:200]


def presented(request):
    """Return the Certificate that came with a request, None without one, or where none is asked for."""
    text = request.environ.get(HEADER, "") if settings.asks_certificates() else ""
    if not text:
        return None
    try:
        found = read(text)
    except Refused:
        return None
    return found if found.until > clock.now() else None
