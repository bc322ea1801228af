"""The ground of the pages about acts."""

from functools import cached_property
from megalis.portal.actes import gateway
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes import signatures
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations.browser import base
from megalis.portal.organisations.browser.assured import Assured
from megalis.portal.theme.words import plural
from plone import api

import re


PREPARE = "megalis: Prepare acts"
TRANSMIT = "megalis: Transmit acts"
FOLLOW = "megalis: Follow acts"
CONFIGURE = "megalis: Configure acts"


def day(value):
    """Return ``16/03/2026`` of a date, "" for None."""
    return f"{value:%d/%m/%Y}" if value else ""


def file_words(name):
    """Return what a file of the exchange is, in words, from its name; a name that a person gave is told as it is."""
    if re.fullmatch(r"(ANO_)?[ET]ACT--.+\.xml", name):
        return "Enveloppe (XML)"
    found = re.search(r"-([0-9]-[0-9])_([0-9]+)\.([A-Za-z]{3,4})$", name)
    if found is None:
        return name
    code, rank, extension = found[1], int(found[2]), found[3].upper()
    if extension == "XML":
        return f"Message {code} (XML)"
    return f"Document {rank} ({extension})" if rank > 1 else f"Document ({extension})"


class Page(base.Page):
    """A page of agents about acts."""

    door = "agents"
    plural = staticmethod(plural)
    day = staticmethod(day)
    label = staticmethod(rules.state_label)
    badge = staticmethod(rules.badge)

    @cached_property
    def collectivite(self):
        return self.context

    @cached_property
    def registre(self):
        return registres.of(self.collectivite)

    @cached_property
    def classification(self):
        return registres.classification_of(self.registre)

    @property
    def simulated(self):
        return gateway.is_simulated()

    @property
    def userid(self):
        return api.user.get_current().getId() or ""

    @property
    def natures(self):
        return [(nature.code, nature.libelle) for nature in self.classification.natures.values()]

    def nature_title(self, code):
        found = self.classification.natures.get(code)
        return found.libelle if found else ""

    def matiere_title(self, code):
        found = self.classification.branch(code)
        return found.titre if found else code

    @property
    def matieres(self):
        """The matières that may be chosen, in order."""
        return [branch.titre for branch in self.classification if "." in branch.code]

    def below(self, code=""):
        """The branches of the classification under one."""
        return self.classification.below(code)

    @property
    def list_url(self):
        return f"{self.collectivite.absolute_url()}/@@actes-suivi"

    def refused(self, refusal, status=422):
        """Show every finding of a refusal, nothing being undone."""
        found = getattr(refusal, "findings", None)
        self.errors = tuple(item.message for item in found) if found else (str(refusal),)
        self.request.response.setStatus(status)

    def signatures(self, piece):
        """Return the verdicts on the signatures of a file: dicts ``badge, signer, reason``."""
        return [
            {
                "badge": item.label,
                "signer": f"Signature de {item.signer}" if item.signer else "Signature d’un inconnu",
                "reason": " ".join(filter(None, (item.reason, *item.notes))),
            }
            for item in signatures.reports(piece)
        ]

    def uploads(self, name):
        """Return the uploaded files of a form field, those with a name."""
        sent = self.request.form.get(name, ())
        sent = sent if isinstance(sent, list | tuple) else [sent]
        return [upload for upload in sent if getattr(upload, "filename", "")]


class Within(Page):
    """A page of a register, or of an act: of what stands in a collectivité."""

    @cached_property
    def collectivite(self):
        return registres.collectivite_of(self.context)


class Public(Within):
    """A page anybody reads."""

    door = ""


class OfActe(Assured, Within):
    """A page about one act."""

    @property
    def assurance_wanted(self):
        return registres.reglages(self.registre)["assurance"]

    @cached_property
    def acte(self):
        return self.context

    @cached_property
    def types_of_pieces(self):
        """What each type of a piece means under the nature of the act: code -> label."""
        try:
            return {item.code: item.libelle for item in self.classification.types(self.context.nature)}
        except Refused:
            return {}

    def exchanged(self, rank, moment):
        """Return the files of a line of the history: list of (words, address, name)."""
        url = self.context.absolute_url()
        return [
            (file_words(name), f"{url}/@@echange?moment={rank}&fichier={place}", name)
            for place, (name, _file) in enumerate(moment.files)
        ]

    @property
    def dossier_url(self):
        return f"{self.context.absolute_url()}/@@suivi"

    @property
    def subtitle(self):
        acte = self.context
        return f"{self.nature_title(acte.nature)} {acte.numero}, {day(acte.date_decision)}"
