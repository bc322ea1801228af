"""The desk itself, and the sheet of a text: where it stands, what may be done, what was said, what changed."""

from datetime import timedelta
from functools import cached_property
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import states
from megalis.portal.editorial import versions
from megalis.portal.editorial import workflow
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import people
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.browser.base import Page
from megalis.portal.organisations.signin import lost
from megalis.portal.theme.widgets import Moment
from plone import api


EXPIRING = timedelta(days=30)
SHOWN = 100
SECTIONS = (
    ("attend", "Ce qui m’attend", "Rien ne vous attend."),
    (states.DRAFT, "Brouillons", "Aucun brouillon."),
    (states.SUBMITTED, "À relire", "Rien n’est à relire."),
    (states.SCHEDULED, "Programmés", "Rien n’est programmé."),
    ("expire", "Bientôt à la fin de leur publication", "Rien n’expire dans les trente jours."),
    (states.PUBLISHED, "Publiés", "Rien n’est publié."),
    (states.ARCHIVED, "Archivés", "Rien aux archives."),
)
WAITED = {
    states.SUBMITTED: "Un relecteur va le lire : il le publie, le programme ou le renvoie.",
    states.SCHEDULED: "Il paraîtra de lui-même à l’heure dite ; un relecteur peut le retirer avant.",
    states.PUBLISHED: "C’est publié. Un relecteur peut le retirer ou l’archiver.",
    states.ARCHIVED: "C’est aux archives. Un relecteur peut le reprendre en brouillon.",
}
NAMES = {name: title for name, title, _empty in SECTIONS}


class Desk(Page):
    """``/redaction``."""

    page_title = "Rédaction"
    page_intro = "Écrire, relire, programmer : ce que le public lira."

    def __call__(self):
        workflow.catch_up(self.site, self.now)
        return super().__call__()

    @property
    def kinds(self):
        return kinds.KINDS

    @property
    def chosen(self):
        """The section shown in full, "" for the first look."""
        return self.field("etat") if self.field("etat") in NAMES else ""

    @cached_property
    def roles(self):
        return workflow.roles_here(self.site)

    @property
    def manages(self):
        return self.may("megalis: Manage editorial", self.site)

    @cached_property
    def entries(self):
        """All items but those out for long: dicts, the last changed first."""
        catalog = api.portal.get_tool("portal_catalog")
        found = catalog.unrestrictedSearchResults(
            portal_type=[*kinds.TYPES, kinds.FORM.type], sort_on="modified", sort_order="reverse", sort_limit=2000
        )
        return [self.row(brain) for brain in found]

    def row(self, brain):
        kind = kinds.BY_TYPE.get(brain.portal_type, kinds.FORM)
        end = items.instant(brain.expires)
        return {
            "title": brain.Title or "Sans titre",
            "url": f"{brain.getURL()}/@@redaction-fiche",
            "kind": kind,
            "state": brain.review_state,
            "badge": states.STATES.get(brain.review_state, ("", brain.review_state)),
            "author": brain.editorial_author or "",
            "changed": brain.modified.asdatetime(),
            "when": items.instant(brain.effective),
            "expires": end,
            "expiring": brain.review_state == states.PUBLISHED and end is not None and end - self.now < EXPIRING,
        }

    def awaits(self, row):
        """Tell whether a text waits for the person here: to be read by him, or to be finished by him."""
        me = workflow.actor()
        if row["state"] == states.SUBMITTED:
            reads = bool(self.roles & {states.REVIEWER, states.WEBMASTER})
            return reads and (row["author"] != me or states.WEBMASTER in self.roles)
        return row["state"] == states.DRAFT and row["author"] == me

    @property
    def sections(self):
        """The sections: dicts name, title, empty, rows, count, url (of all)."""
        chosen = self.chosen
        for name, title, empty in SECTIONS:
            if chosen and name != chosen:
                continue
            if name == "attend":
                rows = [row for row in self.entries if self.awaits(row)]
            elif name == "expire":
                rows = sorted((row for row in self.entries if row["expiring"]), key=lambda row: row["expires"])
            else:
                rows = [row for row in self.entries if row["state"] == name]
            most = SHOWN if chosen else 8
            if rows or chosen or name == "attend":
                yield {"name": name, "title": title, "empty": empty, "rows": rows[:most], "count": len(rows),
                       "more": len(rows) > most, "url": f"{self.site_url}/redaction?etat={name}"}  # fmt: skip

    def name_of(self, userid):
        return versions.name_of(userid) if userid else ""


