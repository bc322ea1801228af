"""A DUME as people read it: who answers whom, and each criterion with its answers."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: the question, its kind (``oui-non``, ``texte``, ``montant``, ``date``...), what was answered in words, depth."""

    question: str
    kind: str
    value: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion answered: family (exclusion, selection, autre), French title, whether it is met (None: not told), answers.

    ``met`` of an exclusion is True when the company says that nothing of the kind applies to it.
    """

    family: str
    code: str
    title: str
    met: bool | None
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """A buyer or an operator."""

    name: str = ""
    identifiers: tuple[str, ...] = ()
    address: str = ""
    contact: str = ""
    role: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """The DUME of one operator."""

    version: str
    identifier: str
    reference: str
    issued: date | None
    buyer: Party
    operator: Party
    lots: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    evidences: tuple[str, ...] = ()
    warnings: tuple = ()

    def family(self, name):
        """Return the criteria of a family."""
        return tuple(item for item in self.criteria if item.family == name)
