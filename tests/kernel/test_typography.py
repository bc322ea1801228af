"""No line of a text that people typed ends before a colon or inside quotation marks; addresses and code stay as they are."""

from megalis.portal.kernel import typography

import pytest


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<p>Un verdict : intact !</p>", "<p>Un verdict~: intact~!</p>"),
        ("<p>« Répondre » ; <strong>quand</strong> ?</p>", "<p>«~Répondre~»~; <strong>quand</strong>~?</p>"),
        ('<a href="/x?a=1 : 2" title="Un : deux">Ici : là</a>', '<a href="/x?a=1 : 2" title="Un : deux">Ici~: là</a>'),
        ("<p>Tapez <code>a : b</code> : c</p><pre>x : y</pre>", "<p>Tapez <code>a : b</code>~: c</p><pre>x : y</pre>"),
        ("A &amp; B &lt; C : fin", "A &amp; B &lt; C~: fin"),
        ("", ""),
    ],
)
def test_french_spaces_in_what_people_typed(typed, shown):
    assert typography.page(typed) == shown.replace("~", typography.NBSP)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Réfection de la voirie", "Réfection de la voirie"),
        ("Réfection de la voirie communale", "Réfection de la voirie…"),
        ("Réfection de la voirie, lot 1", "Réfection de la voirie…"),
        ("Abandonné : « Sel et gants de 2026 »", "Abandonné : « Sel et… »"),
        ("a" * 30, "a" * 22 + "…"),
    ],
)
def test_a_text_that_is_too_long_ends_at_a_word(text, shown):
    assert typography.cut(text, 22) == shown
