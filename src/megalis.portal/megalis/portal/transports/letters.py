"""The answers of the préfectures, as they come: e-mails with XML and PDF attached, in a mailbox read by IMAP or in a maildir."""

from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.header import make_header
from email.parser import BytesParser
from email.policy import compat32
from megalis.portal.transports.outcomes import Incoming
from megalis.portal.transports.outcomes import spooled
from megalis.portal.transports.outcomes import TryLater
from pathlib import Path

import imaplib
import os
import re


MAX_LETTER = 40 * 1024 * 1024
MAX_PARTS = 200
MAX_LISTED = 16 * 1024 * 1024
AT_ONCE = 200

_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")


def opened(data, key, folder, place=None):
    """Return the ``Incoming`` of the bytes of an e-mail, its attachments written in ``folder``.

    A message inside a message is looked into, since gateways forward that way. Text that is not attached is left out.
    """
    try:
        # The older policy: it takes any header as it comes, and reads five times faster.
        message = BytesParser(policy=compat32).parsebytes(data)
        subject = " ".join(_decoded(message.get("Subject", "")).split())[:300]
        files = []
        for part in message.walk():
            name = part.get_filename()
            if part.is_multipart() or not (name or part.get_content_type() in ("application/xml", "text/xml")):
                continue
            if len(files) >= MAX_PARTS:
                return Incoming(key, (), subject, f"Plus de {MAX_PARTS} pièces dans un message.", place)
            content = part.get_payload(decode=True) or b""
            files.append(spooled(folder, len(files), _name(_decoded(name or ""), len(files)), content))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # Hostile mails still find ways through the parser of the standard library: the letter stays there to be looked at.
        return Incoming(key, (), "", f"Le message n’est pas lisible ({type(error).__name__}).", place)
    problem = "" if files else "Le message n’a aucune pièce jointe."
    return Incoming(key, tuple(files), subject, problem, place)


def _decoded(text):
    """Return a header with its encoded words read, or as it is when they are not."""
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError, HeaderParseError):
        return str(text)


def _name(name, rank):
    plain = " ".join(str(name or "").replace("\\", "/").rpartition("/")[2].split())
    return plain[:200] or f"piece-{rank}.xml"


def _room(folder, rank):
    room = Path(folder, f"{rank:05d}")
    room.mkdir()
    return room


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox read by IMAP. ``context``: a function that returns the ``ssl.SSLContext`` of the day.

    A letter that was acknowledged is moved to ``kept`` when it is set, and removed otherwise. ``largest``: bytes of a letter;
    a larger one is told, and not read.
    """

    host: str
    login: str
    password: str
    context: object
    port: int = 993
    folder: str = "INBOX"
    kept: str = ""
    largest: int = MAX_LETTER
    idle: float = 60

    def fetch(self, folder, limit=100):
        """Yield the ``Incoming`` letters, the oldest first, their files written under ``folder``."""
        with self._selected() as (box, era):
            for rank, uid in enumerate(self._waiting(box)[:limit]):
                key, place = f"{era}.{uid.decode()}", (era, uid)
                size = self._size(box, uid)
                if size is None:
                    continue
                if size > self.largest:
                    yield Incoming(key, (), "", f"Le message pèse plus de {self.largest // 1048576} Mo.", place)
                    continue
                data = self._letter(box, uid)
                if data is not None:
                    yield opened(data, key, _room(folder, rank), place)

    def acknowledge(self, *incoming):
        """Put away letters that are recorded, in one session; those no longer there were put away before."""
        if not incoming:
            return
        with self._selected() as (box, era):
            # Where the server numbered everything anew, the old numbers may be those of other letters.
            uids = [item.place[1].decode() for item in incoming if item.place[0] == era]
            if self.kept:
                with suppress(imaplib.IMAP4.error):
                    box.create(self.kept)
            for start in range(0, len(uids), AT_ONCE):
                self._put_away(box, ",".join(uids[start : start + AT_ONCE]))

    def _put_away(self, box, uids):
        if self.kept and box.uid("COPY", uids, self.kept)[0] != "OK":
            raise TryLater("transport.boite", f"Les messages n’ont pas pu être rangés dans « {self.kept} ».")
        if box.uid("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")[0] != "OK":
            raise TryLater("transport.boite", "Les messages n’ont pas pu être retirés de la boîte aux lettres.")
        if "UIDPLUS" in box.capabilities:
            box.uid("EXPUNGE", uids)
        else:
            box.expunge()

    def _waiting(self, box):
        said, data = box.uid("SEARCH", "UNDELETED")
        if said != "OK":
            raise TryLater("transport.boite", "La boîte aux lettres ne se lit pas.", data)
        return sorted((data[0] or b"").split(), key=int)

    def _size(self, box, uid):
        _said, data = box.uid("FETCH", uid, "(RFC822.SIZE)")
        found = next((_SIZE.search(_line(item)) for item in data or () if item), None)
        return int(found[1]) if found else None

    def _letter(self, box, uid):
        _said, data = box.uid("FETCH", uid, "(BODY.PEEK[])")
        return next((item[1] for item in data or () if isinstance(item, tuple) and len(item) > 1), None)

    @contextmanager
    def _selected(self):
        try:
            box = _bounded(self.largest)(self.host, self.port, ssl_context=self.context(), timeout=self.idle)
        except (OSError, imaplib.IMAP4.error) as error:
            raise TryLater("transport.boite", "La boîte aux lettres ne répond pas.", error) from None
        try:
            box.login(self.login, self.password)
            said, data = box.select(self.folder)
            if said != "OK":
                raise TryLater("transport.boite", f"Le dossier « {self.folder} » n’existe pas.", data)
            _name, era = box.response("UIDVALIDITY")
            yield box, (era[0] or b"0").decode("ascii", "replace") if era else "0"
        except (OSError, imaplib.IMAP4.error) as error:
            raise TryLater("transport.boite", "La boîte aux lettres s’est interrompue.", error) from None
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                box.logout()


def _line(item):
    return item[0] if isinstance(item, tuple) else item


def _bounded(largest):
    """Return an IMAP client that holds no more in memory than a letter may weigh, whatever the server announces."""

    class Client(imaplib.IMAP4_SSL):
        def read(self, size):
            if size > max(largest, MAX_LISTED):
                raise self.abort(f"{size} octets annoncés")
            return super().read(size)

    return Client


@dataclass(frozen=True, slots=True)
class Maildir:
    """A folder of letters that a mail server of this machine fills. Letters acknowledged go to its subfolder ``kept``."""

    path: Path
    kept: str = "traites"
    largest: int = MAX_LETTER

    def fetch(self, folder, limit=100):
        """Yield the ``Incoming`` letters, the oldest first, their files written under ``folder``."""
        found = [path for name in ("new", "cur") for path in _files(Path(self.path, name))]
        # ``2,ST``: letters that a mail reader marked as thrown away are not there any more.
        found = [path for path in found if "T" not in path.name.partition(":2,")[2]]
        for rank, path in enumerate(sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))[:limit]):
            key = path.name.partition(":2,")[0]
            if path.stat().st_size > self.largest:
                yield Incoming(key, (), "", f"Le message pèse plus de {self.largest // 1048576} Mo.", path)
            else:
                yield opened(path.read_bytes(), key, _room(folder, rank), path)

    def acknowledge(self, *incoming):
        """Put away letters that are recorded; those no longer there were put away before."""
        kept = Path(self.path, self.kept)
        kept.mkdir(exist_ok=True)
        for item in incoming:
            with suppress(FileNotFoundError):
                os.replace(item.place, kept / item.place.name)


def _files(folder):
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
