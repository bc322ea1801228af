"""Software that knows S²LOW sends acts here and follows them, without knowing that it changed operator."""

from base64 import b64encode
from datetime import date
from io import BytesIO
from megalis.portal.actes import archiving
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from plone.namedfile.file import NamedBlobFile
from plone.testing.zope import Browser
from pypdf import PdfReader
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import mails
from tests.actes.conftest import numbers_from_1
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.recording import compare
from tests.recording import steadied

import json
import pytest
import tarfile
import transaction


@pytest.fixture
def world(functional_portal):
    numbers_from_1(functional_portal)
    found = equip(functional_portal)
    found.portal = functional_portal
    transaction.commit()
    return found


class Client:
    """A program with an account."""

    def __init__(self, world, login):
        self.url = world.portal.absolute_url()
        self.browser = Browser(world.portal.aq_parent)
        self.browser.handleErrors = True
        self.browser.raiseHttpErrors = False
        if login:
            key = b64encode(f"{login}:{PASSWORD}".encode()).decode()
            self.browser.addHeader("Authorization", f"Basic {key}")

    def get(self, path):
        self.browser.open(self.url + path)
        return self.browser.contents

    def get_bytes(self, path):
        found = self.get(path)
        return found if isinstance(found, bytes) else found.encode("latin-1")

    def post(self, path, values, files=()):
        border = "----frontiere"
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode("latin-1")
            for name, value in values
        ]
        for name, filename, data in files:
            head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            parts.append(f"{head}Content-Type: application/pdf\r\n\r\n".encode("latin-1") + data + b"\r\n")
        body = b"".join(parts) + f"--{border}--\r\n".encode()
        self.browser.post(self.url + path, body, f"multipart/form-data; boundary={border}")
        return self.browser.contents


@pytest.fixture
def pastell(world):
    return Client(world, "transmetteurs-actes@a.exemple.fr")


CREATE = "/modules/actes/actes_transac_create.php"
FIELDS = (
    ("api", "1"), ("nature_code", "1"), ("classif1", "8"), ("classif2", "4"), ("number", "P2026_1"),
    ("subject", "Aménagement décidé à l'été"), ("decision_date", "2026-03-16"), ("document_papier", "0"),
    ("type_acte", "99_DE"), ("type_pj[]", "99_DE"),
)  # fmt: skip


def create(client, **changes):
    values = [(name, changes.pop(name, value)) for name, value in FIELDS] + list(changes.items())
    files = [("acte_pdf_file", "acte.pdf", a_pdf()), ("acte_attachments[]", "annexe.pdf", a_pdf())]
    return client.post(CREATE, values, files)


def test_an_act_is_created_sent_and_followed_as_pastell_does(world, pastell, office):
    word, number = create(pastell).split("\n")[:2]
    assert word == "OK"
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    assert acte.objet == "Aménagement décidé à l'été"
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    said = pastell.get(f"/modules/actes/actes_transac_get_status.php?transaction={number}")
    assert said.startswith("OK\n4\n")
    assert "ARActe" in said
    assert "ARActe" in pastell.get(f"/modules/actes/actes_transac_get_ARActe.php?id={number}")
    listed = json.loads(pastell.get(f"/modules/actes/actes_transac_get_files_list.php?transaction={number}"))
    assert [item["posted_filename"] for item in listed][1:] == ["acte.pdf", "annexe.pdf"]
    pastell.get(f"/modules/actes/actes_download_file.php?file={listed[1]['id']}&tampon=true")
    assert pastell.browser.headers["content-type"].startswith("application/pdf")
    pastell.get(f"/modules/actes/actes_create_pdf.php?trans_id={number}")
    assert pastell.browser.headers["content-type"].startswith("application/pdf")
    found = json.loads(pastell.get("/modules/actes/api/list_actes.php?status_id=4"))
    assert [item["number"] for item in found["transactions"]] == ["P2026_1"]
    assert pastell.post("/modules/actes/actes_transac_cancel.php", [("api", "1"), ("id", number)]).startswith("OK")
    rounds(world.portal, lambda: acte.etat == states.ANNULE)
    transaction.commit()
    assert pastell.get(f"/modules/actes/actes_transac_get_status.php?transaction={number}").startswith("OK\n0\n")


