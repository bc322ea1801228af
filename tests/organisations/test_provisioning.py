"""The portal core provisions the platform; what is recorded here is the documentation (docs/integrator.md).

With ``MEGALIS_RECORD=1`` the examples are written anew, here and in the page, otherwise the answers must be those
recorded. The page's lists of fields must be those of the resources.
"""

from megalis.portal.kernel import journal
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations.services.provisioning import buyers
from megalis.portal.organisations.services.provisioning import companies
from megalis.portal.organisations.services.provisioning import persons
from tests.organisations.conftest import PASSWORD
from tests.organisations.provisioning_scene import *  # noqa: F403
from tests.organisations.provisioning_scene import AGENT
from tests.organisations.provisioning_scene import ALL
from tests.organisations.provisioning_scene import block_of
from tests.organisations.provisioning_scene import DOCUMENTATION
from tests.organisations.provisioning_scene import EXAMPLES
from tests.organisations.provisioning_scene import INSCRIT
from tests.organisations.provisioning_scene import ORGANISME

import hashlib
import pytest
import re
import transaction


RESOURCES = (
    buyers.Organisme,
    buyers.ServiceResource,
    persons.Agent,
    companies.Entreprise,
    companies.Etablissement,
    persons.Inscrit,
)


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
