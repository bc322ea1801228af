"""The people of an organisation: list, roles, invitations, requests; agents and company users alike."""

from functools import cached_property
from megalis.portal.formats.tables import Column
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import invitations
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations import registration
from megalis.portal.organisations import roles
from megalis.portal.organisations.browser.account import role_names
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme.export import Exported
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


class Members(Page):
    """``@@agents`` of a collectivité and ``@@utilisateurs`` of a company."""

    index = ViewPageTemplateFile("templates/members.pt")

    @cached_property
    def company(self):
        return self.context.portal_type == "Entreprise"

    @property
    def door(self):
        return "entreprises" if self.company else "agents"

    @property
    def page_title(self):
        return "Utilisateurs" if self.company else "Agents"

    @property
    def page_intro(self):
        return self.context.title

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@{self.__name__}"

    @cached_property
    def offered(self):
        """The roles one may give here: dicts key, title, help."""
        return [{"key": r.key, "title": r.title, "help": r.help} for r in membership.roles_for(self.context)]

    @cached_property
    def members(self):
        """Rows of the table: dicts userid, fullname, email, roles (text), keys (set), me, active."""
        me = self.person.userid
        return [
            {
                "userid": member.userid,
                "fullname": member.fullname,
                "email": member.email,
                "roles": role_names(member.roles),
                "keys": set(member.roles),
                "me": member.userid == me,
                "active": member.active,
            }
            for member in membership.members(self.context)
        ]

    @cached_property
    def invitations(self):
        """Invitations without an answer: dicts id, email, roles, sent, expired."""
        return [
            {"id": i.id, "email": i.email, "roles": role_names(i.keys), "sent": i.sent, "expired": i.expired}
            for i in invitations.pending(self.context)
        ]

    @cached_property
    def requests(self):
        """Requests to join a company: dicts id, fullname, email, at."""
        if not self.company:
            return []
        found = [(request, people.get(request.userid)) for request in registration.requests(self.context)]
        return [
            {"id": request.id, "fullname": person.fullname, "email": person.email, "at": request.at}
            for request, person in found
            if person is not None
        ]

    @property
    def missing(self):
        """Roles of a collectivité that nobody holds and without which no consultation can run, as text."""
        if self.company:
            return ""
        needed = ("acheteurs", "valideurs", "porteurs")
        return role_names([key for key in needed if not membership.holders(self.context, key)])

    @property
    def typed(self):
        """What was typed in the invitation, shown again after a refusal."""
        asked = self.errors and self.field("faire") == "inviter"
        return {"email": self.field("courriel") if asked else "", "keys": set(self.fields("roles")) if asked else set()}

    def _member(self):
        userid = self.field("personne")
        person = people.get(userid) if userid else None
        if person is None or not person.roles_in(self.context):
            raise Refusal("personne", "Cette personne n’est plus dans la liste : rechargez la page.", 404)
        return person

    def do_inviter(self):
        invitation = invitations.invite(self.context, self.field("courriel"), self.fields("roles"), self.person.userid)
        self.done(f"Invitation envoyée à {invitation.email}.")

    def do_relancer(self):
        invitation = invitations.send_again(self.context, self.field("invitation"), self.person.userid)
        self.done(f"Invitation envoyée de nouveau à {invitation.email}.")

    def do_annuler(self):
        invitation = invitations.cancel(self.context, self.field("invitation"), self.person.userid)
        self.done(f"L’invitation de {invitation.email} est annulée.")

    def do_roles(self):
        person = self._member()
        keys = self.fields("roles")
        if not keys:
            raise Refusal("role.aucun", "Sans rôle, une personne ne peut rester : cochez-en un, ou retirez-la.", 422)
        membership.set_roles(self.context, person.userid, keys, by=self.person.userid)
        self.done(f"Rôles de {person.fullname} : {role_names(keys)}.")

    def do_retirer(self):
        person = self._member()
        membership.remove(self.context, person.userid, by=self.person.userid)
        home = self.site_url if person.userid == self.person.userid else None
        self.done(f"{person.fullname} n’a plus accès à {self.context.title}.", home)

    def do_accepter(self):
        registration.approve(
            self.context, self.field("demande"), self.fields("roles") or ["e-repondants"], self.person.userid
        )
        self.done("La demande est acceptée ; un message prévient la personne.")

    def do_refuser(self):
        registration.refuse(self.context, self.field("demande"), self.person.userid)
        self.done("La demande est refusée ; un message prévient la personne.")

    def role_title(self, key):
        return roles.BY_KEY[key].title


class MembersFiles(Exported, Members):
    """``@@agents.csv`` and ``@@utilisateurs.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (Column("Nom"), Column("Adresse électronique"), Column("Rôles", width=50), Column("Compte ouvert"))

    @property
    def list_note(self):
        return self.context.title

    def list_rows(self):
        for member in self.members:
            yield member["fullname"], member["email"], member["roles"], member["active"]
