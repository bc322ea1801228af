"""The pages of flows, as the clerk, the sender, the administrator, the operator and others see them."""

from megalis.portal.formats.pes import states
from megalis.portal.helios import arriving
from megalis.portal.helios import service
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.ledger.checkpoint import open_note
from plone.testing.zope import Browser
from tests.formats import pes_flows as flows
from tests.helios.conftest import a_flow
from tests.helios.conftest import CLERK
from tests.helios.conftest import deposited
from tests.helios.conftest import equip
from tests.helios.conftest import NO_FLOW
from tests.helios.conftest import PASSWORD
from tests.helios.conftest import SENDER

import csv
import html
import io
import pytest
import re
import transaction


@pytest.fixture
def world(functional_portal):
    found = equip(functional_portal)
    found.portal = functional_portal
    transaction.commit()
    return found


@pytest.fixture
def browse(world):
    """Return a function: the e-mail of a person (or None) -> a browser of his."""

    def open_as(login=None):
        found = Browser(world.portal.aq_parent)
        found.handleErrors = True
        found.raiseHttpErrors = False
        if login:
            found.addHeader("Authorization", f"Basic {login}:{PASSWORD}")
        return found

    return open_as


def text(browser):
    """Return what the page says, with plain spaces."""
    return html.unescape(browser.contents).replace("\xa0", " ").replace("\u202f", " ")


def give(browser, url, *files):
    """Deposit files on a page, several under one name; return the browser at the page that answers."""
    browser.open(url)
    token = re.search(r'name="_authenticator" value="([^"]+)"', browser.contents)[1]
    border = "----frontiere"
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {"_authenticator": token, "faire": "deposer"}.items()
    ]
    for name, data in files:
        head = f'--{border}\r\nContent-Disposition: form-data; name="fichiers"; filename="{name}"\r\n'
        parts.append(f"{head}Content-Type: application/xml\r\n\r\n".encode() + data + b"\r\n")
    body = b"".join(parts) + f"--{border}--\r\n".encode()
    browser.post(url, body, f"multipart/form-data; boundary={border}")
    return browser


def test_a_clerk_deposits_asks_and_a_sender_transmits(world, browse):
    url = f"{world.a.absolute_url()}/@@nouveau-flux"
    browser = give(browse(CLERK), url, ("flux.xml", a_flow()))
    assert "Prêt à partir" in text(browser) and "Commune de Bréal" in text(browser)
    browser.getLink("Transmettre").click()
    assert "Transmettre au Trésor</button>" not in text(browser)
    browser.getControl("Demander la transmission").click()
    assert "Transmission demandée" in text(browser)
    sending = browse(SENDER)
    sending.open(f"{world.portal.absolute_url()}/espace-agent")
    sending.getLink("Transmettre").click()
    sending.getControl("Transmettre au Trésor").click()
    assert "Le flux part" in text(sending)


def test_what_is_no_flow_is_refused_on_the_page_and_a_page_of_several_keeps_the_good_ones(world, browse):
    url = f"{world.a.absolute_url()}/@@nouveau-flux"
    browser = give(browse(CLERK), url, ("flux.xml", NO_FLOW))
    assert browser.headers["status"].startswith("422") and "n’est pas un flux PES connu" in text(browser)
    transaction.begin()
    assert not world.registre.objectIds()
    give(browser, url, ("bon.xml", a_flow()), ("faux.xml", NO_FLOW), ("double.xml", a_flow()))
    assert "faux.xml : « facture » n’est pas" in text(browser) and "double.xml : Le flux « FLUX1 »" in text(browser)
    transaction.begin()
    assert [flux.nomfic for flux in world.registre.objectValues()] == ["FLUX1"]


def test_a_flow_that_is_too_large_is_answered_413(world, browse, monkeypatch):
    monkeypatch.setattr("megalis.portal.helios.rules.LARGEST", 1000)
    browser = give(browse(CLERK), f"{world.a.absolute_url()}/@@nouveau-flux", ("flux.xml", a_flow()))
    assert browser.headers["status"].startswith("413") and "Répartissez" in text(browser)


def test_nobody_else_sees_a_flow_nor_what_is_in_it(world, browse):
    flux = deposited(world)
    transaction.commit()
    url = flux.absolute_url()
    for login in (None, "administrateurs@a.exemple.fr", "lecteurs@a.exemple.fr", "administrateurs@b.exemple.fr"):
        for name in ("", "/@@bordereau?n=0", "/@@piece-jointe?n=0", "/@@flux", "/@@anomalies.csv"):
            browser = browse(login)
            browser.open(url + name)
            assert "Le Goff" not in browser.contents and b"%PDF-1.7" not in browser.contents.encode(
                "latin-1", "replace"
            )
    mine = browse(CLERK)
    mine.open(f"{url}/@@bordereau?n=0")
    assert "Le Goff é fils" in text(mine)


def test_an_attachment_is_shown_when_that_is_safe_and_downloaded_otherwise(world, browse):
    pages = flows.pj() + flows.pj("PJ2", "../../page.html", flows.packed(b"<script>alert(1)</script>"))
    flux = deposited(world, pjs=pages)
    transaction.commit()
    browser = browse(CLERK)
    browser.open(f"{flux.absolute_url()}/@@piece-jointe?n=0")
    assert browser.headers["content-type"] == "application/pdf"
    assert browser.headers["content-disposition"].startswith("inline")
    browser.open(f"{flux.absolute_url()}/@@piece-jointe?n=1")
    assert browser.headers["content-type"] == "application/octet-stream"
    assert browser.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert browser.headers["x-content-type-options"] == "nosniff"
    for odd in ("n=9", "n=-1", "n=zz", ""):
        browser.open(f"{flux.absolute_url()}/@@piece-jointe?{odd}")
        assert browser.headers["status"].startswith("404")


