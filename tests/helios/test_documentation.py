"""What the documentation shows of flows is what programs get."""

from megalis.portal.formats.pes import states
from tests.actes.conftest import numbers_from_1
from tests.formats import pes_flows as flows
from tests.helios.conftest import a_flow
from tests.helios.conftest import equip
from tests.helios.conftest import rounds
from tests.helios.conftest import SENDER
from tests.helios.test_programs import Client
from tests.helios.test_programs import IMPORT
from tests.helios.test_programs import only
from tests.helios.test_programs import STATUS
from tests.recording import compare
from tests.recording import steadied
from urllib.parse import urlsplit

import json
import pytest
import transaction


STEADY = (
    (r"[0-9a-f]{32,64}", lambda found: "f" * len(found[0])),
    (r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", "2026-03-17T08:30:00Z"),
    (r'"octets": [0-9]+', '"octets": 48213'),
    (r"(PESALR2_[0-9]{14})_[0-9]{6}", r"\1_260317"),
    (r"(PES_RETOUR_[0-9]{6})_[0-9]{12}-[0-9]+", r"\1_260317083000-00000001"),
    (r'DteStr V="[0-9-]{10}"', 'DteStr V="2026-03-17"'),
    (r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}[.0-9]*", "2026-03-17 08:30:00"),
    (r"http://localhost:[0-9]+/plone", "https://portail.exemple.bzh"),
)


@pytest.fixture
def world(functional_portal):
    numbers_from_1(functional_portal)
    found = equip(functional_portal)
    found.portal = functional_portal
    transaction.commit()
    return found


def told(client, method, address, headers, body=""):
    """Return the text of an example: what was asked, what the browser got."""
    address = address.removeprefix(client.url)
    lines = [f"{method} {address} HTTP/1.1", "Host: portail.exemple.bzh", *headers, "Authorization: Basic …"]
    text = "\n".join(lines) + "\n" + (f"\n{body}\n" if body else "")
    kind = client.browser.headers["content-type"]
    answer = client.browser.contents
    if "json" in kind:
        kind, answer = "application/json", json.dumps(json.loads(answer), ensure_ascii=False, indent=2)
    text += f"\nHTTP/1.1 {client.browser.headers['status']}\n"
    if place := client.browser.headers.get("location"):
        text += f"Location: {place}\n"
    return steadied(f"{text}Content-Type: {kind}\n\n{answer.strip()}\n", STEADY)


def test_our_own_addresses_answer_as_they_are_shown(world, office):
    client = Client(world, SENDER)
    common = ("Accept: application/json", "X-Requested-With: logiciel")
    for header in common:
        client.browser.addHeader(*header.split(": "))
    place, shown = f"{world.a.absolute_url()}/@pes", {}

    def ask(name, address, body=None, kind="application/xml", sent=""):
        client.json(address, body, kind)
        method = "GET" if body is None else "POST"
        head = common if body is None else (*common, f"Content-Type: {kind}")
        shown[name] = told(client, method, address, head, sent or (body.decode() if body else ""))
        return json.loads(client.browser.contents)

    flow = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<n:PES_Aller xmlns:n=…'
    made = ask("deposer", f"{place}?nom=novembre.xml", a_flow("FLUX1 [mixte]"), sent=flow)
    ask("double", place, a_flow("FLUX1 [mixte]"), sent=flow)
    ask("transmettre", f"{made['@id']}/@pes", b'{"faire": "transmettre"}', "application/json")
    transaction.begin()
    flux = world.registre[urlsplit(made["@id"]).path.rpartition("/")[2]]
    rounds(world.portal, lambda: flux.etat == states.MIXTE)
    transaction.commit()
    ask("lire", f"{made['@id']}/@pes")
    ask("lister", f"{place}?page=1")
    wrong = client.json(place, a_flow("FAUX", bordereaux=flows.bordereau(7, amount="11.00")))
    ask("refuser", f"{wrong['@id']}/@pes", b'{"faire": "transmettre"}', "application/json")
    ask("abandonner", f"{wrong['@id']}/@pes", b'{"faire": "abandonner"}', "application/json")
    compare("pes", shown)


def test_the_addresses_of_s2low_answer_as_they_are_shown(world, office):
    pastell, shown = Client(world, SENDER), {}

    def get(name, path):
        pastell.get(path)
        shown[name] = told(pastell, "GET", path, ())

    sent = ("Content-Type: multipart/form-data; boundary=…",)
    number = pastell.give(a_flow("FLUX1 [retour]")).findtext("id")
    shown["importer"] = told(pastell, "POST", IMPORT, sent, "enveloppe=@flux.xml")
    pastell.give(a_flow("FLUX1 [retour]"))
    shown["double"] = told(pastell, "POST", IMPORT, sent, "enveloppe=@flux.xml")
    get("etat-transmis", STATUS + number)
    flux = only(world)
    rounds(world.portal, lambda: flux.etat == states.ACQUITTE and len(world.registre.retours) == 1)
    transaction.commit()
    get("etat", STATUS + number)
    get("acquit", f"/modules/helios/helios_download_acquit.php?id={number}")
    get("liste", "/modules/helios/api/helios_get_list.php")
    (retour,) = world.registre.retours.values()
    get("retour", f"/modules/helios/api/helios_get_retour.php?id={retour.number}")
    get("lu", f"/modules/helios/api/helios_change_status.php?id={retour.number}")
    compare("s2low-pes", shown)
