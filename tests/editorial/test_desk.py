"""The desk and what readers get of it: the next action first, notes where they are looked for, dates whole, texts cut at a word."""

from datetime import datetime
from datetime import timedelta
from megalis.portal.editorial import agenda
from megalis.portal.editorial import dates
from megalis.portal.editorial import items
from megalis.portal.editorial import states
from megalis.portal.editorial import workflow
from megalis.portal.editorial.newsletter import issues
from megalis.portal.editorial.newsletter import store
from megalis.portal.kernel import clock
from megalis.portal.kernel.interfaces import AgendaDate
from plone import api
from tests.editorial.conftest import acting
from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import publish
from tests.editorial.conftest import words
from tests.editorial.conftest import write

import re
import transaction


def acts(browser):
    """Return the words of the buttons that stand in colour."""
    return re.findall(r'mg-btn--act"?>([^<]+)', browser.contents)


def test_whoever_reviews_is_offered_to_publish_before_to_send_back():
    offered = [item.id for item in states.possible(states.SUBMITTED, {states.REVIEWER})]
    assert offered == ["publier", "programmer", "renvoyer"]


def test_what_takes_a_text_back_from_the_public_does_not_stand_in_colour(site, staff, browse):
    item = write(site, staff.writer)
    with acting(staff.writer):
        workflow.fire(item, "soumettre")
    transaction.commit()
    reviewer = browse(EMAILS.reviewer)
    reviewer.open(f"{item.absolute_url()}/@@redaction-fiche")
    assert acts(reviewer) == ["Publier maintenant"]
    reviewer.getControl("Publier maintenant").click()
    assert "Retirer de la publication" in words(reviewer) and acts(reviewer) == []


def test_a_publication_to_come_is_called_off_in_its_own_words(site, staff, browse):
    item = write(site, staff.writer)
    with acting(staff.writer):
        workflow.fire(item, "soumettre")
    with acting(staff.reviewer):
        workflow.fire(item, "programmer", effective=clock.now() + timedelta(days=2))
    transaction.commit()
    reviewer = browse(EMAILS.reviewer)
    reviewer.open(f"{item.absolute_url()}/@@redaction-fiche")
    reviewer.getControl("Annuler la programmation").click()
    transaction.begin()
    assert items.state(item) == states.DRAFT


def test_an_author_reads_first_what_is_to_be_redone(site, staff, browse):
    item = write(site, staff.writer)
    with acting(staff.writer):
        workflow.fire(item, "soumettre")
    with acting(staff.reviewer):
        workflow.fire(item, "renvoyer", "Dites aussi où et quand.")
    transaction.commit()
    writer = browse(EMAILS.writer)
    writer.open(f"{item.absolute_url()}/@@redaction-fiche")
    page = words(writer)
    assert page.index("Dites aussi où et quand.") < page.index("Proposer à la relecture") < page.index("Remarques")
    writer.getControl("Proposer à la relecture").click()
    assert "À reprendre" not in words(writer)


def test_versions_are_counted_from_one_and_the_present_one_is_not_restored(site, staff, browse):
    item = write(site, staff.writer, text="Le port est bleu.")
    with acting(staff.writer):
        items.write(item, {"text": "Le port est vert."}, staff.writer)
    transaction.commit()
    writer = browse(EMAILS.writer)
    writer.open(f"{item.absolute_url()}/@@redaction-fiche")
    page = words(writer)
    assert "Version 1 enregistrée" in page and "Version 2 enregistrée" in page and "Version 0" not in page
    assert "la version 1" in page and "la version 2" not in page
    writer.getControl("Rétablir").click()
    assert "Version 1 rétablie." in words(writer)
    writer.open(f"{item.absolute_url()}/@@redaction-comparer")
    assert writer.getControl(name="avant").displayOptions == ["3", "2", "1"]


def test_a_block_that_moves_says_where_it_stands_and_keeps_the_reader_there(site, staff, browse):
    master = browse(EMAILS.webmaster)
    master.open(f"{site.absolute_url()}/redaction-accueil")
    master.getControl("Monter Chiffres clés").click()
    assert master.url.endswith("#bloc-chiffres") and 'id="bloc-chiffres"' in master.contents
    assert "« Chiffres clés » est maintenant en position 6 sur 9." in words(master)


