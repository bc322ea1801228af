"""The guides of screens: found from the screen they explain, edited like every text, with pictures where they are wanted."""

from megalis.portal.editorial import files
from megalis.portal.editorial import guides
from megalis.portal.editorial import guideseeds
from megalis.portal.editorial import items
from megalis.portal.editorial import setuphandlers
from megalis.portal.editorial import states
from megalis.portal.editorial import workflow
from megalis.portal.editorial.setuphandlers import PICTURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import people
from tests.editorial.conftest import acting
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import hire
from tests.editorial.conftest import png
from tests.editorial.conftest import words
from tests.organisations.conftest import browse  # noqa: F401
from tests.organisations.conftest import furnish
from tests.organisations.conftest import status
from tests.walk.walker import registered

import html
import io
import pytest
import re
import transaction


@pytest.fixture
def site(functional_portal):
    furnish(functional_portal)
    hire(functional_portal)
    transaction.commit()
    return functional_portal


@pytest.mark.parametrize(
    ("line", "screen"),
    [
        ("repondre", "repondre"),
        ("@@repondre", "repondre"),
        ("https://portail.example/x/@@repondre?lot=1#haut", "repondre"),
        ("Acte/transmettre", "Acte/transmettre"),
        ("Acte/@@transmettre", "Acte/transmettre"),
    ],
)
def test_a_screen_is_named_by_the_end_of_its_address(line, screen):
    assert guides.named(line) == screen


@pytest.mark.parametrize("line", ["<script>", "deux mots", "a" * 200, "Acte/x/y"])
def test_what_is_no_screen_is_refused(line):
    with pytest.raises(Refused) as refused:
        guides.named(line)
    assert refused.value.code == "guide.ecran"


def test_too_many_screens_are_refused_and_each_is_kept_once():
    assert guides.lines("repondre\n\n@@repondre\nouverture") == ["repondre", "ouverture"]
    with pytest.raises(Refused):
        guides.lines("\n".join(f"ecran-{n}" for n in range(31)))


def test_a_picture_stands_where_the_text_wants_it_and_the_others_after_it():
    body, placed = guides.illustrated(
        "<p>Un</p><p>(image 2)</p><p>(image 4)</p>", {"image": "<img 1>", "image1": "<img 2>"}
    )
    assert body == '<p>Un</p><figure class="mg-picture"><img 2></figure>'
    assert placed == {"image1"}


def test_every_screen_of_the_first_guides_is_one_of_the_product(portal):
    pages = {page.name for page in registered().values()}
    types = set(portal.portal_types.objectIds())
    for guide in guideseeds.GUIDES:
        for screen in guide["screens"]:
            portal_type, _, name = screen.rpartition("/")
            assert not portal_type or portal_type in types, screen
            assert name in pages or screen in types, screen


@pytest.mark.parametrize("seed", guideseeds.GUIDES, ids=[seed["id"] for seed in guideseeds.GUIDES])
def test_each_first_guide_has_light_pictures_that_say_what_they_show(seed):
    assert len(seed["pictures"]) >= 2
    for rank, alt in enumerate(seed["pictures"], 1):
        data = (PICTURES / f"{seed['id']}-{rank}.png").read_bytes()
        assert files.picture("image.png", data) == "image/png"
        assert len(data) < 40_000
        assert 60 < len(alt) < 250
        assert f"(image {rank})" in seed["text"]
    assert len(list(PICTURES.glob(f"{seed['id']}-*.png"))) == len(seed["pictures"])


def test_the_first_guides_are_read_with_their_pictures_in_their_places(site, browse):  # noqa: F811
    visitor = browse()
    for seed in guideseeds.GUIDES:
        visitor.open(f"{site.absolute_url()}/guides/{seed['id']}")
        assert visitor.contents.count('<figure class="mg-picture"><img') == len(seed["pictures"])
        assert "(image" not in visitor.contents
        for alt in seed["pictures"]:
            assert html.escape(alt) in words(visitor) or alt in words(visitor)
    visitor.open(html.unescape(re.search(r'<figure class="mg-picture"><img[^>]* src="([^"]+)"', visitor.contents)[1]))
    assert visitor.headers["content-type"].startswith("image/")


