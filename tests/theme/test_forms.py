"""Forms: every kind of field drawn, sent, refused with its reason, kept on error; nothing written without our token."""

from datetime import date
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from io import BytesIO
from lxml import html
from megalis.portal.interfaces import IMegalisLayer
from plone.protect.authenticator import createToken
from tests.theme.sample import SampleForm
from zope.interface import alsoProvides
from ZPublisher.HTTPRequest import FileUpload

import pytest


GOOD = {
    "title": "Charpente de la halle",
    "nature": "travaux",
    "nature-empty-marker": "1",
    "deadline": "2026-03-16T12:00",
    "days": "120",
    "mail": "marches@commune.example",
    "visit-empty-marker": "1",
    "needs-empty-marker": "1",
    "contacts.count": "1",
    "contacts.0.role": "",
    "contacts.0.address": "",
}


class Box:
    """What cgi hands for an uploaded file."""

    def __init__(self, name, data):
        self.filename, self.file, self.headers, self.name = name.encode().decode("latin-1"), BytesIO(data), {}, "file"


@pytest.fixture
def send(portal, http_request):
    alsoProvides(http_request, IMegalisLayer)
    SampleForm.received = None

    def run(values=None, token=True, method="POST", press="save"):
        request = http_request
        request.form.clear()
        request.environ["REQUEST_METHOD"] = request.method = method
        for name, value in (values or {}).items():
            request.form[f"form.widgets.{name}"] = value
        if (press and method == "POST") or press == "forced":
            request.form[f"form.buttons.{press if press != 'forced' else 'save'}"] = "x"
        if token:
            request.form["_authenticator"] = createToken()
        form = SampleForm(portal, request)
        page = form()
        return form, html.fromstring(page) if page else None

    return run


def plain(words):
    """Return words with plain spaces: the no-break ones of a page are another test's concern."""
    return words.replace("\N{NO-BREAK SPACE}", " ")


def errors_of(page):
    return {
        p.get("id").removesuffix("-erreur").removeprefix("form-widgets-"): p.text_content().strip()
        for p in page.xpath("//p[contains(@class,'mg-error')]")
    }


def test_every_control_has_a_label(send):
    _, page = send(method="GET", press=None)
    for control in page.xpath(
        "//main//form[@method='post']//*[self::input or self::select or self::textarea][not(@type='hidden')]"
    ):
        label = page.xpath(f"//label[@for='{control.get('id')}']")
        assert label or control.getparent().tag == "label", control.get("name")
    for control in page.xpath("//*[@aria-describedby]"):
        for ident in control.get("aria-describedby").split():
            assert page.get_element_by_id(ident, None) is not None, ident
    assert page.xpath("//input[@type='datetime-local']") and page.xpath("//input[@type='date']")
    assert [legend.text for legend in page.xpath("//fieldset[contains(@class,'mg-group')]/legend")] == [
        "Ce que vous achetez",
        "Quand",
        "Qui et quoi",
    ]
    ids = [e.get("id") for e in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))


def test_good_values_arrive_converted(send):
    values = GOOD | {
        "amount": "12 500,50", "ratio": "35,5", "day": "2026-03-02", "visit": "1", "needs": ["travaux", "services"],
        "cpv": "45261000\r\n\r\n 45422000 ", "contacts.count": "2", "contacts.0.role": "Juridique",
        "contacts.1.role": "", "contacts.1.address": "",
        "file": FileUpload(Box("réglement.pdf", b"%PDF-1.7 essai")),
    }  # fmt: skip
    form, page = send(values)
    assert page is None and form.request.response.getStatus() == 303
    data = SampleForm.received
    assert data["deadline"] == datetime(2026, 3, 16, 11, tzinfo=UTC)
    assert data["amount"] == Decimal("12500.50") and data["ratio"] == Decimal("35.5") and data["days"] == 120
    assert data["day"] == date(2026, 3, 2) and data["visit"] is True
    assert data["needs"] == {"travaux", "services"}
    assert data["cpv"] == ["45261000", "45422000"]
    assert data["contacts"] == ({"role": "Juridique", "address": None},)
    assert data["file"].filename == "réglement.pdf" and data["file"].contentType == "application/pdf"


