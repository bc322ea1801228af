"""The award notice of a group with a company nobody numbered: its page asks for what lacks, the notice says it, the page keeps it."""

from lxml import etree
from megalis.portal.consultations.notices import delivery
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import store as notices
from megalis.portal.formats.eforms.validation import validate
from tests.consultations.notices_scene import PUBLISHED
from tests.marches.scene import HOLDER

import pytest


@pytest.fixture
def page(announced, look):
    """Return a function: form -> (status, words) of ``@@publicite`` for a validator; the first lot is held by a group."""
    first = announced._decisions["1"]
    announced._decisions["1"] = {**first, "members": (("Wegenbouw NV", ""), ("Metallbau GmbH", "DE811907980"))}

    def visit(**form):
        form = {"support": "boamp", "genre": lifecycle.AWARD, **form}
        return look(announced, "@@publicite", post=form if "envoyer" in form else None, **form)

    visit.consultation = announced
    return visit


def awards(page):
    return [item for item in notices.every(page.consultation) if item.kind == lifecycle.AWARD]


def test_the_page_asks_for_the_number_and_the_country_of_the_company_that_lacks_them(page):
    status, words = page()
    assert status == 200
    assert "Wegenbouw NV" in words.partition('name="number.0"')[0].rpartition("<legend>")[2]
    assert 'name="country.0"' in words and '<option value="Belgique"' in words
    assert "number.1" not in words, "what the others are is known"


@pytest.mark.parametrize(
    "typed, code",
    [
        ({"number.0": "", "country.0": "Belgique"}, "avis.titulaire"),
        ({"number.0": "CHE-123.456", "country.0": "Suisse"}, "operateur.numero"),
        ({"number.0": "BE0403170701", "country.0": "Suisse"}, "avis.titulaire"),
        ({"number.0": "BE0403170701", "country.0": "Atlantide"}, "pays.forme"),
    ],
)
def test_what_is_typed_wrong_is_refused_and_stays(page, typed, code):
    status, words = page(envoyer="1", **typed)
    assert status == 422 and code in words and awards(page) == []
    assert all(f'value="{value}"' in words for value in typed.values() if value)


def test_the_notice_says_it_and_is_valid(page, referentiels):
    assert page(envoyer="1", **{"number.0": "BE 0403.170.701", "country.0": "Belgique"})[0] in (302, 303)
    (record,) = awards(page)
    assert record.companies == (("Wegenbouw NV", "BE0403170701", "", "", "BEL", ""),)
    assert validate(record.data, referentiels("eforms-sdk-1.15.1"), strict=True).errors == ()
    countries = {
        company.findtext("{*}PartyLegalEntity/{*}CompanyID"): company.findtext(".//{*}Country/{*}IdentificationCode")
        for company in etree.fromstring(record.data).iterfind(".//{*}Organization/{*}Company")
    }
    assert countries[HOLDER] == "FRA" and (countries["BE0403170701"], countries["DE811907980"]) == ("BEL", "DEU")


BELGIAN = {"number.0": "BE 0403.170.701", "country.0": "Belgique"}


def after(words, title):
    """Return what follows the last heading of a title."""
    return words.rpartition(title)[2]


def test_what_was_decided_is_read_before_the_notice_leaves_and_as_it_was_sent_once_it_has(page):
    words = page()[1]
    assert "Ce que dit l’avis" in words and "Décision, lot 1" in words and "Infructueux" in words
    assert page(envoyer="1", **BELGIAN)[0] == 303
    words = page(genre="")[1]
    title = words.partition('id="t-avis"')[2][:60]
    assert "Avis d’attribution, BOAMP" in title, "the call that was sent long ago is not what was sent last"
    sent = after(words, "Ce qui a été envoyé")
    assert "Décision, lot 1" in sent and "TVA BE0403170701" in sent and "EDF" in sent
    (record,) = awards(page)
    assert f"@@avis-fichier?id={record.id}" in words


def test_the_page_of_an_award_proposes_no_change_whatever_the_consultation_says_since(page, look):
    page(envoyer="1", **BELGIAN)
    (record,) = awards(page)
    page.consultation.title = "Autre objet"
    assert "ne dit plus tout à fait" not in look(page.consultation, "@@avis", id=record.id)[1]


def test_once_an_award_is_given_up_it_is_proposed_again_as_it_would_leave(page):
    page(envoyer="1", **BELGIAN)
    (record,) = awards(page)
    sending.abandon(page.consultation, record.id, "Anne")
    words = page(genre="")[1]
    assert "Avis d’attribution, BOAMP" in words.partition('id="t-avis"')[2][:60]
    assert "Ce qui a été envoyé" not in words and "Ce que dit l’avis" in words and 'name="envoyer"' in words


def test_a_publication_noted_by_hand_is_not_called_sent(announced, look):
    day = sending.clock.paris(sending.clock.now()).date()
    sending.declare(announced, "boamp", lifecycle.CALL, "Anne", "26-1", day)
    sending.declare(announced, "boamp", lifecycle.AWARD, "Anne", "26-2", day)
    words = look(announced, "@@publicite", support="boamp")[1]
    assert "Avis d’attribution, BOAMP" in words.partition('id="t-avis"')[2][:60]
    assert "Ce qui a été envoyé" not in words and "Ce que disait la consultation à la parution" in words
    assert "90 000" in after(words, "à la parution")


@pytest.fixture
def modify(page, look):
    """Return a function: form -> (status, words) once the modification of the contract of the first lot is asked for."""
    page(envoyer="1", **BELGIAN)
    delivery.take(awards(page)[0], PUBLISHED)
    asked = {"support": "boamp", "genre": "modification", "envoyer": "1", "lot": "1/0", "fondement": "mod-cir"}
    return lambda **form: look(page.consultation, "@@publicite", post={**asked, **form})


ADDRESSES = {
    f"{name}.{rank}": value
    for rank, told in enumerate(
        (
            {"postcode": "75008", "city": "Paris"},
            {"city": "Gent", "postcode": "9000"},
            {"city": "Köln", "postcode": "50667"},
        )
    )
    for name, value in told.items()
}


def test_a_modification_asks_the_addresses_it_wants_and_is_read_as_it_was_sent(page, look, modify, referentiels):
    status, words = modify(modification=" ")
    assert status == 422 and "avis.modification" in words
    form = words.partition("Avis de modification du contrat")[2]
    assert "15 % en travaux" in form and 'aria-describedby="fondement-aide"' in form, "how far each ground reaches"
    assert 'name="city.1"' in form and 'name="number.1"' not in form, "the number was told with the award"
    assert 'value="mod-cir" selected' in form or 'selected="selected" value="mod-cir"' in form, "what was chosen stays"
    status, words = modify(modification="Délai prolongé de deux mois.", **ADDRESSES, **NUTS)
    assert status == 303, words
    record = notices.every(page.consultation)[-1]
    assert (record.kind, record.subtype) == (lifecycle.MODIFICATION, "38")
    assert validate(record.data, referentiels("eforms-sdk-1.15.1"), strict=True).errors == ()
    sent = after(look(page.consultation, "@@publicite", support="boamp")[1], "Ce qui a été envoyé")
    assert "Délai prolongé de deux mois." in sent and "R. 2194-5" in sent


NUTS = {"subdivision.1": "BE234", "subdivision.2": "DEA23"}
