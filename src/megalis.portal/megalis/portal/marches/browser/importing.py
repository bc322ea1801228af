"""``@@importer-contrats``: contracts made elsewhere, from a file of the format or a table."""

from functools import cached_property
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.browser.base import Page
from megalis.portal.marches.rules import buyer_name
from megalis.portal.marches.rules import checking
from megalis.portal.marches.rules import importing
from megalis.portal.marches.rules import KINDS


MAX_BYTES = 20 * 1024 * 1024
KEPT, MADE, KNOWN, STRANGE = "publie", "brouillon", "deja", "autre"
OUTCOMES = {
    KEPT: ("ok", "Publié"),
    MADE: ("soon", "Brouillon à compléter"),
    KNOWN: ("closed", "Déjà là, laissé"),
    STRANGE: ("bad", "D’un autre acheteur, laissé"),
}


class Import(Page):
    """The upload and its outcome, record by record."""

    page_title = "Importer des contrats"
    reasons = ()
    outcome = ()

    @property
    def crumbs(self):
        return [("Contrats", f"{self.url}/@@contrats")]

    def do_importer(self):
        stream = self.request.form.get("fichier")
        data = stream.read(MAX_BYTES + 1) if hasattr(stream, "read") else b""
        if not data:
            raise Refusal("marches.fichier", "Choisissez un fichier JSON, XML ou CSV.", 422)
        if len(data) > MAX_BYTES:
            raise Refusal("marches.fichier", f"Le fichier dépasse {MAX_BYTES // 1048576} Mo : partagez-le.", 413)
        try:
            found = importing.read(data)
        except importing.FileRefused as refused:
            self.reasons = refused.reasons
            self.request.response.setStatus(422)
            return
        publishing = bool(self.text("publier"))
        self.outcome = [self.take(place, kind, raw, publishing) for place, kind, raw in found]

    def take(self, place, kind, raw, publishing):
        """Take one contract of the file; return what became of it."""
        told = {
            "place": place,
            "kind": KINDS[kind],
            "title": str(raw.get("objet", ""))[:200],
            "id": str(raw.get("id", "")),
        }
        buyer = raw.get(buyer_name(kind))
        siret = str(buyer.get("id", "")) if isinstance(buyer, dict) else ""
        if siret and not siret.startswith(self.context.siren):
            return {**told, "outcome": OUTCOMES[STRANGE], "findings": (), "url": ""}
        known = self.known(raw.get("id"))
        if known:
            return {**told, "outcome": OUTCOMES[KNOWN], "findings": (), "url": f"{self.url}/@@contrat?contrat={known}"}
        record = recording.add(self.context, kind, raw, source="import")
        self.drafts[told["id"]] = record.key
        findings = recording.findings(record, collectivite=self.context)
        wrong = checking.blocking(findings)
        if publishing and not wrong:
            recording.publish(record)
        url = f"{self.url}/@@contrat?contrat={record.key}"
        return {**told, "outcome": OUTCOMES[KEPT if record.published else MADE], "findings": wrong[:5], "url": url}

    def known(self, identifier):
        """Return the key of the contract of this collectivité that bears the identifier, or None."""
        if not identifier:
            return None
        found = store.holder_of_id(self.site, self.uid, identifier)
        return found or self.drafts.get(identifier)

    @cached_property
    def drafts(self):
        """The contracts kept before, by identifier; those taken from the file join them."""
        aside = (state for state in store.STATES if state != store.PUBLISHED)
        kept = (record for state in aside for record in store.in_state(self.site, self.uid, state))
        found = ((record.raw.get("id"), record.key) for record in kept)
        return {identifier: key for identifier, key in found if isinstance(identifier, str)}
