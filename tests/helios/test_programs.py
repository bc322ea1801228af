"""Programs deposit flows and follow them: by the addresses of S²LOW, by ours, by files in a shared folder."""

from base64 import b64encode
from lxml import etree
from megalis.portal.formats.pes import states
from megalis.portal.helios import dropping
from megalis.portal.helios import examining
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.kernel import outbox
from megalis.portal.kernel.dropping import safe
from plone.testing.zope import Browser
from tests.formats import pes_flows as flows
from tests.helios.conftest import a_flow
from tests.helios.conftest import CLERK
from tests.helios.conftest import deposited
from tests.helios.conftest import equip
from tests.helios.conftest import NO_FLOW
from tests.helios.conftest import PASSWORD
from tests.helios.conftest import rounds
from tests.helios.conftest import SENDER

import json
import os
import pytest
import transaction


IMPORT = "/modules/helios/api/helios_importer_fichier.php"
STATUS = "/modules/helios/api/helios_transac_get_status.php?transaction="


@pytest.fixture
def world(functional_portal):
    found = equip(functional_portal)
    found.portal = functional_portal
    transaction.commit()
    return found


class Client:
    """A program with the account of an agent."""

    def __init__(self, world, login):
        self.url = world.portal.absolute_url()
        self.browser = Browser(world.portal.aq_parent)
        self.browser.handleErrors = True
        self.browser.raiseHttpErrors = False
        self.browser.addHeader("Authorization", f"Basic {b64encode(f'{login}:{PASSWORD}'.encode()).decode()}")

    @property
    def status(self):
        return int(self.browser.headers["status"].split()[0])

    def get(self, path):
        self.browser.open(self.url + path)
        return self.browser.contents

    def xml(self, path):
        return etree.fromstring(self.get(path).encode("iso-8859-1"))

    def give(self, data, name="flux.xml"):
        border = "----frontiere"
        head = f'--{border}\r\nContent-Disposition: form-data; name="enveloppe"; filename="{name}"\r\n'
        body = f"{head}Content-Type: text/xml\r\n\r\n".encode() + data + f"\r\n--{border}--\r\n".encode()
        self.browser.post(self.url + IMPORT, body, f"multipart/form-data; boundary={border}")
        return etree.fromstring(self.browser.contents.encode("iso-8859-1"))

    def json(self, address, body=None, kind="application/xml"):
        """GET an address, or POST a body; return the JSON answer."""
        if body is None:
            self.browser.open(address)
        else:
            self.browser.post(address, body, kind)
        return json.loads(self.browser.contents)


@pytest.fixture
def pastell(world):
    return Client(world, SENDER)


@pytest.fixture
def software(world):
    """A program that speaks our own addresses."""
    found = Client(world, SENDER)
    found.browser.addHeader("Accept", "application/json")
    found.browser.addHeader("X-Requested-With", "logiciel")
    return found


def only(world):
    transaction.begin()
    (flux,) = world.registre.objectValues()
    return flux


def test_a_flow_is_imported_sent_acknowledged_and_its_return_read_as_pastell_does(world, pastell, office):
    said = pastell.give(a_flow("FLUX1 [retour]"))
    assert said.findtext("resultat") == "OK"
    number = said.findtext("id")
    flux = only(world)
    assert flux.origin == "S²LOW"
    assert pastell.xml(STATUS + number).findtext("status") == "2"
    rounds(world.portal, lambda: flux.etat == states.ACQUITTE and len(world.registre.retours) == 1)
    transaction.commit()
    found = pastell.xml(STATUS + number)
    assert (found.findtext("status"), found.findtext("message")) == ("8", "Information disponible")
    assert "PES_ACQUIT" in pastell.get(f"/modules/helios/helios_download_acquit.php?id={number}")
    listed = pastell.xml("/modules/helios/api/helios_get_list.php")
    (one,) = listed.findall("pes_retour")
    assert "PES_Retour" in pastell.get(f"/modules/helios/api/helios_get_retour.php?id={one.findtext('id')}")
    read = pastell.xml(f"/modules/helios/api/helios_change_status.php?id={one.findtext('id')}")
    assert read.findtext("resultat") == "OK"
    assert not pastell.xml("/modules/helios/api/helios_get_list.php").findall("pes_retour")


def test_what_is_wrong_is_told_in_the_form_of_the_interface_and_nothing_stays(world, pastell):
    for data, words in (
        (NO_FLOW, "pas un flux PES connu"),
        (a_flow(bordereaux=flows.bordereau(7, amount="11.00")), "annonce 11 "),
    ):
        said = pastell.give(data)
        assert said.findtext("resultat") == "KO" and words in said.findtext("message")
    transaction.begin()
    assert not world.registre.objectIds()
    assert pastell.xml(f"{STATUS}999").findtext("resultat") == "KO"
    assert pastell.get("/modules/helios/helios_download_acquit.php?id=999").startswith("KO")


def test_a_clerk_imports_and_his_flow_waits_for_a_sender(world):
    said = Client(world, CLERK).give(a_flow())
    assert said.findtext("resultat") == "OK"
    flux = only(world)
    assert flux.etat == states.DEPOSE and flux.submitted_at is not None
    stranger = Client(world, "acheteurs@a.exemple.fr")
    assert stranger.give(a_flow("AUTRE")).findtext("resultat") == "KO"
    assert stranger.xml(STATUS + said.findtext("id")).findtext("resultat") == "KO"


def test_a_large_flow_a_clerk_imports_is_asked_for_once_the_worker_has_checked_it(world, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 100)
    assert Client(world, CLERK).give(a_flow()).findtext("resultat") == "OK"
    flux = only(world)
    assert (flux.etat, flux.submitted_at) == (states.A_CONTROLER, None)
    (message,) = [item for item in outbox.messages(world.portal) if item.kind == examining.KIND]
    examining.Examiner().send(world.portal, message)
    assert flux.etat == states.DEPOSE and flux.submitted_at is not None
    assert [moment.words for moment in flux.history][-1] == "Transmission demandée"


