"""What a transport takes and gives, and the three ways a sending can fail.

Every transport has the same four methods. ``send(sending)`` returns a ``Receipt`` or raises ``Refusal`` (this file will
never be taken), ``TryLater`` (nothing was taken) or ``Unknown`` (its last byte may have been taken: look before you send
again). ``fetch(folder)`` yields ``Incoming`` answers, which stay on the other side until ``acknowledge(*incoming)`` says that they
are recorded here; both may be repeated. ``seen(sending)`` tells whether the other side has a sending: True, False, or
None where only an answer can tell.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from hashlib import file_digest
from hashlib import sha256
from io import BytesIO
from pathlib import Path


class Failure(Exception):
    """A sending or a reading that failed: ``code`` is stable, ``message`` is French, ``detail`` is what the other side said."""

    def __init__(self, code, message, detail=""):
        super().__init__(f"{message} ({detail})" if detail else message)
        self.code = code
        self.message = message
        self.detail = str(detail)[:500]


class Refusal(Failure):
    """The other side will never take this file as it is."""


class TryLater(Failure):
    """Nothing was taken; the same sending may be tried again. ``after``: seconds the other side asks for, None when it does not."""

    def __init__(self, code, message, detail="", after=None):
        super().__init__(code, message, detail)
        self.after = after


class Unknown(Failure):
    """The other side may have taken the sending or not: it is to be looked up before it is sent again."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A file to send: its name, its content (bytes, or the path of a file), and the parameters of the protocol.

    ``sha256``: the hexadecimal digest kept at deposit, compared again before anything leaves; '' for none.
    """

    name: str
    content: bytes | Path
    parameters: dict = field(default_factory=dict)
    sha256: str = ""

    @contextmanager
    def opened(self):
        """Give ``(stream, size)``; raise ``Refusal`` when the file is no longer the one that was deposited."""
        if isinstance(self.content, bytes):
            found = sha256(self.content).hexdigest() if self.sha256 else ""
            self._same(found)
            yield BytesIO(self.content), len(self.content)
            return
        path = Path(self.content)
        if not path.is_file():
            raise Refusal("transport.absent", f"« {self.name} » n’est plus sur le disque : redéposez-le.")
        with path.open("rb") as stream:
            if self.sha256:
                self._same(file_digest(stream, "sha256").hexdigest())
            size = stream.seek(0, 2)
            stream.seek(0)
            yield stream, size

    def _same(self, found):
        if self.sha256 and found != self.sha256.lower():
            raise Refusal(
                "transport.altere",
                f"« {self.name} » a changé depuis son dépôt : il n’est pas envoyé. Redéposez-le.",
                f"{found[:16]} au lieu de {self.sha256[:16]}",
            )


@dataclass(frozen=True, slots=True)
class Receipt:
    """The other side said it has the file. ``already``: it had it before; ``said``: its words."""

    name: str
    said: str = ""
    already: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file of an answer: the name the other side gave it, and where it is now."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Incoming:
    """One answer, as it was read.

    ``key`` is the same each time it is read again, and for it alone: what was recorded under that key was already read.
    ``problem``: why nothing could be read of it (French), '' when all was; ``place``: where it is, for ``acknowledge``.
    """

    key: str
    files: tuple[File, ...] = ()
    subject: str = ""
    problem: str = ""
    place: object = None


def spooled(folder, rank, name, data):
    """Write bytes into ``folder`` under a name of our own; return the ``File``. ``data``: bytes, or an iterable of bytes."""
    path = Path(folder, f"{rank:04d}")
    with path.open("wb") as stream:
        for chunk in [data] if isinstance(data, bytes) else data:
            stream.write(chunk)
    return File(name, path)
