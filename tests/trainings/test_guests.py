"""Enrolling without an account: the form, the link of the mail, what it opens, what is refused and what is forgotten."""

from datetime import timedelta
from megalis.portal.formats import siren as numbers
from megalis.portal.kernel import clock
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.trainings import guests
from megalis.portal.trainings import links
from megalis.portal.trainings import service
from megalis.portal.trainings import statistics
from megalis.portal.trainings.rules import counting
from megalis.portal.trainings.rules import evaluation
from megalis.portal.trainings.rules import roster
from tests.organisations.conftest import link_in
from tests.organisations.conftest import mails
from tests.organisations.conftest import status
from tests.trainings.conftest import furnish_trainings
from tests.trainings.conftest import session_in
from tests.trainings.conftest import STAFF

import html
import pytest
import transaction


LENA, BOB = "lena@petite-commune.exemple.fr", "administrateurs@b.exemple.fr"
VALUES = {"Votre nom": "Léna Le Goff", "Adresse électronique": LENA, "Collectivité ou entreprise": "Commune de Plouha"}


@pytest.fixture
def world(functional_portal):
    found = furnish_trainings(functional_portal)
    transaction.commit()
    yield found
    clock.set_for_tests()


def words(browser):
    return html.unescape(browser.contents).replace("\xa0", " ")


def mail_of(site, email, subject):
    return next(mail for mail in mails(site) if mail["to"] == email and mail["subject"].startswith(subject))


def fill(browser, session, accord=True, **more):
    browser.open(session.absolute_url())
    browser.getLink("S’inscrire sans compte").click()
    for label, value in {**VALUES, **more}.items():
        browser.getControl(label).value = value
    browser.getControl("J’accepte").selected = accord
    browser.getControl("Demander mon inscription").click()


def test_somebody_of_a_small_commune_enrols_by_mail_then_gives_the_seat_up(world, browse):
    lena = browse()
    fill(lena, world.session, **{"Accès, repas": "Fauteuil roulant"})
    assert f"Un courriel part à {LENA}" in words(lena)
    transaction.begin()
    assert world.session.entries == ()
    lena.open(link_in(mail_of(world.site, LENA, "Confirmez votre inscription")))
    assert "Léna Le Goff, Commune de Plouha" in words(lena)
    transaction.begin()
    assert world.session.entries == ()  # following the link has written nothing
    lena.getControl("Confirmer mon inscription").click()
    assert "Vous êtes inscrit." in words(lena)
    staff = browse(STAFF)
    staff.open(f"{world.session.absolute_url()}/@@inscrits")
    assert "Fauteuil roulant" in words(staff)
    assert "sans compte" in words(staff)
    staff.open(f"{world.session.absolute_url()}/@@inscrits.csv")
    assert "Fauteuil roulant" in staff.contents
    visitor = browse()
    visitor.open(world.session.absolute_url())
    assert "Léna" not in words(visitor)
    lena.open(link_in(mail_of(world.site, LENA, "Inscription confirmée")))
    lena.getControl("Annuler mon inscription").click()
    assert "Votre inscription est annulée." in words(lena)
    transaction.begin()
    assert roster.seated(world.session.entries) == []


def test_the_number_of_who_has_no_account_is_said_to_be_declared_and_whose_it_is(world, browse):
    fill_and_confirm(browse, world, SIRET=numbers.siret_of(world.a.siren))
    staff = browse(STAFF)
    staff.open(f"{world.session.absolute_url()}/@@inscrits")
    said = f"SIREN {numbers.format_siren(world.a.siren)}, déclaré : celui de"
    assert said in " ".join(words(staff).split())
    assert staff.getLink(world.a.title).url == world.a.absolute_url()
    staff.open(f"{world.session.absolute_url()}/@@inscrits.csv")
    assert f"{world.a.siren};déclaré" in staff.contents.replace('"', "")


def test_a_declared_number_nobody_bears_on_the_portal_is_said_to_be_unknown(world, browse):
    fill_and_confirm(browse, world, SIRET="55208131700018")
    staff = browse(STAFF)
    staff.open(f"{world.session.absolute_url()}/@@inscrits")
    assert "SIREN 552 081 317, déclaré, inconnu du portail" in " ".join(words(staff).split())


def fill_and_confirm(browse, world, **more):
    lena = browse()
    fill(lena, world.session, **more)
    lena.open(link_in(mail_of(world.site, LENA, "Confirmez votre inscription")))
    lena.getControl("Confirmer mon inscription").click()
    assert "Vous êtes inscrit." in words(lena)


def test_who_waits_without_an_account_gets_the_seat_the_certificate_and_is_asked_his_opinion(world, browse):
    session = session_in(world.module, 10, seats=1)
    transaction.commit()
    bob, lena = browse(BOB), browse()
    bob.open(session.absolute_url())
    bob.getControl("S’inscrire").click()
    fill(lena, session)
    lena.open(link_in(mail_of(world.site, LENA, "Confirmez")))
    assert "vous serez en liste d’attente" in words(lena)
    lena.getControl("Confirmer mon inscription").click()
    assert "en liste d’attente, en position 1" in words(lena)
    bob.getControl("Annuler mon inscription").click()
    lena.open(link_in(mail_of(world.site, LENA, "Une place pour vous")))
    assert "Vous êtes inscrit." in words(lena)
    clock.set_for_tests(session.end + timedelta(hours=1))
    transaction.begin()
    (entry,) = roster.seated(session.entries)
    service.attend(session, {entry.id: {0}})
    transaction.commit()
    lena.open(link_in(mail_of(world.site, LENA, "Votre attestation")))
    lena.getLink("Donner mon avis").click()
    for name in evaluation.QUESTIONS:
        lena.getControl(name=name).value = ["4"]
    lena.getControl("Envoyer mon avis").click()
    assert "votre avis est enregistré sans votre nom" in words(lena)
    lena.getLink("Mon attestation").click()
    assert lena.contents.startswith(b"%PDF")
    transaction.begin()
    assert len(session.evaluations) == 1
    assert len(counting.first_times(statistics.came(world.site))) == 1


