"""Délibérations as open data: the CSV of the Socle commun des données locales (SCDL), schema « deliberations » 2.1.3.

Comma-separated, UTF-8, one header line. ``PREF_ID`` names who exercises the contrôle de légalité (PREF035, SPREF0353,
SGAR053), ``PREF_DATE`` the day it had the act. Everything here is public: what may be published is decided before.
"""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.actes.parts import Prefecture
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.siren import siret

import csv
import re


COLUMNS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip

_CODE = re.compile(r"([0-9])\.([0-9]{1,2})(?:\.[0-9]+)*", re.ASCII)
_YEARS = re.compile(r"[0-9]{4}(?:/[0-9]{4})?", re.ASCII)
_URL = re.compile(r"https?://[^\s\"<>]{1,2000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vote:
    """The count of a vote; a number that is not known is None."""

    effectif: int | None = None
    reel: int | None = None
    pour: int | None = None
    contre: int | None = None
    abstention: int | None = None


@dataclass(frozen=True, slots=True)
class Deliberation:
    """One délibération. ``matiere`` is a code of the classification, ``chemin`` the labels from its first level down."""

    collectivite: str
    siret: str
    numero: str
    date: date
    matiere: str
    chemin: tuple[str, ...]
    objet: str
    url: str = ""
    prefecture: Prefecture | None = None
    reception: date | None = None
    budget_annee: str = ""
    budget_nom: str = ""
    vote: Vote = Vote()


def prefecture_id(prefecture):
    """Return ``PREF035``, ``SPREF0353`` or ``SGAR053``."""
    if prefecture.sgar:
        return f"SGAR{prefecture.departement}"
    kind = "SPREF" if prefecture.arrondissement else "PREF"
    return f"{kind}{prefecture.departement}{prefecture.arrondissement}"


def row(item):
    """Return the values of a délibération by column; raise ``Refused`` (``scdl.…``) when one cannot be published so."""
    code = _CODE.fullmatch(item.matiere)
    if not code or len(item.chemin) < 2:
        raise Refused(
            "scdl.matiere",
            f"« {item.matiere[:20]} » n’est pas une matière à deux niveaux au moins (8.4).",
            item.matiere,
        )
    for name, value in (("collectivite", item.collectivite), ("numero", item.numero), ("objet", item.objet)):
        if not _line(value):
            raise Refused(
                f"scdl.{name}", f"La délibération « {item.numero[:20]} » n’a pas de {name} : complétez-la.", value
            )
    if item.budget_annee and not _YEARS.fullmatch(item.budget_annee):
        message = f"« {item.budget_annee[:20]} » n’est pas un exercice : 2026, ou 2026/2027."
        raise Refused("scdl.budget", message, item.budget_annee)
    if item.url and not _URL.fullmatch(item.url):
        raise Refused("scdl.url", f"« {item.url[:80]} » n’est pas une adresse web : http ou https.", item.url)
    vote = _vote(item.vote)
    values = (
        _line(item.collectivite), siret(item.siret), _line(item.numero), item.date.isoformat(), f"{code[1]}.{code[2]}",
        "/".join(map(_label, item.chemin[:2])), _line(item.objet), item.budget_annee, _line(item.budget_nom),
        prefecture_id(item.prefecture) if item.prefecture and item.reception else "",
        item.reception.isoformat() if item.reception else "",
        *("" if number is None else str(number) for number in vote), item.url,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _line(text):
    return " ".join(str(text).split())


def _label(text):
    # The schema asks for lower case, without comma nor brackets: they separate values for whoever reads it.
    return _line(re.sub(r"[,()/]", " ", text)).lower()


def _vote(vote):
    numbers = (vote.effectif, vote.reel, vote.pour, vote.contre, vote.abstention)
    known = [number for number in numbers if number is not None]
    cast = sum(number or 0 for number in numbers[2:])
    top = min((number for number in numbers[:2] if number is not None), default=cast)
    if any(type(number) is not int or number < 0 for number in known) or cast > top:
        raise Refused(
            "scdl.vote",
            f"Le vote ne tombe pas juste : {cast} voix pour {top} votants. Corrigez le décompte.",
            str(numbers),
        )
    return numbers


def write(items, stream):
    """Write the CSV of ``Deliberation`` values to a text stream opened with ``newline=""``; return how many.

    Items are taken one at a time, so that a register of any length is written with little memory.
    """
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for count, item in enumerate(items, 1):  # noqa: B007
        writer.writerow(row(item).values())
    return count
