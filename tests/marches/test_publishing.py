"""What the public reads: pages, files valid by the official schemas, feeds, caches that tell the truth."""

from lxml import etree
from megalis.portal.consultations import workflow
from megalis.portal.formats import decp
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import importing
from megalis.portal.marches.rules import limits
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


AVENANT = {"dateNotificationModification": "2026-04-28", "montant": 150000, "dureeMois": 18}
DAY = datetime.timedelta(days=1)
REVIEW = limits.Basis(limits.REVIEW)


def concession(place):
    raw = {
        "id": "DSP-PORT", "autoriteConcedante": {"id": place.siret}, "nature": "Délégation de service public",
        "objet": "Exploitation du port <de plaisance> & cale", "procedure": "Procédure négociée ouverte", "dureeMois": 120,
        "dateSignature": "2025-11-20", "dateDebutExecution": "2026-01-01", "valeurGlobale": 900000,
        "montantSubventionPublique": 0,
        "concessionnaires": [{"concessionnaire": {"typeIdentifiant": "SIRET", "id": HOLDER}}],
        "considerationsSociales": {"considerationSociale": ["Pas de considération sociale"]},
        "considerationsEnvironnementales": {"considerationEnvironnementale": ["Pas de considération environnementale"]},
    }  # fmt: skip
    return recording.add(place, CONCESSION, raw)


@pytest.fixture
def told(served, open_as):
    """Three contracts published by two communes, one modified; a browser of nobody."""
    served.record = served.add()
    recording.publish(served.record)
    recording.amend(served.record, "modification", AVENANT, basis=REVIEW)
    recording.publish(
        served.add(served.b, id="L-1", objet="Éclairage public", montant="50000", dateNotification="2026-04-21")
    )
    recording.publish(concession(served.a))
    transaction.commit()
    served.browser = open_as()
    served.base = f"{served.site.absolute_url()}/donnees-essentielles"
    return served


def get(told, path, **headers):
    for name, value in headers.items():
        told.browser.addHeader(name.replace("_", "-"), value)
    told.browser.open(path)
    return told.browser


class TestFiles:
    def test_the_json_is_valid_and_holds_all_of_the_region(self, told):
        body = json.loads(get(told, f"{told.base}.json").contents)
        assert [item["id"] for item in body["marches"]["marche"]] == ["2026-VOI-01-L1", "L-1"]
        assert [item["id"] for item in body["marches"]["contrat-concession"]] == ["DSP-PORT"]

    def test_both_files_pass_our_own_check_and_that_of_the_official_schemas(self, told, referentiels):
        folder = referentiels("decp")
        data = get(told, f"{told.base}.json").contents
        data = data if isinstance(data, bytes) else data.encode()
        records, verdict = decp.read(data)
        assert verdict.errors == () and len(records) == 3
        schema = json.loads(sorted(folder.glob("schema_decp_v*.json"))[-1].read_text("utf-8"))
        assert list(jsonschema.Draft7Validator(schema).iter_errors(json.loads(data))) == []
        xml = get(told, f"{told.base}.xml").contents
        xml = xml if isinstance(xml, bytes) else xml.encode()
        etree.XMLSchema(etree.parse(sorted(folder.glob("schema_decp_v*.xsd"))[-1])).assertValid(etree.fromstring(xml))
        assert decp.read(xml)[1].errors == ()

    def test_a_year_and_a_collectivite_have_their_own_addresses(self, told):
        marches = json.loads(get(told, f"{told.base}/2025.json").contents)["marches"]
        assert marches["marche"] == [] and marches["contrat-concession"][0]["id"] == "DSP-PORT"
        assert get(told, f"{told.base}.json?annee=2025").contents == get(told, f"{told.base}/2025.json").contents
        other = json.loads(get(told, f"{told.b.absolute_url()}/donnees-essentielles.json").contents)["marches"]
        assert [item["id"] for item in other["marche"]] == ["L-1"] and "contrat-concession" not in other

    def test_the_table_that_is_downloaded_is_imported_again(self, told):
        data = get(told, f"{told.base}.csv").contents
        rows = importing.read(data if isinstance(data, bytes) else data.encode())
        assert [(kind, raw["id"]) for _line, kind, raw in rows] == [
            (CONCESSION, "DSP-PORT"),
            ("marche", "2026-VOI-01-L1"),
            ("marche", "L-1"),
        ]
        assert get(told, f"{told.base}.xlsx").headers["content-type"].startswith("application/vnd.openxml")

    def test_a_reader_who_has_it_is_told_so_until_something_changes(self, told):
        first = get(told, f"{told.base}/2026.json")
        etag, last = first.headers["etag"], first.headers["last-modified"]
        again = get(told, f"{told.base}/2026.json", If_None_Match=etag)
        assert again.headers["status"].startswith("304") and not again.contents
        recording.amend(told.record, "modification", {**AVENANT, "montant": 160000}, basis=REVIEW)
        transaction.commit()
        changed = get(told, f"{told.base}/2026.json")
        assert changed.headers["status"].startswith("200") and changed.headers["etag"] != etag
        assert last.endswith("GMT")

    def test_what_did_not_change_since_a_date_is_not_sent_again(self, told):
        last = get(told, f"{told.base}.xml").headers["last-modified"]
        again = get(told, f"{told.base}.xml", If_Modified_Since=last)
        assert again.headers["status"].startswith("304")

    def test_the_stamp_of_a_commune_stays_when_another_publishes(self, told):
        uid = told.b.UID()
        before = store.stamp(told.site, uid)
        recording.amend(told.record, "modification", {**AVENANT, "montant": 160000}, basis=REVIEW)
        transaction.commit()
        assert store.stamp(told.site, uid) == before
        assert store.stamp(told.site)[0] != before[0]

    @pytest.mark.parametrize(
        "path", ["/1999.json", "/2026.exe", "/zz", f"/{'0' * 32}", "/2026/json", ".json?annee=abc"]
    )
    def test_what_is_not_there_is_not_found(self, told, path):
        assert get(told, f"{told.base}{path}").headers["status"].startswith("404")


