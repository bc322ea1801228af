"""Essential data for the tests: one good contract and concession, and any other by Hypothesis."""

from datetime import date
from decimal import Decimal
from hypothesis import strategies as st
from megalis.portal.formats import decp
from megalis.portal.formats import siren
from megalis.portal.formats.decp import model


BUYER = decp.Buyer(siren.siret_of("213500051"))
HOLDER = decp.Operator("SIRET", siren.siret_of("552049447"))


def contract(**changes):
    """Return a good contract."""
    values = {
        "id": "2026-T-0042",
        "buyer": BUYER,
        "nature": "Marché",
        "title": "Réfection de la toiture de l’école",
        "cpv": "45260000",
        "procedure": "Procédure adaptée",
        "place": decp.Place("35000", "Code postal"),
        "months": 6,
        "notified": date(2026, 3, 16),
        "published": date(2026, 4, 2),
        "amount": Decimal("125000.50"),
        "price_form": "Forfaitaire",
        "holders": (HOLDER,),
        "social": ("Clause sociale",),
        "environment": ("Pas de considération environnementale",),
        "techniques": ("Sans objet",),
        "modalities": ("Sans objet",),
        "price_types": ("Définitif ferme",),
        "innovative": False,
        "ccag": "Travaux",
        "bids": 3,
        "advance": True,
        "grouping": "Pas de groupement",
        "subcontracting": False,
    }
    return decp.Contract(**(values | changes))


def concession(**changes):
    """Return a good concession."""
    values = {
        "id": "DSP-2026-1",
        "buyer": BUYER,
        "nature": "Délégation de service public",
        "title": "Exploitation du port de plaisance",
        "procedure": "Procédure négociée ouverte",
        "months": 120,
        "notified": date(2026, 1, 5),
        "published": date(2026, 1, 20),
        "started": date(2026, 2, 1),
        "amount": Decimal("4500000"),
        "subsidy": Decimal(0),
        "holders": (HOLDER,),
        "social": ("Concession réservée",),
        "environment": ("Critère environnemental",),
    }
    return decp.Concession(**(values | changes))


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zs", "Zl", "Zp"]), min_size=1, max_size=16)
TEXT = st.lists(WORD, min_size=1, max_size=8).map(" ".join)
AMOUNT = st.integers(100, 10**11).map(lambda cents: Decimal(cents) / 100)
MAYBE_AMOUNT = st.none() | AMOUNT
SHARE = st.integers(0, 100).map(lambda cents: Decimal(cents) / 100)
DAY = st.dates(date(2024, 1, 1), date(2029, 12, 31))
MONTHS = st.integers(1, 600)
OPERATOR = st.just(HOLDER) | st.builds(decp.Operator, st.sampled_from(model.IDENTIFIERS[1:]), WORD)
HOLDERS = st.lists(OPERATOR, min_size=1, max_size=3, unique=True).map(tuple)


def some(words):
    return st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True).map(tuple)


def numbered(build):
    """Return records whose ids go from 1 on."""
    return st.lists(build, max_size=3).map(
        lambda items: tuple(type(item)(**(vars(item) | {"id": rank})) for rank, item in enumerate(items, 1))
    )


CONTRACTS = st.builds(
    contract,
    id=WORD,
    nature=st.sampled_from(model.NATURES),
    title=TEXT,
    procedure=st.sampled_from(model.PROCEDURES),
    place=st.builds(decp.Place, WORD, st.sampled_from(model.PLACE_TYPES)),
    months=MONTHS,
    notified=DAY,
    published=DAY,
    amount=AMOUNT,
    price_form=st.sampled_from(model.PRICE_FORMS),
    holders=HOLDERS,
    social=some(model.SOCIAL),
    environment=some(model.ENVIRONMENT),
    techniques=some(model.TECHNIQUES),
    modalities=some(model.MODALITIES),
    price_types=some(model.PRICE_TYPES),
    innovative=st.booleans(),
    ccag=st.sampled_from(model.CCAG),
    bids=st.integers(1, 500),
    advance=st.booleans(),
    grouping=st.sampled_from(model.GROUPS),
    subcontracting=st.booleans(),
    framework_id=st.none() | WORD,
    advance_rate=st.none() | SHARE,
    eu_share=st.just(Decimal(1)),
    french_share=st.none() | SHARE,
    subcontracts=numbered(
        st.builds(decp.Subcontract, st.just(1), OPERATOR, MONTHS, DAY, AMOUNT, st.sampled_from(model.VARIATIONS), DAY)
    ),
    subcontract_changes=numbered(
        st.builds(decp.SubcontractChange, st.just(1), DAY, DAY, st.none() | MONTHS, MAYBE_AMOUNT)
    ),
    modifications=numbered(
        st.builds(decp.Modification, st.just(1), DAY, DAY, st.none() | MONTHS, MAYBE_AMOUNT, st.just(()) | HOLDERS)
    ),
)
TARIFFS = st.lists(st.builds(decp.Tariff, TEXT, AMOUNT), min_size=1, max_size=3, unique=True).map(tuple)
CONCESSIONS = st.builds(
    concession,
    id=WORD,
    nature=st.sampled_from(model.CONCESSION_NATURES),
    title=TEXT,
    procedure=st.sampled_from(model.CONCESSION_PROCEDURES),
    months=MONTHS,
    notified=DAY,
    published=DAY,
    started=DAY,
    amount=AMOUNT,
    subsidy=AMOUNT,
    holders=HOLDERS,
    social=some(model.SOCIAL_CONCESSION),
    environment=some(model.ENVIRONMENT),
    execution=st.lists(st.builds(decp.Execution, DAY, AMOUNT, TARIFFS), max_size=2, unique=True).map(tuple),
    modifications=numbered(
        st.builds(decp.ConcessionModification, st.just(1), DAY, DAY, st.none() | MONTHS, MAYBE_AMOUNT)
    ),
)
