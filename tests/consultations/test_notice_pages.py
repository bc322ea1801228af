"""What the pages of publicity show and take: newspapers, the answer of a service, who may send, to whom the site is connected."""

from AccessControl import Unauthorized
from datetime import date
from datetime import timedelta
from html import unescape
from megalis.portal.consultations.notices import delivery
from megalis.portal.consultations.notices import identity
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices.tasks import what
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports import Reason
from megalis.portal.consultations.notices.transports import Told
from megalis.portal.formats.jal import Rate
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import publish
from tests.consultations.notices_scene import *  # noqa: F403
from tests.consultations.notices_scene import BY
from tests.consultations.notices_scene import code_of
from tests.consultations.notices_scene import PUBLISHED
from tests.consultations.notices_scene import record
from tests.consultations.notices_scene import run
from tests.consultations.notices_scene import submitted
from tests.organisations.conftest import PASSWORD

import pytest
import transaction


RATE = Rate(date(2026, 1, 1), "caractere", identity.Decimal("0.193"), "Arrêté")


@pytest.fixture
def announced(linked):
    paper = identity.add_newspaper(linked.a, "Le Télégramme", "annonces@telegramme.example", RATE, BY)
    return submitted(linked, supports=("profil", "boamp", "jal")), paper


def test_a_newspaper_gets_a_mail_and_its_answer_is_kept_with_the_proof(
    functional_portal, portal, announced, monkeypatch
):
    consultation, paper = announced
    assert code_of(sending.send, consultation, "jal", lifecycle.CALL, BY) == "jal.choix"
    made = sending.send(consultation, "jal", lifecycle.CALL, BY, newspaper=paper.id)
    assert made.quote["expected"].units == len(made.data.decode().replace("\n", ""))
    assert code_of(sending.acknowledge, consultation, made.id, BY, {}) == "jal.reponse"
    text = delivery.letter(made, consultation, consultation.aq_parent)
    assert made.data.decode() in text and "caractères" in text
    store.note(made, "Envoyé", state=lifecycle.SENT)
    sending.acknowledge(consultation, made.id, BY, {"reference": "T-12", "gross": identity.Decimal("212.40")})
    assert (made.state, made.reference, made.quote["gross"]) == (lifecycle.RECEIVED, "T-12", identity.Decimal("212.40"))
    sending.acknowledge(consultation, made.id, BY, {"day": date(2026, 2, 5)})
    assert (made.state, made.published_on) == (lifecycle.PUBLISHED, date(2026, 2, 5))


def test_an_announcement_that_is_taken_back_leaves_nothing(announced):
    consultation, paper = announced
    made = sending.send(consultation, "jal", lifecycle.CALL, BY, newspaper=paper.id)
    sending.abandon(consultation, made.id, BY)
    assert made.state == lifecycle.GIVEN_UP
    assert code_of(sending.abandon, consultation, made.id, BY) == "avis.abandon"


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda town: identity.add_newspaper(town, "", "a@b.example", None, BY), "denomination.vide"),
        (lambda town: identity.add_newspaper(town, "Journal", "pas une adresse", None, BY), "courriel.forme"),
        (lambda town: identity.newspaper(town, "zz"), "jal.inconnu"),
        (lambda town: identity.rate("abc", "ligne", "2026-01-01", "Contrat"), "jal.tarif-prix"),
        (lambda town: identity.rate("-1", "ligne", "2026-01-01", "Contrat"), "jal.tarif-prix"),
        (lambda town: identity.rate("1", "page", "2026-01-01", "Contrat"), "jal.tarif-forme"),
        (lambda town: identity.rate("1", "ligne", "hier", "Contrat"), "avis.jour"),
        (lambda town: identity.rate("1", "ligne", "", "Contrat"), "jal.tarif-date"),
        (lambda town: identity.rate("1", "ligne", "2026-01-01", " "), "jal.tarif-forme"),
        (lambda town: identity.tell(town, "zz", "", "", {}, BY), "avis.activite"),
        (lambda town: identity.tell(town, "gen-pub", "", "", {"name": "TA"}, BY), "avis.tribunal"),
    ],
)
def test_what_a_collectivite_types_wrong_is_refused(world, call, code):
    assert code_of(call, world.a) == code


