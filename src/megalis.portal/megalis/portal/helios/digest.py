"""The digest of the day: one mail a collectivité each morning, with the flows the Trésor has not acknowledged."""

from megalis.portal.formats.pes import states
from megalis.portal.helios import notices
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.kernel import clock
from plone import api
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.helios.releve"  # the last day whose digests were made
HOUR = 7
SHOWN = 40


def due(now):
    """Return the day (date of Paris) whose digest is to be made at ``now``, None before seven o'clock."""
    local = clock.paris(now)
    return local.date() if local.hour >= HOUR else None


def lines(waiting, now):
    """Return the lines of a digest; ``waiting``: (name, state, when it was deposited or sent), the oldest first."""
    told = []
    for name, etat, since in waiting[:SHOWN]:
        days = (clock.paris(now).date() - clock.paris(since).date()).days
        age = "aujourd’hui" if days == 0 else "hier" if days == 1 else f"il y a {days} jours"
        told.append(f"- {name} : {rules.state_label(etat).lower()}, {age}")
    if len(waiting) > SHOWN:
        told.append(f"- et {len(waiting) - SHOWN} de plus.")
    return told


def turn(now):
    """Make the digests of the day, once: one for each register with flows that wait."""
    day, kept = due(now), IAnnotations(api.portal.get())
    if day is None or kept.get(KEY) == day:
        return
    kept[KEY] = day
    for path, rows in waiting().items():
        registre = api.portal.get().unrestrictedTraverse(path, None)
        if registre is not None:
            make(registre, sorted(rows, key=lambda row: row[2]), now)


def waiting():
    """Return ``{path of a register: [(name, state, since)]}`` of the flows that left and were not acknowledged."""
    catalog, found = api.portal.get_tool("portal_catalog"), {}
    for brain in catalog.unrestrictedSearchResults(portal_type="FluxPES", pes_etat=states.WAITING):
        since = brain.pes_resume["transmis"] or brain.pes_resume["depose"]
        found.setdefault(brain.getPath().rpartition("/")[0], []).append((brain.Title, brain.pes_etat, since))
    return found


def make(registre, rows, now):
    """Send the digest of a register, unless the collectivité does not want it."""
    if not registres.reglages(registre)["releve"]:
        return
    count = len(rows)
    subject = "1 flux attend son acquittement" if count == 1 else f"{count} flux attendent leur acquittement"
    url = f"{registres.collectivite_of(registre).absolute_url()}/@@pes-suivi?etape=en-cours"
    notices.send(notices.holders(registre), subject, [f"{subject} :", "", *lines(rows, now)], url)
