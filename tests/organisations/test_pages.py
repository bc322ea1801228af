"""What people do by clicking from the home page: register a company, enter a collectivité, make services and agents."""

from html import unescape
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import journal
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from tests.organisations.conftest import COMPANY
from tests.organisations.conftest import link_in
from tests.organisations.conftest import mails
from tests.organisations.conftest import PASSWORD
from tests.organisations.conftest import status

import pytest
import transaction


# The smallest PNG there is: one transparent point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)
A = "Commune de Saint-Brieuc"


@pytest.fixture
def site(served_world):
    return served_world.site


def seen(browser):
    """Return the page's text and markup, entities and spaces made plain."""
    return " ".join(unescape(browser.contents).split())


def fill(browser, **values):
    """Fill the fields of a form of ours by their names."""
    for name, value in values.items():
        control = browser.getControl(name=f"form.widgets.{name}")
        control.value = [value] if control.type == "select" else value


def home(browser, site, *links):
    """Open the home page and follow the links by their words, one after the other."""
    browser.open(site.absolute_url())
    for words in links:
        browser.getLink(words).click()


def register(browser, site, **values):
    """Register from the home page, as the companies' door leads to it."""
    home(browser, site, "Entreprises", "Inscrire mon entreprise")
    given = {"fullname": "Anne Le Gall", "password": PASSWORD, "again": PASSWORD, **values}
    fill(browser, **given)
    browser.getControl("M’inscrire").click()


def confirm(browser, site):
    transaction.begin()
    browser.open(link_in(mails(site)[-1]))
    browser.getControl("Ouvrir mon compte").click()
    transaction.begin()


def test_a_company_registers_itself_and_exists_once_its_address_is_confirmed(site, browse):
    browser = browse()
    register(browser, site, national="552 100 554", title="Couvertures de l’Argoat", email="anne@argoat.exemple.fr")
    browser.open(browser.url)
    assert directory.entreprise("552100554") is None
    assert people.by_email("anne@argoat.exemple.fr") is None
    confirm(browser, site)
    company = directory.entreprise("552100554")
    userid = people.by_email("anne@argoat.exemple.fr")
    assert company.title == "Couvertures de l’Argoat"
    assert membership.roles_of(userid, company) == {"e-administrateurs", "e-repondants"}
    signed = browse("anne@argoat.exemple.fr")
    assert signed.url.endswith("/espace-entreprise")
    assert "Couvertures de l’Argoat" in seen(signed)


def test_the_link_of_a_registration_serves_once(site, browse):
    browser = browse()
    register(browser, site, national="552100554", title="Couvertures de l’Argoat", email="anne@argoat.exemple.fr")
    confirm(browser, site)
    browser.open(link_in(mails(site)[-1]))
    assert "Ce lien ne s’ouvre plus" in seen(browser)


def test_a_foreign_company_registers_by_its_country_and_number(site, browse):
    browser = browse()
    values = {"country": "BE", "foreign": "0403.170.701", "title": "Daken NV", "email": "jan@daken.example"}
    register(browser, site, **values)
    confirm(browser, site)
    company = directory.entreprise("BE-0403170701")
    assert (company.title, company.country) == ("Daken NV", "BE")
    assert "e-administrateurs" in membership.roles_of(people.by_email("jan@daken.example"), company)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"national": "552100555"}, "552100555"),
        ({"national": ""}, "SIREN"),
        ({"again": "une tout autre phrase"}, "Les deux saisies diffèrent"),
        ({"password": "azerty", "again": "azerty"}, "caractères"),
    ],
)
def test_a_wrong_registration_is_told_beside_its_field_and_sends_nothing(site, browse, values, said):
    browser = browse()
    good = {"national": "552100554", "title": "Argoat", "email": "anne@argoat.exemple.fr"}
    register(browser, site, **{**good, **values})
    assert said in seen(browser)
    assert browser.getControl("M’inscrire")
    transaction.begin()
    assert mails(site) == []


def test_a_colleague_asks_to_join_and_the_administrator_lets_him_in(site, browse, served_world):
    browser = browse()
    register(browser, site, national=COMPANY, title="Toitures", email="collegue@toitures.exemple.fr")
    confirm(browser, site)
    assert "son administrateur vient de recevoir votre demande" in seen(browser)
    userid = people.by_email("collegue@toitures.exemple.fr")
    assert membership.roles_of(userid, served_world.company) == frozenset()
    boss = browse("gerant@toitures.exemple.fr")
    assert "une demande d’accès" in seen(boss) or "1 demande d’accès" in seen(boss)
    boss.getLink("Utilisateurs").click()
    boss.getControl("Accepter").click()
    transaction.begin()
    assert membership.roles_of(userid, served_world.company) == {"e-repondants"}


def test_a_company_says_that_it_holds_a_certificate(site, browse, served_world):
    boss = browse("gerant@toitures.exemple.fr")
    boss.getLink("Fiche de l’entreprise").click()
    boss.getLink("Modifier").click()
    boss.getControl("L’entreprise détient un certificat électronique").selected = True
    boss.getControl("Enregistrer").click()
    transaction.begin()
    assert served_world.company.certificate is True
    assert "Certificat électronique</dt><dd>Oui</dd>" in seen(boss)


