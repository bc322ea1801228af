"""Partners bring companies into a programme: asked by SIRET, followed only once they agree, counted for everybody."""

from io import BytesIO
from megalis.portal.deposits.depositor import TrialReceived
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import proofs
from megalis.portal.organisations import people
from megalis.portal.trainings import service as trainings
from megalis.portal.trainings.partners import rules
from megalis.portal.trainings.partners import service
from openpyxl import load_workbook
from plone import api
from tests.organisations.conftest import link_in
from tests.organisations.conftest import mails
from tests.organisations.conftest import PASSWORD
from tests.organisations.conftest import status
from tests.trainings.conftest import furnish_trainings
from tests.trainings.conftest import session_in
from tests.trainings.conftest import STAFF
from zope.event import notify

import html
import pytest
import re
import transaction


CHAMBER = "conseil@cma.exemple.fr"
UNKNOWN = "55208131700018"  # a company without an account


def furnish_partners(site):
    found = furnish_trainings(site)
    with api.env.adopt_roles(["Manager"]):
        found.partner = service.new_partner(
            site["partenaires"], {"title": "Chambre de métiers", "contact": "cma@exemple.fr"}
        )
        values = {"title": "40 entreprises artisanales", "description": "De l’atelier au marché public.", "target": 40}
        found.programme = service.new_programme(found.partner, values)
        found.adviser = people.create("agent", CHAMBER, "Conseillère", PASSWORD)
        service.add_person(found.partner, CHAMBER)
    return found


@pytest.fixture
def world(portal):
    yield furnish_partners(portal)
    clock.set_for_tests()


@pytest.fixture
def served(functional_portal):
    found = furnish_partners(functional_portal)
    transaction.commit()
    yield found
    clock.set_for_tests()


def words(browser):
    return html.unescape(browser.contents).replace("\xa0", " ")


def plain(browser):
    return " ".join(re.sub(r"<[^>]*>", " ", words(browser)).split())


def code_of(function, *values):
    try:
        function(*values)
    except Refused as refused:
        return refused.code
    return ""


def test_a_company_with_an_account_is_asked_by_its_administrators_whatever_the_partner_types(world):
    before = len(mails(world.site))
    service.enrol(world.programme, world.place.siret, "Autre nom", CHAMBER, world.adviser)
    assert [mail["to"] for mail in mails(world.site)[before:]] == ["gerant@toitures.exemple.fr"]
    assert world.programme.members[world.company.siren].name == "Toitures du Trégor"


@pytest.mark.parametrize(
    ("siret", "name", "email", "code"),
    [
        ("123", "Voiles", "a@b.fr", "siret.longueur"),
        ("55208131700019", "Voiles", "a@b.fr", "siret.cle"),
        (UNKNOWN, "", "a@b.fr", "denomination.vide"),
        (UNKNOWN, "Voiles", "", "courriel.vide"),
        (UNKNOWN, "Voiles", "a@b", "courriel.forme"),
    ],
)
def test_a_company_typed_badly_is_refused(world, siret, name, email, code):
    assert code_of(service.enrol, world.programme, siret, name, email, world.adviser) == code
    assert len(world.programme.members) == 0


def test_a_company_is_asked_once_and_a_refusal_is_its_own_to_undo(world):
    service.enrol(world.programme, UNKNOWN, "Voiles", "voiles@exemple.fr", world.adviser)
    assert code_of(service.enrol, world.programme, UNKNOWN, "Voiles", "voiles@exemple.fr", "") == "programme.deja"
    service.answer(world.programme, UNKNOWN[:9], False)
    assert code_of(service.enrol, world.programme, UNKNOWN, "Voiles", "voiles@exemple.fr", "") == "programme.refus"
    assert service.progress(world.programme) == []


def test_what_a_company_did_counts_only_once_it_agreed(world):
    service.enrol(world.programme, world.place.siret, "", "", world.adviser)
    session = session_in(world.catalogue["repondre-aux-marches"], 5)
    trainings.enrol(session, people.get(world.bidder))
    clock.set_for_tests(session.end)
    trainings.attend(session, {one.id: {0} for one in session.entries})
    world.company.certificate = True
    notify(TrialReceived(world.bidder))
    notify(TrialReceived("essai:" + "a" * 32))
    assert dict(rules.counts([steps for _m, steps in service.progress(world.programme)]))["Un compte"] == 0
    service.answer(world.programme, world.company.siren, True)
    ((member, steps),) = service.progress(world.programme)
    assert member.name == "Toitures du Trégor"
    assert steps == {"account": True, "certificate": True, "trained": True, "trial": True, "deposit": False}
    service.answer(world.programme, world.company.siren, False)
    assert service.progress(world.programme) == []


