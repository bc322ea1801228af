"""The door: who gets in, who is kept out, and what a new password or a closed account ends."""

from base64 import b64encode
from datetime import timedelta
from html import unescape
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from tests.organisations.conftest import link_in
from tests.organisations.conftest import mails
from tests.organisations.conftest import PASSWORD
from tests.organisations.conftest import sign_in
from tests.organisations.conftest import status

import pytest
import re
import transaction


AGENT = "acheteurs@a.exemple.fr"
BIDDER = "offres@toitures.exemple.fr"
NEW = "trois lapins mangent du trèfle"


@pytest.fixture
def site(served_world):
    yield served_world.site
    clock.set_for_tests(None)


@pytest.fixture
def attempt(site, browse):
    """Return a function: try a password, tell whether it let in."""

    def tries(login, password):
        browser = browse(login, password)
        return status(browser) == 200 and "Mon compte" in browser.contents

    return tries


def known(site):
    transaction.begin()
    return site.acl_users.megalis_door


@pytest.mark.parametrize(("login", "path"), [(AGENT, "/espace-agent"), (BIDDER, "/espace-entreprise")])
def test_each_lands_on_the_dashboard_of_his_door(site, browse, login, path):
    browser = browse(login)
    assert browser.url == site.absolute_url() + path
    assert not re.search(r"« | [»?!]", browser.contents)  # what rooms hand to it is typeset like the rest


def test_one_goes_on_where_one_was_going(site, browse):
    browser = browse()
    browser.open(f"{site.absolute_url()}/login?came_from={site.absolute_url()}/collectivites")
    browser.getControl(name="__ac_name").value = AGENT
    browser.getControl(name="__ac_password").value = PASSWORD
    browser.getControl("Se connecter").click()
    assert browser.url == f"{site.absolute_url()}/collectivites"


def test_one_never_goes_to_another_site_after_signing_in(site, browse):
    browser = browse()
    browser.open(f"{site.absolute_url()}/login?came_from=https://ailleurs.exemple/piege")
    browser.getControl(name="__ac_name").value = AGENT
    browser.getControl(name="__ac_password").value = PASSWORD
    browser.getControl("Se connecter").click()
    assert browser.url == f"{site.absolute_url()}/espace-agent"


def test_login_and_address_both_sign_in_in_any_case(site, attempt, served_world):
    people.create("agent", "autre@a.exemple.fr", "Agent autre", PASSWORD, login="autre.agent")
    transaction.commit()
    assert attempt("autre.agent", PASSWORD)
    assert attempt("Autre@A.exemple.fr", PASSWORD)


def test_five_failures_close_the_account_even_to_the_right_password(site, attempt, served_world):
    for _ in range(4):
        assert not attempt(AGENT, "mauvais")
    assert attempt(AGENT, PASSWORD), "four failures close nothing, and a success forgets them"
    for _ in range(5):
        assert not attempt(AGENT, "mauvais")
    assert not attempt(AGENT, PASSWORD)
    assert known(site).is_locked(served_world.acheteurs)
    event = journal.events(site, "verrou")[-1]
    assert (event["objet"], event["identifiant"]) == ("compte", AGENT)


def test_the_account_opens_again_after_a_quarter_of_an_hour(site, attempt):
    for _ in range(5):
        attempt(AGENT, "mauvais")
    now = clock.now()
    clock.set_for_tests(now + timedelta(minutes=14))
    assert not attempt(AGENT, PASSWORD)
    clock.set_for_tests(now + timedelta(minutes=16))
    assert attempt(AGENT, PASSWORD)


def test_login_and_address_of_one_account_are_counted_together(site, attempt):
    people.create("agent", "autre@a.exemple.fr", "Agent autre", PASSWORD, login="autre.agent")
    transaction.commit()
    for login in ("autre.agent", "autre@a.exemple.fr", "AUTRE@a.exemple.fr", "autre.agent", "autre.agent"):
        attempt(login, "mauvais")
    assert not attempt("autre.agent", PASSWORD)


def test_a_closed_account_closes_nobody_elses(site, attempt):
    for _ in range(5):
        attempt(AGENT, "mauvais")
    assert attempt(BIDDER, PASSWORD)


def test_basic_authentication_goes_through_the_same_door(site, browse):
    def answer(password):
        browser = browse()
        browser.addHeader("Authorization", "Basic " + b64encode(f"{AGENT}:{password}".encode()).decode())
        browser.open(f"{site.absolute_url()}/mon-compte")
        return status(browser) == 200 and "Agent acheteurs" in browser.contents

    assert answer(PASSWORD)
    for _ in range(5):
        assert not answer("mauvais")
    assert not answer(PASSWORD)


