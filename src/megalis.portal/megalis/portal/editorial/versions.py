"""What an item was before: its versions, what changed between two of them, and all that happened to it, in one order."""

from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from html import escape
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import states
from megalis.portal.editorial.surveys import past
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from plone import api

import re


COMPARED = (
    ("title", "Titre"),
    ("description", "Chapeau"),
    ("start", "Début"),
    ("end", "Fin"),
    ("location", "Lieu"),
    ("day", "Date du communiqué"),
    ("text", "Texte"),
    ("contact", "Contact presse"),
    ("file", "Fichier"),
    ("image", "Image"),
    ("image_alt", "Texte de remplacement"),
    ("image1", "Deuxième image"),
    ("image2", "Troisième image"),
    ("image3", "Quatrième image"),
    ("expires", "Fin de publication"),
)
TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
MOST = 200
TOO_LONG = 8000  # words a side: beyond, two texts are shown whole


@dataclass(frozen=True)
class Moment:
    """Something that happened: ``version`` a number or None."""

    at: datetime
    who: str
    what: str
    note: str = ""
    version: int | None = None


def marked(before, after):
    """Return HTML that shows what was taken out (``del``) and put in (``ins``) between two texts."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    if len(old) > TOO_LONG or len(new) > TOO_LONG:
        return f"<del>{escape(before)}</del><ins>{escape(after)}</ins>"
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = escape("".join(old[a:b])), escape("".join(new[c:d]))
        if kind == "equal":
            parts.append(come)
            continue
        parts += [f"<del>{gone}</del>"] if gone.strip() else []
        parts += [f"<ins>{come}</ins>"] if come else []
    return "".join(parts)


def words(value):
    """Return a value as the comparison shows it."""
    if value is None or value == ():
        return ""
    if hasattr(value, "getSize"):
        return f"{value.filename} ({value.getSize()} octets)"
    if isinstance(value, datetime):
        return clock.french(value)
    return str(value)


def compared(item):
    """Return what is compared of an item: (name, label) in order."""
    return past.COMPARED if _form(item) else COMPARED


def differences(old, new, names=COMPARED):
    """Return what differs between the values of two versions: list of (label, HTML)."""
    found = []
    for name, label in names:
        before, after = words(old.get(name)), words(new.get(name))
        if before != after:
            found.append((label, marked(before, after)))
    return found


def _form(item):
    return item.portal_type == kinds.FORM.type


def numbers(item):
    """Return the numbers of the versions kept, the newest first."""
    if _form(item):
        return past.numbers(item)
    repository = api.portal.get_tool("portal_repository")
    return [found.version_id for found in repository.getHistory(item, countPurged=False)][:MOST]


def at(item, number):
    """Return the values of a version; KeyError when there is none."""
    if _form(item):
        return past.at(item, number)
    if number not in numbers(item):
        raise KeyError(number)
    found = api.portal.get_tool("portal_repository").retrieve(item, number).object
    return items.read(found.__of__(item.aq_parent) if hasattr(found, "__of__") else found)


def name_of(userid):
    """Return the name of a person, in the words of the pages; versions know people by the name they sign in with."""
    person = people.get(userid) if userid else None
    if person is None and userid:
        known = people.door().userid_for(userid)
        person = people.get(known) if known else None
    return person.fullname if person is not None else "La plateforme"


def _steps(item):
    chain = api.portal.get_tool("portal_workflow").getChainFor(item)
    return (getattr(item, "workflow_history", None) or {}).get(chain[0] if chain else "", ())


def _instant(step):
    return step["time"].asdatetime().astimezone(clock.UTC)


def sent_back(item):
    """Return who sent an item back to its author last, and why (Moment); None when that is not its last step."""
    steps = _steps(item)
    last = steps[-1] if steps else {}
    if last.get("action") != "renvoyer":
        return None
    label = states.TRANSITIONS["renvoyer"].label
    return Moment(_instant(last), name_of(last.get("actor")), label, last.get("comments") or "")


def _versions(item):
    if _form(item):
        kept = [(entry["number"], entry["at"], entry["by"], entry["note"]) for entry in past.entries(item)]
    else:
        repository = api.portal.get_tool("portal_repository")
        known = list(repository.getHistory(item, countPurged=False))[:MOST]
        kept = [
            (one.version_id, datetime.fromtimestamp(data["timestamp"], clock.UTC), data["principal"], data["comment"])
            for one, data in ((one, one.sys_metadata) for one in known)
        ]
    for number, when, who, note in kept:
        yield Moment(when, name_of(who), f"Version {number + 1} enregistrée", note, number)


def history(item):
    """Return all that happened to an item, the newest first (list of Moment)."""
    found = [*_versions(item)]
    for step in _steps(item):
        transition = states.TRANSITIONS.get(step.get("action"))
        label = transition.label if transition else "Création"
        clocked = transition is not None and transition.clock
        found.append(
            Moment(
                _instant(step),
                "L’horloge" if clocked else name_of(step.get("actor")),
                label,
                step.get("comments") or "",
            )
        )
    for entry in getattr(item, "remarks", None) or ():
        found.append(Moment(entry["at"], name_of(entry["by"]), "Remarque", entry["text"]))
    return sorted(found, key=lambda moment: moment.at, reverse=True)
