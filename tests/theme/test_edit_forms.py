"""Forms that write: one event for one change, nothing for none, a step at a time, an object under the id asked for."""

from lxml import html
from megalis.portal.interfaces import IMegalisLayer
from plone import api
from plone.dexterity.interfaces import IDexterityContent
from plone.protect.authenticator import createToken
from tests.theme.sample import DraftAdd
from tests.theme.sample import DraftEdit
from tests.theme.sample import DraftSteps
from tests.theme.sample import IDraft
from zope.component import getGlobalSiteManager
from zope.interface import alsoProvides
from zope.lifecycleevent.interfaces import IObjectModifiedEvent

import pytest


@pytest.fixture
def draft(portal):
    with api.env.adopt_roles(["Manager"]):
        content = api.content.create(portal, "Document", id="essai", title="Avant")
    alsoProvides(content, IDraft)
    return content


@pytest.fixture
def changes():
    seen = []

    def note(content, event):
        seen.append([name for part in event.descriptions for name in part.attributes])

    manager = getGlobalSiteManager()
    manager.registerHandler(note, (IDexterityContent, IObjectModifiedEvent))
    yield seen
    manager.unregisterHandler(note, (IDexterityContent, IObjectModifiedEvent))


@pytest.fixture
def submit(http_request):
    alsoProvides(http_request, IMegalisLayer)

    def run(kind, context, press, **values):
        request = http_request
        etape = values.pop("etape", None)
        request.form.clear()
        request.response.setStatus(200)
        request.environ["REQUEST_METHOD"] = request.method = "POST" if press else "GET"
        request.form.update({f"form.widgets.{name}": value for name, value in values.items()})
        if etape:
            request.form["etape"] = etape
        if press:
            request.form[f"form.buttons.{press}"] = "x"
            request.form["_authenticator"] = createToken()
        with api.env.adopt_roles(["Manager"]):
            page = kind(context, request)()
        return request.response, html.fromstring(page) if page else None

    return run


def test_edit_shows_what_is_there(draft, submit):
    _, page = submit(DraftEdit, draft, None)
    assert page.xpath("//input[@name='form.widgets.title']/@value") == ["Avant"]
    assert page.xpath("//a[text()='Annuler']/@href") == [draft.absolute_url()]


def test_edit_writes_and_tells_once(draft, submit, changes):
    response, page = submit(DraftEdit, draft, "save", title="Après", description="")
    assert page is None and response.getStatus() == 303
    assert response.getHeader("Location") == draft.absolute_url()
    assert draft.title == "Après" and changes == [["title"]]


def test_edit_without_change_is_silent(draft, submit, changes):
    response, _ = submit(DraftEdit, draft, "save", title="Avant", description="")
    assert response.getStatus() == 303 and changes == []


def test_edit_refused_writes_nothing(draft, submit, changes):
    response, page = submit(DraftEdit, draft, "save", title="", description="autre")
    assert response.getStatus() == 422 and page.xpath("//h2[text()='Un point à corriger']")
    assert draft.title == "Avant" and draft.description == "" and changes == []


def test_steps_save_one_after_the_other(draft, submit):
    _, page = submit(DraftSteps, draft, None)
    assert [" ".join(li.text_content().split()) for li in page.xpath("//ol[@class='mg-map']/li")] == [
        "Objet",
        "Texte (fait)",
    ]
    assert page.xpath("//li[@aria-current='step']")[0].text_content().strip() == "Objet"
    assert not page.xpath("//textarea")
    response, _ = submit(DraftSteps, draft, "save", title="Étape une")
    assert draft.title == "Étape une" and response.getHeader("Location").endswith("?etape=texte")
    _, page = submit(DraftSteps, draft, None, etape="texte")
    assert page.xpath("//button[@type='submit'][contains(@class,'mg-btn--act')]/text()") == ["Enregistrer et finir"]
    response, _ = submit(DraftSteps, draft, "save", etape="texte", description="Étape deux")
    assert (draft.title, draft.description) == ("Étape une", "Étape deux")
    assert response.getHeader("Location") == draft.absolute_url()


def test_unknown_step_is_the_first(draft, submit):
    _, page = submit(DraftSteps, draft, None, etape="../x")
    assert page.xpath("//li[@aria-current='step']")[0].text_content().strip() == "Objet"


def test_add_makes_the_object_under_its_id(portal, submit):
    _, page = submit(DraftAdd, portal, None)
    assert page.xpath("//button[contains(@class,'mg-btn--act')]/text()") == ["Créer le document"]
    response, _ = submit(DraftAdd, portal, "add", title="Neuf", description="texte")
    assert portal["brouillon"].title == "Neuf" and portal["brouillon"].description == "texte"
    assert response.getHeader("Location") == portal["brouillon"].absolute_url()
