"""The pages as people and programs meet them: who may do what, what is refused with which words, what a refusal leaves."""

from html import unescape
from megalis.portal.groupings import surveying
from megalis.portal.kernel import clock
from tests.groupings.conftest import answered
from tests.groupings.conftest import CLOSES
from tests.groupings.conftest import gathered
from tests.groupings.conftest import MEMBER
from tests.groupings.conftest import NOW
from urllib.parse import urlencode

import pytest
import transaction


BUYER, HOLDER = "acheteurs@a.exemple.fr", "porteurs@a.exemple.fr"
HOSTILE = ("<script>alert(1)</script>", "x" * 5000, "=1+1", "\x00\x01", "’; DROP TABLE")


@pytest.fixture
def item(served):
    """A survey that is open, its convention signed."""
    made = gathered(served)
    surveying.send(made, CLOSES, served.acheteurs)
    transaction.commit()
    return made


def status(browser):
    return int(browser.headers["status"].split()[0])


def words(browser):
    """Return what the page says, its typographic spaces as plain ones."""
    return unescape(browser.contents).replace("\xa0", " ").replace("\u202f", " ")


def denied(browser):
    return "/login" in browser.url or status(browser) in (401, 403, 404)


def visit(browser, item, view=""):
    browser.open(f"{item.absolute_url()}/{view}")
    return browser


def test_members_and_their_coordinator_read_and_nobody_else(item, open_as):
    for login in (BUYER, MEMBER):
        for view in ("", "@@convention", "@@besoins", "@@reponse", "@@consolidation", "@@parts", "@@commandes"):
            assert status(visit(open_as(login), item, view)) == 200, (login, view)
    for login in (HOLDER, "gerant@toitures.exemple.fr"):
        assert denied(visit(open_as(login), item)), login
    assert denied(visit(open_as(), item))


def test_a_member_neither_coordinates_nor_opens_the_consultation(item, open_as):
    for view in ("@@convention-modifier", "@@ouvrir-consultation"):
        assert denied(visit(open_as(MEMBER), item, view)), view
    browser = visit(open_as(MEMBER), item, "@@besoins")
    assert "Ajouter le lot" not in words(browser) and "Prolonger" not in words(browser)
    browser.addHeader("X-Requested-With", "test")
    browser.post(f"{item.absolute_url()}/@@besoins", urlencode({"faire": "relancer"}))
    assert status(browser) == 403 and "Votre rôle ne permet pas" in words(browser)


def test_a_post_without_our_token_changes_nothing(item, open_as):
    line = item.lines[0].id
    for view, fields in (
        ("@@reponse", {"faire": "enregistrer", f"q-{line}": "5"}),
        ("@@convention", {"faire": "inviter"}),
        ("@@convention-modifier", {"faire": "enregistrer", "title": "Autre", "mission": "passation", "start": ""}),
    ):
        browser = open_as(BUYER)
        browser.post(f"{item.absolute_url()}/{view}", urlencode(fields))
        assert status(browser) == 403
    transaction.abort()
    assert not any(answer.draft for answer in item.answers.values())


def test_hostile_answers_are_refused_line_by_line_and_shown_harmless(item, open_as, served):
    for text in HOSTILE:
        browser = visit(open_as(MEMBER), item, "@@reponse")
        for line in item.lines:
            browser.getControl(name=f"q-{line.id}").value = text
        browser.getControl("Envoyer la réponse").click()
        assert status(browser) == 422 and "3 points à corriger" in words(browser)
        assert "<script>alert" not in browser.contents
    transaction.abort()
    assert item.answers[served.b_uid].sent is None


def test_an_answer_at_the_second_of_the_freezing_is_refused_and_kept_aside_whole(item, open_as, served):
    browser = visit(open_as(MEMBER), item, "@@reponse")
    for line in item.lines:
        browser.getControl(name=f"q-{line.id}").value = "7"
    clock.set_for_tests(CLOSES)
    browser.getControl("Envoyer la réponse").click()
    assert status(browser) == 409
    transaction.abort()
    (late,) = item.late.values()
    assert late.uid == served.b_uid and len(late.needs) == 3
    assert item.answers[served.b_uid].sent is None and item.frozen["at"] == CLOSES
    coordinator = visit(open_as(BUYER), item, "@@consolidation")
    assert "Papier A4 : 7 (sans réponse comptée), en ramette" in words(coordinator), "what is retained is read first"
    coordinator.getControl("Retenir").click()
    transaction.abort()
    assert late.retained is not None and surveying.table(item).rows[0].total == 7