def test_a_long_summary_is_cut_at_a_word(site, staff, browse):
    publish(site, staff, title="Guichet", description="maritime " * 50)
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/recherche?q=guichet")
    assert "maritime maritime…" in words(visitor)


def test_a_letter_says_when_and_where_an_event_takes_place(site, staff, browse):
    start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    item = publish(
        site, staff, type_="Evenement", title="Journée portes ouvertes", start=start, end=start + timedelta(hours=2), location="Rennes",
    )  # fmt: skip
    with acting(staff.webmaster):
        issue = issues.create(site, "Lettre", staff.webmaster)
        issues.change(issue, "Lettre", "Bonjour,\n\nVoici la\nsuite.", (api.content.get_uuid(item),), staff.webmaster)
    one, _new = store.ask(site, "anne@exemple.fr")
    plain, rich = issues.render(issue, one)
    said = f"{agenda.said(item.start, item.end)}, Rennes"
    assert said in " ".join(plain.split()) and said in rich
    assert plain.startswith("Bonjour,\n\nVoici la suite.\n\nJournée portes ouvertes")
    assert "Journée portes ouvertes</h2>" in rich, "an article has its title"
    transaction.commit()
    master = browse(EMAILS.webmaster)
    master.open(issue.absolute_url())
    assert said in words(master)
    assert "Bonjour,</p>" in master.contents and "Voici la suite.</p>" in master.contents


def test_two_halves_of_a_day_are_one_date_of_the_agenda():
    morning, next_day = (datetime(2026, 12, day, 9, tzinfo=clock.PARIS) for day in (11, 14))
    hours = timedelta(hours=3)
    found = dates.gathered([
        AgendaDate("a-0", "Formation", "https://x/s", morning, morning + hours, "Rennes"),
        AgendaDate("a-1", "Formation", "https://x/s", morning + timedelta(hours=5), morning + timedelta(hours=8), "Rennes"),
        AgendaDate("a-2", "Formation", "https://x/s", next_day, next_day + hours, "Rennes"),
    ])  # fmt: skip
    assert [dates.said(item) for item in found] == [
        "vendredi 11 décembre 2026, de 09:00 à 12:00 et de 14:00 à 17:00",
        "lundi 14 décembre 2026, de 09:00 à 12:00",
    ]
    assert found[0].absolute_url() == "https://x/s" and found[0].location == "Rennes"


def test_the_page_of_an_audience_has_what_is_for_everybody_and_no_event_that_is_over(site, staff, browse):
    publish(site, staff, title="Pour tous")
    publish(site, staff, title="Pour les agents seuls", audiences=("agents",))
    start = clock.now() + timedelta(days=1)
    publish(site, staff, type_="Evenement", title="Bientôt passé", start=start, end=start + timedelta(hours=1))
    transaction.commit()
    visitor = browse()
    visitor.open(f"{site.absolute_url()}/infos-entreprises")
    assert "Pour tous" in words(visitor) and "agents seuls" not in words(visitor) and "Bientôt passé" in words(visitor)
    clock.set_for_tests(start + timedelta(hours=2))
    try:
        visitor.open(f"{site.absolute_url()}/infos-entreprises")
        assert "Pour tous" in words(visitor) and "Bientôt passé" not in words(visitor)
    finally:
        clock.set_for_tests()


def test_whoever_opens_what_was_withdrawn_is_told_why_he_is_asked_to_sign_in(site, staff, browse):
    item = publish(site, staff, title="Retirée demain")
    with acting(staff.webmaster):
        workflow.fire(item, "retirer")
    transaction.commit()
    visitor = browse()
    visitor.open(item.absolute_url())
    assert "La page demandée n’est pas ouverte à tous, ou ne l’est plus." in words(visitor)
    visitor.open(f"{site.absolute_url()}/login?came_from={site.absolute_url()}/actualites")
    assert "n’est pas ouverte à tous" not in words(visitor)
