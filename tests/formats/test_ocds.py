"""OCDS: one history a consultation, valid for the official schema, whose merge is its present state."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from itertools import pairwise
from megalis.portal.formats import ocds
from megalis.portal.formats import siren
from megalis.portal.formats.refusal import Refused

import dataclasses
import json
import jsonschema
import pytest
import referencing
import tracemalloc
import uuid


PREFIX = "ocds-a1b2c3"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BUYER = ocds.Organisation(
    "21350238800019", "Ville de Rennes", postcode="35000", city="Rennes", url="https://ville.example"
)
ARMOR = ocds.Organisation(siren.siret_of("552049447"), "Bâtisseurs d’Armor", email="contact@armor.example")
LEON = ocds.Organisation(siren.siret_of("732829320"), "Toitures du Léon")
PACKAGE = ocds.Package(
    "https://megalis.example/ocds.json", PREFIX, START, "Mégalis Bretagne", "https://megalis.example",
    "21350238800019", "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
)  # fmt: skip


def at(days):
    return START + timedelta(days)


PROCESS = ocds.Process(
    uuid="7b1f6a5c0d7e4b7f9a44f8d10c1d2e3f",
    reference="2026-014",
    title="Rénovation de l’école",
    description="Trois lots.",
    buyer=BUYER,
    published=START,
    procedure="appel-offres-ouvert",
    procedure_name="Appel d’offres ouvert",
    nature="travaux",
    cpv="45214210",
    value=Decimal("900000"),
    deadline=at(35),
    question_deadline=at(25),
    lots=(
        ocds.Lot("1", "Gros œuvre", cpv="45223220", value=Decimal("600000.50")),
        ocds.Lot("2", "Toiture", cpv="45261000"),
        ocds.Lot("3", "Peinture", cpv="45442100"),
    ),
    documents=(ocds.Document("avis", "tenderNotice", "Avis", "https://megalis.example/avis.xml", START, "text/xml"),),
    changes=(ocds.Change("1", at(10), "Report de la date limite.", "Plans ajoutés.", at(42)),),
    awards=(
        ocds.Award("A1", at(60), ("1",), (ARMOR,), Decimal("580000.25"), "Gros œuvre"),
        ocds.Award("A2", at(61), ("2",), (LEON,), Decimal("120000"), "Toiture"),
        ocds.Award("A3", at(62), ("3",), status="unsuccessful", reason="Aucune offre."),
    ),
    contracts=(
        ocds.Contract(
            "2026-014-1", "A1", at(80), date(2026, 5, 20), "Gros œuvre", Decimal("580000.25"), date(2026, 6, 1),
            date(2027, 5, 31),
            (ocds.Amendment("1", at(200), "Fondations.", "Sol pollué.", Decimal("612000"), date(2027, 8, 31)),),
        ),
    ),
)  # fmt: skip


def chunks(make, *processes, package=PACKAGE, **more):
    return json.loads(b"".join(make(package, iter(processes), **more)))


@pytest.fixture(scope="module")
def official(referentiels):
    """Return a function: name of an official schema -> what it refuses in a package."""
    folder = referentiels("ocds-1.1.5")
    schemas = {path.stem: json.loads(path.read_bytes()) for path in folder.glob("*.json")}
    resources = [
        (item["id"], referencing.Resource.from_contents(item, referencing.jsonschema.DRAFT4))
        for item in schemas.values()
    ]
    registry = referencing.Registry().with_resources(resources)

    def problems(name, package):
        checker = jsonschema.Draft4Validator(
            schemas[name], registry=registry, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
        )
        return [(list(error.absolute_path), error.message[:200]) for error in checker.iter_errors(package)]

    return problems


def test_a_consultation_is_told_fact_after_fact():
    told = ocds.releases(PROCESS, PREFIX)
    assert [item["tag"] for item in told] == [
        ["tender"], ["tenderAmendment"], ["award"], ["award"], ["award"], ["contract"], ["contractAmendment"],
    ]  # fmt: skip
    assert {item["ocid"] for item in told} == {f"{PREFIX}-{PROCESS.uuid}"}
    assert len({item["id"] for item in told}) == 7
    assert all(a["date"] < b["date"] for a, b in pairwise(told))


def test_the_first_release_keeps_the_first_deadline_and_the_last_state_the_last():
    first = ocds.releases(PROCESS, PREFIX)[0]
    state = ocds.record(PROCESS, PREFIX)["compiledRelease"]
    assert first["tender"]["tenderPeriod"] == {"startDate": "2026-03-02T08:00:00Z", "endDate": "2026-04-06T08:00:00Z"}
    assert state["tender"]["tenderPeriod"]["endDate"] == "2026-04-13T08:00:00Z"
    (contract,) = state["contracts"]
    assert contract["value"] == {"amount": 612000, "currency": "EUR"}
    assert contract["period"] == {"startDate": "2026-06-01T00:00:00+02:00", "endDate": "2027-08-31T00:00:00+02:00"}
    assert contract["dateSigned"] == "2026-05-20T00:00:00+02:00"


def test_the_state_tells_what_became_of_each_lot_and_who_has_which_part():
    state = ocds.record(PROCESS, PREFIX)["compiledRelease"]
    assert state["tag"] == ["compiled"]
    assert {lot["id"]: lot["status"] for lot in state["tender"]["lots"]} == {
        "1": "complete", "2": "complete", "3": "unsuccessful",
    }  # fmt: skip
    assert state["tender"]["status"] == "complete"
    assert [(party["name"], party["roles"]) for party in state["parties"]] == [
        ("Ville de Rennes", ["buyer", "procuringEntity"]),
        ("Bâtisseurs d’Armor", ["supplier"]),
        ("Toitures du Léon", ["supplier"]),
    ]
    parties = {party["id"] for party in state["parties"]}
    assert {item["id"] for award in state["awards"] for item in award.get("suppliers", [])} < parties


def test_amendments_say_which_release_they_amend():
    told = ocds.releases(PROCESS, PREFIX)
    (change,) = told[1]["tender"]["amendments"]
    assert (change["amendsReleaseID"], change["releaseID"]) == (told[0]["id"], told[1]["id"])
    (amendment,) = told[6]["contracts"][0]["amendments"]
    assert (amendment["amendsReleaseID"], amendment["releaseID"]) == (told[5]["id"], told[6]["id"])


def test_a_later_fact_leaves_earlier_releases_as_they_were():
    young = dataclasses.replace(PROCESS, contracts=(), awards=PROCESS.awards[:1])
    assert ocds.releases(PROCESS, PREFIX)[:3] == ocds.releases(young, PREFIX)


def test_the_call_stays_active_until_every_lot_is_decided():
    young = dataclasses.replace(PROCESS, contracts=(), awards=PROCESS.awards[:2])
    state = ocds.record(young, PREFIX)["compiledRelease"]
    assert state["tender"]["status"] == "active"
    assert [lot["status"] for lot in state["tender"]["lots"]] == ["complete", "complete", "active"]


def test_a_consultation_given_up_is_cancelled_with_its_lots_and_says_why():
    ended = ocds.Cancellation(at(20), "Besoin disparu.")
    process = dataclasses.replace(PROCESS, awards=(), contracts=(), cancellation=ended)
    told = ocds.releases(process, PREFIX)
    assert told[-1]["tag"] == ["tenderCancellation"]
    state = ocds.merge(told)
    assert state["tender"]["status"] == "cancelled"
    assert {lot["status"] for lot in state["tender"]["lots"]} == {"cancelled"}
    assert state["tender"]["amendments"][-1]["rationale"] == "Besoin disparu."


def test_a_consultation_without_lots_ends_with_its_only_decision():
    award = ocds.Award("A1", at(50), suppliers=(ARMOR, LEON), value=Decimal(40000))
    process = dataclasses.replace(PROCESS, lots=(), awards=(award,), contracts=())
    state = ocds.record(process, PREFIX)["compiledRelease"]
    assert state["tender"]["status"] == "complete" and "lots" not in state["tender"]
    assert state["tender"]["items"] == [
        {"id": "1", "description": PROCESS.title, "classification": {"scheme": "CPV", "id": "45214210"}}
    ]


def test_a_framework_with_several_holders_is_complete_once_one_is_chosen():
    awards = (
        ocds.Award("A1", at(60), ("1", "2", "3"), (ARMOR,)),
        ocds.Award("A2", at(61), ("1",), status="cancelled"),
    )
    state = ocds.record(dataclasses.replace(PROCESS, awards=awards, contracts=()), PREFIX)["compiledRelease"]
    assert {lot["status"] for lot in state["tender"]["lots"]} == {"complete"}


def test_a_contract_under_a_framework_names_the_process_of_the_framework():
    process = dataclasses.replace(PROCESS, framework=f"{PREFIX}-{'0' * 32}", framework_title="Accord-cadre")
    (related,) = ocds.releases(process, PREFIX)[0]["relatedProcesses"]
    assert (related["scheme"], related["identifier"]) == ("ocid", process.framework)


def test_nothing_empty_is_told():
    bare = ocds.Process("u1", "R1", "Objet", BUYER, START, "procedure-adaptee", "services")

    def empty(value):
        if isinstance(value, dict | list):
            items = value.values() if isinstance(value, dict) else value
            return not value or any(empty(item) for item in items)
        return value is None or value == ""

    assert not empty(ocds.record(bare, PREFIX))


def test_packages_are_valid_for_the_official_schema(official):
    bare = ocds.Process("u1", "R1", "Objet", BUYER, START, "procedure-adaptee", "services")
    assert official("release-package-schema", chunks(ocds.release_chunks, PROCESS, bare)) == []
    assert official("record-package-schema", chunks(ocds.record_chunks, PROCESS, bare)) == []


def test_the_official_schema_sees_what_is_wrong(official):
    package = chunks(ocds.release_chunks, PROCESS)
    package["releases"][0]["tender"]["status"] = "ouvert"
    del package["releases"][1]["date"]
    assert len(official("release-package-schema", package)) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"uuid": " "}, "ocds.identifiant"),
        ({"title": ""}, "ocds.identifiant"),
        ({"procedure": "mapa"}, "ocds.procedure"),
        ({"nature": "works"}, "ocds.nature"),
        ({"cpv": "45214210-0"}, "ocds.cpv"),
        ({"published": datetime(2026, 3, 2)}, "ocds.date"),
        ({"deadline": date(2026, 3, 2)}, "ocds.date"),
        ({"published": at(30)}, "ocds.ordre"),
        ({"value": Decimal("-1")}, "ocds.montant"),
        ({"value": Decimal("1.001")}, "ocds.montant"),
        ({"value": Decimal("NaN")}, "ocds.montant"),
        ({"value": Decimal(10) ** 13}, "ocds.montant"),
        ({"lots": PROCESS.lots + PROCESS.lots[:1]}, "ocds.double"),
        ({"lots": PROCESS.lots[:2]}, "ocds.lot"),
        ({"awards": PROCESS.awards[1:]}, "ocds.attribution"),
        ({"awards": (dataclasses.replace(PROCESS.awards[0], suppliers=()),)}, "ocds.titulaire"),
        ({"awards": (dataclasses.replace(PROCESS.awards[0], status="perdu"),)}, "ocds.etat"),
        ({"contracts": (dataclasses.replace(PROCESS.contracts[0], at=at(59)),)}, "ocds.ordre"),
        ({"contracts": (dataclasses.replace(PROCESS.contracts[0], end=date(2026, 5, 1)),)}, "ocds.ordre"),
        ({"contracts": (dataclasses.replace(PROCESS.contracts[0], at=at(210)),)}, "ocds.ordre"),
        ({"buyer": dataclasses.replace(BUYER, id="21350238800018")}, "siret.cle"),
        ({"buyer": dataclasses.replace(BUYER, scheme="siret")}, "ocds.organisation"),
        ({"buyer": dataclasses.replace(BUYER, url="javascript:alert(1)")}, "ocds.url"),
        ({"documents": (ocds.Document("d", "tenderNotice", "Avis", "file:///etc/passwd"),)}, "ocds.document"),
        ({"changes": PROCESS.changes * 2}, "ocds.double"),
    ],
)
def test_facts_that_do_not_hold_together_are_refused(change, code):
    with pytest.raises(Refused) as caught:
        ocds.releases(dataclasses.replace(PROCESS, **change), PREFIX)
    assert caught.value.code == code
    assert len(caught.value.message) > 20


def test_two_facts_never_share_a_release():
    (contract,) = PROCESS.contracts
    (amendment,) = contract.amendments
    twins = (
        dataclasses.replace(contract, id="C", amendments=(dataclasses.replace(amendment, id="1-2"),)),
        dataclasses.replace(contract, id="C-1", amendments=(dataclasses.replace(amendment, id="2"),)),
    )
    with pytest.raises(Refused) as caught:
        ocds.releases(dataclasses.replace(PROCESS, contracts=twins), PREFIX)
    assert caught.value.code == "ocds.double"


@pytest.mark.parametrize("prefix", ["", "ocds-", "OCDS-a1b2c3", "ocds-a1b2c3d", "ocds-é1b2c3", "ocds-a1b2c3\n"])
def test_a_prefix_nobody_registered_is_refused(prefix):
    with pytest.raises(Refused) as caught:
        ocds.ocid(PROCESS, prefix)
    assert caught.value.code == "ocds.prefixe"


def test_a_package_leaves_out_what_is_refused_and_says_so():
    bad = dataclasses.replace(PROCESS, uuid="autre", title="")
    left = []
    package = chunks(
        ocds.record_chunks, bad, PROCESS, PROCESS, refuse=lambda item, why: left.append((item.uuid, why.code))
    )
    assert [item["ocid"] for item in package["records"]] == [f"{PREFIX}-{PROCESS.uuid}"]
    assert left == [("autre", "ocds.identifiant"), (PROCESS.uuid, "ocds.double")]
    with pytest.raises(Refused):
        chunks(ocds.record_chunks, bad, PROCESS)


def test_a_package_of_nothing_or_without_address_is_refused():
    for package, processes, code in (
        (PACKAGE, (), "ocds.vide"),
        (dataclasses.replace(PACKAGE, uri=""), (PROCESS,), "ocds.url"),
        (dataclasses.replace(PACKAGE, license="ouverte"), (PROCESS,), "ocds.url"),
        (dataclasses.replace(PACKAGE, prefix="x"), (PROCESS,), "ocds.prefixe"),
        (dataclasses.replace(PACKAGE, published=datetime(2026, 3, 2)), (PROCESS,), "ocds.date"),
    ):
        with pytest.raises(Refused) as caught:
            chunks(ocds.release_chunks, *processes, package=package)
        assert caught.value.code == code


def test_a_long_export_takes_the_memory_of_a_consultation():
    def peak(count):
        tracemalloc.start()
        many = (dataclasses.replace(PROCESS, uuid=uuid.UUID(int=rank).hex) for rank in range(count))
        size = sum(map(len, ocds.record_chunks(PACKAGE, many)))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, used

    (small, one), (large, other) = peak(5), peak(150)
    assert large > 20 * small and other < one + 100_000


DAYS = st.integers(0, 300)
AMOUNT = st.none() | st.decimals(0, 10**12, places=2).map(abs)
TEXT = st.text(max_size=20)
LOT_IDS = st.lists(st.sampled_from("123456"), max_size=4, unique=True)


@st.composite
def processes(draw):
    """Draw a consultation whose facts hold together, whatever their number and order."""
    names = draw(LOT_IDS)
    awards, contracts = [], []
    for rank in range(draw(st.integers(0, 4))):
        status = draw(st.sampled_from(["active", "active", "unsuccessful", "cancelled"]))
        holders = draw(st.sampled_from([(ARMOR,), (LEON,), (ARMOR, LEON)])) if status == "active" else ()
        lots = tuple(draw(st.lists(st.sampled_from(names), unique=True))) if names else ()
        awards.append(ocds.Award(f"A{rank}", at(draw(DAYS)), lots, holders, draw(AMOUNT), draw(TEXT), status))
    for award in awards:
        if award.status == "active" and draw(st.booleans()):
            signed = award.at + timedelta(draw(DAYS))
            amendments = tuple(
                ocds.Amendment(str(rank), signed + timedelta(draw(DAYS)), draw(TEXT), value=draw(AMOUNT))
                for rank in range(draw(st.integers(0, 3)))
            )
            contracts.append(ocds.Contract(f"C{award.id}", award.id, signed, signed.date(), value=draw(AMOUNT), amendments=amendments))  # fmt: skip
    return dataclasses.replace(
        PROCESS,
        title=draw(TEXT.filter(str.strip)),
        value=draw(AMOUNT),
        deadline=draw(st.none() | DAYS.map(at)),
        lots=tuple(ocds.Lot(name, draw(TEXT), cpv=draw(st.sampled_from(["", "45000000"]))) for name in names),
        changes=tuple(
            ocds.Change(str(rank), at(draw(DAYS)), draw(TEXT), deadline=draw(st.none() | DAYS.map(at)))
            for rank in range(draw(st.integers(0, 3)))
        ),
        cancellation=draw(st.none() | st.builds(ocds.Cancellation, DAYS.map(at), TEXT)),
        awards=tuple(awards),
        contracts=tuple(contracts),
    )


@settings(max_examples=60, deadline=None)
@given(processes())
def test_any_history_is_ordered_and_its_merge_knows_every_fact(process):
    told = ocds.releases(process, PREFIX)
    dates = [item["date"] for item in told]
    assert dates == sorted(dates) and told[0]["tag"] == ["tender"]
    assert len({item["id"] for item in told}) == len(told)
    state = ocds.merge(told)
    assert {item["id"] for item in state.get("awards", [])} == {item.id for item in process.awards}
    known = {item["id"]: item for item in state.get("contracts", [])}
    assert set(known) == {item.id for item in process.contracts}
    for contract in process.contracts:
        values = [
            item.value for item in sorted(contract.amendments, key=lambda item: item.at) if item.value is not None
        ]
        value = values[-1] if values else contract.value
        assert known[contract.id].get("value", {}).get("amount") == (None if value is None else float(value))
        assert len(known[contract.id].get("amendments", [])) == len(contract.amendments)
    if process.cancellation:
        assert state["tender"]["status"] == "cancelled"


def test_any_history_is_valid_for_the_official_schema(official):
    @settings(max_examples=15, deadline=None)
    @given(processes())
    def valid(process):
        assert official("record-package-schema", chunks(ocds.record_chunks, process)) == []

    valid()
