"""What each member owes, lot by lot; the orders on the accord-cadre against its maximum."""

from datetime import date
from functools import cached_property
from megalis.portal.consultations import api as consultations
from megalis.portal.formats.tables import AMOUNT
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import DATE
from megalis.portal.formats.tables import INSTANT
from megalis.portal.groupings import opening
from megalis.portal.groupings import ordering
from megalis.portal.groupings import sharing
from megalis.portal.groupings.browser.base import Page
from megalis.portal.groupings.rules import calloffs
from megalis.portal.groupings.rules import shares
from megalis.portal.theme.export import Exported


class Shares(Page):
    """``@@parts``."""

    page_title = "Consultation et parts de chacun"
    here = "@@parts"

    @cached_property
    def consultation(self):
        return opening.consultation_of(self.context)

    @property
    def phase(self):
        return consultations.state_label(self.consultation)

    @property
    def address(self):
        """Where the consultation is read: by its agents on the page of their work, by the members on its own."""
        url = self.consultation.absolute_url()
        return f"{url}/@@gestion" if self.may("megalis: Follow consultation", self.consultation) else url

    @property
    def changeable(self):
        return self.coordinates and consultations.workflow_state(self.consultation) not in sharing.LATE

    @cached_property
    def lots(self):
        """The lots with the share of each member: list of dicts."""
        found = []
        for number, title, mine, basis, fixed in sharing.of(self.context):
            holders, amount = sharing.awarded(self.context, number)
            owed = shares.split(amount, mine) if amount is not None and mine else {}
            rows = [
                {
                    "uid": member.uid,
                    "name": member.name,
                    "ours": any(member is other for other, _keys in self.mine),
                    "share": self._typed(number, member.uid, mine),
                    "shown": f"{self.shown(mine[member.uid])} %" if member.uid in mine else "",
                    "amount": owed.get(member.uid),
                }
                for member in self.context.active
            ]
            found.append(
                {
                    "number": number,
                    "title": self.lot_name(number, title),
                    "rows": rows,
                    "basis": shares.BASES[basis] if mine else "à saisir : les besoins de ce lot ne se comparent pas",
                    "fixed": fixed,
                    "holders": holders,
                    "amount": amount,
                }
            )
        return found

    def _typed(self, number, uid, mine):
        form, name = self.request.form, f"part-{number}-{uid}"
        if self.errors and isinstance(form.get(name), str):
            return form[name][:20]
        return self.shown(mine.get(uid)) if mine else ""

    def do_arreter(self):
        self.require(self.coordinates)
        form = self.request.form
        typed = {
            number: {member.uid: str(form.get(f"part-{number}-{member.uid}", "")) for member in self.context.active}
            for number, _title, _mine, _basis, _fixed in sharing.of(self.context)
        }
        sharing.fix(self.context, typed, self.userid)
        self.done("Les parts sont arrêtées, les membres sont prévenus.")


class Orders(Page):
    """``@@commandes``."""

    page_title = "Commandes"
    here = "@@commandes"

    @cached_property
    def framework(self):
        return ordering.framework(self.context)

    @property
    def ready(self):
        return self.framework is not None and consultations.workflow_state(self.framework) in sharing.LATE

    @cached_property
    def whole(self):
        """The Gauge of all orders."""
        return calloffs.gauge(ordering.total(self.context), ordering.maximum(self.context))

    @property
    def gauges(self):
        """The Gauge of each member against its own share of the maximum: list of (name, Gauge)."""
        return [
            (
                member.name,
                calloffs.gauge(
                    ordering.total(self.context, member.uid), ordering.own_maximum(self.context, member.uid)
                ),
            )
            for member in self.context.active
        ]

    @property
    def lots(self):
        return [(number, title) for number, title, _lines in opening.numbers(self.context)]

    @property
    def rows(self):
        mine = {member.uid for member, keys in self.mine if keys & {"acheteurs", "valideurs"}}
        for order in reversed(ordering.standing(self.context)):
            yield {
                "id": order.id,
                "number": order.number,
                "title": order.title,
                "lot": order.lot,
                "member": self.context.members[order.uid].name,
                "day": order.day,
                "amount": order.amount,
                "cancellable": order.uid in mine,
            }

    def typed(self, name):
        return self.field(name) if self.errors else ""

    def bar(self, gauge):
        """Return the value of a bar, from 0 to 100."""
        return min(100, round(gauge.percent or 0))

    def do_commander(self):
        self.require(self.member is not None and self.may_answer)
        try:
            day = date.fromisoformat(self.field("jour"))
        except ValueError:
            day = None
        fields = (self.field(name) for name in ("lot", "numero", "objet", "montant"))
        ordering.order(self.context, self.member.uid, *fields, day, self.userid)
        self.done("La commande est inscrite.")

    def do_annuler(self):
        mine = {member.uid for member, keys in self.mine if keys & {"acheteurs", "valideurs"}}
        self.require(bool(mine))
        ordering.cancel(self.context, self.field("commande"), mine, self.userid)
        self.done("La commande est annulée : son montant est rendu au maximum.")


class OrdersFiles(Exported, Orders):
    """The same to take away."""

    list_columns = (
        Column("Collectivité", width=32),
        Column("Lot"),
        Column("Bon de commande"),
        Column("Objet", width=40),
        Column("Date", DATE),
        Column("Montant HT", AMOUNT),
        Column("Inscrite le", INSTANT),
    )

    @property
    def list_note(self):
        return self.context.title

    def list_rows(self):
        for order in ordering.standing(self.context):
            name = self.context.members[order.uid].name
            yield name, order.lot, order.number, order.title, order.day, order.amount, order.at
