"""Who may ask at the addresses of S²LOW, and how: a password, a certificate, a nonce in the browser of a person."""

from datetime import timedelta
from hashlib import sha256
from megalis.portal.actes import leaving
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.facts import facts
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from megalis.portal.organisations.signin import nonces
from megalis.portal.upgrades import v20261126220
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit
from tests.actes.conftest import Upload
from tests.actes.test_software import Client
from tests.actes.test_software import create
from tests.organisations.test_assurance import made
from tests.organisations.test_assurance import shown
from urllib.parse import quote

import json
import pytest
import transaction


SENDER, WRITER = "transmetteurs-actes@a.exemple.fr", "redacteurs-actes@a.exemple.fr"
TEST = "/api/test-connexion.php"
NONCE = "/api/get-nounce.php"
LOGINS = "/admin/users/api-list-login.php"
CONFIRM = "/modules/actes/actes_transac_post_confirm_api.php"


@pytest.fixture
def world(functional_portal, monkeypatch):
    monkeypatch.setenv("MEGALIS_CERTIFICATS", "1")
    found = equip(functional_portal)
    found.portal = functional_portal
    transaction.commit()
    yield found
    clock.set_for_tests()


def with_certificate(world, text, login=None, **headers):
    found = Client(world, login)
    found.browser.addHeader("X-Certificat-Agent", text)
    for name, value in headers.items():
        found.browser.addHeader(name.replace("_", "-"), value)
    return found


def registered(userid, text):
    people.set_certificate(userid, shown(text))
    transaction.commit()


def waiting(world, numero="D2026_001"):
    """Return (act that waits for a person, its number for software)."""
    assert create(Client(world, WRITER), number=numero).startswith("OK")
    transaction.begin()
    acte = world.registre[world.registre.numbers[numero]]
    return acte, acte.number * 1000


def signed(client, login=SENDER, password=PASSWORD):
    """Return the end of an address that a program makes of a nonce."""
    nonce = json.loads(client.get(NONCE))["nounce"]
    digest = sha256(f"{password}:{nonce}".encode()).hexdigest()
    return f"nounce={nonce}&login={quote(login)}&hash={digest}"


def go(client, path):
    """Ask without following; return the place a browser is sent to, "" for none."""
    client.browser.followRedirects = False
    client.get(path)
    return client.browser.headers.get("location") or ""


# by certificate


def test_a_program_signs_in_by_the_certificate_its_agent_registered_and_transmits(world, office):
    own = made()
    registered(world.transmetteurs, own)
    client = with_certificate(world, own)
    assert client.get(LOGINS) == f"{SENDER}\n"
    assert client.get(TEST) == "OK"
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "assurance": assurance.CERTIFICATE})
    transaction.commit()
    assert create(client).startswith("OK")
    transaction.begin()
    acte = world.registre[world.registre.numbers["P2026_1"]]
    assert (acte.etat, acte.prepared_by) == (states.A_TRANSMETTRE, world.transmetteurs)


def test_a_certificate_that_nobody_registered_or_that_was_forgotten_is_nobody(world):
    own = made()
    registered(world.transmetteurs, own)
    stranger = with_certificate(world, made())
    assert stranger.get(LOGINS) == ""
    assert stranger.get(TEST).startswith("KO") and stranger.browser.headers["status"].startswith("401")
    people.set_certificate(world.transmetteurs, None)
    transaction.commit()
    assert with_certificate(world, own).get(TEST).startswith("KO")


def test_a_certificate_of_two_accounts_takes_the_password_of_one(world):
    own = made()
    registered(world.transmetteurs, own)
    registered(world.redacteurs, own)
    client = with_certificate(world, own)
    assert client.get(LOGINS) == f"{WRITER}\n{SENDER}\n"
    assert client.get(TEST).startswith("KO")
    assert with_certificate(world, own, SENDER).get(TEST) == "OK"


def test_the_certificate_of_a_closed_account_opens_nothing(world):
    own = made()
    registered(world.transmetteurs, own)
    people.deactivate(world.transmetteurs)
    transaction.commit()
    client = with_certificate(world, own)
    assert (client.get(LOGINS), client.get(TEST)[:2]) == ("", "KO")


