"""The ground of the pages about flows."""

from decimal import Decimal
from decimal import InvalidOperation
from functools import cached_property
from megalis.portal.helios import gateway
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.kernel import clock
from megalis.portal.organisations.browser import base
from megalis.portal.organisations.browser.assured import Assured
from megalis.portal.theme.words import plural
from plone import api


PREPARE = "megalis: Prepare flows"
TRANSMIT = "megalis: Transmit flows"
FOLLOW = "megalis: Follow flows"
CONFIGURE = "megalis: Configure flows"
TOO_LARGE = "pes.taille"


def day(instant):
    """Return ``16/03/2026`` of an instant, "" for None."""
    return f"{clock.paris(instant):%d/%m/%Y}" if instant else ""


def iso_day(text):
    """Return ``16/03/2026`` of an ISO date, the text itself when it is none: real files hold impossible ones."""
    parts = str(text or "").split("-")
    return f"{parts[2][:2]}/{parts[1]}/{parts[0]}" if len(parts) == 3 else str(text or "")


def amount(value):
    """Return an amount (Decimal, or its text) with two decimals: ``1 234,50 €``; "" without one."""
    if value in (None, ""):
        return ""
    try:
        value = Decimal(value)
    except InvalidOperation:
        return str(value)
    return f"{value:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"


class Page(base.Page):
    """A page of agents about flows."""

    door = "agents"
    plural = staticmethod(plural)
    day = staticmethod(day)
    iso_day = staticmethod(iso_day)
    amount = staticmethod(amount)
    label = staticmethod(rules.state_label)
    badge = staticmethod(rules.badge)

    @cached_property
    def collectivite(self):
        return self.context

    @cached_property
    def registre(self):
        return registres.of(self.collectivite)

    @property
    def simulated(self):
        return gateway.is_simulated()

    @property
    def userid(self):
        return api.user.get_current().getId() or ""

    @property
    def list_url(self):
        return f"{self.collectivite.absolute_url()}/@@pes-suivi"

    def fail(self, message, status, mark):
        super().fail(message, 413 if self.large else status, mark)

    large = False

    def uploads(self, name):
        """Return the uploaded files of a form field, those with a name."""
        sent = self.request.form.get(name, ())
        sent = sent if isinstance(sent, list | tuple) else [sent]
        return [upload for upload in sent if getattr(upload, "filename", "")]


class OfFlux(Assured, Page):
    """A page about one flow."""

    @property
    def assurance_wanted(self):
        return registres.reglages(self.registre)["assurance"]

    @cached_property
    def flux(self):
        return self.context

    @cached_property
    def collectivite(self):
        return registres.collectivite_of(self.context)

    @property
    def dossier_url(self):
        return self.context.absolute_url()

    @property
    def may_prepare(self):
        return self.may(PREPARE)

    @property
    def may_transmit(self):
        return self.may(TRANSMIT)


def rank(text):
    """Return a rank of the form as an int; None for anything else."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
