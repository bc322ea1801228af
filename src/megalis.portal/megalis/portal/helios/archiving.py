"""A flow once it is answered: its archive (SEDA 2.1), and the end of its files here when their time is over.

What goes is what holds the names and accounts of people: the flow, its tables, its acknowledgements. Its name, its figures, its
digests and its history stay: nobody can deposit it again, and statistics do not change.
"""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations.dce.transfer import Maker
from megalis.portal.formats.actes.deadlines import plus_months
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import pes as seda
from megalis.portal.formats.seda.model import DESTROY
from megalis.portal.formats.seda.model import Regle
from megalis.portal.helios import registre as registres
from megalis.portal.helios.content import Lecture
from megalis.portal.helios.history import remember
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import settings
from persistent.list import PersistentList
from plone import api
from plone.uuid.interfaces import IUUID
from zope.annotation.interfaces import IAnnotations

import re


SHORTEST = timedelta(days=15)  # the Trésor may still answer again about a flow that was answered
ENDED = (*states.ANSWERED, states.ABANDONNE)
RESULTS = {
    acquit.ACCEPTED: "accepté",
    acquit.MIXED: "accepté en partie",
    acquit.REFUSED: "refusé",
    acquit.UNANSWERED: "reçu, sans détail",
}
KEY = "megalis.helios.destructions"  # the last day whose destructions were made
TURN = 50  # flows destroyed in one round of the worker


def make(flux):
    """Return the ``Made`` archive of a flow; Refused ``seda.acquittement`` before its answer, ``seda.detruit`` after its end."""
    check_whole(flux)
    instant = flux.history[-1].at
    maker = Maker(clock.paris(instant).replace(microsecond=0, tzinfo=None))
    collectivite = registres.collectivite_of(flux)
    entete, summary = flux.entete, flux.lecture.summary if flux.lecture is not None else {}
    file = maker.add("flux", flux.sent_as or flux.filename, flux.file)
    answers = tuple(
        seda.Acquittement(
            clock.paris(answer.at).date(),
            RESULTS[outcome.whole(answer.elements)],
            maker.add(f"acquittements/{rank:03}", answer.name, answer.file),
        )
        for rank, answer in enumerate(flux.answers, 1)
    )
    found = seda.DossierFlux(
        entete.nomfic,
        entete.cod_col,
        entete.budget,
        _day(entete.date),
        clock.paris(flux.sent_at or flux.deposited_at).date(),
        file,
        answers,
        tuple(f"Exercice {year}" for year in summary.get("exercices", ())),
        _told(summary),
    )
    code = settings.flow_rule()
    versement = seda.versement(
        found,
        f"pes-{flux.sha256[:16]}-{len(flux.history)}",
        instant,
        settings.archive_service() or f"archives-{collectivite.siren}",
        collectivite.siret,
        collectivite.siret,
        accord=settings.archive_agreement(),
        conservation=Regle(code, answers[-1].recu, DESTROY) if code and answers else None,
    )
    return maker.end(versement, re.sub(r"[^A-Za-z0-9_.-]+", "_", entete.nomfic)[:80] or flux.getId())


def today():
    """Return the day in Paris."""
    return clock.paris(clock.now()).date()


def _day(text):
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _told(summary):
    if not summary:
        return ""
    return (
        f"{summary['bordereaux']} bordereaux, {summary['pieces']} pièces, {summary['lignes']} lignes, {summary['montant_ht']} € HT, "
        f"{summary['pieces_jointes']} pièces jointes"
    )


def check_whole(flux):
    """Refuse (``seda.detruit``) a flow whose files are gone."""
    if flux.destroyed_at is not None:
        raise Refused(
            "seda.detruit", f"Les fichiers de ce flux ont été détruits le {clock.french(flux.destroyed_at)} : il n’en reste rien ici."
        )  # fmt: skip


def ended_at(flux):
    """Return since when nothing more is expected of a flow, None while something is."""
    if flux.etat not in ENDED:
        return None
    return flux.answered_at or flux.history[-1].at


def until(flux):
    """Return the last day the files of a flow are kept here; None when it has not ended, or is kept without an end."""
    ended = ended_at(flux)
    months = registres.reglages(registres.around(flux))["conservation"]
    if ended is None or not months:
        return None
    day = clock.paris(ended).date()
    return max(plus_months(day, int(months)), day + SHORTEST)


