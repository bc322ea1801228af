"""A lot held by several, some of them groups, one of them of another country: what the public reads names them all."""

from lxml import etree
from megalis.portal.consultations import workflow
from megalis.portal.formats import decp
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from plone import api
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import give_keys
from tests.consultations.conftest import NOW as BEGIN
from tests.consultations.conftest import publish
from tests.marches.scene import HOLDER
from tests.marches.scene import NOW

import datetime
import json
import jsonschema
import pytest
import transaction


BELGIAN, SECOND = "BE0403170701", "73282932000074"
GROUP = {
    "decision": "attribue", "reason": "", "winner": "EDF", "winner_siret": HOLDER, "form": "solidaire",
    "members": (("Wegenbouw NV", BELGIAN),), "amount": 150000, "winner_amount": 90000,
    "holders": ({"name": "Menuiserie de l’Aulne", "siret": SECOND, "amount": 60000},),
}  # fmt: skip
FAILED = {"decision": "infructueux", "reason": "Trop cher", "winner": "", "winner_siret": "", "amount": None}


@pytest.fixture
def life(served, open_as, monkeypatch):
    """An accord-cadre whose first lot is held by a group and by a company alone, notified; both contracts published."""
    monkeypatch.setenv("MEGALIS_OCDS_PREFIX", "ocds-abc123")
    clock.set_for_tests(BEGIN)
    give_keys(served.a, served.porteurs)
    framework = {"framework": "bons-de-commande", "framework_maximum": 180000, "framework_holders": 2, "months": 24}
    served.consultation = publish(served, complete_draft(served.a, **framework))
    clock.set_for_tests(DEADLINE + datetime.timedelta(days=1))
    with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "PorteurDeCle"]):
        for step in ("ouvrir", "analyser"):
            workflow.fire(served.consultation, step)
        workflow.decide(served.consultation, {"1": GROUP, "2": FAILED})
        for step in ("decider", "notifier"):
            workflow.fire(served.consultation, step)
    clock.set_for_tests(NOW)
    served.records = sorted(
        store.of_origin(served.site, served.consultation.UID()), key=lambda item: -len(item.raw["titulaires"])
    )
    whole = served.add().raw
    mine = ("id", "dateNotification", "montant", "titulaires", "techniques", "modalitesExecution")
    for record in served.records:
        kept = {name: record.raw[name] for name in (*mine, "typeGroupementOperateurs") if name in record.raw}
        recording.publish(record, {**whole, **kept})
    journal.merge(served.site)
    transaction.commit()
    served.browser = open_as()
    served.url = served.site.absolute_url()
    return served


def taken(life, path):
    life.browser.open(f"{life.url}/{path}")
    data = life.browser.contents
    return data if isinstance(data, bytes) else data.encode()


def test_each_holder_has_its_contract_and_the_group_tells_its_form(life):
    group, alone = life.records
    assert [item["titulaire"] for item in group.raw["titulaires"]] == [
        {"typeIdentifiant": "SIRET", "id": HOLDER},
        {"typeIdentifiant": "TVA", "id": BELGIAN},
    ]
    assert (group.raw["typeGroupementOperateurs"], group.raw["montant"]) == ("Solidaire", 90000)
    assert (alone.raw["typeGroupementOperateurs"], alone.raw["montant"]) == ("Pas de groupement", 60000)
    assert group.raw["id"] != alone.raw["id"]


def test_the_essential_data_of_both_are_valid_by_the_official_schemas(life, referentiels):
    folder = referentiels("decp")
    data = taken(life, "donnees-essentielles.json")
    records, verdict = decp.read(data)
    assert verdict.errors == ()
    holders = {record.id: [(item.kind, item.id) for item in record.holders] for record in records}
    assert sorted(holders.values()) == [[("SIRET", HOLDER), ("TVA", BELGIAN)], [("SIRET", SECOND)]]
    schema = json.loads(sorted(folder.glob("schema_decp_v*.json"))[-1].read_text("utf-8"))
    assert list(jsonschema.Draft7Validator(schema).iter_errors(json.loads(data))) == []
    xml = taken(life, "donnees-essentielles.xml")
    etree.XMLSchema(etree.parse(sorted(folder.glob("schema_decp_v*.xsd"))[-1])).assertValid(etree.fromstring(xml))
    assert [node.text for node in etree.fromstring(xml).iter("typeGroupementOperateurs")].count("Solidaire") == 1


def test_ocds_awards_the_lot_to_each_and_ties_each_contract_to_its_own(life):
    releases = json.loads(taken(life, "ocds-releases.json"))["releases"]
    awards = {award["id"]: award for release in releases for award in release.get("awards", ())}
    assert set(awards) == {"attribution-1", "attribution-1-2", "attribution-2"}
    names = [item["name"] for item in awards["attribution-1"]["suppliers"]]
    assert names[1:] == ["Wegenbouw NV"] and awards["attribution-1"]["value"]["amount"] == 90000
    assert [item["name"] for item in awards["attribution-1-2"]["suppliers"]] == ["Menuiserie de l’Aulne"]
    contracts = {
        item["awardID"]: item["value"]["amount"] for release in releases for item in release.get("contracts", ())
    }
    assert contracts == {"attribution-1": 90000, "attribution-1-2": 60000}
    parties = {party["id"]: party for release in releases for party in release.get("parties", ())}
    abroad = parties[f"BE-VAT-{BELGIAN}"]
    assert abroad["identifier"]["scheme"] == "BE-VAT" and abroad["address"]["countryName"] == "Belgique"


def test_the_open_feed_of_notices_names_every_holder_and_member(life):
    result = json.loads(taken(life, "avis.json"))["results"][0]
    assert result["titulaire"] == ["EDF", "Wegenbouw NV", "Menuiserie de l’Aulne"]


def test_the_page_of_a_contract_names_a_company_of_another_country_by_its_number(life):
    body = taken(life, f"donnees-essentielles/{life.records[0].key}").decode().replace("\N{NO-BREAK SPACE}", " ")
    assert BELGIAN in body and f"SIRET {BELGIAN}" not in body
