"""Pages whose action asks how sure the platform is of who acts (``organisations.assurance``)."""

from megalis.portal.organisations import assurance
from megalis.portal.organisations.signin import certificates


class Assured:
    """Before the ground page of a room, which gives ``assurance_wanted``; ``assurance-parts`` has the fields."""

    assurance_wanted = assurance.SESSION

    @property
    def asks_password(self):
        return self.assurance_wanted == assurance.PASSWORD and assurance.reached(self.request) == assurance.SESSION

    @property
    def asks_certificate(self):
        return self.assurance_wanted == assurance.CERTIFICATE

    @property
    def own_certificate(self):
        return assurance.own_certificate(self.request)

    @property
    def other_certificate(self):
        """The certificate that came and is not the one of the account, None otherwise."""
        return certificates.presented(self.request) if self.own_certificate is None else None

    def prove(self):
        """Refuse to go on while the request is under the level wanted."""
        given = self.request.form.get("preuve", "")
        assurance.check(self.assurance_wanted, self.request, given if isinstance(given, str) else "")
