"""What other pages say of followings: the line of those a consultation has, what may come next, what a company is told."""

from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations.browser.base import BADGES
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone.app.uuid.utils import uuidToObject


def told(consultation, view, now):
    """Return what a list shows of a restricted consultation: dict ``title, reference, url, badge, label, deadline``."""
    state = api.state(consultation, now)
    return {
        "title": suites.WORDS[consultation.relation],
        "reference": consultation.reference,
        "url": f"{consultation.absolute_url()}{view}",
        "badge": BADGES[state],
        "label": phase.LABELS[state],
        "deadline": consultation.deadline,
    }


def followings(consultation, now=None):
    """Return the followings of a consultation for its agents, with how many were invited and how many answered."""
    now = now or clock.now()
    return [
        {
            **told(item, "/@@gestion", now),
            "invited": len(invitations.standing(item)),
            "received": api.deposits_count(item),
        }
        for item in api.followings(consultation)
    ]


def selects(consultation):
    """True when candidatures are opened here: there is a selection to make or to read."""
    if "candidature" not in (consultation.envelopes or ()) or consultation.relation == suites.COMPLEMENT:
        return False
    return any(event["enveloppe"] == "candidature" for event in journal.events(consultation, "ouverture"))


def next_action(consultation, now):
    """Return ``(title, text, address, label)`` when what comes next goes through a following, else None.

    A consultation whose offers come in a later stage is not analysed itself: it selects, invites, then follows.
    """
    if not selects(consultation) or set(consultation.envelopes) & set(suites.OFFERS):
        return None
    sad = periods.technique_of(consultation) == suites.SAD
    relation = suites.SPECIFIQUE if sad else suites.PHASE_2
    wait = next((item for item in gathering.running(consultation) if item.relation in suites.STAGES), None)
    url = consultation.absolute_url()
    if api.selection(consultation)[1] is None:
        text = "Dites, lot par lot, quelles candidatures sont retenues."
        return "Candidatures ouvertes", text, f"{url}/@@selection", "Sélectionner les candidatures"
    if wait:
        text = f"{wait.reference} : {phase.LABELS[api.state(wait, now)].lower()}. La décision viendra de cette étape."
        return "La procédure continue", text, f"{wait.absolute_url()}/@@gestion", "Suivre cette étape"
    if launching.refusals(consultation, relation):
        return None
    text = "La sélection est arrêtée : invitez les candidats retenus."
    return "Candidats retenus", text, f"{url}/@@suite?relation={relation}", suites.LAUNCH[relation]


def others(consultation):
    """Return the other things that may follow: list of (address, words)."""
    url = consultation.absolute_url()
    found = [(f"{url}/@@selection", "Sélection des candidatures")] if selects(consultation) else []
    for relation in launching.offered(consultation):
        found.append((f"{url}/@@suite?relation={relation}", suites.LAUNCH[relation]))
    if consultation.published_at and not periods.obstacle(consultation):
        found.append((f"{url}/@@periode", "Ouvrir une période d’admission"))
    return found


def of_company(consultation, company, now):
    """Return what the people of a company (uuid) are told on a consultation's page: ``(verdicts, invitations)``.

    ``verdicts``: (lot or "", kept, reason) once the selection is concluded; ``invitations``: dicts of ``told``.
    """
    kept, concluded = api.selection(consultation)
    verdicts = []
    if concluded is not None:
        names = {
            company,
            operators.company(uuidToObject(company, unrestricted=True).identifier),
        }  # on paper: its number
        verdicts = [
            (lot, value["admitted"], value["reason"]) for (one, lot), value in sorted(kept.items()) if one in names
        ]
    invited = [
        told(item, "", now)
        for item in api.followings(consultation)
        if item.published_at and invitations.of_company(item, company) is not None
    ]
    return verdicts, invited
