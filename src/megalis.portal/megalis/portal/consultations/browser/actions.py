"""Pages that change the phase of a consultation: each names the thing, says what follows, asks once."""

from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.browser.pieces import chosen_lots
from megalis.portal.consultations.browser.pieces import guess_kind
from megalis.portal.consultations.browser.pieces import PiecePages
from megalis.portal.consultations.browser.pieces import uploads
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.rectifying import FIELDS
from megalis.portal.consultations.rectifying import NewPiece
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import files
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import transitions
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal


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
BY_INVITATION = (
    "Les clés sont fixées, les invitations partent ; les entreprises invitées voient la page tout de suite, et elles "
    "seules. Une consultation publiée se rectifie ou s’annule, mais ne se dépublie pas."
)
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
        if self.transition == transitions.PUBLIER and self.consultation.relation:
            return BY_INVITATION
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


class Rectify(PiecePages, Page):
    """``@@rectifier``: what changes, why, and who will know."""

    page_title = "Rectifier la consultation"
    view = "rectifier"

    texts = ("title", "description", "conditions", "visits", "samples")
    moments = ("deadline", "questions_deadline", "planned_opening")

    def post(self):
        form = self.request.form
        if form.get("depuis", str(self.consultation.version)) != str(self.consultation.version):
            text = (
                f"La version {self.consultation.version} a été publiée depuis que cette page est ouverte : rien n’a "
                "changé. Si votre rectification n’y est pas déjà, complétez-la et publiez-la de nouveau."
            )
            raise Refusal("rectification.depuis", text, 409)
        values = {name: str(form[name]).replace("\r\n", "\n").strip() for name in self.texts if name in form}
        values |= {name: typing.moment(form[name]) for name in self.moments if name in form}
        added = [
            NewPiece(upload, upload.filename, kind=guess_kind(files.clean_name(upload.filename)), lots=self.new_lots)
            for upload in uploads(form, "fichiers")
        ]
        for name in sorted(form):
            for upload in uploads(form, name)[:1] if name.startswith("remplace.") else ():
                added.append(NewPiece(upload, upload.filename, replaces=name.removeprefix("remplace.")))
        removed = [name.removeprefix("retire.") for name in form if name.startswith("retire.") and form[name]]
        reason = " ".join(str(form.get("motif") or "").split())[:2000]
        before = self.consultation.deadline
        version = rectify(self.consultation, reason, values, added, removed)
        touched = rectification.lots_touched(api.history(self.consultation)[-1]["changes"])
        people = len(api.audience(self.consultation, touched))
        moved = rectification.deadline_moved(before, self.consultation.deadline)
        told = (f"Version {version} publiée.", moved, rectification.told(people, bool(moved)))
        self.redirect(f"{self.url}/@@gestion", " ".join(text for text in told if text))

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
    def has_lots(self):
        return bool(api.lots(self.consultation))

    @property
    def audience(self):
        return len(api.audience(self.consultation))

    @property
    def first_deposit(self):
        return api.first_deposit(self.consultation)

    @property
    def deadline_help(self):
        """How the deadline may move, here and now."""
        earliest = gathering.earliest_deadline(self.consultation)
        return rectification.deadline_may(self.consultation.deadline, self.first_deposit, earliest)


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
