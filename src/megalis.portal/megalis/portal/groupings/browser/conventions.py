"""The convention: written by the coordinator, accepted and signed by the members."""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings import minutes
from megalis.portal.groupings import service
from megalis.portal.groupings.browser.base import OfCollectivite
from megalis.portal.groupings.browser.base import Page
from megalis.portal.groupings.rules import convention
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import directory
from megalis.portal.organisations.browser.base import Notice
from plone import api
from plone.namedfile.utils import set_headers
from plone.namedfile.utils import stream_data
from zExceptions import NotFound

import re


SUGGESTED = 300


class Form:
    """What the form of a convention shows and reads."""

    missions = tuple(convention.MISSIONS.items())
    commissions = tuple(convention.COMMISSIONS.items())
    findings = ()
    kept = None

    def value(self, name):
        """Return what a field shows: what was typed, else what is kept."""
        form = self.request.form
        if self.request.method == "POST" and name in form:
            return form[name] if isinstance(form[name], str) else ""
        value = getattr(self.kept, name, None) if self.kept is not None else None
        return value.isoformat() if hasattr(value, "isoformat") else value or ""

    def read(self):
        """Return the values typed; Refused when one is wrong."""
        values, self.findings = convention.entered(self.request.form)
        if self.findings:
            raise Refused(self.findings[0].code, self.findings[0].message)
        return values

    def is_wrong(self, name):
        return any(finding.field == name for finding in self.findings)

    def fail(self, message, status, mark):
        super().fail(message, status, mark)
        if self.findings:
            self.errors = tuple(finding.message for finding in self.findings)


class New(Form, OfCollectivite):
    """``@@nouveau-groupement`` of a collectivité."""

    page_title = "Nouveau groupement de commandes"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@nouveau-groupement"

    @property
    def back(self):
        return f"{self.context.absolute_url()}/@@groupements"

    def do_enregistrer(self):
        made = service.create(self.context, self.read(), self.userid)
        self.done("Le groupement est créé. Invitez ses membres.", f"{made.absolute_url()}/@@convention")


class Edit(Form, Page):
    """``@@convention-modifier``."""

    page_title = "Modifier la convention"
    here = "@@convention-modifier"

    @property
    def kept(self):
        return self.context

    @property
    def back(self):
        return f"{self.root}/@@convention"

    def do_enregistrer(self):
        changed = service.update(self.context, self.read(), self.userid)
        self.done("La convention est enregistrée." if changed else "Rien n’a changé.", self.back)


