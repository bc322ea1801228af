"""The manifest of a SEDA 2.1 transfer, from a ``Versement``: strict, since an archive service refuses it as a whole."""

from datetime import UTC
from lxml import etree
from megalis.portal.formats import referentiels
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda.model import DESTROY
from megalis.portal.formats.seda.model import KEEP
from megalis.portal.formats.seda.model import LEVELS
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.xsd import schema
from pathlib import PurePosixPath

import re


SEDA = "fr:gouv:culture:archivesdefrance:seda:v2.1"
SCHEMAS = ("seda-2.1-main.xsd", "seda-vitam-2.1-main.xsd")
ALGORITHM = "SHA-512"
MAX_DEPTH = 12
MAX_FILES = 100_000

_SHA512 = re.compile(r"[0-9a-f]{128}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]+")


class TransferRefused(Refused):
    """A transfer that is not fit to be sent; ``findings`` has every reason."""

    def __init__(self, found):
        self.findings = tuple(found)
        super().__init__(self.findings[0].code, " ".join(item.message for item in self.findings[:5]))


def official_schema():
    """Return the official ``Schema``, or None when it is not installed or cannot be read."""
    for name in SCHEMAS:
        path = referentiels.find("seda-2.1", name)
        if path is not None:
            try:
                return schema(str(path))
            except (etree.LxmlError, OSError):
                return None
    return None


def objects(unites):
    """Yield every ``Objet`` under units, in the order of the manifest."""
    for unite in unites:
        yield from unite.fichiers
        yield from objects(unite.sous)


def findings(versement):
    """Return what is wrong in a ``Versement``, as a tuple of ``Finding``: codes ``seda.…``."""
    found = []
    for name in ("identifiant", "service_archives", "service_versant", "producteur"):
        if not _text(getattr(versement, name)):
            found.append(Finding("seda.absent", f"« {name.replace('_', ' ')} » manque au versement : complétez-le."))
    if versement.date.tzinfo is None:
        found.append(Finding("seda.date", "L’instant du versement n’a pas de fuseau horaire."))
    if not versement.unites:
        found.append(Finding("seda.absent", "Le versement ne décrit rien : il lui faut une unité au moins."))
    _unites(found, versement.unites, 1)
    _objets(found, list(objects(versement.unites)))
    return tuple(found)


def _unites(found, unites, depth):
    if unites and depth > MAX_DEPTH:
        found.append(Finding("seda.profondeur", f"Le versement a plus de {MAX_DEPTH} niveaux."))
        return
    for unite in unites:
        if not _text(unite.titre):
            found.append(Finding("seda.titre", "Une unité n’a pas de titre : donnez-lui-en un."))
        if unite.niveau not in LEVELS:
            found.append(Finding("seda.niveau", f"« {unite.niveau[:20]} » n’est pas un niveau de description."))
        if unite.conservation and unite.conservation.sort not in (KEEP, DESTROY):
            found.append(
                Finding("seda.sort", f"« {unite.titre[:60]} » : le sort final est de conserver ou de détruire.")
            )
        if unite.acces and not unite.acces.code:
            found.append(Finding("seda.acces", f"« {unite.titre[:60]} » : la règle d’accès n’a pas de code."))
        _unites(found, unite.sous, depth + 1)


def _objets(found, files):
    if len(files) > MAX_FILES:
        found.append(Finding("seda.fichiers", f"Le versement a plus de {MAX_FILES} fichiers : faites-en plusieurs."))
    seen = {}
    for item in files:
        path = PurePosixPath(item.chemin)
        if not item.chemin or path.is_absolute() or ".." in path.parts or _CONTROL.search(item.chemin):
            found.append(
                Finding("seda.chemin", f"« {item.chemin[:80]} » n’est pas un chemin permis dans le versement.")
            )
        if not _SHA512.fullmatch(item.sha512):
            found.append(Finding("seda.empreinte", f"« {item.nom[:80]} » n’a pas d’empreinte SHA-512 en hexadécimal."))
        if type(item.taille) is not int or item.taille < 0:
            found.append(Finding("seda.taille", f"« {item.nom[:80]} » n’a pas de taille en octets."))
        if not _text(item.nom):
            found.append(Finding("seda.nom", f"« {item.chemin[:80]} » n’a pas de nom de fichier."))
        if seen.setdefault(item.chemin, item) != item:
            found.append(
                Finding("seda.double", f"« {item.chemin[:80]} » désigne deux fichiers : un chemin par fichier.")
            )