def test_one_newspaper_has_one_name_and_dated_rates(world):
    paper = identity.add_newspaper(world.a, "Ouest-France", "annonces@ouest.example", RATE, BY)
    assert code_of(identity.add_newspaper, world.a, "ouest-france", "b@ouest.example", None, BY) == "jal.double"
    later = Rate(date(2026, 6, 1), "caractere", identity.Decimal("0.2"), "Arrêté")
    paper = identity.change_newspaper(world.a, paper.id, BY, new_rate=later)
    assert paper.rate(date(2026, 5, 31)).price == identity.Decimal("0.193")
    assert paper.rate(date(2026, 6, 1)).price == identity.Decimal("0.2")
    identity.remove_newspaper(world.a, paper.id, BY)
    assert identity.newspapers(world.a) == []


def test_only_a_validator_sends_and_every_follower_reads(visit, linked, partner):
    consultation = publish(linked, complete_draft(linked.a, supports=("profil", "boamp")))
    form = {"support": "boamp", "genre": "marche", "envoyer": "1"}
    status, _headers, body = visit(consultation, "publicite", method="POST", user=linked.acheteurs, token=True, **form)
    assert status == 403 and "avis.role" in body and store.every(consultation) == []
    status, _headers, body = visit(consultation, "publicite", user=linked.lecteurs)
    assert status == 200 and "BOAMP" in body and 'name="envoyer"' not in body and "Simulation" in body
    status, _headers, _body = visit(consultation, "publicite", method="POST", user=linked.valideurs, token=True, **form)
    assert status == 303
    assert len(store.every(consultation)) == 1
    status, _headers, body = visit(consultation, "publicite", method="POST", user=linked.valideurs, token=True, **form)
    assert status == 422 and "avis.double" in body


def test_the_page_of_a_notice_shows_its_bytes_and_takes_the_answer_of_a_newspaper(visit, announced, linked):
    consultation, paper = announced
    made = sending.send(consultation, "jal", lifecycle.CALL, BY, newspaper=paper.id)
    store.note(made, "Envoyé", state=lifecycle.SENT)
    status, _headers, body = visit(consultation, "avis", user=linked.valideurs, id=made.id)
    assert status == 200 and made.sha256 in body and "AVIS D’APPEL PUBLIC" in body
    form = {"id": made.id, "repondre": "1", "net": "douze"}
    status, _headers, body = visit(consultation, "avis", method="POST", user=linked.valideurs, token=True, **form)
    assert status == 422 and "jal.montant" in body
    form = {"id": made.id, "repondre": "1", "net": "125,40", "jour": "2026-02-10", "reference": "T-1"}
    status, _headers, body = visit(consultation, "avis", method="POST", user=linked.valideurs, token=True, **form)
    assert status == 303 and record(consultation).state == lifecycle.PUBLISHED
    _status, headers, body = visit(consultation, "avis-fichier", user=linked.lecteurs, id=made.id)
    assert body == made.data and "text/plain" in str(headers["content-type"])


def test_the_pages_of_a_notice_tell_an_accident_of_the_service_and_that_it_changed_on_its_way(
    functional_portal, mapa_committed, partner, browser
):
    mapa = mapa_committed
    partner.answers = [NotNow("service.page", "Le service a répondu par une page.", None, "<html>")]
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    run(functional_portal)
    mapa.title = "Autre objet"
    transaction.commit()
    validator = browser("valideurs@a.exemple.fr", PASSWORD)
    validator.open(f"{mapa.absolute_url()}/@@publicite?support=boamp")
    validator.getLink(url="@@avis?id=").click()
    words = " ".join(unescape(validator.contents).split())
    assert "Le service a répondu par une page." in words and "À envoyer" in words
    assert "ne dit plus tout à fait ce qui a été envoyé" in words
    assert "Un rectificatif se proposera une fois cet avis paru" in words and "Voir le rectificatif" not in words
    delivery.take(record(mapa), PUBLISHED)
    transaction.commit()
    validator.reload()
    validator.getLink("Voir le rectificatif proposé").click()
    words = " ".join(unescape(validator.contents).split())
    assert "Autre objet" in words and "Envoyer l’avis rectificatif" in words