def test_files_of_the_consolidation_hold_a_column_a_member(item, open_as, served):
    clock.set_for_tests(NOW)
    surveying.send_answer(item, served.b_uid, {line.id: "7" for line in item.lines}, {})
    transaction.commit()
    browser = visit(open_as(MEMBER), item, "@@consolidation.csv")
    head, first = browser.contents.lstrip("\ufeff").splitlines()[:2]
    assert head.startswith("Lot;Besoin;Unité;Commune de Saint-Brieuc;Commune de Lannion;Total")
    assert first.startswith("1;Papier A4;ramette;;7;7")
    for kind in ("xlsx", "pdf"):
        assert status(visit(open_as(MEMBER), item, f"@@consolidation.{kind}")) == 200


def test_inviting_says_what_is_wrong(served, open_as):
    made = gathered(served, signed=False)
    transaction.commit()
    for typed, told in (
        ("Commune de Lannion", "est déjà invitée"),
        ("Commune de Saint-Brieuc", "est le coordonnateur"),
        ("000000000", "n’est pas une collectivité inscrite ici"),
        ("<b>Brest", "n’est pas une collectivité inscrite ici"),
    ):
        browser = visit(open_as(BUYER), made, "@@convention")
        browser.getControl(name="collectivite").value = typed
        browser.getControl("Inviter").click()
        assert status(browser) == 422 and told in words(browser), typed


def test_the_dossier_of_a_grouping_from_its_form(served, open_as):
    browser = open_as(BUYER)
    browser.open(f"{served.a.absolute_url()}/@@nouveau-groupement")
    browser.getControl(name="title").value = "Assurances"
    browser.getControl(name="start").value = "2026-05-01"
    browser.getControl(name="end").value = "2025-05-01"
    browser.getControl("Enregistrer").click()
    assert status(browser) == 422 and "La fin doit suivre le début" in words(browser)
    browser.getControl(name="end").value = "2028-05-01"
    browser.getControl("Enregistrer").click()
    assert "Le groupement est créé" in words(browser) and browser.url.endswith("/@@convention")
    assert "La convention ne dit pas encore" in words(browser)


def test_the_signed_convention_is_a_pdf(item, open_as):
    for name, data, told in (
        ("convention.txt", b"texte", "n’est pas un PDF"),
        ("convention.pdf", b"texte", "n’est pas un PDF"),
    ):
        browser = visit(open_as(BUYER), item, "@@convention")
        browser.getControl(name="document").add_file(data, "application/pdf", name)
        browser.getControl("Joindre").click()
        assert status(browser) == 422 and told in words(browser), name
    browser = visit(open_as(BUYER), item, "@@convention")
    browser.getControl(name="document").add_file(b"%PDF-1.4\n%%EOF", "application/pdf", "convention.pdf")
    browser.getControl("Joindre").click()
    assert "La convention signée est jointe" in words(browser)
    assert status(visit(open_as(MEMBER), item, "@@convention-signee")) == 200


def test_two_orders_at_the_same_instant_do_not_pass_the_maximum_together(served, functional, monkeypatch):
    from megalis.portal.consultations import api as consultations
    from megalis.portal.groupings import opening
    from megalis.portal.groupings import ordering
    from ZODB.POSException import ConflictError

    made = answered(served, gathered(served))
    opening.open_consultation(made, "2026-GRP-01", "bons-de-commande", "1000")
    transaction.commit()
    monkeypatch.setattr(consultations, "workflow_state", lambda consultation: "notifiee")
    day = clock.paris(clock.now()).date()
    manager = transaction.TransactionManager()
    connection = made._p_jar.db().open(transaction_manager=manager)
    other = connection.get(made._p_oid)
    assert other.ordered is None  # the second writer read before the first one wrote
    ordering.order(made, served.a_uid, "1", "BC-1", "Papier", "600", day)
    transaction.commit()
    other.ordered = 600
    with pytest.raises(ConflictError):
        manager.commit()
    manager.abort()
    connection.close()
    assert ordering.total(made) == 600
