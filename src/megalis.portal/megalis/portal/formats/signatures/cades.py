"""CAdES and other CMS signatures: ``.p7s`` beside a file, ``.p7m`` around it; each signer is a signature."""

from asn1crypto import cms as asn1
from asn1crypto import tsp
from datetime import UTC
from megalis.portal.formats import cms
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures.report import Found
from megalis.portal.formats.signatures.report import Problem

import hashlib


MAX_DETACHED = cms.MAX_SIGNATURE
MAX_ATTACHED = 64 * 1024 * 1024
_ESS = tsp.SigningCertificateV2  # importing tsp teaches asn1crypto the attributes that name the certificate
SUBS = {
    cms.ALGORITHM: report.CRYPTO_CONSTRAINTS_FAILURE,
    cms.DIGEST: report.HASH_FAILURE,
    cms.KEY: report.SIG_CRYPTO_FAILURE,
}


def parse(data):
    """Return the SignedData of DER, PEM or base64 bytes; None when it is no CMS signature."""
    try:
        blob = data if data[:1] == b"\x30" else cms.der(data)
        info = asn1.ContentInfo.load(blob, strict=True) if blob else None
        if info is None or info["content_type"].native != "signed_data":
            return None
        signed = info["content"]
        list(signed["signer_infos"])
        return signed
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def content_of(signed):
    """Return the bytes a SignedData holds itself, or None when it is detached."""
    value = signed["encap_content_info"]["content"]
    return value.native if value.native is not None else None


def digest_wanted(signed):
    """Return the set of digests the signers of a detached signature are over: to find the file when its name tells nothing."""
    found = set()
    for signer in signed["signer_infos"]:
        attributes = cms.attributes_of(signer)
        if "message_digest" in attributes:
            found.add(attributes["message_digest"][0].native)
    return found


def find(signed, carrier, document, digests, form):
    """Return a Found for each signer of a SignedData over the file ``document`` of ``digests`` (None: it is not there)."""
    signers = list(signed["signer_infos"])
    if not 1 <= len(signers) <= cms.MAX_SIGNERS:
        problem = Problem(report.FORMAT_FAILURE, "Ce fichier de signature n’a aucun signataire, ou en a trop.")
        return [Found("CAdES", form, document, carrier, problem)]
    certificates = [item.chosen for item in signed["certificates"] or () if item.name == "certificate"]
    crls = [item.chosen.dump() for item in signed["crls"] or () if item.name == "crl"]
    return [_signer(signer, certificates, crls, carrier, document, digests, form) for signer in signers]


def _signer(signer, certificates, crls, carrier, document, digests, form):
    found = Found("CAdES", form, document, carrier, crls=crls)
    try:
        attributes = cms.attributes_of(signer)
        if "signing_time" in attributes:
            found.claimed = attributes["signing_time"][0].native.astimezone(UTC)
        _check(signer, certificates, attributes, digests, found)
    except Problem as problem:
        found.problem = problem
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        found.problem = Problem(report.FORMAT_FAILURE, "La signature est illisible.")
    return found


def _check(signer, certificates, attributes, digests, found):
    certificate = next((item for item in certificates if cms.is_of(signer["sid"], item)), None)
    if certificate is None:
        raise Problem(
            report.NO_SIGNING_CERTIFICATE_FOUND, "Le certificat du signataire n’est pas joint à la signature."
        )
    found.certificate = certificate.dump()
    found.others = [item.dump() for item in certificates if item is not certificate]
    if digests is None:
        raise Problem(report.SIGNED_DATA_NOT_FOUND, "Le document que cette signature signe n’est pas avec elle.")
    wrong = cms.fault(signer, certificate, digests)
    if wrong:
        name = signer["digest_algorithm"]["algorithm"].native
        raise Problem(SUBS[wrong], cms.REASONS[wrong].format(algorithm=name))
    _signing_certificate(certificate, attributes, found)
    if any(item["type"].native == "signature_time_stamp_token" for item in signer["unsigned_attrs"] or ()):
        found.notes.append("La signature porte un horodatage, qui n’est pas jugé ici.")


def _signing_certificate(certificate, attributes, found):
    """The signed attribute that names the certificate (ESS): without it another with the same key could be put in its place."""
    if "signing_certificate_v2" in attributes:
        named = attributes["signing_certificate_v2"][0]["certs"][0]
        algorithm = named["hash_algorithm"]["algorithm"].native
        if hashlib.new(algorithm, certificate.dump()).digest() != named["cert_hash"].native:
            told = "Le certificat joint n’est pas celui que la signature nomme."
            raise Problem(report.NO_SIGNING_CERTIFICATE_FOUND, told)
        return
    if "signing_certificate" not in attributes:
        found.notes.append("La signature ne nomme pas son certificat : c’est une signature CMS simple, pas CAdES.")
