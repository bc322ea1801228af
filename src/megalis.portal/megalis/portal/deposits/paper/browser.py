"""The agents' pages of paper: the register with its form, one thing with what may be done to it, label and receipt."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import ExportedOfIt
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import typing
from megalis.portal.deposits.paper import documents
from megalis.portal.deposits.paper import letters
from megalis.portal.deposits.paper import rules
from megalis.portal.deposits.paper import store
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.theme.export import send_pdf
from zExceptions import NotFound


REGISTER = "megalis: Register paper"


class PaperPage(Exchange):
    """What the pages share."""

    door = "agents"

    @property
    def may_register(self):
        return self.may(REGISTER, self.consultation)

    def require(self):
        if not self.may_register:
            raise Refusal(
                "droit", "Votre rôle ne permet pas d’écrire au registre du papier : demandez à un acheteur.", 403
            )

    @cached_property
    def names_hidden(self):
        return documents.names_hidden(self.consultation)

    @cached_property
    def buyer(self):
        return api.buyer(self.consultation)

    @property
    def phase_label(self):
        return api.state_label(self.consultation)


class PaperRegister(PaperPage):
    """``@@registre-papier``."""

    page_title = "Registre du papier"

    @cached_property
    def rows(self):
        return documents.rows(self.consultation)

    @property
    def may_enter(self):
        return self.may_register and self.phase not in (*phase.DRAFTS, phase.ANNULEE)

    @property
    def lots(self):
        chosen = self.texts("lot")
        return [
            (lot.number, lot.title, "checked" if lot.number in chosen else None) for lot in api.lots(self.consultation)
        ]

    def options(self, name):
        """Return the choices of a list: (value, label, selected)."""
        known = {"genre": rules.KINDS, "voie": rules.WAYS, "support": rules.SUPPORTS}[name]
        chosen = self.text(name)
        return [(key, label, "selected" if key == chosen else None) for key, label in known.items()]

    @property
    def arrival(self):
        return self.text("recu") or typing.moment_text(self.now)

    def post(self):
        self.require()
        made = store.enter(
            self.consultation,
            self.person,
            {
                "kind": self.text("genre"),
                "company": self.text("entreprise"),
                "siret": self.text("siret"),
                "email": self.text("courriel"),
                "lots": self.texts("lot"),
                "way": self.text("voie"),
                "support": self.text("support"),
                "description": self.text("description"),
                "labelled": self.text("mention"),
                "received": self.text("recu"),
            },
        )
        letters.send_receipt(self.consultation, made)
        words = "hors délai" if made.late else "dans les délais"
        self.redirect(f"{self.url}/@@papier?id={made.id}", f"{made.number} est inscrit, arrivé {words}.")


class PaperRegisterList(ExportedOfIt, PaperRegister):
    """``@@registre-papier.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = documents.COLUMNS

    def list_rows(self):
        return map(documents.cells, self.rows)


class Paper(PaperPage):
    """``@@papier?id=``: one thing, and what the rules allow to do with it now."""

    page_title = "Reçu sur papier"

    def __call__(self):
        if self.item is None:
            raise NotFound("papier")
        return super().__call__()

    @cached_property
    def item(self):
        try:
            return store.find(self.consultation, self.text("id"))
        except Refused:
            return None

    @property
    def crumbs(self):
        return [("Registre du papier", f"{self.url}/@@registre-papier")]

    @property
    def crumb_title(self):
        return self.item.number

    @cached_property
    def row(self):
        every = store.papers(self.consultation)
        return documents.row(self.consultation, self.item, every.index(self.item) + 1)

    @property
    def kept(self):
        return self.item.state == rules.KEPT

    @property
    def is_copy(self):
        return self.item.kind == rules.COPY

    @cached_property
    def facts(self):
        return store.facts_of(self.consultation, self.item)

    @property
    def known(self):
        """What the platform knows of the company's electronic sendings: list of (term, words)."""
        facts = self.facts
        if not self.item.siret:
            return [("Envois électroniques", "Inconnus : aucun SIRET n’est inscrit pour cette entreprise.")]
        begins = ", ".join(documents.instant(moment) for moment in facts["attempts"])
        return [
            ("Plis électroniques à temps", str(facts["intime"])),
            ("Autres envois commencés avant la date limite", begins or "Aucun"),
            ("Constats d’ouverture", ", ".join(facts["verdicts"]) or "Aucun"),
        ]

    @cached_property
    def grounds(self):
        """The three grounds: dicts key, label, why (None when it may be opened on it)."""
        return [
            {"key": key, "label": rules.GROUNDS[key], "why": refusal[1] if refusal else None}
            for key, refusal in rules.grounds(**self.facts)
        ]

    @property
    def can_open(self):
        """True when one of the grounds holds."""
        return any(ground["why"] is None for ground in self.grounds)

    @property
    def to_destroy(self):
        return store.destroy_refusal(self.consultation, self.item)

    @property
    def unopened(self):
        """Why the copy was not opened, as its destruction would say."""
        return rules.unopened_reason(**{name: value for name, value in self.facts.items() if name != "closed"})

    @property
    def to_open(self):
        return None if self.is_copy else rules.open_refusal(self.item.kind, self.item.state, **self._closed_late)

    @property
    def _closed_late(self):
        return {"closed": store.is_closed(self.consultation), "late": self.item.late}

    @property
    def may_return(self):
        return not self.is_copy and self.item.state in (rules.KEPT, rules.OPENED) and store.is_closed(self.consultation)

    def post(self):
        self.require()
        act = typing.one_of(
            self.request.form.get("faire"), ("ouvrir", "ouvrir-copie", "detruire", "restituer", "annuler")
        )
        note = self.text("note")
        here, item = self.consultation, self.item
        if act == "ouvrir":
            done = store.open_paper(here, item, self.person, note)
        elif act == "ouvrir-copie":
            done = store.open_copy(here, item, self.person, self.text("motif"), note)
        elif act == "detruire":
            done = store.destroy(here, item, self.person)
        elif act == "restituer":
            done = store.give_back(here, item, self.person, note)
        elif act == "annuler":
            done = store.cancel(here, item, self.person, note)
        else:
            raise Refusal("action", "Cette action n’existe pas ici : rechargez la page.")
        self.redirect(f"{self.url}/@@papier?id={item.id}", f"{item.number} : {rules.STATES[done.state].lower()}.")


class LabelPDF(Paper):
    """``@@papier-etiquette.pdf?id=``."""

    def index(self):
        return send_pdf(
            self.request, f"etiquette-{self.item.number}.pdf", documents.label_pdf(self.consultation, self.item)
        )


class ReceiptPDF(Paper):
    """``@@papier-recepisse.pdf?id=``."""

    def index(self):
        data = documents.receipt_pdf(self.consultation, self.item)
        return send_pdf(self.request, f"recepisse-{self.item.number}.pdf", data)
