"""A notice of the feed, in the fields that readers of the BOAMP's open data know."""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.formats import cpv
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.marches.publishing import log
from plone import api as plone_api


TYPES = {"travaux": "TRAVAUX", "fournitures": "FOURNITURES", "services": "SERVICES"}
TOLD = (phase.NOTIFIEE, phase.ARCHIVEE)


def published(uids):
    """Return ``{uid: brain}`` of the consultations everybody may read, those of trials left out."""
    catalog = plone_api.portal.get_tool("portal_catalog")
    found = catalog(UID=list(set(uids)), portal_type="Consultation", simulation=False) if uids else ()
    return {brain.UID: brain for brain in found}


def records(facts):
    """Return the notices of facts of the log (list of dicts), in their order; those not public any more are left out."""
    brains = published([fact.event["consultation"] for fact in facts])
    return [record(fact, brains[fact.event["consultation"]]) for fact in facts if fact.event["consultation"] in brains]


def identity(fact):
    """Return the name of a notice for ever: its consultation, what it is, its version."""
    event = fact.event
    return f"{event['consultation']}-{fact.kind}-{event.get('version', 1)}"


def record(fact, brain):
    """Return one notice; ``donnees`` leads to the whole consultation."""
    event = fact.event
    code, words = log.NATURES[fact.kind]
    url = brain.getURL()
    found = {
        "id": identity(fact),
        "idweb": event["reference"],
        "objet": event.get("objet") or brain.Title,
        "dateparution": event["instant"],
        "datefindiffusion": _instant(brain.deadline),
        "datelimitereponse": event.get("echeance") or _instant(brain.deadline),
        "nomacheteur": brain.buyer_title or "",
        "siretacheteur": event.get("acheteur", ""),
        "code_departement": list(brain.departments or ()),
        "nature": code,
        "nature_libelle": words,
        "type_marche": TYPES.get(brain.nature, ""),
        "procedure_libelle": PROCEDURES.get(brain.procedure, brain.procedure or ""),
        "descripteur_code": brain.cpv_main or "",
        "descripteur_libelle": _label(brain.cpv_main),
        "etat": "AVIS_ANNULE" if brain.review_state == phase.ANNULEE else "",
        "annonce_lie": "" if fact.kind == log.NOTICE else f"{event['consultation']}-{log.NOTICE}-1",
        "titulaire": _holders(brain) if fact.kind == log.RESULT else [],
        "motif": event.get("motif", ""),
        "url_avis": url,
        "donnees": f"{url}/@@donnees.json",
        "curseur": fact.index,
    }
    return found


def _instant(value):
    return clock.rfc3339(value) if value else None


def _label(code):
    try:
        return cpv.label(code) if code else ""
    except Refused:
        return ""


def _holders(brain):
    consultation = brain._unrestrictedGetObject()
    if api.state(consultation) not in TOLD:
        return []
    names = [
        name
        for _number, kept in sorted(api.decisions(consultation).items())
        for holder in decisions.holders_of(kept)
        for name in (holder["name"], *(name for name, _number in holder["members"]))
        if name
    ]
    return list(dict.fromkeys(names))
