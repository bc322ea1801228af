"""The letters of a simulator: a maildir that IMAP serves and any mail reader opens, filled when their time has come."""

from base64 import encodebytes
from contextlib import suppress
from email.utils import format_datetime
from hashlib import sha256
from megalis.portal.transports.simulator.pending import Pending
from pathlib import Path
from threading import Lock

import os
import re
import time


INBOX = "INBOX"
FLAGS = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "T": "\\Deleted", "D": "\\Draft"}
_LETTERS = {flag.lower(): letter for letter, flag in FLAGS.items()}
_NAME = re.compile(r"(\d{8})\.[^:]*(?::2,([A-Z]*))?")


class Letter:
    """One letter in a folder: its number, its flags, its path."""

    def __init__(self, uid, path, letters=""):
        self.uid, self.path, self.letters = uid, path, letters

    @property
    def flags(self):
        """Its flags, as IMAP names them."""
        return [FLAGS[letter] for letter in self.letters if letter in FLAGS]


class Letterbox(Pending):
    """The folders of a mailbox under ``path``: ``INBOX`` and those that were created."""

    def __init__(self, path, clock=time.time):
        self.path = Path(path)
        super().__init__(self.path / "a-envoyer", clock)
        self._lock = Lock()
        self.create(INBOX)
        self._era = self.path / "uidvalidity"
        if not self._era.exists():
            self._era.write_text(str(int(clock())))

    @property
    def era(self):
        """The number that changes when letters are numbered anew."""
        return self._era.read_text().strip()

    def folders(self):
        """Return the names of the folders."""
        return sorted(path.name for path in self.path.iterdir() if (path / "cur").is_dir())

    def create(self, name):
        """Make a folder; False when its name is not admitted."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name) or name == "a-envoyer":
            return False
        for part in ("tmp", "new", "cur"):
            Path(self.path, name, part).mkdir(parents=True, exist_ok=True)
        return True

    def release(self, path, key):
        """Put a letter in ``INBOX`` under the next number."""
        with self._lock:
            os.replace(path, Path(self.path, INBOX, "new", f"{self._number():08d}.{key}"))

    def _number(self):
        path = self.path / "uid"
        last = int(path.read_text()) if path.exists() else 0
        partial = path.with_suffix(".tmp")
        partial.write_text(str(last + 1))
        os.replace(partial, path)
        return last + 1

    def letters(self, folder=INBOX):
        """Return the ``Letter`` of a folder, by number; None when there is no such folder."""
        if folder not in self.folders():
            return None
        with self._lock:
            found = []
            for part in ("new", "cur"):
                for entry in os.scandir(Path(self.path, folder, part)):
                    match = _NAME.fullmatch(entry.name)
                    if match:
                        found.append(Letter(int(match[1]), Path(entry.path), match[2] or ""))
        return sorted(found, key=lambda letter: letter.uid)

    def flag(self, folder, letter, flags, how):
        """Change the flags of a letter: ``how`` is '+', '-' or '' (replace)."""
        asked = {_LETTERS[flag.lower()] for flag in flags if flag.lower() in _LETTERS}
        held = set(letter.letters)
        letters = "".join(sorted(held | asked if how == "+" else held - asked if how == "-" else asked))
        name = f"{letter.path.name.partition(':2,')[0]}:2,{letters}"
        with self._lock, suppress(FileNotFoundError):
            target = Path(self.path, folder, "cur", name)
            os.replace(letter.path, target)
            letter.path, letter.letters = target, letters

    def copy(self, letter, folder):
        """Copy a letter into a folder."""
        with self._lock:
            target = Path(self.path, folder, "cur", f"{self._number():08d}.copie:2,{letter.letters}")
            with suppress(FileNotFoundError):
                target.write_bytes(letter.path.read_bytes())

    def remove(self, letter):
        """Remove a letter for good."""
        with suppress(FileNotFoundError):
            letter.path.unlink()


def letter(files, to, subject, when, sender="simulateur-prefecture@megalis.test"):
    """Return the bytes of an e-mail with ``(name, bytes)`` files attached, names and subject in ASCII; ``when``: aware datetime.

    Written by hand: the objects of the standard library take ten times as long, which a thousand acts feel.
    """
    mark = sha256(b"".join(data for _name, data in files) + when.isoformat().encode()).hexdigest()[:32]
    lines = [
        f"From: {sender}",
        f"To: {', '.join(to)}",
        f"Subject: {subject}",
        f"Date: {format_datetime(when)}",
        f"Message-ID: <{mark}@megalis.test>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{mark}"',
        "",
        f"--{mark}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Message du simulateur. Aucune valeur.",
    ]
    for name, data in files:
        kind = "application/xml" if name.endswith(".xml") else "application/octet-stream"
        lines += [
            f"--{mark}",
            f'Content-Type: {kind}; name="{name}"',
            f'Content-Disposition: attachment; filename="{name}"',
            "Content-Transfer-Encoding: base64",
            "",
            encodebytes(data).decode().rstrip("\n").replace("\n", "\r\n"),
        ]
    return "\r\n".join([*lines, f"--{mark}--", ""]).encode()
