"""XAdES-EPES signatures of flows (1.1.1 and 1.2.2, which no library reads), of each bordereau or of the whole.

What is answered is integrity and the validity of the certificate at the time of signing, as the signature tells it. Trust
in the authority that issued the certificate is another question, for whoever holds the list of trusted authorities.
Only what the DGFiP’s policy allows is computed: no XPath, no XSLT, no address to fetch.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from lxml import etree
from megalis.portal.formats import xmldsig
from megalis.portal.formats.cms import ABSENT
from megalis.portal.formats.cms import EXPIRED
from megalis.portal.formats.cms import INVALID
from megalis.portal.formats.cms import VALID
from megalis.portal.formats.pes.reading import DS
from megalis.portal.formats.pes.reading import SIGNATURE

import base64
import binascii
import hashlib
import hmac


__all__ = ["ABSENT", "EXPIRED", "INVALID", "POLICIES", "VALID", "Signature", "verify"]

VERSIONS = {"http://uri.etsi.org/01903/v1.1.1#": "1.1.1", "http://uri.etsi.org/01903/v1.2.2#": "1.2.2"}
POLICIES = {
    "1.2.250.1.131.1.5.18.21.1.7": "roF9+cfRHNPtVJolhdqfIqGMVuUXX8aR4rpiquf0u5E=",
    "1.2.250.1.131.1.5.18.21.1.4": "Jkdb+aba0Hz6+ZPKmKNhPByzQ+Q=",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """The verdict on one signature: status, who, when, French reason.

    ``date`` is the time the signature claims, ``debut`` and ``fin`` bound its certificate (UTC or None); ``cible`` is the Id
    of what is signed; ``xades`` 1.1.1 or 1.2.2; ``politique`` an OID; ``remarques``: what is odd and does not invalidate.
    """

    status: str
    cible: str = ""
    signataire: str = ""
    date: datetime | None = None
    debut: datetime | None = None
    fin: datetime | None = None
    xades: str = ""
    politique: str = ""
    role: str = ""
    raison: str = ""
    remarques: tuple[str, ...] = ()


class _Wrong(Exception):
    """Why a signature does not hold, in French."""


def verify(parent, now):
    """Return the ``Signature`` verdicts of the signatures that ``parent`` (a Bordereau, or the root) holds itself.

    ``now`` judges the certificate when the signature tells no time of its own. ``parent`` must be whole, in its document.
    """
    return tuple(_verify(parent, element, now) for element in parent.findall(SIGNATURE))


def _verify(parent, element, now):
    told = {"cible": parent.get("Id", "")}
    try:
        properties = _properties(element, told)
        certificate = _certificate(element, properties, told)
        _references(parent, element, properties, told)
        _value(element, certificate, told)
    except _Wrong as wrong:
        status, reason = INVALID, str(wrong)
    except (ValueError, TypeError, etree.LxmlError, UnsupportedAlgorithm, InvalidSignature):
        status, reason = INVALID, "La signature est illisible."
    else:
        status, reason = _dated(told, now)
    remarks = tuple(dict.fromkeys(told.pop("remarques", ())))
    return Signature(status, raison=reason, remarques=remarks, **told)


def _dated(told, now):
    moment = told.get("date") or now
    if not told["debut"] <= moment <= told["fin"]:
        return EXPIRED, f"Le certificat (jusqu’au {told['fin']:%d/%m/%Y}) n’était pas valable le {moment:%d/%m/%Y}."
    if now > told["fin"]:
        _remark(told, f"Le certificat, valable à la signature, a expiré le {told['fin']:%d/%m/%Y}.")
    return VALID, ""


def _remark(told, text):
    told.setdefault("remarques", []).append(text)


def _ds(element, path):
    return element.find("/".join(f"{{{DS}}}{name}" for name in path.split("/")))


def _algorithm(element):
    return element.get("Algorithm", "") if element is not None else ""


def _bytes(element):
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (AttributeError, binascii.Error, ValueError):
        raise _Wrong("La signature est incomplète ou mal codée.") from None


def _properties(element, told):
    """Return the SignedProperties of the signature, and tell what they say."""
    for namespace in VERSIONS:
        found = element.findall(f"{{{DS}}}Object/{{{namespace}}}QualifyingProperties/{{{namespace}}}SignedProperties")
        if len(found) == 1:
            break
    else:
        raise _Wrong("La signature n’est pas une signature XAdES 1.1.1 ou 1.2.2.")
    signed = found[0]
    told["xades"] = VERSIONS[namespace]

    def text(path):
        place = signed.find("/".join(f"{{{namespace}}}{name}" for name in path.split("/")))
        return (place.text or "").strip() if place is not None else ""

    told["date"] = _moment(text("SignedSignatureProperties/SigningTime"))
    told["role"] = text("SignedSignatureProperties/SignerRole/ClaimedRoles/ClaimedRole")[:200]
    base = "SignedSignatureProperties/SignaturePolicyIdentifier/SignaturePolicyId/"
    told["politique"] = text(f"{base}SigPolicyId/Identifier").removeprefix("urn:oid:")[:100]
    _policy(signed, namespace, told)
    return signed


def _policy(signed, namespace, told):
    policy = told["politique"]
    if not policy:
        _remark(told, "La signature ne nomme aucune politique de signature : le Trésor peut la refuser.")
        return
    if policy not in POLICIES:
        _remark(told, f"La politique de signature « {policy} » n’est pas celle de la DGFiP.")
        return
    made = signed.find(f".//{{{namespace}}}SigPolicyHash/{{{DS}}}DigestValue")
    if made is None:
        made = signed.find(f".//{{{namespace}}}SigPolicyHash/{{{namespace}}}DigestValue")
    if made is None or (made.text or "").strip() != POLICIES[policy]:
        _remark(told, f"L’empreinte de la politique « {policy} » n’est pas celle que la DGFiP publie.")


def _moment(text):
    """Return the UTC time of an ISO text; a time without a zone is UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong("La date de signature n’est pas une date.") from None


