"""Where a consultation begins: the choice of a form, or a notice that is already written."""

from functools import cached_property
from megalis.portal.consultations import proposals
from megalis.portal.consultations import vocabularies
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.importing import import_notice
from megalis.portal.consultations.importing import ImportRefused
from megalis.portal.consultations.importing import NOTICE_BYTES
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from urllib.parse import urlencode


class Choose(Page):
    """``@@nouvelle-consultation``: what the amount calls for, and three ways in."""

    page_title = "Nouvelle consultation"

    def __call__(self):
        form = self.request.form
        if "montant" in form or "nature" in form:
            try:
                self.proposal  # noqa: B018
            except Refused as refused:
                self.fail([(refused.code, refused.message)], 422)
        return super().__call__()

    @property
    def base(self):
        return self.context.absolute_url()

    @property
    def natures(self):
        return vocabularies.NATURES.items()

    @property
    def nature(self):
        return typing.one_of(self.request.form.get("nature"), vocabularies.NATURES)

    @property
    def amount(self):
        """What was typed."""
        text = self.request.form.get("montant", "")
        return text[:30] if isinstance(text, str) else ""

    @cached_property
    def proposal(self):
        """What the purchase calls for (proposals.Proposal), or None before it is told; Refused on a bad amount."""
        amount = typing.amount(self.amount)
        if amount is None or not self.nature:
            return None
        return proposals.propose(self.context, self.nature, amount, self.now)

    def delay(self, found):
        if found.first:
            first = procedures.words(found.first)
            return f"{self.plural(found.days, 'jour')} au moins : date limite au plus tôt le {first}"
        advised = f" ; {found.advised} jours sont conseillés" if found.advised else ""
        return f"suffisant au regard de l’achat{advised}"

    @property
    def told(self):
        """The proposal in words: list of (term, words)."""
        found = self.proposal
        rows = [
            ("Procédure", PROCEDURES[found.procedure]),
            ("Niveau", f"« {found.band.label} »" if found.band is not None else ""),
            ("Publicité", ", ".join(thresholds.SUPPORTS[code] for code in found.supports) or "aucune n’est demandée"),
            ("Délai", self.delay(found)),
            ("Validation", bands.CIRCUITS[found.band.circuit] if found.band is not None else ""),
            ("Source", f"{found.row.source} ; {found.threshold.source}"),
        ]
        return [row for row in rows if row[1]]

    @property
    def onward(self):
        """The address of the form that the proposal calls for."""
        view = "nouvelle-guidee" if self.proposal.long_form else "nouvelle-mapa"
        query = {"montant": typing.amount(self.amount), "nature": self.nature, "procedure": self.proposal.procedure}
        return f"{self.base}/@@{view}?{urlencode(query)}"


class ImportNotice(Page):
    """``@@importer-avis``: an eForms notice becomes a draft, or a table of coded reasons."""

    page_title = "Importer un avis de marché"
    reasons = ()

    def post(self):
        upload = self.request.form.get("avis")
        if not getattr(upload, "filename", ""):
            raise Refused("avis.absent", "Aucun fichier n’est choisi : prenez l’avis au format XML (eForms).")
        upload.seek(0)
        reference = " ".join(str(self.request.form.get("reference") or "").split()) or None
        try:
            done = import_notice(upload.read(NOTICE_BYTES + 1), self.context, reference)
        except ImportRefused as refused:
            self.reasons = refused.reasons
            raise Refused(
                "avis.refuse", f"L’avis « {upload.filename} » n’a pas été repris. Rien n’est créé."
            ) from refused
        count = len(done.remarks)
        told = f" {count} remarques à lire." if count > 1 else " Une remarque à lire." if count else ""
        url = f"{done.consultation.absolute_url()}/@@verification"
        self.redirect(url, f"Brouillon créé à partir de l’avis.{told}", "warning" if count else "info")

    @property
    def reference(self):
        return self.request.form.get("reference", "")
