"""A SIRET whose key is wrong is refused by every form that takes one, with what to check, and nothing is kept of it."""

from megalis.portal.awards import analysis
from megalis.portal.consultations import api as consultations
from megalis.portal.deposits.grouping import store as groupings
from megalis.portal.deposits.paper import store as papers
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from plone.testing.zope import Browser
from tests.awards.conftest import ROLES
from tests.awards.scene import Awarding
from tests.awards.test_notification import read
from tests.deposits.scene import PASSWORD
from tests.deposits.scene import Scene

import pytest
import transaction


WRONG = "44306184100014"
RIGHT = "44306184100013"


@pytest.fixture
def town(functional_portal):
    """A consultation under analysis, another that takes bids, an operator, an administrator of a company."""
    with api.env.adopt_roles(ROLES):
        found = Awarding(functional_portal, bidders=1).analyse()
        found.open_one = Scene.prepare(found, ("1", "2"), ("offre",), 400)
        found.consultation, found.judged = found.open_one, found.consultation
        Scene.publish(found)
        found.operator = people.create("exploitant", "exploitant@megalis.example", "Exploitant", PASSWORD)
        firm = directory.company_of(RIGHT)
        found.firm = firm
        found.boss = people.create("entreprise", "gerant@leon.example", "Gérante", PASSWORD)
        membership.add(firm, found.boss, ["e-administrateurs", "e-repondants"])
        groupings.make(found.open_one, firm, RIGHT, people.get(found.boss), "solidaire", ["1"])
        transaction.commit()
        yield found


def is_kept(town):
    """Return what of each form is kept, to be compared before and after."""
    return (
        repr(consultations.decisions(town.judged)),
        len(papers.papers(town.open_one)),
        [line.name for line in analysis.lines(town.judged, "")],
        [place.getId() for place in town.firm.objectValues()],
        [len(item.members) for item in groupings.groupings(town.open_one)],
        directory.company_of(WRONG),
        len(town.portal["collectivites"].objectIds()),
    )


FORMS = {
    "la décision": (
        "buyer", "judged", "@@decision",
        {"decision.0": ["attribue"], "winner.0": "Société A", "siret.0": WRONG, "amount.0": "10"}, "Garder la décision",
    ),
    "une offre à la table d’analyse": (
        "buyer", "judged", "@@analyse", {"nouveau_nom": "Société A", "nouveau_siret": WRONG}, "Ajouter",
    ),
    "les membres d’un groupement à l’analyse": (
        "buyer", "judged", "@@analyse", {"membres.0": f"{WRONG} ; Société A"}, "Enregistrer",
    ),
    "un pli sur papier": (
        "buyer", "open_one", "@@registre-papier", {"entreprise": "Société A", "siret": WRONG}, "Inscrire au registre",
    ),
    "un membre d’un groupement": (
        "boss", "open_one", "@@groupement", {"siret": WRONG, "nom": "A", "courriel": "a@b.example"}, "Demander son accord",
    ),
    "un établissement": ("boss", "firm", "", {"siret": WRONG}, "Ajouter"),
    "une collectivité": (
        "operator", "collectivites", "@@ajouter",
        {"form.widgets.title": "Commune de Pontivy", "form.widgets.siret": WRONG}, "Inscrire",
    ),
    "une entreprise qui s’inscrit": (
        None, "portal", "@@inscription",
        {
            "form.widgets.national": WRONG, "form.widgets.title": "Société A", "form.widgets.fullname": "Anne Le Gall",
            "form.widgets.email": "anne@a.example", "form.widgets.password": PASSWORD, "form.widgets.again": PASSWORD,
        },
        "M’inscrire",
    ),
}  # fmt: skip


def answered(browser, town, where, view, values, button):
    """Return the words of the page that a form of the town answers with."""
    place = town.portal["collectivites"] if where == "collectivites" else getattr(town, where)
    browser.open(f"{place.absolute_url()}/{view}")
    for name, value in values.items():
        browser.getControl(name=name).value = value
    browser.getControl(button, index=0).click()
    return read(browser).replace("\N{NO-BREAK SPACE}", " ")


def test_it_is_refused_with_what_to_check_and_nothing_is_kept(town, visit, functional):
    before, said = is_kept(town), {}
    for form, (who, *asked) in FORMS.items():
        browser = visit(getattr(town, who)) if who else Browser(functional["app"])
        browser.handleErrors, browser.raiseHttpErrors = True, False
        said[form] = answered(browser, town, *asked)
        transaction.begin()
        assert is_kept(town) == before, form
    told = "« 443 061 841 00014 » n’est pas un SIRET : sa clé de contrôle est fausse."
    assert {form for form, words in said.items() if told not in words} == set()