@pytest.mark.parametrize("name", ["Origin", "Sec_Fetch_Site", "Cookie"])
def test_a_certificate_that_a_browser_adds_to_the_request_of_a_page_is_nobody(world, name):
    own = made()
    registered(world.transmetteurs, own)
    assert with_certificate(world, own, **{name: "https://ailleurs.exemple"}).get(TEST).startswith("KO")


def test_certificates_registered_before_they_were_indexed_are_found(world):
    own = made()
    people.set_certificate(world.transmetteurs, shown(own))
    del people.door().certificates
    assert people.door().holders(shown(own)) == ()
    v20261126220.index_certificates(None)
    assert people.door().holders(shown(own)) == (world.transmetteurs,)
    people.door().drop_account(world.transmetteurs)
    assert not len(people.door().certificates)


# by nonce


def test_a_nonce_lets_the_browser_of_a_person_transmit_and_go_back_where_it_came_from(world):
    acte, number = waiting(world)
    url = quote("https://pastell.exemple/retour?e=%%ERROR%%&m=%%MESSAGE%%", safe="")
    place = go(Client(world, None), f"{CONFIRM}?id={number}&url_return={url}&{signed(Client(world, SENDER))}")
    assert place == "https://pastell.exemple/retour?e=0&m="
    transaction.begin()
    assert acte.etat == states.A_TRANSMETTRE


def test_a_nonce_stands_once_for_its_own_account_and_for_five_minutes(world):
    acte, number = waiting(world)
    client, browser = Client(world, SENDER), Client(world, None)
    once = signed(client)
    for end in (
        once.replace("hash=", "hash=0"), once, signed(client, password="un autre"), signed(client, login=WRITER),
        f"nounce=inconnu&login={SENDER}&hash=00",
    ):  # fmt: skip
        assert browser.get(f"{CONFIRM}?id={number}&url_return=https://pastell.exemple/&{end}").startswith("KO"), end
    late = signed(client)
    clock.set_for_tests(clock.now() + timedelta(minutes=5, seconds=1))
    assert browser.get(f"{CONFIRM}?id={number}&{late}").startswith("KO")
    transaction.begin()
    assert acte.etat == states.BROUILLON


def test_what_is_kept_of_a_nonce_is_as_dear_to_guess_as_a_password(world):
    signed(Client(world, SENDER))
    transaction.begin()
    kept = facts(world.portal, nonces.KEY)
    assert [kept[name][2].startswith(b"{SCRYPT}") for name in kept] == [True]


def test_the_nonce_of_an_account_closed_meanwhile_sends_nothing(world):
    acte, number = waiting(world)
    end = signed(Client(world, SENDER))
    people.deactivate(world.transmetteurs)
    transaction.commit()
    assert Client(world, None).get(f"{CONFIRM}?id={number}&{end}").startswith("KO")
    transaction.begin()
    assert acte.etat == states.BROUILLON


def test_what_keeps_an_act_from_leaving_goes_back_with_the_browser_and_no_other_act_leaves(world):
    acte, number = waiting(world)
    other, second = waiting(world, "D2026_002")
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "assurance": assurance.CERTIFICATE})
    transaction.commit()
    many = CONFIRM.replace("_api", "_api_multi")
    end = f"url_return={quote('https://p.exemple/?e=%%ERROR%%&m=%%MESSAGE%%', safe='')}&{signed(Client(world, SENDER))}"
    place = go(Client(world, None), f"{many}?id[]={number}&id[]={second}&{end}")
    assert place.startswith("https://p.exemple/?e=1&m=Votre%20collectivit%C3%A9")
    transaction.begin()
    assert {acte.etat, other.etat} == {states.BROUILLON}


def test_a_nonce_of_who_may_not_transmit_or_about_an_act_of_others_sends_nothing(world):
    acte, number = waiting(world)
    for login in (WRITER, "administrateurs@b.exemple.fr"):
        said = Client(world, None).get(f"{CONFIRM}?id={number}&{signed(Client(world, login), login)}")
        assert said.startswith("KO\nNuméro de transaction inconnu"), login
    transaction.begin()
    assert acte.etat == states.BROUILLON


def test_a_nonce_is_not_given_to_who_told_no_password(world):
    own = made()
    registered(world.transmetteurs, own)
    assert json.loads(with_certificate(world, own).get(NONCE))["result"] == "ko"
    assert json.loads(Client(world, None).get(NONCE))["result"] == "ko"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//ailleurs", "https://a b/", "/ici"])
