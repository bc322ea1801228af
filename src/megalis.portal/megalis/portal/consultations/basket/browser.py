"""``/@@mon-panier``: the list with the state of each; ``@@suivre``: in and out of it, from the page of a consultation."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.basket import rules
from megalis.portal.consultations.basket import store
from megalis.portal.consultations.browser.base import BADGES
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.organisations import people
from megalis.portal.organisations.browser.base import Page
from megalis.portal.theme import words
from megalis.portal.theme.export import Exported
from plone import api as plone_api
from urllib.parse import urlencode
from urllib.parse import urlsplit


class Basket(Page):
    """``/@@mon-panier``."""

    door = "entreprises"
    page_title = "Mon panier"
    crumbs = ()

    def __call__(self):
        self.request.response.setHeader("Cache-Control", "private, no-store")
        return super().__call__()

    @property
    def url(self):
        return f"{self.site_url}/@@mon-panier"

    @cached_property
    def wanted(self):
        return typing.one_of(self.request.form.get("etat"), rules.FILTERS) or ""

    @property
    def filters(self):
        """The filters: list of (label, address, aria-current)."""
        return [
            (
                label,
                f"{self.url}?{urlencode({'etat': key})}" if key else self.url,
                "page" if key == self.wanted else None,
            )
            for key, label in rules.FILTERS.items()
        ]

    @cached_property
    def brains(self):
        held = store.uids(self.person.userid) if self.person is not None else ()
        return api.find(UID=list(held)) if held else []

    @cached_property
    def every(self):
        return rules.in_order([self._row(brain) for brain in self.brains], self.now)

    @property
    def rows(self):
        return rules.kept(self.every, self.wanted)

    @property
    def export_query(self):
        return f"?{urlencode({'etat': self.wanted})}" if self.wanted else ""

    def _row(self, brain):
        state = phase.phase(brain.review_state, brain.deadline, self.now)
        consultation = brain.getObject()
        item = store.find(consultation, self.person.userid)
        changed = ""
        if item is not None and rules.is_changed(consultation.version, item.version):
            last = api.history(consultation)[-1]
            changed = f"Modifiée le {words.short(last['at'])}, version {consultation.version}"
        return {
            "uid": brain.UID,
            "title": brain.Title,
            "url": brain.getURL(),
            "reference": brain.reference or "",
            "buyer": brain.buyer_title or "",
            "deadline": brain.deadline,
            "phase": state,
            "badge": (BADGES[state], phase.LABELS[state]),
            "changed": changed,
            "left": words.left(brain.deadline, self.now) if state == phase.PUBLIEE and brain.deadline else "",
        }

    @cached_property
    def removed(self):
        """What was just taken out, to put back: dict uid, title; or None."""
        uid = self.field("retire")
        if not is_uuidhex(uid) or uid in store.uids(self.person.userid):
            return None
        brains = api.find(UID=uid)
        return {"uid": uid, "title": brains[0].Title} if brains else None

    def _asked(self):
        uid = self.field("consultation")
        brains = api.find(UID=uid) if is_uuidhex(uid) else ()
        if not brains:
            raise Refusal("panier.inconnue", "Cette consultation n’existe plus, ou vous n’y avez pas accès.", 404)
        return brains[0].getObject()

    def do_suivre(self):
        consultation = self._asked()
        store.follow(consultation, self.person)
        self.done(f"« {consultation.title} » est dans votre panier : vous serez prévenu de ses changements.", self.back)

    def do_retirer(self):
        consultation = self._asked()
        store.leave(consultation, self.person.userid)
        target = self.back if self.field("retour") else f"{self.url}?{urlencode({'retire': api.uuid(consultation)})}"
        self.done(f"« {consultation.title} » n’est plus dans votre panier.", target)

    @property
    def back(self):
        """The page of the portal that asked, else the basket: never another site."""
        asked = self.field("retour")
        here, there = urlsplit(self.site_url), urlsplit(asked)
        same = (there.scheme, there.netloc) == (here.scheme, here.netloc) and "\\" not in asked
        return asked if asked and same and there.path.startswith(here.path) else self.url


class BasketFiles(Exported, Basket):
    """``/@@mon-panier.csv``, ``.xlsx``, ``.pdf``: what the filter shows."""

    list_columns = (
        Column("Référence"),
        Column("Objet", width=50),
        Column("Acheteur"),
        Column("État", width=14),
        Column("Date limite (Paris)", INSTANT),
        Column("Changement", width=30),
        Column("Adresse", paper=False),
    )

    @property
    def list_note(self):
        return self.person.fullname if self.person is not None else ""

    def list_rows(self):
        for row in self.rows:
            yield (
                row["reference"], row["title"], row["buyer"], row["badge"][1], row["deadline"] or None, row["changed"],
                row["url"],
            )  # fmt: skip


class Follow(Page):
    """``@@suivre``: what the page of a consultation posts to. A visitor signs in first, and finds himself here again."""

    door = "entreprises"
    page_title = "Suivre cette consultation"

    @property
    def url(self):
        return self.context.absolute_url()

    @property
    def sign_in(self):
        return f"{self.site_url}/login?{urlencode({'came_from': f'{self.url}/@@suivre'})}"

    @property
    def is_company(self):
        return self.person is not None and self.person.kind == people.ENTREPRISE

    @property
    def followed(self):
        return self.is_company and store.find(self.context, self.person.userid) is not None

    @property
    def anonymous(self):
        return plone_api.user.is_anonymous()

    def do_suivre(self):
        store.follow(self.context, self.person)
        self.done("Cette consultation est dans votre panier : vous serez prévenu de ses changements.", self.url)

    def do_retirer(self):
        if self.person is None or not store.leave(self.context, self.person.userid):
            raise Refusal("panier.absente", "Cette consultation n’était pas dans votre panier.", 409)
        self.done("Cette consultation n’est plus dans votre panier.", f"{self.url}/@@suivre")
