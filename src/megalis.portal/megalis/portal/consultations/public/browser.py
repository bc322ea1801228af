"""The public page, and the ways in of lots and pieces that are no pages of their own."""

from Acquisition import aq_base
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import reached as reached_
from megalis.portal.consultations import vocabularies
from megalis.portal.consultations.basket import store as basket
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.partners import store as partners
from megalis.portal.consultations.public import purchase
from megalis.portal.consultations.public import stations
from megalis.portal.consultations.public.dossier import cpv_words
from megalis.portal.consultations.public.dossier import Dossier
from megalis.portal.consultations.public.dossier import weights
from megalis.portal.consultations.restricted.browser.told import ToldToGuests
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.theme import words
from plone import api as plone_api
from Products.Five.browser import BrowserView
from zope.component import queryMultiAdapter


ANSWERS = 5
ANSWER_SHOWN = 240
SOON = 24 * 3600
STATE_BADGES = {
    phase.ELABORATION: "draft",
    phase.A_VALIDER: "draft",
    phase.PUBLIEE: "open",
    phase.CLOSE: "closed",
    phase.OUVERTURE: "run",
    phase.ANALYSE: "run",
    phase.DECIDEE: "awarded",
    phase.NOTIFIEE: "awarded",
    phase.ARCHIVEE: "closed",
    phase.ANNULEE: "bad",
}
DECIDED = (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE)
TOLD = (phase.NOTIFIEE, phase.ARCHIVEE)  # the name of the holder is public from then on


class Facts(BrowserView):
    """What the page and its JSON both say."""

    @cached_property
    def now(self):
        return clock.now()

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def buyer(self):
        return api.buyer(self.context)

    @cached_property
    def phase(self):
        return api.state(self.context, self.now)

    @cached_property
    def lots(self):
        return api.lots(self.context)

    @cached_property
    def pieces(self):
        return api.lines(self.context)

    @cached_property
    def history(self):
        return api.history(self.context)

    @cached_property
    def decisions(self):
        return api.decisions(self.context) if self.phase in DECIDED else {}

    def decision(self, lot):
        """Return what is public of the decision of a lot ("" for an undivided contract): dict or None."""
        kept = self.decisions.get(lot)
        if kept is None:
            return None
        told = self.phase in TOLD and kept["decision"] == decisions.ATTRIBUE
        return {
            "code": kept["decision"],
            "label": decisions.DECISIONS[kept["decision"]],
            "winner": decisions.holder_names(kept) if told else "",
            "amount": kept.get("amount") if told else None,
        }


