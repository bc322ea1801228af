"""``@@cotraitance``: the exchange of a consultation; the switch of a collectivité; the operator's moderation."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.partners import rules
from megalis.portal.consultations.partners import store
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Page
from plone import api as plone_api
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from urllib.parse import urlencode


class Partners(Page):
    """``@@cotraitance`` of a consultation. Who is entered sees the others; the buyer's agents and visitors see a number."""

    door = "entreprises"
    page_title = "Bourse à la cotraitance"

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@cotraitance"

    @cached_property
    def company(self):
        person = self.person
        return person.entreprise if person is not None and person.kind == people.ENTREPRISE else None

    @property
    def anonymous(self):
        return plone_api.user.is_anonymous()

    @property
    def sign_in(self):
        return f"{self.site_url}/login?{urlencode({'came_from': self.url})}"

    @cached_property
    def is_open(self):
        return store.is_open(self.context)

    @cached_property
    def own(self):
        """The company's visible entry, or None."""
        found = store.of_company(self.context, IUUID(self.company)) if self.company is not None else None
        return found if found is not None and found.state == rules.SHOWN else None

    @property
    def moderated(self):
        """Why the company's entry was taken away, or ""."""
        found = store.of_company(self.context, IUUID(self.company)) if self.company is not None else None
        return found.reason if found is not None and found.state == rules.MODERATED else ""

    @property
    def count(self):
        return len(store.entries(self.context))

    @property
    def others(self):
        """The other entries, for who is entered: dicts company, name, offers, seeks, lots, since."""
        if self.own is None or not self.is_open:
            return []
        return [
            {
                "company": item.company,
                "name": item.name,
                "offers": item.offers,
                "seeks": item.seeks,
                "lots": ", ".join(item.lots),
                "since": item.since,
            }
            for item in store.entries(self.context)
            if item.company != self.own.company
        ]

    def typed(self, name, known):
        return self.field(name) if self.request.method == "POST" else known

    @property
    def lots(self):
        chosen = self.fields("lot") if self.request.method == "POST" else (self.own.lots if self.own else ())
        return [(lot.number, lot.title, "checked" if lot.number in chosen else None) for lot in api.lots(self.context)]

    def _require(self):
        if self.company is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’entreprise pour entrer à la bourse.", 403)

    def do_inscrire(self):
        self._require()
        store.enter(
            self.context, self.company, self.person, self.field("offre"), self.field("recherche"), self.fields("lot")
        )
        self.done("Votre annonce est visible des entreprises inscrites.")

    def do_retirer(self):
        self._require()
        store.withdraw(self.context, self.company, self.person)
        self.done("Votre annonce est retirée.")

    def do_ecrire(self):
        self._require()
        mine, theirs, text = store.write(
            self.context, self.company, self.person, self.field("a"), self.field("message")
        )
        send(self.context, mine, theirs, text)
        self.done(
            f"Votre message est envoyé à {theirs.name}, sans votre adresse : la réponse viendra par la plateforme."
        )

    def do_signaler(self):
        self._require()
        store.report(self.context, self.company, self.person, self.field("a"), self.field("motif"))
        self.done("L’exploitant de la plateforme regardera cette annonce.")


def send(consultation, mine, theirs, text):
    """Mail a message to the users of the other company; neither address is shown to the other."""
    company = uuidToObject(theirs.company, unrestricted=True)
    for member in membership.members(company) if company is not None else ():
        if member.active and member.email:
            mails.send(
                member.email,
                f"{mine.name} vous écrit : {consultation.reference}",
                [
                    f"{mine.name}, inscrite comme vous à la bourse à la cotraitance de la consultation "
                    f"{consultation.reference}, vous écrit :",
                    text,
                    "Votre adresse ne lui est pas donnée. Pour répondre, écrivez-lui depuis la page de la bourse.",
                ],
                f"{consultation.absolute_url()}/@@cotraitance",
                "Répondre",
            )


class Switch(Page):
    """``@@cotraitance`` of a collectivité: whether companies may look for partners on its consultations."""

    door = "agents"
    page_title = "Bourse à la cotraitance"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@cotraitance"

    @property
    def enabled(self):
        return store.is_enabled(self.context)

    def do_ouvrir(self):
        store.enable(self.context, self.person, True)
        self.done("La bourse est ouverte sur vos consultations.")

    def do_arreter(self):
        store.enable(self.context, self.person, False)
        self.done("La bourse est arrêtée sur toutes vos consultations.")


class Moderation(Page):
    """``/@@cotraitance-moderation``: the reports that wait, for the operator."""

    page_title = "Modération de la bourse à la cotraitance"

    @property
    def url(self):
        return f"{self.site_url}/@@cotraitance-moderation"

    @property
    def rows(self):
        return [
            {
                "key": key,
                "reason": report.reason,
                "at": report.at,
                "name": entry.name,
                "offers": entry.offers,
                "seeks": entry.seeks,
                "title": consultation.title,
                "url": consultation.absolute_url(),
            }
            for key, report, consultation, entry in store.reports(self.site)
        ]

    def do_retirer(self):
        entry = store.moderate(self.site, self.field("signalement"), self.person, self.field("motif"), True)
        self.done(f"L’annonce de {entry.name} est retirée ; elle en lira le motif.")

    def do_garder(self):
        entry = store.moderate(self.site, self.field("signalement"), self.person, "", False)
        self.done(f"L’annonce de {entry.name} reste visible.")
