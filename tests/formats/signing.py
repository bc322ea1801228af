"""A certification authority of the tests, and documents signed by other programs than ours: pyHanko, signxml, by hand."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric import rsa
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from io import BytesIO
from lxml import etree
from reportlab.pdfgen.canvas import Canvas

import base64
import hashlib


NOW = datetime.now(UTC).replace(microsecond=0)  # what these sign is verified today by pages
DAY = timedelta(days=1)


class Authority:
    """A root, its certificates and its revocation list."""

    def __init__(self, name="Autorité d’essai"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.revoked = []
        self.certificate = (
            self._builder(self.name, self.key.public_key(), NOW - 1000 * DAY, NOW + 1000 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(self._usage(crl_sign=True, key_cert_sign=True), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def _builder(self, subject, key, start, end):
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(issuer, critical=False)
        )

    def _usage(self, **given):
        names = (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        )  # fmt: skip
        return x509.KeyUsage(**{name: given.get(name, False) for name in names})

    def issue(self, name, start=NOW - 100 * DAY, end=NOW + 100 * DAY, qualified=False, **usage):
        """Return ``(private key, certificate)``; as qualified certificates are, for non-repudiation only unless told."""
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key.public_key(), start, end)
        builder = builder.add_extension(self._usage(**(usage or {"content_commitment": True})), critical=True)
        if qualified:
            statements = bytes.fromhex("3014" + "3008" + "060604008e460101" + "3008" + "060604008e460104")
            oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, statements), critical=False)
        return key, builder.sign(self.key, hashes.SHA256())

    def crl(self, at=NOW):
        """Return the DER of the revocation list."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(at - DAY).next_update(at + 30 * DAY)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False).add_extension(x509.CRLNumber(1), critical=False)
        for certificate, when in self.revoked:
            one = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(when)
            builder = builder.add_revoked_certificate(one.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def signer(key, certificate, *others):
    """Return a pyHanko signer."""
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    store.register_multiple([asn1.Certificate.load(der(other)) for other in others])
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SimpleSigner(
        signing_cert=asn1.Certificate.load(der(certificate)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )


def cades(data, who, detached=True, cades_form=True):
    """Return the DER of a CMS signature over bytes."""
    import asyncio

    made = signer(*who).async_sign_general_data(data, "sha256", detached=detached, use_cades=cades_form)
    return asyncio.run(made).dump()


def pdf(text="Acte d’engagement"):
    out = BytesIO()
    page = Canvas(out)
    page.drawString(100, 700, text)
    page.save()
    return out.getvalue()


def pades(who, data=None):
    """Return the bytes of a PDF signed by pyHanko."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign.signers import PdfSignatureMetadata
    from pyhanko.sign.signers import sign_pdf

    data = data or pdf()
    name = f"Signature{data.count(b'/ByteRange') + 1}"
    meta = PdfSignatureMetadata(field_name=name, subfilter=fields.SigSeedSubFilter.PADES)
    out = sign_pdf(IncrementalPdfFileWriter(BytesIO(data)), meta, signer=signer(*who))
    return out.getvalue()


def xades(root, who):
    """Return the bytes of an XML document signed within itself by signxml."""
    from signxml import methods
    from signxml.xades import XAdESSigner

    key, certificate, *others = who
    chain = [certificate, *others]
    made = XAdESSigner(method=methods.enveloped).sign(etree.fromstring(root), key=key, cert=chain[:1])
    return etree.tostring(made)


DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def b64(data):
    return base64.b64encode(data).decode()


def token(name, data, who, when=NOW, v2=False):
    """Return the bytes of a detached « jeton » over a file, made by hand: XAdES 1.3.2, exclusive of any library."""
    key, certificate, *_others = who
    kind = "SigningCertificateV2" if v2 else "SigningCertificate"
    digest = b64(hashlib.sha256(der(certificate)).digest())
    properties = (
        f'<xades:SignedProperties xmlns:xades="{XADES}" xmlns:ds="{DS}" Id="p1"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{when:%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime><xades:{kind}><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue>'
        f"</xades:CertDigest></xades:Cert></xades:{kind}></xades:SignedSignatureProperties></xades:SignedProperties>"
    )
    signed = _c14n_in(properties)
    references = (
        f'<ds:Reference URI="{name}"><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue></ds:Reference>"
        f'<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#p1"><ds:DigestMethod Algorithm="{SHA256}">'
        f"</ds:DigestMethod><ds:DigestValue>{b64(hashlib.sha256(signed).digest())}</ds:DigestValue></ds:Reference>"
    )
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>'
        f"{references}</ds:SignedInfo>"
    )
    value = key.sign(etree.tostring(etree.fromstring(info), method="c14n"), padding.PKCS1v15(), hashes.SHA256())
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="s1">{info}<ds:SignatureValue>{b64(value)}</ds:SignatureValue><ds:KeyInfo>'
        f"<ds:X509Data><ds:X509Certificate>{b64(der(certificate))}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#s1">{properties}'
        f"</xades:QualifyingProperties></ds:Object></ds:Signature>"
    ).encode()


def _c14n_in(properties):
    whole = etree.fromstring(f'<ds:Signature xmlns:ds="{DS}">{properties}</ds:Signature>')
    return etree.tostring(whole[0], method="c14n")


def trusted_list(authority, who, status="granted", territory="FR"):
    """Return a signed TS 119 612 list that names an authority as CA/QC."""
    tsl = "http://uri.etsi.org/02231/v2#"
    text = (
        f'<TrustServiceStatusList xmlns="{tsl}" Id="liste"><SchemeInformation><SchemeTerritory>{territory}</SchemeTerritory>'
        f"</SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>"
        f'<Name xml:lang="fr">Prestataire d’essai</Name></TSPName></TSPInformation><TSPServices><TSPService>'
        f"<ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>"
        f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{b64(der(authority.certificate))}</X509Certificate>"
        f"</DigitalId></ServiceDigitalIdentity>"
        f"<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/{status}</ServiceStatus>"
        f"</ServiceInformation></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList>"
        f"</TrustServiceStatusList>"
    )
    return xades(text.encode(), who)