class Sheet(Page):
    """``@@redaction-fiche``: one text and its life."""

    crumb_title = "Fiche"

    def __call__(self):
        workflow.catch_up(self.site, self.now)
        return super().__call__()

    @property
    def page_title(self):
        return self.context.title or "Sans titre"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@redaction-fiche"

    @property
    def kind(self):
        return items.kind(self.context)

    @property
    def state(self):
        return items.state(self.context)

    @property
    def badge(self):
        return states.STATES[self.state]

    @property
    def effective(self):
        return items.effective(self.context)

    @property
    def expires(self):
        return items.expires(self.context)

    @property
    def author(self):
        return versions.name_of(getattr(self.context, "author", ""))

    @cached_property
    def transitions(self):
        """What may be done: dicts id, label, problems (sentences), act (in colour), dated, explained."""
        roles_ = workflow.roles_here(self.context)
        me = workflow.actor()
        found = []
        for transition in workflow.possible(self.context):
            facts = items.facts(self.context, me, roles_, "x")
            asks = {"redaction.date", "redaction.date-passee", "redaction.date-lointaine", "redaction.fin-avant"}
            problems = [found_ for found_ in states.refusals(transition.id, facts) if found_.code not in asks]
            found.append({"id": transition.id, "label": states.label(transition, self.state), "problems": problems,
                          "act": not found and transition.id in states.ONWARD,
                          "dated": transition.id == "programmer", "explained": transition.id == "renvoyer"})  # fmt: skip
        return found

    @property
    def nothing(self):
        """Why the person here has nothing to do, in words."""
        return WAITED.get(self.state, "")

    @property
    def can_edit(self):
        return self.may("Modify portal content")

    @property
    def can_delete(self):
        return self.may("Delete objects")

    asks = False  # it is a form

    @cached_property
    def history(self):
        return versions.history(self.context)

    @property
    def present(self):
        """The number of the version the public or the reviewer reads now, None without versions."""
        return next((moment.version for moment in self.history if moment.version is not None), None)

    @property
    def sent_back(self):
        """Who sent the draft back and why (Moment), None when nobody did or it was proposed again."""
        return versions.sent_back(self.context) if self.state == states.DRAFT else None

    @property
    def remarks(self):
        return [moment for moment in self.history if moment.what == "Remarque"]

    @property
    def typed_comment(self):
        return self.field("commentaire")

    @property
    def typed_date(self):
        return self.field("date")

    def do_avancer(self):
        """Make the transition named by ``passage`` happen."""
        name = self.field("passage")
        effective = None
        if name == "programmer" and self.field("date"):
            effective = self.instant(self.field("date"))
        try:
            workflow.fire(self.context, name, self.field("commentaire"), effective)
        except workflow.Refused as refused:
            raise Refusal(refused.code, refused.message, 422) from refused
        self.done(states.TRANSITIONS[name].done)

    def instant(self, text):
        """Return the instant of a date and an hour of Paris; refused when they are none."""
        widget = Moment(self.request)
        try:
            return widget.to_value(text)
        except ValueError as error:
            raise Refusal("redaction.date", str(error), 422) from error
        except Exception as error:
            raise Refusal("redaction.date", str(error), 422) from error

    def do_remarquer(self):
        text = self.field("remarque")
        if not text:
            raise Refusal("redaction.remarque", "Écrivez votre remarque, puis envoyez-la.", 422)
        if len(text) > states.COMMENT:
            raise Refusal("redaction.long", f"Remarque trop longue : {states.COMMENT} signes au plus.", 422)
        workflow.remark(self.context, text, workflow.actor())
        self.done("Remarque ajoutée.")

    def do_retablir(self):
        """Write the values of a former version over the present ones."""
        if not self.can_edit:
            raise Refusal("redaction.role", "Ce texte n’est plus à vous : demandez à un relecteur.", 403)
        number = self.field("version")
        try:
            said = self.restore(int(number))
        except (ValueError, KeyError):
            raise Refusal("redaction.version", f"Il n’y a pas de version {number[:10]} : rechargez.", 422) from None
        self.done(said)

    def restore(self, number):
        """Write a version over what stands; return what was done, in words. KeyError when there is none."""
        values = versions.at(self.context, number)
        said = f"Version {number + 1} rétablie"
        items.write(self.context, values, workflow.actor(), said)
        return f"{said}."

    def do_supprimer(self):
        if not self.can_delete:
            raise Refusal("redaction.role", "Un texte publié ne se supprime pas : retirez-le d’abord.", 403)
        title = self.context.title
        api.content.delete(self.context, check_linkintegrity=False)
        self.done(f"« {title} » est supprimé.", f"{self.site_url}/redaction")