def test_summer_time_is_two_hours_from_utc(send):
    send(GOOD | {"deadline": "2026-07-01T17:00"})
    assert SampleForm.received["deadline"] == datetime(2026, 7, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("title", "", "obligatoire"),
        ("title", "x" * 61, "60 caractères au plus, il y en a 61"),
        ("nature", "autre", "liste"),
        ("nature", (), "obligatoire"),
        ("deadline", "demain", "16/03/2026 12:00"),
        ("deadline", "2026-03-29T02:30", "2 h à 3 h"),
        ("deadline", "0026-03-29T02:30", "année"),
        ("day", "31/02/2026", "16/03/2026"),
        ("days", "douze", "« douze » n’est pas un nombre entier"),
        ("days", "0", "0 est trop peu : 1 au moins"),
        ("days", "9" * 40, "nombre entier"),
        ("amount", "1,234", "centime"),
        ("amount", "NaN", "nombre"),
        ("amount", "-5", "au moins"),
        ("mail", "pas une adresse", "nom@exemple.fr"),
        ("place", "<script>", "liste"),
    ],
)
def test_bad_value_is_refused_beside_its_field(send, field, value, words):
    form, page = send(GOOD | {field: value})
    assert SampleForm.received is None
    assert form.request.response.getStatus() == 422
    found = errors_of(page)
    assert list(found) == [field] and words in plain(found[field])
    summary = page.xpath("//div[@role='alert'][contains(@class,'mg-errors')]")[0]
    link = summary.xpath(".//a/@href")[0]
    assert page.get_element_by_id(link.lstrip("#")) is not None
    assert words in plain(summary.text_content())
    assert page.xpath("//input[@name='form.widgets.mail']/@value") == [value if field == "mail" else GOOD["mail"]]


class Parts:
    """What Zope makes of a field whose name ends in ``.part:record``."""


@pytest.mark.parametrize("field", ["title", "text", "deadline", "day", "days", "amount", "mail", "nature", "cpv"])
@pytest.mark.parametrize("press", ["save", "other"])
def test_a_field_sent_twice_or_in_parts_never_fails(send, field, press):
    for value in (["un", "deux"], Parts(), {"a": "x"}, [Parts()], 12):
        _, page = send(GOOD | {field: value}, press=press)
        assert page is None or page.xpath("//main//form"), value


def test_of_a_text_sent_twice_the_first_one_counts(send):
    send(GOOD | {"title": ["Réfection", "Autre"]})
    assert SampleForm.received["title"] == "Réfection"


def test_invariant_is_told_at_the_top(send):
    _, page = send(GOOD | {"visit": "1"})
    assert "donnez-la ou décochez" in page.xpath("//div[contains(@class,'mg-errors')]")[0].text_content()


def test_handler_refuses_beside_a_field(send):
    _, page = send(GOOD | {"title": "Déjà pris"})
    assert "choisissez un autre objet" in errors_of(page)["title"]


def test_what_was_typed_is_shown_again_escaped(send):
    _, page = send(GOOD | {"title": '"><script>alert(1)</script>', "days": "x", "text": "</textarea><b>"})
    assert not page.xpath("//main//script") and not page.xpath("//main//b")
    assert page.xpath("//input[@name='form.widgets.title']/@value") == ['"><script>alert(1)</script>']


def test_rows_are_added_and_removed_without_saving(send):
    values = GOOD | {"contacts.0.role": "Juridique", "contacts.add": "1"}
    _, page = send(values)
    assert SampleForm.received is None
    assert page.xpath("//input[@name='form.widgets.contacts.0.role']/@value") == ["Juridique"]
    assert page.xpath("//input[@name='form.widgets.contacts.1.role']/@value") == [""]
    values = GOOD | {"contacts.count": "2", "contacts.0.role": "A", "contacts.1.role": "B", "contacts.0.remove": "1"}
    _, page = send(values)
    assert page.xpath("//input[starts-with(@name,'form.widgets.contacts.')]/@value")[:2] == ["1", "B"]


def test_bad_row_is_refused_in_its_cell(send):
    _, page = send(GOOD | {"contacts.0.role": "Juridique", "contacts.0.address": "rien"})
    found = errors_of(page)
    assert found["contacts"] == "Une ligne est à corriger."
    assert "nom@exemple.fr" in found["contacts-0-address"]


def test_nothing_runs_without_our_token(send):
    form, page = send(GOOD, token=False)
    assert SampleForm.received is None
    assert form.request.response.getStatus() == 403
    assert "expiré" in page.text_content()
    assert page.xpath("//input[@name='form.widgets.title']/@value") == [GOOD["title"]]


def test_get_never_runs_a_handler(send):
    send(GOOD, method="GET", press="forced")
    assert SampleForm.received is None


def test_empty_file_is_refused(send):
    _, page = send(GOOD | {"file": FileUpload(Box("vide.pdf", b""))})
    assert "est vide" in errors_of(page)["file"]
