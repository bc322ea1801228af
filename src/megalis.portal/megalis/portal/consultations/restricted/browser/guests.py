"""``@@invitations``: who is invited to a restricted consultation; added, written to again, taken back."""

from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import ExportedOfIt
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.restricted import posting
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme.export import send_pdf
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


BADGES = {
    invitations.READY: "",
    invitations.SENT: "run",
    invitations.OPENED: "ok",
    invitations.WITHDRAWN: "bad",
}


class Guests(Page):
    """The page of the invitations."""

    page_title = "Entreprises invitées"

    @property
    def map(self):
        return self.steps("@@invitations") if self.is_draft else []

    @property
    def rows(self):
        return [
            {
                **row,
                "badge": BADGES[row["invitation"].state] if row["email"] or row["posted"] else "",
                "account": bool(row["invitation"].company),
                "letter": self.letters and bool(row["address"]) and row["invitation"].state != invitations.READY,
            }
            for row in posting.register(self.consultation)
        ]

    @property
    def letters(self):
        """True while letters may be posted."""
        return api.workflow_state(self.consultation) in posting.WORKING

    @property
    def today(self):
        return f"{clock.paris(self.now):%Y-%m-%d}"

    @property
    def changes(self):
        """True while the list may change."""
        return self.is_draft or (self.phase == "publiee")

    @property
    def candidates(self):
        """Those who may still be invited: (key, words)."""
        known = {item.company or item.siret or item.name for item in invitations.standing(self.consultation)}
        return [
            (guest["key"], ", ".join(text for text in (guest["name"], guest["email"] or "sur papier") if text))
            for guest in launching.open_to(self.consultation)
            if guest["key"] not in known
        ]

    @property
    def types(self):
        """True when those invited are typed: without publicity, no earlier answer says who may be."""
        return self.consultation.relation == suites.DIRECT

    def typed(self, name):
        """What was typed and refused stays in its field."""
        return str(self.request.form.get(name) or "")[:200] if self.errors else ""

    @property
    def completes(self):
        return self.consultation.relation == suites.COMPLEMENT

    def post(self):
        form = self.request.form
        if "ajouter" in form:
            message = self.add(form)
        elif "enregistrer" in form:
            found = invitations.find(self.consultation, form["enregistrer"])
            invitations.change(
                self.consultation, found, *(form.get(name, "") for name in ("courriel", "demande", "adresse"))
            )
            message = f"L’invitation de {found.name} est modifiée."
        elif "renvoyer" in form:
            found = invitations.find(self.consultation, form["renvoyer"])
            invitations.send_again(self.consultation, found)
            message = (
                f"Invitation renvoyée à {found.email}, avec un nouveau code."
                if found.email
                else f"Imprimez la nouvelle lettre à {found.name} : son code remplace le précédent."
            )
        elif "retirer" in form:
            found = invitations.find(self.consultation, form["retirer"])
            invitations.withdraw(self.consultation, found, form.get("motif", ""))
            message = f"L’invitation de {found.name} est retirée."
            if posting.is_due(self.consultation, found):
                message += " Une lettre doit l’en prévenir : imprimez-la."
        elif "postee" in form:
            found = invitations.find(self.consultation, form["postee"])
            told = posting.note_posted(self.consultation, found, form.get("jour", ""), form.get("suivi", ""))
            if told:
                self.redirect(f"{self.url}/@@invitations", told[0].message, "warning")
                return
            message = f"La lettre à {found.name} est notée comme postée."
        else:
            raise Refused("invites.demande", "Rien n’est demandé : choisissez une action.")
        self.redirect(f"{self.url}/@@invitations", message)

    def add(self, form):
        if self.types:
            made = invitations.invite(
                self.consultation,
                *(str(form.get(name) or "").strip() for name in ("nom", "courriel", "numero")),
                lots=[lot.number for lot in self.lots if form.get(f"lot.{lot.number}")],
            )
            return f"{made.name} est invitée."
        guests = {guest["key"]: guest for guest in launching.open_to(self.consultation)}
        guest = guests.get(str(form.get("qui") or ""))
        if guest is None:
            raise Refused(
                "invites.interdit", "Cette entreprise ne peut pas être invitée ici : choisissez dans la liste."
            )
        numbers = {lot.number for lot in self.lots}
        made = invitations.invite(
            self.consultation,
            guest["name"],
            str(form.get("courriel") or "").strip() or ("" if form.get("adresse") else guest["email"]),
            guest["siret"],
            guest["company"],
            [number for number in guest["lots"] if number in numbers],
            form.get("demande", ""),
            form.get("adresse", ""),
        )
        return f"{made.name} est invitée."


class LetterPDF(Guests):
    """``@@invitations-lettre.pdf``: the letter of an invitation; a POST, for printing it may make its code."""

    listing = ViewPageTemplateFile("templates/guests.pt")
    file = ()

    def post(self):
        found = invitations.find(self.consultation, self.request.form.get("invitation"))
        self.file = (f"invitation-{found.id[:8]}.pdf", posting.letter(self.consultation, found))

    def index(self):
        return send_pdf(self.request, *self.file) if self.file else self.listing()


class GuestList(ExportedOfIt, Guests):
    """``@@invitations.csv``, ``.xlsx``, ``.pdf``: the register of invitations."""

    page_title = "Registre des invitations"
    list_columns = posting.COLUMNS

    def list_rows(self):
        return map(posting.cells, posting.register(self.consultation))