def test_a_browser_is_sent_back_to_a_whole_address_only(world, url):
    _acte, number = waiting(world)
    place = f"{CONFIRM}?id={number}&url_return={quote(url, safe='')}&{signed(Client(world, SENDER))}"
    assert Client(world, None).get(place).startswith("KO")


def test_without_a_nonce_a_person_signs_in_and_presses_the_button_himself(world):
    acte, number = waiting(world)
    assert go(Client(world, SENDER), f"{CONFIRM}?id={number}") == f"{acte.absolute_url()}/@@transmettre"
    _other, second = waiting(world, "D2026_002")
    many = go(Client(world, SENDER), f"{CONFIRM.replace('_api', '_api_multi')}?id[]={number}&id[]={second}")
    assert many == f"{world.a.absolute_url()}/@@actes-suivi?etape=brouillons"
    nobody = Client(world, None)
    assert "@@transmettre" not in go(nobody, f"{CONFIRM}?id={number}")
    assert not nobody.browser.headers["status"].startswith("200")
    stranger = Client(world, "administrateurs@b.exemple.fr")
    assert stranger.get(f"{CONFIRM}?id={number}").startswith("KO")
    transaction.begin()
    assert acte.etat == states.BROUILLON


# the addresses that no test asked for


def test_the_classification_is_asked_for_at_its_address_by_who_may_transmit(world, office):
    ask = "/modules/actes/actes_classification_request.php?api=1"
    assert Client(world, WRITER).get(ask).startswith("KO")
    assert not outbox.messages(world.portal)
    world.registre.classification = None
    transaction.commit()
    client = Client(world, SENDER)
    assert client.get("/modules/actes/actes_classification_fetch.php?api=1").startswith("KO")
    assert client.get(ask) == "OK\n"
    transaction.begin()
    (message,) = outbox.messages(world.portal)
    assert message.payload["part"] == leaving.CLASSIFICATION
    rounds(world.portal, lambda: world.registre.classification is not None)
    transaction.commit()
    assert "RetourClassification" in client.get("/modules/actes/actes_classification_fetch.php?api=1")


def test_a_letter_is_listed_until_software_marks_it_as_read_a_deferral_to_the_court_too(world, office):
    client = Client(world, SENDER)
    acte = ready(world)
    transmit(world, acte)
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    for kind in ("pieces", "defere"):
        office.letter(acte.identifier, kind)
    rounds(world.portal, lambda: len(acte.dossier.courriers) == 2)
    transaction.commit()
    listing = "/modules/actes/api/list_document_prefecture.php"
    listed = json.loads(client.get(listing))
    assert sorted(item["type"] for item in listed) == ["3", "5"]
    for item in listed:
        mark = f"/modules/actes/api/document_prefecture_mark_as_read.php?transaction_id={item['id']}"
        assert json.loads(Client(world, "acheteurs@a.exemple.fr").get(mark))["result"] == "ko"
        assert json.loads(client.get(mark)) == {"result": "ok"}
    assert json.loads(client.get(listing)) == []
    transaction.begin()
    world.registre.unread = None
    v20261126220.let_letters_wait(None)
    transaction.commit()
    assert sorted(item["type"] for item in json.loads(client.get(listing))) == ["3", "5"]
    service.answer(acte, "3-1", acte.dossier.courriers[0].date, "3-3", [Upload("refus.pdf", a_pdf())], "")
    transaction.commit()
    assert [item["type"] for item in json.loads(client.get(listing))] == ["5"], "an answer says that it was read"


def test_acts_of_a_month_are_counted_for_each_collectivite_of_the_agent(world, office):
    client = Client(world, SENDER)
    acte = ready(world)
    acte.sent_at = clock.now()
    acte.reindexObject()
    transaction.commit()
    day = clock.paris(clock.now())
    address = "/modules/actes/api/nb_actes_by_authorities_and_date.php"
    found = json.loads(client.get(f"{address}?year={day.year}&month={day.month}"))
    (row,) = found["nbTransactionPerAuthorities"]
    assert (found["result"], row["siren"], row["nb_transactions"]) == ("ok", world.a.siren, 1)
    assert json.loads(client.get(f"{address}?year=2001&month=1"))["nbTransactionPerAuthorities"] == []
    neighbour = json.loads(Client(world, "acheteurs@a.exemple.fr").get(address))
    assert neighbour["result"] == "ko"
