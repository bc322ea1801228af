"""The portal core provisions the platform; what is recorded here is the documentation (docs/integrator.md).

With ``MEGALIS_RECORD=1`` the examples are written anew, here and in the page, otherwise the answers must be those
recorded. The page's lists of fields must be those of the resources.
"""

from base64 import b64encode
from megalis.portal.kernel import journal
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.services.provisioning import buyers
from megalis.portal.organisations.services.provisioning import companies
from megalis.portal.organisations.services.provisioning import persons
from pathlib import Path
from plone import api
from tests.organisations.conftest import PASSWORD
from tests.organisations.conftest import status
from urllib.parse import urlsplit

import hashlib
import http.client
import json
import os
import pytest
import re
import transaction


EXAMPLES = Path(__file__).parent.parent / "http-examples"
DOCUMENTATION = Path(__file__).parent.parent.parent / "docs" / "integrator.md"
PUBLIC = "https://portail.exemple.bzh"
OPERATOR = "exploitant@megalis.exemple.fr"

ORGANISME = {
    "acronyme": "PONTIVY",
    "categorieInsee": "7210",
    "sigle": "VDP",
    "siren": "215601782",
    "nic": "00018",
    "denomination": "Commune de Pontivy",
    "adresse": {"rue": "8 rue François Mitterrand", "codePostal": "56300", "ville": "Pontivy"},
    "description": "Sous-préfecture du Morbihan",
    "url": "https://pontivy.exemple.bzh",
    "email": "marches@pontivy.exemple.bzh",
    "tel": "02 97 00 00 00",
}
SERVICE = {
    "libelle": "Commande publique",
    "acronymeOrganisme": "PONTIVY",
    "sigle": "CP",
    "email": "cp@pontivy.exemple.bzh",
}
AGENT = {
    "idProfil": "acheteurs,lecteurs",
    "identifiant": "agent.acheteur",
    "email": "acheteur@pontivy.exemple.bzh",
    "nom": "Acheteur",
    "prenom": "Agent",
    "acronymeOrganisme": "PONTIVY",
    "telephone": "+33 2 97 00 00 01",
    "service": "SRV-12",
}
ENTREPRISE = {
    "siren": "552100554",
    "paysenregistrement": "FR",
    "effectif": 42,
    "formeJuridique": "SAS",
    "codeAPE": "43.91B",
    "capitalSocial": "50000",
    "raisonSociale": "Couvertures de l’Argoat",
    "email": "contact@argoat.exemple.fr",
    "etablissements": [
        {"siege": True, "codeEtablissement": "00013", "adresse": {"codePostal": "22110", "ville": "Rostrenen"}}
    ],
}
ETABLISSEMENT = {
    "idEntreprise": "ENT-9",
    "siret": "55210055400013",
    "siege": True,
    "adresse": {"codePostal": "22110", "ville": "Rostrenen"},
}
INSCRIT = {
    "idEtablissement": "ETA-9",
    "login": "argoat",
    "email": "offres@argoat.exemple.fr",
    "nom": "Offres",
    "prenom": "Chargé",
    "telephone": "",
    "inscritAnnuaireDefense": False,
    "profil": "administrateur",
}
ALL = [
    ("organismes", "ORG-56178", ORGANISME),
    ("services", "SRV-12", SERVICE),
    ("agents", "AGT-7", AGENT),
    ("entreprises", "ENT-9", ENTREPRISE),
    ("etablissements", "ETA-9", ETABLISSEMENT),
    ("inscrits", "INS-3", INSCRIT),
]
RESOURCES = (
    buyers.Organisme,
    buyers.ServiceResource,
    persons.Agent,
    companies.Entreprise,
    companies.Etablissement,
    persons.Inscrit,
)


