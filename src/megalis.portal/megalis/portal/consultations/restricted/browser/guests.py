"""``@@invitations``: who is invited to a restricted consultation; added, written to again, taken back."""

from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import launching
from megalis.portal.consultations.rules import suites
from megalis.portal.formats.refusal import Refused


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
        answered = {row["company"] for row in api.candidates(self.consultation)} if self.may_see else set()
        return [
            {
                "invitation": item,
                "label": invitations.STATES[item.state],
                "badge": BADGES[item.state],
                "answer": "Pli reçu" if item.company in answered else "",
                "account": bool(item.company),
            }
            for item in invitations.every(self.consultation)
        ]

    @property
    def may_see(self):
        """Who has answered is a secret of the register until the deadline."""
        return self.consultation.deadline is not None and self.now >= self.consultation.deadline

    @property
    def changes(self):
        """True while the list may change."""
        return self.is_draft or (self.phase == "publiee")

    @property
    def candidates(self):
        """Those who may still be invited: (key, words)."""
        known = {item.company or item.siret or item.name for item in invitations.standing(self.consultation)}
        return [
            (guest["key"], f"{guest['name']}, {guest['email']}")
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
            invitations.change(self.consultation, found, form.get("courriel", ""), form.get("demande", ""))
            message = f"L’invitation de {found.name} est modifiée."
        elif "renvoyer" in form:
            found = invitations.find(self.consultation, form["renvoyer"])
            invitations.send_again(self.consultation, found)
            message = f"Invitation renvoyée à {found.email}, avec un nouveau code."
        elif "retirer" in form:
            found = invitations.find(self.consultation, form["retirer"])
            invitations.withdraw(self.consultation, found, form.get("motif", ""))
            message = f"L’invitation de {found.name} est retirée."
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
            str(form.get("courriel") or "").strip() or guest["email"],
            guest["siret"],
            guest["company"],
            [number for number in guest["lots"] if number in numbers],
            form.get("demande", ""),
        )
        return f"{made.name} est invitée."
