"""``@@delai``: the minimum time is not met; a validator says in writing why he lets it pass, or takes that back."""

from megalis.portal.consultations import derogations
from megalis.portal.consultations.browser.base import Page
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
        return derogations.short(self.consultation, self.now)

    @property
    def granted(self):
        return self.consultation.derogation

    @property
    def reason(self):
        return self.request.form.get("motif", "") if self.errors else ""
