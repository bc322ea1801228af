"""XAdES signatures: within the document they sign (enveloped), around it, or beside it (a « jeton » of another file).

Only what a digested Reference reaches is believed, properties included. A Reference may name the document, an element of
it by its Id, or one of the files given beside; nothing is ever fetched.
"""

from cryptography import x509
from datetime import datetime
from datetime import UTC
from lxml import etree
from megalis.portal.formats import xmldsig
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures.report import Found
from megalis.portal.formats.signatures.report import Problem
from urllib.parse import unquote

import base64
import binascii
import hashlib
import hmac


DS = xmldsig.DS
XADES = (
    "http://uri.etsi.org/01903/v1.3.2#", "http://uri.etsi.org/01903/v1.2.2#", "http://uri.etsi.org/01903/v1.1.1#",
)  # fmt: skip
MAX_SIGNATURES, MAX_REFERENCES = 20, 50
BASE64 = f"{DS}base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
NOT_THE_SIGNATURE = "not(ancestor-or-self::ds:Signature)"


def find(root, carrier, digests_of):
    """Return a Found for each signature of the document ``root``, outermost first.

    ``digests_of``: ``{file name: {algorithm: digest}}`` of the files beside it, for detached signatures.
    """
    elements = list(root.iter(f"{{{DS}}}Signature"))[: MAX_SIGNATURES + 1]
    if len(elements) > MAX_SIGNATURES:
        problem = Problem(report.FORMAT_FAILURE, f"Plus de {MAX_SIGNATURES} signatures dans ce fichier.")
        return [Found("XAdES", "enveloppée", carrier, carrier, problem)]
    return [_Signature(element, root, carrier, digests_of).found() for element in elements]


def targets(root):
    """Return the names of files that the signatures of a document point at, for whoever looks for them."""
    uris = [item.get("URI", "") for item in root.iter(f"{{{DS}}}Reference")][: MAX_SIGNATURES * MAX_REFERENCES]
    return {_base(uri) for uri in uris if uri and not uri.startswith("#")}


def _base(uri):
    return unquote(uri).replace("\\", "/").rpartition("/")[2]


