"""A document of a workspace becomes the draft of an act, for who prepares acts and nobody else."""

from megalis.portal.actes import registre as registres
from megalis.portal.actes.reusing import Proposal
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.workspaces import documents
from plone import api
from tests.actes.conftest import a_pdf
from tests.actes.test_pages import post
from tests.organisations.conftest import status
from tests.workspaces.conftest import furnish_space
from tests.workspaces.conftest import LEADS
from tests.workspaces.conftest import Upload

import pytest
import transaction


ANNE, CHIEF = "acheteurs@a.exemple.fr", "gerant@toitures.exemple.fr"


@pytest.fixture
def world(functional_portal):
    found = furnish_space(functional_portal)
    membership.add(found.a, found.anne.userid, {"acheteurs", "redacteurs-actes"})
    registres.of(found.a, make=True)
    found.anne = people.get(found.anne.userid)
    transaction.commit()
    return found


def deposited(world, upload):
    document, _version = documents.add(world.espace, LEADS, world.anne, upload)
    transaction.commit()
    return f"{world.espace.absolute_url()}/@@document?id={document.id}"


def test_a_preparer_of_acts_proposes_a_document_and_completes_its_draft(world, browse):
    data = a_pdf("Tarifs")
    url = deposited(world, Upload("2026-03-16_D2026_012 Tarifs.pdf", data))
    anne = browse(ANNE)
    anne.open(url)
    anne.getControl("Proposer comme acte").click()
    assert anne.url.endswith("/@@modifier")
    transaction.begin()
    (acte,) = registres.of(world.a).objectValues()
    assert (acte.etat, acte.prepared_by) == (states.BROUILLON, world.anne.userid)
    assert [piece.file.data for piece in acte.pieces] == [data]
    assert acte.date_decision.isoformat() == "2026-03-16"
    assert any("« Achat de sel »" in moment.words for moment in acte.history)
    anne.open(url)
    anne.getControl("Proposer comme acte").click()
    transaction.begin()
    numbers = sorted(acte.numero for acte in registres.of(world.a).objectValues())
    assert len(set(numbers)) == 2


def test_a_later_version_is_proposed_under_the_name_of_the_document_whatever_its_file_is_called(world, browse):
    document, _version = documents.add(world.espace, LEADS, world.anne, Upload("Convention de sel.pdf", a_pdf("Un")))
    data = a_pdf("Deux")
    documents.add_version(world.espace, LEADS, world.anne, document, Upload("scan-0042.pdf", data))
    transaction.commit()
    anne = browse(ANNE)
    anne.open(f"{world.espace.absolute_url()}/@@document?id={document.id}")
    anne.getControl("Proposer comme acte").click()
    transaction.begin()
    (acte,) = registres.of(world.a).objectValues()
    assert (acte.objet, acte.pieces[0].name) == ("Convention de sel", "Convention de sel.pdf")
    assert acte.pieces[0].file.data == data


def test_who_prepares_no_act_is_not_offered_it_and_may_not_ask(world, browse):
    url = deposited(world, Upload("Tarifs.pdf", a_pdf("Tarifs")))
    chief = browse(CHIEF)
    chief.open(url)
    assert "Proposer comme acte" not in chief.contents
    with api.env.adopt_user(username="lecteurs@a.exemple.fr"), pytest.raises(Refused) as refusal:
        Proposal().make(world.outside, world.a.siren, "Tarifs.pdf", a_pdf(), "")
    assert refusal.value.code == "actes.role"
    asked = {"faire": "utiliser", "usage": "acte", "lieu": world.a.siren}
    anne = browse(ANNE)
    post(anne, url, {**asked, "lieu": world.b.siren}, [])
    assert status(anne) == 422
    post(anne, url, {**asked, "usage": "../acte"}, [])
    assert status(anne) == 422
    transaction.begin()
    assert not registres.of(world.a).objectIds()


def test_a_file_that_no_act_may_be_is_not_offered_and_a_broken_one_is_refused_in_words(world, browse):
    anne = browse(ANNE)
    anne.open(deposited(world, Upload("notes.docx", b"PK\x03\x04 texte")))
    assert "Proposer comme acte" not in anne.contents
    anne.open(deposited(world, Upload("casse.pdf", b"%PDF-1.4 rien")))
    anne.getControl("Proposer comme acte").click()
    assert status(anne) == 422 and "casse.pdf" in anne.contents
    transaction.begin()
    assert not registres.of(world.a).objectIds()
