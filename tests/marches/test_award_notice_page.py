"""The award notice of a group with a company nobody numbered: its page asks for what lacks, and the notice then says it."""

from html import unescape
from lxml import etree
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import services
from megalis.portal.consultations.notices import store as notices
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.interfaces import IMegalisLayer
from plone import api
from plone.protect.authenticator import createToken
from tests.marches.scene import HOLDER
from tests.marches.test_contracts import notified  # noqa: F401
from zope.interface import alsoProvides

import pytest


@pytest.fixture
def page(world, notified, http_request):  # noqa: F811
    """Return a function: form -> (status, words) of ``@@publicite`` for a validator; the first lot is held by a group."""
    alsoProvides(http_request, IMegalisLayer)
    services.tell(world.site, "boamp", services.SIMULATED, "", "Exploitant")
    town = world.a
    town.street, town.postal_code, town.city, town.phone = "Mairie", "22290", "Plouguerneau", "02 96 00 00 00"
    town.email, town.department = "mairie@a.exemple.fr", "22"
    notified.supports = ("profil", "boamp")
    first = notified._decisions["1"]
    notified._decisions["1"] = {**first, "members": (("Wegenbouw NV", ""), ("Metallbau GmbH", "DE811907980"))}

    def visit(**form):
        request = http_request
        request.form.clear()
        request.other.pop("megalis.person", None)
        request.response.setStatus(200)
        with api.env.adopt_user(user=api.user.get(userid=world.valideurs)):
            request.method = "POST" if "envoyer" in form else "GET"
            request.form.update({"support": "boamp", "genre": lifecycle.AWARD, **form})
            if "envoyer" in form:
                request.form["_authenticator"] = createToken()
            body = notified.restrictedTraverse("@@publicite")()
        return request.response.getStatus(), " ".join(unescape(body or "").replace("\N{NO-BREAK SPACE}", " ").split())

    visit.consultation = notified
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
