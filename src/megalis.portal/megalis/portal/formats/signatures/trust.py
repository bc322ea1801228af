"""Whom we trust: certificates and revocation lists of a folder of the operator, and EU trusted lists kept as files.

Nothing is fetched. A trusted list (ETSI TS 119 612) counts only if its own signature holds; where the operator names who
signs lists, only theirs count. Its services of type CA/QC that are granted become anchors.
"""

from asn1crypto import pem
from asn1crypto import x509
from cryptography import x509 as cx509
from dataclasses import dataclass
from dataclasses import field
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from pathlib import Path

import base64
import binascii


TSL = "http://uri.etsi.org/02231/v2#"
MAX_FILE = 32 * 1024 * 1024
MAX_ELEMENTS = 2_000_000
CA_QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
GRANTED = ("granted", "undersupervision", "supervisionincessation", "accredited")


@dataclass(frozen=True)
class Anchor:
    """A certificate we trust: its DER bytes, the words that say why, whether a trusted list says it issues qualified ones."""

    der: bytes
    label: str
    qualified: bool = False


@dataclass
class Trust:
    """Anchors by the digest of their certificate, revocation lists (DER), and what could not be read, in French."""

    anchors: dict = field(default_factory=dict)
    crls: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    lists: list = field(default_factory=list)  # (file name, territory, number of anchors)

    def add(self, der, label, qualified=False):
        certificate = x509.Certificate.load(der)
        certificate.subject.native  # noqa: B018  asn1crypto reads lazily: what is malformed is refused here
        known = self.anchors.get(certificate.sha256)
        if known is None or (qualified and not known.qualified):
            self.anchors[certificate.sha256] = Anchor(der, label, qualified)

    @property
    def roots(self):
        return [x509.Certificate.load(anchor.der) for anchor in self.anchors.values()]


def load(folder=None, lists=None):
    """Return the Trust of a ``folder`` (``*.pem``, ``*.crt``, ``*.cer``, ``*.der``, and ``crl/``) and of a folder of ``lists``.

    Either may be None or missing: nothing is trusted then, and reports say so.
    """
    trust = Trust()
    for path in _files(folder, "*.pem", "*.crt", "*.cer", "*.der"):
        _try(trust, path, lambda path=path: _anchors(trust, path))
    for path in _files(Path(folder, "crl") if folder else None, "*.crl", "*.pem"):
        _try(trust, path, lambda path=path: trust.crls.append(_crl(path.read_bytes())))
    signers = [der for path in _files(Path(lists, "signataires") if lists else None, "*.pem", "*.crt", "*.cer", "*.der")
               for der in _ders(path.read_bytes())]  # fmt: skip
    for path in _files(lists, "*.xml"):
        _try(trust, path, lambda path=path: _list(trust, path, signers))
    return trust


def _files(folder, *patterns):
    if folder is None or not Path(folder).is_dir():
        return []
    found = {path for pattern in patterns for path in Path(folder).glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.stat().st_size <= MAX_FILE)


def _try(trust, path, act):
    try:
        act()
    except (ValueError, TypeError, KeyError, OSError, Refused, binascii.Error) as error:
        reason = str(error) if isinstance(error, Refused) else "illisible"
        trust.problems.append(f"{path.name} : {reason}")


def _ders(data):
    if pem.detect(data):
        return [der for kind, _headers, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"]
    return [data]


def _anchors(trust, path):
    for der in _ders(path.read_bytes()):
        trust.add(der, f"déposée par l’exploitant ({path.name})")


def _crl(data):
    if pem.detect(data):
        data = pem.unarmor(data)[2]
    cx509.load_der_x509_crl(data)
    return data


def _list(trust, path, signers):
    from megalis.portal.formats.signatures import xades

    root = safexml.load(path.read_bytes(), "liste", MAX_FILE, MAX_ELEMENTS).root
    if root.tag != f"{{{TSL}}}TrustServiceStatusList":
        raise Refused("liste.racine", "ce n’est pas une liste de confiance (TS 119 612)")
    found = xades.find(root, path.name, {})
    if not found or found[0].problem is not None:
        why = str(found[0].problem) if found else "elle n’est pas signée"
        raise Refused("liste.signature", f"liste de confiance écartée, {why}")
    if signers and found[0].certificate not in signers:
        raise Refused("liste.signataire", "liste de confiance signée par un certificat que l’exploitant n’a pas admis")
    territory = (root.findtext(f"{{{TSL}}}SchemeInformation/{{{TSL}}}SchemeTerritory") or "?").strip()[:8]
    count = len(trust.anchors)
    for provider in root.iter(f"{{{TSL}}}TrustServiceProvider"):
        name = (provider.findtext(f"{{{TSL}}}TSPInformation/{{{TSL}}}TSPName/{{{TSL}}}Name") or "").strip()[:120]
        for service in provider.iter(f"{{{TSL}}}ServiceInformation"):
            _service(trust, service, name, territory)
    trust.lists.append((path.name, territory, len(trust.anchors) - count))


def _service(trust, service, name, territory):
    kind = (service.findtext(f"{{{TSL}}}ServiceTypeIdentifier") or "").strip()
    status = (service.findtext(f"{{{TSL}}}ServiceStatus") or "").strip().rpartition("/")[2].lower()
    if kind != CA_QC or status not in GRANTED:
        return
    for element in service.iterfind(f"{{{TSL}}}ServiceDigitalIdentity/{{{TSL}}}DigitalId/{{{TSL}}}X509Certificate"):
        der = base64.b64decode("".join((element.text or "").split()), validate=True)
        trust.add(der, f"liste de confiance {territory}, {name}", qualified=True)
