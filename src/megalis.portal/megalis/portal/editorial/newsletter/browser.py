"""Pages of the letter: ask for it, confirm, stop at once; for the webmaster, make an issue and send it."""

from functools import cached_property
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import states
from megalis.portal.editorial import workflow
from megalis.portal.editorial.desk.base import DeskPage
from megalis.portal.editorial.newsletter import issues
from megalis.portal.editorial.newsletter import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import trust
from megalis.portal.organisations.browser.base import Itself
from megalis.portal.organisations.browser.base import Page
from plone import api


class Join(Page):
    """``/infolettre-abonner``: a POST asks, the answer comes by mail."""

    page_title = "Recevoir la lettre d’information"
    asked = False

    @property
    def email(self):
        return self.field("courriel")[:254]

    def do_abonner(self):
        if self.field("site"):  # a field people do not see: who fills it is a program, and is told nothing
            self.asked = True
            return
        one, leaves = store.ask(self.site, self.email)
        if leaves:
            issues.send_confirmation(one)
        self.asked = True


class ByLink(Page):
    """A page whose link is the proof. A POST does it: no program that follows links does it by itself."""

    purpose = ""
    done_ = False

    @cached_property
    def one(self):
        return store.proved(self.site, self.field("abonne"), self.field("jeton"), self.purpose)

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "no-store")
        self.request.response.setHeader("Referrer-Policy", "no-referrer")
        if self.one is None:
            self.request.response.setStatus(404)
        elif self.request.method == "POST":
            trust(self.request)
            self.act()
            self.done_ = True
        return self.index()


class Confirm(ByLink):
    """``/infolettre-confirmer``."""

    page_title = "Confirmer l’abonnement"
    purpose = store.CONFIRM
    button = "Recevoir la lettre"
    question = "La lettre d’information sera envoyée à"
    told = "C’est fait. Vous recevrez la prochaine lettre ; chacune porte un lien pour l’arrêter."

    def act(self):
        store.confirm(self.site, self.one)


class Stop(ByLink):
    """``/infolettre-desabonner``: one click (RFC 8058), nothing of the address is kept."""

    page_title = "Arrêter la lettre"
    purpose = store.STOP
    button = "Ne plus la recevoir"
    question = "La lettre d’information ne sera plus envoyée à"
    told = "C’est fait. Votre adresse est effacée."

    def act(self):
        store.forget(self.site, self.one)


class Issues(DeskPage):
    """``/redaction-lettres``: the issues, and a new one."""

    page_title = "Lettre d’information"

    @property
    def subscribers(self):
        return store.active(self.site)

    @property
    def rows(self):
        """The issues, the newest first: dicts title, url, badge, sent."""
        found = sorted(self.site["infolettre"].objectValues(), key=lambda issue: issue.created(), reverse=True)
        return [
            {"title": issue.title, "url": f"{issue.absolute_url()}/@@redaction-lettre",
             "badge": states.STATES[items.state(issue)], "run": issues.sending(self.site, issue)}
            for issue in found if issue.portal_type == kinds.LETTER
        ]  # fmt: skip

    def do_creer(self):
        title = " ".join(self.field("titre").split())
        if not title or len(title) > 150:
            raise Refused("lettre.titre", "Donnez un objet de 150 signes au plus.", title)
        issue = issues.create(self.site, title, workflow.actor())
        self.done("Lettre créée : choisissez ses articles.", f"{issue.absolute_url()}/@@redaction-lettre")


class Issue(Page):
    """``@@redaction-lettre``: what an issue holds, a trial to oneself, its sending."""

    crumb_title = "Composer"

    @property
    def page_title(self):
        return self.context.title

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@redaction-lettre"

    @property
    def run(self):
        return issues.sending(self.site, self.context)

    @property
    def subscribers(self):
        return store.active(self.site)

    @property
    def chosen(self):
        return getattr(self.context, "chosen", ()) or ()

    @cached_property
    def choices(self):
        """What may be chosen: dicts uid, title, kind, checked; the chosen ones first, in their order."""
        rows = [
            {"uid": brain.UID, "title": brain.Title, "kind": kinds.BY_TYPE[brain.portal_type].label,
             "checked": brain.UID in self.chosen}
            for brain in issues.choices(self.site)
        ]  # fmt: skip
        order = {uid: rank for rank, uid in enumerate(self.chosen)}
        return sorted(rows, key=lambda row: order.get(row["uid"], len(order)))

    @property
    def contents(self):
        return issues.contents(self.context)

    def do_enregistrer(self):
        if self.run is not None:
            raise Refused("lettre.envoyee", "Cette lettre est partie : elle ne change plus.")
        known = {row["uid"] for row in self.choices}
        values = issues.check(self.field("titre"), self.field("texte"), self.fields("articles"), known)
        issues.change(self.context, *values, workflow.actor())
        self.done("Lettre enregistrée.")

    def do_essayer(self):
        if not self.contents:
            raise Refused("lettre.choix", "Cochez au moins un article, puis enregistrez.")
        me = store.Subscriber("essai", self.person.email, store.ACTIVE, self.now)
        issues.post(self.context, me)
        self.done(f"Un essai part à {self.person.email}.")

    def do_envoyer(self):
        if not self.subscribers:
            raise Refused("lettre.personne", "Personne n’est encore abonné : la lettre n’irait à personne.")
        try:
            issues.send(self.site, self.context)
        except workflow.Refused as refused:
            raise Refused(refused.code, refused.message) from refused
        self.done("La lettre part : l’envoi se fait en tâche de fond.")


class IssuePage(Itself, Page):
    """An issue on the portal: the archive of the letter."""

    @property
    def public(self):
        return items.state(self.context) == states.PUBLISHED

    @property
    def sent(self):
        return items.effective(self.context)

    @property
    def contents(self):
        return issues.contents(self.context)

    @property
    def introduction(self):
        return issues.introduction(self.context)

    def said(self, item):
        return item.description or ""

    def when(self, item):
        return issues.when(item)

    @property
    def may_manage(self):
        return api.user.has_permission("megalis: Manage editorial", obj=self.context)
