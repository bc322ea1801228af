"""What the portal core sends, and the demands of the tests: each is checked against the documentation."""

from base64 import b64encode
from pathlib import Path
from tests.organisations.conftest import PASSWORD
from urllib.parse import urlsplit

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
