"""The agents' pages: what is wrong is said beside the field with its code, nothing is lost, each role has its own."""

from html import unescape
from megalis.portal.kernel import journal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.rules import tabular
from megalis.portal.organisations import create
from plone.uuid.interfaces import IUUID
from tests.marches.scene import HOLDER

import csv
import io
import json
import pytest
import transaction


@pytest.fixture
def draft(served):
    record = served.add(ccag="", montant="")
    transaction.commit()
    served.key = record.key
    served.url = served.a.absolute_url()
    return served


def record_of(scene):
    transaction.begin()
    return store.get(scene.site, scene.key)


def read(browser):
    """Return what the page says, its no-break spaces made plain."""
    return unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def field(browser, name):
    """Return the HTML of the field of a form page."""
    return read(browser).partition(f'id="champ-{name}"')[2].partition('id="champ-')[0]


def status(browser):
    return int(browser.headers["status"].split()[0])


class TestCompleting:
    def test_each_missing_field_is_explained_beside_it_with_its_code(self, draft, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{draft.url}/@@contrat?contrat={draft.key}")
        assert "2 points à compléter" in read(browser)
        browser.getLink("Compléter").click()
        for name in ("ccag", "montant"):
            assert "decp.manque" in field(browser, name)
        assert "decp." not in field(browser, "procedure")

    def test_what_is_wrong_is_refused_and_what_was_typed_stays(self, draft, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{draft.url}/@@contrat-modifier?contrat={draft.key}")
        browser.getControl(name="montant").value = "-12"
        browser.getControl(name="id").value = "IDENTIFIANT-TROP-LONG"
        browser.getControl(name="titulaires.0.id").value = HOLDER[:-1] + str((int(HOLDER[-1]) + 1) % 10)
        browser.getControl("Publier").click()
        assert status(browser) == 422
        assert "decp.montant" in field(browser, "montant") and "decp.longueur" in field(browser, "id")
        assert "decp.titulaire-siret" in field(browser, "titulaires")
        assert browser.getControl(name="montant").value == "-12"
        assert record_of(draft).versions == ()

    def test_a_buyer_completes_and_publishes(self, draft, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{draft.url}/@@contrat-modifier?contrat={draft.key}")
        browser.getControl(name="montant").value = "98 000,00"
        browser.getControl(name="ccag").value = ["Travaux"]
        browser.getControl("Publier").click()
        assert "Données essentielles publiées" in read(browser)
        assert record_of(draft).last.raw["montant"] == 98000
        browser.getLink("Page publique").click()
        assert "98" in read(browser) and "Historique des publications" in read(browser)

    def test_an_unfinished_entry_is_kept_and_another_row_is_offered(self, draft, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{draft.url}/@@contrat-modifier?contrat={draft.key}")
        browser.getControl(name="titulaires.1.id").value = "44306184100013"
        browser.getControl("Ajouter une ligne").click()
        assert browser.getControl(name="titulaires.2.id").value == ""
        browser.getControl(name="objet").value = "Voirie, lot 1, suite"
        browser.getControl("Garder la saisie", index=1).click()
        assert record_of(draft).raw["objet"] == "Voirie, lot 1, suite"
        assert len(record_of(draft).raw["titulaires"]) == 2 and record_of(draft).versions == ()

    def test_a_reader_sees_and_changes_nothing_and_a_neighbour_sees_nothing(self, draft, open_as):
        reader = open_as("lecteurs")
        reader.open(f"{draft.url}/@@contrat?contrat={draft.key}")
        assert status(reader) == 200 and "Compléter" not in read(reader)
        reader.open(f"{draft.url}/@@contrat-modifier?contrat={draft.key}")
        assert "montant" not in read(reader)
        other = open_as("acheteurs")
        other.open(f"{draft.b.absolute_url()}/@@contrat?contrat={draft.key}")
        assert "Voirie" not in read(other)
        other.open(f"{draft.url}/@@contrat?contrat={'0' * 32}")
        assert status(other) == 404


class TestAfterwards:
    @pytest.fixture
    def published(self, served):
        record = served.add()
        recording.publish(record)
        transaction.commit()
        served.key, served.url = record.key, served.a.absolute_url()
        return served

    def test_an_amendment_is_entered_from_the_page_of_the_contract(self, published, open_as):
        browser = open_as("valideurs")
        browser.open(f"{published.url}/@@contrat?contrat={published.key}")
        browser.getLink("Modification (avenant)").click()
        browser.getControl(name="dateNotificationModification").value = "2026-04-28"
        browser.getControl("Publier").click()
        assert status(browser) == 422 and "marches.modification-vide" in read(browser)
        browser.getControl(name="montant").value = "150 000"
        browser.getControl(name="fondement").value = ["mod-rev"]
        browser.getControl("Publier").click()
        assert "n° 1 : publication faite" in read(browser) and "+25" in read(browser)
        browser.getLink("Corriger").click()
        browser.getControl(name="montant").value = "140 000"
        browser.getControl(name="motif").value = "Erreur de saisie"
        browser.getControl("Publier").click()
        assert [version.act for version in record_of(published).versions] == [
            "publication",
            "modification",
            "rectification",
        ]

    def test_one_beyond_the_limit_of_its_ground_is_confirmed_with_its_reason(self, published, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{published.url}/@@contrat?contrat={published.key}")
        browser.getLink("Modification (avenant)").click()
        browser.getControl(name="dateNotificationModification").value = "2026-04-28"
        browser.getControl(name="montant").value = "190000"
        browser.getControl("Publier").click()
        assert status(browser) == 422 and "marches.fondement" in read(browser)
        browser.getControl("Fondement de la modification").displayValue = [
            "Prestations supplémentaires devenues nécessaires (R. 2194-2)"
        ]
        browser.getControl("Publier").click()
        assert status(browser) == 422 and "58,3 % du montant signé, 50 % au plus" in read(browser)
        browser.getControl("Je confirme cette modification malgré la limite").selected = True
        browser.getControl("Publier").click()
        assert status(browser) == 422 and "marches.limite-motif" in read(browser)
        browser.getControl("Pourquoi la limite est dépassée").value = "L’acheteur est une entité adjudicatrice."
        browser.getControl("Publier").click()
        assert status(browser) == 200 and "publication faite" in read(browser)
        assert "Limite dépassée" in read(browser) and "L’acheteur est une entité adjudicatrice." in read(browser)
        assert "over" in record_of(published).bases["1"]

    def test_an_act_of_subcontracting_then_its_modification(self, published, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{published.url}/@@contrat?contrat={published.key}")
        browser.getLink("Acte de sous-traitance").click()
        for name, value in (
            ("sousTraitant.id", "44306184100013"), ("dureeMois", "3"), ("dateNotification", "2026-04-29"), ("montant", "5000"),
        ):  # fmt: skip
            browser.getControl(name=name).value = value
        browser.getControl(name="variationPrix").value = ["Ferme"]
        browser.getControl("Publier").click()
        browser.getLink("Modification d’un acte de sous-traitance").click()
        browser.getControl(name="id").value = ["1"]
        browser.getControl(name="dateNotificationModificationSousTraitance").value = "2026-05-02"
        browser.getControl(name="montant").value = "6000"
        browser.getControl("Publier").click()
        raw = record_of(published).last.raw
        (change,) = raw["modificationsActesSousTraitance"]
        assert change["modificationActeSousTraitance"]["montant"] == 6000

    def test_a_correction_needs_its_reason(self, published, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{published.url}/@@contrat?contrat={published.key}")
        browser.getLink("Rectifier les données").click()
        browser.getControl(name="offresRecues").value = "5"
        browser.getControl("Publier la rectification").click()
        assert "marches.motif" in read(browser) and browser.getControl(name="offresRecues").value == "5"
        browser.getControl(name="motif").value = "Deux offres n’étaient pas comptées."
        browser.getControl("Publier la rectification").click()
        assert "version 2" in read(browser) and "Offres reçues" in read(browser)

    def test_what_was_published_by_mistake_is_withdrawn(self, published, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{published.url}/@@contrat?contrat={published.key}")
        browser.getControl(name="motif").value = "En double"
        browser.getControl("Retirer ce contrat").click()
        assert record_of(published).state == store.WITHDRAWN
        assert journal.events(published.a, "donnees-essentielles")[-1]["acte"] == "retrait"


class TestMadeElsewhere:
    def send(self, browser, url, name, data, publish=True):
        browser.open(f"{url}/@@importer-contrats")
        browser.getControl(name="fichier").add_file(io.BytesIO(data), "application/octet-stream", name)
        browser.getControl(name="publier").value = ["1"] if publish else []
        browser.getControl("Importer", index=0).click()

    def test_a_contract_is_entered_by_hand(self, served, open_as):
        browser = open_as("acheteurs")
        browser.open(f"{served.a.absolute_url()}/@@contrats")
        browser.getControl("Saisir une concession").click()
        assert "Autorité concédante" in read(browser) and "Brouillon créé" in read(browser)

    def test_the_list_leaves_as_a_table_as_its_tab_and_its_words_leave_it(self, served, open_as):
        create.etablissement(create.entreprise("Toitures d’Armor", HOLDER[:9]), HOLDER, head_office=True)
        served.add()
        served.add(id="2026-VOI-02", objet="Voirie, lot 2", montant="")
        transaction.commit()
        browser = open_as("lecteurs")
        browser.open(f"{served.a.absolute_url()}/@@contrats?q=VOI-01")
        assert "Toitures d’Armor" in read(browser)
        browser.getLink(url="contrats.csv").click()
        (head, row) = csv.reader(io.StringIO(browser.contents.lstrip("\ufeff")), delimiter=";")
        assert head[:2] == ["Contrat", "Objet"]
        assert row[:2] == ["2026-VOI-01-L1", "Voirie, lot 1"] and "Toitures d’Armor" in row[4]
        assert row[5:8] == ["120000,50", "20/04/2026", "20/06/2026"]
        browser.open(f"{served.a.absolute_url()}/@@contrats.csv?etat=brouillon")
        rows = list(csv.reader(io.StringIO(browser.contents.lstrip("\ufeff")), delimiter=";"))
        assert [row[8] for row in rows[1:]] == ["", "1 point"]
        browser.open(f"{served.a.absolute_url()}/@@contrats.pdf")
        assert browser.contents.startswith(b"%PDF-")

    def test_a_file_is_imported_published_and_not_taken_twice(self, served, open_as):
        raw = {**served.add().raw, "datePublicationDonnees": "2026-04-30"}
        other = {**raw, "id": "VOISIN", "acheteur": {"id": served.b.siret}}
        data = json.dumps({"marches": {"marche": [raw, other]}}, default=float).encode()
        transaction.abort()
        browser, url = open_as("acheteurs"), served.a.absolute_url()
        self.send(browser, url, "decp.json", data)
        assert "Publié" in read(browser) and "D’un autre acheteur, laissé" in read(browser)
        transaction.begin()
        (row,) = store.rows(served.site, IUUID(served.a))
        assert store.get(served.site, row.key).last.raw["datePublicationDonnees"] == "2026-04-30"
        self.send(browser, url, "decp.json", data)
        assert "Déjà là, laissé" in read(browser)
        transaction.begin()
        assert len(store.rows(served.site)) == 1

    def test_a_table_makes_drafts_of_what_lacks_something(self, served, open_as):
        data = b"genre;id;objet;acheteur.id;montant\r\nMarch\xe9;A1;Curage;%s;-3\r\n" % served.a.siret.encode()
        browser = open_as("acheteurs")
        self.send(browser, served.a.absolute_url(), "a.csv", data)
        assert "Brouillon à compléter" in read(browser) and "decp." in read(browser)
        transaction.begin()
        (record,) = store.in_state(served.site, IUUID(served.a), store.DRAFT)
        assert record.raw["montant"] == -3 and tabular.COLUMNS

    @pytest.mark.parametrize("data", [b"", b"{", b"<a/>", b"x;y\r\n1;2", b"\xff\xfe\x00", b'{"marches":[]}'])
    def test_a_bad_file_is_refused_with_its_reasons(self, served, open_as, data):
        browser = open_as("acheteurs")
        self.send(browser, served.a.absolute_url(), "a.json", data)
        assert status(browser) == 422
        assert "decp." in read(browser) or "marches." in read(browser)