def test_from_the_partner_to_the_company_and_to_the_public_page(served, browse):
    adviser = browse(CHAMBER)
    adviser.open(f"{served.site.absolute_url()}/espace-agent")
    assert "n’a plus de rôle" not in words(adviser)
    adviser.getLink("40 entreprises artisanales").click()
    adviser.getControl("SIRET").value = "552 081 317 00019"
    adviser.getControl("Demander son accord").click()
    assert status(adviser) == 422
    adviser.getControl("SIRET").value = UNKNOWN
    adviser.getControl("Nom de l’entreprise").value = "Voiles <b>du Trieux</b>"
    adviser.getControl("Courriel de l’entreprise").value = "voiles@exemple.fr"
    adviser.getControl("Demander son accord").click()
    assert "Rien n’est suivi avant son accord." in words(adviser)
    assert "Accord demandé" in words(adviser)
    assert "<b>du Trieux" not in adviser.contents
    transaction.begin()
    (mail,) = [mail for mail in mails(served.site) if mail["to"] == "voiles@exemple.fr"]
    company = browse()
    company.open(link_in(mail))
    company.getControl("Donner notre accord").click()
    assert "Votre accord est enregistré." in words(company)
    assert "Accord donné" in words(company)
    visitor = browse()
    visitor.open(f"{served.site.absolute_url()}/partenaires")
    visitor.getLink("40 entreprises artisanales").click()
    assert "1 entreprise sur 40 visées" in plain(visitor)
    adviser.open(f"{served.site.absolute_url()}/espace-agent")
    assert "1 entreprise sur 40 visées" in plain(adviser)
    assert "Mes consultations par étape" not in words(adviser)  # of no collectivité, he has none
    assert "Voiles" not in words(visitor)
    visitor.open(f"{served.programme.absolute_url()}/@@suivi-programme")
    assert "login" in visitor.url
    adviser.open(f"{served.programme.absolute_url()}/@@programme-entreprises.xlsx")
    rows = list(load_workbook(BytesIO(adviser.contents)).active.values)
    assert rows[1][2] == "Accord donné"
    assert rows[1][4] == "non"
    company.open(link_in(mail))
    company.getControl("Retirer notre accord").click()
    assert "rien n’est suivi" in words(company)
    adviser.open(f"{served.programme.absolute_url()}/@@suivi-programme")
    adviser.getControl("Retirer").click()
    assert "Aucune entreprise encore" in words(adviser)


def test_a_link_that_is_not_the_companys_opens_nothing(served, browse):
    service.enrol(served.programme, UNKNOWN, "Voiles", "voiles@exemple.fr", served.adviser)
    other = proofs.sign(service.REALM, f"{'0' * 32}:{UNKNOWN[:9]}", service.ANSWER)
    transaction.commit()
    visitor = browse()
    for query in ("", f"?entreprise={UNKNOWN[:9]}&jeton={other}", f"?entreprise={UNKNOWN[:9]}&jeton=%C3%A9"):
        visitor.open(f"{served.programme.absolute_url()}/@@accord{query}")
        assert status(visitor) == 404


def test_partners_are_made_by_staff_and_led_by_their_own_people_only(served, browse):
    staff = browse(STAFF)
    staff.open(f"{served.site.absolute_url()}/partenaires")
    staff.getLink("Nouveau partenaire").click()
    staff.getControl("Nom").value = "CCI"
    staff.getControl("Site web").value = "javascript:alert(1)"
    staff.getControl("Enregistrer").click()
    assert status(staff) == 422
    staff.getControl("Site web").value = "https://cci.exemple.fr"
    staff.getControl("Enregistrer").click()
    staff.getLink("Personnes du partenaire").click()
    staff.getControl("Adresse électronique").value = "nouveau@cci.exemple.fr"
    staff.getControl("Prénom et nom").value = "Noé Le Bras"
    staff.getControl("Ajouter").click()
    assert "Noé Le Bras" in words(staff)
    adviser = browse(CHAMBER)
    other = service.own(served.site, people.by_email("nouveau@cci.exemple.fr"))[0]
    adviser.open(f"{other.absolute_url()}/@@nouveau-programme")
    assert status(adviser) == 403
    adviser.open(f"{served.partner.absolute_url()}/@@nouveau-programme")
    adviser.getControl("Nom du programme").value = "Bâtiment"
    adviser.getControl("Entreprises visées").value = "0"
    adviser.getControl("Enregistrer").click()
    assert status(adviser) == 422
    adviser.getControl("Entreprises visées").value = "12"
    adviser.getControl("Enregistrer").click()
    assert "0 entreprise sur 12 visées" in plain(adviser)


def test_the_home_page_leads_to_the_partners_as_soon_as_there_is_one(served, browse):
    visitor = browse()
    visitor.open(served.site.absolute_url())
    visitor.getLink("Chambre de métiers").click()
    assert "40 entreprises artisanales" in words(visitor)
    with api.env.adopt_roles(["Manager"]):
        api.content.delete(served.partner)
    transaction.commit()
    visitor.open(served.site.absolute_url())
    assert "Partenaires</h2>" not in words(visitor)
