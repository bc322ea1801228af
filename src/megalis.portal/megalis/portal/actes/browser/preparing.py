"""Making an act: one page for what it says and its files; many at once from many files."""

from functools import cached_property
from megalis.portal.actes import proposing
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.browser.base import Page
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.sending import FORMATS
from megalis.portal.formats.refusal import Refused
from plone import api


MANY = 50


class Form(Page):
    """What both pages of an act in preparation share."""

    limit = f"{service.LARGEST // 1048576} Mo"
    limit_bytes = service.LARGEST
    accept = ",".join(f".{name}" for name in (*FORMATS, "xml", "p7s"))

    def value(self, name):
        """Return what the form shows in a field: what was typed, else what is kept."""
        form = self.request.form
        if self.request.method == "POST" and name in form:
            return form[name] if isinstance(form[name], str) else ""
        kept = getattr(self.kept, name, None) if self.kept is not None else None
        return "" if kept is None else kept

    kept = None

    @property
    def date_value(self):
        value = self.value("date_decision")
        return value if isinstance(value, str) else value.isoformat()

    @property
    def nature_value(self):
        return str(self.value("nature") or "1")

    @property
    def matiere_value(self):
        value = self.request.form.get("matiere", "") or self.value("matiere")
        return self.matiere_title(str(value)) if value else ""

    @property
    def paper(self):
        return bool(self.value("papier")) if self.request.method != "POST" else bool(self.request.form.get("papier"))

    def read(self):
        """Return the values of the form; Refused with every finding when one is wrong."""
        found = rules.entered(self.request.form, self.classification, service.today())
        if found.findings:
            refusal = Refused(found.findings[0].code, " ".join(item.message for item in found.findings))
            refusal.findings = found.findings
            raise refusal
        return found.values

    def add_files(self, acte):
        """Give the act the files of the form; return the French reasons of those that were refused."""
        reasons = []
        for upload in self.uploads("fichiers"):
            try:
                service.add_piece(acte, upload)
            except Refused as refusal:
                reasons.append(refusal.message)
        return reasons

    def fail(self, message, status, mark):
        super().fail(message, status, mark)
        if self.found:
            self.errors = tuple(item.message for item in self.found)

    found = ()


class New(Form):
    """``@@nouvel-acte`` of a collectivité."""

    page_title = "Nouvel acte"

    @property
    def title(self):
        return self.page_title

    def do_creer(self):
        try:
            values = self.read()
        except Refused as refusal:
            self.found = refusal.findings
            raise
        acte = service.draft(self.context, values, self.userid)
        reasons = self.add_files(acte)
        if reasons:
            # The act is kept: only the files that may not go are to be chosen again.
            return self.done(" ".join(reasons), f"{acte.absolute_url()}/@@modifier")
        following = "@@transmettre" if acte.pieces else "@@modifier"
        return self.done("L’acte est enregistré.", f"{acte.absolute_url()}/{following}")


class Edit(OfActe, Form):
    """``@@modifier`` of an act."""

    @property
    def page_title(self):
        return f"Acte {self.context.numero}"

    crumb_title = "Modifier"

    @property
    def kept(self):
        return self.context

    def __call__(self):
        try:
            service.check_editable(self.context)
        except Refused as refusal:
            if self.request.method == "POST":
                self.refused(refusal)
                return self.index()
            return self.done(refusal.message, self.dossier_url)
        return super().__call__()

    def types(self, piece):
        """Return the (code, label, chosen) of the types a piece may have."""
        try:
            found = self.classification.types(self.context.nature, self.context.matiere or "")
        except Refused:
            found = ()
        return [(item.code, f"{item.libelle} ({item.code})", item.code == piece.type_pj) for item in found]

    def _save(self):
        try:
            values = self.read()
        except Refused as refusal:
            self.found = refusal.findings
            raise
        service.update(self.context, values, self.userid)
        types = {
            piece.id: str(self.request.form[f"type-{piece.id}"])[:10]
            for piece in self.context.pieces
            if f"type-{piece.id}" in self.request.form
        }
        service.set_types(self.context, types)
        return self.add_files(self.context)

    def do_enregistrer(self):
        reasons = self._save()
        self.done(" ".join(reasons) or "Modifications enregistrées.", f"{self.context.absolute_url()}/@@modifier")

    @cached_property
    def next_draft(self):
        """The address of the form of the draft that follows in the order they came in, the first after the last; "" without another."""
        query = {
            "portal_type": "Acte",
            "path": "/".join(self.registre.getPhysicalPath()),
            "acte_etat": states.BROUILLON,
        }
        catalog = api.portal.get_tool("portal_catalog")
        number = self.context.number
        for place in ({"query": number + 1, "range": "min"}, {"query": number - 1, "range": "max"}):
            found = catalog(rang=place, sort_on="rang", sort_limit=1, **query)
            if found:
                return f"{found[0].getURL()}/@@modifier"
        return ""

    def do_suivant(self):
        reasons = self._save()
        words = " ".join(reasons) or f"L’acte {self.context.numero} est enregistré. Voici le brouillon suivant."
        here = f"{self.context.absolute_url()}/@@modifier"
        self.done(words, here if reasons else self.next_draft or here)

    def do_verifier(self):
        reasons = self._save()
        target = "@@modifier" if reasons else "@@transmettre"
        self.done(" ".join(reasons) or "Modifications enregistrées.", f"{self.context.absolute_url()}/{target}")

    def do_retirer(self):
        name = service.remove_piece(self.context, self.field("piece"))
        self.done(f"« {name} » est retiré de l’acte.", f"{self.context.absolute_url()}/@@modifier")

    def do_premier(self):
        service.make_first(self.context, self.field("piece"))
        self.done("L’ordre des fichiers est changé.", f"{self.context.absolute_url()}/@@modifier")


class Batch(Page):
    """``@@actes-lot``: many PDF files, each a draft to complete; the number and the date are guessed from its name."""

    page_title = "Plusieurs actes à la fois"
    most = MANY

    def do_deposer(self):
        uploads = self.uploads("fichiers")
        if not uploads:
            raise Refused("actes.fichier", "Aucun fichier n’est choisi : prenez-en un ou plusieurs.")
        if len(uploads) > MANY:
            raise Refused(
                "actes.fichiers", f"{len(uploads)} fichiers, {MANY} au plus à la fois : faites-le en deux fois."
            )
        nature = self.field("nature")
        made, reasons = 0, []
        registre = registres.of(self.context, make=True)
        for upload in uploads:
            code = int(nature) if nature.isdigit() else rules.DELIBERATION
            values = proposing.guessed(upload.filename, code, registre.numbers)
            acte = service.draft(self.context, values, self.userid)
            try:
                service.add_piece(acte, upload)
            except Refused as refusal:
                service.abandon(acte, self.userid)
                registre._delObject(acte.getId())
                reasons.append(refusal.message)
            else:
                made += 1
        if not made:
            raise Refused("actes.fichiers", " ".join(reasons))
        kept = f"{self.plural(made, 'brouillon')} à compléter, un par fichier."
        self.done(" ".join([kept, *reasons]), f"{self.list_url}?etape=brouillons")
