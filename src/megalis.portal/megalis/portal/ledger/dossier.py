"""The archive of a consultation, verified offline: each file by its hash, each event by its proof, each receipt by its key.

A dossier is a ZIP. ``manifest.json`` lists the SHA-256 of every file but the two manifests; ``manifest.xml`` is the transfer
to an archive service (SEDA 2.1) and lists the SHA-512 of every file but itself.
"""

from hashlib import sha256
from hashlib import sha512
from io import BufferedReader
from megalis.portal.formats import jcs
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda.manifest import official_schema
from megalis.portal.formats.seda.manifest import SEDA
from megalis.portal.formats.verdict import Finding
from megalis.portal.formats.verdict import refused
from megalis.portal.formats.verdict import Verdict
from megalis.portal.ledger import schema
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.extract import verify_extract
from megalis.portal.ledger.receipts import MAX_RECEIPT
from megalis.portal.ledger.receipts import refusal
from megalis.portal.ledger.receipts import verify_receipt
from zipfile import BadZipFile
from zipfile import ZipFile

import zlib


FORMAT = "megalis.bzh/dossier/1"
MANIFEST, TRANSFER = "manifest.json", "manifest.xml"
EXTRACT = "journal/extrait.jsonl"
RECEIPTS = "accuses/"
MAX_MANIFEST = 64 * 1024 * 1024
MAX_FINDINGS = 200
STEP = 1 << 20


def _format(value):
    return value == FORMAT


schema.EXPECTED[_format] = f"« {FORMAT} » attendu"
_SHAPE = schema.Shape(
    format=_format,
    etabli=schema.instant,
    consultation=schema.Shape(uuid=schema.uuid, reference=schema.text, objet=schema.text),
    acheteur=schema.Shape(siret=schema.text, nom=schema.text),
    fichiers=schema.Many(
        schema.Shape(chemin=schema.text, taille=schema.natural, sha256=schema.digest, titre=schema.text)
    ),
)


def manifest(made, consultation, buyer, files):
    """Return the bytes of ``manifest.json``.

    ``made``: RFC 3339; ``consultation``: dict ``uuid, reference, objet``; ``buyer``: dict ``siret, nom``; ``files`` yields
    ``(path, size, SHA-256 in hex, title)``.
    """
    rows = [dict(zip(("chemin", "taille", "sha256", "titre"), row, strict=True)) for row in files]
    value = {"format": FORMAT, "etabli": made, "consultation": consultation, "acheteur": buyer, "fichiers": rows}
    return jcs.dumps(value)