def test_a_former_guide_gets_its_pictures_unless_somebody_changed_its_words(site):
    seeds = guideseeds.GUIDES
    former, changed = site["guides"][seeds[0]["id"]], site["guides"][seeds[1]["id"]]
    with acting(people.by_email(EMAILS.webmaster)):
        for guide, seed, more in ((former, seeds[0], ""), (changed, seeds[1], "\n\nUn mot de plus.")):
            text = guides.PLACE.sub("", seed["text"]) + more
            items.write(guide, {"text": text, "image": None, "image1": None, "image_alt": "", "image1_alt": ""}, "x")
    assert items.pictures(former) == []
    setuphandlers.illustrate(site)
    assert len(items.pictures(former)) == 2
    assert items.raw(former) == seeds[0]["text"]
    assert items.state(former) == states.PUBLISHED
    assert items.pictures(changed) == []
    assert items.raw(changed).endswith("Un mot de plus.")


def test_five_trades_have_a_guide_and_their_screens_lead_there(site, browse):  # noqa: F811
    visitor = browse()
    visitor.open(site.absolute_url())
    visitor.getLink("Guides pas à pas").click()
    for guide in guideseeds.GUIDES:
        assert guide["title"] in words(visitor)
    visitor.open(f"{site.absolute_url()}/consultations")
    visitor.getLink("Aide de cet écran").click()
    assert visitor.url == f"{site.absolute_url()}/guides/chercher-et-etre-alerte"
    assert "Aide de cet écran" not in words(visitor).partition("<main")[0]


def test_a_guide_is_written_with_pictures_published_and_found_then_taken_off(site, browse):  # noqa: F811
    writer = browse(EMAILS.writer)
    writer.open(f"{site.absolute_url()}/redaction-nouveau?genre=Guide")
    writer.getControl("Titre").value = "Lire le journal"
    writer.getControl("Pas à pas").value = "Ouvrez la page.\n\n(image 1)\n\nLisez."
    writer.getControl("Écrans que le guide explique").value = "ceci n’en est pas un"
    writer.getControl(name="form.widgets.image").add_file(io.BytesIO(png()), "image/png", "journal.png")
    writer.getControl("Texte de remplacement de l’image").value = "La page du journal"
    writer.getControl("Enregistrer le brouillon").click()
    assert status(writer) == 422
    assert "n’est pas un écran" in words(writer)
    writer.getControl("Écrans que le guide explique").value = f"{site.absolute_url()}/journal"
    writer.getControl(name="form.widgets.image").add_file(io.BytesIO(png()), "image/png", "journal.png")
    writer.getControl("Enregistrer le brouillon").click()
    transaction.begin()
    made = next(item for item in site["guides"].objectValues() if item.title == "Lire le journal")
    assert made.screens == "journal"
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/journal")
    assert "Aide de cet écran" not in words(visitor)
    for email, step in ((EMAILS.writer, "soumettre"), (EMAILS.reviewer, "publier")):
        with acting(people.by_email(email)):
            workflow.fire(made, step)
    transaction.commit()
    visitor.open(f"{site.absolute_url()}/journal")
    visitor.getLink("Aide de cet écran").click()
    assert '<figure class="mg-picture"><img' in visitor.contents
    assert visitor.contents.count("<figure") == 1
    assert 'alt="La page du journal"' in words(visitor)
    with acting(people.by_email(EMAILS.webmaster)):
        workflow.fire(made, "retirer")
    transaction.commit()
    visitor.open(f"{site.absolute_url()}/journal")
    assert "Aide de cet écran" not in words(visitor)
