"""The members of a workspace: roles, requests, invitations; and the page an invitation leads to."""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.organisations.browser import base
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from urllib.parse import quote
from urllib.parse import urlencode


class Members(Page):
    """``@@membres``."""

    tab = "membres"
    page_title = "Membres"
    roles = rules.ROLES

    @cached_property
    def members(self):
        """The members by name: dicts."""
        found = []
        for userid, member in self.context.members.items():
            person = people.get(userid)
            if person is None:
                continue
            found.append(
                {
                    "userid": userid,
                    "fullname": person.fullname,
                    "email": person.email,
                    "where": person.where,
                    "role": member.role,
                    "title": rules.BY_KEY[member.role].title,
                    "since": member.since,
                    "me": userid == self.userid,
                    "active": person.active,
                }
            )
        return sorted(found, key=lambda row: row["fullname"].casefold())

    @property
    def invitations(self):
        now = clock.now()
        return [
            {
                "key": item.digest,
                "email": item.email,
                "role": rules.BY_KEY[item.role].title,
                "sent": item.sent,
                "by": item.by_name,
                "expired": now >= item.expires,
            }
            for item in membership.pending(self.context)
        ]

    @property
    def asks(self):
        found = ((userid, at, people.get(userid)) for userid, at in self.context.asks.items())
        return [
            {"userid": userid, "fullname": person.fullname, "email": person.email, "at": at}
            for userid, at, person in found
            if person is not None
        ]

    def lead(self):
        rules.check_writes(self.rights)
        rules.check_leads(self.rights)

    def do_inviter(self):
        self.lead()
        found = rules.addresses(self.field("adresses"))
        for email in found:
            membership.invite(self.context, email, self.field("role"), self.person)
        self.done(f"{self.plural(len(found), 'invitation envoyée', 'invitations envoyées')}.")

    def do_annuler(self):
        self.lead()
        found = membership.cancel(self.context, self.field("invitation"))
        self.done(f"L’invitation de {found.email} est annulée.")

    def do_renvoyer(self):
        self.lead()
        found = membership.cancel(self.context, self.field("invitation"))
        membership.invite(self.context, found.email, found.role, self.person)
        self.done(f"Invitation envoyée de nouveau à {found.email}.")

    def do_role(self):
        self.lead()
        person = membership.member(self.context, self.field("personne"))
        membership.set_role(self.context, person.userid, rules.check_role(self.field("role")), self.userid)
        self.done(f"{person.fullname} est maintenant {rules.BY_KEY[self.field('role')].title.lower()}.")

    def do_retirer(self):
        self.lead()
        person = membership.member(self.context, self.field("personne"))
        membership.set_role(self.context, person.userid, None, self.userid)
        self.done(f"{person.fullname} ne fait plus partie de l’espace.")

    def do_accueillir(self):
        self.lead()
        membership.answer(self.context, self.field("personne"), rules.check_role(self.field("role")), self.userid)
        self.done("La demande est acceptée.")

    def do_refuser(self):
        self.lead()
        membership.answer(self.context, self.field("personne"), None, self.userid)
        self.done("La demande est refusée.")


class Invited(base.Notice):
    """``@@invitation-espace?espace=&jeton=``: whoever holds the link; following it writes nothing, the button does."""

    @property
    def url(self):
        """Where the button leads: the form bears the token itself."""
        return f"{self.site_url}/@@invitation-espace?{urlencode({'espace': self.field('espace')})}"

    @property
    def token(self):
        return self.field("jeton")

    @cached_property
    def space(self):
        return membership.find_space(self.field("espace"))

    @cached_property
    def invitation(self):
        return membership.find_invitation(self.space, self.field("jeton"))

    def __call__(self):
        response = self.request.response
        response.setHeader("Cache-Control", "private, no-store")
        response.setHeader("Referrer-Policy", "no-referrer")
        if self.invitation is None:
            self.say(
                "bad",
                "Cette invitation n’existe pas",
                ["Copiez l’adresse entière depuis le message reçu, ou demandez une nouvelle invitation."],
                status=404,
            )
            return self.index()
        if self.request.method == "POST":
            self.post()
            if response.getStatus() in (302, 303):
                return ""
        self.show()
        return self.index()

    def show(self):
        invitation, space = self.invitation, self.space
        if self.person and invitation.state == "acceptee" and membership.role_of(space, self.person.userid) is not None:
            words = "Vous êtes déjà membre de cet espace : l’invitation a servi."
            self.say("ok", space.title, [words], [("Ouvrir l’espace", space.absolute_url())])
            return
        try:
            rules.check_invitation(invitation.state, invitation.expires, clock.now())
        except Refused as refused:
            links = [("Mes espaces de travail", f"{self.site_url}/espaces")] if self.person else []
            self.say("soon", f"Invitation dans « {space.title} »", [refused.message], links, status=410)
            return
        self.page_title = f"Rejoindre « {space.title} »"
        words = [
            f"{invitation.by_name} vous invite dans l’espace de travail « {space.title} », comme "
            f"{rules.BY_KEY[invitation.role].title.lower()}.",
            *([space.description] if space.description else []),
        ]
        if self.person is None:
            came = quote(f"{self.url}&jeton={self.token}", safe="")
            sign_in = ("Se connecter", f"{self.site_url}/login?came_from={came}")
            if people.by_email(invitation.email):
                words.append(f"Connectez-vous avec le compte de {invitation.email} pour accepter.")
                self.paragraphs, self.links = words, [sign_in]
                return
            query = urlencode({"espace": self.field("espace"), "jeton": self.token})
            words.append(
                f"{invitation.email} n’a pas encore de compte : créez-le ici, l’adresse est déjà vérifiée par cette invitation."
            )
            self.paragraphs = words
            self.links = [
                ("Je travaille pour une collectivité", f"{self.site_url}/@@invitation-espace-agent?{query}"),
                ("Je représente une entreprise", f"{self.site_url}/@@invitation-espace-entreprise?{query}"),
            ]
            return
        if self.person.email.lower() != invitation.email:
            words.append(
                f"L’invitation est pour {invitation.email}, et vous êtes connecté comme {self.person.email} : connectez-vous "
                "avec le compte de cette adresse, ou demandez une invitation à la vôtre."
            )
            self.paragraphs, self.links = words, [("Mes espaces de travail", f"{self.site_url}/espaces")]
            return
        self.paragraphs = words
        self.button = ("Rejoindre l’espace", "rejoindre")

    def do_rejoindre(self):
        if self.person is None:
            raise Refusal("compte", "Connectez-vous d’abord.", 403)
        membership.accept(self.space, self.invitation, self.person)
        service.happened(self.space, self.person, "membre", "est entré dans l’espace", "/@@membres")
        self.done(f"Vous êtes membre de « {self.space.title} ».", self.space.absolute_url())
