"""Texts as the ministry reads them: ISO-8859-1, what has no place there written with the letters that do.

French typography (’ « œ … –) and the euro sign are not in ISO-8859-1; a message that holds them is refused or shown
wrong at the préfecture. Nothing is dropped silently: what no letter stands for becomes « ? ».
"""

import re
import unicodedata


_TABLE = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "′": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "‹": "<", "›": ">",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "•": "-", "‣": "-", "⁃": "-",
        "…": "...", "œ": "oe", "Œ": "OE", "€": "euros", "™": "(TM)", "ŉ": "'n", "№": "No",
        "ẞ": "SS", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
        "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u00ad": "",
        "\u2007": "\u00a0", "\u202f": "\u00a0", "\u2028": "\n", "\u2029": "\n", "\r": "\n", "\x85": "\n",
    }
)  # fmt: skip

_FINE = re.compile(r"[\x20-\x7e\xa0-\xac\xae-\xff]*")


def _letter(char):
    if char in "\n\t":
        return char
    if unicodedata.category(char) in ("Cc", "Cf"):
        return " "
    if ord(char) < 256:
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", char).translate(_TABLE) if not unicodedata.combining(part)
    )
    return plain if plain and all(ord(part) < 256 and part.isprintable() for part in plain) else "?"


def latin1(text):
    """Return ``text`` with only characters of ISO-8859-1 that XML admits, ends stripped; applied twice, it changes nothing."""
    if _FINE.fullmatch(text):
        return text.strip()
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).translate(_TABLE)
    return "".join(map(_letter, text)).strip()


def lost(text):
    """Return the distinct characters of ``text`` that no letter of ISO-8859-1 stands for, in order."""
    composed = unicodedata.normalize("NFC", text).translate(_TABLE)
    return "".join(dict.fromkeys(char for char in composed if char != "?" and _letter(char) == "?"))


def one_line(text):
    """Return ``text`` on one line, as the object of an act is written: runs of blanks become one space."""
    return " ".join(text.split())
