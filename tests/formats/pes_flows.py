"""PES flows for the tests: made for the purpose, signed by cryptography with keys of the moment."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from datetime import datetime
from datetime import UTC
from lxml import etree
from tests.formats.signatures import signer

import base64
import gzip
import hashlib


PDF = b"%PDF-1.7\nfacture\n%%EOF"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
POLICY = "1.2.250.1.131.1.5.18.21.1.7"
POLICY_HASH = "roF9+cfRHNPtVJolhdqfIqGMVuUXX8aR4rpiquf0u5E="


def packed(data):
    """Return the text of an attachment."""
    return base64.b64encode(gzip.compress(data)).decode()


def pj(unique="PJ1", nom="facture.pdf", content=None):
    content = packed(PDF) if content is None else content
    return (
        f'<PJ><Contenu><Fichier MIMEType="application/pdf">{content}</Fichier></Contenu>'
        f'<IdUnique V="{unique}"/><NomPJ V="{nom}"/><TypePJ V="003"/><Description V="Facture"/></PJ>'
    )


def reference(unique="PJ1", nom="facture.pdf", support="01"):
    return f'<PJRef><Support V="{support}"/><IdUnique V="{unique}"/><NomPJ V="{nom}"/></PJRef>'


def line(number=1, amount="10.00"):
    return (
        f'<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V="{number}"/><Nature V="60628"/><Fonction V="64"/>'
        f'<LibVir1 V="Fournitures d\'été"/><ModRegl V="03"/><TVAIntraCom V="0"/><MtHT V="{amount}"/></InfoLignePce>'
        '</BlocLignePiece><Tiers><InfoTiers><IdTiers V="37909534200018"/><NatIdTiers V="01"/><RefTiers V="4078"/>'
        '<CatTiers V="50"/><NatJur V="03"/><Nom V="Le Goff é fils"/></InfoTiers><Adresse><TypAdr V="1"/>'
        '<Adr2 V="Rue Haute"/><CP V="56800"/><Ville V="PLOERMEL"/><CodRes V="0"/></Adresse></Tiers></LigneDePiece>'
    )


def piece(number=1, lines=None, references=""):
    return (
        f'<Piece><BlocPiece><InfoPce><IdPce V="{number}"/><TypPce V="01"/><NatPce V="01"/><Obj V="Objet"/>{references}'
        f"</InfoPce></BlocPiece>{line() if lines is None else lines}</Piece>"
    )


def bordereau(number=7, pieces=None, amount="10.00", count=1, exercice=2026):
    return (
        f'<Bordereau Id="B{number}"><BlocBordereau><Exer V="{exercice}"/><IdBord V="{number}"/><DteBordEm V="2026-03-16"/>'
        f'<TypBord V="01"/><NbrPce V="{count}"/><MtCumulAnnuel V="1000.00"/><MtBordHT V="{amount}"/></BlocBordereau>'
        f"{piece(references=reference()) if pieces is None else pieces}</Bordereau>"
    )


def flow(bordereaux=None, pjs=None, dematerialisee=0, id_ver=2, nomfic="FLUX1", codcol="123", encoding="ISO-8859-1"):
    """Return the bytes of an Aller: by default one bordereau of one line, and the attachment it names."""
    bordereaux = bordereau() if bordereaux is None else bordereaux
    pjs = pj() if pjs is None else pjs
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller" Id="F1">\n<Enveloppe><Parametres>'
        f'<Version V="2"/><TypFic V="PESALR2"/><NomFic V="{nomfic}"/></Parametres>'
        '<Emetteur><Sigle V="Logiciel"/><Adresse V="v1"/></Emetteur></Enveloppe>\n<EnTetePES><DteStr V="2026-03-16"/>'
        f'<IdPost V="035007"/><IdColl V="21350238800019"/><CodCol V="{codcol}"/><CodBud V="00"/>'
        '<LibelleColBud V="Commune de Bréal"/></EnTetePES>\n'
    )
    if bordereaux:
        text += (
            f'<PES_DepenseAller><EnTeteDepense><IdVer V="{id_ver}"/><InfoDematerialisee V="{dematerialisee}"/>'
            f"</EnTeteDepense>{bordereaux}</PES_DepenseAller>\n"
        )
    if pjs:
        text += f'<PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ>{pjs}</PES_PJ>'
    return (text + "</n:PES_Aller>").encode(encoding)


def _digest(element):
    data = etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _reference(uri, digest, enveloped):
    first = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>' if enveloped else ""
    return (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{first}<ds:Transform Algorithm="{EXC}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
    )


def sign(data, target="B7", version="1.1.1", kind="rsa", expired=False, when=None, policy=POLICY):
    """Return a flow with a signature over the element of that Id, in it (the root: the whole flow)."""
    certificate, key = signer(kind, expired)
    der = certificate.public_bytes(serialization.Encoding.DER)
    when = when or datetime.now(UTC)
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    (parent,) = root.xpath("//*[@Id=$name]", name=target)
    digest = _digest(parent)
    named = (
        f"<xad:SignaturePolicyIdentifier><xad:SignaturePolicyId><xad:SigPolicyId><xad:Identifier>urn:oid:{policy}"
        f'</xad:Identifier></xad:SigPolicyId><xad:SigPolicyHash><xad:DigestMethod Algorithm="{SHA256}"/><xad:DigestValue>'
        f"{POLICY_HASH}</xad:DigestValue></xad:SigPolicyHash></xad:SignaturePolicyId></xad:SignaturePolicyIdentifier>"
    )
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}" Id="S{target}"><ds:SignedInfo/><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>'
        f"<ds:X509Certificate>{base64.b64encode(der).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xad:QualifyingProperties xmlns:xad="http://uri.etsi.org/01903/v{version}#" Target="#S{target}">'
        f'<xad:SignedProperties Id="P{target}"><xad:SignedSignatureProperties>'
        f"<xad:SigningTime>{when:%Y-%m-%dT%H:%M:%SZ}</xad:SigningTime><xad:SigningCertificate><xad:Cert><xad:CertDigest>"
        f'<xad:DigestMethod Algorithm="{SHA256}"/><xad:DigestValue>{base64.b64encode(hashlib.sha256(der).digest()).decode()}'
        "</xad:DigestValue></xad:CertDigest><xad:IssuerSerial><ds:X509IssuerName>CN=Anne</ds:X509IssuerName>"
        "<ds:X509SerialNumber>1</ds:X509SerialNumber></xad:IssuerSerial></xad:Cert></xad:SigningCertificate>"
        f"{named if policy else ''}<xad:SignerRole><xad:ClaimedRoles><xad:ClaimedRole>Maire</xad:ClaimedRole>"
        "</xad:ClaimedRoles></xad:SignerRole></xad:SignedSignatureProperties></xad:SignedProperties>"
        "</xad:QualifyingProperties></ds:Object></ds:Signature>"
    )
    parent.append(signature)
    properties = next(signature.iter(f"{{http://uri.etsi.org/01903/v{version}#}}SignedProperties"))
    method = "ecdsa-sha256" if kind == "ec" else "rsa-sha256"
    info = etree.fromstring(
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXC}"/>'
        f'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{method}"/>'
        f"{_reference(f'#{target}', digest, True)}{_reference(f'#P{target}', _digest(properties), False)}</ds:SignedInfo>"
    )
    signature.replace(signature[0], info)
    message = etree.tostring(info, method="c14n", exclusive=True, with_tail=False)
    signature[1].text = base64.b64encode(_signed(key, kind, message)).decode()
    return etree.tostring(root, encoding="ISO-8859-1", xml_declaration=True)


def _signed(key, kind, message):
    if kind == "rsa":
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def acquit(elements, version=2, nomfic="FLUX1", codcol="123"):
    """Return the bytes of an acknowledgement."""
    end = "/v2" if version == 2 else ""
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        f'<n:PES_ACQUIT xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour{end}"><Enveloppe><Parametres>'
        f'<Version V="2"/><TypFic V="PESALR2"/><NomFic V="{nomfic}"/></Parametres><Emetteur><Sigle V="A"/><Adresse V="B"/>'
        '</Emetteur></Enveloppe><EnTetePES><DteStr V="2026-03-17"/><IdPost V="035007"/><IdColl V="21350238800019"/>'
        f'<CodCol V="{codcol}"/><CodBud V="00"/></EnTetePES><ACQUIT><EnTeteAcquit><IdVer V="{version}"/></EnTeteAcquit>'
        f"{elements}</ACQUIT></n:PES_ACQUIT>"
    ).encode("iso-8859-1")
