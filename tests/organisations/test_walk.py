"""Every page of the room as every kind of person: what opens, what does not, and never an error of ours."""

from tests.organisations.conftest import COMPANY
from tests.organisations.conftest import furnish
from tests.organisations.conftest import status

import pytest
import transaction


LOGINS = {
    "visitor": None,
    "administrateur": "administrateurs@a.exemple.fr",
    "acheteur": "acheteurs@a.exemple.fr",
    "valideur": "valideurs@a.exemple.fr",
    "porteur": "porteurs@a.exemple.fr",
    "lecteur": "lecteurs@a.exemple.fr",
    "neighbour": "administrateurs@b.exemple.fr",
    "boss": "gerant@toitures.exemple.fr",
    "bidder": "offres@toitures.exemple.fr",
    "operator": "exploitant@megalis.exemple.fr",
}
EVERYBODY = frozenset(LOGINS)
KNOWN = EVERYBODY - {"visitor"}
A = "/collectivites/commune-de-saint-brieuc"
C = f"/entreprises/{COMPANY}"
# address -> who gets in; the others get the sign-in page (visitors) or a refusal
PAGES = {
    "/login": EVERYBODY,
    "/inscription": EVERYBODY,
    "/mot-de-passe-perdu": EVERYBODY,
    "/espace-agent": EVERYBODY,
    "/espace-entreprise": EVERYBODY,
    "/collectivites": EVERYBODY,
    A: EVERYBODY,
    "/mon-compte": KNOWN,
    "/mon-compte-coordonnees": KNOWN,
    "/mon-compte-adresse": KNOWN,
    "/mon-compte-mot-de-passe": KNOWN,
    "/collectivites/@@ajouter": {"operator"},
    f"{A}/@@edit": {"administrateur", "operator"},
    f"{A}/@@agents": {"administrateur", "operator"},
    f"{A}/@@services": {"administrateur", "operator"},
    "/entreprises": {"operator"},
    C: {"boss", "bidder", "operator"},
    f"{C}/@@edit": {"boss", "operator"},
    f"{C}/@@utilisateurs": {"boss", "operator"},
}


@pytest.fixture
def site(functional_portal):
    furnish(functional_portal)
    transaction.commit()
    return functional_portal


@pytest.mark.parametrize("who", LOGINS)
def test_each_person_opens_his_pages_and_no_other(site, browse, who):
    browser = browse(LOGINS[who])
    wrong = []
    for address, allowed in PAGES.items():
        browser.open(site.absolute_url() + address)
        landed = browser.url.removeprefix(site.absolute_url())
        refused = landed.startswith(("/login", "/insufficient", "/require_login")) and address != "/login"
        refused = refused or status(browser) in (401, 403, 404)
        if status(browser) >= 500 or refused == (who in allowed):
            wrong.append((address, status(browser), landed))
    assert wrong == []


def test_pages_stay_within_the_budget_of_signed_in_pages(site, browse):
    browser = browse(LOGINS["administrateur"])
    for address in ("/espace-agent", f"{A}/@@agents", "/collectivites", A):
        browser.open(site.absolute_url() + address)
        assert len(browser.contents) < 90_000, address
