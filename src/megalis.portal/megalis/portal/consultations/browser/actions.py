"""Pages that change the phase of a consultation: each names the thing, says what follows, asks once."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.browser.pieces import chosen_lots
from megalis.portal.consultations.browser.pieces import guess_kind
from megalis.portal.consultations.browser.pieces import uploads
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.rectifying import FIELDS
from megalis.portal.consultations.rectifying import NewPiece
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import files
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.tracking import indexers
from megalis.portal.formats import siren
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal


QUESTIONS = {
    transitions.SOUMETTRE: "Demander la validation ?",
    transitions.REFUSER: "Renvoyer en élaboration ?",
    transitions.PUBLIER: "Publier maintenant ?",
    transitions.ANALYSER: "Passer à l’analyse ?",
    transitions.DECIDER: "Arrêter les décisions ?",
    transitions.ANNULER: "Annuler la consultation ?",
    transitions.ARCHIVER: "Archiver ?",
}
CONSEQUENCES = {
    transitions.SOUMETTRE: "Le brouillon ne se modifie plus tant qu’un valideur ne l’a pas publié ou renvoyé.",
    transitions.REFUSER: "Le brouillon redevient modifiable ; votre motif est montré à ses préparateurs.",
    transitions.PUBLIER: "La page devient publique tout de suite, les clés sont fixées, les alertes partent. Une "
    "consultation publiée se rectifie ou s’annule, mais ne se dépublie pas.",
    transitions.ANALYSER: "L’ouverture est finie. Les plis qui n’ont pas été ouverts restent scellés.",
    transitions.DECIDER: "Les décisions ne changent plus.",
    transitions.ANNULER: "La procédure s’arrête définitivement. Les plis restent scellés. Ceux qui ont retiré le dossier "
    "en s’identifiant reçoivent votre motif.",
    transitions.ARCHIVER: "La consultation reste lisible ; elle quitte vos listes courantes.",
}
DONE = {
    transitions.SOUMETTRE: "La validation est demandée.",
    transitions.REFUSER: "Le brouillon est renvoyé en élaboration.",
    transitions.PUBLIER: "La consultation est publiée.",
    transitions.ANALYSER: "L’analyse commence.",
    transitions.DECIDER: "Les décisions sont arrêtées.",
    transitions.ANNULER: "La consultation est annulée.",
    transitions.ARCHIVER: "La consultation est archivée.",
}


class Step(Page):
    """``@@etape?vers=publier``: confirmation of one transition, with its reason where the law wants one."""

    @property
    def transition(self):
        asked = self.request.form.get("vers", "")
        return asked if asked in QUESTIONS else ""

    @property
    def page_title(self):
        return QUESTIONS.get(self.transition, "Étape inconnue")

    def post(self):
        if not self.transition:
            raise Refused("transition.inconnue", "Cette étape n’existe pas : revenez à la consultation.")
        reason = " ".join(str(self.request.form.get("motif") or "").split())[:2000]
        workflow.fire(self.consultation, self.transition, reason)
        self.redirect(f"{self.url}/@@gestion", DONE[self.transition])

    @property
    def consequence(self):
        return CONSEQUENCES.get(self.transition, "")

    @property
    def reason_needed(self):
        return transitions.REASON_NEEDED.get(self.transition, "")

    @property
    def label(self):
        return transitions.LABELS.get(self.transition, "")

    @property
    def grave(self):
        return self.transition == transitions.ANNULER

    @property
    def reason(self):
        return self.request.form.get("motif", "")

    @property
    def allowed(self):
        return bool(self.transition) and workflow.may(self.consultation, self.transition)

    @property
    def obstacles(self):
        """What forbids the step, besides the reason to be typed."""
        if not self.transition or self.request.method == "POST":
            return []
        found = workflow.refusals(self.consultation, self.transition, "motif")
        return [(finding.code, finding.message) for finding in found]

    @property
    def advice(self):
        if self.transition not in (transitions.SOUMETTRE, transitions.PUBLIER):
            return []
        found = gathering.checklist_findings(self.consultation, self.now)
        return [finding.message for finding in found if finding.level == ADVICE]


class Decide(Page):
    """``@@decision``: attribué, infructueux or sans suite, lot by lot."""

    page_title = "Décision"

    @property
    def rows(self):
        """The lots with what is kept or was just typed: list of dicts."""
        kept = api.decisions(self.consultation)
        titles = {lot.number: lot.title for lot in self.lots}
        form = self.request.form if self.errors else {}
        found = []
        for rank, number in enumerate(gathering.decision_numbers(self.consultation)):
            value = kept.get(number, {})
            amount = value.get("amount")
            found.append(
                {
                    "rank": rank,
                    "number": number,
                    "title": titles.get(number, self.consultation.title),
                    "decision": form.get(f"decision.{rank}", value.get("decision", "")),
                    "winner": form.get(f"winner.{rank}", value.get("winner", "")),
                    "siret": form.get(f"siret.{rank}", value.get("winner_siret", "")),
                    "amount": form.get(f"amount.{rank}", "" if amount is None else str(amount)),
                    "reason": form.get(f"reason.{rank}", value.get("reason", "")),
                    "others": form.get(f"others.{rank}", launching.holder_lines(value)),
                }
            )
        return found

    @property
    def many_holders(self):
        """True where a lot may have several holders: in an accord-cadre."""
        return bool(self.consultation.framework)

    @property
    def choices(self):
        return decisions.DECISIONS.items()

    def post(self):
        form = self.request.form
        taken = {}
        for rank, number in enumerate(gathering.decision_numbers(self.consultation)):
            siret = " ".join(str(form.get(f"siret.{rank}") or "").split())
            taken[number] = {
                "decision": form.get(f"decision.{rank}", ""),
                "winner": " ".join(str(form.get(f"winner.{rank}") or "").split())[:300],
                "winner_siret": siren.siret(siret) if siret else "",
                "amount": typing.amount(form.get(f"amount.{rank}")),
                "reason": str(form.get(f"reason.{rank}") or "").strip()[:2000],
            }
            if self.many_holders:
                taken[number]["holders"] = launching.read_holders(form.get(f"others.{rank}"))
        workflow.decide(self.consultation, taken)
        if "arreter" in form:
            workflow.fire(self.consultation, transitions.DECIDER)
            self.redirect(f"{self.url}/@@gestion", DONE[transitions.DECIDER])
        else:
            self.redirect(f"{self.url}/@@decision", "Décisions gardées ; vous pouvez encore les changer.")

    @property
    def may_finish(self):
        return workflow.may(self.consultation, transitions.DECIDER)


class Notify(Page):
    """``@@notifier``: the rejected are told, the standstill passes, the contract is notified."""

    page_title = "Information des candidats écartés et notification"

    def post(self):
        form = self.request.form
        informed = typing.moment(form.get("informed_at"))
        if informed is not None and informed > clock.now():
            raise Refused(
                "information.avenir", "La date d’information des candidats écartés est à venir : vérifiez-la."
            )
        last = max((row["available"] for row in self.rejected if row["available"]), default=None)
        if last is not None and informed is not None and informed < last.replace(second=0, microsecond=0):
            raise Refused(
                "information.courriers",
                f"Le dernier courrier est parti le {clock.french(last)} : le délai ne court pas avant lui. Laissez cette date.",
            )
        if last is not None and informed is not None and informed == last.replace(second=0, microsecond=0):
            informed = last
        self.consultation.informed_at = informed
        self.consultation.sole_candidate = bool(form.get("sole_candidate"))
        indexers.refresh(self.consultation)
        if "notifier" in form:
            workflow.fire(self.consultation, transitions.NOTIFIER)
            self.redirect(f"{self.url}/@@gestion", "La consultation est notifiée.")
        else:
            journal.record(
                self.consultation,
                {
                    "type": "consultation",
                    **workflow.identity(self.consultation),
                    "fait": "information",
                    "date": clock.rfc3339(informed) if informed else "",
                },
            )
            self.redirect(f"{self.url}/@@notifier", "Date gardée.")

    @property
    def informed(self):
        if self.errors:
            return self.request.form.get("informed_at", "")
        return typing.moment_text(self.consultation.informed_at)

    @property
    def sole(self):
        return bool(self.request.form.get("sole_candidate")) if self.errors else self.consultation.sole_candidate

    @cached_property
    def rejected(self):
        """The rejected bidders, a line a lot: dicts name, lot, available, read, url of the letter."""
        told = letters.letters(self.consultation, letters.REJECTION)
        found = []
        for item, lots in letters.rejected(self.consultation):
            for lot in lots:
                delivery = told.get((item.key, lot))
                found.append(
                    {
                        "name": item.name,
                        "lot": letters.lot_name(self.consultation, lot) if lot else "",
                        "available": delivery.available if delivery else None,
                        "read": delivery.first_read if delivery else None,
                        "url": f"{self.url}/@@envoi?message={delivery.message.id}" if delivery else "",
                    }
                )
        return found

    @property
    def to_inform(self):
        """How many rejected bids have no letter yet."""
        return sum(1 for row in self.rejected if row["available"] is None)

    @property
    def winners(self):
        """True when a holder answered here: he can be notified by a letter."""
        return bool(letters.winners(self.consultation))

    @property
    def days(self):
        return gathering.standstill_days(self.consultation)

    @property
    def free_from(self):
        """The first instant of the notification, or None."""
        informed = self.consultation.informed_at
        return decisions.standstill_end(informed, self.days) if informed and self.days else None


class Rectify(Page):
    """``@@rectifier``: what changes, why, and who will know."""

    page_title = "Rectifier la consultation"

    texts = ("title", "description", "conditions", "visits", "samples")
    moments = ("deadline", "questions_deadline", "planned_opening")

    def post(self):
        form = self.request.form
        values = {name: str(form[name]).replace("\r\n", "\n").strip() for name in self.texts if name in form}
        values |= {name: typing.moment(form[name]) for name in self.moments if name in form}
        added = [
            NewPiece(upload, upload.filename, kind=guess_kind(files.clean_name(upload.filename)), lots=self.new_lots)
            for upload in uploads(form, "fichiers")
        ]
        for piece in self.pieces:
            for upload in uploads(form, f"remplace.{piece.getId()}")[:1]:
                added.append(NewPiece(upload, upload.filename, replaces=piece.getId()))
        removed = [piece.getId() for piece in self.pieces if form.get(f"retire.{piece.getId()}")]
        reason = " ".join(str(form.get("motif") or "").split())[:2000]
        version = rectify(self.consultation, reason, values, added, removed)
        people = len(api.audience(self.consultation))
        told = f" {people} destinataires prévenus." if people > 1 else " Un destinataire prévenu." if people else ""
        self.redirect(f"{self.url}/@@gestion", f"Version {version} publiée.{told}")

    @property
    def new_lots(self):
        return chosen_lots(self.request.form, "lots")

    @property
    def fields(self):
        """The fields that may change: list of dicts ``name, label, value, kind``."""
        form = self.request.form if self.errors else {}
        found = []
        for name in FIELDS:
            kept = getattr(self.consultation, name)
            shown = typing.moment_text(kept) if name in self.moments else kept or ""
            kind = "moment" if name in self.moments else "line" if name == "title" else "area"
            label = str(IConsultation[name].title)
            found.append({"name": name, "label": label, "value": form.get(name, shown), "kind": kind})
        return found

    @property
    def reason(self):
        return self.request.form.get("motif", "")

    @property
    def audience(self):
        return len(api.audience(self.consultation))

    @property
    def first_deposit(self):
        return api.first_deposit(self.consultation)


class Duplicate(Page):
    """``@@dupliquer``: a new draft with the same texts, lots and files."""

    page_title = "Dupliquer la consultation"

    def post(self):
        form = self.request.form
        copy = create.duplicate(self.consultation, form.get("reference", ""), bool(form.get("fichiers")))
        journal.record(copy, {"type": "consultation", **workflow.identity(copy), "fait": "copie", "de": self.uid})
        message = "Copie créée, en brouillon. Fixez-lui ses dates."
        self.redirect(f"{copy.absolute_url()}/@@modifier?etape=objet", message)

    @property
    def uid(self):
        return api.uuid(self.consultation)

    @property
    def reference(self):
        return self.request.form.get("reference", "") if self.errors else ""


class Delete(Page):
    """``@@supprimer``: a draft that was never published goes, by its name."""

    page_title = "Supprimer le brouillon"

    def post(self):
        consultation = self.consultation
        if consultation.published_at or api.workflow_state(consultation) != "elaboration":
            raise Refused("suppression.publiee", "Seul un brouillon en élaboration se supprime.")
        buyer = self.buyer
        told = {"type": "consultation", **workflow.identity(consultation), "fait": "suppression"}
        journal.record(buyer, told)
        title = consultation.title
        buyer._delObject(consultation.getId())
        self.redirect(f"{buyer.absolute_url()}/@@consultations", f"Le brouillon « {title} » est supprimé.")
