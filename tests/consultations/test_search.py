"""The search page, its formats, and the proof that the picture in memory says what the catalog says."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.search import criteria
from megalis.portal.consultations.search import html
from megalis.portal.consultations.search import source
from megalis.portal.consultations.search.criteria import Criteria
from megalis.portal.consultations.search.snapshot import Row
from megalis.portal.consultations.search.snapshot import Snapshot
from megalis.portal.formats import cpv
from megalis.portal.interfaces import IMegalisLayer
from megalis.portal.kernel import clock
from megalis.portal.organisations.interfaces import IConsultationsOf
from plone import api as plone_api
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import give_keys
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish
from tests.consultations.conftest import SECOND
from zope.component import getMultiAdapter
from zope.interface import alsoProvides
from ZPublisher.HTTPRequest import record

import csv
import feedparser
import io
import json
import pytest
import re


@pytest.fixture
def ask(portal, http_request):
    """Return a function: view name and form -> what the view answers to an anonymous visitor."""
    alsoProvides(http_request, IMegalisLayer)

    def answer(name="consultations", **form):
        http_request.form.clear()
        http_request.form.update(form)
        http_request.response.setStatus(200)
        from AccessControl.SpecialUsers import nobody

        with plone_api.env.adopt_user(user=nobody.__of__(portal.acl_users)):
            return portal.restrictedTraverse(f"@@{name}")()

    return answer


def test_a_published_consultation_is_found_and_a_draft_is_not(world, published, ask):
    complete_draft(world.a, "2026-SECRET", lots=())
    page = ask()
    assert "1 consultation" in page
    assert "Programme de voirie 2026" in page
    assert "2026-SECRET" not in page


@pytest.mark.parametrize(("shift", "state"), [(-1, "ouverte"), (0, "close"), (1, "close")])
def test_the_state_changes_at_the_very_second_of_the_deadline(published, ask, stop_clock, shift, state):
    stop_clock(DEADLINE + shift * SECOND)
    found = json.loads(ask("consultations.json"))["consultations"][0]
    assert found["etat"] == state
    other = "close" if state == "ouverte" else "ouverte"
    assert json.loads(ask("consultations.json", etat=state))["total"] == 1
    assert json.loads(ask("consultations.json", etat=other))["total"] == 0


def test_words_find_by_lot_buyer_and_reference(published, ask):
    known = (
        "enrobés",
        "2026-VOI-01",
        "voirie communale",
        "terrassement",
        "commune de Saint-Brieuc",
        "brieuc enrob",
        "refection",
    )
    for words in known:
        assert json.loads(ask("consultations.json", q=words))["total"] == 1, words
    for words in (
        "la voirie et les réseaux de la commune",
        "voiries communales",
        "enrobé bitumineux",
        "réseau",
        "VOIRIES",
    ):
        assert json.loads(ask("consultations.json", q=words))["total"] == 1, words
    assert json.loads(ask("consultations.json", q="scaphandre"))["total"] == 0
    for words in ('"', "AND OR NOT", "((", "*", "é" * 300, "-"):
        assert ask(q=words)


@pytest.mark.parametrize("words", ['"', "((", "*", "-", "…"])
def test_signs_without_a_word_are_said_to_search_nothing(published, ask, http_request, words):
    page = ask(q=words)
    assert "n’a aucun mot à chercher" in page
    assert "Programme de voirie 2026" in page
    assert json.loads(ask("consultations.json", q=words))["code"] == "mots"
    assert http_request.response.getStatus() == 400


def test_the_cpv_tree_finds_by_any_ancestor(published, ask):
    for code in ("45233140", "45233000", "452", "45000000", "45"):
        assert json.loads(ask("consultations.json", cpv=code))["total"] == 1, code
    assert json.loads(ask("consultations.json", cpv="71000000"))["total"] == 0


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ({"acheteur": "commune-de-saint-brieuc"}, {"2026-VOI-01"}),
        ({"acheteur": "commune-de-lannion"}, {"2026-LAN"}),
        ({"acheteur": ["commune-de-lannion", "commune-de-saint-brieuc"]}, {"2026-LAN", "2026-VOI-01"}),
        ({"dep": "29"}, {"2026-LAN"}),
        ({"dep": "FRH01"}, {"2026-VOI-01"}),
        ({"dep": ["22", "29"]}, {"2026-LAN", "2026-VOI-01"}),
        ({"nat": "services"}, {"2026-LAN"}),
        ({"pro": "appel-offres-ouvert"}, {"2026-LAN"}),
        ({"pro": "appel-offres-ouvert", "nat": "travaux"}, set()),
        ({"q": "lannion", "nat": "services", "dep": "29"}, {"2026-LAN"}),
    ],
)
def test_each_filter_restricts_as_its_name_says(two_towns, ask, form, found):
    assert {item["reference"] for item in json.loads(ask("consultations.json", **form))["consultations"]} == found
    page = ask(**form)
    assert {reference for reference in ("2026-LAN", "2026-VOI-01") if f"<li>{reference}</li>" in page} == found


@pytest.mark.parametrize(
    ("sort", "first"),
    [("", "2026-LAN"), ("limite", "2026-LAN"), ("publication", "2026-VOI-01"), ("-publication", "2026-LAN")],
)
def test_each_order_is_the_one_it_says(two_towns, ask, sort, first):
    page = ask(tri=sort)
    last = ({"2026-LAN", "2026-VOI-01"} - {first}).pop()
    assert page.index(f"<li>{first}</li>") < page.index(f"<li>{last}</li>")


@pytest.fixture
def two_towns(world, published):
    """The works of one town, then the studies of its neighbour, which close first."""
    at(NOW + timedelta(hours=1))  # well after the other, however slowly it was published
    give_keys(world.b, world.other)
    draft = complete_draft(
        world.b, "2026-LAN", lots=(), nature="services", procedure="appel-offres-ouvert", cpv="71240000", places=("FRH02",),
        deadline=DEADLINE - timedelta(days=1), questions_deadline=None, planned_opening=None,
    )  # fmt: skip
    with as_agent(world.other):
        workflow.fire(draft, "soumettre")
        workflow.fire(draft, "publier")
    return draft


def test_a_page_of_the_longest_rows_and_filters_keeps_its_weight():
    codes = list(cpv.default())
    rows = [
        Row(
            rid=rank, uid=f"{rank:032x}", path=f"collectivites/{'acheteur-au-nom-long-' * 4}{rank % 90}/2026-{rank}",
            title=f"Travaux de réhabilitation et d’extension du groupe scolaire intercommunal {rank} " * 3,
            reference=f"2026-REFERENCE-{rank}", buyer_slug=f"acheteur-{rank % 90}", etat="publiee", nature="travaux",
            buyer=f"Syndicat intercommunal à vocation multiple du canton numéro {rank % 90}", procedure="procedure-adaptee",
            cpv=(codes[rank * 7 % len(codes)],), cpv_main="45233140", departments=("22", "29", "35", "56"),
            published=NOW, deadline=DEADLINE, revised=NOW, lots=12,
        )
        for rank in range(2000)
    ]  # fmt: skip
    snapshot = Snapshot.build(rows)
    asked = Criteria(facets=(("nat", ("travaux",)),))
    result = snapshot.search(asked, NOW)
    base = "https://marches.exemple.bretagne.bzh"
    shown = "".join(
        html.row_html(row, base, NOW, lambda kind, label: f"<b>{label}</b>" * 4) for row in result.rows(0, 20)
    )
    tree = html.branches(snapshot.facets["cpv"])
    for whole in ("", "cpv", "acheteur"):
        filters = html.facets_html(asked, result, snapshot.titles, tree, whole, lambda name: f"{base}/?tout={name}")
        assert len((shown + filters).encode()) < 48_000  # the shell and the head of the page are 12 KB


def test_a_choice_within_a_branch_of_the_tree_narrows_the_branch(world, ask):
    publish(world, complete_draft(world.a, "2026-ROUTE", lots=(), cpv="45233140"))
    publish(world, complete_draft(world.a, "2026-ECOLE", lots=(), cpv="45214200"))

    def found(*codes):
        return json.loads(ask("consultations.json", cpv=list(codes)))["total"]

    assert found("45000000") == 2
    assert found("45000000", "45233140") == 1
    assert found("45233140", "45200000") == 1
    assert found("45233140", "45214200") == 2
    page = ask(cpv=["45000000", "45233140"])
    assert 'value="45233140" checked="checked"' in page
    assert 'value="45000000"/>' in page  # its branch stays open, unchecked
    assert page.count('class="mg-chip"') == 2  # the choice and « Tout retirer »


def test_a_long_facet_shows_its_most_frequent_values_and_leads_to_all(world, ask):
    divisions = [code for code in cpv.default() if not code[2:].strip("0")][:12]
    for rank, code in enumerate(divisions):
        publish(world, complete_draft(world.a, f"2026-D-{rank}", lots=(), cpv=code))
    page = ask(nat="travaux")
    assert len(re.findall(r'name="cpv"', page)) == 8
    address = re.search(r'href="([^"]+)">Tous les objets \(12\)', page)[1]
    assert "nat=travaux&amp;tout=cpv#f-cpv" in address
    page = ask(nat="travaux", tout="cpv")
    assert len(re.findall(r'name="cpv"', page)) == 12
    assert "Tous les objets" not in page
    assert "comprise" not in page


@pytest.mark.parametrize("value", ["", "²", "zut", ["cpv", "nat"], 7, record(), "\x00"])
@pytest.mark.parametrize("name", [*criteria.PLAIN, "tri", "page", "vue", "tout", "apres", "nombre"])
def test_no_parameter_breaks_the_search(published, ask, name, value):
    assert "Consultations" in ask(**{name: value})
    for view in ("consultations.json", "consultations.atom", "consultations.rss", "consultations.csv"):
        assert ask(view, **{name: value})


def test_what_an_address_asks_wrongly_is_said_on_the_page(published, ask):
    page = ask(tri="prix", dep="999", page="0", avant="hier")
    assert page.count("<p>«\xa0") + page.count("n’existe pas") >= 3
    assert "Programme de voirie 2026" in page


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"foo": "1"}, "parametre"),
        ({"tri": "prix"}, "tri"),
        ({"tri": "limite"}, "tri"),
        ({"etat": "zut"}, "etat"),
        ({"apres": "hier"}, "curseur"),
        ({"apres": "20269999T000000000000Z-ab"}, "curseur"),
        ({"nombre": "0"}, "nombre"),
        ({"nombre": "100000"}, "nombre"),
        ({"page": "2"}, "parametre"),
        ({"avant": "2026-02-31"}, "avant"),
        ({"cpv": "abc"}, "cpv.forme"),
    ],
)
def test_the_json_refuses_what_it_does_not_know(published, ask, http_request, form, code):
    answer = json.loads(ask("consultations.json", **form))
    assert http_request.response.getStatus() == 400
    assert answer["code"] == code
    assert answer["message"]


def test_the_json_goes_on_from_its_cursor_without_gap_or_double(world, ask, stop_clock):
    references = []
    for rank in range(7):
        stop_clock(NOW + rank * SECOND)
        references.append(f"2026-SUITE-{rank}")
        publish(world, complete_draft(world.a, references[-1], lots=()))
    seen, cursor = [], None
    while True:
        answer = json.loads(ask("consultations.json", nombre="3", **({"apres": cursor} if cursor else {})))
        seen += [item["reference"] for item in answer["consultations"]]
        cursor = answer["curseur"]
        if answer["suivant"] is None:
            break
    assert seen == references
    assert json.loads(ask("consultations.json", apres=cursor))["consultations"] == []
    assert answer["consultations"][0]["acheteur"]["siret"] == world.a.siret


def test_feeds_are_valid_whatever_the_title(world, ask):
    draft = complete_draft(world.a, "2026-ACC", lots=())
    draft.title = "Œuvres & « travaux » <b>d’été</b> \x0b n°5 💧"
    publish(world, draft)
    for name, version in (("consultations.rss", "rss20"), ("consultations.atom", "atom10")):
        found = feedparser.parse(ask(name))
        assert not found.bozo, found.get("bozo_exception")
        assert found.version == version
        assert "d’été" in found.entries[0].title
        assert found.entries[0].link.startswith(plone_api.portal.get().absolute_url())
        assert found.entries[0].published_parsed[:3] == (2026, 2, 2)


def test_the_table_opens_in_a_spreadsheet_and_hides_no_formula(world, ask):
    draft = complete_draft(world.a, "2026-CSV", lots=())
    draft.title = "=1+1"
    publish(world, draft)
    rows = list(csv.reader(io.StringIO(ask("consultations.csv").removeprefix("\ufeff")), delimiter=";"))
    assert rows[1][1] == "'=1+1"
    assert rows[1][9] == "16/03/2026 12:00:00"


def test_titles_are_escaped(world, ask):
    draft = complete_draft(world.a, "2026-XSS", lots=())
    draft.title = '<script>alert(1)</script>"&'
    publish(world, draft)
    page = ask(q="script")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in ask(q='"><script>alert(1)</script>')


def test_pages_follow_each_other(world, ask):
    for rank in range(23):
        publish(world, complete_draft(world.a, f"2026-P-{rank}", pieces=True, lots=()))
    first, second = ask(), ask(page="2")
    assert "1 à 20 sur 23" in first
    assert "21 à 23 sur 23" in second
    seen = re.findall(
        r"2026-P-\d+",
        "".join(re.findall(r'<ul class="mg-conslist">.*?</ul></form>|mg-conslist.*', first + second, re.S)),
    )
    assert len(set(seen)) == 23
    assert len(first.encode()) <= 60_000
    assert "21 à 23 sur 23" in ask(page="99")


def test_a_facet_does_not_restrict_its_own_counts(world, ask, portal):
    publish(world, complete_draft(world.a, "2026-T", lots=(), nature="travaux"))
    publish(world, complete_draft(world.a, "2026-S", lots=(), nature="services", cpv="71000000"))
    found = source.search(portal, Criteria(facets=(("nat", ("travaux",)),)), clock.now())
    assert found.total == 1
    assert found.counts["nat"] == {"travaux": 1, "services": 1}
    assert found.counts["cpv"]["71000000"] == 0
    assert found.counts["etat"]["ouverte"] == 1


def test_a_cancelled_and_a_simulation_consultation(world, published, ask, portal):
    with as_agent(world.valideurs):
        workflow.fire(published, "annuler", "Budget non voté")
    assert json.loads(ask("consultations.json"))["consultations"][0]["etat"] == "annulee"
    published.simulation = True
    published.reindexObject()
    assert json.loads(ask("consultations.json"))["total"] == 0


def test_a_change_is_seen_at_once_and_only_once_committed_elsewhere(world, published, ask):
    published.title = "Autre titre"
    published.reindexObject()
    assert "Autre titre" in ask()
    create.draft(world.a, "2026-X", "Brouillon")
    assert json.loads(ask("consultations.json"))["total"] == 1


def test_the_print_view_is_a_table_that_says_what_was_asked_and_when(published, ask):
    page = " ".join(unescape(ask(vue="impression", nat="travaux", q="voirie")).split())
    assert "Affiner" not in page
    assert ">Chercher<" not in page
    assert "état au lundi 2 février 2026, 10:00" in page
    for shown in (
        "« voirie »",
        "Travaux",
        "2026-VOI-01",
        "Commune de Saint-Brieuc",
        "lundi 16 mars 2026, 12:00:00",
        "Ouverte",
    ):
        assert shown in page.replace("\N{NO-BREAK SPACE}", " "), shown
    assert "/consultations?q=voirie&nat=travaux" in page  # the way back


def test_nothing_to_print_is_said(published, ask):
    assert "Rien ne répond" in ask(vue="impression", q="scaphandre")


def test_dates_include_both_ends(published, ask):
    due = clock.paris(DEADLINE).date()
    day = timedelta(days=1)
    for form, total in (
        ({"avant": due.isoformat()}, 1), ({"avant": (due - day).isoformat()}, 0), ({"des": due.isoformat()}, 1),
        ({"des": (due + day).isoformat()}, 0), ({"depuis": "1"}, 1), ({"depuis": "2026-02-02"}, 1), ({"depuis": "2026-02-03"}, 0),
    ):  # fmt: skip
        assert json.loads(ask("consultations.json", **form))["total"] == total, form


def test_the_page_of_a_buyer_lists_its_published_consultations(world, published, http_request):
    alsoProvides(http_request, IMegalisLayer)
    shown = getMultiAdapter((world.a, http_request), IConsultationsOf)()
    assert published.title in shown and "/consultations?acheteur=" in shown
    assert getMultiAdapter((world.b, http_request), IConsultationsOf)() == ""