def test_a_company_changes_its_name_and_shows_its_address(site, browse, served_world):
    boss = browse("gerant@toitures.exemple.fr")
    boss.getLink("Fiche de l’entreprise").click()
    assert "Adresse</dt><dd>—</dd>" in seen(boss)
    boss.getLink("Modifier").click()
    boss.getControl("Raison sociale").value = "Toitures du Léon"
    fill(boss, street="12 quai de la Fosse", postal_code="29200", city="Brest")
    boss.getControl("Enregistrer").click()
    page = seen(boss)
    assert "<h1>Toitures du Léon</h1>" in page
    assert "12 quai de la Fosse" in page and "29200 Brest" in page


def test_the_operator_reads_what_his_account_is_for_and_where_it_leads(site, browse):
    operator = browse("exploitant@megalis.exemple.fr")
    home(operator, site, "Mon compte")
    page = seen(operator)
    assert "Vous n’avez de rôle nulle part" not in page
    operator.getLink("Toute la plateforme").click()
    assert "L’état de la plateforme" in seen(operator)


def test_the_operator_enters_a_collectivite_with_all_that_is_known_of_it(site, browse):
    operator = browse("exploitant@megalis.exemple.fr")
    home(operator, site, "Agents publics")
    operator.open(f"{site.absolute_url()}/collectivites")
    operator.getLink("Inscrire une collectivité").click()
    siret = numbers.siret_of("215601782")
    fill(
        operator,
        title="Commune de Pontivy",
        siret=siret,
        legal_category="7210",
        department="56",
        arrondissement="Pontivy",
        street="8 rue François Mitterrand",
        postal_code="56300",
        city="Pontivy",
        member_since="12/03/2007",
    )
    operator.getControl(name="form.widgets.logo").add_file(PNG, "image/png", "logo.png")
    operator.getControl("Inscrire").click()
    transaction.begin()
    made = directory.collectivite("215601782")
    assert (made.title, made.legal_category, made.department) == ("Commune de Pontivy", "7210", "56")
    assert (made.arrondissement, made.city, str(made.member_since)) == ("Pontivy", "Pontivy", "2007-03-12")
    assert made.logo.data == PNG
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/collectivites")
    visitor.getLink("Commune de Pontivy").click()
    page = seen(visitor)
    assert "Morbihan" in page and "8 rue François Mitterrand" in page and "2007" in page
    assert "logo" in visitor.contents


def test_the_administrator_makes_a_tree_of_services(site, browse, served_world):
    browser = browse("administrateurs@a.exemple.fr")
    browser.getLink("Services").click()
    for title, under in (("Commande publique", ""), ("Marchés", "commande-publique")):
        form = last_form(browser)
        form.getControl(name="titre").value = title
        if under:
            form.getControl(name="sous").value = [under]
        form.getControl(name="faire").click()
    transaction.begin()
    outer = served_world.a["commande-publique"]
    assert outer["marches"].title == "Marchés"
    visitor = browse()
    visitor.open(served_world.a.absolute_url())
    assert "Marchés" in seen(visitor)


def last_form(browser):
    """Return the form that adds: it stands under the list of what is there."""
    return browser.getForm(index=browser.contents.count("<form") - 1)


def test_an_agent_is_invited_with_his_roles_and_makes_his_account_by_the_mail(site, browse, served_world):
    browser = browse("administrateurs@a.exemple.fr")
    browser.getLink("Agents", index=1).click()
    form = last_form(browser)
    form.getControl(name="courriel").value = "nouveau@a.exemple.fr"
    form.getControl(name="roles").value = ["acheteurs", "porteurs"]
    form.getControl(name="faire").click()
    assert "Invitation envoyée à nouveau@a.exemple.fr" in seen(browser)
    transaction.begin()
    newcomer = browse()
    newcomer.open(link_in(mails(site)[-1]))
    assert A in seen(newcomer) and "acheteur" in seen(newcomer)
    assert newcomer.contents.index("Prénom et nom") < newcomer.contents.index("Le même, une seconde fois")
    fill(newcomer, fullname="Nadine Nouvelle", password=PASSWORD, again=PASSWORD)
    newcomer.getControl("Créer mon compte").click()
    transaction.begin()
    userid = people.by_email("nouveau@a.exemple.fr")
    assert membership.roles_of(userid, served_world.a) == {"acheteurs", "porteurs"}
    signed = browse("nouveau@a.exemple.fr")
    assert signed.url.endswith("/espace-agent")
    told = [event for event in journal.events(served_world.a, "agent") if event.get("personne") == userid]
    assert ["acheteurs", "porteurs"] in [event.get("apres") for event in told]


def test_a_collectivite_is_suspended_once_and_the_button_pressed_again_says_so(site, browse):
    operator = browse("exploitant@megalis.exemple.fr")
    town = site["collectivites"].objectValues()[0]
    operator.open(town.absolute_url())
    token = operator.getControl(name="_authenticator", index=0).value
    sent = f"faire=suspendre&_authenticator={token}"
    for expected in ("La collectivité est suspendue", "C’est déjà fait : rechargez la page"):
        operator.post(f"{town.absolute_url()}/@@view", sent)
        assert expected in seen(operator)
    assert status(operator) == 422
