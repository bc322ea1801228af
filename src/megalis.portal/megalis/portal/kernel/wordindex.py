"""Words -> what holds them, for a place that has its own search: written by the worker alone, read by everybody.

What was just written waits in ``pending`` until the worker passes by, and is looked through as it is: a search never
misses it, and two people who write at once never meet in the tree of a common word.
"""

from BTrees.LLBTree import LLTreeSet
from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree
from megalis.portal.kernel.lanes import Lanes
from persistent import Persistent

import re
import unicodedata


LONGEST = 40  # letters of a word that count
ASKED = 8  # words of a query


def folded(text):
    """Return a text without accents nor case."""
    spread = unicodedata.normalize("NFKD", str(text)).casefold()
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def words_of(text):
    """Return the set of words of a text, without accents nor case, two letters or one figure at least."""
    return {word[:LONGEST] for word in re.findall(r"[^\W_]{2,}|\d", folded(text))}


def asked_of(query):
    """Return the words of a query, at most ASKED."""
    return sorted(words_of(query), key=len, reverse=True)[:ASKED]


def answers(text, asked):
    """Tell whether a text holds every word asked for, each as the beginning of one of its words."""
    held = words_of(text)
    return all(any(word.startswith(wanted) for word in held) for wanted in asked)


class WordIndex(Persistent):
    """``pending``: Lanes of (key, ref, text or None); ``refs``: key -> ref; newest keys are the greatest."""

    def __init__(self):
        self.pending = Lanes()
        self.trees = OOBTree()
        self.refs = LOBTree()
        self.held = LOBTree()

    def note(self, key, ref, text):
        """Have ``text`` found under ``key``, as ``ref``; None takes it away. Last told wins."""
        self.pending.append((key, ref, text))

    def settle(self, limit=500):
        """Take in what waits, oldest first; return how many were (worker only)."""
        done = 0
        for rank in self.pending.keys()[:limit]:
            key, ref, text = self.pending.take(rank)
            for word in self.held.pop(key, ()):
                tree = self.trees.get(word)
                if tree is not None and key in tree:
                    tree.remove(key)
                    if not tree:
                        del self.trees[word]
            self.refs.pop(key, None)
            if text is not None:
                words = tuple(sorted(words_of(text)))
                for word in words:
                    tree = self.trees.get(word)
                    if tree is None:
                        tree = self.trees[word] = LLTreeSet()
                    tree.insert(key)
                self.held[key] = words
                self.refs[key] = ref
            done += 1
        return done

    def find(self, query, limit=200):
        """Return the (key, ref) that hold every word of the query, greatest key first."""
        asked = asked_of(query)
        if not asked:
            return []
        found = None
        for word in asked:
            keys = set()
            for name in self.trees.keys(word, word + "\U0010ffff"):
                keys.update(self.trees[name])
            found = keys if found is None else found & keys
            if not found:
                break
        kept = {key: self.refs[key] for key in found or () if key in self.refs}
        for _rank, (key, ref, text) in self.pending.items():
            if text is not None and answers(text, asked):
                kept[key] = ref
            else:
                kept.pop(key, None)
        return sorted(kept.items(), reverse=True)[:limit]