def test_a_real_service_wants_an_address_and_a_key(portal, world, monkeypatch):
    assert code_of(services.tell, portal, "joue", services.REAL, "http://ted.example", BY) == "service.adresse"
    assert code_of(services.tell, portal, "joue", services.REAL, "https://ted.example", BY) == "service.cle"
    assert code_of(services.tell, portal, "joue", "zz", "", BY) == "service.choix"
    monkeypatch.setenv("MEGALIS_TED_KEY", "secret")
    services.tell(portal, "joue", services.REAL, "https://ted.example", BY)
    found = services.client(portal, "joue")
    assert (found.address, found.key) == ("https://ted.example", "secret")


def test_a_task_asks_to_mend_what_was_refused(mapa, partner):
    made = sending.send(mapa, "boamp", lifecycle.CALL, BY)
    assert what(made, clock.now()) == ""
    delivery.take(made, Told(lifecycle.REFUSED, reasons=(Reason("A", "B"),)))
    assert what(made, clock.now()) == "Corriger et renvoyer"
    assert what(made, clock.now() + timedelta(days=90)) == ""


def test_the_operator_connects_a_service_and_is_told_why_he_cannot(visit, portal, linked, monkeypatch):
    monkeypatch.delenv("MEGALIS_TED_KEY", raising=False)
    page = {"context": portal, "name": "services-de-publication", "user": linked.operator}
    status, _headers, body = visit(**page)
    assert status == 200 and body.count("Simulation sur cette machine") == 2 and "absente" in body
    for form, code in (
        ({"relier": "joue", "mode": services.REAL, "adresse": "ftp://ted"}, "service.adresse"),
        ({"relier": "joue", "mode": services.REAL, "adresse": "https://ted.example"}, "service.cle"),
        ({"relier": "gazette", "mode": services.OFF}, "service.choix"),
        ({"relier": "joue", "mode": "demain"}, "service.choix"),
        ({"relancer": "0" * 32}, "message.absent"),
        ({}, "action"),
    ):
        status, _headers, body = visit(**page, method="POST", token=True, **form)
        assert (status, code in body) == (422, True), (form, status)
    assert services.mode(portal, "joue") == services.SIMULATED, "nothing changed"
    monkeypatch.setenv("MEGALIS_TED_KEY", "cle-du-ted-0123456789")
    form = {"relier": "joue", "mode": services.REAL, "adresse": "https://ted.example"}
    assert visit(**page, method="POST", token=True, **form)[0] == 303
    assert services.told(portal, "joue") | {"at": None} == {
        "mode": services.REAL,
        "address": "https://ted.example",
        "at": None,
        "by": "Exploitant",
    }
    body = visit(**page)[2]
    assert "Relié" in body and "posée" in body and "cle-du-ted-0123456789" not in body


def test_the_operator_sees_what_does_not_leave_and_sends_it_again(visit, portal, linked, mapa, partner):
    sending.send(mapa, "boamp", lifecycle.CALL, BY)
    (message,) = (item for item in outbox.messages(portal) if item.kind == sending.QUEUE)
    message.state, message.error, message.tries = "a-retenter", "Le service est en panne.", 7
    message.next_try = clock.now() + timedelta(hours=6)
    page = {"context": portal, "name": "services-de-publication", "user": linked.operator}
    body = visit(**page)[2]
    assert "Le service est en panne." in body and mapa.reference in body and f'value="{message.id}"' in body
    assert visit(**page, method="POST", token=True, relancer=message.id)[0] == 303
    assert (message.state, message.tries) == ("a-envoyer", 0) and message.next_try <= clock.now()
    assert 'name="relancer"' not in visit(**page)[2], "it is on its way"


@pytest.mark.parametrize("who", ["administrateurs", "valideurs", "boss"])
def test_nobody_but_the_operator_connects_services(visit, portal, linked, who):
    with pytest.raises(Unauthorized):
        visit(portal, "services-de-publication", user=getattr(linked, who))
