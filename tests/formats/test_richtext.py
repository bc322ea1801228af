"""Texts with a little form: what is kept, what goes, what is refused."""

from megalis.portal.formats import richtext
from megalis.portal.formats.refusal import Refused

import pytest


def test_scripts_drawings_and_handlers_leave_nothing_behind():
    source = (
        '<p onclick="x()">Bonjour<script>alert(1)</script></p><svg onload="x()"><script>alert(2)</script></svg>'
        '<iframe src="https://x.example"></iframe><img src=x onerror="alert(3)"><style>p{}</style><math><mi>x</mi></math>'
    )
    assert richtext.clean(source) == "<p>Bonjour</p>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//x.example",
        "/relatif",
        "JAVASCRIPT:x",
    ],
)
def test_a_link_that_is_no_web_or_mail_address_becomes_its_words(address):
    assert richtext.clean(f'<p><a href="{address}">lien</a></p>') == "<p>lien</p>"


def test_a_link_keeps_its_address_and_nothing_else():
    found = richtext.clean('<a href="https://a.example/?x=1&y=2" style="position:fixed" target="_top">lien</a>')
    assert found == '<p><a href="https://a.example/?x=1&amp;y=2" rel="nofollow noopener noreferrer">lien</a></p>'


def test_what_browsers_make_of_lines_becomes_paragraphs():
    assert richtext.clean("un<div>deux<br></div><div><br></div><div><b>trois</b></div>") == (
        "<p>un</p><p>deux<br /></p><p><strong>trois</strong></p>"
    )


def test_lists_quotations_and_headings_stay():
    found = richtext.clean("<h1>T</h1><ul><li>a</li><li>b</li></ul><blockquote>c</blockquote>")
    assert found == "<h3>T</h3><ul><li>a</li><li>b</li></ul><blockquote><p>c</p></blockquote>"


def test_what_was_cleaned_is_clean():
    once = richtext.clean('<div><p>a<b>b</b></p>c & d < e "f"</div><ol><li><p>x</p></li></ol>')
    assert richtext.clean(once) == once


@pytest.mark.parametrize(
    "source", ["<div>" * 5_000 + "x", "<b>" * 5_000 + "x", "<ul><li>" * 2_000, "</p>" * 9_000, "<!--"]
)
def test_markup_nested_beyond_reason_costs_nothing(source):
    assert len(richtext.clean(source)) < 1_000


def test_plain_text_becomes_paragraphs_quotations_lists_and_links():
    found = richtext.from_text("Un\ndeux <b>\n\n> cité\n\n- a\n- voir https://x.example/a.\n")
    assert found == (
        "<p>Un<br />deux &lt;b&gt;</p><blockquote><p>cité</p></blockquote><ul><li>a</li><li>voir "
        '<a href="https://x.example/a" rel="nofollow noopener noreferrer">https://x.example/a</a>.</li></ul>'
    )


def test_quotation_marks_by_thousands_do_not_nest_for_ever():
    assert richtext.from_text(">" * 20_000).count("<blockquote>") <= richtext.DEPTH


@pytest.mark.parametrize(
    ("value", "rich", "code"),
    [
        ("", False, "message.vide"),
        ("<p> <br></p>", True, "message.vide"),
        (None, True, "message.vide"),
        ("a" * 20_001, False, "message.longueur"),
        ("<p>" * 70_000, True, "message.longueur"),
        (" ".join(f"https://x{n}.example/" for n in range(200)), False, "message.liens"),
        ("".join(f'<a href="https://x{n}.example/">x</a>' for n in range(200)), True, "message.liens"),
    ],
)
def test_what_is_empty_too_long_or_full_of_links_is_refused(value, rich, code):
    with pytest.raises(Refused) as refused:
        richtext.written(value, rich)
    assert refused.value.code == code


def test_a_title_of_five_thousand_signs_is_refused_with_the_limit():
    with pytest.raises(Refused, match="5000 signes, 150 au plus"):
        richtext.line("a" * 5_000, 150, "titre", "Le titre")


def test_a_quotation_names_its_author_and_leaves_out_what_he_quoted():
    found = richtext.quotation("Anne <Le Goff>", richtext.from_text("> ancien\n\nnouveau"))
    assert found == "<blockquote><p><strong>Anne &lt;Le Goff&gt;</strong> :</p><p>nouveau</p></blockquote>"
    assert richtext.as_text(found) == "> Anne <Le Goff> :\n> nouveau"


def test_an_excerpt_is_cut_between_words():
    assert richtext.excerpt("<p>un deux trois</p>", 8) == "un deux…"


def test_what_an_author_wrote_between_two_quotations_is_quoted_and_excerpted():
    found = "<blockquote><p>un</p><blockquote><p>deux</p></blockquote></blockquote><p>trois</p><blockquote><p>x</p></blockquote>"
    assert richtext.quotation("Anne", found) == "<blockquote><p><strong>Anne</strong> :</p><p>trois</p></blockquote>"
    assert richtext.excerpt(f"{found}<p>quatre</p>") == "trois quatre"
