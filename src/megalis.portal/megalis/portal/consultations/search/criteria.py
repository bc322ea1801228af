"""What a search asks for, read from a plain GET address and written back to one: the same address is the same search."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import date
from datetime import datetime
from datetime import timedelta
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from urllib.parse import urlencode

import re


OPEN, CLOSED, AWARDED, FRUITLESS, CANCELLED = "ouverte", "close", "attribuee", "sans-suite", "annulee"
STATES = {
    OPEN: "Ouverte",
    CLOSED: "Close, en cours d’analyse",
    AWARDED: "Attribuée",
    FRUITLESS: "Sans suite ou infructueuse",
    CANCELLED: "Annulée",
}
NATURES = {"travaux": "Travaux", "fournitures": "Fournitures", "services": "Services"}
FACETS = ("etat", "dep", "nat", "pro", "cpv", "acheteur")
LIMIT, PUBLISHED, NEWEST, RELEVANCE = "limite", "publication", "-publication", "pertinence"
SORTS = {
    LIMIT: "Date limite, la plus proche d’abord",
    NEWEST: "Publication, la plus récente d’abord",
    PUBLISHED: "Publication, la plus ancienne d’abord",
    RELEVANCE: "Pertinence",
}
SINCE = {"1": "Aujourd’hui", "7": "7 jours", "30": "30 jours", "90": "90 jours"}
DATES = ("depuis", "des", "avant")
MAX_VALUES = 60  # of one facet in one address
MAX_WORDS = 12
EMPTY = frozenset(
    [
        "a",
        "à",
        "au",
        "aux",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "en",
        "et",
        "l",
        "la",
        "le",
        "les",
        "ou",
        "par",
        "pour",
        "sur",
        "un",
        "une",
    ]
)
PLAIN = ("q", *FACETS, *DATES)


@dataclass(frozen=True)
class Problem:
    """A value an address gave that cannot be used: parameter, stable code, French sentence."""

    name: str
    code: str
    message: str


@dataclass(frozen=True)
class Criteria:
    """A search. ``facets`` holds (name, values) in the order of FACETS, only those that restrict.

    ``since``, ``due_from`` and ``due_to`` are the texts of the address (``depuis``, ``des``, ``avant``); dates are days of
    Paris, both ends included.
    """

    q: str = ""
    facets: tuple = ()
    since: str = ""
    due_from: str = ""
    due_to: str = ""
    sort: str = ""
    page: int = 1

    def chosen(self, name):
        """Return the values of a facet, () when it does not restrict."""
        return dict(self.facets).get(name, ())

    @property
    def words(self):
        return words_query(self.q)

    @property
    def order(self):
        """The sort in force: the one asked for; else relevance when there are words, else the nearest deadline."""
        if self.sort == RELEVANCE and not self.words:
            return LIMIT
        return self.sort or (RELEVANCE if self.words else LIMIT)

    @property
    def restricts(self):
        return bool(self.q or self.facets or self.since or self.due_from or self.due_to)

    def with_facet(self, name, values):
        """Return the same search, on its first page, with other values of one facet."""
        kept = dict(self.facets)
        kept[name] = tuple(values)
        return replace(self, facets=tuple((key, kept[key]) for key in FACETS if kept.get(key)), page=1)

    def without(self, name, value=None):
        """Return the same search without one filter."""
        if name in FACETS:
            return self.with_facet(name, (item for item in self.chosen(name) if item != value))
        return replace(self, page=1, **{{"depuis": "since", "des": "due_from", "avant": "due_to"}.get(name, name): ""})

    def on(self, page):
        return replace(self, page=page)

    def pairs(self, filters_only=False):
        """Return the (parameter, value) list of the address."""
        found = [("q", self.q)] if self.q else []
        found += [(name, value) for name, values in self.facets for value in values]
        for name, value in zip(DATES, (self.since, self.due_from, self.due_to), strict=True):
            found += [(name, value)] if value else []
        if not filters_only:
            found += [("tri", self.sort)] if self.sort else []
            found += [("page", str(self.page))] if self.page > 1 else []
        return found

    def query(self, filters_only=False):
        """Return the address after its path: ``?q=…`` or ""."""
        pairs = self.pairs(filters_only)
        return f"?{urlencode(pairs)}" if pairs else ""

    def bounds(self, now):
        """Return ``(published from, deadline from, deadline before)`` as aware datetimes or None."""
        since = None
        if self.since:
            today = clock.paris(now).date()
            day = date.fromisoformat(self.since) if "-" in self.since else today - timedelta(days=int(self.since) - 1)
            since = midnight(day)
        due_from = midnight(date.fromisoformat(self.due_from)) if self.due_from else None
        due_to = midnight(date.fromisoformat(self.due_to) + timedelta(days=1)) if self.due_to else None
        return since, due_from, due_to


def midnight(day):
    """Return the aware instant a day begins in Paris."""
    return datetime(day.year, day.month, day.day, tzinfo=clock.PARIS)


def words_query(text):
    """Return the full-text query of all the words typed, "" without one.

    Long ones may be unfinished or in the plural; those that carry no meaning count only when there is nothing else.
    """
    words = re.findall(r"\w+", text or "")
    words = [word for word in words if word.casefold() not in EMPTY] or words
    return " AND ".join(map(_stem, words[:MAX_WORDS]))


def _stem(word):
    if len(word) < 4 or word.isdigit():
        return word
    return f"{word[:-1] if len(word) > 4 and word[-1] in 'sxSX' else word}*"


def _listed(value):
    values = value if isinstance(value, (list, tuple)) else [value]
    return [item.strip() for item in values if isinstance(item, str) and item.strip()]


def _one_of(table, code, sentence):
    def check(value):
        if value not in table:
            raise Refused(code, sentence.format(value=value[:40], known=", ".join(table)), value)
        return value

    return check


def _department(value):
    found = nuts.departement_of(value)
    if found is None or len(value) > 5:
        raise Refused("dep", f"« {value[:20]} » n’est pas un département : donnez son numéro, par exemple 29.", value)
    return found.code


def _cpv(value):
    if re.fullmatch(r"\d{2,7}", value):
        value = value.ljust(8, "0")
    return cpv.split(value)[0]


def narrowest(codes):
    """Return CPV codes without those that stand above another one: a choice within a branch narrows the branch."""
    above = {code for chosen in codes for code in cpv.ancestors(chosen)}
    return tuple(code for code in codes if code not in above)


def _buyer(value):
    if not re.fullmatch(r"[\w.-]{1,120}", value):
        raise Refused("acheteur", f"« {value[:40]} » n’est pas l’adresse d’une collectivité du portail.", value)
    return value


CHECKS = {
    "etat": _one_of(STATES, "etat", "L’état « {value} » n’existe pas : {known}."),
    "dep": _department,
    "nat": _one_of(NATURES, "nat", "La nature « {value} » n’existe pas : {known}."),
    "pro": _one_of(PROCEDURES, "pro", "La procédure « {value} » n’existe pas : {known}."),
    "cpv": _cpv,
    "acheteur": _buyer,
}


def _date(name, value):
    if name == "depuis" and re.fullmatch(r"[1-9]\d{0,3}", value):
        return value
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year <= 9000:
        raise Refused(name, f"« {value[:20]} » n’est pas une date : écrivez 2026-03-16.", value)
    return value


def _page(value):
    if not re.fullmatch(r"[1-9]\d{0,4}", value):
        raise Refused("page", f"« {value[:20]} » n’est pas un numéro de page.", value)
    return int(value)


def parse(form, others=()):
    """Return ``(Criteria, [Problem])`` of a GET form; what cannot be used is left out and told.

    ``others`` are parameters the caller reads by himself; any more is a Problem ``parametre``.
    """
    problems, facets, dates = [], [], dict.fromkeys(DATES, "")

    def checked(name, check, value):
        try:
            return check(value)
        except Refused as refused:
            problems.append(Problem(name, refused.code, refused.message))
            return None

    for name in form:
        if name not in PLAIN and name not in ("tri", "page") and name not in others:
            problems.append(Problem(name, "parametre", f"Le paramètre « {str(name)[:40]} » n’existe pas."))
    for name in FACETS:
        values = [checked(name, CHECKS[name], value) for value in _listed(form.get(name, ""))[:MAX_VALUES]]
        values = tuple(dict.fromkeys(value for value in values if value is not None))
        values = narrowest(values) if name == "cpv" else values
        if values:
            facets.append((name, values))
    for name in DATES:
        for value in _listed(form.get(name, ""))[:1]:
            dates[name] = checked(name, lambda text, name=name: _date(name, text), value) or ""
    sort = next(iter(_listed(form.get("tri", ""))), "")
    sort = checked("tri", _one_of(SORTS, "tri", "Le tri « {value} » n’existe pas : {known}."), sort) if sort else ""
    page = next(iter(_listed(form.get("page", ""))), "")
    page = checked("page", _page, page) if page else 1
    words = " ".join(next(iter(_listed(form.get("q", ""))), "").split())[:200]
    if words and not words_query(words):
        problems.append(
            Problem("q", "mots", f"« {words[:40]} » n’a aucun mot à chercher : écrivez une lettre au moins.")
        )
        words = ""
    found = Criteria(words, tuple(facets), dates["depuis"], dates["des"], dates["avant"], sort or "", page or 1)
    return found, problems
