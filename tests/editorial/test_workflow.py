"""From a draft to the public and to the archives: people, rules, clock and worker."""

from datetime import timedelta
from megalis.portal.editorial import items
from megalis.portal.editorial import states
from megalis.portal.editorial import versions
from megalis.portal.editorial import workflow
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from plone import api
from plone.namedfile.file import NamedBlobImage
from tests.editorial.conftest import acting
from tests.editorial.conftest import png
from tests.editorial.conftest import visiting
from tests.editorial.conftest import write

import pytest


@pytest.fixture(autouse=True)
def real_time():
    yield
    clock.set_for_tests()


def through_review(item, team):
    with acting(team.writer):
        workflow.fire(item, "soumettre")
    with acting(team.reviewer):
        workflow.fire(item, "publier")
    return item


def seen(item):
    with visiting():
        return api.user.has_permission("View", obj=item)


def test_a_text_goes_through_review_and_everybody_is_told(portal, team):
    item = write(portal, team.writer)
    assert items.state(item) == states.DRAFT and not seen(item)
    with acting(team.writer):
        assert [step.id for step in workflow.possible(item)] == ["soumettre"]
        workflow.fire(item, "soumettre")
        assert not api.user.has_permission("Modify portal content", obj=item)
        with pytest.raises(workflow.Refused) as refused:
            workflow.fire(item, "publier")
    assert refused.value.code == "redaction.role"
    with acting(team.reviewer):
        with pytest.raises(workflow.Refused, match="Dites à l’auteur"):
            workflow.fire(item, "renvoyer")
        workflow.fire(item, "renvoyer", comment="Précisez la date.")
    assert items.state(item) == states.DRAFT
    through_review(item, team)
    assert items.state(item) == states.PUBLISHED and seen(item)
    told = [
        (message.payload["to"].partition("@")[0], message.payload["subject"]) for message in outbox.messages(portal)
    ]
    assert ("relecteur", "À relire : Le portail ouvre") in told and (
        "redacteur",
        "À reprendre : Le portail ouvre",
    ) in told
    assert ("redacteur", "Publié : Le portail ouvre") in told


def test_a_reviewer_does_not_publish_what_he_wrote_or_changed(portal, team):
    item = write(portal, team.reviewer)
    with acting(team.reviewer):
        workflow.fire(item, "soumettre")
        with pytest.raises(workflow.Refused) as refused:
            workflow.fire(item, "publier")
    assert refused.value.code == "redaction.quatre-yeux"
    with acting(team.webmaster):
        workflow.fire(item, "publier")
    assert seen(item)


def test_of_two_texts_published_within_one_minute_the_last_stands_first(portal, team, stop_clock):
    first, second = (write(portal, team.writer, title=title) for title in ("Écrit avant", "Écrit après"))
    minute = clock.now().replace(second=0) + timedelta(minutes=1)
    for seconds, item in ((10, second), (40, first)):
        stop_clock(minute + timedelta(seconds=seconds))
        through_review(item, team)
    stop_clock(minute + timedelta(minutes=1))
    found = items.published(portal, (first.portal_type,))
    assert [brain.Title for brain in found] == ["Écrit avant", "Écrit après"]


def test_the_clock_publishes_and_archives_at_the_hour_said_whoever_looks(portal, team):
    item = write(portal, team.writer)
    hour = clock.now() + timedelta(hours=3)
    with acting(team.writer):
        items.write(item, {"expires": hour + timedelta(days=1)}, team.writer)
        workflow.fire(item, "soumettre")
    with acting(team.reviewer):
        workflow.fire(item, "programmer", effective=hour)
        with pytest.raises(workflow.Refused):
            workflow.fire(item, "paraitre")
    assert items.state(item) == states.SCHEDULED and not seen(item)
    assert workflow.catch_up(portal) == 0
    clock.set_for_tests(hour + timedelta(seconds=1))
    with visiting():
        assert workflow.catch_up(portal) == 1
    assert items.state(item) == states.PUBLISHED and seen(item)
    assert abs(items.effective(item) - hour) < timedelta(seconds=1)
    assert [brain.Title for brain in items.published(portal, (item.portal_type,))] == [item.title]
    clock.set_for_tests(hour + timedelta(days=1, seconds=1))
    assert items.published(portal, (item.portal_type,)) == []
    assert workflow.catch_up(portal) == 1 and items.state(item) == states.ARCHIVED and not seen(item)
    assert workflow.catch_up(portal) == 0
    with acting(team.writer):
        found = [moment.who for moment in versions.history(item) if moment.what in ("Paraître", "Expirer")]
    assert found == ["L’horloge"] * 2


def test_versions_are_kept_compared_and_brought_back(portal, team):
    item = write(portal, team.writer, text="Le port est bleu.")
    with acting(team.writer):
        assert items.write(item, {"text": "Le port est bleu."}, team.writer) == []
        changed = items.write(item, {"text": "Le port est vert.", "title": "Le port"}, team.writer, "couleur")
        assert changed == ["text", "title"]
        numbers = versions.numbers(item)
        assert len(numbers) == 2
        found = dict(versions.differences(versions.at(item, numbers[1]), versions.at(item, numbers[0])))
        assert found["Texte"] == "Le port est <del>bleu</del><ins>vert</ins>."
        items.write(item, versions.at(item, numbers[1]), team.writer, "retour")
        assert items.raw(item) == "Le port est bleu." and item.title == "Le portail ouvre"
        assert ("Redacteur", "couleur") in [(moment.who, moment.note) for moment in versions.history(item)]


def test_a_picture_without_words_in_its_place_is_not_proposed(portal, team):
    item = write(portal, team.writer, image=NamedBlobImage(png(), filename="port.png"))
    with acting(team.writer):
        with pytest.raises(workflow.Refused) as refused:
            workflow.fire(item, "soumettre")
        assert refused.value.code == "redaction.image-muette"
        items.write(item, {"image_alt": "Le port de Brest à marée haute"}, team.writer)
        workflow.fire(item, "soumettre")
    assert items.state(item) == states.SUBMITTED


def test_remarks_stand_beside_the_text(portal, team):
    item = write(portal, team.writer)
    workflow.remark(item, "Trop long.", team.reviewer)
    with acting(team.writer):
        found = [(moment.who, moment.note) for moment in versions.history(item) if moment.what == "Remarque"]
    assert found == [("Relecteur", "Trop long.")]


def test_two_titles_alike_have_two_addresses(portal, team):
    first, second = (write(portal, team.writer) for _ in range(2))
    assert (first.getId(), second.getId()) == ("le-portail-ouvre", "le-portail-ouvre-2")
    assert len(write(portal, team.writer, title="é" * 200).getId()) <= 70