def test_the_addresses_software_gives_are_told_and_the_day_it_published_is_stamped(world, pastell, office):
    values = [*FIELDS, ("show_broadcast_email", "1"), ("broadcast_email", "elu@a.exemple.fr; Elu@a.exemple.fr")]
    files = [("acte_pdf_file", "acte.pdf", a_pdf())]
    number = pastell.post(CREATE, values, files).split("\n")[1]
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    assert [mail["to"] for mail in mails(world.portal) if mail["subject"].startswith("Acquitté")].count(
        "elu@a.exemple.fr"
    ) == 1
    address = f"/modules/actes/actes_download_file.php?file={int(number) + 2}&tampon=true"

    def stamp(more):
        return PdfReader(BytesIO(pastell.get_bytes(address + more))).pages[0].extract_text()

    assert "Publié le" not in stamp("")
    assert "Publié le 02/04/2026" in stamp("&date_affichage=2026-04-02")
    assert pastell.get(f"{address}&date_affichage=hier").startswith("KO")
    outcome.publish(acte, world.transmetteurs)
    transaction.commit()
    assert "02/04/2026" not in stamp("&date_affichage=2026-04-02"), "the day of our register is the one that counts"


def test_a_letter_is_listed_read_and_answered(world, pastell, office):
    number = create(pastell).split("\n")[1]
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    office.letter(acte.identifier, "observations")
    rounds(world.portal, lambda: bool(acte.dossier.courriers))
    transaction.commit()
    (letter,) = json.loads(pastell.get("/modules/actes/api/list_document_prefecture.php"))
    assert letter["type"] == "4"
    assert str(letter["id"]) in pastell.get(f"/modules/actes/actes_transac_get_document.php?id={number}")
    values = [("id", str(letter["id"])), ("type_envoie", "4"), ("type_acte", "99_DE")]
    said = pastell.post(
        "/modules/actes/actes_transac_reponse_create.php", values, [("acte_pdf_file", "r.pdf", a_pdf())]
    )
    assert said.startswith("OK"), said
    rounds(world.portal, lambda: acte.dossier.courriers[0].etat == states.REPONSE_ACQUITTEE)


def test_each_of_two_letters_of_one_kind_gives_its_own_file(world, pastell):
    acte = ready(world)
    acte.identifier = "022-212202782-20260316-D2026_001-DE"
    acte.dossier = lifecycle.Dossier(states.ACQUITTE, clock.now(), date(2026, 3, 17))
    for day in (date(2026, 4, 2), date(2026, 4, 9)):
        message = model.CourrierSimple(acte.identifier, day, model.Fichier(f"lettre-{day.day}.pdf"))
        files = (
            ("m.xml", codec.build(message, strict=False)),
            (f"lettre-{day.day}.pdf", f"%PDF lettre du {day}".encode()),
        )
        kept = tuple((name, NamedBlobFile(data=data, filename=name)) for name, data in files)
        service.move(acte, "", message=message, files=kept)
    transaction.commit()
    listed = json.loads(pastell.get("/modules/actes/api/list_document_prefecture.php"))
    for letter, day in zip(sorted(listed, key=lambda item: item["id"]), ("2026-04-02", "2026-04-09"), strict=True):
        archived = pastell.get_bytes(f"/modules/actes/actes_transac_get_document.php?id={letter['id']}")
        with tarfile.open(fileobj=BytesIO(archived), mode="r:gz") as found:
            assert sorted(found.getnames()) == [f"lettre-{day[-2:].lstrip('0')}.pdf", "m.xml"]
            assert found.extractfile(found.getnames()[1]).read() == f"%PDF lettre du {day}".encode()


def test_what_was_destroyed_is_said_so_and_never_an_accident(world, pastell, office):
    number = create(pastell).split("\n")[1]
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    archiving.KEEPING.drop(acte)
    acte.destroyed_at = clock.now()
    transaction.commit()
    for address in (f"actes_transac_get_ARActe.php?id={number}", f"actes_download_file.php?file={int(number) + 2}"):
        assert "détruits" in pastell.get(f"/modules/actes/{address}")
    assert json.loads(pastell.get(f"/modules/actes/actes_transac_get_files_list.php?transaction={number}")) == []
    assert pastell.get(f"/modules/actes/actes_transac_get_status.php?transaction={number}").startswith("OK\n4\n")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "n° 1"}, "numéro"),
        ({"decision_date": "2126-01-01"}, "futur"),
        ({"classif1": ""}, "classif1"),
        ({"type_acte": ""}, "typologie absente"),
        ({"show_broadcast_email": "1", "broadcast_email": "personne"}, "adresse"),
    ],
)
def test_what_is_wrong_is_answered_ko_in_words_and_nothing_is_made(world, pastell, changes, words):
    said = create(pastell, **changes)
    assert said.startswith("KO\n")
    assert words in said
    transaction.begin()
    assert not world.registre.objectIds()


def test_a_number_that_is_taken_is_answered_ko(world, pastell):
    ready(world, "P2026_1")
    transaction.commit()
    assert create(pastell).startswith("KO\n")


