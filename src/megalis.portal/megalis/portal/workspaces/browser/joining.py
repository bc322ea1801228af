"""Somebody without an account follows an invitation into a workspace: he makes the account, and he is in.

The invitation was sent to his address: no second mail asks whether it is his.
"""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.organisations import registration
from megalis.portal.organisations.browser.base import Notice
from megalis.portal.organisations.browser.registration import beside
from megalis.portal.organisations.browser.registration import INewcomer
from megalis.portal.organisations.browser.registration import IRegistration
from megalis.portal.theme.forms import MegalisForm
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from urllib.parse import quote
from urllib.parse import urlencode
from z3c.form import button

import transaction


class Join(MegalisForm):
    """The ground of both forms: an invitation that still opens something, to an address without an account."""

    @cached_property
    def space(self):
        return membership.find_space(self._text("espace"))

    @cached_property
    def invitation(self):
        return membership.find_invitation(self.space, self._text("jeton"))

    def _text(self, name):
        value = self.request.form.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def query(self):
        return urlencode({"espace": self._text("espace"), "jeton": self._text("jeton")})

    @property
    def action(self):
        return f"{self.request['ACTUAL_URL']}?{self.query}"

    @property
    def cancel_url(self):
        return self.back

    @property
    def back(self):
        return f"{self.context.absolute_url()}/@@invitation-espace?{self.query}"

    @property
    def page_title(self):
        return f"Rejoindre « {self.space.title} »"

    @property
    def page_intro(self):
        role = rules.BY_KEY[self.invitation.role].title.lower()
        return f"Votre compte aura l’adresse {self.invitation.email}, déjà vérifiée. Vous entrerez dans l’espace comme {role}."

    def __call__(self):
        response = self.request.response
        response.setHeader("Cache-Control", "private, no-store")
        response.setHeader("Referrer-Policy", "no-referrer")
        refused = self.shut()
        if refused is not None:
            notice = Notice(self.context, self.request)
            links = [("Se connecter", f"{self.context.absolute_url()}/login")]
            notice.say("bad", "Cette invitation ne s’ouvre plus", [refused.message], links, 410)
            return notice.index()
        if people.by_email(self.invitation.email):
            response.redirect(self.back, status=303)
            return ""
        return super().__call__()

    def shut(self):
        """Return why the invitation opens nothing, or None."""
        if self.invitation is None:
            return Refused("invitation.inconnue", "Copiez l’adresse entière depuis le message reçu.")
        try:
            rules.check_invitation(self.invitation.state, self.invitation.expires, clock.now())
        except Refused as refused:
            return refused
        return None

    def join(self):
        """Make the account and let it in, both or neither."""
        data, errors = self.extractData()
        if errors:
            return
        if data.pop("again") != data["password"]:
            self.refuse("Les deux saisies diffèrent : recommencez.", "again")
            return
        mark = transaction.savepoint(optimistic=True)
        try:
            person = people.get(self.open_account(data))
            membership.accept(self.space, self.invitation, person)
        except Refused as refused:
            mark.rollback()
            beside(self, refused)
            return
        service.happened(self.space, person, "membre", "est entré dans l’espace", "/@@membres")
        came = quote(self.space.absolute_url(), safe="")
        words = f"Votre compte est ouvert et vous êtes membre de « {self.space.title} » : connectez-vous."
        self.redirect(f"{self.context.absolute_url()}/login?came_from={came}", words)


class JoinAsAgent(Join):
    """``@@invitation-espace-agent``: an account of no collectivité yet; its own invites it later at this address."""

    schema = INewcomer
    sections = (("Vous", ("fullname", "phone")), ("Votre mot de passe", ("password", "again")))

    def open_account(self, data):
        values = {"phone": data["phone"] or "", "by": self.invitation.by}
        return people.create(people.AGENT, self.invitation.email, data["fullname"], data["password"], **values)

    @button.buttonAndHandler("Créer mon compte et rejoindre l’espace", name="join")
    def handle_join(self, action):
        self.join()


class JoinAsCompany(Join):
    """``@@invitation-espace-entreprise``: the company is registered along, or its administrator is asked."""

    schema = IRegistration
    sections = (
        ("Votre entreprise", ("national", "country", "foreign", "title", "certificate")),
        ("Vous", ("fullname", "phone")),
        ("Votre mot de passe", ("password", "again")),
    )

    def make_fields(self):
        return super().make_fields().omit("email")

    def open_account(self, data):
        person = {"email": self.invitation.email, "fullname": data.pop("fullname"), "phone": data.pop("phone") or ""}
        password = data.pop("password")
        company = {**data, "certificate": bool(data["certificate"])}
        userid, _company, _state = registration.open_verified(person, company, password)
        return userid

    @button.buttonAndHandler("Créer mon compte et rejoindre l’espace", name="join")
    def handle_join(self, action):
        self.join()
