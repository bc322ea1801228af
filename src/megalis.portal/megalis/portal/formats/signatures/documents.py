"""The signatures of a set of documents that came together: within them, around them, or beside them."""

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from megalis.portal.formats import cms
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.signatures import cades
from megalis.portal.formats.signatures import pades
from megalis.portal.formats.signatures import paths
from megalis.portal.formats.signatures import report
from megalis.portal.formats.signatures import xades
from megalis.portal.formats.signatures.report import Found
from megalis.portal.formats.signatures.report import Problem
from pathlib import Path

import re


MAX_XML = 32 * 1024 * 1024
MAX_ELEMENTS = 500_000
BLOCK = 1024 * 1024
CARRIERS = (".p7s", ".p7m", ".sig", ".pkcs7", ".xml", ".xades", ".asics")
_INSTRUCTION = re.compile(rb"<\?(?!xml[\s?])")


@dataclass(frozen=True)
class Document:
    """A file to look at: its name in the bid, and where its bytes are."""

    name: str
    path: Path

    @property
    def size(self):
        return self.path.stat().st_size


def verify(documents, trust, moment=None, now=None):
    """Return the Reports of every signature found among ``documents`` (list of Document of one bid), in their order.

    ``moment``: when they are known to exist (their deposit). A document without any signature has no report.
    """
    now = now or datetime.now(UTC)
    digests = {document.name: _digests(document.path) for document in documents}
    found = []
    for document in documents:
        others = {name: made for name, made in digests.items() if name != document.name}
        try:
            found += _of(document, others)
        except Problem as problem:
            found.append(Found("?", "enveloppée", document.name, document.name, problem))
    return [paths.judge(item, trust, moment, now) for item in found]


def _digests(path):
    made = cms.Digests()
    with path.open("rb") as stream:
        while data := stream.read(BLOCK):
            made.update(data)
    return made.all()


def _of(document, others):
    with document.path.open("rb") as stream:
        start = stream.read(2048)
    if b"%PDF-" in start[:1024]:
        if document.size > pades.MAX_PDF:
            raise Problem(
                report.GENERIC, f"PDF de plus de {pades.MAX_PDF // 1048576} Mo : ses signatures ne sont pas lues."
            )
        return pades.find(document.path, document.name)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _xml(document, others)
    if document.name.lower().endswith((".p7s", ".p7m", ".sig", ".pkcs7")) or b"-----BEGIN PKCS7" in start:
        return _cms(document, others)
    return []


def _xml(document, others):
    named = document.name.lower().endswith((".xml", ".xades", ".sig"))
    if document.size > MAX_XML:
        if named:
            raise Problem(report.GENERIC, f"XML de plus de {MAX_XML // 1048576} Mo : ses signatures ne sont pas lues.")
        return []
    data = document.path.read_bytes()
    if xmldsig_absent(data):
        return []
    try:
        root = safexml.load(data, "signature", MAX_XML, MAX_ELEMENTS).root
    except Refused as refused:
        raise Problem(report.FORMAT_FAILURE, str(refused)) from refused
    if _INSTRUCTION.search(data):
        told = (
            "Le document contient des instructions de traitement, que la plateforme ne compte pas dans les empreintes."
        )
        raise Problem(report.GENERIC, told)
    return xades.find(root, document.name, others)


def xmldsig_absent(data):
    """Tell whether nothing in the bytes can be an XML signature: most XML documents are not even parsed."""
    return b"http://www.w3.org/2000/09/xmldsig#" not in data


def _cms(document, others):
    limit = cades.MAX_ATTACHED if document.name.lower().endswith((".p7m", ".pkcs7")) else cades.MAX_DETACHED
    if document.size > limit:
        raise Problem(report.GENERIC, f"Signature de plus de {limit // 1048576} Mo : elle n’est pas lue.")
    signed = cades.parse(document.path.read_bytes())
    if signed is None:
        raise Problem(report.FORMAT_FAILURE, "Ce n’est pas une signature CMS (PKCS #7), malgré le nom du fichier.")
    content = cades.content_of(signed)
    if content is not None:
        return cades.find(signed, document.name, document.name, cms.digests(content), "jointe")
    name = _signed_by(document.name, cades.digest_wanted(signed), others)
    return cades.find(signed, document.name, name or "", others.get(name), "détachée")


def _signed_by(carrier, wanted, others):
    """Return the name of the file a detached signature goes with: of the right digest, else of the right name."""
    for name, made in others.items():
        if wanted & set(made.values()):
            return name
    base = carrier.rpartition(".")[0]
    if base in others:
        return base
    stems = [name for name in others if name.rpartition(".")[0] == base]
    return stems[0] if len(stems) == 1 else None