def test_what_is_typed_badly_is_said_and_a_program_is_thanked_for_nothing(world, browse):
    visitor = browse()
    fill(visitor, world.session, accord=False)
    assert status(visitor) == 422
    assert "Cochez la case" in words(visitor)
    fill(visitor, world.session, **{"Adresse électronique": "pas une adresse"})
    assert status(visitor) == 422
    assert "n’est pas une adresse électronique" in words(visitor)
    fill(visitor, world.session, SIRET="123")
    assert status(visitor) == 422
    fill(visitor, world.session, **{"Votre nom": "a" * 5_000})
    assert status(visitor) == 422
    fill(visitor, world.session, **{"Accès, repas": "https://x.example " * 6})
    assert "Trop de liens" in words(visitor)
    visitor.open(f"{world.session.absolute_url()}/@@inscription-sans-compte")
    for label, value in VALUES.items():
        visitor.getControl(label).value = value
    visitor.getControl("J’accepte").selected = True
    visitor.getControl(name="site").value = "https://publicite.exemple.fr"
    visitor.getControl("Demander mon inscription").click()
    assert "Un courriel part" in words(visitor)
    transaction.begin()
    assert not facts(world.session, guests.ASKED)
    assert mails(world.site) == []


def test_a_demand_without_our_token_asks_nothing(world, browse):
    visitor = browse()
    form = "form.widgets.nom=L&form.widgets.courriel=l%40a.fr&form.widgets.organisme=C&form.buttons.send=1"
    visitor.post(f"{world.session.absolute_url()}/@@inscription-sans-compte", form)
    assert status(visitor) == 403
    transaction.begin()
    assert not facts(world.session, guests.ASKED)


def test_a_link_serves_once_and_two_days_and_cannot_be_made_up(world, browse):
    lena = browse()
    fill(lena, world.session)
    address = link_in(mail_of(world.site, LENA, "Confirmez"))
    lena.open(address.replace("jeton=", "jeton=0"))
    assert status(lena) == 410
    clock.set_for_tests(clock.now() + guests.VALID + timedelta(seconds=1))
    lena.open(address)
    assert status(lena) == 410
    assert "Ce lien ne sert plus" in words(lena)
    clock.set_for_tests()
    lena.open(address)
    again = browse()
    again.open(address)
    lena.getControl("Confirmer mon inscription").click()
    again.getControl("Confirmer mon inscription").click()
    assert status(again) == 410
    transaction.begin()
    (entry,) = world.session.entries
    lena.open(f"{world.session.absolute_url()}?inscription={entry.id}&jeton={'0' * 40}")
    assert "Annuler mon inscription" not in words(lena)


def test_who_is_enrolled_already_is_told_by_mail_alone_and_a_second_demand_sends_no_second_mail(world, browse):
    agent = browse(BOB)
    agent.open(world.session.absolute_url())
    agent.getControl("S’inscrire").click()
    visitor = browse()
    fill(visitor, world.session, **{"Adresse électronique": BOB})
    assert f"Un courriel part à {BOB}" in words(visitor)
    assert mail_of(world.site, BOB, "Déjà inscrit")
    fill(visitor, world.session)
    fill(visitor, world.session, **{"Votre nom": "Léna Legoff"})
    found = [mail for mail in mails(world.site) if mail["to"] == LENA]
    assert len(found) == 1
    visitor.open(link_in(found[0]))
    assert "Léna Legoff" in words(visitor)
    transaction.begin()
    assert [entry.email for entry in world.session.entries] == [BOB]


def test_a_closed_session_says_so_instead_of_its_form(world, browse):
    service.call_off(world.session, "Salle indisponible", clock.now())
    transaction.commit()
    visitor = browse()
    visitor.open(f"{world.session.absolute_url()}/@@inscription-sans-compte")
    assert "Cette session est annulée" in words(visitor)
    assert "Demander mon inscription" not in words(visitor)


def test_the_worker_forgets_demands_in_two_days_and_people_a_year_after_the_session(world, browse):
    lena = browse()
    fill(lena, world.session)
    fill(browse(), world.session, **{"Adresse électronique": "autre@exemple.fr"})
    lena.open(link_in(mail_of(world.site, LENA, "Confirmez")))
    lena.getControl("Confirmer mon inscription").click()
    transaction.begin()
    session, now = world.session, clock.now()
    guests.tick(WorkerTick(world.site, now + timedelta(days=1)))
    assert len(facts(session, guests.ASKED)) == 1
    guests.tick(WorkerTick(world.site, now + timedelta(days=2, seconds=1)))
    assert len(facts(session, guests.ASKED)) == 0
    guests.tick(WorkerTick(world.site, session.end + timedelta(days=364)))
    assert session.entries[0].name == "Léna Le Goff"
    guests.tick(WorkerTick(world.site, session.end + timedelta(days=366)))
    (entry,) = session.entries
    assert (entry.name, entry.email, entry.more) == ("Nom effacé", "", ())
    assert entry.where == "Commune de Plouha"


def test_the_same_address_is_the_same_person_in_all_sessions(world):
    assert links.userid(LENA) == links.userid(LENA) != links.userid(BOB)
    assert LENA not in links.userid(LENA)