class Convention(Page):
    """``@@convention``: its text, its members, what each may do there."""

    page_title = "Convention et membres"
    here = "@@convention"

    @property
    def facts(self):
        """The convention in words: list of (term, text)."""
        item = self.context
        rows = [
            ("Périmètre", item.scope),
            ("Règles de fonctionnement", item.functioning),
            ("Mission du coordonnateur", convention.MISSIONS.get(item.mission, "")),
            ("Commission d’appel d’offres", convention.COMMISSIONS.get(item.commission, "")),
            ("Durée", f"du {self.day(item.start)} au {self.day(item.end)}" if item.start and item.end else ""),
        ]
        return [(term, text or "À compléter") for term, text in rows]

    @property
    def lacking(self):
        return convention.lacking(self.context.values)

    @property
    def editable(self):
        return self.coordinates and convention.SIGNED not in self.context.states.values()

    @property
    def deletable(self):
        """True while the grouping binds nobody: its coordinator may delete it."""
        try:
            convention.check_deletion(self.context.states.values(), self.context.sent, self.context.consultation)
        except Refused:
            return False
        return self.coordinates

    @cached_property
    def rows(self):
        """The members, those who refused last: dicts."""
        found = [*self.context.active, *(m for m in self.context.members.values() if m.state == convention.REFUSED)]
        return [
            {
                "uid": member.uid,
                "name": member.name,
                "role": "Coordonnateur" if member.uid == self.context.coordinator else "Membre",
                "badge": (convention.BADGES[member.state], convention.STATES[member.state]),
                "since": member.since,
                "signed": ", ".join(filter(None, (member.signatory, member.deliberation))),
                "removable": self.editable and member.uid != self.context.coordinator,
            }
            for member in found
        ]

    @property
    def mine_state(self):
        return self.member.state if self.member is not None else ""

    @property
    def asks(self):
        """What the member of the person may do now: ``repondre``, ``signer`` or ""."""
        if self.member is None or not self.may_engage:
            return ""
        if self.member.state == convention.INVITED:
            return "repondre"
        waits = convention.INVITED in self.context.states.values() or len(self.context.active) < 2
        return "signer" if self.member.state == convention.ACCEPTED and not waits else ""

    @property
    def suggestions(self):
        """Names of collectivités that may be invited, a few hundred at most."""
        catalog = api.portal.get_tool("portal_catalog")
        brains = catalog(portal_type="Collectivite", sort_on="sortable_title")
        known = {member.name for member in self.context.active}
        return [brain.Title for brain in brains[: SUGGESTED + len(known)] if brain.Title not in known]

    def _named(self, text):
        """Return the collectivité that a name or a SIREN means; Refused ``membre.inconnu``."""
        digits = re.sub(r"[^0-9]", "", text)
        found = directory.collectivite(digits[:9]) if len(digits) in (9, 14) else None
        if found is None and text:
            catalog = api.portal.get_tool("portal_catalog")
            wanted = text.casefold()
            brains = [b for b in catalog(portal_type="Collectivite") if b.Title.casefold() == wanted]
            found = brains[0].getObject() if len(brains) == 1 else None
        if found is None:
            raise Refused(
                "membre.inconnu",
                f"« {text[:60]} » n’est pas une collectivité inscrite ici : choisissez son nom dans la liste, ou donnez son SIREN.",
            )
        return found

    def do_inviter(self):
        self.require(self.coordinates)
        found = self._named(" ".join(self.field("collectivite").split()))
        service.invite(self.context, found, self.userid)
        self.done(f"Invitation envoyée à {found.title}.")

    def do_retirer(self):
        self.require(self.coordinates)
        member = self.context.members.get(self.field("uid"))
        service.remove(self.context, self.field("uid"), self.userid)
        self.done(f"{member.name} ne fait plus partie du groupement.")

    def _mine(self):
        self.require(self.member is not None and self.may_engage)
        return self.member

    def do_accepter(self):
        service.act(self.context, self._mine().uid, "accepter", self.userid)
        self.done("Votre collectivité a accepté la convention.")

    def do_refuser(self):
        place = letters.collectivite(self._mine().uid)
        service.act(self.context, self.member.uid, "refuser", self.userid)
        self.done("Votre collectivité a refusé l’invitation.", f"{place.absolute_url()}/@@groupements")

    def do_signer(self):
        member = self._mine()
        if not self.field("lu"):
            raise Refused("membre.lu", "Cochez que la convention a été lue et que la signature est autorisée.")
        service.act(
            self.context, member.uid, "signer", self.userid, self.field("signataire"), self.field("deliberation")
        )
        self.done(f"La signature de {member.name} est enregistrée.")

    def do_joindre(self):
        self.require(self.coordinates)
        upload = self.request.form.get("document")
        if not getattr(upload, "filename", ""):
            raise Refusal(
                "convention.absente", "Aucun fichier n’est choisi : prenez la convention signée, au format PDF.", 422
            )
        service.keep_document(self.context, upload, self.userid)
        self.done("La convention signée est jointe.")


class Delete(Notice):
    """``@@groupement-supprimer``: asks first; deletes what binds nobody yet."""

    kind = "soon"
    grave = True
    button = ("Supprimer le groupement", "supprimer")
    door = "agents"

    @property
    def page_title(self):
        return f"Supprimer « {self.context.title} » ?"

    @property
    def paragraphs(self):
        if self.button is None:
            return ()
        names = [m.name for m in self.context.active if m.uid != self.context.coordinator]
        told = f"Sont prévenus par courriel : {', '.join(names)}." if names else "Personne n’y est encore invité."
        room = "Son espace de travail disparaît s’il est resté vide ; sinon il demeure, avec ses membres."
        return ("La convention, ses membres et les lots préparés sont supprimés. Cela ne se défait pas.", told, room)

    @property
    def links(self):
        return [("Garder le groupement", f"{self.context.absolute_url()}/@@convention")]

    def __call__(self):
        if self.request.method != "POST":
            try:
                convention.check_deletion(self.context.states.values(), self.context.sent, self.context.consultation)
            except Refused as refused:
                self.request.response.setStatus(409)
                self.errors, self.button = (refused.message,), None
        return super().__call__()

    def do_supprimer(self):
        title, place = self.context.title, letters.collectivite(self.context.coordinator)
        service.delete(self.context, self.person.userid if self.person is not None else "")
        self.done(f"Le groupement « {title} » est supprimé.", f"{place.absolute_url()}/@@groupements")


class Document(Page):
    """``@@convention-signee``: the file of the signed convention."""

    def __call__(self):
        kept = self.context.document
        if kept is None:
            raise NotFound("convention")
        set_headers(kept, self.request.response, filename=kept.filename)
        self.request.response.setHeader("X-Content-Type-Options", "nosniff")
        return stream_data(kept)


class Minutes(Page):
    """``@@proces-verbal.pdf``: the convention and the needs, as they stand."""

    def __call__(self):
        response = self.request.response
        response.setHeader("Content-Type", "application/pdf")
        response.setHeader("Content-Disposition", 'attachment; filename="proces-verbal-groupement.pdf"')
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Cache-Control", "private, no-store")
        return minutes.draw(self.context, self.now)