def write(versement, official=None):
    """Return the bytes (UTF-8) of the manifest; raise ``TransferRefused`` when it is not fit to be sent.

    A file that several units describe is one data object, named once and referred to by each.
    """
    found = findings(versement)
    if found:
        raise TransferRefused(found)
    root = etree.Element(f"{{{SEDA}}}ArchiveTransfer", nsmap={None: SEDA})
    if _text(versement.commentaire):
        _add(root, "Comment", versement.commentaire)
    _add(root, "Date", versement.date.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z")
    _add(root, "MessageIdentifier", versement.identifiant)
    if versement.accord:
        _add(root, "ArchivalAgreement", versement.accord)
    _code_lists(root)
    package = etree.SubElement(root, f"{{{SEDA}}}DataObjectPackage")
    groups = _data_objects(package, versement)
    described = etree.SubElement(package, f"{{{SEDA}}}DescriptiveMetadata")
    _Units(groups).put(described, versement.unites)
    management = etree.SubElement(package, f"{{{SEDA}}}ManagementMetadata")
    for name, value in (("ArchivalProfile", versement.profil), ("ServiceLevel", versement.niveau_service)):
        if value:
            _add(management, name, value)
    _add(management, "OriginatingAgencyIdentifier", versement.producteur)
    _add(management, "SubmissionAgencyIdentifier", versement.service_versant)
    for name, value in (
        ("ArchivalAgency", versement.service_archives),
        ("TransferringAgency", versement.service_versant),
    ):
        _add(etree.SubElement(root, f"{{{SEDA}}}{name}"), "Identifier", value)
    official = official_schema() if official is None else official
    found = official.findings(root, "seda.schema") if official is not None else ()
    if found:
        raise TransferRefused(found)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _text(value):
    return " ".join(_CONTROL.sub(" ", str(value or "")).split())


def _add(parent, name, value, **attributes):
    child = etree.SubElement(parent, f"{{{SEDA}}}{name}", attributes)
    child.text = _text(value)
    return child


def _code_lists(root):
    lists = etree.SubElement(root, f"{{{SEDA}}}CodeListVersions")
    for name in ("Reply", "MessageDigestAlgorithm", "MimeType", "FileFormat", "AppraisalRule", "AccessRule"):
        _add(lists, f"{name}CodeListVersion", f"{name}CodeListVersion")


def _data_objects(package, versement):
    """Write one group a file; return ``{path: group id}``."""
    groups = {}
    for item in objects(versement.unites):
        if item.chemin in groups:
            continue
        rank = len(groups) + 1
        groups[item.chemin] = f"GROUPE{rank}"
        group = etree.SubElement(package, f"{{{SEDA}}}DataObjectGroup", {"id": groups[item.chemin]})
        binary = etree.SubElement(group, f"{{{SEDA}}}BinaryDataObject", {"id": f"OBJET{rank}"})
        _add(binary, "DataObjectVersion", "BinaryMaster_1")
        _add(binary, "Uri", item.chemin)
        _add(binary, "MessageDigest", item.sha512, algorithm=ALGORITHM)
        _add(binary, "Size", item.taille)
        if item.mime or item.format_id:
            known = etree.SubElement(binary, f"{{{SEDA}}}FormatIdentification")
            for name, value in (("MimeType", item.mime), ("FormatId", item.format_id)):
                if value:
                    _add(known, name, value)
        _add(etree.SubElement(binary, f"{{{SEDA}}}FileInfo"), "Filename", item.nom)
    return groups


class _Units:
    """Writes units and numbers them."""

    def __init__(self, groups):
        self._groups, self._count = groups, 0

    def put(self, parent, unites):
        """Write units under an element."""
        for unite in unites:
            element = self._open(parent)
            self._management(element, unite)
            _content(element, unite)
            # A unit may hold at most one group of objects: several files are several units below.
            if len(unite.fichiers) == 1:
                self._refer(element, unite.fichiers[0])
            else:
                for item in unite.fichiers:
                    below = self._open(element)
                    content = etree.SubElement(below, f"{{{SEDA}}}Content")
                    _add(content, "DescriptionLevel", "Item")
                    _add(content, "Title", item.nom)
                    self._refer(below, item)
            self.put(element, unite.sous)

    def _open(self, parent):
        self._count += 1
        return etree.SubElement(parent, f"{{{SEDA}}}ArchiveUnit", {"id": f"UNITE{self._count}"})

    def _refer(self, element, item):
        reference = etree.SubElement(element, f"{{{SEDA}}}DataObjectReference")
        _add(reference, "DataObjectGroupReferenceId", self._groups[item.chemin])

    def _management(self, element, unite):
        if not (unite.conservation or unite.acces):
            return
        management = etree.SubElement(element, f"{{{SEDA}}}Management")
        for name, regle in (("AppraisalRule", unite.conservation), ("AccessRule", unite.acces)):
            if regle is None:
                continue
            rule = etree.SubElement(management, f"{{{SEDA}}}{name}")
            if regle.code:
                _add(rule, "Rule", regle.code)
                if regle.debut:
                    _add(rule, "StartDate", regle.debut.isoformat())
            if name == "AppraisalRule":
                _add(rule, "FinalAction", regle.sort)


def _content(element, unite):
    content = etree.SubElement(element, f"{{{SEDA}}}Content")
    _add(content, "DescriptionLevel", unite.niveau)
    _add(content, "Title", unite.titre)
    for name, value in (
        ("OriginatingAgencyArchiveUnitIdentifier", unite.identifiant),
        ("Description", unite.description),
        ("DocumentType", unite.type_document),
    ):
        if _text(value):
            _add(content, name, value)
    for word in unite.mots:
        if _text(word):
            _add(content, "Tag", word)
    for name, day in (
        ("CreatedDate", unite.cree),
        ("SentDate", unite.envoye),
        ("ReceivedDate", unite.recu),
        ("RegisteredDate", unite.enregistre),
    ):
        if day:
            _add(content, name, day.isoformat())
