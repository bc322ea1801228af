"""``/consultation-restreinte``: where a code opens the consultation it was given for."""

from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.restricted import invitations
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import people
from megalis.portal.organisations.signin.door import counts_address
from urllib.parse import quote


class Door(Page):
    """The page of the code. An account that is already let in goes straight to its consultation (``?c=`` of the letter)."""

    page_title = "Consultation restreinte"
    door = "entreprises"
    crumbs = ()

    def __call__(self):
        found = self.asked if self.request.method == "GET" and self.person is not None else None
        if found is not None:
            self.redirect(found.absolute_url())
            return ""
        return super().__call__()

    @property
    def person(self):
        return people.current(self.request)

    @property
    def company(self):
        return self.person.entreprise if self.person is not None else None

    @property
    def asked(self):
        """The consultation of the letter, when this person may already read it; else None: nothing is said of it."""
        uid = self.request.form.get("c", "")
        brains = api.find(UID=uid) if isinstance(uid, str) and len(uid) == 32 else ()
        return brains[0].getObject() if brains else None

    @property
    def sign_in(self):
        here = f"{self.context.absolute_url()}/@@consultation-restreinte"
        uid = self.request.form.get("c", "")
        here += f"?c={uid}" if isinstance(uid, str) and uid.isalnum() else ""
        return f"{self.context.absolute_url()}/login?came_from={quote(here, safe='')}"

    @property
    def code(self):
        return self.request.form.get("code", "") if self.errors else ""

    def post(self):
        if self.person is None:
            raise Refused("code.anonyme", "Connectez-vous avec le compte de votre entreprise, puis saisissez le code.")
        address = self.request.getClientAddr() or ""
        try:
            found = invitations.redeem(
                self.request.form.get("code", ""), self.person, address if counts_address(address) else ""
            )
        except Refused as refused:  # the count of wrong codes stays: this refusal undoes nothing
            self.fail([(refused.code, refused.message)], 429 if refused.code == "code.verrou" else 422)
            return
        self.redirect(found.absolute_url(), "La consultation vous est ouverte.")
