"""``@@contrat-achevement?contrat=KEY``: a contract came to its end; the notice that says so (E5) leaves from here."""

from AccessControl import Unauthorized
from datetime import date
from functools import cached_property
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches.archives import rules
from megalis.portal.marches.browser.base import OfContract
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import notified_name
from megalis.portal.organisations import people
from megalis.portal.theme.words import number
from megalis.portal.theme.words import plural
from plone import api
from plone.app.uuid.utils import uuidToObject
from zExceptions import NotFound


FOLLOW = "megalis: Follow consultation"
PUBLISH = "megalis: Publish consultation"


class Complete(OfContract):
    """What was paid, what was withheld, how long it took; then the notice."""

    page_title = "Annoncer l’achèvement"

    def prepare(self):
        super().prepare()
        if not api.user.has_permission(FOLLOW, obj=self.context):
            raise Unauthorized("contrat-achevement")
        if self.source is None:
            raise NotFound("consultation")

    @cached_property
    def source(self):
        """The consultation the contract comes from, or None."""
        uid = self.record.consultation
        return uuidToObject(uid, unrestricted=True) if uid else None

    @cached_property
    def groups(self):
        """Who holds the lot, group by group: list of lists of (name, number or "")."""
        kept = consultations.decisions(self.source).get(self.record.lot, {})
        return [[(item["name"], item["siret"]), *item["members"]] for item in decisions.holders_of(kept)]

    @cached_property
    def place(self):
        """Which of the holders of the lot this contract is of, from 0."""
        mine = {operators.company(item.get("id")) for item in holders_of(self.record.kind, self.record.raw)}
        found = [
            place
            for place, group in enumerate(self.groups)
            if mine & {operators.company(number) for _name, number in group if number}
        ]
        return next(iter(found), 0)

    @property
    def numbers(self):
        """The numbers that the contract gives of those the decision names without: (name, number)."""
        told = {operators.company(number) for group in self.groups for _name, number in group}
        left = [
            item["id"]
            for item in holders_of(self.record.kind, self.record.raw)
            if item.get("id") and operators.company(item["id"]) not in told
        ]
        return tuple(zip(self.record.unnumbered, left, strict=False))

    @property
    def may_send(self):
        return api.user.has_permission(PUBLISH, obj=self.source)

    @cached_property
    def in_force(self):
        """``(amount, months)`` with the modifications."""
        return amending.in_force(self.record.kind, self.record.last.raw if self.record.versions else self.record.raw)[
            :2
        ]

    @cached_property
    def ends(self):
        """The day the contract ends by its duration, None when that is not known."""
        try:
            start = date.fromisoformat(str(self.record.raw.get(notified_name(self.record.kind)) or ""))
        except ValueError:
            return None
        return rules.end_of_execution([(start, self.in_force[1])], date.max)

    @property
    def early(self):
        return self.ends is not None and self.ends > self.today

    @property
    def supports(self):
        """Where the notice may leave: list of (id, title, Record of the one that left or None)."""
        return [
            (name, services.TITLES[name], sending.completed(self.source, name, self.record.lot, self.place))
            for name in sending.supports(self.source)
            if name in sending.SERVED and services.mode(self.site, name) != services.OFF
        ]

    @property
    def open_to(self):
        return [(name, title) for name, title, record in self.supports if record is None]

    def value(self, name):
        """Return what was typed, else what the contract says."""
        amount, months = self.in_force
        said = {
            "paye": number(amount, 0 if amount == int(amount) else 2) if amount is not None else "",
            "penalites": "0",
            "duree": plural(months, "mois", "mois") if months else "",
        }
        return self.text(name) if self.request.method == "POST" else said.get(name, "")

    def do_envoyer(self):
        if not self.may_send:
            raise Refusal("avis.role", "Seul un valideur envoie un avis. Rien n’a changé.", 403)
        if not self.record.published:
            raise Refused("contrat.etat", "Publiez d’abord les données essentielles du contrat.")
        person = people.current(self.request)
        extra = special.Extra(
            lot=self.record.lot,
            holder=self.place,
            companies=self.numbers,
            paid=typing.cents(self.text("paye")),
            penalties=typing.cents(self.text("penalites")),
            period=self.text("duree"),
            text=self.text("texte"),
        )
        by = person.fullname if person is not None else "Un gestionnaire"
        made = sending.send(self.source, self.text("support"), lifecycle.COMPLETION, by, extra=extra)
        url = f"{self.source.absolute_url()}/@@publicite?support={made.support}"
        self.done(url, f"{sending.title_of(made)} : en route. Cette page dira ce qu’il devient.")
