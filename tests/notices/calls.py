"""Consultations as values, for the tests of their notices."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from megalis.portal.consultations.notices.values import BuyerSaid
from megalis.portal.consultations.notices.values import Call
from megalis.portal.consultations.notices.values import LotSaid
from megalis.portal.formats import eforms
from megalis.portal.formats import siren

import dataclasses


NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
BUYER = BuyerSaid(
    "Commune de Plouguerneau",
    siren.siret_of("212901953"),
    "Mairie",
    "29880",
    "Plouguerneau",
    "FRH02",
    "02 98 04 71 06",
    "mairie@plouguerneau.example",
    "https://www.plouguerneau.example",
    "Service de la commande publique",
    "la",
)
CALL = Call(
    uid="0f0f0f0f0f0f4aaa8bbbbbbbbbbbbbbb",
    reference="2026-PLG-014",
    title="Réfection de la voirie",
    buyer=BUYER,
    description="Travaux de voirie et de réseaux.",
    procedure="appel-offres-ouvert",
    formal=True,
    nature="travaux",
    cpv="45233140",
    places=("FRH02",),
    departments=("29",),
    duration="24 mois",
    criteria=(("Prix", Decimal(60)), ("Valeur technique", Decimal(40))),
    questions_deadline=NOW + timedelta(days=30),
    deadline=NOW + timedelta(days=40),
    opening=NOW + timedelta(days=40, hours=1),
    url="https://marches.example/c/1",
    documents_url="https://marches.example/c/1/dce",
    profile_url="https://marches.example",
)
MAPA = dataclasses.replace(CALL, procedure="procedure-adaptee", formal=False)
LOTS = (
    LotSaid("1", "Terrassement"),
    LotSaid("2", "Enrobés", duration="12 mois", criteria=(("Prix", None), ("Délai", None))),
)
WINNER = eforms.Organisation(
    "", "Bâtisseurs d’Armor", (siren.siret_of("552049447"),), street="1 rue du Port", postcode="35000", city="Rennes",
    nuts="FRH03", country="FRA", email="contact@armor.example", phone="+33 200000000",
)  # fmt: skip
