"""Real Breton buyers for demonstration notices: communes, EPCI, the four départements and the region.

Names, SIREN, postcodes and populations are facts (INSEE, ``data/communes_bretagne.csv`` and ``communes_membres.csv``). The SIRET is built from the
SIREN and establishment number 1, so it is well formed but may not be the registered one; addresses are those of the
seat by its function, mail goes to the reserved domain ``.example`` and telephone numbers are those ARCEP keeps for
fiction (02 61 91), so that nothing made up ever reaches anyone.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.model import Organisation
from megalis.portal.formats.siren import siret_of

import csv
import re
import unicodedata


SEATS = {
    "commune": "Mairie",
    "epci": "Hôtel de communauté",
    "departement": "Hôtel du Département",
    "region": "Hôtel de Région",
}

REVIEW = Organisation(
    ref="ORG-0002",
    name="Tribunal administratif de Rennes",
    company_ids=("TA-RENNES",),
    street="3, contour de la Motte",
    postcode="35044",
    city="Rennes Cedex",
    nuts="FRH03",
    country="FRA",
    email="greffe@tribunal-administratif-rennes.example",
    phone="+33 261910001",
    website="https://rennes.tribunal-administratif.fr",
)


@dataclass(frozen=True, slots=True)
class PublicBuyer:
    """A row of the file: ``type`` commune, epci, departement or region; ``departement`` its INSEE code."""

    type: str
    nom: str
    siren: str
    departement: str
    code_postal: str
    ville: str
    population: int

    @property
    def siret(self):
        """A well-formed SIRET of the seat."""
        return siret_of(self.siren)

    @property
    def nuts3(self):
        """NUTS 3 code of the seat."""
        return nuts.departement_of(self.departement).nuts3

    def organisation(self, ref="ORG-0001"):
        """Return the buyer as an organisation of a notice."""
        slug = slugify(self.nom)
        number = int(self.siren) % 10000
        return Organisation(
            ref=ref,
            name=f"Commune {of(self.nom)}" if self.type == "commune" else self.nom,
            company_ids=(self.siret,),
            street=SEATS[self.type],
            postcode=self.code_postal,
            city=self.ville,
            nuts=self.nuts3,
            country="FRA",
            contact="Service de la commande publique",
            email=f"marches@{slug}.example",
            phone=f"+33 26191{number:04d}",
            website=f"https://www.{slug}.example",
        )


def _read(name):
    text = files("megalis.portal.formats").joinpath(f"data/{name}").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(PublicBuyer(**{**row, "population": int(row["population"])}) for row in rows)


@cache
def buyers():
    """Return every ``PublicBuyer`` that demonstration notices choose from, as a tuple."""
    return _read("communes_bretagne.csv")


@cache
def members():
    """Return the 340 ``PublicBuyer`` of a whole region: ``buyers()``, then the communes that come next by population."""
    return buyers() + _read("communes_membres.csv")


def slugify(name):
    """Return a name fit for an internet domain."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")


def of(name):
    """Return a French place or body name after « de », with its contraction or elision."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    if name.startswith(("Communauté", "Région")):
        return f"de la {name}"
    if name.startswith("Département"):
        return f"du {name}"
    first = unicodedata.normalize("NFKD", name)[0].upper()
    return f"d’{name}" if first in "AEIOUYH" and not name.startswith("Haut") else f"de {name}"
