"""The public page: everything a bidder decides on, to the second, and nothing of a draft."""

from megalis.portal.consultations.public import stations
from megalis.portal.consultations.rules import phase
from megalis.portal.interfaces import IMegalisLayer
from plone import api as plone_api
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import PDF
from tests.consultations.conftest import publish
from tests.consultations.conftest import SECOND
from zope.interface import alsoProvides

import hashlib
import pytest


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


def test_agents_of_the_buyer_find_their_way_to_the_management(world, published, look):
    assert "@@gestion" in look(published, user=world.acheteurs)
    assert "@@gestion" not in look(published, user=world.nobody)


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


def test_a_cancelled_line_stops_with_a_word():
    found = stations.stations(phase.ARCHIVEE, {phase.ANNULEE: NOW}, NOW, None, DEADLINE, None, NOW)
    assert found[-1]["css"] == "bad"
    assert found[-1]["note"] == "2 février 2026"
