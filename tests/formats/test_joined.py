"""Files people give one another: what is refused, before and after their bytes came."""

from io import BytesIO
from megalis.portal.formats import joined
from megalis.portal.formats.refusal import Refused

import pytest


def code_of(name, data, limit=1_000_000):
    try:
        joined.check(name, BytesIO(data), len(data), limit)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("plan.pdf", b"%PDF-1.4 x", ""),
        ("plan.pdf", b"<html>", "fichier.contenu"),
        ("vide.pdf", b"", "fichier.vide"),
        ("outil.exe", b"MZ", "fichier.format"),
        ("sans-extension", b"x", "fichier.format"),
        ("note.txt", b"Bonjour", ""),
        ("note.txt", b"<!DOCTYPE html>", "fichier.contenu"),
    ],
)
def test_a_file_is_what_its_name_says(name, data, code):
    assert code_of(name, data) == code


def test_two_gigabytes_are_refused_before_they_are_sent_with_the_limit():
    with pytest.raises(Refused, match="pèse 2000 Mo, la limite est 100 Mo") as refused:
        joined.check_announced("film.zip", 2_000_000_000, 100_000_000)
    assert refused.value.code == "fichier.taille"


@pytest.mark.parametrize(
    "inside",
    [
        b"<script>x</script>",
        b'<g onload="x"/>',
        b"<foreignObject/>",
        b'<a href="javascript:x"/>',
        b'<image href="https://x.example/"/>',
        b'<use xlink:href=" https://x.example/#a"/>',
        b"<style>@import 'x'</style>",
        b"<style>a{fill:url( 'https://x.example')}</style>",
        b'<animate attributeName="href"/>',
    ],
)
def test_a_drawing_that_could_act_is_refused(inside):
    assert code_of("dessin.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + inside + b"</svg>") == "fichier.script"


def test_a_drawing_that_is_only_looked_at_is_taken():
    assert code_of("dessin.svg", b'<svg><use xlink:href="#a"/><path fill="url(#b)" d="M0 0"/></svg>') == ""


def test_entities_could_hide_a_script():
    assert code_of("dessin.svg", b'<svg><a href="&#106;avascript:x"/></svg>') == "fichier.contenu"


def test_names_are_made_safe_and_free():
    assert joined.clean_name("C:\\dossier\\..\\plan<1>.pdf") == "plan_1_.pdf"
    assert joined.clean_name("") == "document"
    assert joined.free_name("Plan.pdf", ["plan.pdf", "plan (2).pdf"]) == "Plan (3).pdf"