def test_where_two_people_are_wanted_what_a_program_imports_waits_for_the_second(world, pastell):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "deux_personnes": True})
    transaction.commit()
    assert pastell.give(a_flow()).findtext("resultat") == "OK"
    flux = only(world)
    assert flux.etat == states.DEPOSE and flux.submitted_at is not None


def test_a_flow_is_deposited_sent_and_followed_by_our_own_addresses(world, software, office):
    place = f"{world.a.absolute_url()}/@pes"
    made = software.json(f"{place}?nom=nov.xml&transmettre=1", a_flow("FLUX1 [mixte]"))
    assert (software.status, made["fichier"], made["etat"]) == (201, "nov.xml", "a-transmettre")
    flux = only(world)
    rounds(world.portal, lambda: flux.etat == states.MIXTE)
    transaction.commit()
    found = software.json(f"{made['@id']}/@pes")
    assert (found["code"], found["anomalies"][0]["ligne"], found["sha256"]) == (8, "2", flux.sha256)
    listed = software.json(place)
    assert (listed["total"], listed["flux"][0]["etat"]) == (1, "acquitte-en-partie")


def test_our_own_addresses_refuse_with_a_code(world, software):
    place = f"{world.a.absolute_url()}/@pes"
    assert software.json(place, NO_FLOW)["code"] == "pes.racine" and software.status == 422
    made = software.json(place, a_flow())
    assert software.json(place, a_flow())["code"] == "pes.flux-double" and software.status == 409
    here = f"{made['@id']}/@pes"
    assert software.json(here, b'{"faire": "danser"}', "application/json")["code"] == "pes.action"
    assert software.json(here, b'{"faire": "renvoyer"}', "application/json")["code"] == "pes.transition"
    assert software.json(here, b'{"faire": "abandonner"}', "application/json")["etat"] == "abandonne"
    wrong = software.json(place, a_flow("FAUX", bordereaux=flows.bordereau(7, amount="11.00")))
    refused = software.json(f"{wrong['@id']}/@pes", b'{"faire": "transmettre"}', "application/json")
    assert [item["code"] for item in refused["erreurs"]] == ["pes.montant-bordereau"] and software.status == 422
    clerk = Client(world, CLERK)
    for name, value in (("Accept", "application/json"), ("X-Requested-With", "logiciel")):
        clerk.browser.addHeader(name, value)
    assert clerk.json(f"{place}?transmettre=1", a_flow("FLUX3"))["code"] == "pes.role" and clerk.status == 403


@pytest.fixture
def shared(world, tmp_path, monkeypatch):
    """The folder shared with the software of the commune."""
    root = tmp_path / "echanges"
    (root / world.a.siren).mkdir(parents=True)
    monkeypatch.setenv("MEGALIS_PES_DEPOT", str(root))
    dropping.work()
    return root / world.a.siren


def drop(shared, name, data):
    (shared / "entree" / name).write_bytes(data)
    dropping.work()
    transaction.commit()
    return json.loads((shared / "sortie" / f"{safe(name)}.rapport.json").read_text("utf-8"))


def test_a_dropped_flow_leaves_by_itself_where_that_is_wanted_and_its_answer_is_put_back(world, shared, office):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "automatique": True})
    report = drop(shared, "novembre.xml", a_flow())
    assert (report["etat"], report["erreurs"]) == ("a-transmettre", [])
    assert [path.name for path in (shared / "traites").iterdir()] == ["novembre.xml"]
    flux = only(world)
    rounds(world.portal, lambda: flux.etat == states.ACQUITTE)
    transaction.commit()
    assert b"PES_ACQUIT" in (shared / "sortie" / "novembre.acquit-1.xml").read_bytes()


def test_a_dropped_flow_waits_for_a_person_otherwise_and_what_is_wrong_is_reported(world, shared):
    assert drop(shared, "novembre.xml", a_flow())["etat"] == "depose"
    assert drop(shared, "encore.xml", a_flow())["code"] == "pes.flux-double"
    assert drop(shared, "rien.xml", b"")["code"] == "pes.vide"
    wrong = drop(shared, "faux.xml", a_flow("FAUX", bordereaux=flows.bordereau(7, amount="11.00")))
    assert [item["code"] for item in wrong["erreurs"]] == ["pes.montant-bordereau"]
    assert sorted(path.name for path in (shared / "rejets").iterdir()) == ["encore.xml", "rien.xml"]


def test_a_link_dropped_among_the_flows_is_not_followed(world, shared, tmp_path):
    (tmp_path / "ailleurs.xml").write_bytes(a_flow())
    os.symlink(tmp_path / "ailleurs.xml", shared / "entree" / "lien.xml")
    dropping.work()
    transaction.commit()
    report = json.loads((shared / "sortie" / "lien.xml.rapport.json").read_text("utf-8"))
    assert report["code"] == "pes.depot.lien"
    assert (tmp_path / "ailleurs.xml").is_file()


def test_flows_of_one_minute_are_listed_in_the_order_they_came_in_and_pages_share_nothing(world, software, monkeypatch):
    monkeypatch.setattr("megalis.portal.helios.services.flows.PAGE", 5)
    names = [f"FLUX{rank}" for rank in range(12)]
    for name in names:
        deposited(world, name)
    transaction.commit()
    address = f"{world.a.absolute_url()}/@pes"
    pages = [software.json(f"{address}?page={number}")["flux"] for number in (1, 2, 3)]
    assert [item["nomfic"] for page in pages for item in page] == names[::-1]