class TestPages:
    def test_the_list_of_the_region_is_searched_and_leads_to_a_contract(self, told):
        browser = get(told, told.base)
        assert "3 contrats" in browser.contents and "Éclairage public" in browser.contents
        form = browser.getForm(action=told.base)
        form.getControl(name="q").value = "éclairage lannion"
        form.submit("Chercher")
        assert "1 contrat" in browser.contents and "Voirie" not in browser.contents
        browser.getLink("Éclairage public").click()
        assert "Données essentielles" in browser.contents and "50" in browser.contents

    def test_a_contract_tells_what_is_in_force_and_its_whole_history(self, told):
        browser = get(told, f"{told.base}/{told.record.key}")
        text = browser.contents.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
        assert "150 000 €" in text and "120 000,50 €" in text
        assert "Version 2, modification" in text and "18 mois" in text
        browser.getLink("Ce contrat en JSON").click()
        assert decp.read(_bytes(browser))[1].errors == ()

    def test_the_pages_of_everybody_lead_there(self, told):
        browser = get(told, told.site.absolute_url())
        browser.getLink("Données essentielles des marchés").click()
        assert "3 contrats" in browser.contents
        browser.getLink("Commune de Saint-Brieuc", index=0).click()
        assert "2 contrats" in browser.contents

    def test_a_withdrawn_contract_says_so_and_leaves_the_files(self, told):
        recording.withdraw(told.record, "Publié en double")
        transaction.commit()
        assert "Publié en double" in get(told, f"{told.base}/{told.record.key}").contents
        assert "2026-VOI-01-L1" not in str(get(told, f"{told.base}.json").contents)

    def test_a_draft_is_nobodys(self, told):
        draft = told.add(id="SECRET", objet="Marché canari")
        transaction.commit()
        assert get(told, f"{told.base}/{draft.key}").headers["status"].startswith("404")
        assert "canari" not in get(told, told.base).contents


def _bytes(browser):
    return browser.contents if isinstance(browser.contents, bytes) else browser.contents.encode()


