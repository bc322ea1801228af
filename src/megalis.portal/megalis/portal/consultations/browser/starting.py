"""Where a consultation begins: the choice of a form, or a notice that is already written."""

from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.importing import import_notice
from megalis.portal.consultations.importing import ImportRefused
from megalis.portal.consultations.importing import NOTICE_BYTES
from megalis.portal.formats.refusal import Refused


class Choose(Page):
    """``@@nouvelle-consultation``: three ways in."""

    page_title = "Nouvelle consultation"

    @property
    def base(self):
        return self.context.absolute_url()


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
