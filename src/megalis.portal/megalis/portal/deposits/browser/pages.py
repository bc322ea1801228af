"""Pages of the secure exchanges, for bidders and for agents; templates only call what is here."""

from functools import cached_property
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import ranking
from megalis.portal.consultations import vocabularies
from megalis.portal.deposits import documents
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import service
from megalis.portal.deposits import simulation
from megalis.portal.deposits import store
from megalis.portal.deposits.browser.api import own_deposit
from megalis.portal.deposits.browser.api import received_at
from megalis.portal.deposits.depositor import depositor_of
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import settings
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import people
from megalis.portal.theme import words
from megalis.portal.theme.export import Exported
from megalis.portal.theme.export import send_pdf
from plone import api
from plone.protect.authenticator import createToken
from Products.Five.browser import BrowserView
from urllib.parse import quote
from zope.component.hooks import getSite

import json


STATE_BADGES = {
    store.RECEIVED: ("ok", "Déposé"),
    store.REPLACED: ("", "Remplacé"),
    store.WITHDRAWN: ("", "Retiré"),
}


def stations(deposit, deadline, opened, now):
    """Return the way of a bid as (label, detail, state) with state done, here or next."""
    late = deposit is not None and deposit.late
    received = deposit.received if deposit is not None else None
    steps = [
        ("Scellé", "sur votre poste", True),
        ("Déposé", "envoi complet", received is not None),
        ("Reçu", f"{words.short(received)}" if received else "accusé à la seconde", received is not None),
        ("Clos", words.short(deadline), now >= deadline),
        ("Ouvert", "laissé scellé" if late else "par l’acheteur seul", opened),
    ]
    here = next((index for index, step in enumerate(steps) if not step[2]), len(steps))
    if deposit is None:
        here = 0
    names = ("done" if index < here else "here" if index == here else "next" for index in range(len(steps)))
    return [(label, detail, name) for (label, detail, _done), name in zip(steps, names, strict=True)]


class ConsultationPage(BrowserView):
    """What the pages of one consultation share."""

    @cached_property
    def now(self):
        return clock.now()

    @property
    def url(self):
        return self.context.absolute_url()

    @cached_property
    def buyer(self):
        return consultations.buyer(self.context)

    @cached_property
    def phase(self):
        return consultations.state(self.context, self.now)

    @property
    def phase_label(self):
        return consultations.state_label(self.context, self.now)

    @property
    def is_closed(self):
        return self.now >= self.context.deadline

    @cached_property
    def names_hidden(self):
        return ranking.names_hidden(self.context)

    @property
    def is_simulation(self):
        return ISimulation.providedBy(self.context)

    @cached_property
    def keys(self):
        return recipients.shown(self.context)

    @property
    def anonymous(self):
        return api.user.is_anonymous()

    @cached_property
    def depositor(self):
        """Return the Depositor, or None when this visitor may not deposit."""
        try:
            return depositor_of(self.context, self.request)
        except Refusal:
            return None

    def say(self, message, kind="info"):
        api.portal.show_message(message, self.request, kind)

    def back(self, address):
        self.request.response.redirect(address)
        return ""


class PublicKeys(ConsultationPage):
    """``@@cles-consultation``: the keys of the consultation, for the public page (rows) and for programs (JSON)."""

    def rows(self):
        return self.keys

    def __call__(self):
        self.request.response.setHeader("Content-Type", "application/json; charset=utf-8")
        gate = recipients.gate(self.context)
        return json.dumps([recipients.public(item) for item in (gate.recipients if gate is not None else ())])


class Answer(ConsultationPage):
    """``@@repondre``: the page that seals and deposits."""

    page_title = "Répondre"

    @property
    def formats(self):
        return vocabularies.accepted(self.context.accepted_formats)

    @property
    def refusal(self):
        """Return why nobody can deposit here now, or None."""
        try:
            service.gate_of(self.context, self.now)
        except Refusal as refusal:
            return refusal.message
        return None

    @property
    def sign_in(self):
        return f"{api.portal.get().absolute_url()}/login?came_from={quote(self.url + '/@@repondre', safe='')}"

    @property
    def replaces(self):
        """Return the deposit this one will replace (``?remplace=``), or None."""
        wanted = self.request.form.get("remplace", "")
        deposit = store.find_deposit(self.context, wanted) if wanted else None
        mine = deposit is not None and self.depositor is not None and deposit.company == self.depositor.company
        return deposit if mine else None

    @property
    def token(self):
        return createToken()

    @property
    def command(self):
        """Return the lines that deposit here from a terminal, one option a line, with the envelopes that are asked."""
        login = "VOTRE-IDENTIFIANT" if self.anonymous else api.user.get_current().getUserName()
        lines = [f"megalis deposit {self.url}", f"--compte {login}"]
        for lot, envelope in rules.expected_envelopes([lot.number for lot in self.lots], self.context.envelopes):
            name = f"{envelope}.pdf"
            lines.append(f"--{envelope} {lot}={name}" if lot else f"--{envelope} {name}")
        return " \\\n  ".join(lines)

    @property
    def lots(self):
        return consultations.lots(self.context)

    @property
    def vault_url(self):
        """Return where this page reads the company's vault, "" for who has none."""
        person = people.current(self.request)
        company = person.entreprise if person is not None else None
        if company is None or not api.user.has_permission("megalis: Use vault", obj=company):
            return ""
        return f"{company.absolute_url()}/@@coffre.json"

    @property
    def grouping_url(self):
        """Return where this page reads the compositions of joint bids, "" in the room of trials."""
        return "" if self.is_simulation else f"{self.url}/@@groupement.json"

    @property
    def trial_identity(self):
        """Return the public test identity of the simulation room, or None."""
        return getattr(self.context, "trial_identity", None) if self.is_simulation else None

    @property
    def stations(self):
        return stations(None, self.context.deadline, False, self.now)


