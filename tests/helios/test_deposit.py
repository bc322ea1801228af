"""A flow is deposited, read, checked: what is wrong is said before anything leaves; what is no flow is not kept."""

from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import examining
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from tests.formats import pes_flows as flows
from tests.helios.conftest import a_flow
from tests.helios.conftest import as_agent
from tests.helios.conftest import deposited
from tests.helios.conftest import mails
from tests.helios.conftest import Upload

import base64
import gzip
import hashlib
import os
import pytest
import zlib


def codes(found):
    return {item.code for item in found}


def test_a_flow_is_read_counted_and_may_leave(world):
    data = a_flow()
    flux = deposited(world, data=data)
    assert (flux.etat, flux.title, flux.sha256) == (states.DEPOSE, "FLUX1", hashlib.sha256(data).hexdigest())
    assert flux.lecture.summary["bordereaux"] == 2 and flux.lecture.summary["montant_ht"] == "30.00"
    assert flux.file.data == data
    assert service.findings(flux) == []
    assert [event["evenement"] for event in journal.events(flux, "pes")] == ["depot", "controle"]


def test_the_name_of_a_flow_is_taken_once_on_the_whole_platform(world, flux):
    for town in (world.a, world.b):
        with pytest.raises(Refused) as refusal:
            service.deposit(town, Upload(a_flow()), "")
        assert refusal.value.code == "pes.flux-double"
    assert deposited(world, codcol="124").codcol == "124"
    service.abandon(flux, world.clerk)
    assert deposited(world).nomfic == "FLUX1"


def test_the_corrected_version_of_a_flow_that_could_not_leave_takes_its_place(world):
    wrong = deposited(world, bordereaux=flows.bordereau(7, amount="11.00"))
    assert "pes.montant-bordereau" in codes(service.findings(wrong))
    right = deposited(world)
    assert wrong.etat == states.ABANDONNE and right.etat == states.DEPOSE


def wrong_signature():
    return flows.sign(a_flow(dematerialisee=1), "B7").replace(b'<IdPce V="1"/>', b'<IdPce V="2"/>')


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (a_flow(bordereaux=flows.bordereau(7, amount="11.00")), "pes.montant-bordereau"),
        (a_flow(id_ver=1), "pes.idver"),
        (a_flow()[:-60], "pes.xml"),
        (a_flow(dematerialisee=1), "pes.signature-absente"),
        (flows.sign(a_flow(), "B7"), "pes.signature-inattendue"),
        (wrong_signature(), "pes.signature-invalide"),
        (a_flow(encoding="UTF-8"), "pes.encodage"),
        (a_flow().decode("latin-1").encode("utf-8"), "pes.encodage-faux"),
        (a_flow("été", encoding="UTF-8").decode().encode("latin-1"), "pes.encodage-faux"),
        (flows.flow("", "").replace(b"21350238800019", b"21220278000010"), "pes.flux-vide"),
        (a_flow(pjs=flows.pj() + flows.pj()), "pes.doublon-pj"),
        (a_flow(pjs=flows.pj(content="AAAA")), "pes.pj-gzip"),
        (a_flow(pjs=flows.pj(content=flows.packed(os.urandom(5000))[:-800])), "pes.pj-tronquee"),
    ],
)
def test_every_departure_is_said_with_its_code_and_the_flow_stays(world, data, code):
    flux = deposited(world, data=data)
    assert code in codes(service.findings(flux))
    with as_agent(world.sender), pytest.raises(Refused) as refusal:
        service.transmit(flux, world.sender)
    assert code in codes(refusal.value.findings)
    assert flux.etat == states.DEPOSE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "pes.vide"),
        (b"%PDF-1.7 rien", "pes.xml"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "pes.dtd"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><facture/>', "pes.racine"),
        (flows.acquit(""), "pes.sens"),
        (a_flow().decode("latin-1").encode("utf-16"), "pes.encodage"),
    ],
)
def test_what_is_no_flow_is_refused_and_not_kept(world, data, code):
    with pytest.raises(Refused) as refusal:
        service.deposit(world.a, Upload(data), "")
    assert refusal.value.code == code
    assert not world.registre.objectIds()


def test_a_flow_of_more_than_128_mib_is_refused_as_soon_as_it_is(world):
    class Endless(Upload):
        read_bytes = 0

        def read(self, size=-1):
            self.read_bytes += size
            return b" " * size

    upload = Endless(b"")
    with pytest.raises(Refused) as refusal:
        service.deposit(world.a, upload, "")
    assert refusal.value.code == "pes.taille"
    assert upload.read_bytes <= rules.LARGEST + 2 * service.CHUNK