class Compare(Page):
    """``@@redaction-comparer?avant=0&apres=2``."""

    page_title = "Comparer deux versions"

    @cached_property
    def numbers(self):
        return versions.numbers(self.context)

    def number(self, name, default):
        text = self.field(name)
        return int(text) if text.isdigit() and int(text) in self.numbers else default

    @property
    def after(self):
        return self.number("apres", self.numbers[0] if self.numbers else None)

    @property
    def before(self):
        older = [number for number in self.numbers if self.after is None or number < self.after]
        return self.number("avant", older[0] if older else self.after)

    @property
    def differences(self):
        if self.after is None:
            return []
        return versions.differences(
            versions.at(self.context, self.before),
            versions.at(self.context, self.after),
            versions.compared(self.context),
        )


class Staff(Page):
    """``/redaction-equipe``: who writes, who reviews, who keeps the site."""

    page_title = "Équipe éditoriale"
    page_intro = "Qui écrit, qui relit, qui tient le site."

    @property
    def groups(self):
        return [{"id": name, "title": title} for name, _role, title in roles.EDITORIAL_GROUPS]

    @property
    def _groups(self):
        return self.site.acl_users.source_groups

    @property
    def members(self):
        """The people of the room: dicts userid, name, email, groups (ids)."""
        found = {}
        for name, _role, _title in roles.EDITORIAL_GROUPS:
            for userid, _t in self._groups.listAssignedPrincipals(name):
                found.setdefault(userid, set()).add(name)
        rows = []
        for userid, groups in found.items():
            person = people.get(userid)
            if person is not None:
                rows.append({"userid": userid, "name": person.fullname, "email": person.email, "groups": groups})
        return sorted(rows, key=lambda row: row["name"].casefold())

    def give(self, userid, wanted):
        for name, _role, _title in roles.EDITORIAL_GROUPS:
            here = userid in dict(self._groups.listAssignedPrincipals(name))
            if name in wanted and not here:
                self._groups.addPrincipalToGroup(userid, name)
            elif name not in wanted and here:
                self._groups.removePrincipalFromGroup(userid, name)

    def do_donner(self):
        """Give roles to an account, made when there is none at that address."""
        wanted = set(self.fields("groupes"))
        if not wanted:
            raise Refused("equipe.role", "Cochez au moins un rôle.")
        email = rules.email(self.field("courriel"))
        userid = people.by_email(email)
        if userid is None:
            userid = people.create(people.AGENT, email, self.field("nom"), by=workflow.actor())
            lost.ask(email)
        self.give(userid, wanted)
        self.done("Rôles donnés. Un compte nouveau reçoit un lien pour choisir son mot de passe.")

    def do_changer(self):
        userid = self.field("personne")
        if people.get(userid) is None:
            raise Refused("equipe.personne", "Ce compte n’existe plus : rechargez la page.")
        self.give(userid, set(self.fields("groupes")))
        self.done("Rôles changés.")