def test_an_attachment_whose_place_is_not_known_or_is_not_its_own_is_still_opened(world, browse):
    flux = deposited(world)
    browser = browse(CLERK)
    for wrong in ((), ((0, 40),), ((10**9, 40),)):
        flux.lecture.places = wrong
        transaction.commit()
        browser.open(f"{flux.absolute_url()}/@@piece-jointe?n=0")
        assert browser.headers["content-length"] == str(len(flows.PDF)), wrong


def test_an_attachment_too_large_to_be_opened_is_said_so(world, browse, monkeypatch):
    monkeypatch.setattr("megalis.portal.helios.browser.reading.LARGEST", 4)
    flux = deposited(world)
    transaction.commit()
    browser = browse(CLERK)
    browser.open(f"{flux.absolute_url()}/@@piece-jointe?n=0")
    assert browser.headers["status"].startswith("413")


def test_the_anomalies_leave_as_a_table_without_formulas(world, browse, tmp_path):
    flux = deposited(world)
    for name in ("transmission", "envoi", "transmis"):
        service.move(flux, name)
    error = '<Erreur><NumAnoAck V="ERREUR_AUTRE"/><LibelleAnoAck V="=1+1 refus"/></Erreur>'
    told = '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/><NumBord V="8"/><ExerciceBord V="2026"/>'
    path = tmp_path / "ack.xml"
    path.write_bytes(flows.acquit(f"{told}<DetailPiece><NumPiece V='3'/>{error}</DetailPiece></ElementACQUIT>"))
    arriving.receive(world.portal, "ack.xml", path)
    assert flux.etat == states.REFUSE
    transaction.commit()
    browser = browse(CLERK)
    browser.open(f"{flux.absolute_url()}/@@anomalies.csv")
    rows = list(csv.reader(io.StringIO(browser.contents.lstrip("\ufeff")), delimiter=";"))
    assert rows[1][:4] == ["dépense", "8", "2026", "3"] and not rows[1][7].startswith("=")
    browser.open(flux.absolute_url())
    browser.getLink("Bordereau 8/2026, pièce 3").click()
    assert "=1+1 refus" in text(browser)


def test_many_findings_are_shown_in_part_and_leave_as_a_whole(world, browse):
    pjs = "".join(flows.pj(f"SEULE{rank}", f"seule{rank}.pdf") for rank in range(40))
    flux = deposited(world, pjs=flows.pj() + pjs)
    transaction.commit()
    browser = browse(CLERK)
    browser.open(flux.absolute_url())
    assert "40 remarques" in text(browser) or "41 remarques" in text(browser)
    assert text(browser).count("n’est citée par aucune pièce") == 15
    browser.open(f"{flux.absolute_url()}/@@controles.csv")
    rows = list(csv.reader(io.StringIO(browser.contents.lstrip("\ufeff")), delimiter=";"))
    assert sum(row[1] == "pes.pj-non-citee" for row in rows) == 40


def test_an_administrator_sets_the_server_and_a_wrong_one_is_refused(world, browse):
    browser = browse("administrateurs@a.exemple.fr")
    browser.open(f"{world.a.absolute_url()}/@@pes-reglages")
    browser.getControl("Serveur de votre comptable").value = "deux mots"
    browser.getControl("Enregistrer").click()
    assert browser.headers["status"].startswith("422") and "n’est pas un code de serveur" in text(browser)
    browser.getControl("Serveur de votre comptable").value = "SERV02"
    browser.getControl("Enregistrer").click()
    transaction.begin()
    assert world.registre.reglages["destination"] == "SERV02"


def test_an_operator_pauses_a_queue_and_lets_it_go_on(world, browse):
    flux = deposited(world)
    service.transmit(flux, world.sender)
    transaction.commit()
    browser = browse("exploitant@megalis.exemple.fr")
    browser.open(f"{world.portal.absolute_url()}/exploitation")
    assert "Envoi des flux PES au Trésor" in text(browser)
    form = next(item for item in range(10) if _queue(browser, item) == service.KIND)
    browser.getForm(index=form).getControl("Suspendre").click()
    transaction.begin()
    assert service.KIND in outbox.paused(world.portal)
    form = next(item for item in range(10) if _queue(browser, item) == service.KIND)
    browser.getForm(index=form).getControl("Reprendre").click()
    transaction.begin()
    assert service.KIND not in outbox.paused(world.portal)


def _queue(browser, index):
    try:
        return browser.getForm(index=index).getControl(name="file").value
    except LookupError:
        return ""


def test_the_statement_that_the_platform_is_not_homologated_is_signed(world, browse):
    browser = browse()
    browser.open(f"{world.portal.absolute_url()}/homologation")
    browser.getLink("Télécharger la déclaration").click()
    note = browser.contents
    said = open_note(note, journal.signer().verifier)
    assert "n’est homologuée ni par la DGCL" in str(said)
