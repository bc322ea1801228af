"""The simulation room: a permanent consultation where anyone deposits for real against a public test key.

Its identity is published on purpose, so that the visitor opens his own pli at once. Everything is the real thing but
the keys, the deadline, which moves on by itself, and the memory: deposits are purged after a day.
"""

from datetime import timedelta
from megalis.portal import sealing
from megalis.portal.consultations import create as consultations
from megalis.portal.consultations import workflow
from megalis.portal.deposits import keys
from megalis.portal.deposits import store
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel.facts import facts
from megalis.portal.organisations import create as organisations
from megalis.portal.organisations import directory
from plone import api
from zope.interface import alsoProvides

import io


SIRET = "99999999800019"
REFERENCE = "simulation"
HOLDER = "salle-de-simulation"
AHEAD = timedelta(days=60)
MEMORY = timedelta(days=1)
LIMIT = 500 * 1000 * 1000
ROLES = ["Manager", "Acheteur", "Valideur", "Administrateur"]


def build(site):
    """Make the simulation room when it is not there; return its consultation."""
    found = room(site)
    if found is not None:
        return found
    with api.env.adopt_roles(ROLES):
        town = organisations.collectivite("Salle de simulation", SIRET, department="35")
        town.simulation = True
        town.reindexObject(idxs=["simulation"])
        pairs = [_key(town, role) for role in ("titulaire", "secours")]
        consultation = consultations.draft(
            town,
            REFERENCE,
            "Salle de simulation : déposez un pli d’essai",
            lots=({"number": "1", "title": "Lot d’essai n° 1"}, {"number": "2", "title": "Lot d’essai n° 2"}),
            description=(
                "Une consultation permanente, où chacun vérifie son poste et s’exerce. Le dépôt est vrai : vos fichiers "
                "sont scellés sur votre poste, envoyés, reçus, et l’accusé se vérifie. Seules les clés sont d’essai : "
                "vous ouvrez votre pli aussitôt. Rien n’y engage personne, et tout est effacé après un jour."
            ),
            procedure="procedure-adaptee",
            nature="services",
            cpv="72000000",
            places=("FRH03",),
            criteria=({"name": "Prix", "weight": 100},),
            contact_email="assistance@megalis.example",
            deadline=_deadline(clock.now()),
            questions_deadline=_deadline(clock.now()) - timedelta(days=10),
            max_deposit_bytes=LIMIT,
        )
        rules = pdf.build("Salle de simulation", [pdf.paragraph(consultation.description)])
        consultations.piece(consultation, io.BytesIO(rules), "reglement-de-la-simulation.pdf", "Règlement", "reglement")
        consultation.simulation = True
        alsoProvides(consultation, ISimulation)
        consultation.trial_identity = pairs[0].identity
        consultation.manage_permission("megalis: Deposit", ["Anonymous", "Authenticated"], acquire=0)
        workflow.fire(consultation, "soumettre")
        workflow.fire(consultation, "publier")
        consultation.reindexObject(idxs=["simulation"])
    return consultation


def room(site):
    """Return the consultation of the simulation room, or None before it is made."""
    town = directory.collectivite(SIRET[:9])
    if town is None:
        return None
    return next((item for item in town.objectValues() if ISimulation.providedBy(item)), None)


def _key(town, role):
    pair = sealing.generate()
    key, challenge = keys.register(town, pair.recipient, role, HOLDER, "Salle de simulation")
    answer = sealing.open_challenge(challenge, sealing.parse_identities(pair.identity.encode()))
    keys.prove(town, key, answer, HOLDER)
    return pair


def _deadline(now):
    """Return noon in Paris, about 60 days from ``now``."""
    day = clock.paris(now + AHEAD)
    return day.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(clock.UTC)


def keep(event):
    """At each passage of the worker: make the room when it is missing, move its deadline on, purge (IWorkerTick)."""
    if directory.COLLECTIVITES not in event.site:
        return
    consultation = build(event.site)
    if consultation.deadline - event.now < AHEAD / 2:
        consultation.deadline = _deadline(event.now)
        consultation.reindexObject(idxs=["deadline"])
    purge(consultation, event.now)


def purge(consultation, now):
    """Forget the trial deposits and uploads older than a day; return how many."""
    old = [deposit for deposit in store.deposits(consultation) if now - deposit.received > MEMORY]
    for deposit in old:
        kept = facts(consultation, store.DEPOSITS)
        del kept[deposit.id]
    stale = [entry for entry in store.under_way(consultation) if now - entry.last > MEMORY]
    for entry in stale:
        store.drop_under_way(consultation, entry.deposit)
    return len(old) + len(stale)
