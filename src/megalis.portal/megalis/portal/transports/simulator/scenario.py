"""How a simulator behaves, in words: by default, by rules of a file, or by what stands in brackets in the object itself.

An act whose object is « Voirie [pieces] [lent=5] » is acknowledged after five seconds, then documents are asked for. In a PES
flow the words stand in its NomFic.
"""

from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

import json
import re


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to one sending.

    ``replies``: words of the answers, in order; ``line``: what happens to the connection, '' when it is taken as it should;
    ``slow``: seconds before the first answer; ``twice``, ``disorder``: each answer comes twice, the last comes first;
    ``encoding``: ``utf-8`` (declared) or ``menteur`` (UTF-8 that says it is ISO-8859-1), '' for what is right.
    """

    replies: tuple[str, ...] = ()
    line: str = ""
    slow: float = 0
    twice: bool = False
    disorder: bool = False
    encoding: str = ""


LETTERS = {
    "courrier": "courrier simple (2-1)",
    "pieces": "demande de pièces (3-1)",
    "observations": "lettre d’observations (4-1)",
    "defere": "déféré au tribunal (5-1)",
    "annule": "annulation reçue (6-2) sans avoir été demandée",
}
ANSWERS = {
    "ar": "acquittement (1-2)",
    "anomalie": "anomalie de l’acte (1-3)",
    "anomalie-enveloppe": "anomalie de l’enveloppe",
    "inconnu": "réponse d’une racine inconnue",
    "muet": "aucune réponse",
}
ACCOUNTS = {
    "ok": "acquittement, tout accepté",
    "mixte": "acquittement, un bordereau accepté et l’autre refusé à la ligne",
    "nack": "acquittement, flux refusé",
    "retour": "acquittement, puis PES Retour",
    "inconnu": "réponse d’une racine inconnue",
    "muet": "aucune réponse",
}
LINES = {
    "panne": "indisponible, à retenter",
    "refus": "refusé à la réception",
    "erreur": "erreur du serveur, reçu ou non",
    "coupure": "reçu, puis la liaison se coupe avant la réponse",
    "coupure-avant": "la liaison se coupe avant la fin",
}
WAYS = {
    "double": "chaque réponse arrive deux fois",
    "desordre": "les réponses arrivent dans l’ordre inverse",
    "utf-8": "réponses en UTF-8",
    "menteur": "réponses en UTF-8 qui se disent en ISO-8859-1",
    "lent": "réponses après 30 secondes (lent=5 : après 5)",
}

_BRACKETS = re.compile(r"\[([a-z0-9=., -]{1,60})\]", re.IGNORECASE)
_SLOW = 30.0


class ScenarioError(ValueError):
    """A word or a file that is not a scenario; ``code`` for programs."""

    code = "scenario"


def behaviour(words, known):
    """Return the ``Behaviour`` of words parted by blanks; ``known`` are the words of answers admitted. Raises ``ScenarioError``."""
    found = Behaviour()
    for word in str(words).lower().replace(",", " ").split():
        name, _equal, value = word.partition("=")
        if name in known:
            found = replace(found, replies=(*found.replies, name))
        elif name in LINES:
            found = replace(found, line=name)
        elif name == "lent":
            found = replace(found, slow=_seconds(value))
        elif name in ("double", "desordre"):
            found = replace(found, **{"twice" if name == "double" else "disorder": True})
        elif name in ("utf-8", "menteur"):
            found = replace(found, encoding=name)
        else:
            raise ScenarioError(f"« {word[:40]} » n’est pas un mot de scénario : {', '.join(vocabulary(known))}.")
    return found


def _seconds(text):
    try:
        value = float(text) if text else _SLOW
    except ValueError:
        value = -1
    if not 0 <= value <= 30 * 86400:
        raise ScenarioError(f"« lent={text[:20]} » : un nombre de secondes, de 0 à 30 jours.")
    return value


def vocabulary(known):
    """Return every word admitted beside the ``known`` answers."""
    return [*known, *LINES, *WAYS]


PREFECTURE = {**ANSWERS, **LETTERS}


@dataclass(frozen=True, slots=True)
class Scenario:
    """``default``: words; ``rules``: pairs of a regular expression, looked for in the text, and words; the first one holds."""

    default: str
    known: tuple[str, ...]
    rules: tuple[tuple[str, str], ...] = ()

    def __post_init__(self):
        behaviour(self.default, self.known)
        for pattern, words in self.rules:
            behaviour(words, self.known)
            try:
                re.compile(pattern)
            except re.error as error:
                raise ScenarioError(f"« {pattern[:60]} » n’est pas une expression régulière : {error}.") from None

    def of(self, text):
        """Return the ``Behaviour`` for an object or a NomFic: its own words, else those of a rule, else the default."""
        own = " ".join(_BRACKETS.findall(text))
        if own:
            try:
                found = behaviour(own, self.known)
            except ScenarioError:
                found = Behaviour()
            if found != Behaviour():
                return found if found.replies or found.line else replace(found, replies=self._ruled(text).replies)
        return self._ruled(text)

    def _ruled(self, text):
        words = next((said for pattern, said in self.rules if re.search(pattern, text, re.IGNORECASE)), self.default)
        return behaviour(words, self.known)


def load(path, default, known):
    """Return the ``Scenario`` of a JSON file, ``{"defaut": "ar", "regles": [{"si": "voirie", "alors": "ar pieces"}]}``."""
    try:
        data = json.loads(Path(path).read_text("utf-8"))
        rules = tuple((str(item["si"]), str(item["alors"])) for item in data.get("regles", ()))
        return Scenario(str(data.get("defaut", default)), tuple(known), rules)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(f"« {path} » n’est pas un scénario : {error}.") from None
