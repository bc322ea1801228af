"""The list of the délibérations of a session of the council, on line within a week, and the page that keeps it.

Source: CGCT, L. 2121-25: within a week, the list of the délibérations that the council examined is posted and put on the site. It
says what was examined, whether an act was made of it or not: each délibération by its number and its object, then other points in
their own words. It is told apart from the register, where an act comes once the préfecture has it.
"""

from BTrees.OOBTree import OOBTree
from datetime import date
from datetime import timedelta
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.latin import one_line
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from persistent import Persistent
from plone import api


WITHIN = timedelta(days=7)
REMINDED = timedelta(days=60)  # older sessions are no task any more
MOST = 500  # points of a session
LONGEST = 500  # signs of one
COUNTED = tuple(name for name in states.ETATS if name != states.ABANDONNE)


class Liste(Persistent):
    """A list on line: ``day`` of the session, ``points`` (number or "", object), when it was put there, and changed last."""

    corrected_at = None

    def __init__(self, day, points, at, by):
        self.day = day
        self.points = tuple(points)
        self.at = at
        self.by = by


def last_day(day):
    """Return the last day on which the list of a session is to be on line."""
    return day + WITHIN


def day_of(text):
    """Return the date of a text; Refused ``seance.date`` for none."""
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError as error:
        raise Refused(
            "seance.date", f"« {str(text)[:20]} » n’est pas une date : choisissez le jour de la séance."
        ) from error


def points_of(acts, wanted, others):
    """Return the points of a list from acts as (id, number, object), the ids that are wanted, and the lines typed beside them.

    Refused: ``seance.vide``, ``seance.points``, ``seance.point``.
    """
    found = [(number, one_line(objet)) for name, number, objet in acts if name in wanted]
    found += [("", line) for line in map(one_line, str(others).splitlines()) if line]
    if not found:
        raise Refused("seance.vide", "La liste est vide : cochez une délibération, ou écrivez un point examiné.")
    if len(found) > MOST:
        raise Refused("seance.points", f"{len(found)} points, {MOST} au plus : vérifiez ce qui est écrit.", len(found))
    for _number, words in found:
        if len(words) > LONGEST:
            raise Refused(
                "seance.point", f"« {words[:60]}… » a {len(words)} signes, {LONGEST} au plus : raccourcissez-le."
            )
    return tuple(found)


def lists(registre):
    """Return the lists on line of a register, those of the newest sessions first."""
    return sorted(registre.seances.values(), key=lambda item: item.day, reverse=True) if registre.seances else []


def of_day(registre, day):
    """Return the Liste of a session, None before it is on line."""
    return registre.seances.get(day.isoformat()) if registre.seances else None


def publish(registre, day, points, by=""):
    """Put the list of a session on line, or its correction; return the Liste. Refused ``seance.future``."""
    if day > clock.paris(clock.now()).date():
        raise Refused("seance.future", f"La séance du {day:%d/%m/%Y} n’a pas eu lieu : sa liste se publie après elle.")
    if registre.seances is None:
        registre.seances = OOBTree()
    now, known = clock.now(), of_day(registre, day)
    if known is None:
        known = registre.seances[day.isoformat()] = Liste(day, points, now, by)
    else:
        known.points, known.corrected_at = tuple(points), now
    told = {"type": "actes-seance", "seance": day.isoformat(), "points": [list(point) for point in known.points]}
    journal.record(registres.collectivite_of(registre), told, public=True)
    return known


def acts_of(registre, day):
    """Return the délibérations of a session as (id, number, object), in the order of their numbers."""
    brains = _brains(registre, int(f"{day:%Y%m%d}"))
    return [(brain.getId, brain.acte_numero, brain.Title) for brain in brains]


def sessions(registre, since):
    """Return the days, since a day, on which délibérations were made or a list is on line; the newest first."""
    first = int(f"{since:%Y%m%d}")
    days = {_day(brain.acte_date) for brain in _brains(registre, {"query": first, "range": "min"})}
    days |= {item.day for item in lists(registre) if item.day >= since}
    return sorted(days, reverse=True)


def late(registre, today):
    """Return the sessions of the last weeks whose list is not on line yet, the oldest first."""
    days = sessions(registre, today - REMINDED)
    return [day for day in reversed(days) if of_day(registre, day) is None]


def _brains(registre, day):
    catalog, path = api.portal.get_tool("portal_catalog"), "/".join(registre.getPhysicalPath())
    return catalog.unrestrictedSearchResults(
        portal_type="Acte", path=path, acte_nature=rules.DELIBERATION, acte_etat=COUNTED, acte_date=day, sort_on="acte_ordre"
    )  # fmt: skip


def _day(number):
    text = str(number)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def addresses(registre, points):
    """Return ``{number: address}`` of the acts among points that anybody may read."""
    found = {}
    for number, _words in points:
        name = registre.numbers.get(number) if number else None
        acte = registre.get(name) if name else None
        if acte is not None and acte.published_at is not None:
            found[number] = acte.absolute_url()
    return found
