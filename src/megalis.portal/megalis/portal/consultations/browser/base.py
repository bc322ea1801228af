"""The ground of the agents' pages: one way to write, one way to be refused, words they share."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations import vocabularies
from megalis.portal.consultations import workflow
from megalis.portal.consultations.browser import applied
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import phase
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.theme.export import Exported
from megalis.portal.theme.words import plural
from plone import api as plone_api
from Products.CMFCore.WorkflowCore import WorkflowException
from Products.Five.browser import BrowserView

import transaction


BADGES = {
    phase.ELABORATION: "draft",
    phase.A_VALIDER: "soon",
    phase.PUBLIEE: "open",
    phase.CLOSE: "closed",
    phase.OUVERTURE: "run",
    phase.ANALYSE: "run",
    phase.DECIDEE: "awarded",
    phase.NOTIFIEE: "awarded",
    phase.ARCHIVEE: "closed",
    phase.ANNULEE: "bad",
}

# the way through a draft, in order: (address, title); targets of the checklist are among them
STEPS = (
    ("@@modifier?etape=objet", "Objet"),
    ("@@lots", "Lots"),
    ("@@modifier?etape=procedure", "Procédure"),
    ("@@modifier?etape=criteres", "Critères"),
    ("@@modifier?etape=reponse", "Réponse"),
    ("@@modifier?etape=contact", "Contact"),
    ("@@modifier?etape=dates", "Dates"),
    ("@@pieces", "Dossier (DCE)"),
    ("@@verification", "Vérification"),
)
GUESTS = (("@@invitations", "Invitations"),)


def weight(value):
    """Return points as people write them: ``60``, ``12,5``; "" without any."""
    return "" if value is None else f"{value:g}".replace(".", ",") if value % 1 else str(int(value))


def steps_map(consultation, here):
    """Return the visible map of a draft: list of dicts ``title, url, current, done``, ``here`` an address of STEPS."""
    url = consultation.absolute_url()
    wrong = {point.target for point in gathering.points(consultation) if point.level == BLOCKING}
    way = STEPS[:-1] + GUESTS + STEPS[-1:] if consultation.relation else STEPS
    return [
        {
            "title": title,
            "url": f"{url}/{target}",
            "current": target == here,
            "done": target not in wrong and target != "@@verification",
        }
        for target, title in way
    ]


def after(here):
    """Return the address that follows ``here`` on the way through a draft."""
    targets = [target for target, _title in STEPS]
    return targets[min(targets.index(here) + 1, len(targets) - 1)]


class Page(BrowserView):
    """A page about a consultation (or in one). Subclasses write in ``post()``; a refusal undoes what it did.

    ``errors`` is the list of (code, message) the page shows on top.
    """

    door = "agents"
    errors = ()

    def __call__(self):
        if self.request.method == "POST":
            mark = transaction.savepoint(optimistic=True)
            try:
                require_post(self.request)
                self.post()
            except Refusal as refused:
                self.fail([(refused.code, refused.message)], refused.status, mark)
            except Refused as refused:
                found = getattr(refused, "findings", (refused,))
                self.fail([(finding.code, finding.message) for finding in found], 422, mark)
            except workflow.Refused as refused:
                self.fail([(finding.code, finding.message) for finding in refused.findings], 422, mark)
            except WorkflowException:
                message = "Votre rôle ne permet pas cette étape, ou elle a déjà été faite. Rien n’a changé."
                self.fail([("transition.role", message)], 403, mark)
            if self.request.response.getStatus() in (302, 303):
                return ""
        return self.index()

    def fail(self, errors, status, mark=None):
        """Show the errors with this HTTP status; undo the writes since ``mark``."""
        if mark is not None:
            mark.rollback()
        self.errors = errors
        self.request.response.setStatus(status)

    def post(self):
        """Do what the form asks; raise a refusal."""
        raise Refusal("methode", "Cette page ne reçoit rien.", 405)

    def redirect(self, url, message="", kind="info"):
        if message:
            plone_api.portal.show_message(message, self.request, kind)
        self.request.response.redirect(url, status=303)

    @cached_property
    def now(self):
        return clock.now()

    @cached_property
    def consultation(self):
        return api.consultation_of(self.context)

    @cached_property
    def url(self):
        """Address of the consultation."""
        return self.consultation.absolute_url()

    @cached_property
    def phase(self):
        return api.state(self.consultation, self.now)

    @property
    def phase_label(self):
        return phase.LABELS[self.phase]

    @property
    def phase_badge(self):
        return BADGES[self.phase]

    @property
    def is_draft(self):
        return self.phase in phase.DRAFTS

    @cached_property
    def lots(self):
        return api.lots(self.consultation)

    @cached_property
    def pieces(self):
        """The lines of the standing dossier (``contents.Line``)."""
        return api.lines(self.consultation)

    @cached_property
    def buyer(self):
        return api.buyer(self.consultation)

    def may(self, permission, content=None):
        return plone_api.user.has_permission(permission, obj=content if content is not None else self.context)

    @property
    def may_edit(self):
        return self.may("Modify portal content", self.consultation)

    @property
    def rules(self):
        """What the law and the collectivité's levels make of the consultation: list of (term, words, source)."""
        return applied.facts(self.consultation, self.now)

    def steps(self, here):
        return steps_map(self.consultation, here)

    def procedure_title(self):
        return PROCEDURES.get(self.consultation.procedure, self.consultation.procedure)

    def nature_title(self):
        return vocabularies.NATURES.get(self.consultation.nature, "")

    def kind_title(self, kind):
        return vocabularies.PIECES.get(kind, kind)

    def cpv_title(self, code):
        """Return ``45233140, Travaux routiers``."""
        if not code:
            return ""
        try:
            return f"{code}, {cpv.label(code)}".rstrip(", ")
        except Refused:
            return code

    def place_titles(self, codes):
        return ", ".join(nuts.label(code) for code in codes or ())

    weight = staticmethod(weight)
    plural = staticmethod(plural)


class ExportedOfIt(Exported):
    """The files of a list of one consultation: named by it, and said to be its own."""

    @property
    def list_mark(self):
        return self.context.getId()

    @property
    def list_note(self):
        return f"{self.buyer.title}, référence {self.consultation.reference}, « {self.consultation.title} »"