def block_of(name):
    """Return the pattern of the block that shows an example in the documentation."""
    return re.compile(rf"(^`{re.escape(name)}`\n\n```http\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE)


@pytest.fixture
def site(served_world):
    return served_world.site


@pytest.fixture
def call(site):
    """Return a function: method, address below the site, document -> (status, JSON or None), as the operator."""
    base = urlsplit(site.absolute_url())

    def send(method, address, document=None, login=OPERATOR, password=PASSWORD, body=None, example=None, program=True):
        headers = {"Accept": "application/json"}
        if program:
            headers["X-Requested-With"] = "socle"
        if login:
            headers["Authorization"] = "Basic " + b64encode(f"{login}:{password}".encode()).decode()
        if document is not None:
            body = json.dumps(document, ensure_ascii=False, indent=2)
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(base.netloc)
        connection.request(method, f"{base.path}/{address}", body.encode() if isinstance(body, str) else body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        transaction.begin()
        if example:
            keep(example, method, address, headers, body, answer, text)
        return answer.status, json.loads(text) if text else None

    def keep(name, method, address, headers, body, answer, text):
        shown = {**headers, "Authorization": "Basic …"}
        head = "".join(f"{key}: {value}\n" for key, value in shown.items())
        check(f"{name}.req", f"{method} /{address} HTTP/1.1\nHost: {urlsplit(PUBLIC).netloc}\n{head}\n{body or ''}")
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2) if text else ""
        text = text.replace(site.absolute_url(), PUBLIC)
        kind = f"Content-Type: {answer.getheader('Content-Type')}\n" if text else ""
        check(f"{name}.resp", f"HTTP/1.1 {answer.status} {answer.reason}\n{kind}\n{text}")

    def check(name, text):
        path = EXAMPLES / name
        text = text.rstrip("\n") + "\n"
        if os.environ.get("MEGALIS_RECORD"):
            path.write_text(text, "utf-8")
            page = DOCUMENTATION.read_text("utf-8")
            DOCUMENTATION.write_text(block_of(name).sub(lambda found: found[1] + text + found[3], page), "utf-8")
        assert path.read_text("utf-8") == text, f"{name} differs: run with MEGALIS_RECORD=1 and read the difference"

    return send


@pytest.fixture
def provisioned(call):
    """Everything of ALL, sent once."""
    for kind, external, document in ALL:
        answer = call("PUT", f"@{kind}/{external}", document)
        assert answer[0] == 201, answer
    return call


def test_each_resource_is_made_read_and_closed_as_documented(call):
    for kind, external, document in ALL:
        made = call("PUT", f"@{kind}/{external}", document, example=f"provisionner-{kind}-put")
        assert made[0] == 201, made
        read = call("GET", f"@{kind}/{external}", example=f"provisionner-{kind}-get")
        assert read == (200, made[1])
        for name, value in document.items():
            if name in made[1] and name not in ("adresse", "etablissements", "telephone", "tel"):
                assert made[1][name] == value, name
    for kind, external, _document in reversed(ALL):
        assert call("DELETE", f"@{kind}/{external}", example=f"provisionner-{kind}-delete") == (204, None)
        assert call("GET", f"@{kind}/{external}")[1]["actif"] is False
        assert call("DELETE", f"@{kind}/{external}")[0] == 204, "closing twice is closing once"


def test_the_documentation_shows_every_example_as_recorded():
    names = [f"{kind}-{verb}" for kind, _external, _document in ALL for verb in ("put", "get", "delete")]
    expected = {f"provisionner-{name}.{end}" for name in (*names, "inconnu", "conflit") for end in ("req", "resp")}
    assert {path.name for path in EXAMPLES.glob("provisionner-*")} == expected
    page = DOCUMENTATION.read_text("utf-8")
    for name in sorted(expected):
        shown = block_of(name).findall(page)
        assert [text for _head, text, _end in shown] == [EXAMPLES.joinpath(name).read_text("utf-8")], name


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_the_documentation_lists_the_fields_of_each_resource(resource):
    page = DOCUMENTATION.read_text("utf-8")
    part = page.partition(f": `@{resource.kind}/<external identifier>`\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)`( \*)? \| ([a-z ]+) \|", part, re.MULTILINE)
    kinds = {"text": "texte", "true or false": "booléen", "object": "objet", "list": "liste", "integer": "entier"}
    assert {name: kinds[kind] for name, _star, kind in rows} == resource.fields
    assert tuple(name for name, star, _kind in rows if star) == tuple(
        n for n in resource.fields if n in resource.required
    )


def test_the_same_document_sent_again_changes_nothing(provisioned, site):
    before = len(journal.events(site, "provision"))
    accounts = len(site.acl_users.megalis_door.accounts)
    for kind, external, document in ALL:
        first = provisioned("GET", f"@{kind}/{external}")[1]
        assert provisioned("PUT", f"@{kind}/{external}", document) == (200, first)
    assert len(journal.events(site, "provision")) == before
    assert len(site.acl_users.megalis_door.accounts) == accounts


@pytest.mark.parametrize(
    ("address", "change"),
    [
        ("@organismes/ORG-56178", {"denomination": "Ville de Pontivy", "tel": "0297000009"}),
        ("@organismes/ORG-56178", {"acronyme": "VILLE-PONTIVY"}),
        ("@services/SRV-12", {"libelle": "Achats"}),
        ("@agents/AGT-7", {"idProfil": "valideurs", "email": "autre@pontivy.exemple.bzh"}),
        ("@entreprises/ENT-9", {"raisonSociale": "Argoat Toitures", "effectif": 300}),
        ("@etablissements/ETA-9", {"siege": False}),
        ("@inscrits/INS-3", {"profil": "repondant", "nom": "Autre"}),
    ],
)
def test_a_changed_document_changes_what_it_says(provisioned, address, change):
    document = next(doc for kind, external, doc in ALL if address == f"@{kind}/{external}")
    code, answer = provisioned("PUT", address, {**document, **change})
    assert code == 200
    assert {name: answer[name] for name in change if name in answer} == {n: v for n, v in change.items() if n in answer}
    if "idProfil" in change:
        assert answer["organismes"][0]["idProfil"] == change["idProfil"]
    assert provisioned("GET", address)[1] == answer


def test_an_agent_gets_his_roles_and_his_service(provisioned, site):
    person = people.get(people.by_external("AGT-7"))
    collectivite = directory.collectivite("215601782")
    assert person.kind == "agent"
    assert person.roles_in(collectivite) == {"acheteurs", "lecteurs"}
    assert person.service == "collectivites/commune-de-pontivy/commande-publique"


def test_a_closed_agent_loses_his_roles_and_a_new_put_gives_them_back(provisioned, site):
    provisioned("DELETE", "@agents/AGT-7")
    person = people.get(people.by_external("AGT-7"))
    assert (person.active, person.collectivites) == (False, ())
    assert provisioned("PUT", "@agents/AGT-7", AGENT)[0] == 200
    person = people.get(people.by_external("AGT-7"))
    assert person.active
    assert [c.title for c in person.collectivites] == ["Commune de Pontivy"]


def test_a_closed_organisme_leaves_the_directory_and_its_agents_lose_their_roles(provisioned, site, browse):
    provisioned("DELETE", "@organismes/ORG-56178")
    assert people.get(people.by_external("AGT-7")).collectivites == ()
    browser = browse()
    browser.open(f"{site.absolute_url()}/collectivites")
    assert "Commune de Saint-Brieuc" in browser.contents
    assert "Pontivy" not in browser.contents
    assert provisioned("PUT", "@organismes/ORG-56178", ORGANISME)[1]["actif"] is True


def test_what_is_there_already_is_taken_over_once(call, site, served_world):
    siren, nic = served_world.b.siren, served_world.b.siret[9:]
    document = {"siren": siren, "nic": nic, "denomination": "Ville de Lannion"}
    assert call("PUT", "@organismes/LAN", document)[0] == 201
    assert directory.collectivite(siren).title == "Ville de Lannion"
    code, answer = call("PUT", "@organismes/LAN-BIS", document, example="provisionner-conflit")
    assert (code, answer["code"]) == (409, "siren.pris")


def test_a_registered_user_is_taken_over_by_his_address(provisioned, served_world):
    document = {**INSCRIT, "email": "gerant@toitures.exemple.fr", "login": "gerant"}
    code, answer = provisioned("PUT", "@inscrits/INS-4", document)
    assert code == 201
    assert people.by_external("INS-4") == served_world.boss
    assert answer["login"] == "gerant@toitures.exemple.fr", "his login stays his"


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


def test_a_hash_of_the_portal_core_signs_in_and_is_then_kept_better(provisioned, site, browse):
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    document = {
        **INSCRIT,
        "email": "neuf@argoat.exemple.fr",
        "login": "neuf",
        "motDePasse": digest,
        "typeHash": "SHA256",
    }
    assert provisioned("PUT", "@inscrits/INS-5", document)[0] == 201
    assert browse("neuf").url.endswith("/espace-entreprise")
    transaction.begin()
    kept = site.acl_users.source_users._user_passwords[people.by_external("INS-5")]
    assert kept.startswith(b"{SCRYPT}")


def test_a_service_that_holds_others_is_not_closed(provisioned):
    inner = {"libelle": "Marchés", "idExterneParent": "SRV-12"}
    assert provisioned("PUT", "@services/SRV-13", inner)[0] == 201
    code, answer = provisioned("DELETE", "@services/SRV-12")
    assert (code, answer["code"]) == (409, "service.plein")
    assert provisioned("DELETE", "@services/SRV-13")[0] == 204
    assert provisioned("DELETE", "@services/SRV-12")[0] == 204


def test_an_inscrit_moves_to_another_company(provisioned, served_world):
    document = {**INSCRIT, "siret": served_world.place.siret}
    del document["idEtablissement"]
    assert provisioned("PUT", "@inscrits/INS-3", document)[0] == 200
    person = people.get(people.by_external("INS-3"))
    assert person.entreprise.title == "Toitures du Trégor"
    assert membership.roles_of(person.userid, directory.entreprise("552100554")) == frozenset()


def test_a_foreign_company_is_known_by_its_country_and_number(call):
    document = {"sirenEtranger": "0403.170.701", "paysenregistrement": "BE", "raisonSociale": "Daken"}
    code, answer = call("PUT", "@entreprises/ENT-BE", document)
    assert (code, answer["sirenEtranger"], answer["siren"]) == (201, "0403170701", "")
    assert directory.entreprise("BE-0403170701").title == "Daken"
