"""What each form of publicity sends: prior information, intention, cancellation; findings beside the field; newspapers and prices."""

from datetime import timedelta
from html import unescape
from lxml import html
from megalis.portal.consultations import workflow
from megalis.portal.consultations.notices import delivery
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import store
from megalis.portal.formats import jal
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel.outbox import IOutboxHandler
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.notices_scene import *  # noqa: F403
from tests.consultations.notices_scene import BY
from tests.consultations.notices_scene import FORMAL
from tests.consultations.notices_scene import PUBLISHED
from tests.consultations.notices_scene import record
from tests.consultations.notices_scene import submitted
from zope.component import getGlobalSiteManager
from zope.component import getUtility

import pytest


DAY = timedelta(days=1)


def words(text):
    return " ".join(unescape(text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def rubric(body, title):
    """The row of the table of rubrics with this title."""
    return next(row for row in html.fromstring(body).xpath("//tbody/tr") if row.find("th").text_content() == title)


@pytest.fixture
def post(visit, linked):
    """Return a function: consultation, form -> (status, body) of ``@@publicite`` sent by a validator with our own token."""

    def send(consultation, **form):
        sent = (
            {"support": "joue", **form}
            if {"renvoyer", "abandonner"} & set(form)
            else {"support": "joue", "envoyer": "1", **form}
        )
        status, _headers, body = visit(
            consultation, "publicite", method="POST", user=linked.valideurs, token=True, **sent
        )
        return status, words(body)

    return send


def test_what_breaks_a_rule_stands_beside_its_field_in_french_with_the_rule_and_nothing_leaves(
    linked, visit, post, partner, referentiels
):
    referentiels("eforms-sdk-1.15.1")
    draft = submitted(linked, **FORMAL)
    _status, _headers, body = visit(draft, "publicite", user=linked.valideurs, support="joue")
    assert "Envoyer l’avis de marché" in words(body) and "Les règles du SDK eForms sont respectées" in words(body)
    linked.a.siret = ""
    status, _headers, body = visit(draft, "publicite", user=linked.valideurs, support="joue")
    row = rubric(body, "Acheteur")
    found = words(row.text_content())
    assert status == 200 and "BR-BT-00501-0022" in found, found
    (error, *_others) = row.find_class("mg-error")
    assert any(letter in words(error.text_content()) for letter in "éèàçêî"), "in French"
    summary = html.fromstring(body).find_class("mg-errors")[0].text_content()
    assert "BR-BT-00501-0022" in summary and "empêche" in summary
    assert "Envoyer l’avis de marché" not in words(body)
    status, said = post(draft, genre=lifecycle.CALL)
    assert status == 422 and "avis.regles" in said and store.every(draft) == [] and partner.asked == []


@pytest.mark.parametrize(
    ("procedure", "sort", "subtype"),
    [
        ("appel-offres-ouvert", "information", "4"),
        ("appel-offres-ouvert", "delais", "7"),
        ("appel-offres-restreint", "appel", "10"),
        ("appel-offres-ouvert", "sourcage", "E1"),
    ],
)
def test_a_draft_is_announced_from_its_form(linked, visit, post, partner, referentiels, procedure, sort, subtype):
    referentiels("eforms-sdk-1.15.1")
    draft = complete_draft(linked.a, **{**FORMAL, "procedure": procedure})
    body = visit(draft, "publicite", user=linked.valideurs, support="joue")[2]
    assert "Avis de préinformation" in words(body) and f'value="{sort}"' in body
    form = {"genre": lifecycle.PRIOR, "sorte": sort, "prevu": f"{NOW + 60 * DAY:%Y-%m-%d}"}
    form["reponses"] = f"{NOW + 40 * DAY:%Y-%m-%d}"
    for name in ("reponses",) if sort == "appel" else ("prevu",):
        status, said = post(draft, **{**form, name: f"{NOW - DAY:%Y-%m-%d}"})
        assert status == 422 and "avis.preinformation" in said and store.every(draft) == [], said
    status, said = post(draft, **form)
    assert status == 303, said
    made = record(draft)
    assert (made.kind, made.subtype, made.state) == (lifecycle.PRIOR, subtype, lifecycle.TO_SEND)


def test_a_mapa_is_announced_to_the_bulletin_alone(linked, post, partner, referentiels):
    referentiels("eforms-sdk-1.15.1")
    draft = complete_draft(linked.a, supports=("profil", "boamp"))
    status, said = post(draft, support="boamp", genre=lifecycle.PRIOR, sorte="information", prevu="2026-04-01")
    assert status == 303, said
    assert record(draft).subtype == "E2"


def test_a_cancellation_is_sent_from_the_page_with_its_reason(linked, visit, post, partner):
    consultation = publish(linked, complete_draft(linked.a, supports=("profil", "boamp")))
    sending.send(consultation, "boamp", lifecycle.CALL, BY)
    delivery.take(record(consultation), PUBLISHED)
    with as_agent(linked.valideurs):
        workflow.fire(consultation, "annuler", "Besoin disparu")
    body = words(visit(consultation, "publicite", user=linked.valideurs, support="boamp")[2])
    assert "Envoyer l’avis d’annulation" in body and "Besoin disparu" in body
    status, said = post(consultation, support="boamp", genre=lifecycle.CANCEL, motif="Besoin disparu")
    assert status == 303, said
    assert record(consultation).kind == lifecycle.CANCEL and b"Besoin disparu" in record(consultation).data


def test_a_notice_is_given_up_and_sent_again_from_the_page(linked, visit, post, partner):
    consultation = submitted(linked, supports=("profil", "boamp"))
    made = sending.send(consultation, "boamp", lifecycle.CALL, BY)
    assert post(consultation, abandonner=made.id)[0] == 303 and made.state == lifecycle.GIVEN_UP
    page = html.fromstring(visit(consultation, "publicite", user=linked.valideurs, support="boamp")[2])
    assert page.xpath("//button[@name='renvoyer']/@value") == [made.id]
    assert post(consultation, renvoyer=made.id)[0] == 303 and made.state == lifecycle.TO_SEND
    frozen = made.data
    assert post(consultation, renvoyer=made.id)[0] == 422 and made.data == frozen


class Post:
    """The mail of the tests: keeps what it was given."""

    def __init__(self):
        self.sent = []

    def send(self, site, message):
        self.sent.append(message.payload)


@pytest.fixture
def post_office():
    manager, made = getGlobalSiteManager(), Post()
    real = manager.getUtility(IOutboxHandler, name="mail")
    manager.registerUtility(made, IOutboxHandler, name="mail")
    yield made
    manager.registerUtility(real, IOutboxHandler, name="mail")


def test_a_newspaper_is_entered_priced_written_to_and_followed_by_the_pages(linked, portal, visit, post, post_office):
    page = {"method": "POST", "user": linked.administrateurs, "token": True}
    paper = {"nom": "Le Télégramme", "courriel": "annonces@telegramme.example", "ajouter": "1"}
    rate = {"prix": "4,50", "unite": "ligne", "depuis": "2026-01-01", "source": "Devis", "minimum": "10"}
    status, _headers, body = visit(linked.a, "annonces", **page, **paper, **{**rate, "prix": "gratuit"})
    assert (
        status == 422 and "jal.tarif-prix" in body and "Le Télégramme" in body and identity.newspapers(linked.a) == []
    )
    assert visit(linked.a, "annonces", **page, **paper, **rate)[0] == 303
    (kept,) = identity.newspapers(linked.a)
    body = words(visit(linked.a, "annonces", user=linked.administrateurs)[2])
    assert "4,5 € HT la ligne, 10 unités au moins, depuis le 01/01/2026 (Devis)" in body and "En vigueur" in body
    assert visit(linked.a, "annonces", **page, adresse=kept.id, courriel="jal@telegramme.example")[0] == 303
    later = {**rate, "prix": "5", "depuis": "2026-01-15", "source": "Contrat"}
    assert visit(linked.a, "annonces", **page, tarif=kept.id, **later)[0] == 303

    consultation = submitted(linked, supports=("profil", "boamp", "jal"))
    body = words(visit(consultation, "publicite", user=linked.valideurs, support="jal")[2])
    draft = sending.draft(consultation, "jal", lifecycle.CALL)
    lines = len(jal.lines(draft.text))
    price = f"{lines * 5} €"
    assert f"{lines} lignes de {jal.WIDTH} signes, {jal.characters(draft.text)} caractères" in body
    assert f"{lines} lignes, {price} HT" in body, body[body.rindex("Le Télégramme") :][:200]
    status, said = post(consultation, support="jal", genre=lifecycle.CALL)
    assert status == 422 and "jal.choix" in said
    status, said = post(consultation, support="jal", genre=lifecycle.CALL, journal=kept.id)
    assert status == 303, said
    made = record(consultation)
    (message,) = [message for message in outbox.due(portal, clock.now()) if message.kind == sending.QUEUE]
    getUtility(IOutboxHandler, name=sending.QUEUE).send(portal, message)
    (mail,) = post_office.sent
    assert mail["to"] == "jal@telegramme.example" and draft.text in mail["text"] and f"{lines} lignes" in mail["text"]
    assert price in words(mail["text"]) and made.state == lifecycle.SENT
    body = words(visit(consultation, "publicite", user=linked.valideurs, support="jal")[2])
    assert "Envoyé" in body
