"""What a software drops for one act: a PDF alone, or a ZIP of ``acte.json`` and the files it names.

Pure, and strict: an archive comes from outside. Nothing is unpacked to the disk; sizes are counted on what is really read,
never on what the archive says of itself.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused
from zipfile import BadZipFile
from zipfile import ZipFile

import json
import zlib


SHEET = "acte.json"
MAX_SHEET = 1024 * 1024
MAX_MEMBERS = 500
MAX_BYTES = 150 * 1024 * 1024
TEXTS = ("numero", "date_decision", "nature", "matiere", "objet", "effectif", "votants", "pour", "contre", "abstention")
SWITCHES = ("papier", "demander")
KNOWN = (*TEXTS, *SWITCHES, "fichiers")
STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Fichier:
    """A file of the act: its name in the archive, and its type when one is told."""

    nom: str
    type_pj: str = ""


@dataclass(frozen=True, slots=True)
class Fiche:
    """What ``acte.json`` says: texts by name as a form gives them, files in order (the act first), and what is asked.

    ``demander``: the transmission is asked for, from those who may transmit, when nothing is missing.
    """

    textes: dict
    fichiers: tuple[Fichier, ...] = ()
    demander: bool = False


def sheet(data):
    """Return the ``Fiche`` of the bytes of ``acte.json``; Refused ``actes.depot-fiche`` naming what is wrong in it."""
    if len(data) > MAX_SHEET:
        raise _wrong(f"elle pèse {len(data)} octets, {MAX_SHEET} au plus")
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _wrong("ce n’est pas du JSON en UTF-8") from error
    if not isinstance(said, dict):
        raise _wrong("un objet JSON est attendu")
    unknown = sorted(set(said) - set(KNOWN))
    if unknown:
        raise _wrong(f"« {unknown[0][:40]} » n’est pas un champ ; sont connus {', '.join(KNOWN)}")
    texts = {}
    for name in TEXTS:
        value = said.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _wrong(f"« {name} » est un texte ou un nombre entier")
        texts[name] = str(value)
    for name in SWITCHES:
        if not isinstance(said.get(name, False), bool):
            raise _wrong(f"« {name} » est true ou false")
    if said.get("papier"):
        texts["papier"] = "1"
    return Fiche(texts, tuple(_files(said.get("fichiers", []))), said.get("demander", False))


def _files(said):
    if not isinstance(said, list) or len(said) > MAX_MEMBERS:
        raise _wrong(f"« fichiers » est une liste de {MAX_MEMBERS} fichiers au plus")
    for item in said:
        if isinstance(item, str):
            item = {"nom": item}
        if not isinstance(item, dict) or not isinstance(item.get("nom"), str) or not item["nom"]:
            raise _wrong("chaque fichier a un « nom », celui qu’il a dans l’archive")
        kind = item.get("type", "")
        if not isinstance(kind, str) or len(kind) > 10 or set(item) - {"nom", "type"}:
            raise _wrong(f"« {item['nom'][:60]} » : le « type » est un code comme 99_DE")
        yield Fichier(item["nom"], kind)


def _wrong(why):
    return Refused("actes.depot-fiche", f"La fiche {SHEET} ne se lit pas : {why}.")


def _bad_archive(why):
    return Refused("actes.depot-zip", f"L’archive ne se lit pas : {why}. Refaites-la.")


class Envoi:
    """An archive that holds one act. ``fiche``: its sheet; ``fichiers``: those to read, in order, the act first."""

    def __init__(self, archive):
        self._archive = archive
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise _bad_archive(f"{len(infos)} fichiers, {MAX_MEMBERS} au plus")
        self._infos = {}
        for info in infos:
            if info.is_dir():
                continue
            if info.filename in self._infos:
                raise _bad_archive(f"« {info.filename[:80]} » y est deux fois")
            self._infos[info.filename] = info
        if SHEET not in self._infos:
            raise _bad_archive(f"elle n’a pas de {SHEET} à sa racine")
        self.fiche = sheet(b"".join(self._chunks(SHEET, MAX_SHEET)))
        others = sorted(name for name in self._infos if name != SHEET)
        self.fichiers = self.fiche.fichiers or tuple(map(Fichier, others))
        self._left = MAX_BYTES
        named = [item.nom for item in self.fichiers]
        for name in named:
            if name not in self._infos or name == SHEET:
                raise _bad_archive(f"« {name[:80]} » est dans la fiche et manque à l’archive")
        extra = [name for name in others if name not in set(named)]
        if extra:
            raise _bad_archive(f"« {extra[0][:80]} » n’est pas dans la fiche")

    def _chunks(self, name, limit):
        size = 0
        try:
            with self._archive.open(self._infos[name]) as stream:
                while block := stream.read(STEP):
                    size += len(block)
                    if size > limit:
                        raise Refused(
                            "actes.taille",
                            f"« {name[:80]} » dépasse {limit // 1048576} Mo une fois lu : allégez l’envoi.",
                        )
                    yield block
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise _bad_archive(f"« {name[:80]} » est abîmé, protégé ou d’un procédé inconnu") from error

    def read(self, fichier):
        """Return the bytes of a file; all of them together are at most ``MAX_BYTES``."""
        data = b"".join(self._chunks(fichier.nom, self._left))
        self._left -= len(data)
        return data


@contextmanager
def opened(stream):
    """Give the ``Envoi`` of a binary stream; Refused ``actes.depot-zip``, ``actes.depot-fiche``, ``actes.taille``."""
    try:
        archive = ZipFile(stream)
    except (BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise _bad_archive("ce n’est pas un ZIP, ou il est tronqué") from error
    with archive:
        yield Envoi(archive)
