"""Programs make, follow and transmit acts with the account of an agent; the documentation shows what is answered."""

from base64 import b64encode
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from plone.testing.zope import Browser
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import numbers_from_1
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import values
from tests.recording import compare
from tests.recording import steadied
from types import SimpleNamespace
from urllib.parse import urlsplit

import http.client
import json
import pytest
import transaction


SENDER, WRITER = "transmetteurs-actes@a.exemple.fr", "redacteurs-actes@a.exemple.fr"
ACTE = {
    "numero": "D2026_012",
    "date_decision": "2026-03-16",
    "nature": 1,
    "matiere": "8.4",
    "objet": "Aménagement du bourg",
}
STEADY = (
    (r"[0-9a-f]{32,64}", lambda found: "f" * len(found[0])),
    (r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", "2026-03-17T08:30:00Z"),
    (r'"octets": [0-9]+', '"octets": 48213'),
    (r'"recu_le": "[0-9-]+"', '"recu_le": "2026-03-17"'),
    (r"http://localhost:[0-9]+/plone", "https://portail.exemple.bzh"),
)


@pytest.fixture
def world(functional_portal):
    numbers_from_1(functional_portal)
    found = equip(functional_portal)
    found.portal = functional_portal
    transaction.commit()
    return found


@pytest.fixture
def call(world):
    """Return a function: method, what follows ``@actes/<SIREN>``, body, login -> the answer."""
    base = urlsplit(world.portal.absolute_url())

    def send(method, address="", body=None, login=SENDER, kind="application/json", siren=world.a.siren, **headers):
        headers = {"Accept": "application/json", **headers}
        if login:
            headers["Authorization"] = "Basic " + b64encode(f"{login}:{PASSWORD}".encode()).decode()
        if body is not None:
            headers["Content-Type"] = kind
            body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        connection = http.client.HTTPConnection(base.netloc)
        connection.request(method, f"{base.path}/@actes/{siren}{address}", body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        transaction.begin()
        kept = json.loads(data) if "json" in (answer.headers.get("Content-Type") or "") else None
        return SimpleNamespace(status=answer.status, reason=answer.reason, headers=answer.headers, body=data, json=kept)

    return send


def document(name="deliberation.pdf", data=None):
    return {"nom": name, "type": "99_DE", "contenu": b64encode(data or a_pdf()).decode()}


@pytest.fixture
def made(call):
    """The answer that made a whole act."""
    return call("POST", "", {**ACTE, "documents": [document()]})


def test_an_act_is_made_with_its_documents_transmitted_and_followed_to_its_cancellation(world, call, made, office):
    assert made.status == 201
    assert made.headers["Location"].endswith(f"/@actes/{world.a.siren}/{made.json['id']}")
    assert made.json["a_completer"] == []
    here = f"/{made.json['id']}"
    added = call("PUT", f"{here}/documents/plan.pdf?type=99_DE", a_pdf("Plan"), kind="application/pdf")
    assert [item["nom"] for item in added.json["documents"]] == ["deliberation.pdf", "plan.pdf"]
    again = call("PUT", f"{here}/documents/plan.pdf?type=99_DE", a_pdf("Plan corrigé"), kind="application/pdf")
    assert len(again.json["documents"]) == 2
    assert call("POST", f"{here}/transmettre").json["etat"] == states.A_TRANSMETTRE
    acte = world.registre[made.json["id"]]
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    read = call("GET", here).json
    assert (read["etat"], read["code"]) == (states.ACQUITTE, 4)
    assert read["identifiant"] == "022-212202782-20260316-D2026_012-DE"
    assert "1-2" in [moment["message"] for moment in read["historique"]]
    piece = read["documents"][0]["id"]
    assert call("GET", f"{here}/documents/{piece}?forme=tamponne").body.startswith(b"%PDF")
    assert call("POST", f"{here}/transmettre").status == 409
    assert call("POST", f"{here}/annuler").json["etat"] == states.ANNULATION_DEMANDEE
    assert call("GET", "?etat=annulation-demandee").json["total"] == 1


def test_a_draft_is_changed_and_its_transmission_asked_for_by_who_only_prepares(world, call):
    made = call("POST", "", {**ACTE, "documents": [document()]}, login=WRITER).json
    here = f"/{made['id']}"
    changed = call("PUT", here, {**ACTE, "objet": "Tarifs de la cantine"}, login=WRITER)
    assert changed.json["objet"] == "Tarifs de la cantine"
    refused = call("POST", f"{here}/transmettre", login=WRITER)
    assert (refused.status, refused.json["code"]) == (403, "droit")
    assert call("POST", f"{here}/demander", login=WRITER).status == 200
    assert world.registre[made["id"]].submitted_at is not None


def test_every_mistake_is_said_with_its_code_and_nothing_is_made(world, call):
    wrong = {**ACTE, "numero": "n° 1", "date_decision": "2126-01-01", "matiere": "99.9"}
    answer = call("POST", "", wrong)
    assert answer.status == 422
    assert [item["code"] for item in answer.json["erreurs"]] == [
        "actes.numero", "actes.date-future", "actes.matiere-inconnue",
    ]  # fmt: skip
    assert not world.registre.objectIds()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "json"),
        (b"[" * 100_000, 400, "json"),
        (b"\xff", 400, "json"),
        ([], 422, "actes.depot-fiche"),
        ({**ACTE, "couleur": "bleu"}, 422, "actes.depot-fiche"),
        ({**ACTE, "documents": {}}, 400, "documents"),
        ({**ACTE, "documents": [{"nom": "a.pdf"}]}, 400, "documents"),
        ({**ACTE, "documents": [{"nom": "a.pdf", "contenu": "pas du base64 !"}]}, 400, "documents"),
        ({**ACTE, "documents": [document("a.exe", b"MZ")]}, 422, "actes.format"),
        ({**ACTE, "documents": [document("a.pdf", b"%PDF-1.4 rien")]}, 422, "actes.pdf-illisible"),
    ],
)
def test_a_body_that_is_not_an_act_is_refused_and_nothing_is_made(world, call, body, status, code):
    answer = call("POST", "", body)
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert not world.registre.objectIds()


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/inconnu", 404),
        ("PUT", "", 405),
        ("POST", "/inconnu/voler", 404),
        ("GET", "?etat=perdu", 400),
        ("GET", "/../../secret", 404),
    ],
)
def test_an_address_that_means_nothing_is_told_so(call, method, address, status):
    assert call(method, address, {} if method != "GET" else None).status == status


