"""The pages of acts, as the secretary, her colleague, the administrator, the operator and a passer-by see them."""

from megalis.portal.actes import arriving
from megalis.portal.actes import outcome
from megalis.portal.actes import service
from megalis.portal.formats.actes import states
from plone.testing.zope import Browser
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import in_force
from tests.actes.conftest import PASSWORD
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit

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
    found.acte = ready(found)
    transaction.commit()
    return found


@pytest.fixture
def browse(world):
    """Return a function: the beginning of an agent's e-mail (or None) -> a browser of his."""

    def open_as(login=None):
        found = Browser(world.portal.aq_parent)
        found.handleErrors = True
        found.raiseHttpErrors = False
        if login:
            found.addHeader("Authorization", f"Basic {login}:{PASSWORD}")
        return found

    return open_as


def secretary(browse):
    return browse("redacteurs-actes@a.exemple.fr")


def sender(browse):
    return browse("transmetteurs-actes@a.exemple.fr")


def text(browser):
    """Return what the page says, with plain spaces."""
    return html.unescape(browser.contents).replace("\xa0", " ").replace("\u202f", " ")


def post(browser, url, values, files):
    """Send a form as a browser does, several files under one name included; return the browser at the page that answers."""
    browser.open(url)
    token = re.search(r'name="_authenticator" value="([^"]+)"', browser.contents)[1]
    border = "----frontiere"
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {"_authenticator": token, **values}.items()
    ]
    for name, filename, data in files:
        head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(f"{head}Content-Type: application/pdf\r\n\r\n".encode() + data + b"\r\n")
    body = b"".join(parts) + f"--{border}--\r\n".encode()
    browser.post(url, body, f"multipart/form-data; boundary={border}")
    return browser


def give(browser, name, filename, data):
    browser.getControl(name=name).add_file(io.BytesIO(data), "application/pdf", filename)


def test_a_secretary_makes_an_act_in_one_page_and_asks_for_its_transmission(world, browse):
    browser = secretary(browse)
    values = {"numero": "d2026_044", "date_decision": "2026-03-16", "objet": "Tarifs de la cantine", "nature": "1"}
    values |= {"matiere": "7.1 Finances locales", "faire": "creer"}
    files = [("fichiers", "deliberation.pdf", a_pdf()), ("fichiers", "annexe.pdf", a_pdf())]
    post(browser, f"{world.a.absolute_url()}/@@nouvel-acte", values, files)
    assert browser.url.endswith("/@@transmettre")
    assert "Demander la transmission" in text(browser)
    browser.getControl("Demander la transmission").click()
    assert "Transmission demandée" in text(browser)
    sending = sender(browse)
    sending.open(f"{world.portal.absolute_url()}/espace-agent")
    assert "Transmettre l’acte D2026_044" in text(sending)


def test_every_mistake_of_the_form_is_said_at_once_and_what_was_typed_stays(world, browse):
    browser = secretary(browse)
    browser.open(f"{world.a.absolute_url()}/@@nouvel-acte")
    browser.getControl("Numéro").value = "n° 4"
    browser.getControl("Date de décision").value = "2126-03-16"
    browser.getControl("Objet").value = "Tarifs de la cantine"
    browser.getControl("Matière").value = "99.9"
    browser.getControl("Enregistrer et continuer").click()
    assert browser.headers["status"].startswith("422")
    for words in ("n’est pas un numéro d’acte", "dans le futur", "n’est pas dans la classification"):
        assert words in text(browser)
    assert "Tarifs de la cantine" in text(browser)


def test_a_branch_of_the_tree_opens_the_form_with_it_even_without_scripts(world, browse):
    browser = secretary(browse)
    browser.open(f"{world.a.absolute_url()}/@@nouvel-acte")
    browser.getLink("6.1 Police municipale").click()
    assert browser.getControl(name="matiere").value.startswith("6.1 ")
    browser.open(f"{world.acte.absolute_url()}/@@modifier")
    browser.getLink("6.1 Police municipale").click()
    assert re.search(r'name="matiere"[^>]*value="6\.1 ', browser.contents)
    assert ">Aménagement du bourg</textarea>" in browser.contents


def test_files_are_typed_reordered_and_removed(world, browse):
    browser = secretary(browse)
    browser.open(f"{world.acte.absolute_url()}/@@modifier")
    first, second = (piece.id for piece in world.acte.pieces)
    browser.getForm(id=f"premier-{second}").submit()
    assert browser.headers["status"].startswith("200")
    transaction.begin()
    assert [piece.id for piece in world.acte.pieces] == [second, first]
    browser.getForm(id=f"retirer-{first}").submit()
    transaction.begin()
    assert len(world.acte.pieces) == 1


