"""Lots of a draft: a table, a form a lot, many lines pasted at once."""

from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.browser.forms import Checked
from megalis.portal.consultations.dce.registers import Paged
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import ILot
from megalis.portal.consultations.rules import allotment
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.theme.forms import MegalisAddForm
from megalis.portal.theme.forms import MegalisEditForm
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent


class Lots(Paged, Page):
    """``@@lots``: the table, and what is done from it."""

    page_title = "Lots"
    view = "lots"

    def post(self):
        form = self.request.form
        if "retirer" in form:
            chosen = form.get("lot", [])
            chosen = [chosen] if isinstance(chosen, str) else chosen
            known = {lot.getId(): lot for lot in self.lots}
            picked = [name for name in chosen if name in known]
            if not picked:
                raise Refused("lots.aucun", "Aucun lot n’est coché : cochez ceux à retirer.")
            numbers = ", ".join(known[name].number for name in picked)
            for name in picked:
                self.consultation._delObject(name)
            self.redirect(f"{self.url}/@@lots", f"Retiré : lot {numbers}.")
        elif "coller" in form:
            lines = typing.lot_lines(form.get("lignes", ""))
            if not lines:
                raise Refused("lots.vide", "Rien n’a été collé : une ligne par lot.")
            self.consultation._v_bulk = True
            try:
                for line in lines:
                    values = {"cpv": line.cpv, "estimated_value": line.estimated_value}
                    create.lot(self.consultation, line.number, line.title, **values)
            finally:
                self.consultation._v_bulk = False
            self.consultation.reindexObject(idxs=["SearchableText", "cpv"])
            self.redirect(f"{self.url}/@@lots", f"{len(lines)} lots ajoutés." if len(lines) > 1 else "Un lot ajouté.")
        elif "limites" in form:
            self.keep_limits(form)
            self.redirect(f"{self.url}/@@lots", "Règles des lots enregistrées.")
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    def keep_limits(self, form):
        """Keep how many lots a company may bid for and win; workflow.Refused by ``rules.allotment``."""
        bid, won = (self.limit(form, name) for name in ("max_lots_bid", "max_lots_won"))
        rule = str(form.get("award_rule") or "").strip()[:2000]
        found = blocking(allotment.limit_findings(len(self.lots), bid, won, rule))
        if found:
            raise workflow.Refused(found)
        item = self.consultation
        item.max_lots_bid, item.max_lots_won, item.award_rule = bid, won, rule
        notify(ObjectModifiedEvent(item))

    def limit(self, form, name):
        text = str(form.get(name) or "").strip()
        if not text:
            return None
        if not text.isdecimal() or not 1 <= int(text[:6]) <= checklist.MAX_LOTS:
            raise Refused("lots.limite", f"« {text[:20]} » n’est pas un nombre de lots, de 1 à {checklist.MAX_LOTS}.")
        return int(text)

    @property
    def limits(self):
        """The limits of the form: list of (name, label, help, value)."""
        form = self.request.form if self.errors and "limites" in self.request.form else {}
        return [
            (
                name,
                str(IConsultation[name].title),
                str(IConsultation[name].description),
                form.get(name, "" if getattr(self.consultation, name) is None else getattr(self.consultation, name)),
            )
            for name in ("max_lots_bid", "max_lots_won")
        ]

    @property
    def award_rule(self):
        form = self.request.form if self.errors and "limites" in self.request.form else {}
        return form.get("award_rule", self.consultation.award_rule or "")

    @property
    def pasted(self):
        return self.request.form.get("lignes", "") if self.errors else ""

    @property
    def total(self):
        return len(self.lots)

    @property
    def shown(self):
        first, beyond = self.span
        return self.lots[first:beyond]

    @property
    def worth(self):
        """The estimated value of all lots, None when none is known."""
        values = [lot.estimated_value for lot in self.lots if lot.estimated_value is not None]
        return sum(values) if values else None

    @property
    def map(self):
        return self.steps("@@lots")

    @property
    def room(self):
        """How many lots may still be added."""
        return checklist.MAX_LOTS - len(self.lots)


class LotFields(Checked):
    """What both lot forms check."""

    sections = (
        ("", ("number", "title", "description", "nature")),
        ("Classement", ("cpv", "cpv_additional", "places")),
        ("Détails", ("estimated_value", "duration", "criteria")),
        ("Groupe, variantes et options", ("group", "variants", "tranches", "renewals")),
    )
    schema = ILot

    def procedure_of(self, kept, consultation):
        return self.whole.procedure

    def checked_lot(self, data, except_id=None):
        consultation = self.whole
        kept = self.checked(data, None)
        if kept is None:
            return None
        kept["number"] = "".join(str(kept["number"]).split())
        try:
            create.check_lot(consultation, kept["number"], kept["title"], except_id)
        except Refused as refused:
            self.refuse(refused.message, "number")
            return None
        return kept


class AddLot(LotFields, MegalisAddForm):
    """``@@lot-ajouter`` on a consultation."""

    portal_type = "Lot"
    button_label = "Ajouter ce lot"
    added_message = "Lot ajouté."
    page_title = "Ajouter un lot"

    @property
    def whole(self):
        return self.context

    def create(self, data):
        kept = self.checked_lot(data)
        if kept is None:
            return None
        kept = {name: value for name, value in kept.items() if value is not None}
        return create.lot(self.context, kept.pop("number"), kept.pop("title"), **kept)

    def next_url(self, created):
        return f"{self.context.absolute_url()}/@@lots"

    @property
    def cancel_url(self):
        return f"{self.context.absolute_url()}/@@lots"


class EditLot(LotFields, MegalisEditForm):
    """``@@modifier`` on a lot."""

    @property
    def page_title(self):
        return f"Lot {self.context.number}"

    @property
    def whole(self):
        return self.context.aq_parent

    def apply(self, data):
        kept = self.checked_lot(data, self.context.getId())
        return {} if kept is None else super().apply(kept)

    def next_url(self):
        return f"{self.context.aq_parent.absolute_url()}/@@lots"

    @property
    def cancel_url(self):
        return self.next_url()