def obstacles(flux, day=None):
    """Return what keeps the files of a flow from being destroyed on a day, today without one: French sentences."""
    day = day or today()
    if flux.destroyed_at is not None:
        return ["Ses fichiers sont déjà détruits."]
    if ended_at(flux) is None:
        return ["Le flux n’est pas terminé : attendez la réponse du Trésor, ou abandonnez-le."]
    found, last = [], until(flux)
    if last is None:
        found.append("Votre collectivité garde ses flux sans terme : une durée se choisit sur la page « Réglages ».")
    elif day <= last:
        found.append(f"Les fichiers se gardent jusqu’au {last:%d/%m/%Y}.")
    if flux.etat != states.ABANDONNE and not flux.archived:
        found.append("Le service d’archives ne l’a pas encore pris en charge : notez ici son accord.")
    return found


def accepted(flux, reference, day, by):
    """Write down that the archive service took charge of a flow; Refused ``archives.…``."""
    check_whole(flux)
    reference = " ".join(str(reference).split())[:200]
    if flux.etat not in states.ANSWERED:
        raise Refused("archives.etat", "Un flux s’archive une fois que le Trésor y a répondu : attendez sa réponse.")
    if not reference:
        raise Refused("archives.reference", "Donnez la référence de l’accord du service d’archives.")
    if day is None or not clock.paris(flux.answered_at).date() <= day <= today():
        raise Refused(
            "archives.date", "La date de prise en charge va de la réponse du Trésor à aujourd’hui : vérifiez-la."
        )
    flux.archived = (day, reference)
    remember(flux, f"Pris en charge par le service d’archives le {day:%d/%m/%Y}, référence {reference}", by=by)
    _record(flux, "archivage", {"reference": reference, "date": day.isoformat()})


def destroy(flux, by=""):
    """Destroy the files of a flow; Refused ``archives.obstacle`` while something forbids it."""
    wrong = obstacles(flux)
    if wrong:
        raise Refused("archives.obstacle", " ".join(wrong))
    prints = [flux.sha256, *(answer.sha256 for answer in flux.answers)]
    flux.destroyed_at = clock.now()
    flux.file = None
    if flux.lecture is not None:
        kept = flux.lecture
        flux.lecture = Lecture(kept.at, kept.summary, (), None, (), (), (), (), kept.schema)
    flux.answers = PersistentList()
    for moment in flux.history:
        if moment.files:
            moment.files = ()
    reference = flux.archived[1] if flux.archived else ""
    remember(flux, "Fichiers détruits ; leurs empreintes restent au journal", by=by)
    _record(flux, "destruction", {"empreintes": prints, "octets": flux.size, "reference": reference})
    flux.reindexObject()


def _record(flux, event, more):
    told = {"type": "pes", "flux": IUUID(flux), "evenement": event, "etat": flux.etat, "nomfic": flux.entete.nomfic}
    journal.record(flux, told | more)


def turn(now):
    """Destroy what has to go by itself, once a day, where the collectivité wants it; return how many flows."""
    kept, day = IAnnotations(api.portal.get()), clock.paris(now).date()
    if kept.get(KEY) == day:
        return 0
    count = _destroy_due(now)
    if count < TURN:
        kept[KEY] = day
    return count


def _destroy_due(now):
    catalog, count = api.portal.get_tool("portal_catalog"), 0
    for brain in catalog.unrestrictedSearchResults(portal_type="RegistrePES"):
        registre = brain._unrestrictedGetObject()
        kept = registres.reglages(registre)
        if not (kept["destruction"] and kept["conservation"]):
            continue
        for flux in _due(catalog, registre, now):
            destroy(flux)
            count += 1
            if count == TURN:
                return count
    return count


def _due(catalog, registre, now):
    day, path = clock.paris(now).date(), "/".join(registre.getPhysicalPath())
    for brain in catalog.unrestrictedSearchResults(portal_type="FluxPES", path=path, pes_etat=ENDED):
        if not brain.pes_resume.get("detruit"):
            flux = brain._unrestrictedGetObject()
            if not obstacles(flux, day):
                yield flux
