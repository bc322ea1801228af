"""No line ends before « : », « ; », « ? », « ! » or inside quotation marks: in templates, messages, mails, documents, scripts."""

from megalis.portal.kernel import mail as transport
from megalis.portal.kernel import pdf
from megalis.portal.kernel.typography import BREAKABLE
from megalis.portal.kernel.typography import french
from megalis.portal.theme import mail
from megalis.portal.theme.browser import Helper
from megalis.portal.theme.lean import lean
from megalis.portal.theme.lean import VERBATIM
from megalis.portal.theme.lean import WORDS
from pathlib import Path
from zope.i18nmessageid import MessageFactory

import megalis.portal
import pytest
import re


HOME = Path(megalis.portal.__path__[0])
TEMPLATES = sorted(HOME.rglob("*.pt"))
LOOSE = re.compile(r"(?:^|\S|\n)[ \n](?=[:;?!»](?:[\s).,!?»…]|$))|«[ \n]")


def shown(text):
    return text.replace("\N{NO-BREAK SPACE}", "~")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Échec : recommencez ; sinon ? Tant pis !", "Échec~: recommencez~; sinon~? Tant pis~!"),
        ("le pli « offre » est « là »", "le pli «~offre~» est «~là~»"),
        ("Objet :", "Objet~:"),
        ("à 11:42:07, https://exemple.fr/?q=a b", "à 11:42:07, https://exemple.fr/?q=a b"),
        ("a :b et :-)", "a :b et :-)"),
        ("", ""),
    ],
)
def test_the_rule(text, expected):
    assert shown(french(text)) == expected
    assert french(french(text)) == french(text)


def test_what_is_no_text_passes():
    assert french(None) is None and french(3) == 3


def test_a_template_gets_them_between_its_tags_and_nowhere_else():
    source = (
        '<p title="a : b"><a href="x?y ; z">Lien</a> : suite « ${python:f(\'a : b\')} » <code>x ; y</code>'
        "<textarea>1 ; 2</textarea><tal:x define=\"a python:1 if b else 'c : d'\">fin !</tal:x></p>"
    )
    assert shown(lean(source)) == (
        '<p title="a : b"><a href="x?y ; z">Lien</a>~: suite «~${python:f(\'a : b\')}~» <code>x ; y</code>'
        "<textarea>1 ; 2</textarea><tal:x define=\"a python:1 if b else 'c : d'\">fin~!</tal:x></p>"
    )


def words_of(source):
    """Return what a template shows as it is: its text, without tags, code, expressions and what keeps its blanks."""
    return [part for kept in VERBATIM.split(lean(source)) if kept for part in WORDS.split(kept)[::2]]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(HOME)))
def test_no_template_lets_a_line_end_where_french_does_not(path):
    loose = [found for part in words_of(path.read_text("utf-8")) for found in LOOSE.findall(part)]
    assert not loose, "write &nbsp; before the mark"


def test_a_mail_has_them_in_its_subject_its_text_and_its_html():
    text, html = mail.render(
        "Objet : « {name} »\n\n-> {url} Voir la suite", name="Toiture ; murs", url="https://x.example/?a=b"
    )
    assert shown(text).startswith("Objet~: «~Toiture~; murs~»")
    assert "Objet\N{NO-BREAK SPACE}: «" in html
    payload = {"to": "a@b.example", "subject": "Pli reçu : 2026-1", "text": "Motif : retard !", "html": None}
    made = transport.compose(payload, "1")
    assert (shown(made["Subject"]), shown(made.get_content())) == ("Pli reçu~: 2026-1", "Motif~: retard~!\n")


def test_a_document_has_them():
    assert shown(pdf.paragraph("Empreinte : « a »").text) == "Empreinte~: «~a~»"


def test_a_message_is_translated_before_it_is_set(portal, http_request):
    helper = Helper(portal, http_request)
    assert shown(helper.french(MessageFactory("megalis.portal")("Rien : « x »"))) == "Rien~: «~x~»"
    assert not BREAKABLE.search(helper.french("Refusé : recommencez !"))


REFUSALS = re.compile(
    r'repeat="\s*(\w+)\s+(?:\w+/)?(?:python:)?(?:view\.)?'
    r'(errors|problems|obstacles|findings|warnings|advice|wrong)\s*;?\s*"'
)
SAID_ALONE = re.compile(r"\$\{(?:[\w/]+/(?:why|message|obstacle|refusal)|python:[\w.]+\.message)\}")
TYPED = {
    "restricted/browser/templates/selection.pt",
    "exchanges/browser/templates/sent.pt",
}  # a reason, a letter: as typed


def bare_refusals(source):
    """Return the interpolations of a template that show why something is refused without French typography."""
    found = [item[0] for item in SAID_ALONE.finditer(source)]
    for loop in REFUSALS.finditer(source):
        name = loop[1]
        told = re.compile(rf"\$\{{(?:python:)?{name}(?:\[1\]|/message|\.message)?\}}")
        end = source.find(f'repeat="{name} ', loop.end())
        reach = source[loop.end() : end if end > 0 else None][:600]
        found += [item[0] for item in told.finditer(reach) if f'href="{item[0]}' not in reach]
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(HOME)))
def test_what_is_refused_is_told_in_the_typography_of_the_rest(template):
    if not str(template).endswith(tuple(TYPED)):
        assert bare_refusals(template.read_text("utf-8")) == []
