"""What the check of a file found, in one shape for every format: errors refuse the file, warnings are shown and let pass."""

from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a file.

    ``code`` is stable, or the id of the official rule; ``message`` is French (value, rule, remedy); ``line`` counts
    from 1, 0 when unknown. ``field`` names the business field (``BT-105-Procedure``), ``path`` the place in the
    document; each may be "".
    """

    code: str
    message: str
    line: int = 0
    field: str = ""
    path: str = ""

    def as_json(self):
        """Return a JSON object; the members that say nothing are left out, ``line`` excepted."""
        kept = {name: getattr(self, name) for name in ("field", "path") if getattr(self, name)}
        return {"code": self.code, "message": self.message, "line": self.line, **kept}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings on one file, and what its format tells besides (``extra``: JSON members, such as ``signatures``)."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    extra: dict = field(default_factory=dict)

    @property
    def valid(self):
        """True when nothing refuses the file."""
        return not self.errors

    def as_json(self):
        """Return the JSON object ``megalis check`` prints, the name of the file excepted."""
        return {
            "valid": self.valid,
            "errors": [item.as_json() for item in self.errors],
            "warnings": [item.as_json() for item in self.warnings],
            **self.extra,
        }


def refused(code, message, line=0, **extra):
    """Return the verdict of a file refused for one reason."""
    return Verdict((Finding(code, message, line),), extra=extra)
