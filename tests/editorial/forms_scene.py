"""How staff make a form on the pages and have it published."""

from tests.editorial.conftest import EMAILS
from tests.editorial.conftest import words


def start(browser, site, title="Enquête sur les horaires", start_="Recueillir un avis", **values):
    """Make a form on the pages, from the desk; stay on its questions."""
    browser.open(f"{site.absolute_url()}/redaction")
    browser.getLink("Formulaires et réponses").click()
    browser.getLink("Nouveau formulaire").click()
    browser.getControl("Titre").value = title
    browser.getControl("Partir de").displayValue = [start_]
    for label, value in values.items():
        browser.getControl(label).value = value
    browser.getControl("Enregistrer le brouillon").click()


def publish(site, browse, url):
    """Have the writer propose a form and the reviewer publish it."""
    writer, reviewer = browse(EMAILS.writer), browse(EMAILS.reviewer)
    writer.open(f"{url}/@@redaction-fiche")
    writer.getControl("Proposer à la relecture").click()
    assert "Publier maintenant" not in words(writer)
    reviewer.open(f"{site.absolute_url()}/redaction")
    reviewer.getLink("Enquête sur les horaires").click()
    reviewer.getControl("Publier maintenant").click()
    assert "C’est publié." in words(reviewer)
    return reviewer
