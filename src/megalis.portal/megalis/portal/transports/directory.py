"""Two folders in place of a network: an operator’s own gateway carries what stands in one, and drops answers in the other."""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from megalis.portal.formats.actes.names import is_plain
from megalis.portal.transports.outcomes import File
from megalis.portal.transports.outcomes import Incoming
from megalis.portal.transports.outcomes import Receipt
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import TryLater
from pathlib import Path
from shutil import copyfileobj

import os
import time


PARTIAL = ".part"
MAX_FILE = 150 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Directory:
    """``outbox``: where sendings are put; ``inbox``: where answers come, one file each.

    Answers that were acknowledged go to ``kept``, a folder on the same disk, and are removed when it is not set. A file
    written less than ``settle`` seconds ago may not be whole yet: it waits.
    """

    title = "dossiers de ce serveur"

    outbox: Path
    inbox: Path
    kept: Path | None = None
    settle: float = 2
    largest: int = MAX_FILE

    def send(self, sending):
        """Put a file in the outbox, whole or not at all; return its ``Receipt``."""
        target = self._target(sending)
        partial = target.with_name(f".{target.name}{PARTIAL}")
        with sending.opened() as (stream, size):
            if size > self.largest:
                raise Refusal("transport.taille", f"Le fichier pèse plus de {self.largest // 1048576} Mo : allégez-le.")
            if target.exists():
                return self._there(target, stream, sending)
            try:
                with partial.open("wb") as written:
                    copyfileobj(stream, written)
                    written.flush()
                    os.fsync(written.fileno())
                # Unlike a rename, a link never takes the place of a file that came meanwhile.
                os.link(partial, target)
            except FileExistsError:
                stream.seek(0)
                return self._there(target, stream, sending)
            except OSError as error:
                message = f"Le dossier « {self.outbox} » n’accepte pas le fichier."
                raise TryLater("transport.dossier", message, error.strerror) from None
            finally:
                with suppress(OSError):
                    partial.unlink()
        return Receipt(sending.name)

    def fetch(self, folder, limit=100):
        """Yield the ``Incoming`` answers, the oldest first; they are read where they are."""
        now = time.time()
        try:
            found = [
                (entry.stat().st_mtime_ns, Path(entry.path))
                for entry in os.scandir(self.inbox)
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
            ]
        except OSError as error:
            message = f"Le dossier « {self.inbox} » ne se lit pas."
            raise TryLater("transport.dossier", message, error.strerror) from None
        ready = [item for item in found if now - item[0] / 1e9 >= self.settle and item[1].suffix != PARTIAL]
        for when, path in sorted(ready)[:limit]:
            size = path.stat().st_size
            key, place = f"{path.name}.{size}.{when}", (path, size, when)
            if size > self.largest:
                yield Incoming(key, (), path.name, f"Le fichier pèse plus de {self.largest // 1048576} Mo.", place)
            else:
                yield Incoming(key, (File(path.name, path),), path.name, "", place)

    def acknowledge(self, *incoming):
        """Put away answers that are recorded here; another file that has since taken the name of one stays."""
        for path, size, when in (item.place for item in incoming):
            with suppress(FileNotFoundError):
                found = path.stat()
                if (found.st_size, found.st_mtime_ns) != (size, when):
                    continue
                if self.kept is None:
                    path.unlink()
                else:
                    os.replace(path, Path(self.kept, path.name))

    def seen(self, sending):
        """True when the outbox holds that very file, None when it does not: the gateway may have taken it away."""
        target = self._target(sending)
        with sending.opened() as (stream, _size):
            return True if target.is_file() and _same(target, stream) else None

    def _target(self, sending):
        if not is_plain(sending.name):
            message = f"« {sending.name[:80]} » n’est pas un nom de fichier permis (lettres, chiffres, « . _ - »)."
            raise Refusal("transport.nom", message)
        return Path(self.outbox, sending.name)

    def _there(self, target, stream, sending):
        if _same(target, stream):
            return Receipt(sending.name, already=True)
        message = f"Un autre fichier nommé « {sending.name} » attend déjà dans le dossier : il n’est pas remplacé."
        raise Refusal("transport.doublon", message)


def _same(path, stream):
    with path.open("rb") as other:
        return file_digest(other, "sha256").digest() == file_digest(stream, "sha256").digest()
