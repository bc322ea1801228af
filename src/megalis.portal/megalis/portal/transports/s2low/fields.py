"""The fields of a request, as they come from software of many ages: repeated, in ISO-8859-1 or UTF-8, with or without « [] »."""

from dataclasses import dataclass
from datetime import date
from datetime import datetime


MAX_FIELD = 20_000
MAX_FILES = 500

# Stable codes of refusals.
INVALID, MISSING, TOO_MANY, UNKNOWN, FORBIDDEN, DOUBLE = (
    "s2low.valeur", "s2low.manque", "s2low.trop", "s2low.inconnu", "s2low.droit", "s2low.doublon",
)  # fmt: skip


class Ko(Exception):
    """A request that is refused: ``code`` is stable, ``message`` is French and goes to the client after « KO »."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of the request: the name its sender gave, its size, and whatever the view reads it by."""

    name: str
    size: int
    handle: object = None

    @property
    def plain(self):
        """Its name without folders nor line breaks."""
        return " ".join(self.name.replace("\\", "/").rpartition("/")[2].split())[:200] or "fichier"


def decoded(value):
    """Return text of bytes: UTF-8 when it can be, ISO-8859-1 (Windows) otherwise, which is what these clients send."""
    if isinstance(value, str):
        return value
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        return bytes(value).decode("cp1252", "replace")


class Fields:
    """Fields and files by name. ``values``: name -> text, bytes, or a list of them; ``files``: name -> ``Upload`` or a list."""

    def __init__(self, values, files=None):
        self._values = {}
        for name, value in values.items():
            self._values.setdefault(_bare(name), []).extend(map(decoded, _listed(value)))
        self._files = {}
        for name, value in (files or {}).items():
            self._files.setdefault(_bare(name), []).extend(_listed(value))

    def all(self, name):
        """Return every value of a field, in order, stripped."""
        found = [value.strip() for value in self._values.get(name, ())]
        for value in found:
            if len(value) > MAX_FIELD:
                raise Ko(INVALID, f"Le champ {name} dépasse {MAX_FIELD} caractères.")
        return found

    def text(self, name, required=False):
        """Return the last value of a field, '' when there is none."""
        found = self.all(name)
        if required and not (found and found[-1]):
            raise Ko(MISSING, f"Le champ {name} manque.")
        return found[-1] if found else ""

    def flag(self, name):
        """True for a field that says yes as any of these clients does."""
        return self.text(name).lower() not in ("", "0", "false", "off", "non", "n")

    def number(self, name, default=None, least=0, most=2**53):
        """Return a field as an integer; ``default`` when it is not there, ``Ko`` when that is None too."""
        text = self.text(name)
        if not text and default is not None:
            return default
        if not text:
            raise Ko(MISSING, f"Le champ {name} manque.")
        if not (text.isascii() and text.isdecimal() and len(text) < 17 and least <= int(text) <= most):
            raise Ko(INVALID, f"« {text[:30]} » n'est pas une valeur permise de {name}.")
        return int(text)

    def day(self, name, required=False):
        """Return a field as a date, written AAAA-MM-JJ or JJ/MM/AAAA; None when it is not there."""
        text = self.text(name, required)
        if not text:
            return None
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(text[:10], form).date()
            except ValueError:
                continue
        raise Ko(INVALID, f"« {text[:30]} » n'est pas une date ({name} : AAAA-MM-JJ).")

    def file(self, name, required=False):
        """Return the ``Upload`` of a field, or None."""
        found = [item for item in self._files.get(name, ()) if item.name or item.size]
        if required and not found:
            raise Ko(MISSING, f"Aucun fichier n'a été posté dans {name}.")
        return found[0] if found else None

    def uploads(self, name):
        """Return every ``Upload`` of a field; places left empty are None, so that ranks still agree with other fields."""
        found = self._files.get(name, ())
        if len(found) > MAX_FILES:
            raise Ko(TOO_MANY, f"Le nombre d'annexes est trop important (maximum : {MAX_FILES}).")
        return [item if item.name or item.size else None for item in found]


def _bare(name):
    name = decoded(name)
    return name[:-2] if name.endswith("[]") else name.partition("[")[0] if name.endswith("]") else name


def _listed(value):
    return list(value) if isinstance(value, list | tuple) else [value]


def month_before(day):
    """Return the first day of the month before a day."""
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
