"""``@@selection``: which candidatures are kept, lot by lot, and why the others are not."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import posting
from megalis.portal.consultations.restricted import selection
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from megalis.portal.theme.export import send_pdf
from urllib.parse import urlencode
from zExceptions import NotFound


VERDICTS = {"oui": True, "non": False, "": None}
CHOICES = (("", "À décider"), ("oui", "Retenue"), ("non", "Non retenue"))


class Selection(Page):
    """The page of the selection."""

    page_title = "Sélection des candidatures"
    choices = CHOICES

    @cached_property
    def obstacle(self):
        """Why verdicts cannot be changed now, or ""."""
        try:
            selection.check(self.consultation)
        except Refused as refused:
            return refused.message
        return ""

    @cached_property
    def concluded(self):
        return api.selection(self.consultation)[1]

    @cached_property
    def candidatures(self):
        return selection.rows(self.consultation)

    @property
    def offers_asked(self):
        return bool(set(self.consultation.envelopes or ()) & set(suites.OFFERS))

    @property
    def offers_opened(self):
        begun = {event["enveloppe"] for event in journal.events(self.consultation, "ouverture")}
        return bool(begun & set(suites.OFFERS))

    @cached_property
    def completions(self):
        """``{key of launching.guests: words}`` about what was asked of each besides."""
        found = {}
        for item in api.followings(self.consultation):
            if item.relation == suites.COMPLEMENT:
                for guest in invitations.standing(item):
                    answer = "reçus" if invitations.answered(item, guest) else "non reçus"
                    key = guest.company or guest.siret or guest.name
                    found[key] = f"Compléments demandés ({item.reference}) : {answer}"
        return found

    @property
    def to_post(self):
        """The rejected who have no electronic address: (name, address of their letter)."""
        return [
            (row["name"], f"{self.url}/@@selection-lettre.pdf?{urlencode({'candidat': row['candidate']})}")
            for row in posting.rejected_by_post(self.consultation)
        ]

    @property
    def rows(self):
        """The candidatures with what is kept or was just typed: list of dicts."""
        form = self.request.form if self.errors else {}
        found = []
        for rank, row in enumerate(self.candidatures):
            kept = {True: "oui", False: "non"}.get(row["admitted"], "")
            found.append(
                {
                    **row,
                    "rank": rank,
                    "key": f"{row['candidate']}|{row['lot']}",
                    "verdict": form.get(f"verdict.{rank}", kept),
                    "why": form.get(f"motif.{rank}", row["reason"]),
                    "completion": self.completions.get(row["company"] or row["siret"] or row["name"], ""),
                    "label": dict(CHOICES)[kept],
                    "badge": {"oui": "ok", "non": "bad"}.get(kept, ""),
                }
            )
        return found

    def post(self):
        form = self.request.form
        verdicts = {}
        for rank in range(len(self.candidatures)):
            candidate, _bar, lot = str(form.get(f"cle.{rank}") or "").rpartition("|")
            if candidate:
                admitted = VERDICTS.get(str(form.get(f"verdict.{rank}") or ""))
                verdicts[candidate, lot] = (admitted, str(form.get(f"motif.{rank}") or ""))
        selection.keep(self.consultation, verdicts)
        if "arreter" not in form:
            self.redirect(f"{self.url}/@@selection", "Sélection gardée ; vous pouvez encore la changer.")
            return
        person = people.current(self.request)
        selection.conclude(self.consultation, person.fullname if person is not None else "")
        if posting.rejected_by_post(self.consultation):
            words = (
                "La sélection est arrêtée. Des candidats écartés n’ont pas d’adresse électronique : postez leur lettre."
            )
            self.redirect(f"{self.url}/@@selection", words, "warning")
            return
        self.redirect(f"{self.url}/@@gestion", "La sélection est arrêtée. Les candidats écartés en sont informés.")


class RejectionPDF(Page):
    """``@@selection-lettre.pdf?candidat=``: the letter to a candidate on paper who is not kept."""

    def __call__(self):
        wanted = self.request.form.get("candidat")
        row = next((row for row in posting.rejected_by_post(self.consultation) if row["candidate"] == wanted), None)
        if row is None:
            raise NotFound("candidat")
        return send_pdf(self.request, "candidature-non-retenue.pdf", posting.rejection_pdf(self.consultation, row))
