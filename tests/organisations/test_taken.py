"""The agents of a collectivité and the companies of the site leave as files, for who may see the page and nobody else."""

from tests.taken import KINDS
from tests.taken import take


def test_the_agents_and_the_companies_leave_as_files_from_their_pages(served_world, browse):
    site, bidder = served_world.site.absolute_url(), browse("offres@toitures.exemple.fr")
    lists = (
        (
            "administrateurs@a.exemple.fr",
            f"{served_world.a.absolute_url()}/@@agents",
            "agents",
            "acheteurs@a.exemple.fr",
        ),
        ("exploitant@megalis.exemple.fr", f"{site}/entreprises", "entreprises", "Toitures du Trégor"),
    )
    for login, page, name, shown in lists:
        browser = browse(login)
        for kind in KINDS:
            browser.open(page)
            assert shown in take(browser, name, kind), (name, kind)
            bidder.open(browser.url)
            assert bidder.headers["content-type"].startswith("text/html"), (name, kind)
