"""``@@delai``: the minimum time is not met; a validator says in writing why he lets it pass, or takes that back."""

from megalis.portal.consultations import derogations
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.rules import procedures
from megalis.portal.kernel import clock
from megalis.portal.organisations import people


class Delay(Page):
    """The page of the leave."""

    @property
    def page_title(self):
        return "Délai minimal non respecté" if self.short or self.granted else "Délai minimal"

    def post(self):
        person = people.current(self.request)
        userid, name = (person.userid, person.fullname) if person is not None else ("", "Un gestionnaire")
        if "retirer" in self.request.form:
            derogations.withdraw(self.consultation, name)
            self.redirect(f"{self.url}/@@verification", "La dérogation est retirée.")
            return
        derogations.grant(self.consultation, str(self.request.form.get("motif") or ""), userid, name)
        self.redirect(f"{self.url}/@@verification", "La dérogation est écrite au dossier et au journal.")

    @property
    def short(self):
        """What a leave would lift; None once there is no giving one any more."""
        return derogations.short(self.consultation, self.now) if self.is_draft else None

    @property
    def situation(self):
        """Why there is no leave to give: ``(words, address, words of the link)``."""
        deadline = self.consultation.deadline
        if self.is_draft and deadline is None:
            words = "La date limite n’est pas encore fixée : fixez-la, la vérification dira si le délai suffit."
            return words, f"{self.url}/@@modifier?etape=dates", "Fixer la date limite"
        if self.is_draft:
            left = self.plural(max(0, procedures.days_between(self.now, deadline)), "jour")
            words = f"Publiée aujourd’hui, la consultation laisserait {left} aux entreprises : le délai suffit."
            return words, f"{self.url}/@@verification", "Revenir à la vérification"
        if self.phase == "publiee":
            words = (
                f"La consultation est publiée, date limite le {clock.french(deadline)} : une dérogation ne se donne qu’avant. "
                "Pour changer cette date, rectifiez-la ; ceux qui suivent la consultation sont prévenus."
            )
            return words, f"{self.url}/@@rectifier", "Rectifier la date limite"
        words = "La date limite est passée, ou la consultation est annulée : son délai ne se discute plus ici."
        return words, f"{self.url}/@@gestion", "Revenir à la consultation"

    @property
    def granted(self):
        return self.consultation.derogation

    @property
    def reason(self):
        return self.request.form.get("motif", "") if self.errors else ""