def test_twenty_failures_from_one_address_close_that_address(site, served_world):
    door = known(site)
    for number in range(20):
        credentials = {"login": f"inconnu{number}", "password": "mauvais", "remote_address": "192.0.2.7"}
        assert door.authenticateCredentials(credentials) is None
        transaction.begin()
    right = {"login": AGENT, "password": PASSWORD}
    assert door.authenticateCredentials({**right, "remote_address": "192.0.2.7"}) is None
    assert door.authenticateCredentials({**right, "remote_address": "192.0.2.8"})[0] == served_world.acheteurs
    assert journal.events(site, "verrou")[-1]["objet"] == "adresse"


def test_the_answer_is_the_same_for_an_unknown_account(site, browse):
    answers = []
    for login in (AGENT, "personne@exemple.fr"):
        browser = browse(login, "mauvais mot de passe")
        assert status(browser) == 403
        text = browser.contents
        answers.append(text[text.index('role="alert"') : text.index('role="alert"') + 400])
    assert answers[0] == answers[1]


def test_signing_in_is_journalled(site, browse, served_world):
    browse(AGENT)
    transaction.begin()
    assert journal.events(site, "connexion")[-1]["personne"] == served_world.acheteurs


def test_a_form_on_another_site_cannot_sign_anyone_in(site, browse):
    browser = browse()
    browser.addHeader("Origin", "https://ailleurs.exemple")
    sign_in(browser, site, AGENT, PASSWORD)
    assert status(browser) == 403
    assert "vient d’un autre site" in unescape(browser.contents)


def test_a_closed_account_loses_its_running_session(site, browse, served_world):
    browser = browse(AGENT)
    people.deactivate(served_world.acheteurs)
    transaction.commit()
    browser.open(f"{site.absolute_url()}/mon-compte")
    assert browser.url.startswith(f"{site.absolute_url()}/login")
    assert status(browse(AGENT)) == 403


def test_an_agent_who_left_sees_nothing_more_at_his_next_click(site, browse, served_world):
    browser = browse("administrateurs@a.exemple.fr")
    page = f"{served_world.a.absolute_url()}/@@agents"
    browser.open(page)
    assert browser.url == page
    membership.add(served_world.a, served_world.acheteurs, {"administrateurs"})
    membership.remove(served_world.a, served_world.administrateurs)
    transaction.commit()
    browser.open(page)
    assert browser.url != page


def test_a_new_password_ends_the_other_sessions_and_not_this_one(site, browse):
    here, elsewhere = browse(AGENT), browse(AGENT)
    clock.set_for_tests(clock.now() + timedelta(seconds=2))
    change_password(here, site)
    assert "Votre mot de passe est changé" in here.contents
    elsewhere.open(f"{site.absolute_url()}/mon-compte")
    assert elsewhere.url.startswith(f"{site.absolute_url()}/login")


def change_password(browser, site, current=PASSWORD, new=NEW, again=NEW):
    browser.open(f"{site.absolute_url()}/mon-compte-mot-de-passe")
    fields = [browser.contents.index(f'name="form.widgets.{name}"') for name in ("current", "password", "again")]
    assert fields == sorted(fields)
    browser.getControl(name="form.widgets.current").value = current
    browser.getControl(name="form.widgets.password").value = new
    browser.getControl(name="form.widgets.again").value = again
    browser.getControl("Changer le mot de passe").click()


@pytest.mark.parametrize(
    ("current", "new", "again", "message"),
    [
        ("mauvais", NEW, NEW, "Ce n’est pas votre mot de passe actuel"),
        (PASSWORD, NEW, "autre chose", "Les deux saisies diffèrent"),
        (PASSWORD, "court", "court", "il en faut au moins 12"),
        (PASSWORD, AGENT, AGENT, "contient votre identifiant"),
    ],
)
def test_a_password_is_not_changed_without_good_reasons(site, browse, attempt, current, new, again, message):
    browser = browse(AGENT)
    change_password(browser, site, current, new, again)
    assert status(browser) == 422
    assert message in unescape(browser.contents)
    assert attempt(AGENT, PASSWORD)


def ask_link(site, browse, login):
    browser = browse()
    browser.open(f"{site.absolute_url()}/mot-de-passe-perdu")
    browser.getControl(name="form.widgets.identifier").value = login
    browser.getControl("Recevoir le lien").click()
    transaction.begin()
    return browser


