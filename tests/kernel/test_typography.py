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
