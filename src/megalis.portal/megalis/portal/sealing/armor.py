"""The text form of an age file: strict PEM-like armor (c2sp.org/age), 64 columns, canonical base64."""

from base64 import b64encode
from binascii import a2b_base64
from binascii import Error as Base64Error
from megalis.portal.sealing.errors import ArmorError


BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"
COLUMNS = 64
WHITESPACE = b" \t\r\n"
MAX_WHITESPACE = 1024
BLOCK = 48 * 1024


def armor(data):
    """Return the armored bytes of ``data`` (a whole age file, in memory: keys and small files)."""
    text = b64encode(data)
    lines = [text[start : start + COLUMNS] for start in range(0, len(text), COLUMNS)]
    return b"\n".join([BEGIN, *lines, END, b""])


class ArmorWriter:
    """A writer that armors what it is given; ``close()`` writes the last line (and leaves the inner writer open)."""

    def __init__(self, writer):
        self._writer = writer
        self._rest = b""
        writer.write(BEGIN + b"\n")

    def write(self, data):
        data = self._rest + bytes(data)
        whole = len(data) - len(data) % 48
        text = b64encode(data[:whole])
        lines = [text[start : start + COLUMNS] for start in range(0, len(text), COLUMNS)]
        self._writer.write(b"".join(line + b"\n" for line in lines))
        self._rest = data[whole:]

    def close(self):
        if self._rest:
            self._writer.write(b64encode(self._rest) + b"\n")
        self._writer.write(END + b"\n")


def is_armored(start):
    """Say whether a file that begins with ``start`` (bytes) is armored, leading white space allowed."""
    return start.lstrip(WHITESPACE).startswith(b"-----")


class ArmorReader:
    """A reader of the bytes inside an armored stream; raises ArmorError on any departure from the strict form."""

    def __init__(self, reader):
        self._reader = reader
        self._text = b""
        self._data = b""
        self._started = self._short = self._ended = False

    def read(self, size=-1):
        """Return up to ``size`` bytes, b"" at the end; by then the closing line has been checked."""
        while not self._data and not self._ended:
            self._advance()
        if size is None or size < 0:
            parts = [self._data]
            self._data = b""
            while not self._ended:
                self._advance()
                parts.append(self._data)
                self._data = b""
            return b"".join(parts)
        out, self._data = self._data[:size], self._data[size:]
        return out

    def _advance(self):
        more = self._reader.read(BLOCK)
        self._text += more
        if not self._started and not self._begin(more):
            return
        lines = self._text.split(b"\n")
        self._text = lines.pop()
        if not more:
            lines, self._text = [*lines, self._text], b""
        for index, line in enumerate(lines):
            if self._line(line.removesuffix(b"\r")):
                self._finish(b"\n".join([*lines[index + 1 :], self._text]))
                return
        if not more:
            raise ArmorError("enveloppe texte sans ligne de fin : le fichier est tronqué")
        if len(self._text) > COLUMNS + 1:
            raise ArmorError("enveloppe texte : ligne de plus de 64 caractères")

    def _begin(self, more):
        self._text = self._text.lstrip(WHITESPACE)
        first, newline, rest = self._text.partition(b"\n")
        if not newline:
            if not more or len(first) > len(BEGIN) + 1:
                raise ArmorError("enveloppe texte sans ligne de début")
            return False
        if first.removesuffix(b"\r") != BEGIN:
            raise ArmorError("enveloppe texte : ligne de début inattendue")
        self._started, self._text = True, rest
        return True

    def _line(self, line):
        """Take one line; return True for the closing one."""
        if line == END:
            return True
        if self._short or not line or len(line) > COLUMNS or len(line) % 4:
            raise ArmorError("enveloppe texte : ligne de longueur inattendue")
        try:
            data = a2b_base64(line, strict_mode=True)
        except Base64Error as error:
            raise ArmorError("enveloppe texte : caractère étranger au base64") from error
        if b64encode(data) != line:
            raise ArmorError("enveloppe texte : base64 non canonique")
        self._short = len(line) < COLUMNS or line.endswith(b"=")
        self._data += data
        return False

    def _finish(self, trailing):
        while True:
            if trailing.strip(WHITESPACE):
                raise ArmorError("enveloppe texte suivie d’autres données")
            if len(trailing) > MAX_WHITESPACE:
                raise ArmorError("enveloppe texte suivie de trop de blancs")
            more = self._reader.read(BLOCK)
            if not more:
                break
            trailing += more
        self._ended = True
