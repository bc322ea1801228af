"""``@@suite?relation=``: what follows this consultation by invitation, prefilled: guests, lots, dossier, deadline."""

from functools import cached_property
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.restricted import posting
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused


WORDS = {
    suites.PHASE_2: "Les candidats retenus sont invités à remettre une offre, avec le même dossier et le même délai pour tous.",
    suites.TOUR: "Les entreprises encore en lice remettent une nouvelle offre, avec les mêmes informations et le même délai.",
    suites.COMPLEMENT: "Les candidats choisis complètent leur candidature, dans un délai identique pour tous. Les offres ne "
    "sont pas touchées.",
    suites.SUBSEQUENT: "Les titulaires du lot, et eux seuls, remettent une offre pour ce besoin.",
    suites.SPECIFIQUE: "Toutes les entreprises admises dans le système remettent une offre pour ce besoin.",
}


class Launch(Page):
    """The page that makes the draft of a following."""

    @cached_property
    def relation(self):
        return typing.one_of(self.request.form.get("relation"), suites.RELATIONS)

    @property
    def page_title(self):
        return suites.LAUNCH.get(self.relation, "Suite inconnue")

    @property
    def intro(self):
        return WORDS.get(self.relation, "")

    @property
    def obstacles(self):
        if not self.relation:
            return ["Cette suite n’existe pas : revenez à la consultation."]
        if self.request.method == "POST" and not self.errors:
            return []
        return [finding.message for finding in launching.refusals(self.consultation, self.relation)]

    @cached_property
    def guests(self):
        return launching.guests(self.consultation, self.relation)

    @property
    def chooses(self):
        """True where a buyer may invite some and not others."""
        return self.relation in (suites.TOUR, suites.COMPLEMENT, suites.SUBSEQUENT)

    @property
    def completes(self):
        return self.relation == suites.COMPLEMENT

    @property
    def chooses_lots(self):
        return self.relation in (suites.SUBSEQUENT, suites.SPECIFIQUE) and len(self.lot_choices) > 1

    @property
    def lot_choices(self):
        wanted = {number for guest in self.guests for number in guest["lots"]}
        return [lot for lot in self.lots if lot.number in wanted]

    @property
    def rows(self):
        form = self.request.form if self.errors else None
        found = []
        for rank, guest in enumerate(self.guests):
            kept = {
                "email": guest["email"],
                "address": posting.known_address(guest) if guest["paper"] else "",
                "asked": "",
                "checked": not self.completes,
            }
            if form is not None:
                kept = {
                    "email": form.get(f"courriel.{rank}", ""),
                    "address": form.get(f"adresse.{rank}", ""),
                    "asked": form.get(f"demande.{rank}", ""),
                    "checked": bool(form.get(f"invite.{rank}")) or not self.chooses,
                }
            found.append({**guest, **kept, "rank": rank})
        return found

    @cached_property
    def proposed(self):
        return launching.proposed(self.consultation, self.relation)

    def typed(self, name, otherwise=""):
        return self.request.form.get(name, otherwise) if self.errors else otherwise

    @property
    def reference(self):
        return self.typed("reference", self.proposed[0])

    @property
    def title(self):
        return self.typed("title", self.proposed[1])

    @property
    def law(self):
        """What the law asks of the time and of the number of guests: a sentence, and its source."""
        row = launching.demands(self.consultation, self.relation)
        if row.min_days is not None:
            words = f"{row.min_days} jours au moins après l’envoi des invitations"
            words += f", {row.urgent_days} en cas d’urgence justifiée." if row.urgent_days else "."
        else:
            words = "Un délai suffisant, le même pour tous"
            words += f" ; {row.advised_days} jours sont conseillés." if row.advised_days else "."
        if self.relation == suites.PHASE_2 and row.least_candidates:
            words += f" {row.least_candidates} invités au moins, sauf si moins de candidats conviennent."
        return words, row.source

    def post(self):
        if not self.relation:
            raise Refused("suite.inconnue", "Cette suite n’existe pas : revenez à la consultation.")
        form = self.request.form
        invited = []
        for rank, guest in enumerate(self.guests):
            if self.chooses and not form.get(f"invite.{rank}"):
                continue
            typed = form.get(f"courriel.{rank}")
            email = str(typed or "") if guest["paper"] else str(typed or guest["email"])
            address, asked = (str(form.get(f"{name}.{rank}") or "") for name in ("adresse", "demande"))
            invited.append({"key": guest["key"], "email": email, "address": address, "asked": asked})
        lots = form.get("lots", ())
        lots = [lots] if isinstance(lots, str) else [str(lot) for lot in lots]
        if self.chooses_lots and not lots:
            raise Refused("suite.lots", "Choisissez au moins un lot.")
        made = launching.launch(
            self.consultation,
            self.relation,
            form.get("reference", ""),
            typing.moment(form.get("deadline")),
            invited,
            title=form.get("title", ""),
            pieces=bool(form.get("pieces")),
            lots=lots,
            fewer_reason=str(form.get("moins") or ""),
        )
        self.redirect(
            f"{made.absolute_url()}/@@verification",
            "Le brouillon est fait : complétez-le, puis demandez sa validation. Les invitations partent à la publication.",
        )


class Period(Page):
    """``@@periode``: one more period in which companies may ask to be admitted to a dynamic system."""

    page_title = "Ouvrir une période d’admission"

    @property
    def obstacle(self):
        return periods.obstacle(self.consultation)

    @property
    def reference(self):
        return self.request.form.get("reference", "") if self.errors else periods.proposed(self.consultation)

    @property
    def deadline(self):
        return self.request.form.get("deadline", "") if self.errors else ""

    def post(self):
        form = self.request.form
        made = periods.begin(self.consultation, form.get("reference", ""), typing.moment(form.get("deadline")))
        message = "Le brouillon est fait, avec le dossier du système : vérifiez-le, puis demandez sa validation."
        self.redirect(f"{made.absolute_url()}/@@verification", message)