def test_many_files_become_as_many_drafts_with_what_their_names_say(world, browse):
    browser = secretary(browse)
    files = [("fichiers", "2026-03-17_D012.pdf", a_pdf()), ("fichiers", "abime.pdf", b"%PDF-1.4 rien")]
    post(browser, f"{world.a.absolute_url()}/@@actes-lot", {"nature": "1", "faire": "deposer"}, files)
    assert "1 brouillon à compléter" in text(browser)
    assert "abîmé" in text(browser)
    transaction.begin()
    made = world.registre[world.registre.numbers["D012"]]
    assert made.date_decision.isoformat() == "2026-03-17"


def test_drafts_of_many_files_are_completed_one_after_the_other(world, browse):
    browser = secretary(browse)
    files = [("fichiers", f"2026-03-17_D{number}.pdf", a_pdf()) for number in ("020", "021")]
    post(browser, f"{world.a.absolute_url()}/@@actes-lot", {"nature": "1", "faire": "deposer"}, files)
    transaction.begin()
    first, second = (world.registre[world.registre.numbers[number]] for number in ("D020", "D021"))

    def save(acte, matiere):
        values = {
            "numero": acte.numero,
            "date_decision": "2026-03-17",
            "nature": "1",
            "matiere": matiere,
            "objet": "Voirie",
        }
        post(browser, f"{acte.absolute_url()}/@@modifier", {**values, "faire": "suivant"}, [])
        transaction.begin()
        return browser.url

    browser.open(f"{first.absolute_url()}/@@modifier")
    assert "Enregistrer, puis le brouillon suivant" in text(browser)
    assert save(first, "7.1 Décisions budgétaires") == f"{second.absolute_url()}/@@modifier"
    assert (first.matiere, len(first.pieces)) == ("7.1", 1)
    assert save(second, "") == f"{second.absolute_url()}/@@modifier", "what is wrong stays until it is mended"
    assert save(second, "8.4") == f"{world.acte.absolute_url()}/@@modifier", "the first comes after the last"


def test_a_sender_transmits_and_the_page_shows_the_acknowledgement_and_the_stamped_copy(world, browse, office):
    browser = sender(browse)
    browser.open(f"{world.acte.absolute_url()}/@@transmettre")
    browser.getControl("Transmettre à la préfecture").click()
    transaction.begin()
    rounds(world.portal, lambda: world.acte.etat == states.ACQUITTE)
    transaction.commit()
    browser.open(f"{world.acte.absolute_url()}/@@suivi")
    assert "Acquitté par la préfecture" in text(browser)
    browser.getLink("copie tamponnée").click()
    assert browser.headers["content-type"] == "application/pdf"
    browser.open(f"{world.acte.absolute_url()}/@@bordereau.pdf")
    assert browser.headers["content-type"] == "application/pdf"


@pytest.fixture
def received(world, office):
    transmit(world, world.acte)
    rounds(world.portal, lambda: world.acte.etat == states.ACQUITTE)
    transaction.commit()
    return world.acte


def test_nobody_sees_an_act_before_it_is_published_and_everybody_afterwards(world, browse, received):
    visitor = browse()
    visitor.open(received.absolute_url())
    assert "Aménagement du bourg" not in text(visitor)
    browser = sender(browse)
    browser.open(f"{received.absolute_url()}/@@publication")
    browser.getControl("Publier sur le registre").click()
    visitor.open(world.registre.absolute_url())
    visitor.getLink("Aménagement du bourg").click()
    assert "Exécutoire depuis le" in text(visitor)
    visitor.getLink("Acte : piece-0.pdf").click()
    assert visitor.headers["content-type"] == "application/pdf"


def test_a_file_that_is_not_ticked_stays_hidden_and_one_without_names_takes_its_place(world, browse, received):
    first, second = received.pieces
    browser = sender(browse)
    browser.open(f"{received.absolute_url()}/@@publication")
    give(browser, "fichier", "sans-noms.pdf", a_pdf("Sans les noms"))
    browser.getControl("Remplacer").click()
    browser.getControl(name="pieces").value = [first.id]
    browser.getControl("Publier sur le registre").click()
    visitor = browse()
    visitor.open(received.absolute_url())
    assert "sans-noms.pdf" in text(visitor)
    assert "piece-0.pdf" not in text(visitor)
    visitor.open(f"{received.absolute_url()}/@@document?piece={second.id}")
    assert visitor.headers["status"].startswith("404")
    visitor.open(f"{received.absolute_url()}/@@fichier?piece={first.id}")
    assert not visitor.headers["status"].startswith("200") or "login" in visitor.url


def test_an_individual_decision_is_not_published(world, browse, office):
    acte = ready(world, "AI_1", nature=3, matiere="4.1")
    transaction.commit()
    transmit(world, acte)
    rounds(world.portal, lambda: acte.etat == states.ACQUITTE)
    transaction.commit()
    browser = sender(browse)
    browser.open(f"{acte.absolute_url()}/@@publication")
    assert "se notifie à la personne" in text(browser)
    assert "Publier sur le registre" not in text(browser)


