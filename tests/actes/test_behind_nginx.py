"""The whole way: a certificate shown to a real nginx, the portal behind it, an act that leaves or waits."""

from base64 import b64encode
from html import unescape
from megalis.portal.actes import registre as registres
from megalis.portal.formats.actes import states
from megalis.portal.organisations import assurance
from megalis.portal.organisations import people
from megalis.portal.organisations.signin import certificates
from tests.actes.conftest import a_pdf
from tests.actes.conftest import equip
from tests.actes.conftest import PASSWORD
from tests.actes.test_software import CREATE
from tests.actes.test_software import FIELDS
from tests.journeys.server import Server
from tests.proxy import Authority
from tests.proxy import Nginx
from tests.proxy import pem
from urllib.parse import quote

import pytest
import transaction


SENDER = "transmetteurs-actes@a.exemple.fr"
STATUS = "/modules/actes/actes_transac_get_status.php?transaction="


@pytest.fixture
def world(functional_portal, monkeypatch, tmp_path):
    """A collectivité that wants certificates, two agents of its own; nginx trusts the authority of both."""
    monkeypatch.setenv("MEGALIS_CERTIFICATS", "1")
    found = equip(functional_portal)
    found.portal = functional_portal
    authority = Authority("Autorité de Bretagne")
    found.own, made = authority.certify(tmp_path, "Annie Le Goff")
    found.other, _made = authority.certify(tmp_path, "Un autre")
    people.set_certificate(found.transmetteurs, certificates.read(quote(pem(made))))
    registres.set_reglages(found.registre, {**registres.reglages(found.registre), "assurance": assurance.CERTIFICATE})
    transaction.commit()
    with Server(functional_portal).running() as served:
        backend = served.url.removeprefix("http://")
        with Nginx(tmp_path, backend, (authority,), authority.revocations()) as running:
            found.front = running
            found.forged = quote(pem(made))
            yield found


def create(world, number, certificate, login=SENDER, **headers):
    """Create an act as Pastell does, over HTTPS; return the state it is in, None when it was refused."""
    border = "----frontiere"
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + f"{value}\r\n".encode("latin-1")
        for name, value in [*FIELDS[:4], ("number", number), *FIELDS[5:]]
    ]
    for name in ("acte_pdf_file", "acte_attachments[]"):
        head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="a.pdf"\r\n'
        parts.append(f"{head}Content-Type: application/pdf\r\n\r\n".encode() + a_pdf() + b"\r\n")
    sent = {"Content-Type": f"multipart/form-data; boundary={border}", **headers}
    if login:
        sent["Authorization"] = f"Basic {b64encode(f'{login}:{PASSWORD}'.encode()).decode()}"
    body = b"".join(parts) + f"--{border}--\r\n".encode()
    _status, _headers, text = world.front.ask(CREATE, certificate, "POST", body, sent)
    transaction.begin()
    return world.registre[world.registre.numbers[number]].etat if text.startswith("OK") else None


def test_an_act_leaves_with_the_certificate_of_its_agent_and_waits_for_a_person_otherwise(world):
    assert create(world, "P1", world.own) == states.A_TRANSMETTRE
    assert create(world, "P2", world.own, login="") == states.A_TRANSMETTRE, "the certificate alone signs in"
    assert create(world, "P3", None) == states.BROUILLON
    assert create(world, "P4", world.other) == states.BROUILLON
    assert create(world, "P5", world.other, login="") is None
    forged = {"X-Certificat-Agent": world.forged}
    assert create(world, "P6", None, **forged) == states.BROUILLON
    assert create(world, "P7", None, login="", **forged) is None


def test_the_page_of_an_account_shows_the_certificate_nginx_verified(world):
    auth = {"Authorization": f"Basic {b64encode(f'{SENDER}:{PASSWORD}'.encode()).decode()}"}
    for certificate, seen in ((world.other, True), (None, False)):
        _status, _headers, text = world.front.ask("/mon-compte", certificate, headers=auth)
        assert ("Un autre" in unescape(text)) == seen
