"""What the portal core may not do: wrong documents, strangers, demands that a page of another site sends."""

from megalis.portal.kernel import journal
from megalis.portal.organisations import directory
from plone import api
from tests.organisations.conftest import status
from tests.organisations.provisioning_scene import *  # noqa: F403
from tests.organisations.provisioning_scene import AGENT
from tests.organisations.provisioning_scene import ENTREPRISE
from tests.organisations.provisioning_scene import ETABLISSEMENT
from tests.organisations.provisioning_scene import INSCRIT
from tests.organisations.provisioning_scene import OPERATOR
from tests.organisations.provisioning_scene import ORGANISME

import pytest


@pytest.mark.parametrize(
    ("address", "document", "code", "name"),
    [
        ("@organismes/X", {**ORGANISME, "siren": "215601783"}, 422, "siret.siren"),
        ("@organismes/X", {**ORGANISME, "nic": "00019"}, 422, "siret.cle"),
        ("@organismes/X", {**ORGANISME, "denominaton": "faute"}, 422, "champ.inconnu"),
        ("@organismes/X", {**ORGANISME, "denomination": 5}, 422, "champ.type"),
        ("@organismes/X", {**ORGANISME, "denomination": " "}, 422, "champ.obligatoire"),
        ("@organismes/X", {**ORGANISME, "denomination": "x" * 3000}, 422, "champ.long"),
        ("@organismes/X", {**ORGANISME, "url": "javascript:alert(1)"}, 422, "adresse-web"),
        ("@organismes/X", {**ORGANISME, "categorieInsee": "0000"}, 422, "categorie"),
        ("@organismes/X", ORGANISME, 409, "siren.pris"),
        ("@organismes/ORG-56178", {**ORGANISME, "siren": "212202782", "nic": "00018"}, 409, "siren.immuable"),
        ("@organismes/%C3%A9", ORGANISME, 422, "idexterne.forme"),
        ("@services/X", {"libelle": "x"}, 422, "organisme.absent"),
        ("@services/X", {"libelle": "x", "acronymeOrganisme": "RIEN"}, 422, "organisme.inconnu"),
        ("@services/X", {"libelle": "x", "idExterneParent": "RIEN"}, 422, "parent.inconnu"),
        ("@agents/X", {**AGENT, "idProfil": "empereur"}, 422, "role.inconnu"),
        ("@agents/X", {**AGENT, "service": "RIEN"}, 422, "service.inconnu"),
        ("@agents/X", AGENT, 409, "courriel.pris"),
        ("@agents/X", {**AGENT, "email": "pas-une-adresse"}, 422, "courriel.forme"),
        ("@agents/X", {**AGENT, "email": "gerant@toitures.exemple.fr"}, 409, "compte.genre"),
        ("@agents/X", {**AGENT, "email": "x@y.fr", "identifiant": "agent.acheteur"}, 409, "identifiant-connexion.pris"),
        ("@agents/INS-3", AGENT, 409, "compte.genre"),
        ("@entreprises/X", {**ENTREPRISE, "siren": "552100555"}, 422, "siren.cle"),
        ("@entreprises/X", {**ENTREPRISE, "paysenregistrement": "XX"}, 422, "pays.forme"),
        ("@entreprises/X", {**ENTREPRISE, "etablissements": ["x"]}, 422, "champ.type"),
        ("@entreprises/X", {**ENTREPRISE, "effectif": -1}, 422, "effectif"),
        ("@entreprises/X", ENTREPRISE, 409, "siren.pris"),
        ("@etablissements/X", {**ETABLISSEMENT, "idEntreprise": "RIEN"}, 422, "entreprise.inconnue"),
        ("@etablissements/X", {**ETABLISSEMENT, "siret": "73282932000074"}, 422, "siret.entreprise"),
        ("@inscrits/X", {**INSCRIT, "idEtablissement": "RIEN"}, 422, "etablissement.inconnu"),
        ("@inscrits/X", {**INSCRIT, "email": "n@x.fr", "profil": "roi"}, 422, "profil"),
        ("@inscrits/X", {**INSCRIT, "email": "n@x.fr", "login": "n", "motDePasse": "en clair"}, 422, "typehash"),
    ],
)
def test_a_wrong_document_is_refused_with_its_code_and_changes_nothing(
    provisioned, site, address, document, code, name
):
    before = len(journal.events(site))
    answer = provisioned("PUT", address, document)
    assert (answer[0], answer[1]["code"]) == (code, name), answer
    assert answer[1]["message"]
    assert len(journal.events(site)) == before


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [("", 400, "json"), ("[1]", 400, "json"), ('{"a": 1, "a": 2}', 400, "json"), (b"\xff", 400, "json"),
     ('{"a": "' + "x" * 300_000 + '"}', 413, "taille")],
)  # fmt: skip
def test_what_is_not_a_json_object_is_refused(call, body, code, name):
    answer = call("PUT", "@organismes/X", body=body)
    assert (answer[0], answer[1]["code"]) == (code, name)


def test_what_is_unknown_is_not_found(call):
    code, answer = call("GET", "@organismes/RIEN", example="provisionner-inconnu")
    assert (code, answer["code"]) == (404, "inconnu")
    assert call("DELETE", "@agents/RIEN")[0] == 404
    assert call("GET", "@agents")[0] == 404


@pytest.mark.parametrize(
    ("login", "status"),
    [(None, 401), ("administrateurs@a.exemple.fr", 403), ("gerant@toitures.exemple.fr", 403)],
)
def test_only_the_operator_provisions(call, site, login, status):
    before = len(journal.events(site))
    for method, document in (("GET", None), ("PUT", ORGANISME), ("DELETE", None)):
        assert call(method, "@organismes/ORG-1", document, login=login)[0] == status
    assert len(journal.events(site)) == before


def test_a_demand_that_a_form_of_another_site_could_send_is_refused(call, site):
    before = len(journal.events(site))
    for method, document in (("PUT", ORGANISME), ("DELETE", None)):
        code, answer = call(method, "@organismes/ORG-1", document, program=False)
        assert (code, answer["code"]) == (403, "jeton")
    assert len(journal.events(site)) == before


def test_a_page_of_another_site_cannot_provision_with_the_operators_cookie(site, browse):
    browser = browse(OPERATOR)
    browser.addHeader("Accept", "application/json")
    browser.post(f"{site.absolute_url()}/@organismes/ORG-1", "{}", "application/json")
    assert status(browser) in (401, 403, 404, 405)
    assert api.content.get_state(directory.by_external("organismes", "ORG-1")) == "active"