def test_a_number_that_is_taken_is_a_conflict(call, made):
    answer = call("POST", "", ACTE)
    assert (answer.status, answer.json["code"]) == (409, "actes.numero-double")


def test_nobody_without_an_account_and_no_neighbour_learns_anything(world, call, made):
    ready(world, "AUTRE")
    transaction.commit()
    here = f"/{made.json['id']}"
    assert call("GET", here, login=None).status == 401
    assert call("GET", here, login="administrateurs@b.exemple.fr").status == 404
    assert call("GET", "", login="gerant@toitures.exemple.fr").status == 404
    assert call("POST", "", ACTE, login="lecteurs@a.exemple.fr").status == 403
    assert call("GET", "", login="lecteurs@a.exemple.fr").json["total"] == 2


def test_the_session_of_a_browser_opens_nothing_here(world, call, made):
    browser = Browser(world.portal.aq_parent)
    browser.open(f"{world.portal.absolute_url()}/login")
    browser.getControl(name="__ac_name").value = SENDER
    browser.getControl(name="__ac_password").value = PASSWORD
    browser.getForm(index=-1).submit()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    answer = call("POST", f"/{made.json['id']}/transmettre", {}, login=None, Cookie=cookie)
    assert answer.status == 401
    assert world.registre[made.json["id"]].etat == states.BROUILLON


# documentation


def told(method, address, body, answer):
    """Return the text of an example, what changes from run to run made steady."""
    head = f"{method} /@actes/212202782{address} HTTP/1.1\nHost: portail.exemple.bzh\nAccept: application/json\nAuthorization: Basic …\n"
    if body is not None:
        shown = {**body, "documents": [{**item, "contenu": "JVBERi0…"} for item in body["documents"]]}
        head += "Content-Type: application/json\n\n" + json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
    text = f"{head}\nHTTP/1.1 {answer.status} {answer.reason}\nContent-Type: application/json\n\n"
    text += json.dumps(answer.json, ensure_ascii=False, indent=2) + "\n"
    return steadied(text, STEADY)


def test_the_documentation_shows_what_the_platform_answers(world, call, office):
    body = {**ACTE, "documents": [document()]}
    made = call("POST", "", body)
    here = f"/{made.json['id']}"
    shown = {"creer": told("POST", "", body, made)}
    shown["double"] = told("POST", "", {**body, "documents": []}, call("POST", "", {**ACTE, "documents": []}))
    sent = call("POST", f"{here}/transmettre")
    shown["transmettre"] = told("POST", f"{here}/transmettre", None, sent)
    acte = world.registre[made.json["id"]]
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    shown["lire"] = told("GET", here, None, call("GET", here))
    shown["liste"] = told("GET", "?etat=acquitte", None, call("GET", "?etat=acquitte"))
    shown["annuler"] = told("POST", f"{here}/annuler", None, call("POST", f"{here}/annuler"))
    compare("actes", shown)


def test_acts_of_one_minute_keep_their_order_and_one_is_found_by_its_number(world, call, monkeypatch):
    monkeypatch.setattr("megalis.portal.actes.services.PAGE", 5)
    numbers = [f"D2026_{rank}" for rank in range(12)]
    for number in numbers:
        service.draft(world.a, values(number), world.redacteurs)
    transaction.commit()
    pages = [call("GET", f"?page={number}").json["actes"] for number in (1, 2, 3)]
    assert [item["numero"] for page in pages for item in page] == numbers[::-1]
    (one,) = call("GET", "?numero=d2026_7").json["actes"]
    assert one["numero"] == "D2026_7"
