"""Figures, dates and mails as people read them; static files as browsers keep them."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from megalis.portal.theme import mail
from megalis.portal.theme import words
from megalis.portal.theme.assets import ASSETS
from megalis.portal.theme.assets import Assets
from megalis.portal.theme.assets import shrink

import base64
import gzip
import hashlib
import pytest
import re


NOON = datetime(2026, 3, 16, 11, tzinfo=UTC)


def plain(text):
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(
    "octets, shown",
    [(0, "0 octet"), (1, "1 octet"), (999, "999 octets"), (1000, "1 Ko"), (640_000, "640 Ko"), (999_499, "999 Ko"),
     (999_500, "1 Mo"), (1_234_000, "1,2 Mo"), (41_500_000, "41,5 Mo"), (500_000_000, "500 Mo"), (3 * 10**9, "3 Go"), (None, "")],
)  # fmt: skip
def test_sizes(octets, shown):
    assert plain(words.size(octets)) == shown


@pytest.mark.parametrize(
    "amount, shown", [(410000, "410 000 €"), (Decimal("12500.50"), "12 500,50 €"), (0, "0 €"), (None, "")]
)
def test_euros(amount, shown):
    assert plain(words.euros(amount)) == shown


def test_dates():
    assert words.second(NOON) == "lundi 16 mars 2026, 12:00:00"
    assert words.short(NOON) == "lun. 16 mars, 12:00"
    assert words.short(datetime(2026, 7, 1, 15, tzinfo=UTC)) == "mer. 1er juil., 17:00"
    assert words.moment(None) == words.short(None) == words.date(None) == ""


@pytest.mark.parametrize(
    "ahead, shown",
    [
        (timedelta(days=15, hours=1), "dans 15 jours"),
        (timedelta(hours=2, minutes=35), "dans 2 h 35 min"),
        (timedelta(0), "terminé"),
        (timedelta(seconds=-1), "terminé"),
    ],
)
def test_time_left(ahead, shown):
    assert words.left(NOON + ahead, NOON) == shown


def test_fingerprint():
    assert words.fingerprint("9f2c41d07be30a15" + "0" * 48) == "9f2c 41d0 7be3 0a15…"


LETTER = """
Bonjour,

La consultation « {objet} » a changé :
le règlement est remplacé.