def test_the_register_is_searched_and_taken_away_as_scdl_and_atom(world, browse, received):
    outcome.publish(received, world.transmetteurs)
    transaction.commit()
    visitor = browse()
    url = world.registre.absolute_url()
    for query, found in (
        ("q=bourg", True),
        ("q=cantine", False),
        ("nature=2", False),
        ("annee=2026", True),
        ("matiere=8", True),
    ):
        visitor.open(f"{url}?{query}")
        assert ("Aménagement du bourg" in text(visitor)) is found, query
    visitor.open(f"{url}/@@deliberations.csv")
    rows = list(csv.DictReader(io.StringIO(visitor.contents)))
    assert rows[0]["DELIB_ID"] == "D2026_001"
    assert rows[0]["PREF_ID"] == "SPREF0224"
    visitor.open(f"{url}/@@flux.xml")
    assert f"<id>urn:uuid:{received.UID()}</id>" in visitor.contents
    visitor.open(f"{url}/@@flux.rss")
    assert visitor.headers["content-type"].startswith("application/rss+xml")
    assert f"<link>{received.absolute_url()}</link>" in visitor.contents
    visitor.open(f"{world.portal.absolute_url()}/@@registres-des-actes.rss")
    assert f"<link>{received.absolute_url()}</link>" in visitor.contents


def test_a_letter_is_read_and_answered_from_its_page(world, browse, received, office):
    office.letter(received.identifier, "pieces")
    rounds(world.portal, lambda: bool(received.dossier.courriers))
    transaction.commit()
    browser = sender(browse)
    browser.open(f"{received.absolute_url()}/@@suivi")
    browser.getLink("Demande de pièces complémentaires").click()
    assert "Le plan annexé" in text(browser)
    values = {"reponse": "3-4", "faire": "repondre"}
    post(browser, browser.url, values, [("fichiers", "plan.pdf", a_pdf("Plan"))])
    assert "La réponse part" in text(browser)


def test_an_administrator_sets_the_place_and_loads_a_classification(world, browse):
    browser = browse("administrateurs@a.exemple.fr")
    browser.open(f"{world.a.absolute_url()}/@@actes-reglages")
    browser.getControl("Personne que la préfecture peut appeler").value = "Secrétariat"
    browser.getControl("Enregistrer").click()
    assert "Réglages enregistrés" in text(browser)
    browser.getControl(name="fichier").add_file(io.BytesIO(in_force()), "text/xml", "7-2.xml")
    browser.getControl("Charger").click()
    assert "Classification chargée" in text(browser)
    browser.getControl(name="fichier").add_file(io.BytesIO(b"<a/>"), "text/xml", "7-2.xml")
    browser.getControl("Charger").click()
    assert browser.headers["status"].startswith("422")


def test_the_operator_sees_what_is_stuck_and_what_found_no_act(world, browse, office):
    office.letter("022-212202782-20260101-INCONNU-DE", "courrier")
    rounds(world.portal, lambda: bool(arriving.orphans(world.portal)))
    transaction.commit()
    browser = browse("exploitant@megalis.exemple.fr")
    browser.open(f"{world.portal.absolute_url()}/@@actes-exploitation")
    assert "Aucun acte n’a l’identifiant" in text(browser)
    assert "serveur du ministère, par HTTPS" in text(browser)


def test_a_neighbour_sees_nothing_of_the_acts(world, browse):
    browser = browse("administrateurs@b.exemple.fr")
    for page in ("@@suivi", "@@modifier", "@@transmettre", "@@fichier"):
        browser.open(f"{world.acte.absolute_url()}/{page}")
        assert "Aménagement du bourg" not in text(browser), page


def test_an_act_given_up_frees_its_number(world, browse):
    browser = sender(browse)
    browser.open(f"{world.acte.absolute_url()}/@@annulation")
    browser.getControl("Abandonner l’acte").click()
    transaction.begin()
    assert world.acte.etat == states.ABANDONNE
    assert service.registres.of(world.a).numbers.get("D2026_001") is None


def test_a_field_sent_twice_is_refused_in_words(world, browse):
    browser = secretary(browse)
    page = f"{world.a.absolute_url()}/@@nouvel-acte"
    browser.open(page)
    token = re.search(r'name="_authenticator" value="([^"]+)"', browser.contents)[1]
    for name in ("date_decision", "objet", "numero", "nature", "matiere"):
        browser.post(page, f"faire=creer&{name}=a&{name}=b&_authenticator={token}")
        assert browser.headers["Status"].startswith("422"), name
        browser.post(page, f"faire=creer&{name}.x:record=a&_authenticator={token}")
        assert browser.headers["Status"].startswith("422"), name
