"""Templates lose their indentation when compiled, and nothing else."""

from html import unescape
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.theme.lean import Lean
from megalis.portal.theme.lean import lean
from megalis.portal.theme.lean import VERBATIM
from pathlib import Path
from Products.PageTemplates.Expressions import getEngine
from zope.interface import alsoProvides

import megalis.portal
import pytest
import re


HOME = Path(megalis.portal.__path__[0])
TEMPLATES = sorted(HOME.rglob("*.pt"))


def test_indentation_goes_and_lines_stay():
    source = '<ul>\n    <li\n        class="a"\n    >un</li>\n\n\t<li>deux</li>  \n</ul>\n'
    assert lean(source) == '<ul>\n<li\nclass="a"\n>un</li>\n\n<li>deux</li>\n</ul>\n'


@pytest.mark.parametrize("name", ["pre", "textarea", "script", "style", "PRE"])
def test_what_shows_its_blanks_keeps_them(name):
    kept = f'<{name} id="x">\n    a\n      b &eacute;\n</{name}>'
    assert lean(f"<p>\n  {kept}\n  </p>") == f"<p>\n{kept}\n</p>"


def test_letters_are_letters_and_markup_is_markup():
    source = "d&eacute;p&ocirc;t&nbsp;: l&rsquo;offre &lt;b&gt; &amp;eacute; &quot; &apos; &inconnue; &#233;"
    assert lean(source) == "dépôt\xa0: l’offre &lt;b&gt; &amp;eacute; &quot; &apos; &inconnue; &#233;"


def test_words_on_two_lines_stay_two_words():
    assert lean("<p>deux\n      mots</p>") == "<p>deux\nmots</p>"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(HOME)))
def test_each_template_says_the_same(path):
    source = path.read_text()
    made = lean(source)
    assert made.count("\n") == source.count("\n")
    assert re.sub(r"\s+", " ", unescape(made)) == re.sub(r"\s+", " ", unescape(source))
    assert [found[0] for found in VERBATIM.finditer(made)] == [found[0] for found in VERBATIM.finditer(source)]


def test_the_pages_we_serve_are_so(portal, http_request):
    alsoProvides(http_request, IMegalisLayer)
    html = portal.restrictedTraverse("@@consultations")()
    assert "é" in html
    assert not re.search(r"&[a-z]+(acute|grave|circ);", html)
    blanks = sum(map(len, re.findall(r"\n([ \t]+)", html)))
    assert blanks < len(html) / 50  # the engine itself indents what it repeats


def test_templates_of_others_are_left_alone():
    source = "<p>\n    &eacute;</p>"
    for place, text in (
        ("/x/Products/CMFPlone/a.pt", source),
        ("/x/megalis/portal/a.pt", "<p>\né</p>"),
        (None, source),
    ):
        assert Lean.cook(place, source, getEngine(), "text/html")[0].template.body == text
