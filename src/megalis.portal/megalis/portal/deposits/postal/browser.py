"""``@@envoi-postal``: what companies may ask by post; ``@@envois-postaux``: what agents offer and send, and its register."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import ExportedOfIt
from megalis.portal.consultations.exchanges.browser.base import Exchange
from megalis.portal.consultations.rules import typing
from megalis.portal.deposits.postal import letters
from megalis.portal.deposits.postal import register
from megalis.portal.deposits.postal import rules
from megalis.portal.deposits.postal import store
from megalis.portal.kernel.http import Refusal
from plone import api as plone_api
from plone.uuid.interfaces import IUUID


REGISTER = "megalis: Register paper"
BADGES = {
    rules.ASKED: "soon",
    rules.SENT: "run",
    rules.ARRIVED: "ok",
    rules.DECLINED: "bad",
    rules.GIVEN_UP: "",
}


def row(item):
    """Return a request as a dict of plain values."""
    return {
        "id": item.id,
        "title": item.title,
        "name": item.name,
        "siret": item.siret,
        "address": letters.lines(item.address),
        "asked": item.asked,
        "badge": (BADGES[item.state], rules.STATES[item.state]),
        "state": item.state,
        "carrier": ", suivi ".join(filter(None, (item.carrier, item.tracking))),
        "sent": item.sent,
        "ended": item.ended,
        "note": item.note,
    }


class ForCompanies(Exchange):
    """``@@envoi-postal``."""

    door = "entreprises"
    page_title = "Recevoir par la poste"

    @property
    def offers(self):
        names = {piece.id: piece.title for piece in api.lines(self.consultation)}
        return [
            {"id": item.id, "title": item.title, "kind": rules.KINDS[item.kind], "note": item.note,
             "piece": names.get(item.piece, ""), "selected": "selected" if item.id == self.text("envoi") else None}
            for item in store.offers(self.consultation, only_open=True)
        ]  # fmt: skip

    @property
    def is_open(self):
        return api.state(self.consultation) == "publiee"

    @property
    def anonymous(self):
        return plone_api.user.is_anonymous()

    @property
    def sign_in(self):
        return f"{plone_api.portal.get().absolute_url()}/login?came_from={self.url}/@@envoi-postal"

    @property
    def mine(self):
        return [row(item) for item in reversed(store.of_company(self.consultation, IUUID(self.company)))]

    def typed(self, name):
        """Return what was typed, else what the company's own address says."""
        if self.text(name) or self.request.method == "POST":
            return self.text(name)
        place = self.person.etablissement or self.company
        known = {
            "name": self.company.title,
            "street": " ".join((place.street or "").split()),
            "postal_code": place.postal_code,
            "city": place.city,
            "country": "France",
        }
        return known.get(name) or ""

    def post(self):
        if self.company is None:
            raise Refusal("compte", "Connectez-vous avec un compte d’entreprise pour demander un envoi.", 403)
        act = typing.one_of(self.request.form.get("faire"), ("demander", "recu", "renoncer"))
        here = f"{self.url}/@@envoi-postal"
        if act == "demander":
            names = ("name", "street", "postal_code", "city", "country")
            form = {name: self.text(name) for name in names}
            made = store.ask(self.consultation, self.person, self.company, self.text("envoi"), form)
            letters.send_asked(self.consultation, made)
            return self.redirect(here, f"« {made.title} » est demandé : l’acheteur est prévenu.")
        item = store.find(self.consultation, self.text("demande"))
        if item.company != IUUID(self.company):
            raise Refusal("envoi.inconnu", "Cette demande n’est pas celle de votre entreprise.", 404)
        if act == "recu":
            store.arrived(self.consultation, item, item.name)
            return self.redirect(here, f"« {item.title} » : réception notée.")
        if act == "renoncer":
            store.give_up(self.consultation, item, item.name)
            return self.redirect(here, f"« {item.title} » : demande retirée.")
        raise Refusal("action", "Cette action n’existe pas ici : rechargez la page.")


class ForAgents(Exchange):
    """``@@envois-postaux``."""

    door = "agents"
    page_title = "Envois par voie postale"

    @cached_property
    def buyer(self):
        return api.buyer(self.consultation)

    @property
    def phase_label(self):
        return api.state_label(self.consultation)

    @property
    def may_register(self):
        return self.may(REGISTER, self.consultation)

    @property
    def offers(self):
        names = {piece.id: piece.title for piece in api.lines(self.consultation)}
        return [
            {"id": item.id, "title": item.title, "kind": rules.KINDS[item.kind], "note": item.note,
             "piece": names.get(item.piece, ""), "open": item.open}
            for item in store.offers(self.consultation)
        ]  # fmt: skip

    @property
    def kinds(self):
        return list(rules.KINDS.items())

    @property
    def pieces(self):
        return [(piece.id, piece.title) for piece in api.lines(self.consultation)]

    @cached_property
    def rows(self):
        return [row(item) for item in reversed(store.requests(self.consultation))]

    def refused_in(self, act, row):
        """Return ``open`` for the form of a request whose answer was just refused: what was typed stays in sight."""
        return "open" if self.errors and self.text("faire") == act and self.text("demande") == row["id"] else None

    def kept(self, name, row):
        """Return what was typed about this request, "" when nothing was refused."""
        return self.text(name) if self.errors and self.text("demande") == row["id"] else ""

    @property
    def arrival(self):
        return typing.moment_text(self.now.replace(second=0, microsecond=0))

    def post(self):
        if not self.may_register:
            raise Refusal("droit", "Votre rôle ne permet pas de noter les envois : demandez à un acheteur.", 403)
        acts = {
            "proposer": self._offer,
            "arreter": lambda: store.close(self.consultation, self.person, self.text("envoi"), False),
            "reprendre": lambda: store.close(self.consultation, self.person, self.text("envoi"), True),
            "expedier": self._dispatch,
            "refuser": self._decline,
            "recu": lambda: store.arrived(self.consultation, self._item(), self.person.fullname),
        }
        act = acts.get(self.text("faire"))
        if act is None:
            raise Refusal("action", "Cette action n’existe pas ici : rechargez la page.")
        done = act()
        self.redirect(f"{self.url}/@@envois-postaux", f"« {done.title} » : c’est noté.")

    def _item(self):
        return store.find(self.consultation, self.text("demande"))

    def _offer(self):
        names = {"title": "titre", "kind": "genre", "piece": "piece", "note": "note"}
        return store.offer(self.consultation, self.person, {key: self.text(name) for key, name in names.items()})

    def _dispatch(self):
        sent = store.dispatch(
            self.consultation, self._item(), self.person, self.text("transporteur"), self.text("suivi"), self.text("le")
        )
        letters.send_step(self.consultation, sent)
        return sent

    def _decline(self):
        item = store.decline(self.consultation, self._item(), self.person, self.text("motif"))
        letters.send_step(self.consultation, item)
        return item


class RequestsList(ExportedOfIt, ForAgents):
    """``@@envois-postaux.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = register.COLUMNS

    def list_rows(self):
        return map(register.cells, store.requests(self.consultation))