def _certificate(element, properties, told):
    """Return the certificate the signed properties name, among those in the signature."""
    namespace = etree.QName(properties).namespace
    ders = [_bytes(item) for item in element.iterfind(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")]
    if not ders:
        raise _Wrong("Le certificat du signataire n’est pas joint à la signature.")
    path = "/".join(
        f"{{{namespace}}}{name}" for name in ("SignedSignatureProperties", "SigningCertificate", "Cert", "CertDigest")
    )
    named = properties.find(path)
    if named is None:
        raise _Wrong("Les propriétés signées ne disent pas quel certificat a signé.")
    children = {etree.QName(child).localname: child for child in named.iterchildren("*")}
    digest = _digest(_algorithm(children.get("DigestMethod")), told)
    expected = _bytes(children.get("DigestValue"))
    found = next((der for der in ders if hmac.compare_digest(digest(der).digest(), expected)), None)
    if found is None:
        raise _Wrong("Le certificat joint n’est pas celui que nomment les propriétés signées.")
    certificate = x509.load_der_x509_certificate(found)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    told["signataire"] = str(names[-1].value if names else certificate.subject.rfc4514_string())[:200]
    told["debut"], told["fin"] = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return certificate


def _digest(algorithm, told):
    name = xmldsig.DIGESTS.get(algorithm)
    if name is None:
        raise _Wrong(f"L’algorithme d’empreinte « {algorithm[-40:]} » n’est pas admis.")
    if name == "sha1":
        _remark(told, "La signature emploie SHA-1, que la politique actuelle de la DGFiP n’admet plus.")
    return getattr(hashlib, name)


def _references(parent, element, properties, told):
    references = _info(element).findall(f"{{{DS}}}Reference")
    targets = {_uri(parent, parent): parent, _uri(properties, parent): properties}
    if parent.getparent() is None:
        targets[""] = parent
    covered = set()
    if len(references) > 10:
        raise _Wrong("La signature porte sur trop de choses à la fois.")
    for reference in references:
        target = targets.get(reference.get("URI", "?"))
        if target is None:
            raise _Wrong("La signature porte sur autre chose que ce qui la contient.")
        _reference(reference, target, element, told)
        covered.add(target)
    if parent not in covered:
        raise _Wrong("La signature ne porte pas sur ce qui la contient.")
    if properties not in covered:
        raise _Wrong("La signature ne couvre pas sa date ni son certificat.")


def _info(element):
    found = element.findall(f"{{{DS}}}SignedInfo")
    if len(found) != 1:
        raise _Wrong("La signature est incomplète ou mal codée.")
    return found[0]


def _uri(element, parent):
    """Return the URI of an element by its Id; None when it has none, or shares it with another in ``parent``."""
    name = element.get("Id")
    twins = parent.xpath("count(descendant-or-self::*[@Id=$name])", name=name) if name else 0
    return f"#{name}" if twins == 1 else None


def _reference(reference, target, signature, told):
    exclusive, prefixes, enveloped = False, None, False
    for transform in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform"):
        algorithm = _algorithm(transform)
        if algorithm == xmldsig.ENVELOPED:
            enveloped = True
        elif algorithm in xmldsig.C14N:
            exclusive, prefixes = xmldsig.C14N[algorithm], xmldsig.prefixes(transform)
        else:
            raise _Wrong(f"La transformation « {algorithm[-60:]} » n’est pas admise.")
    made = _digest(_algorithm(_ds(reference, "DigestMethod")), told)()
    xmldsig.canonical(target, exclusive, prefixes, made, signature if enveloped else None)
    if not hmac.compare_digest(made.digest(), _bytes(_ds(reference, "DigestValue"))):
        raise _Wrong("Le contenu signé a été modifié depuis la signature.")


def _value(element, certificate, told):
    info = _info(element)
    name = _algorithm(_ds(info, "SignatureMethod"))
    if name not in xmldsig.METHODS:
        raise _Wrong(f"L’algorithme de signature « {name[-40:]} » n’est pas admis.")
    if xmldsig.is_old(name):
        _remark(told, "La signature emploie SHA-1, que la politique actuelle de la DGFiP n’admet plus.")
    if _algorithm(_ds(info, "CanonicalizationMethod")) not in xmldsig.C14N:
        raise _Wrong("La forme canonique de la signature n’est pas admise.")
    if not xmldsig.check_value(info, _bytes(_ds(element, "SignatureValue")), certificate.public_key()):
        raise _Wrong("La signature ne correspond pas à la clé du certificat.")