class _Signature:
    """One Signature element, while it is looked at."""

    def __init__(self, element, root, carrier, digests_of):
        self.element = element
        self.root = root
        self.digests_of = digests_of
        self.result = Found("XAdES", "enveloppée", carrier, carrier)

    def found(self):
        try:
            self._verify()
        except Problem as problem:
            self.result.problem = problem
        except (ValueError, TypeError, KeyError, etree.LxmlError):
            self.result.problem = Problem(report.FORMAT_FAILURE, "La signature est illisible.")
        return self.result

    def _verify(self):
        info = self._one(self.element, "SignedInfo")
        properties, namespace = self._properties()
        ders = self._certificates()
        self._choose(ders, properties, namespace)
        reached = [self._reference(reference, properties) for reference in self._references(info)]
        certificate = x509.load_der_x509_certificate(self.result.certificate)
        method = self._algorithm(info, "SignatureMethod")
        if method not in xmldsig.EVERY_METHOD or xmldsig.is_old(method):
            told = f"L’algorithme de signature « {method[-40:]} » est ancien ou inconnu."
            raise Problem(report.CRYPTO_CONSTRAINTS_FAILURE, told)
        if self._algorithm(info, "CanonicalizationMethod") not in xmldsig.EVERY_C14N:
            raise Problem(
                report.GENERIC, "La forme canonique de la signature n’est pas de celles que la plateforme calcule."
            )
        if not xmldsig.check_value(
            info, self._bytes(self._one(self.element, "SignatureValue")), certificate.public_key()
        ):
            raise Problem(report.SIG_CRYPTO_FAILURE, "La signature ne correspond pas à la clé du certificat.")
        self._covered(reached, properties)

    def _one(self, parent, name):
        found = parent.findall(f"{{{DS}}}{name}")
        if len(found) != 1:
            raise Problem(report.FORMAT_FAILURE, f"La signature est incomplète : {name} manque ou se répète.")
        return found[0]

    def _algorithm(self, parent, name):
        return self._one(parent, name).get("Algorithm", "")

    def _bytes(self, element):
        try:
            return base64.b64decode("".join((element.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            raise Problem(report.FORMAT_FAILURE, "La signature est mal codée (base64).") from None

    def _references(self, info):
        found = info.findall(f"{{{DS}}}Reference")
        if not 1 <= len(found) <= MAX_REFERENCES:
            raise Problem(report.FORMAT_FAILURE, "La signature ne porte sur rien, ou sur trop de choses à la fois.")
        return found

    def _properties(self):
        """Return ``(SignedProperties, namespace)``, or ``(None, "")`` of a signature that has none."""
        for namespace in XADES:
            path = f"{{{DS}}}Object/{{{namespace}}}QualifyingProperties/{{{namespace}}}SignedProperties"
            found = self.element.findall(path)
            if len(found) > 1:
                raise Problem(report.FORMAT_FAILURE, "La signature a plusieurs jeux de propriétés signées.")
            if found:
                self._moment(found[0], namespace)
                return found[0], namespace
        self.result.kind = "XML-DSig"
        self.result.notes.append(
            "La signature ne nomme pas son certificat : c’est une signature XML simple, pas XAdES."
        )
        return None, ""

    def _moment(self, properties, namespace):
        text = properties.findtext(f"{{{namespace}}}SignedSignatureProperties/{{{namespace}}}SigningTime")
        if text is None:
            return
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise Problem(report.FORMAT_FAILURE, "La date de signature n’est pas une date.") from None
        self.result.claimed = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def _certificates(self):
        path = f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"
        found = [self._bytes(item) for item in self.element.iterfind(path)]
        if not found:
            told = "Le certificat du signataire n’est pas joint à la signature."
            raise Problem(report.NO_SIGNING_CERTIFICATE_FOUND, told)
        return found[:20]

    def _choose(self, ders, properties, namespace):
        """Take the certificate that the signed properties name; without any, the first."""
        self.result.certificate, wanted = ders[0], None
        if properties is not None:
            signed = properties.find(f"{{{namespace}}}SignedSignatureProperties")
            for name in ("SigningCertificateV2", "SigningCertificate"):
                named = (
                    signed.find(f"{{{namespace}}}{name}/{{{namespace}}}Cert/{{{namespace}}}CertDigest")
                    if signed is not None
                    else None
                )
                if named is not None:
                    wanted = named
                    break
        if wanted is not None:
            parts = {etree.QName(child).localname: child for child in wanted.iterchildren("*")}
            name = xmldsig.DIGESTS.get(parts["DigestMethod"].get("Algorithm", ""))
            expected = self._bytes(parts["DigestValue"])
            matching = [der for der in ders if name and hmac.compare_digest(hashlib.new(name, der).digest(), expected)]
            if not matching:
                told = "Le certificat joint n’est pas celui que la signature nomme."
                raise Problem(report.NO_SIGNING_CERTIFICATE_FOUND, told)
            self.result.certificate = matching[0]
        elif properties is not None:
            self.result.notes.append("La signature ne nomme pas son certificat.")
        self.result.others = [der for der in ders if der is not self.result.certificate]

    def _reference(self, reference, properties):
        """Check the digest of a Reference; return the element or the file name it reaches."""
        method = self._algorithm(reference, "DigestMethod")
        name = xmldsig.DIGESTS.get(method)
        if name is None or name == "sha1":
            told = f"L’algorithme d’empreinte « {method[-40:]} » est ancien ou inconnu."
            raise Problem(report.CRYPTO_CONSTRAINTS_FAILURE, told)
        expected = self._bytes(self._one(reference, "DigestValue"))
        uri = reference.get("URI")
        if uri is None:
            raise Problem(report.SIGNED_DATA_NOT_FOUND, "La signature ne dit pas ce qu’elle signe.")
        if uri and not uri.startswith("#"):
            return self._file(uri, name, expected)
        target = self.root if not uri else self._element(uri[1:])
        made = hashlib.new(name)
        self._digest(reference, target, made)
        if not hmac.compare_digest(made.digest(), expected):
            what = (
                "Les propriétés signées ont été modifiées" if target is properties else "Le contenu signé a été modifié"
            )
            raise Problem(report.HASH_FAILURE, f"{what} depuis la signature.")
        return target

    def _file(self, uri, name, expected):
        base = _base(uri)
        self.result.form, self.result.document = "détachée", base
        if base in self.digests_of:
            if not hmac.compare_digest(self.digests_of[base][name], expected):
                raise Problem(
                    report.HASH_FAILURE, f"« {base} » a été modifié depuis la signature, ou c’est un autre fichier."
                )
            return base
        for other, digests in self.digests_of.items():
            if hmac.compare_digest(digests[name], expected):
                self.result.document = other
                self.result.notes.append(f"La signature nomme « {base} » : c’est le même contenu sous un autre nom.")
                return other
        raise Problem(report.SIGNED_DATA_NOT_FOUND, f"Le document signé, « {base} », n’est pas avec la signature.")

    def _element(self, ident):
        found = self.root.xpath("descendant-or-self::*[@Id=$i or @ID=$i or @id=$i]", i=ident)
        if len(found) != 1:
            told = f"La signature porte sur « {ident[:60]} », qui manque ou se répète dans le document."
            raise Problem(report.SIGNED_DATA_NOT_FOUND, told)
        return found[0]

    def _digest(self, reference, target, made):
        exclusive, prefixes, enveloped, decoded = False, None, False, False
        for transform in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform"):
            algorithm = transform.get("Algorithm", "")
            xpath = " ".join("".join(transform.itertext()).split())
            if algorithm == xmldsig.ENVELOPED or (algorithm == XPATH and xpath == NOT_THE_SIGNATURE):
                enveloped = True
            elif algorithm in xmldsig.EVERY_C14N:
                exclusive, prefixes = xmldsig.EVERY_C14N[algorithm], xmldsig.prefixes(transform)
            elif algorithm == BASE64:
                decoded = True
            else:
                told = f"La transformation « {algorithm[-60:]} » n’est pas de celles que la plateforme calcule."
                raise Problem(report.GENERIC, told)
        if decoded:
            made.update(base64.b64decode("".join("".join(target.itertext()).split())))
        else:
            self._canonical(target, exclusive, prefixes, made, enveloped)

    def _canonical(self, target, exclusive, prefixes, made, enveloped):
        """Feed the digest with the canonical form of ``target``, without the signature wherever it stands in it."""
        inside = enveloped and target in set(self.element.iterancestors())
        if not inside or self.element.getparent() is target:
            xmldsig.canonical(target, exclusive, prefixes, made, self.element if inside else None)
            return
        parent = self.element.getparent()
        with xmldsig.set_aside(parent, self.element):
            xmldsig.canonical(target, exclusive, prefixes, made)

    def _covered(self, reached, properties):
        elements = [item for item in reached if not isinstance(item, str)]
        if properties is not None and properties not in elements:
            raise Problem(report.SIG_CONSTRAINTS_FAILURE, "La signature ne couvre pas sa date ni son certificat.")
        content = [item for item in reached if item is not properties]
        if not content:
            raise Problem(report.SIG_CONSTRAINTS_FAILURE, "La signature ne porte sur aucun document.")
        if self.root in content or any(isinstance(item, str) for item in content):
            return
        self.result.form = "enveloppante" if self.element is self.root else "enveloppée"
        if self.element is not self.root:
            self.result.notes.append("La signature porte sur une partie du document, pas sur le document entier.")