class SimulationRoom(BrowserView):
    """``/simulation``: leads to the deposit page of the permanent consultation."""

    def __call__(self):
        consultation = simulation.room(self.context)
        target = (
            f"{consultation.absolute_url()}/@@repondre" if consultation is not None else self.context.absolute_url()
        )
        self.request.response.redirect(target)
        return ""


class MyDeposits(ConsultationPage):
    """``@@mes-depots``: the deposits of my company here; withdraws one by POST."""

    page_title = "Mes dépôts"

    def __call__(self):
        if self.depositor is None:
            return self.back(f"{self.url}/@@repondre")
        if self.request.method == "POST":
            return self.withdraw()
        return self.index()

    def withdraw(self):
        require_own_page(self.request)
        try:
            deposit = service.withdraw(
                self.context, self.depositor, self.request.form.get("depot"), received_at(self.request)
            )
        except Refusal as refusal:
            self.say(refusal.message, "error")
        else:
            self.say(f"Le dépôt {deposit.number} est retiré : il reste scellé et ne sera jamais ouvert.")
        return self.back(f"{self.url}/@@mes-depots")

    @property
    def rows(self):
        mine = [d for d in store.deposits(self.context) if d.company == self.depositor.company]
        return [self._row(deposit) for deposit in reversed(mine)]

    def _row(self, deposit):
        badge = ("bad", "Hors délai") if deposit.late else STATE_BADGES[deposit.state]
        return {
            "deposit": deposit,
            "badge": badge,
            "received": deposit.received,
            "plis": [documents.envelope_title(row) for row in deposit.event["plis"]],
            "size": sum(pli.size for pli in deposit.plis),
            "documents": len(deposit.event["documents"]),
            "open": deposit.state == store.RECEIVED and not self.is_closed,
        }


class MyDepositsFiles(Exported, MyDeposits):
    """``@@mes-depots.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        Column("Numéro"),
        Column("Reçu le (Paris)", INSTANT),
        Column("État"),
        Column("Enveloppes"),
        Column("Documents", NUMBER),
        Column("Octets", NUMBER),
    )

    def __call__(self):
        return self.back(f"{self.url}/@@repondre") if self.depositor is None else self.send()

    @property
    def list_note(self):
        return f"{self.buyer.title}, référence {self.context.reference}, « {self.context.title} »"

    def list_rows(self):
        for row in self.rows:
            yield (
                row["deposit"].number, row["received"], row["badge"][1], " | ".join(row["plis"]), row["documents"],
                row["size"],
            )  # fmt: skip


class Receipt(ConsultationPage):
    """``@@accuse?depot=``: the receipt as a page."""

    page_title = "Accusé de dépôt"

    def __call__(self):
        try:
            self.deposit = own_deposit(self)
        except Refusal as refusal:
            if self.anonymous:
                return self.back(
                    f"{api.portal.get().absolute_url()}/login?came_from={quote(self.request.URL, safe='')}"
                )
            self.say(refusal.message, "error")
            return self.back(self.url)
        return self.index()

    @property
    def event(self):
        return self.deposit.event

    @property
    def margin(self):
        return documents.margin(self.deposit)

    @property
    def line(self):
        verb = "Pli reçu hors délai le" if self.deposit.late else "Pli déposé le"
        return f"{verb} {documents.instant(self.event['recu'])}"

    @property
    def place(self):
        return journal.place(getSite(), self.deposit.entry)

    @property
    def stamp(self):
        if self.deposit.token:
            return documents.instant(self.deposit.token["horodatage"])
        if settings.tsa_url():
            return "demandé ; le jeton rejoint l’accusé dès que l’autorité répond"
        return "aucune autorité configurée : l’heure est celle du journal"

    @property
    def undone(self):
        """Return what happened to the deposit since, or None."""
        if self.deposit.state == store.RECEIVED:
            return None
        verb = "remplacé par un envoi plus récent" if self.deposit.state == store.REPLACED else "retiré"
        moment = documents.instant(clock.rfc3339(self.deposit.state_at))
        return f"Ce pli a été {verb} le {moment} : il reste scellé au registre et ne sera pas ouvert."

    @property
    def rows(self):
        return documents.receipt_rows(self.deposit)

    @property
    def plis(self):
        return [(documents.envelope_title(row), row["taille"], row["racine"]) for row in self.event["plis"]]

    @property
    def stations(self):
        opened = any(pli.id in store.verdicts(self.context) for pli in self.deposit.plis)
        return stations(self.deposit, self.context.deadline, opened, self.now)

    @property
    def summary(self):
        return service.summary(self.context, self.deposit)


class ReceiptPDF(Receipt):
    """``@@accuse.pdf?depot=``."""

    def index(self):
        return send_pdf(self.request, f"accuse-{self.deposit.number}.pdf", documents.receipt_pdf(self.deposit))
