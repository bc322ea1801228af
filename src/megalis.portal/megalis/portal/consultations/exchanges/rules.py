"""What may be asked, answered and written, until when, and from when a letter counts: plain functions over values."""

from dataclasses import dataclass
from datetime import date
from datetime import timedelta
from functools import cache
from importlib.resources import files
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme import words

import json
import re
import unicodedata


QUESTION = 5_000  # characters
ANSWER = 20_000
SUBJECT = 150
REASON = 2_000
ASKED = 100  # questions of one company on one consultation
ASKER, ALL = "demandeur", "tous"
AUDIENCES = {ASKER: "Au demandeur seul", ALL: "À tous, sans le nom du demandeur"}
READING, PRESUMED = "lecture", "presomption"
OVER = (phase.ARCHIVEE, phase.ANNULEE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Time:
    """A row of the table of times: calendar days, and the text that says so."""

    rule: str
    start: date
    end: date
    days: int
    urgent_days: int | None
    source: str


@cache
def times():
    """Return all rows, oldest first."""
    data = json.loads(files(__package__).joinpath("data/times.json").read_text("utf-8"))
    rows = [
        Time(
            row["rule"],
            date.fromisoformat(row["from"]),
            date.fromisoformat(row["to"]),
            row["days"],
            row["urgent_days"],
            row["source"],
        )
        for row in data["rows"]
    ]
    return sorted(rows, key=lambda row: row.start)


def time(rule, instant):
    """Return the Time of ``rule`` in force at ``instant``; the nearest row outside the table."""
    day = clock.paris(instant).date()
    rows = [row for row in times() if row.rule == rule]
    begun = [row for row in rows if row.start <= day]
    return begun[-1] if begun else rows[0]


def text(value, limit, code, name, required=True):
    """Return typed text with plain line ends and no control character; Refused ``code.vide``, ``code.longueur``.

    Markup stays what was typed: pages show it as text.
    """
    found = unicodedata.normalize("NFC", value) if isinstance(value, str) else ""
    found = _CONTROL.sub("", found.replace("\r\n", "\n").replace("\r", "\n"))
    found = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in found.split("\n"))).strip()
    if required and not re.search(r"\w", found):
        raise Refused(f"{code}.vide", f"{name} : rien n’est écrit. Écrivez votre texte, puis recommencez.")
    if len(found) > limit:
        raise Refused(
            f"{code}.longueur",
            f"{name} : {words.number(len(found))} signes, {words.number(limit)} au plus. "
            "Abrégez, ou joignez un document.",
            found,
        )
    return found


def line(value, limit, code, name, required=True):
    """Return typed text on one line, by the rules of ``text``."""
    return text(" ".join(value.split()) if isinstance(value, str) else "", limit, code, name, required)


def question_limit(questions_deadline, deadline):
    """Return the instant from which questions are refused, or None."""
    return questions_deadline or deadline


def check_asking(state, limit, now):
    """Refuse (``question.etape``, ``question.terme``) a question that comes out of its time.

    ``state`` is the phase at ``now``; a question that comes at the very second of ``limit`` is late, as a bid is.
    """
    if state in phase.DRAFTS or state in OVER:
        raise Refused("question.etape", "Cette consultation ne reçoit pas de question à cette étape.")
    if limit is not None and now >= limit:
        raise Refused(
            "question.terme",
            f"Les questions étaient reçues jusqu’au {clock.french(limit, seconds=True)} (heure de Paris) ; il est "
            f"{clock.french(now, seconds=True, weekday=False)}. La vôtre n’est pas enregistrée. "
            "Les réponses publiées restent sur la page de la consultation.",
        )
    if state != phase.PUBLIEE:
        raise Refused("question.etape", "La consultation est close : elle ne reçoit plus de question.")


def answer_limit(formal, urgent, deadline):
    """Return ``(last instant for answers, source)`` of a formal procedure, else None (R. 2132-6)."""
    if not formal or deadline is None:
        return None
    row = time("renseignements", deadline)
    days = row.urgent_days if urgent and row.urgent_days else row.days
    return (clock.paris(deadline) - timedelta(days=days)).astimezone(clock.UTC), row.source


def answer_findings(formal, urgent, deadline, audience, now):
    """Return the advice about an answer given at ``now`` to ``audience`` (ASKER, ALL)."""
    found = []
    limit = answer_limit(formal, urgent, deadline)
    if limit is not None and limit[0] < now < deadline:
        found.append(
            Missing(
                "reponse.tardive",
                f"Les réponses devaient partir avant le {clock.french(limit[0])}. Répondez, et reculez la date limite "
                "si ce renseignement change une offre.",
                "@@rectifier",
                ADVICE,
                limit[1],
            )
        )
    if audience == ASKER:
        found.append(
            Missing(
                "reponse.egalite",
                "Un renseignement utile aux offres se donne à tous, le même jour.",
                "",
                ADVICE,
                "L. 3 du code de la commande publique",
            )
        )
    return found


def named_in(published, company, siret, email, fullname=""):
    """Return what in a text to be published would tell who asked, or ''."""
    folded = published.casefold()
    digits = re.sub(r"\D", "", published)
    if email and email.casefold() in folded:
        return email
    if len(siret) >= 9 and siret[:9] in digits:
        return siret[:9]
    for name in (company, fullname):
        if len(name) > 3 and re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", folded):
            return name
    return ""


def check_anonymous(published, company, siret, email, fullname=""):
    """Refuse (``question.nom``) a published text that names the asker."""
    found = named_in(published, company, siret, email, fullname)
    if found:
        raise Refused(
            "question.nom",
            f"Le texte publié contient « {found} » : il dirait qui a posé la question. Retirez-le du texte publié.",
            found,
        )


def presumed_from(available):
    """Return ``(instant, source)`` after which a letter not read counts as notified (R. 112-20 CRPA)."""
    row = time("notification", available)
    return available + timedelta(days=row.days), row.source


def notified(available, first_read, now):
    """Return ``(instant, READING or PRESUMED)`` of the notification of a letter, None while it is not.

    It is the first reading; a letter left unread for the days of the table counts from the day it was made available.
    """
    end, _source = presumed_from(available)
    if first_read is not None and first_read <= end:
        return first_read, READING
    return (available, PRESUMED) if now > end else None