def test_a_lost_password_is_replaced_by_the_link_once(site, browse, attempt):
    for _ in range(5):
        attempt(AGENT, "mauvais")
    ask_link(site, browse, AGENT)
    link = link_in(mails(site)[-1])
    browser = browse()
    browser.open(link)
    browser.getControl(name="form.widgets.password").value = NEW
    browser.getControl(name="form.widgets.again").value = NEW
    browser.getControl("Enregistrer ce mot de passe").click()
    assert attempt(AGENT, NEW), "the link opens the closed door too"
    assert not attempt(AGENT, PASSWORD)
    browser.open(link)
    assert status(browser) == 410
    assert "a déjà servi" in browser.contents


def test_a_link_for_a_lost_password_dies_after_two_hours(site, browse):
    ask_link(site, browse, AGENT)
    link = link_in(mails(site)[-1])
    clock.set_for_tests(clock.now() + timedelta(hours=2))
    browser = browse()
    browser.open(link)
    assert status(browser) == 410
    assert "expiré" in browser.contents


def test_asking_for_an_unknown_account_says_the_same_and_sends_nothing(site, browse):
    first = ask_link(site, browse, AGENT)
    before = len(mails(site))
    second = ask_link(site, browse, "personne@exemple.fr")
    assert len(mails(site)) == before
    assert "Regardez votre messagerie" in first.contents
    assert "Regardez votre messagerie" in second.contents


def test_nobody_is_flooded_with_links(site, browse):
    for _ in range(9):
        ask_link(site, browse, AGENT)
    assert len(mails(site)) == 5


def test_a_password_of_an_older_scheme_is_kept_better_at_the_first_sign_in(site, attempt, served_world):
    from AuthEncoding import AuthEncoding

    users = site.acl_users.source_users
    users._user_passwords[served_world.acheteurs] = AuthEncoding.pw_encrypt(PASSWORD)
    transaction.commit()
    assert attempt(AGENT, PASSWORD)
    transaction.begin()
    assert users._user_passwords[served_world.acheteurs].startswith(b"{SCRYPT}")


def test_the_session_cookie_is_closed_to_scripts_and_to_other_sites(site, browse):
    browser = browse(AGENT)
    cookie = browser.cookies.getinfo("__ac")
    assert cookie["expires"] is None
    assert site.acl_users.session.timeout == 8 * 3600


def test_the_session_cookie_is_secure_over_https(site, served_world):
    from ZPublisher.HTTPResponse import HTTPResponse

    response = HTTPResponse()
    response.setCookie("__ac", "x", path="/", http_only=True)
    site.acl_users.megalis_door.updateCredentials({"SERVER_URL": "https://exemple.fr"}, response, AGENT, "")
    header = dict(response.listHeaders())["Set-Cookie"]
    assert "Secure" in header
    assert "HttpOnly" in header


def test_a_new_address_counts_only_once_confirmed(site, browse, served_world):
    browser = browse(AGENT)
    browser.open(f"{site.absolute_url()}/mon-compte-adresse")
    browser.getControl(name="form.widgets.email").value = "Nouvelle@a.exemple.fr"
    browser.getControl(name="form.widgets.password").value = PASSWORD
    browser.getControl("Recevoir le lien").click()
    transaction.begin()
    assert people.get(served_world.acheteurs).email == AGENT
    mail = mails(site)[-1]
    assert mail["to"] == "nouvelle@a.exemple.fr"
    browser.open(link_in(mail))
    browser.getControl("Confirmer cette adresse").click()
    transaction.begin()
    assert people.get(served_world.acheteurs).email == "nouvelle@a.exemple.fr"
    assert mails(site)[-1]["to"] == AGENT, "the old address is told"


def test_the_technical_administrator_of_zope_still_gets_in(site, browse):
    from plone.app.testing import SITE_OWNER_NAME
    from plone.app.testing import SITE_OWNER_PASSWORD

    browser = browse()
    sign_in(browser, site, SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
    assert "Se déconnecter" in unescape(browser.contents)


def test_after_five_failures_even_zopes_administrator_waits(site, browse):
    from plone.app.testing import SITE_OWNER_NAME
    from plone.app.testing import SITE_OWNER_PASSWORD

    for _ in range(5):
        sign_in(browse(), site, SITE_OWNER_NAME, "mauvais")
    browser = browse()
    sign_in(browser, site, SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
    assert status(browser) == 403