class TestNotices:
    @pytest.fixture
    def life(self, served, open_as, monkeypatch):
        """A consultation published, decided and notified; its contract published and modified; OCDS on."""
        monkeypatch.setenv("MEGALIS_OCDS_PREFIX", "ocds-abc123")
        clock.set_for_tests(BEGIN)
        give_keys(served.a, served.porteurs)
        served.consultation = publish(served, complete_draft(served.a))
        clock.set_for_tests(DEADLINE + DAY)
        with api.env.adopt_roles(["Manager", "Acheteur", "Valideur", "PorteurDeCle"]):
            for step in ("ouvrir", "analyser"):
                workflow.fire(served.consultation, step)
            won = {"decision": "attribue", "reason": "", "winner": "EDF", "winner_siret": HOLDER, "amount": 90000}
            nothing = {
                "decision": "infructueux",
                "reason": "Trop cher",
                "winner": "",
                "winner_siret": "",
                "amount": None,
            }
            workflow.decide(served.consultation, {"1": won, "2": nothing})
            for step in ("decider", "notifier"):
                workflow.fire(served.consultation, step)
        clock.set_for_tests(NOW)
        (record,) = store.of_origin(served.site, served.consultation.UID())
        whole = {**served.add().raw, "id": "2026-VOI-01-L1"}
        recording.publish(record, {**whole, **{name: record.raw[name] for name in ("dateNotification", "montant")}})
        recording.amend(record, "modification", {**AVENANT, "montant": 95000}, basis=REVIEW)
        journal.merge(served.site)
        transaction.commit()
        served.browser = open_as()
        served.url = served.site.absolute_url()
        return served

    def test_the_open_feed_tells_the_notice_and_its_result(self, life):
        results = json.loads(get(life, f"{life.url}/avis.json").contents)["results"]
        assert [(item["nature"], item["titulaire"]) for item in results] == [
            ("ATTRIBUTION", ["EDF"]),
            ("APPEL_OFFRE", []),
        ]
        notice = results[1]
        assert notice["nomacheteur"] == "Commune de Saint-Brieuc" and notice["code_departement"] == ["22"]
        assert notice["objet"] == "Programme de voirie 2026" and notice["type_marche"] == "TRAVAUX"
        only = json.loads(get(life, f"{life.url}/avis.json?nature=APPEL_OFFRE&nombre=1").contents)
        assert [item["id"] for item in only["results"]] == [notice["id"]]

    def test_the_feed_reader_gets_atom_and_304(self, life):
        browser = get(life, f"{life.url}/avis.atom")
        tree = etree.fromstring(_bytes(browser))
        titles = [node.text for node in tree.iter("{http://www.w3.org/2005/Atom}title")]
        assert titles[1:] == [
            "Résultat de marché : Programme de voirie 2026",
            "Avis de marché : Programme de voirie 2026",
        ]
        again = get(life, f"{life.url}/avis.atom", If_None_Match=browser.headers["etag"])
        assert again.headers["status"].startswith("304")

    def test_a_draft_and_a_restricted_consultation_are_in_no_feed(self, life):
        with api.env.adopt_roles(["Manager"]):
            complete_draft(life.a, "2026-CANARI")
        transaction.commit()
        assert "CANARI" not in get(life, f"{life.url}/avis.json").contents

    def test_the_packages_of_ocds_tell_the_whole_story_in_order(self, life):
        package = json.loads(get(life, f"{life.url}/ocds-releases.json").contents)
        tags = [release["tag"][0] for release in package["releases"]]
        assert tags == ["tender", "award", "award", "contract", "contractAmendment"]
        signed = next(item for item in package["releases"] if item["tag"] == ["contract"])["contracts"][0]
        assert signed["value"]["amount"] == 90000 and signed["awardID"] == "attribution-1"
        record = json.loads(get(life, f"{life.a.absolute_url()}/ocds-records.json?annee=2026").contents)["records"][0]
        assert record["compiledRelease"]["contracts"][0]["value"]["amount"] == 95000

    def test_the_catalogue_lists_what_anybody_may_harvest_and_every_address_in_it_answers(self, life):
        browser = get(life, f"{life.url}/donnees-essentielles")
        browser.getLink("Catalogue (DCAT, JSON-LD)").click()
        assert browser.headers["Content-Type"].startswith("application/ld+json")
        region = json.loads(browser.contents)
        sets = {item["@id"].removeprefix(life.url): item for item in region["dcat:dataset"]}
        assert list(sets) == ["/donnees-essentielles", "/donnees-essentielles#ocds", "/consultations"]
        for item in sets.values():
            for file in item["dcat:distribution"]:
                assert get(life, file["dcat:downloadURL"]["@id"]).headers["status"].startswith("200"), file["@id"]
        mine = json.loads(get(life, f"{life.a.absolute_url()}/catalogue.jsonld").contents)
        assert mine["dct:publisher"]["dct:identifier"] == life.a.siret
        assert [item["@id"].removeprefix(life.a.absolute_url()) for item in mine["dcat:dataset"]] == [
            "/donnees-essentielles", "/donnees-essentielles#ocds",
        ]  # fmt: skip

    def test_without_a_prefix_of_its_own_the_operator_publishes_no_ocds(self, life, monkeypatch):
        monkeypatch.delenv("MEGALIS_OCDS_PREFIX")
        browser = get(life, f"{life.url}/ocds-releases.json")
        assert browser.headers["status"].startswith("404") and "ocds.prefixe" in browser.contents

    def test_no_consultation_of_a_year_is_said_with_a_code(self, life):
        browser = get(life, f"{life.url}/ocds-releases.json?annee=2031")
        assert browser.headers["status"].startswith("404") and "ocds.vide" in browser.contents
