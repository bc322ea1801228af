"""The pages by which one lot is taken by name, and a rectification says which lots its files are for, once."""

from html import unescape
from io import BytesIO
from megalis.portal.consultations import api
from megalis.portal.consultations import rectifying
from megalis.portal.consultations import workflow
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.rectifying import NewPiece
from tests.consultations.conftest import as_agent

import pytest
import transaction


def test_a_lot_is_taken_by_name_from_the_page_of_the_consultation(served, browser):
    visitor = browser()
    url = served.published.absolute_url()
    visitor.open(url)
    assert 'formaction="' + url + '/@@dce"' in " ".join(visitor.contents.split())
    visitor.open(f"{url}/@@dce?lot=2")
    visitor.getControl(name="courriel").value = "lot@deux.exemple"
    visitor.getControl("Me prévenir et télécharger").click()
    assert "Tout changement qui touche le lot 2 ou toute la consultation" in unescape(visitor.contents)
    transaction.begin()
    assert [item.lots for item in withdrawals.followers(served.published)] == [("2",)]


def test_the_page_of_a_rectification_asks_for_which_lots_its_files_are(world, stocked, visit):
    _status, _headers, body = visit(stocked, "rectifier", user=world.valideurs)
    assert "Lots des fichiers ajout" in unescape(body) and 'name="lots"' in body
    assert 'name="depuis"' in body


def test_a_rectification_sent_twice_is_made_once(world, stocked, visit):
    form = {"motif": "Objet précisé", "title": "Autre objet", "depuis": "1"}
    status, _headers, _body = visit(stocked, "rectifier", method="POST", user=world.valideurs, token=True, **form)
    assert (status, stocked.version) == (303, 2)
    form["title"] = "Encore un autre objet"
    status, _headers, body = visit(stocked, "rectifier", method="POST", user=world.valideurs, token=True, **form)
    assert (status, stocked.version) == (409, 2)
    assert "La version 2 a été publiée depuis que cette page est ouverte" in unescape(body)
    assert len(api.history(stocked)) == 2


def test_a_file_that_is_there_already_for_the_same_lots_is_not_added_again(world, stocked):
    added = [NewPiece(BytesIO(b"%PDF-1.4 plan"), "Plan.pdf", lots=("2",))]
    with as_agent(world.valideurs):
        rectifying.rectify(stocked, "Plan oublié", added=added)
        again = [NewPiece(BytesIO(b"%PDF-1.4 plan"), "Plan.pdf", lots=("2",))]
        with pytest.raises(workflow.Refused) as refused:
            rectifying.rectify(stocked, "Plan oublié", added=again)
    assert [finding.code for finding in refused.value.findings] == ["rectification.double"]
    assert api.history(stocked)[-1]["changes"][0]["label"] == "Pièce ajoutée, lot 2"
