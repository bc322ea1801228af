"""The public page: everything a bidder decides on, to the second, and nothing of a draft."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.consultations.public import stations
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.consultations.rules import phase
from megalis.portal.interfaces import IMegalisLayer
from plone import api as plone_api
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import PDF
from tests.consultations.conftest import publish
from tests.consultations.conftest import SECOND
from zope.interface import alsoProvides
from ZPublisher.HTTPRequest import record

import hashlib
import io
import json
import pytest
import re


@pytest.fixture
def look(portal, http_request):
    alsoProvides(http_request, IMegalisLayer)

    def go(consultation, name="view", user=None, **form):
        from AccessControl.SpecialUsers import nobody

        http_request.form.clear()
        http_request.form.update(form)
        http_request.other.pop("megalis.person", None)
        account = as_agent(user) if user else plone_api.env.adopt_user(user=nobody.__of__(portal.acl_users))
        with account:
            return consultation.restrictedTraverse(f"@@{name}")()

    return go


def words(html):
    """Return what people read: entities as letters, one space where HTML has many."""
    return " ".join(unescape(html).split())


def test_everybody_reads_the_deadline_the_limit_and_the_documents(published, look):
    html = look(published)
    for words in (
        "lundi 16 mars 2026, 12:00:00", "heure de Paris", 'data-echeance="2026-03-16T11:00:00Z"', "@@repondre", "RC.pdf",
        hashlib.sha256(PDF).hexdigest(), "2 Go", "au plus", "Candidature, Offre", "Prix 60 %", "Terrassement", "@@journal",
    ):  # fmt: skip
        assert words in html.replace("\N{NO-BREAK SPACE}", " "), words
    assert "180000" not in html.replace("\N{NARROW NO-BREAK SPACE}", "").replace(" ", "")
    assert 'style="' not in html
    assert "gestion" not in html


@pytest.mark.parametrize(
    ("shift", "there", "gone"),
    [
        (-1, ("Il reste", "1 s", "Ferme bientôt", "@@repondre"), ("hors délai",)),
        (0, ("hors délai", "Close"), ("Il reste", "@@repondre", "Ferme bientôt", "Comment répondre")),
        (1, ("hors délai", "Close"), ("Il reste", "@@repondre", "Ferme bientôt", "Comment répondre")),
    ],
)
def test_the_way_to_answer_goes_at_the_very_second_of_the_deadline(published, look, stop_clock, shift, there, gone):
    stop_clock(DEADLINE + shift * SECOND)
    page = words(look(published))
    for part in there:
        assert part in page, part
    for part in gone:
        assert part not in page, part
    assert ("close le 16 mars 2026" in page) is (shift >= 0)


def test_a_cancelled_consultation_says_so_with_its_reason_and_takes_no_answer(world, published, look):
    with as_agent(world.valideurs):
        workflow.fire(published, "annuler", "Crédits <supprimés>")
    page = look(published)
    assert "Consultation annulée." in words(page)
    assert "Motif : Crédits &lt;supprimés&gt;" in " ".join(page.split())
    assert "@@repondre" not in page
    assert "Il reste" not in page
    assert "hors délai" not in words(page)
    assert "DCE complet" in words(page)


def test_a_draft_tells_its_agents_that_nobody_else_sees_it(world, draft, look):
    page = words(look(draft, user=world.acheteurs))
    assert "Aperçu : cette page n’est pas publiée." in page
    assert "Seuls les agents de la collectivité la voient." in page
    for absent in ("@@repondre", "Questions et réponses", "DCE complet", "Être prévenu"):
        assert absent not in page
    with pytest.raises(Exception, match=r"(?i)unauthorized|not allowed|permission"):
        look(draft)
    with pytest.raises(Exception, match=r"(?i)unauthorized|not allowed|permission"):
        look(draft, user=world.other)


def test_what_a_rectification_changed_is_told_in_full(world, published, look):
    with as_agent(world.valideurs):
        later = DEADLINE + timedelta(days=7)
        rectify(published, "Quantités corrigées", {"deadline": later, "planned_opening": later})
    page = words(look(published))
    assert re.search(r"Modifiée le lundi 2 février 2026, 10:00:\d\d\.", page)
    assert "Quantités corrigées Nouvelle date limite : lundi 23 mars 2026, 12:00:00." in page
    assert "lundi 16 mars 2026, 12:00:00 → lundi 23 mars 2026, 12:00:00" in page


class TestTwoHundredLots:
    @pytest.fixture
    def wide(self, world):
        lots = [
            {"number": str(rank), "title": f"Lot géographique {rank}, fourniture et pose des équipements de la commune"}
            for rank in range(1, 201)
        ]
        draft = complete_draft(world.a, "2026-LOTS", lots=lots)
        for rank in range(40):
            create.piece(
                draft, io.BytesIO(PDF + b"%d" % rank), f"Plan détaillé n° {rank}.pdf", f"Plan détaillé {rank}", "plans"
            )
        return publish(world, draft)

    def test_come_fifty_at_a_time_within_the_weight_of_a_page(self, wide, look):
        for form in ({}, {"lots": "4", "pieces": "2"}):
            assert len(look(wide, **form).encode()) <= 60_000

    def test_are_all_there_from_page_to_page(self, wide, look):
        seen = []
        for page in "1234":
            seen += re.findall(r"Lot géographique (\d+),", look(wide, lots=page))
        assert seen == [str(rank) for rank in range(1, 201)]

    def test_and_each_can_be_downloaded_from_the_page(self, wide, look):
        page = look(wide)
        assert 'name="lot"' in page
        assert "Lot 200" not in page
        form = re.search(r"Ou les documents d’un lot.*?</form>", page, re.S)[0]
        assert 'placeholder="de 1 à 200"' in form


@pytest.mark.parametrize("name", ["tri", "lots", "pieces"])
@pytest.mark.parametrize("value", ["", "²", "٣", "-1", "1e9", "x" * 5000, ["taille", "a"], 7, record(), "\x00", None])
def test_no_parameter_breaks_the_page(published, look, name, value):
    assert "Programme de voirie 2026" in look(published, **{name: value})


def test_agents_of_the_buyer_find_their_way_to_the_management(world, published, look):
    assert "@@gestion" in look(published, user=world.acheteurs)
    assert "@@gestion" not in look(published, user=world.nobody)


def test_its_reference_stands_for_it_in_the_breadcrumbs(published, look):
    trail = re.search(r'<ol class="mg-crumbs">.*?</ol>', look(published), re.S)[0]
    assert re.findall(r">([^<>]+)</(?:a|li)>", unescape(trail))[-2:] == ["Commune de Saint-Brieuc", "2026-VOI-01"]
    trail = re.search(r'<ol class="mg-crumbs">.*?</ol>', look(published, "dce"), re.S)[0]
    assert re.findall(r">([^<>]+)</(?:a|li)>", unescape(trail))[-2:] == ["2026-VOI-01", "Télécharger le dossier"]


def test_programs_read_what_people_read(published, look):
    found = json.loads(look(published, "donnees.json"))
    assert found["reference"] == "2026-VOI-01"
    assert found["echeance"] == "2026-03-16T11:00:00Z"
    assert [lot["titre"] for lot in found["lots"]] == ["Terrassement", "Enrobés bitumineux"]
    assert found["criteres"] == [{"nom": "Prix", "points": "60"}, {"nom": "Valeur technique", "points": "40"}]
    (piece,) = found["dce"]["pieces"]
    assert (piece["nom"], piece["taille"], piece["sha256"]) == ("RC.pdf", len(PDF), hashlib.sha256(PDF).hexdigest())
    assert (found["taille_max"], found["formats"]) == (
        published.max_deposit_bytes,
        [*published.accepted_formats, "p7s", "p7m"],
    )
    assert found["taille_max"] and "pdf" in found["formats"], "known before anything is sent"
    assert found["attribution"] is None
    assert "180000" not in json.dumps(found)


def test_a_contest_says_its_jury_and_its_prizes_to_people_and_to_programs(published, look):
    assert "Suite du concours" not in look(published)
    published.procedure, published.jury, published.prizes = "concours", ("M. Kerbrat, maire",), ("20 000 € au lauréat",)
    page = unescape(look(published)).replace("\N{NO-BREAK SPACE}", " ")
    assert "M. Kerbrat, maire. Son avis ne lie pas l’acheteur" in page and "20 000 € au lauréat" in page
    assert "Suite du concours" in page
    found = json.loads(look(published, "donnees.json"))
    assert (found["jury"], found["primes"]) == (["M. Kerbrat, maire"], ["20 000 € au lauréat"])


def test_documents_sort_by_size(world, published, look):
    html = look(published, tri="-taille")
    assert 'aria-sort="descending"' in html


def test_texts_are_escaped(world, look):
    draft = complete_draft(world.a, "2026-XSS")
    draft.title = draft.description = "<script>alert(1)</script>"
    assert "<script>alert" not in look(publish(world, draft))


def test_lots_and_pieces_lead_to_the_consultation(published, look, http_request):
    for child in published.objectValues():
        look(child)
        assert http_request.response.getHeader("Location").startswith(published.absolute_url() + "#")


@pytest.mark.parametrize(("seconds", "expected"), [(-1, 0.0), (0, 0.0), (50, 50.0), (100, 100.0), (200, 100.0)])
def test_the_gauge(seconds, expected):
    assert stations.elapsed(NOW, NOW + 100 * SECOND, NOW + seconds * SECOND) == expected


QUESTIONS = DEADLINE - timedelta(days=8)


@pytest.mark.parametrize(
    ("where", "now", "css", "note"),
    [
        (phase.PUBLIEE, QUESTIONS - SECOND, "here", "jusqu’au 8 mars 2026, 12:00"),
        (phase.PUBLIEE, QUESTIONS, "done", "closes le 8 mars 2026"),
        (phase.CLOSE, DEADLINE, "done", "closes le 8 mars 2026"),
        (phase.ANNULEE, QUESTIONS - SECOND, "next", "jusqu’au 8 mars 2026, 12:00"),
    ],
)
def test_questions_are_not_over_before_their_second(where, now, css, note):
    line = stations.stations(where, {}, NOW, QUESTIONS, DEADLINE, None, now)
    questions = next(item for item in line if item["title"] == "Questions")
    assert (questions["css"], questions["note"]) == (css, note)


def test_a_line_says_where_we_are_once():
    for where in (phase.PUBLIEE, phase.CLOSE, phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE):
        line = stations.stations(where, {}, NOW, None, DEADLINE, None, DEADLINE)
        assert [item["css"] for item in line].count("here") == 1


def test_the_winner_is_named_once_notified_and_never_before(world, published, look):
    at(DEADLINE + SECOND)
    with as_agent(world.porteurs):
        workflow.fire(published, "ouvrir")
    with as_agent(world.acheteurs):
        workflow.fire(published, "analyser")
    workflow.decide(
        published,
        {"1": {"decision": "attribue", "winner": "Société A", "amount": 90000}, "2": {"decision": "infructueux"}},
    )
    assert "Société A" not in words(look(published))
    with as_agent(world.valideurs):
        workflow.fire(published, "decider")
    page = words(look(published))
    assert "Attribué" in page and "Infructueux" in page
    assert "Société A" not in page and "90 000" not in page.replace("\N{NARROW NO-BREAK SPACE}", " ")
    found = json.loads(look(published, "donnees.json"))["lots"][0]["attribution"]
    assert (found["decision"], found["titulaire"], found["montant"]) == ("attribue", None, None)
    with as_agent(world.valideurs):
        workflow.fire(published, "notifier")
    page = re.sub("[\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]", " ", words(look(published)))
    assert "Société A" in page and "90 000" in page
    assert "Attribuée" in page
    assert json.loads(look(published, "donnees.json"))["lots"][0]["attribution"]["titulaire"] == "Société A"


def test_a_cancelled_line_stops_with_a_word():
    found = stations.stations(phase.ARCHIVEE, {phase.ANNULEE: NOW}, NOW, None, DEADLINE, None, NOW)
    assert found[-1]["css"] == "bad"
    assert found[-1]["note"] == "2 février 2026"
