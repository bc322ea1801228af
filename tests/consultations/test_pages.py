"""The agents' pages over HTTP, as each role meets them."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.browser.listing import words_query
from megalis.portal.kernel import journal
from megalis.portal.kernel.clock import paris
from plone import api as plone_api
from plone.testing.zope import Browser
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import equip
from tests.consultations.conftest import NOW
from tests.consultations.conftest import PDF
from tests.consultations.conftest import publish

import io
import pytest
import transaction
import zipfile


@pytest.fixture
def site(functional_portal):
    at(NOW)
    world = equip(functional_portal)
    world.portal = functional_portal
    transaction.commit()
    return world


@pytest.fixture
def visit(functional):
    """Return a function: e-mail (or None) -> a browser signed in as that person."""

    def open_as(login, world=None):
        browser = Browser(functional["app"])
        browser.handleErrors = True
        browser.raiseHttpErrors = False
        if login:
            browser.addHeader("Authorization", f"Basic {login}:{world.password}")
        return browser

    return open_as


BUYER = "acheteurs@a.exemple.fr"
VALIDATOR = "valideurs@a.exemple.fr"
NEIGHBOUR = "administrateurs@b.exemple.fr"


def status(browser):
    return int(browser.headers["status"].split()[0])


def read(browser):
    """Return the page's text; Plone's transforms write letters as entities on signed-in pages."""
    return unescape(browser.contents)


def denied(browser):
    """True when the page was not given: a refusal, or the sign-in page for a visitor."""
    return "/login" in browser.url or status(browser) in (401, 403, 404)


def upload(browser, url, files, **fields):
    """Send files with the page's own token, as a browser does from a multiple file input."""
    browser.open(url)
    fields["_authenticator"] = browser.getControl(name="_authenticator", index=0).value
    mark = "----frontiere"
    body = b""
    for name, value in fields.items():
        body += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, filename, data in files:
        body += (
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        body += data + b"\r\n"
    browser.post(url, body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}")


def fill_short(browser, url, reference="2026-SF-1"):
    browser.open(f"{url}/@@nouvelle-mapa")
    browser.getControl("Référence").value = reference
    browser.getControl("Objet").value = "Toiture de la salle des fêtes"
    browser.getControl("Nature du marché").displayValue = ["Travaux"]
    browser.getControl("Code CPV principal").value = "45261210-9"
    browser.getControl("Lieux d’exécution").value = "22\n29"
    browser.getControl("Critère", index=0).value = "Prix"
    browser.getControl("Points", index=0).value = "100"
    browser.getControl("Fin des questions").value = "2026-03-05T12:00"
    browser.getControl("Date limite de remise des plis").value = "2026-03-16T12:00"
    browser.getControl("Adresse électronique").value = "marches@a.exemple.fr"
    browser.getControl("Créer le brouillon").click()


def test_a_low_mapa_goes_from_one_page_to_publication(site, visit):
    buyer = visit(BUYER, site)
    fill_short(buyer, site.a.absolute_url())
    assert buyer.url.endswith("/2026-sf-1/@@pieces"), buyer.contents[:3000]
    draft = site.a["2026-sf-1"]
    assert draft.places == ("FRH01", "FRH02")
    assert draft.cpv == "45261210"
    assert paris(draft.deadline).hour == 12
    files = [("fichiers", "RC.pdf", PDF), ("fichiers", "CCTP lot é.pdf", PDF + b"2")]
    upload(buyer, f"{draft.absolute_url()}/@@pieces", files, deposer="1")
    assert "2 fichiers ajoutés" in read(buyer)
    assert "RC.pdf" in read(buyer) and "CCTP lot é.pdf" in read(buyer)
    buyer.open(f"{draft.absolute_url()}/@@verification")
    assert "Rien ne manque" in read(buyer)
    buyer.getLink("Demander la validation").click()
    buyer.getControl("Demander la validation").click()
    assert "La validation est demandée" in read(buyer)
    validator = visit(VALIDATOR, site)
    validator.open(f"{draft.absolute_url()}/@@gestion")
    validator.getLink("Publier").click()
    validator.getControl("Publier").click()
    assert "La consultation est publiée" in read(validator)
    transaction.begin()
    assert api.state(draft) == "publiee"
    validator.open(f"{draft.absolute_url()}/@@rectifier")
    validator.getControl("Motif").value = "Plan corrigé"
    validator.getControl("Date limite de remise des plis").value = "2026-03-20T12:00"
    validator.getControl("Publier la version 2").click()
    assert "Version 2 publiée" in read(validator)
    transaction.begin()
    assert draft.version == 2
    assert journal.events(draft, "rectification")[0]["motif"] == "Plan corrigé"


def test_the_short_form_keeps_what_was_typed_and_says_what_is_wrong(site, visit):
    buyer = visit(BUYER, site)
    buyer.open(f"{site.a.absolute_url()}/@@nouvelle-mapa")
    buyer.getControl("Référence").value = "2026-X"
    buyer.getControl("Objet").value = "Objet gardé"
    buyer.getControl("Code CPV principal").value = "travaux de voirie"
    buyer.getControl("Date limite de remise des plis").value = "2026-01-02T12:00"
    buyer.getControl("Créer le brouillon").click()
    assert status(buyer) == 422
    assert "n’est pas un code CPV" in read(buyer)
    assert "déjà passée" in read(buyer)
    assert "Objet gardé" in read(buyer)
    assert "2026-x" not in site.a


def test_a_reference_used_twice_is_refused_on_the_page(site, visit):
    complete_draft(site.a, "2026-SF-1")
    transaction.commit()
    buyer = visit(BUYER, site)
    fill_short(buyer, site.a.absolute_url())
    assert status(buyer) == 422
    assert "sert déjà" in read(buyer)


def test_formal_procedures_are_prepared_step_by_step(site, visit):
    buyer = visit(BUYER, site)
    buyer.open(f"{site.a.absolute_url()}/@@nouvelle-guidee")
    buyer.getControl("Référence").value = "2026-AO-7"
    buyer.getControl("Objet").value = "Fourniture d’électricité"
    buyer.getControl("Créer le brouillon").click()
    assert "etape=objet" in buyer.url
    draft = site.a["2026-ao-7"]
    assert draft.procedure == "appel-offres-ouvert"
    buyer.getControl("Code CPV principal").value = "09310000"
    buyer.getControl("Enregistrer et continuer").click()
    assert buyer.url.endswith("@@lots")
    buyer.getControl("Une ligne par lot").value = "1 ; Bâtiments ; 09310000 ; 90 000\n2 ; Éclairage public ; ; 40000"
    buyer.getControl("Ajouter ces lots").click()
    assert "2 lots ajoutés" in read(buyer)
    transaction.begin()
    assert [lot.estimated_value for lot in api.lots(draft)] == [90000, 40000]
    buyer.getControl("Une ligne par lot").value = "2 ; Encore"
    buyer.getControl("Ajouter ces lots").click()
    assert status(buyer) == 422
    assert "existe déjà" in read(buyer)
    for step in ("criteres", "reponse", "contact", "dates"):
        buyer.open(f"{draft.absolute_url()}/@@modifier?etape={step}")
        assert status(buyer) == 200
        buyer.getControl("Enregistrer et continuer").click()
        assert status(buyer) == 200, step
    assert buyer.url.endswith("@@pieces")
    buyer.open(f"{api.lots(draft)[0].absolute_url()}/@@modifier")
    buyer.getControl("Intitulé").value = "Bâtiments communaux"
    buyer.getControl("Enregistrer").click()
    assert "Bâtiments communaux" in read(buyer)
    buyer.open(f"{draft.absolute_url()}/@@verification")
    assert "dce.vide" in read(buyer) and "deadline.absente" in read(buyer)


def test_a_concession_of_supplies_is_refused_where_the_nature_is_chosen(site, visit):
    draft = complete_draft(site.a, procedure="concession", nature="services")
    transaction.commit()
    buyer = visit(BUYER, site)
    buyer.open(f"{site.a.absolute_url()}/@@nouvelle-guidee?procedure=concession&nature=fournitures")
    buyer.getControl("Référence").value, buyer.getControl("Objet").value = (
        "2026-DSP-1",
        "Distribution d’eau en bonbonnes",
    )
    buyer.getControl("Créer le brouillon").click()
    assert status(buyer) == 422 and "jamais des fournitures" in read(buyer) and "2026-dsp-1" not in site.a
    for page in (f"{draft.absolute_url()}/@@modifier?etape=objet", f"{api.lots(draft)[0].absolute_url()}/@@modifier"):
        buyer.open(page)
        buyer.getControl("Nature").displayValue = ["Fournitures"]
        buyer.getControl("Enregistrer").click()
        assert status(buyer) == 422 and "jamais des fournitures" in read(buyer), page
    transaction.begin()
    assert (draft.nature, api.lots(draft)[0].nature) == ("services", None)


def test_bad_files_are_refused_with_their_code_and_good_ones_kept(site, visit):
    draft = complete_draft(site.a, pieces=False)
    transaction.commit()
    trap = io.BytesIO()
    with zipfile.ZipFile(trap, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = "../../etc/cron.d/x"
        archive.writestr(info, b"x")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            archive.writestr(f"{number}.bin", bytes(9_000_000))
    buyer = visit(BUYER, site)
    url = f"{draft.absolute_url()}/@@pieces"
    files = [("fichiers", "Règlement.pdf", PDF), ("fichiers", "plans.zip", trap.getvalue())]
    upload(buyer, url, files, deposer="1")
    assert status(buyer) == 422
    assert "zip.nom" in read(buyer) and "Règlement.pdf" in read(buyer)
    for data, code in ((bomb.getvalue(), "zip.bombe"), (b"", "fichier.vide")):
        upload(buyer, url, [("fichiers", "plans.zip", data)], deposer="1")
        assert status(buyer) == 422
        assert code in read(buyer)
    transaction.begin()
    assert [piece.filename for piece in api.pieces(draft)] == ["Règlement.pdf"]
    assert api.pieces(draft)[0].kind == "reglement"


def test_an_agent_of_another_collectivite_sees_nothing_of_a_draft(site, visit):
    draft = complete_draft(site.a)
    lot, piece = api.lots(draft)[0], api.pieces(draft)[0]
    transaction.commit()
    for login in (
        NEIGHBOUR,
        "ailleurs@c.exemple.fr",
        "exploitant@megalis.exemple.fr",
        "offres@toitures.exemple.fr",
        None,
    ):
        browser = visit(login, site)
        for path in (
            draft.absolute_url(),
            f"{draft.absolute_url()}/@@gestion",
            f"{draft.absolute_url()}/@@verification",
            f"{draft.absolute_url()}/@@modifier",
            f"{draft.absolute_url()}/@@lots",
            f"{draft.absolute_url()}/@@pieces",
            f"{draft.absolute_url()}/@@etape?vers=soumettre",
            f"{lot.absolute_url()}/@@modifier",
            f"{piece.absolute_url()}/@@modifier",
            f"{piece.absolute_url()}/@@download/file",
            f"{site.a.absolute_url()}/@@consultations",
        ):
            browser.open(path)
            assert "Programme de voirie" not in read(browser), (login, path)
            assert denied(browser), (login, path, status(browser))
    with plone_api.env.adopt_user(NEIGHBOUR):
        assert len(api.find(SearchableText=words_query("voirie"))) == 0


def test_nothing_is_written_without_our_token(site, visit):
    draft = complete_draft(site.a)
    transaction.commit()
    buyer = visit(BUYER, site)
    buyer.post(f"{draft.absolute_url()}/@@etape", "vers=soumettre")
    assert status(buyer) == 403
    buyer.open(f"{draft.absolute_url()}/@@etape?vers=soumettre&motif=x")
    transaction.begin()
    assert api.state(draft) == "elaboration"


def test_a_published_draft_can_no_longer_be_edited(site, visit):
    draft = publish(site, complete_draft(site.a))
    transaction.commit()
    buyer = visit(BUYER, site)
    for view in ("@@modifier", "@@lots", "@@pieces", "@@supprimer"):
        buyer.open(f"{draft.absolute_url()}/{view}")
        assert denied(buyer), view


def test_the_list_sorts_filters_and_counts(site, visit):
    complete_draft(site.a, "2026-A")
    publish(site, complete_draft(site.a, "2026-B"))
    transaction.commit()
    buyer = visit(BUYER, site)
    url = f"{site.a.absolute_url()}/@@consultations"
    buyer.open(url)
    assert "2 consultations" in read(buyer)
    buyer.open(f"{url}?etape=brouillons")
    assert "2026-A" in read(buyer) and "2026-B" not in read(buyer)
    buyer.open(f"{url}?etape=publiees&tri=limite")
    assert "2026-B" in read(buyer) and "2026-A" not in read(buyer)
    buyer.open(f"{url}?q=enrob")
    assert "2 consultations" in read(buyer)
    buyer.open(f"{url}?q=%22%28*&page=99999999&tri=zz")
    assert status(buyer) == 200


def test_lots_are_removed_and_a_draft_is_duplicated_then_deleted_by_name(site, visit):
    draft = complete_draft(site.a)
    transaction.commit()
    buyer = visit(BUYER, site)
    buyer.open(f"{draft.absolute_url()}/@@lots")
    buyer.getControl(name="lot").controls[0].selected = True
    buyer.getControl("Retirer les lots cochés").click()
    transaction.begin()
    assert [lot.number for lot in api.lots(draft)] == ["2"]
    buyer.open(f"{draft.absolute_url()}/@@dupliquer")
    buyer.getControl("Référence de la copie").value = "2026-COPIE"
    buyer.getControl("Créer la copie").click()
    transaction.begin()
    assert "2026-copie" in site.a
    buyer.open(f"{site.a['2026-copie'].absolute_url()}/@@supprimer")
    assert "Programme de voirie 2026" in read(buyer)
    buyer.getControl("Supprimer ce brouillon").click()
    transaction.begin()
    assert "2026-copie" not in site.a


def test_decisions_are_typed_lot_by_lot_and_notified(site, visit):
    draft = publish(site, complete_draft(site.a))
    at(DEADLINE + timedelta(minutes=1))
    with as_agent(site.porteurs):
        workflow.fire(draft, "ouvrir")
    with as_agent(site.acheteurs):
        workflow.fire(draft, "analyser")
    transaction.commit()
    validator = visit(VALIDATOR, site)
    validator.open(f"{draft.absolute_url()}/@@decision")
    validator.getControl("Décision", index=0).value = ["attribue"]
    validator.getControl("Garder les décisions").click()
    assert "decision.titulaire" in read(validator)
    validator.getControl("Titulaire", index=0).value = "Société A"
    validator.getControl("Montant", index=0).value = "90 000"
    validator.getControl("Décision", index=1).value = ["infructueux"]
    validator.getControl("Arrêter toutes les décisions").click()
    assert "Les décisions sont arrêtées" in read(validator)
    validator.getLink("Notifier").click()
    validator.getControl("Notifier").click()
    assert "La consultation est notifiée" in read(validator)
    assert "Société A" in read(validator)