def check(path):
    """Return the ``Verdict`` of the dossier at ``path``; OSError when it cannot be read."""
    try:
        with ZipFile(path) as archive:
            return _Check(archive).verdict()
    except (BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        return refused("dossier.zip", f"Ce n’est pas une archive ZIP lisible ({error}) : téléchargez-la de nouveau.")


class _Check:
    def __init__(self, archive):
        self.archive = archive
        self.errors, self.warnings, self.extra = [], [], {}
        self.members = {}
        self.digests = {}

    def refuse(self, code, message):
        if len(self.errors) < MAX_FINDINGS:
            self.errors.append(Finding(code, message))

    def verdict(self):
        self._members()
        listed = self._manifest()
        if listed is not None:
            self._files(listed)
            self._transfer()
            self._extract()
            self._receipts()
        return Verdict(tuple(self.errors), tuple(self.warnings), self.extra)

    def _members(self):
        for info in self.archive.infolist():
            if info.filename in self.members:
                self.refuse("dossier.double", f"« {info.filename[:120]} » figure deux fois dans l’archive.")
            if info.filename.startswith("/") or ".." in info.filename.split("/") or info.flag_bits & 1:
                self.refuse("dossier.chemin", f"« {info.filename[:120]} » n’est pas un fichier permis dans un dossier.")
            self.members[info.filename] = info

    def _read(self, name, limit):
        info = self.members.get(name)
        if info is None or info.file_size > limit:
            return None
        with self.archive.open(info) as stream:
            return stream.read(limit + 1)

    def _manifest(self):
        """Return ``{path: (size, sha256)}``, or None."""
        data = self._read(MANIFEST, MAX_MANIFEST)
        if data is None:
            self.refuse(
                "dossier.manifeste", f"L’archive n’a pas de {MANIFEST} lisible : ce n’est pas un dossier complet."
            )
            return None
        try:
            value = schema.read_json(data, MAX_MANIFEST, LedgerError)
            schema.check(value, _SHAPE, MANIFEST, LedgerError)
        except LedgerError as error:
            self.refuse("dossier.manifeste", f"{MANIFEST} : {error.message}.")
            return None
        self.extra["consultation"] = value["consultation"]["reference"]
        self.extra["fichiers"] = len(value["fichiers"])
        self.subject = value["consultation"]["uuid"]
        return {row["chemin"]: (row["taille"], row["sha256"]) for row in value["fichiers"]}

    def _files(self, listed):
        for name, info in self.members.items():
            self.digests[name] = found = self._digest(name, info)
            if found is None or name in (MANIFEST, TRANSFER):
                continue
            size, digest, _other = found
            if name not in listed:
                self.refuse("dossier.en-trop", f"« {name[:120]} » n’est pas au manifeste : il a été ajouté après coup.")
            elif (size, digest) != listed[name]:
                self.refuse("dossier.empreinte", f"« {name[:120]} » n’a pas la taille ou l’empreinte du manifeste.")
        for name in listed:
            if name not in self.members:
                self.refuse("dossier.absent", f"« {name[:120]} » est au manifeste et manque à l’archive.")

    def _digest(self, name, info):
        """Return ``(size, SHA-256, SHA-512)`` of a member, None when it does not read."""
        first, second, size = sha256(), sha512(), 0
        try:
            with self.archive.open(info) as stream:
                while block := stream.read(STEP):
                    size += len(block)
                    first.update(block)
                    second.update(block)
        except (BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
            self.refuse("dossier.illisible", f"« {name[:120]} » ne se lit pas dans l’archive ({error}).")
            return None
        return size, first.hexdigest(), second.hexdigest()

    def _transfer(self):
        data = self._read(TRANSFER, MAX_MANIFEST)
        if data is None:
            self.refuse(
                "dossier.seda", f"L’archive n’a pas de {TRANSFER} lisible : elle ne se verse pas à un archivage."
            )
            return
        try:
            root = safexml.load(data, "dossier.seda", MAX_MANIFEST, 4_000_000).root
        except Refused as error:
            self.refuse(error.code, f"{TRANSFER} : {error.message}")
            return
        said = {}
        for item in root.iter(f"{{{SEDA}}}BinaryDataObject"):
            values = [item.findtext(f"{{{SEDA}}}{tag}", "") for tag in ("Uri", "Size", "MessageDigest")]
            said[values[0]] = (values[1], values[2])
        for name, found in self.digests.items():
            if name != TRANSFER and found is not None and said.pop(name, None) != (str(found[0]), found[2]):
                self.refuse("dossier.seda", f"« {name[:120]} » n’est pas décrit comme il est par {TRANSFER}.")
        for name in said:
            self.refuse("dossier.seda", f"« {name[:120]} » est décrit par {TRANSFER} et manque à l’archive.")
        official = official_schema()
        if official is None:
            self.warnings.append(
                Finding("dossier.seda.schema", f"Schéma officiel SEDA 2.1 absent : {TRANSFER} n’y est pas confronté.")
            )
        else:
            self.errors += official.findings(root, "dossier.seda.schema")[: MAX_FINDINGS - len(self.errors)]

    def _extract(self):
        info = self.members.get(EXTRACT)
        if info is None:
            self.warnings.append(Finding("dossier.journal.absent", "Le dossier n’a pas d’extrait du journal."))
            return
        try:
            with self.archive.open(info) as stream:
                found = verify_extract(BufferedReader(stream))
        except LedgerError as error:
            self.refuse(f"dossier.journal.{error.code}", f"Extrait du journal : {error.message}.")
            return
        except (BadZipFile, zlib.error):
            return  # told with its hash
        if found.subject != self.subject:
            self.refuse("dossier.journal.sujet", "L’extrait du journal est celui d’une autre consultation.")
        self.extra["evenements"] = found.count
        self.extra["cle"] = found.key

    def _receipts(self):
        names = [name for name in self.members if name.startswith(RECEIPTS) and name.endswith(".json")]
        for name in names:
            data = self._read(name, MAX_RECEIPT)
            wrong = refusal(verify_receipt(data, self.extra.get("cle"))) if data is not None else None
            if data is None or wrong is not None:
                why = wrong.message if wrong is not None else "trop gros"
                self.refuse("dossier.accuse", f"« {name[:120]} » : {why}.")
        self.extra["accuses"] = len(names)
