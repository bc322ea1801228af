"""Letters of the préfecture about an act, read and answered."""

from datetime import date
from functools import cached_property
from megalis.portal.actes import letters
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import OfActe
from megalis.portal.actes.browser.base import TRANSMIT
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import require_own_page


LETTERS = {
    "2-1": "Courrier de la préfecture",
    "3-1": "Demande de pièces complémentaires",
    "4-1": "Lettre d’observations",
    "5-1": "Déféré au tribunal administratif",
}
ANSWERS = {
    "2-2": "Répondre",
    "3-3": "Refuser de transmettre les pièces",
    "3-4": "Transmettre les pièces",
    "4-3": "Rejeter les observations",
    "4-4": "Répondre aux observations",
}


def letter_label(letter):
    """Return where a letter stands, in French."""
    if letter.code == "5-1":
        return "Reçu"
    return states.ETATS_COURRIER[letter.etat].libelle


class Letter(OfActe):
    """``@@courrier``: a letter of the préfecture, with its documents, and our answer."""

    @cached_property
    def letter(self):
        try:
            day_ = date.fromisoformat(str(self.request.form.get("date", "")))
        except ValueError:
            day_ = None
        return service.letter_of(self.context, str(self.request.form.get("code", "")), day_)[1]

    def __call__(self):
        if self.request.method == "POST":
            require_own_page(self.request)
        try:
            self.letter  # noqa: B018  known before anything is shown
        except Refused as refusal:
            return self.done(refusal.message, self.dossier_url)
        return super().__call__()

    @property
    def page_title(self):
        return LETTERS[self.letter.code]

    @property
    def standing(self):
        return letter_label(self.letter)

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@courrier?code={self.letter.code}&date={self.letter.date.isoformat()}"

    @property
    def moments(self):
        """What was exchanged about it, the oldest first: dicts ``at, words, files, moment``."""
        for rank, moment in letters.exchange(self.context, self.letter):
            yield {"at": moment.at, "words": moment.words, "files": self.exchanged(rank, moment), "moment": moment}

    @property
    def answers(self):
        """The answers that may be given now: list of (code, label)."""
        if self.letter.etat not in (states.COURRIER_RECU, states.COURRIER_ACQUITTE) or not self.may(TRANSMIT):
            return []
        return [(code, ANSWERS[code]) for code in lifecycle.LETTRES[self.letter.code].reponses]

    def do_repondre(self):
        if not self.may(TRANSMIT):
            raise Refused("actes.role", "Répondre à la préfecture demande le rôle de transmetteur d’actes.")
        self.prove()
        service.answer(
            self.context,
            self.letter.code,
            self.letter.date,
            self.field("reponse"),
            self.uploads("fichiers"),
            self.userid,
        )
        self.done("La réponse part dans les secondes qui viennent.", self.dossier_url)