class Page(ToldToGuests, Dossier, Facts):
    """The default view of a consultation."""

    door = "entreprises"

    @property
    def page_title(self):
        return self.context.title

    @cached_property
    def is_draft(self):
        return self.phase in phase.DRAFTS

    @property
    def may_manage(self):
        return plone_api.user.has_permission("megalis: Follow consultation", obj=self.context)

    @cached_property
    def company(self):
        """The company whose user looks at the page, or None."""
        person = people.current(self.request)
        return person.entreprise if person is not None and person.kind == people.ENTREPRISE else None

    @cached_property
    def followed_here(self):
        """True when the consultation is in the basket of who looks at it."""
        return self.company is not None and basket.find(self.context, people.current(self.request).userid) is not None

    @property
    def is_open(self):
        return self.phase == phase.PUBLIEE

    @property
    def badge(self):
        """``(kind, label)`` of the state."""
        if self.is_open and self.context.deadline and (self.context.deadline - self.now).total_seconds() < SOON:
            return "soon", "Ferme bientôt"
        label = phase.LABELS[self.phase]
        if self.phase in DECIDED:
            taken = {item["decision"] for item in self.decisions.values()}
            label = "Attribuée" if decisions.ATTRIBUE in taken else "Sans suite" if taken else label
        return STATE_BADGES[self.phase], label

    @property
    def by(self):
        """``Commune de Plougastel-Daoulas (29)``."""
        if self.buyer is None:
            return ""
        department = getattr(aq_base(self.buyer), "department", None)
        return f"{self.buyer.title} ({department})" if department else self.buyer.title

    @property
    def buyer_url(self):
        return self.buyer.absolute_url() if self.buyer is not None else ""

    @property
    def left(self):
        return clock.remaining(self.context.deadline, self.now) if self.context.deadline else ""

    @property
    def server_time(self):
        return f"{clock.paris(self.now):%H:%M:%S}"

    @property
    def server_iso(self):
        return clock.rfc3339(self.now)

    @property
    def deadline_iso(self):
        return clock.rfc3339(self.context.deadline)

    @property
    def deadline_css(self):
        return "mg-deadline mg-deadline--soon" if self.badge[0] == "soon" else "mg-deadline"

    @property
    def at(self):
        return f"{stations.elapsed(self.context.published_at, self.context.deadline, self.now)}%"

    @property
    def ticks(self):
        """The places of the gauge's marks, in per cent."""
        count = stations.days(self.context.published_at, self.context.deadline)
        return [f"{100 * rank / count:.2f}%" for rank in range(count + 1)]

    @cached_property
    def reached(self):
        return reached_.of(self.context)

    @property
    def stations(self):
        item = self.context
        return stations.stations(
            self.phase,
            self.reached,
            item.published_at,
            item.questions_deadline,
            item.deadline,
            item.planned_opening,
            self.now,
            suites.decides(item.relation),
        )

    @property
    def changed(self):
        """The last rectification: dict ``at, reason, summary``, or None."""
        if len(self.history) < 2:
            return None
        last = self.history[-1]
        same = last["deadline"] == self.history[-2]["deadline"]
        end = (
            "La date limite ne change pas."
            if same
            else f"Nouvelle date limite : {clock.french(last['deadline'], seconds=True)}."
        )
        return {"at": last["at"], "reason": last["reason"], "end": end}

    @property
    def versions(self):
        """The rectifications, newest first."""
        return list(reversed(self.history[1:]))

    @property
    def cancelled(self):
        return self.context.cancelled_reason if phase.ANNULEE in self.reached or self.phase == phase.ANNULEE else ""

    @property
    def whole(self):
        """The decision of a contract that is not divided, or None."""
        return None if self.lots else self.decision("")

    @property
    def partners_open(self):
        return partners.is_open(self.context)

    @cached_property
    def by_post(self):
        """The titles of what is sent by post on demand, when the room of deposits says what."""
        view = queryMultiAdapter((self.context, self.request), name="envoi-postal")
        return [item["title"] for item in view.offers] if view is not None and not self.is_draft else []

    @property
    def envelopes(self):
        return [vocabularies.ENVELOPES[name] for name in self.context.envelopes or ()]

    @property
    def envelope_words(self):
        """``Préparez deux enveloppes par lot``."""
        count = len(self.context.envelopes or ())
        words_of = {1: "une enveloppe", 2: "deux enveloppes", 3: "trois enveloppes"}
        return f"Préparez {words_of.get(count, 'vos fichiers')}{' par lot' if self.lots else ''}"

    @property
    def formats(self):
        return ", ".join(name.upper() for name in vocabularies.accepted(self.context.accepted_formats))

    @cached_property
    def keys(self):
        """The keys bids are sealed to, when the room of deposits says which: dicts label, fingerprint, drill."""
        view = queryMultiAdapter((self.context, self.request), name="cles-consultation")
        return view.rows() if view is not None else []

    @property
    def facts(self):
        """« L’essentiel » after the deadline: list of (term, words)."""
        item = self.context
        procedure = PROCEDURES.get(item.procedure, item.procedure)
        nature = vocabularies.NATURES.get(item.nature, "")
        main = f"{cpv_words(item.cpv)} {item.cpv}".strip() if item.cpv else ""
        found = [
            ("Procédure, nature", f"{procedure}, {nature.lower()}" if nature else procedure),
            ("Objet principal (CPV)", main),
            (
                "Lieu d’exécution",
                ", ".join(f"{nuts.label(code)} ({code})" for code in item.places or ()) or item.place_text,
            ),
            ("Adresse d’exécution", item.place_text if item.places else ""),
            ("Durée", item.duration),
            *purchase.facts(item, len(self.lots)),
            ("Jugement des offres", weights(item.criteria)),
            ("Variantes", vocabularies.PERMISSIONS.get(item.variants, "")),
            ("Visite", item.visits),
            ("Échantillons", item.samples),
            ("Questions jusqu’au", words.second(item.questions_deadline)),
            ("Ouverture prévue", words.moment(item.planned_opening)),
        ]
        return [(term, text) for term, text in found if text]

    @property
    def questions_open(self):
        return questions.is_open(self.context, self.now)

    @property
    def questions_limit(self):
        return questions.limit(self.context)

    @cached_property
    def answers(self):
        """The questions with an answer given to all, the last answered first."""
        return questions.published(self.context)

    @property
    def last_answers(self):
        """The first words of the newest answers: dicts id, question, at, corrected."""
        return [
            {
                "id": item.id,
                "question": item.public.published[:ANSWER_SHOWN] + "…" * (len(item.public.published) > ANSWER_SHOWN),
                "at": item.public.at,
            }
            for item in self.answers[:ANSWERS]
        ]

    @property
    def has_contact(self):
        item = self.context
        return bool(item.contact_name or item.contact_email or item.contact_phone)


class ToConsultation(BrowserView):
    """The address of a lot or of a piece leads to its place on the consultation's page."""

    def __call__(self):
        anchor = "lots" if self.context.portal_type == "Lot" else "dce"
        consultation = api.consultation_of(self.context)
        self.request.response.redirect(f"{consultation.absolute_url()}#{anchor}")
        return ""