def test_a_flow_of_128_mib_is_deposited_then_read_by_the_worker(portal, world):
    content = flows.packed(os.urandom(12_000_000))
    count = rules.LARGEST // (len(content) + 250)
    pjs = "".join(flows.pj(f"PJ{rank}", f"piece{rank}.pdf", content) for rank in range(count))
    room = rules.LARGEST - len(a_flow(pjs=pjs)) - 300
    data = a_flow(pjs=pjs + flows.pj("DERNIERE", "fin.pdf", flows.packed(os.urandom(room * 748 // 1000 - 300))))
    assert rules.LARGEST - 100_000 < len(data) <= rules.LARGEST
    flux = deposited(world, data=data)
    assert flux.etat == states.A_CONTROLER and flux.size == len(data)
    (message,) = [item for item in outbox.messages(portal) if item.kind == examining.KIND]
    examining.Examiner().send(portal, message)
    assert flux.etat == states.DEPOSE and not flux.lecture.errors
    assert len(flux.lecture.attachments) == count + 1


def test_an_attachment_that_claims_ten_gigabytes_is_stopped_by_what_it_unpacks(world, monkeypatch):
    monkeypatch.setattr("megalis.portal.formats.pes.attachments.MAX_ONE", 1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b"\0" * (1 << 20)) for _turn in range(20)) + packer.flush()
    content = base64.b64encode(packed).decode()
    flux = deposited(world, pjs=flows.pj(content=content))
    assert "pes.pj-taille" in codes(service.findings(flux))
    lying = gzip.compress(b"petit")[:-4] + (10 * 1024**3 % 2**32).to_bytes(4, "little")
    other = deposited(world, "FLUX2", pjs=flows.pj(content=base64.b64encode(lying).decode()))
    assert "pes.pj-gzip" in codes(service.findings(other))


def test_a_large_flow_is_left_to_the_worker_then_leaves_when_that_was_wanted(portal, world, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 100)
    flux = deposited(world)
    assert flux.etat == states.A_CONTROLER and flux.lecture is None
    assert codes(service.findings(flux)) == {"pes.controle"}
    service.transmit_when_ready(flux, world.sender)
    (message,) = [item for item in outbox.messages(portal) if item.kind == examining.KIND]
    examining.Examiner().send(portal, message)
    assert flux.etat == states.A_TRANSMETTRE
    examining.Examiner().send(portal, message)  # the worker was killed after its commit: nothing is read again
    assert flux.etat == states.A_TRANSMETTRE


def test_a_flow_in_the_name_of_another_siret_is_remarked_until_the_settings_say_it_is_ours(world):
    flux = deposited(world, siret="21350238800019")
    assert "pes.siret" in {code for code, _text, _line in flux.lecture.warnings}
    values = {**registres.reglages(world.registre), "sirets": "213 502 388 00019".replace(" ", "")}
    registres.set_reglages(world.registre, values)
    again = deposited(world, "FLUX2", siret="21350238800019")
    assert "pes.siret" not in {code for code, _text, _line in again.lecture.warnings}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"destination": "A\r\nSITE"}, "pes.reglage-destination"),
        ({"sirets": "123"}, "pes.reglage-siret"),
        ({"diffusion": "pas une adresse"}, "pes.reglage-courriel"),
    ],
)
def test_settings_that_cannot_work_are_refused(world, values, code):
    with pytest.raises(Refused) as refusal:
        registres.set_reglages(world.registre, {**registres.DEFAULTS, **values})
    assert refusal.value.code == code


def test_without_the_server_of_the_accountant_nothing_leaves(world, flux):
    registres.set_reglages(world.registre, registres.DEFAULTS)
    assert codes(service.findings(flux)) == {"pes.reglages"}


def test_a_header_that_would_be_a_second_command_does_not_leave(world):
    flux = deposited(world, data=a_flow().replace(b'<IdPost V="035007"/>', b'<IdPost V="0350&#10;7"/>'))
    assert "pes.entete" in codes(service.findings(flux))


def test_two_people_are_wanted_where_the_collectivite_says_so(portal, world, flux):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "deux_personnes": True})
    with pytest.raises(Refused) as refusal:
        service.transmit(flux, world.clerk)
    assert refusal.value.code == "pes.meme-personne"
    service.submit(flux, world.clerk)
    assert [mail["to"] for mail in mails(portal)] == ["transmetteurs-pes@a.exemple.fr"]
    service.transmit(flux, world.sender)
    assert flux.etat == states.A_TRANSMETTRE