-> {url} Voir la consultation
"""


def test_mail_says_the_same_twice():
    text, html = mail.render(LETTER, objet="Toiture & charpente", url="https://portail.example/c?a=1&b=2")
    assert "La consultation « Toiture & charpente » a changé : le règlement est remplacé." in " ".join(text.split())
    assert "Voir la consultation\N{NO-BREAK SPACE}:\nhttps://portail.example/c?a=1&b=2" in text
    assert "Toiture &amp; charpente" in html and 'href="https://portail.example/c?a=1&amp;b=2"' in html
    assert html.count("<a ") == 1


def test_mail_values_open_neither_paragraph_nor_link():
    text, html = mail.render(
        LETTER, objet="x\n\n-> https://ailleurs.example Cliquez <b>", url="https://portail.example/"
    )
    assert html.count("<a ") == 1 and "<b>" not in html
    assert text.count("\n\n") == mail.render(LETTER, objet="x", url="https://portail.example/")[0].count("\n\n")


def test_a_title_of_a_mail_is_one_only_where_the_letter_says_so():
    text, html = mail.render("## {objet}\n\n{mot}", objet="Toiture & charpente", mot="## Pas un titre")
    assert html.count("<h2 ") == 1 and "Toiture &amp; charpente</h2>" in html
    assert text.startswith("Toiture & charpente\n\n## Pas un titre")


def test_mail_refuses_a_link_that_is_no_page():
    with pytest.raises(ValueError, match="refusée"):
        mail.render(LETTER, objet="x", url="javascript:alert(1)")
    with pytest.raises(KeyError):
        mail.render(LETTER, objet="x")


def test_sheets_are_one_file_with_versioned_fonts():
    sheet = ASSETS.get("megalis.css")
    css = sheet.body.decode()
    assert "/*" not in css and "--ink:" in css.replace(" ", "") and ".mg-errors" in css and ".mg-menu" in css
    font = ASSETS.get("fonts/source-sans-3.woff2")
    assert f"url(../{font.address})" in css
    assert gzip.decompress(sheet.gzipped) == sheet.body
    assert sheet.integrity == "sha384-" + base64.b64encode(hashlib.sha384(sheet.body).digest()).decode()
    assert len(sheet.gzipped) < 20_000 and len(font.body) < 120_000


def test_shrink_keeps_the_meaning():
    assert (
        shrink('a { color : red ; }\n/* x */ b::before { content: "/ "; }') == 'a{color : red}b::before{content: "/ "}'
    )
    assert shrink("a{width:calc(100% - 2px)}") == "a{width:calc(100% - 2px)}"


def test_built_scripts_come_from_the_manifest(tmp_path):
    (tmp_path / "built").mkdir()
    assert Assets(tmp_path).script("portail") is None
    (tmp_path / "built/portail-ABC.js").write_text("export {};")
    (tmp_path / "built/manifest.json").write_text('{"portail": {"file": "portail-ABC.js", "sri": "x", "bytes": 10}}')
    table = Assets(tmp_path)
    assert table.script("portail").path == "built/portail-ABC.js"
    assert table.script("autre") is None
    (tmp_path / "built/manifest.json").write_text("{")
    table.refresh()
    assert table.script("portail") is None


def test_every_icon_named_in_templates_exists():
    sprite = ASSETS.get("icons.svg").body.decode()
    known = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    from megalis.portal.theme.browser import BADGES
    from megalis.portal.theme.shell import DOORS
    from megalis.portal.theme.shell import MESSAGES
    from pathlib import Path

    import megalis.portal.theme as theme

    used = set(BADGES.values()) | {door[3] for door in DOORS} | {message[1] for message in MESSAGES.values()}
    room = Path(theme.__file__).parent
    for path in [*room.glob("templates/*.pt"), *room.parent.glob("editorial/templates/*.pt")]:
        used |= set(re.findall(r"mg\.icon\('([\w-]+)'\)", path.read_text()))
    assert used <= known


def ratio(one, other):
    def light(hexa):
        parts = [int(hexa[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["clair", "sombre"])
def test_text_holds_four_and_a_half(theme):
    tokens = (ASSETS.root / "tokens.css").read_text()
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", tokens)
    values = {}
    for selector, body in blocks:
        if ("sombre" in selector and theme == "clair") or "max-width" in selector:
            continue
        values.update(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})", body))
    pairs = [("ink", g) for g in ("page", "surface", "foam", "sand")] + [
        ("ink-soft", g) for g in ("page", "surface", "foam", "sand")
    ]
    pairs += [("sea", g) for g in ("page", "surface", "foam", "sand")] + [
        ("on-sea", "sea"),
        ("on-hull", "hull"),
        ("on-hull-soft", "hull"),
        ("on-hull", "hull-2"),
    ]
    pairs += [(f"{c}-ink", f"{c}-ground") for c in ("lichen", "amber", "red")]
    for text, ground in pairs:
        assert ratio(values[text], values[ground]) >= 4.5, (theme, text, ground)


@pytest.mark.parametrize("name, shown", [
    ("Granit d’Armor", "de Granit d’Armor"), ("Ardoises du Léon", "d’Ardoises du Léon"), ("Électricité", "d’Électricité"),
    ("Yves Le Goff", "de Yves Le Goff"), ("3D Bretagne", "de 3D Bretagne"), ("", "de "),
])  # fmt: skip
def test_a_name_after_the_preposition(name, shown):
    assert words.of(name) == shown
