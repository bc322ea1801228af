"""A flow once it is answered: its archive (SEDA 2.1), and the end of its files here when their time is over.

What goes is what holds the names and accounts of people: the flow, its tables, its acknowledgements. Its name, its figures, its
digests and its history stay: nobody can deposit it again, and statistics do not change. The rule is ``kernel.keeping``.
"""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations.dce.transfer import Maker
from megalis.portal.consultations.dce.transfer import parties
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import states
from megalis.portal.formats.seda import pes as seda
from megalis.portal.helios import registre as registres
from megalis.portal.helios.content import Lecture
from megalis.portal.helios.history import remember
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.keeping import Keeping
from persistent.list import PersistentList
from plone.uuid.interfaces import IUUID

import re


SHORTEST = timedelta(days=15)  # the Trésor may still answer again about a flow that was answered
ENDED = (*states.ANSWERED, states.ABANDONNE)
RESULTS = {
    acquit.ACCEPTED: "accepté",
    acquit.MIXED: "accepté en partie",
    acquit.REFUSED: "refusé",
    acquit.UNANSWERED: "reçu, sans détail",
}


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
        tuple(map(str, summary.get("exercices", ()))),
        resume=_told(summary),
    )
    versement = seda.versement(
        found,
        f"pes-{flux.sha256[:16]}-{len(flux.history)}",
        instant,
        *parties(collectivite),
        accord=settings.archive_agreement(),
        regle=settings.flow_rule(),
    )
    return maker.end(versement, re.sub(r"[^A-Za-z0-9_.-]+", "_", entete.nomfic)[:80] or flux.getId())


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


class Flows(Keeping):
    """Flows: an answered one is archived first, one that was given up only waits."""

    portal_type, registry, key = "FluxPES", "RegistrePES", "megalis.helios.destructions"
    gone = "Les fichiers de ce flux ont été détruits"
    not_ended = "Le flux n’est pas terminé : attendez la réponse du Trésor, ou abandonnez-le."
    not_archivable = "Un flux s’archive une fois que le Trésor y a répondu : attendez sa réponse."
    endless = "Votre collectivité garde ses flux sans terme : une durée se choisit sur la page « Réglages »."
    bad_day = "La date de prise en charge va de la réponse du Trésor à aujourd’hui : vérifiez-la."

    def settings(self, content):
        return registres.reglages(registres.around(content))

    def ended_at(self, flux):
        if flux.etat not in ENDED:
            return None
        return flux.answered_at or flux.history[-1].at

    def least(self, day):
        return day + SHORTEST

    def needs_archive(self, flux):
        return flux.etat != states.ABANDONNE

    def first_archivable(self, flux):
        return clock.paris(flux.answered_at).date() if flux.etat in states.ANSWERED else None

    def drop(self, flux):
        prints = [flux.sha256, *(answer.sha256 for answer in flux.answers)]
        flux.file = None
        if flux.lecture is not None:
            kept = flux.lecture
            flux.lecture = Lecture(kept.at, kept.summary, (), None, (), (), (), (), kept.schema)
        flux.answers = PersistentList()
        for moment in flux.history:
            if moment.files:
                moment.files = ()
        return prints

    def note(self, flux, words, by):
        remember(flux, words, by=by)

    def told(self, flux):
        told = {"type": "pes", "flux": IUUID(flux), "etat": flux.etat, "nomfic": flux.entete.nomfic}
        return told if flux.destroyed_at is None else told | {"octets": flux.size}

    def ended(self):
        return {"pes_etat": ENDED}

    def waits(self, brain):
        return brain.pes_resume.get("detruit")


KEEPING = Flows()
accepted, check_whole, destroy = KEEPING.accepted, KEEPING.check_whole, KEEPING.destroy
obstacles, turn, until = KEEPING.obstacles, KEEPING.turn, KEEPING.until