def test_who_prepares_only_leaves_the_act_to_be_transmitted(world):
    client = Client(world, "redacteurs-actes@a.exemple.fr")
    assert create(client).startswith("OK\n")
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    assert acte.etat == states.BROUILLON
    assert acte.submitted_at is not None
    number = acte.number * 1000
    assert client.post("/modules/actes/actes_transac_cancel.php", [("id", str(number))]).startswith("KO\n")


def test_where_two_people_are_wanted_what_a_program_creates_waits_for_the_second(world, pastell):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "deux_personnes": True})
    transaction.commit()
    assert create(pastell).startswith("OK\n")
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    assert acte.etat == states.BROUILLON and acte.submitted_at is not None


def test_nobody_and_neighbours_get_nothing(world):
    acte = ready(world)
    transaction.commit()
    status = f"/modules/actes/actes_transac_get_status.php?transaction={acte.number * 1000}"
    nobody = Client(world, None)
    assert nobody.get(status).startswith("KO\n")
    assert nobody.browser.headers["status"].startswith("401")
    neighbour = Client(world, "administrateurs@b.exemple.fr")
    assert neighbour.get(status).startswith("KO\n")
    assert Client(world, "acheteurs@a.exemple.fr").get(status).startswith("KO\n")


def test_addresses_that_are_not_served_are_not_found_or_said_to_be_closed(world, pastell):
    pastell.get("/modules/actes/autre.php")
    assert pastell.browser.headers["status"].startswith("404")
    assert pastell.get("/modules/helios/api/helios_get_list.php?x=1").count("KO") == 1
    pastell.get(CREATE)
    assert pastell.browser.headers["status"].startswith("405")
    assert pastell.get("/api/test-connexion.php") == "OK"


# documentation

STEADY = (
    (r"[0-9a-f]{32}", "f" * 32),
    (r'DateReception="[0-9-]+"', 'DateReception="2026-03-17"'),
    (r'"size": ?"?[0-9]+"?', '"size": 48213'),
    (r"-20[0-9]{6}-([0-9]+)(?=\.|_|<)", r"-20260317-\1"),
)


def told(method, path, fields, files, browser):
    """Return the text of an example: what is sent, what comes back, what changes from run to run made steady."""
    text = f"{method} {path} HTTP/1.1\nHost: portail.exemple.bzh\nAuthorization: Basic …\n"
    if method == "POST":
        text += "Content-Type: multipart/form-data; boundary=…\n\n"
        text += "".join(f"{name}={value}\n" for name, value in fields)
        text += "".join(f"{name}=@{filename}\n" for name, filename, _data in files)
    kind = browser.headers["content-type"]
    body = browser.contents if "pdf" not in kind else "%PDF-1.4 …"
    body = body.decode() if isinstance(body, bytes) else body
    text += f"\nHTTP/1.1 {browser.headers['status']}\nContent-Type: {kind}\n\n{body.strip()}\n"
    return steadied(text, STEADY)


def test_the_documentation_shows_what_software_gets(world, pastell, office):
    shown = {}

    def get(name, path):
        pastell.get(path)
        shown[name] = told("GET", path, (), (), pastell.browser)

    files = [("acte_pdf_file", "acte.pdf", a_pdf()), ("acte_attachments[]", "annexe.pdf", a_pdf())]
    number = pastell.post(CREATE, FIELDS, files).split("\n")[1]
    shown["creer"] = told("POST", CREATE, FIELDS, files, pastell.browser)
    pastell.post(CREATE, FIELDS, files)
    shown["double"] = told("POST", CREATE, FIELDS, files, pastell.browser)
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    get("etat", f"/modules/actes/actes_transac_get_status.php?transaction={number}")
    get("fichiers", f"/modules/actes/actes_transac_get_files_list.php?transaction={number}")
    get("bordereau", f"/modules/actes/actes_create_pdf.php?trans_id={number}")
    get("nonce", "/api/get-nounce.php?api=1")
    office.letter(acte.identifier, "pieces")
    rounds(world.portal, lambda: bool(acte.dossier.courriers))
    transaction.commit()
    get("courriers", "/modules/actes/api/list_document_prefecture.php")
    get("lu", f"/modules/actes/api/document_prefecture_mark_as_read.php?transaction_id={int(number) + 900}")
    cancel = (("api", "1"), ("id", number))
    pastell.post("/modules/actes/actes_transac_cancel.php", cancel)
    shown["annuler"] = told("POST", "/modules/actes/actes_transac_cancel.php", cancel, (), pastell.browser)
    compare("s2low", shown)
