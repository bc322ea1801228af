"""``@@annonces``: what a collectivité tells once for all its notices, and its newspapers with their rates."""

from functools import cached_property
from megalis.portal.consultations import levels
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices.browser.publicity import Notices
from megalis.portal.formats import jal
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme import words


COURT = (
    ("name", "Tribunal", 200),
    ("street", "Voie", 200),
    ("postcode", "Code postal", 5),
    ("city", "Ville", 100),
    ("nuts", "Code NUTS du département", 5),
    ("phone", "Téléphone", 40),
    ("email", "Courriel", 200),
)
UNITS = {jal.LINE: "la ligne", jal.CHARACTER: "le caractère"}


class Buyer(Notices):
    """The page."""

    page_title = "Avis et annonces légales"
    crumbs = ()

    def post(self):
        form = self.request.form
        buyer = self.context
        here = f"{buyer.absolute_url()}/@@annonces"
        if "identite" in form:
            court = {name: self.text(f"court.{name}") for name, _title, _size in COURT}
            identity.tell(buyer, self.text("activity"), self.text("utility"), self.text("payment"), court, self.who)
            self.redirect(here, "Enregistré : les prochains avis le diront.")
        elif "ajouter" in form:
            first = self.typed_rate() if self.text("prix").strip() else None
            item = identity.add_newspaper(buyer, self.text("nom"), self.text("courriel"), first, self.who)
            self.redirect(here, f"{item.name} est dans la liste.")
        elif "tarif" in form:
            item = identity.change_newspaper(buyer, self.text("tarif"), self.who, new_rate=self.typed_rate())
            self.redirect(here, f"Tarif ajouté : {item.name}.")
        elif "adresse" in form:
            item = identity.change_newspaper(buyer, self.text("adresse"), self.who, email=self.text("courriel"))
            self.redirect(here, f"Adresse changée : {item.name}.")
        elif "retirer" in form:
            item = identity.remove_newspaper(buyer, self.text("retirer"), self.who)
            self.redirect(here, f"{item.name} n’est plus dans la liste. Ce qui lui fut envoyé reste.")
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    def typed_rate(self):
        return identity.rate(
            self.text("prix"), self.text("unite"), self.text("depuis"), self.text("source"), self.text("minimum")
        )

    @cached_property
    def kept(self):
        return identity.told(self.context)

    def value(self, name, default=""):
        return self.text(name) if self.errors and "identite" in self.request.form else default

    @property
    def activities(self):
        mine = self.value("activity", self.kept["activity"])
        return [(key, title, key == mine) for key, title in identity.ACTIVITIES.items()]

    @property
    def is_utility(self):
        return levels.buyer_kind(self.context) == "reseaux"

    @property
    def utilities(self):
        mine = self.value("utility", self.kept["utility"])
        return [(key, title, key == mine) for key, title in identity.UTILITIES.items()]

    @property
    def payment(self):
        return self.value("payment", self.kept["payment"])

    @property
    def court(self):
        """The fields of the court: list of (name, title, size, value)."""
        return [
            (f"court.{name}", title, size, self.value(f"court.{name}", getattr(self.kept["court"], name)))
            for name, title, size in COURT
        ]

    @property
    def today(self):
        return clock.paris(self.now).date()

    @property
    def newspapers(self):
        """The list: dicts ``id, name, email, rates`` (words, in force)."""
        found = []
        for item in identity.newspapers(self.context):
            now = identity.rate_on(item, self.today)
            rates = [(self.rate_words(rate), rate == now) for rate in reversed(item.rates)]
            found.append({"id": item.id, "name": item.name, "email": item.email, "rates": rates})
        return found

    @staticmethod
    def rate_words(rate):
        price = f"{format(rate.price.normalize(), 'f')}".replace(".", ",")
        least = f", {words.plural(rate.minimum, 'unité')} au moins" if rate.minimum else ""
        return f"{price} € HT {UNITS[rate.unit]}{least}, depuis le {rate.since:%d/%m/%Y} ({rate.source})"

    @property
    def units(self):
        return list(UNITS.items())
