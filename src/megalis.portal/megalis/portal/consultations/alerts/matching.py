"""Which of all the saved searches does a new consultation answer to? All of them are asked at once, as bits.

A search that is asked by many people is kept once, at a place. For every facet, an integer tells by its bits which
searches do not restrict it, and one a value which of them accept it; a consultation is matched by an ``&`` of as many
integers as there are facets. Words go through an index of their rarest member, so that only searches with a word of the
consultation are looked at. Nothing here knows of people, of mails or of the database.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import compress
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search.snapshot import bitmap
from megalis.portal.consultations.search.snapshot import flags

import re
import unicodedata


FACETS = ("dep", "nat", "pro", "cpv", "acheteur")
SHORTEST = 3  # a word this long or longer also finds the words that begin with it (criteria.words_query)


@dataclass(frozen=True)
class Notice:
    """What a search looks at in a consultation: facet -> values, and all its words, folded."""

    facets: dict
    words: frozenset

    @classmethod
    def of(cls, facets, text):
        """``facets``: facet name -> iterable of values; ``text``: all that a person could look for."""
        return cls({name: frozenset(facets.get(name, ())) for name in FACETS}, frozenset(folded(text)))


def folded(text):
    """Return the words of a text without accents nor capitals, as the catalog's lexicon keeps them."""
    flat = unicodedata.normalize("NFKD", text or "")
    return re.findall(r"\w+", "".join(char for char in flat if not unicodedata.combining(char)).casefold())


def stems(query):
    """Return the folded ``(word, may be longer)`` of a search, all of which must be found."""
    found = []
    for part in words.words_query(query).split(" AND "):
        for word in folded(part):
            found.append((word, part.endswith("*")))
    return tuple(dict.fromkeys(found))


class Index:
    """The searches, by place. ``criteria``: list of distinct Criteria, of which only words and FACETS count."""

    def __init__(self, criteria):
        self.criteria = list(criteria)
        self.size = len(self.criteria)
        self._free, self._having = {}, {}
        for name in FACETS:
            free, having = [], {}
            for place, asked in enumerate(self.criteria):
                chosen = asked.chosen(name)
                for value in chosen:
                    having.setdefault(value, []).append(place)
                if not chosen:
                    free.append(place)
            self._free[name] = bitmap(free, self.size)
            self._having[name] = {value: bitmap(places, self.size) for value, places in having.items()}
        self._index_words()

    def _index_words(self):
        by_stems = {}
        for place, asked in enumerate(self.criteria):
            by_stems.setdefault(stems(asked.q), []).append(place)
        self._wordless = bitmap(by_stems.pop((), ()), self.size)
        seen = Counter(stem for query in by_stems for stem in query)
        self._by_rarest = {}  # stem -> [(the other stems, places)]
        for query, places in by_stems.items():
            rarest = min(query, key=lambda stem: (seen[stem], -len(stem[0]), stem))
            others = tuple(stem for stem in query if stem != rarest)
            self._by_rarest.setdefault(rarest, []).append((others, places))

    def match(self, notice):
        """Return the bits of the searches that ``notice`` answers to."""
        bits = (1 << self.size) - 1
        for name in FACETS:
            having, accepted = self._having[name], self._free[name]
            for value in notice.facets[name]:
                accepted |= having.get(value, 0)
            bits &= accepted
            if not bits:
                return 0
        return bits & (self._wordless | self._worded(notice))

    def _worded(self, notice):
        said = {(word, False) for word in notice.words}
        for word in notice.words:
            said.update((word[:end], True) for end in range(SHORTEST, len(word) + 1))
        found = []
        for stem in said & self._by_rarest.keys():
            for others, places in self._by_rarest[stem]:
                if all(other in said for other in others):
                    found += places
        return bitmap(found, self.size)

    def places(self, bits):
        """Return the places of some bits, ascending."""
        return list(compress(range(self.size), flags(bits, self.size))) if bits else []


def matched(criteria, notices):
    """Return ``[[rank of a notice, ...]]`` for each of the Criteria, in the order given: one pass over each notice.

    ``notices``: list of Notice. Equal searches are asked once.
    """
    places, distinct, where = [], [], {}
    for asked in criteria:
        key = (asked.q, asked.facets)
        if key not in where:
            where[key] = len(distinct)
            distinct.append(asked)
        places.append(where[key])
    index = Index(distinct)
    found = [[] for _ in distinct]
    for rank, notice in enumerate(notices):
        for place in index.places(index.match(notice)):
            found[place].append(rank)
    return [found[place] for place in places]
